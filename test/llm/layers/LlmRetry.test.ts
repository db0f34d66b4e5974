import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Stream } from "effect"
import { AiError, LanguageModel } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as TimedLlm from "../../support/TimedLlm.ts"

const failure = (reason: AiError.AiErrorReason) => AiError.make({ module: "test", method: "test", reason })
const overloaded = failure(new AiError.InternalProviderError({ description: "529" }))
const limited = (seconds: number) => failure(new AiError.RateLimitError({ retryAfter: Duration.seconds(seconds) }))

/** Fails with these first. */
const failing = (...errors: ReadonlyArray<AiError.AiError>) =>
  TimedLlm.make((nth) => {
    const error = errors[nth - 1]
    return error === undefined ? Effect.succeed({ text: "Hello" }) : Effect.fail(error)
  })

const model = (llm: TimedLlm.TimedLlm, options?: LlmRetry.Options) =>
  LlmProvider.languageModel.pipe(Layer.provide(LlmRetry.layer(options)), Layer.provide(llm.layer))

const times = ({ calls }: TimedLlm.TimedLlm) => calls.map(({ startedAt }) => startedAt)

const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

describe("LlmRetry", () => {
  it.effect("asks again after what can succeed, with pauses that double and vary", () =>
    Effect.gen(function*() {
      const llm = failing(overloaded, overloaded, overloaded)
      const answer = yield* drive(Effect.provide(Llm.generate("hi"), model(llm, { pause: "1 second" })))
      assert.strictEqual(answer.text, "Hello")
      const [first = 0, second = 0, third = 0, fourth = 0] = times(llm)
      assert.strictEqual(first, 0)
      for (const [pause, least] of [[second, 500], [third - second, 1_000], [fourth - third, 2_000]] as const) {
        assert.isAtLeast(pause, least)
        assert.isAtMost(pause, 3 * least)
      }
    }))

  it.effect("waits at least as long as the vendor asks, and little longer", () =>
    Effect.gen(function*() {
      const llm = failing(limited(20))
      yield* drive(Effect.provide(Llm.generate("hi"), model(llm)))
      assert.isAtLeast(times(llm)[1]!, 20_000)
      assert.isAtMost(times(llm)[1]!, 22_000)
    }))

  it.effect("does not ask again what cannot succeed", () =>
    Effect.gen(function*() {
      for (
        const reason of [
          new AiError.AuthenticationError({ kind: "InvalidKey" }),
          new AiError.InvalidRequestError({}),
          new AiError.ContentPolicyError({ description: "no" }),
          new AiError.QuotaExhaustedError({})
        ]
      ) {
        const llm = failing(failure(reason))
        const error = yield* Effect.flip(drive(Effect.provide(Llm.generate("hi"), model(llm))))
        assert.strictEqual(error.reason._tag, reason._tag)
        assert.lengthOf(llm.calls, 1)
      }
    }))

  it.effect("gives up after so many times, and before a pause that would take too long", () =>
    Effect.gen(function*() {
      const often = failing(...Array.from({ length: 9 }, () => overloaded))
      yield* Effect.flip(drive(Effect.provide(Llm.generate("hi"), model(often, { times: 2 }))))
      assert.lengthOf(often.calls, 3)

      const long = failing(limited(50), limited(50), limited(50))
      const asked = Effect.provide(Llm.generate("hi"), model(long, { within: "2 minutes" }))
      const error = yield* Effect.flip(drive(asked))
      assert.strictEqual(error.reason._tag, "RateLimitError")
      assert.lengthOf(long.calls, 3)
      assert.isAtMost(long.calls[2]!.endedAt! - long.calls[0]!.startedAt, 120_000)
    }))

  it.effect("retries a stream of which nothing has come, and only such a one", () =>
    Effect.gen(function*() {
      const llm = failing(overloaded)
      const text = Stream.runCollect(Llm.streamText("hi")).pipe(Effect.provide(model(llm)))
      assert.deepStrictEqual(yield* drive(text), ["H", "e", "l", "l", "o"])
      assert.lengthOf(llm.calls, 2)

      let calls = 0
      const broken = Layer.succeed(
        LlmProvider,
        LlmProvider.make({
          name: "broken",
          model: "test",
          generate: () => Effect.fail(overloaded),
          stream: () => {
            calls++
            return Stream.concat(Stream.make({ type: "text-start" as const, id: "0" }), Stream.fail(overloaded))
          }
        })
      )
      const streamed = Stream.runDrain(LanguageModel.streamText({ prompt: "hi" })).pipe(
        Effect.provide(LlmProvider.languageModel.pipe(Layer.provide(LlmRetry.layer()), Layer.provide(broken)))
      )
      assert.strictEqual((yield* Effect.flip(drive(streamed))).reason._tag, "InternalProviderError")
      assert.strictEqual(calls, 1)
    }))

  it.effect("ends at once when it is interrupted in a pause", () =>
    Effect.gen(function*() {
      const llm = failing(limited(60))
      const fiber = yield* Effect.forkChild(Effect.provide(Llm.generate("hi"), model(llm)), { startImmediately: true })
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(llm.calls, 1)
    }))
})
