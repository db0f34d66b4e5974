import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { AiError } from "effect/ai"
import { CircuitBreaker } from "effect/persistence"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as LlmBreaker from "greenlang/llm/layers/LlmBreaker"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import * as TimedLlm from "../../support/TimedLlm.ts"

const failure = (reason: AiError.AiErrorReason) => Effect.fail(AiError.make({ module: "test", method: "test", reason }))
const down = failure(new AiError.InternalProviderError({ description: "503" }))
const hello = Effect.succeed({ text: "Hello" })

const model = (llm: TimedLlm.TimedLlm, options?: LlmBreaker.Options) =>
  LlmProvider.languageModel.pipe(Layer.provide(LlmBreaker.layer(options)), Layer.provide(llm.layer))

const generate = Effect.exit(Llm.generate("hi"))
const drain = Stream.runDrain(Llm.stream("hi"))

describe("LlmBreaker", () => {
  for (const [method, call] of [["generate", Effect.asVoid(Llm.generate("hi"))], ["stream", drain]] as const) {
    it.effect(`leaves a provider alone that keeps failing, and tries it again later: ${method}`, () => {
      const llm = TimedLlm.make((nth) => nth <= 4 ? down : hello)
      return Effect.gen(function*() {
        yield* Effect.repeat(Effect.exit(call), { times: 2 })
        assert.lengthOf(llm.calls, 3)
        const rejected = yield* Effect.flip(Llm.generate("hi"))
        assert.isFalse(rejected.isRetryable)
        const rejection = LlmRejection.of(rejected)
        assert(rejection?._tag === "CircuitOpen")
        assert.deepInclude(rejection, { provider: "timed", model: "test", retryAfter: 10_000 })
        assert.strictEqual((yield* Effect.exit(call))._tag, "Failure")
        assert.lengthOf(llm.calls, 3)

        // The one that is let through fails, and the next one does not.
        yield* TestClock.adjust("10 seconds")
        yield* Effect.exit(call)
        yield* Effect.exit(call)
        assert.lengthOf(llm.calls, 4)
        yield* TestClock.adjust("10 seconds")
        yield* Effect.repeat(Effect.exit(call), { times: 2 })
        assert.lengthOf(llm.calls, 7)
        assert.strictEqual((yield* Effect.exit(call))._tag, "Success")
      }).pipe(Effect.provide(model(llm, { failures: 3, openFor: "10 seconds" })))
    })
  }

  it.effect("counts only what says that the vendor is down", () => {
    const reasons = [
      new AiError.RateLimitError({}),
      new AiError.InvalidRequestError({}),
      new AiError.AuthenticationError({ kind: "InvalidKey" }),
      new AiError.ContentPolicyError({ description: "no" })
    ]
    const llm = TimedLlm.make((nth) => failure(reasons[nth % reasons.length]!))
    return Effect.gen(function*() {
      yield* Effect.repeat(generate, { times: 19 })
      assert.lengthOf(llm.calls, 20)
    }).pipe(Effect.provide(model(llm)))
  })

  it.effect("says nothing of a call that was interrupted or a stream that was left, and lets another try", () => {
    const llm = TimedLlm.make((nth) => nth === 1 ? down : nth === 2 ? Effect.never : hello)
    return Effect.gen(function*() {
      yield* generate
      yield* TestClock.adjust("10 seconds")
      const trying = yield* Effect.forkChild(generate, { startImmediately: true })
      assert.strictEqual((yield* generate)._tag, "Failure")
      assert.lengthOf(llm.calls, 2)
      yield* Fiber.interrupt(trying)
      assert.isTrue(llm.calls[1]!.interrupted)
      yield* Stream.runDrain(Stream.take(Llm.stream("hi"), 1))
      assert.strictEqual((yield* generate)._tag, "Success")
      assert.lengthOf(llm.calls, 4)
    }).pipe(Effect.provide(model(llm, { failures: 1, openFor: "10 seconds" })))
  })

  it.effect("shares its state through a store", () => {
    const llm = TimedLlm.make(() => down)
    const other = () =>
      LlmProvider.languageModel.pipe(
        Layer.provide(LlmBreaker.layerStore({ failures: 1 })),
        Layer.provide(llm.layer),
        Layer.fresh
      )
    return Effect.gen(function*() {
      yield* Effect.provide(generate, other())
      const rejected = yield* Effect.flip(Effect.provide(Llm.generate("hi"), other()))
      assert.strictEqual(LlmRejection.of(rejected)?._tag, "CircuitOpen")
    }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))
  })
})
