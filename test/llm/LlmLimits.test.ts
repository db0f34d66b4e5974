import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Random, Schedule, Stream } from "effect"
import { AiError } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as LlmLimits from "greenlang/llm/LlmLimits"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as TimedLlm from "../support/TimedLlm.ts"

const model = (llm: TimedLlm.TimedLlm, options: LlmLimits.Options) =>
  LlmProvider.languageModel.pipe(Layer.provide(LlmLimits.layer(options)), Layer.provide(llm.layer))

const ask = (count: number) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.exit(Llm.generate("hi")), {
    concurrency: "unbounded",
    discard: true
  })

/** Goes on with time, second by second, until the fiber has ended. */
const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("500 millis")
    return yield* Fiber.join(fiber)
  })

/** The most that any minute holds, both of its ends included, wherever it begins. */
const fullestMinute = (calls: ReadonlyArray<{ readonly at: number; readonly amount: number }>) => {
  let most = 0
  let sum = 0
  let oldest = 0
  for (const { amount, at } of calls) {
    sum += amount
    while (calls[oldest]!.at < at - 60_000) sum -= calls[oldest++]!.amount
    most = Math.max(most, sum)
  }
  return most
}

describe("LlmLimits", () => {
  // The first is held up by the requests, the second by the tokens.
  for (const [name, outputTokens] of [["requests", 20], ["tokens", 150]] as const) {
    it.effect(
      `lets 1,000 calls through as fast as 60 requests and 10,000 tokens a minute allow: ${name}`,
      () =>
        Effect.gen(function*() {
          const taken: Array<number> = []
          const llm = TimedLlm.make((nth) =>
            Effect.gen(function*() {
              // What the model says varies, and is at times as long as it may be.
              const output = yield* Random.nextIntBetween((outputTokens * 2) / 3, outputTokens + 1)
              taken[nth - 1] = 100 + output
              yield* Effect.sleep(yield* Random.nextIntBetween(200, 3_000))
              return { text: "Hello", inputTokens: 100, outputTokens: output }
            })
          )
          yield* drive(
            ask(1_000).pipe(
              Effect.provide(model(llm, {
                requestsPerMinute: 60,
                tokensPerMinute: 10_000,
                estimate: ({ settings }) => ({ inputTokens: 110, outputTokens: settings.maxOutputTokens ?? 0 })
              })),
              Effect.provideService(LlmSettings, { maxOutputTokens: outputTokens }),
              Random.withSeed(1)
            )
          )
          assert.lengthOf(llm.calls, 1_000)
          assert.isAtMost(fullestMinute(llm.calls.map(({ startedAt }) => ({ at: startedAt, amount: 1 }))), 60)
          const tokens = llm.calls.map(({ startedAt }, i) => ({ at: startedAt, amount: taken[i]! }))
          assert.isAtMost(fullestMinute(tokens), 10_000)

          const total = taken.reduce((sum, n) => sum + n)
          // The first minute's worth may start at once, and each further one a minute later.
          const least = Math.max(1_000 / 60 - 1, total / 10_000 - 1) * 60_000
          const ended = Math.max(...llm.calls.map(({ endedAt }) => endedAt!))
          assert.isAtMost(ended, least * 1.05)
        }),
      60_000
    )
  }

  it.effect("runs so many at a time, and gives a place back however a call ends", () =>
    Effect.gen(function*() {
      let running = 0
      let most = 0
      const llm = TimedLlm.make((nth) =>
        Effect.acquireUseRelease(
          Effect.sync(() => (most = Math.max(most, ++running))),
          () =>
            nth % 3 === 0
              ? Effect.fail(AiError.make({ module: "t", method: "t", reason: new AiError.UnknownError({}) }))
              : nth % 3 === 1
              ? Effect.never
              : Effect.as(Effect.sleep("1 second"), { text: "Hello" }),
          () => Effect.sync(() => running--)
        )
      )
      const hanging = Effect.timeoutOption(Llm.generate("hi"), "1 second")
      yield* drive(
        Effect.forEach(Array.from({ length: 20 }), () => Effect.exit(hanging), { concurrency: "unbounded" }).pipe(
          Effect.andThen(Effect.exit(Llm.generate("hi")).pipe(Effect.timeoutOption("1 second"))),
          Effect.provide(model(llm, { inFlight: 4 }))
        )
      )
      assert.strictEqual(most, 4)
      assert.strictEqual(running, 0)
      assert.isAbove(llm.calls.length, 4)
    }))

  it.effect("keeps the place of a stream until it has ended or nobody reads it any more", () =>
    Effect.gen(function*() {
      const llm = TimedLlm.make(() => Effect.succeed({ text: "Hello" }))
      const read = (count: number) =>
        Llm.streamText("hi").pipe(Stream.schedule(Schedule.spaced("1 second")), Stream.take(count), Stream.runDrain)
      yield* drive(
        Effect.all([read(2), read(5), read(1)], { concurrency: "unbounded" }).pipe(
          Effect.provide(model(llm, { inFlight: 1 }))
        )
      )
      const [first = 0, second = 0, third = 0] = llm.calls.map(({ startedAt }) => startedAt)
      assert.strictEqual(first, 0)
      assert.isAtLeast(second, 2_000)
      assert.isAtLeast(third - second, 5_000)
    }))

  it.effect("gives back what was reserved too much, also for a call that was interrupted", () =>
    Effect.gen(function*() {
      const llm = TimedLlm.make((nth) =>
        nth === 1
          ? Effect.never
          : Effect.as(Effect.sleep("1 second"), { text: "Hello", inputTokens: 10, outputTokens: 10 })
      )
      yield* drive(
        Effect.gen(function*() {
          yield* Effect.timeoutOption(Llm.generate("hi"), "1 second")
          yield* ask(3)
        }).pipe(
          Effect.provide(
            model(llm, { tokensPerMinute: 1_100, estimate: () => ({ inputTokens: 50, outputTokens: 900 }) })
          )
        )
      )
      // Each waits for the one before it to settle, and none for the minute to end.
      assert.deepStrictEqual(llm.calls.map(({ startedAt }) => startedAt), [0, 1_000, 2_000, 3_000])
    }))

  it.effect("takes nothing for a call that is interrupted while it waits, and keeps the others in order", () =>
    Effect.gen(function*() {
      const llm = TimedLlm.make(() => Effect.succeed({ text: "Hello" }))
      const prompts = (yield* drive(
        Effect.gen(function*() {
          yield* Llm.generate("0")
          const fibers = yield* Effect.forEach(
            ["1", "2", "3"],
            (prompt) => Effect.forkChild(Llm.generate(prompt), { startImmediately: true })
          )
          yield* Effect.sleep("1 second")
          yield* Fiber.interrupt(fibers[0]!)
          yield* Fiber.joinAll(fibers.slice(1))
          return llm.calls.map(({ request, startedAt }) => [request.prompt.content[0]!.content, startedAt] as const)
        }).pipe(Effect.provide(model(llm, { requestsPerMinute: 1 })))
      )).map(([content, at]) => [JSON.stringify(content).match(/"text":"(\d)"/)?.[1], at])
      assert.deepStrictEqual(prompts, [["0", 0], ["2", 60_001], ["3", 120_002]])
    }))

  it.effect("lets a call alone that is estimated above the limit", () =>
    Effect.gen(function*() {
      const llm = TimedLlm.make(() => Effect.succeed({ text: "Hello", inputTokens: 100, outputTokens: 0 }))
      yield* drive(
        ask(2).pipe(
          Effect.provide(model(llm, { tokensPerMinute: 100, estimate: () => ({ inputTokens: 500, outputTokens: 0 }) }))
        )
      )
      assert.deepStrictEqual(llm.calls.map(({ startedAt }) => startedAt), [0, 60_001])
    }))

  it.effect("asks for nothing until the vendor wants to be asked again", () =>
    Effect.gen(function*() {
      const retryAfter = Duration.seconds(30)
      const limited = TimedLlm.make((nth) =>
        nth === 1
          ? Effect.fail(
            AiError.make({ module: "t", method: "t", reason: new AiError.RateLimitError({ retryAfter }) })
          )
          : Effect.succeed({ text: "Hello" })
      )
      yield* drive(Effect.andThen(ask(1), ask(1)).pipe(Effect.provide(model(limited, {}))))
      assert.deepStrictEqual(limited.calls.map(({ startedAt }) => startedAt), [0, 30_000])

      for (
        const headers of [
          { "x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "1m30s" },
          { "anthropic-ratelimit-tokens-remaining": "99", "anthropic-ratelimit-tokens-reset": "1970-01-01T01:00:00Z" }
        ]
      ) {
        const began = yield* Clock.currentTimeMillis
        const told = TimedLlm.make((nth) => Effect.succeed(nth === 1 ? { text: "Hello", headers } : { text: "Hello" }))
        yield* drive(
          Effect.andThen(ask(1), ask(2)).pipe(
            Effect.provide(model(told, { estimate: () => ({ inputTokens: 50, outputTokens: 0 }) }))
          )
        )
        const [, second = 0, third = 0] = told.calls.map(({ startedAt }) => startedAt)
        assert.strictEqual(second, began)
        assert.isAtLeast(third - began, 90_000)
      }
    }))
})
