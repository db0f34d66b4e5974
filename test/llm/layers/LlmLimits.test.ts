import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Random, Schedule, Stream } from "effect"
import { AiError } from "effect/ai"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as LlmLimits from "greenlang/llm/layers/LlmLimits"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider } from "greenlang/testing"
import * as TimedLlm from "../../support/TimedLlm.ts"

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

const requestsPerMinute = 60
const tokensPerMinute = 10_000

/**
 * The least times in which calls that take these tokens can all have been started, in milliseconds.
 *
 * `knowing` is the lower bound: minutes that do not overlap hold no more than the limits allow, so that the last of
 * them begins so many minutes after the first. `reserving` is for those who learn what a call takes only when it ends, so
 * that it must fit with all that it may take: each call starts in its turn as soon as it does, and ends at once.
 */
const leastTimes = (taken: ReadonlyArray<number>, most: number) => {
  const total = taken.reduce((sum, n) => sum + n, 0)
  const minutes = Math.max(Math.ceil(taken.length / requestsPerMinute), Math.ceil(total / tokensPerMinute))
  const starts: Array<number> = []
  let now = 0
  for (const [nth] of taken.entries()) {
    const held = () => starts.map((at, i) => ({ at, amount: taken[i]! })).filter(({ at }) => at + 60_000 >= now)
    const fits = () => {
      const calls = held()
      const tokens = calls.reduce((sum, { amount }) => sum + amount, most)
      return calls.length < requestsPerMinute && tokens <= tokensPerMinute
    }
    while (!fits()) now = held()[0]!.at + 60_001
    starts[nth] = now
  }
  return { knowing: (minutes - 1) * 60_000, reserving: now }
}

const assertKept = (calls: ReadonlyArray<{ readonly at: number; readonly amount: number }>, most: number) => {
  assert.lengthOf(calls, 1_000)
  assert.isAtMost(fullestMinute(calls.map(({ at }) => ({ at, amount: 1 }))), requestsPerMinute)
  assert.isAtMost(fullestMinute(calls), tokensPerMinute)
  return leastTimes(calls.map(({ amount }) => amount), most)
}

describe("LlmLimits", () => {
  // The first is held up by the requests, the others by the tokens.
  for (const [name, outputTokens, seed] of [["requests", 20, 1], ["tokens", 150, 1], ["tokens", 150, 2]] as const) {
    it.effect(
      `lets 1,000 calls through as fast as 60 requests and 10,000 tokens a minute allow: ${name}, chance ${seed}`,
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
                requestsPerMinute,
                tokensPerMinute,
                estimate: ({ settings }) => ({ inputTokens: 110, outputTokens: settings.maxOutputTokens ?? 0 })
              })),
              Effect.provideService(LlmSettings, { maxOutputTokens: outputTokens }),
              Random.withSeed(seed)
            )
          )
          const calls = llm.calls.map(({ startedAt }, i) => ({ at: startedAt, amount: taken[i]! }))
          const least = assertKept(calls, 110 + outputTokens)
          const ended = Math.max(...llm.calls.map(({ endedAt }) => endedAt!))
          assert.isAtMost(ended, least.knowing * 1.05)
          assert.isAtMost(ended, least.reserving * 1.02)
        })
    )
  }

  it.effect(
    "keeps the limits at the server, which sees 1,000 calls in the least time",
    () =>
      Effect.gen(function*() {
        const chance = Random.nextIntBetween(100, 151)
        const outputs = yield* Effect.forEach(Array.from({ length: 1_000 }), () => chance).pipe(Random.withSeed(1))
        const { baseUrl, journal, script } = yield* FakeProvider
        yield* script(...outputs.map((outputTokens) => ({ text: "Hello", usage: { inputTokens: 100, outputTokens } })))
        let began = 0
        let underWay = 0
        const counted = LlmProvider.around((inner) =>
          Effect.succeed({
            ...inner,
            generate: (request) =>
              Effect.acquireUseRelease(
                Effect.sync(() => {
                  began++
                  underWay++
                }),
                () => inner.generate(request),
                () => Effect.sync(() => underWay--)
              )
          })
        )
        const limited = LlmProvider.languageModel.pipe(
          Layer.provide(LlmLimits.layer({
            requestsPerMinute,
            tokensPerMinute,
            estimate: () => ({ inputTokens: 110, outputTokens: 150 })
          })),
          Layer.provide(counted),
          Layer.provide(OpenAiCompatible.layerProvider({ baseUrl, model: "any" })),
          Layer.provide(Http.layer({ retries: 0 }))
        )
        const fiber = yield* Effect.forkChild(Effect.provide(ask(1_000), limited), { startImmediately: true })
        // Answers take no time, so that calls are let through at such times only; and while something is on the wire, time
        // stands, so that the server sees each of them at the time when it was.
        let quiet = 0
        while (fiber.pollUnsafe() === undefined) {
          yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))
          quiet = began > 0 && underWay === 0 ? quiet + 1 : 0
          if (quiet > 5) yield* TestClock.adjust("60001 millis")
        }
        yield* Fiber.join(fiber)
        const calls = (yield* journal).map(({ startedAt }, i) => ({ at: startedAt, amount: 100 + outputs[i]! }))
        const least = assertKept(calls, 260)
        const last = calls.at(-1)!.at
        assert.strictEqual(last, least.reserving)
        assert.isAtMost(last, least.knowing * 1.02)
      }).pipe(Effect.provide(FakeProvider.layer()))
  )

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

  it.effect("keeps the place of a stream until it has ended or is left", () =>
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
        const headersAt of [
          () => ({ "x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "50s" }),
          (now: number) => ({
            "anthropic-ratelimit-tokens-remaining": "99",
            "anthropic-ratelimit-tokens-reset": new Date(now + 50_000).toISOString()
          })
        ]
      ) {
        const began = yield* Clock.currentTimeMillis
        const headers = headersAt(began)
        const announced = TimedLlm.make((nth) =>
          Effect.succeed(nth === 1 ? { text: "Hello", headers } : { text: "Hello" })
        )
        yield* drive(
          Effect.andThen(ask(1), ask(2)).pipe(
            Effect.provide(model(announced, { estimate: () => ({ inputTokens: 50, outputTokens: 0 }) }))
          )
        )
        const [, second = 0, third = 0] = announced.calls.map(({ startedAt }) => startedAt)
        assert.strictEqual(second, began)
        assert.isAtLeast(third - began, 50_000)
      }
    }))

  it.effect("takes the latest rate headers, not those of a stream that began before and ends after", () =>
    Effect.gen(function*() {
      const left = (count: number) => ({
        "x-ratelimit-remaining-requests": `${count}`,
        "x-ratelimit-reset-requests": "50s"
      })
      const llm = TimedLlm.make((nth) =>
        Effect.succeed({ text: "Hello", ...(nth > 2 ? {} : { headers: left(nth === 1 ? 100 : 0) }) })
      )
      const slowly = Stream.runForEach(Llm.streamText("hi"), () => Effect.sleep("2 seconds"))
      yield* drive(
        Effect.gen(function*() {
          const stream = yield* Effect.forkChild(slowly, { startImmediately: true })
          yield* Effect.sleep("1 second")
          yield* Llm.generate("hi")
          yield* Fiber.join(stream)
          yield* Llm.generate("hi")
        }).pipe(Effect.provide(model(llm, {})))
      )
      const [, second = 0, third = 0] = llm.calls.map(({ startedAt }) => startedAt)
      assert.isAtLeast(third - second, 50_000)
    }))

  it.effect("counts the calls that began after the one whose headers say how much is left", () =>
    Effect.gen(function*() {
      const headers = { "x-ratelimit-remaining-requests": "2", "x-ratelimit-reset-requests": "50s" }
      const llm = TimedLlm.make((nth) =>
        nth === 1
          ? Effect.as(Effect.sleep("3 seconds"), { text: "Hello", headers })
          : Effect.as(Effect.sleep("20 seconds"), { text: "Hello" })
      )
      yield* drive(
        Effect.forEach([0, 1, 4, 5], (second) => Effect.delay(Llm.generate("hi"), `${second} seconds`), {
          concurrency: "unbounded"
        }).pipe(Effect.provide(model(llm, {})))
      )
      const times = llm.calls.map(({ startedAt }) => startedAt)
      assert.deepStrictEqual(times.slice(0, 3).map((time) => time - times[0]!), [0, 1_000, 4_000])
      assert.isAtLeast(times[3]! - times[0]!, 50_000)
    }))

  it.effect("fails at once where the vendor asks for more than a minute, and asks again after an hour at most", () =>
    Effect.gen(function*() {
      const retryAfter = Duration.days(16)
      const llm = TimedLlm.make((nth) =>
        nth === 1
          ? Effect.fail(AiError.make({ module: "t", method: "t", reason: new AiError.RateLimitError({ retryAfter }) }))
          : Effect.succeed({ text: "Hello" })
      )
      yield* Effect.gen(function*() {
        yield* ask(1)
        const { reason } = yield* Effect.flip(Llm.generate("hi"))
        assert.strictEqual(reason._tag, "RateLimitError")
        yield* TestClock.adjust("61 minutes")
        assert.strictEqual((yield* Llm.generate("hi")).text, "Hello")
        assert.strictEqual(llm.calls.length, 2)
      }).pipe(Effect.provide(model(llm, {})))
    }))

  it.effect("waits for the vendor for as long as it is allowed to", () =>
    Effect.gen(function*() {
      const retryAfter = Duration.minutes(3)
      const llm = TimedLlm.make((nth) =>
        nth === 1
          ? Effect.fail(AiError.make({ module: "t", method: "t", reason: new AiError.RateLimitError({ retryAfter }) }))
          : Effect.succeed({ text: "Hello" })
      )
      yield* drive(Effect.andThen(ask(1), ask(1)).pipe(Effect.provide(model(llm, { maxRetryAfter: "5 minutes" }))))
      assert.deepStrictEqual(llm.calls.map(({ startedAt }) => startedAt), [0, 180_000])
    }))
})
