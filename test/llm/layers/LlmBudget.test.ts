import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, Stream } from "effect"
import { AiError, type LanguageModel } from "effect/ai"
import { TestClock } from "effect/testing"
import { Agent, Llm, LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmEstimate from "greenlang/llm/LlmEstimate"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as LlmRejection from "greenlang/llm/LlmRejection"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault } from "greenlang/testing"
import * as TimedLlm from "../../support/TimedLlm.ts"

const prices = {
  "timed/test": { inputPerMillion: 1_000, outputPerMillion: 2_000, source: "the test", date: "2025-01-31" }
}

const model = (llm: TimedLlm.TimedLlm, options: Parameters<typeof LlmBudget.layer>[0]) =>
  LlmProvider.languageModel.pipe(
    Layer.provideMerge(LlmBudget.layer({ estimate: () => ({ inputTokens: 10, outputTokens: 10 }), ...options })),
    Layer.provide(llm.layer),
    Layer.provideMerge(Layer.succeed(LlmPrices, prices))
  )

const answering = (inputTokens = 5, outputTokens = 5) =>
  TimedLlm.make(() => Effect.as(Effect.sleep("1 second"), { text: "Hello", inputTokens, outputTokens }))

const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
    return yield* Fiber.join(fiber)
  })

describe("LlmBudget", () => {
  it.effect("stops before the call that may pass it, and says by how much", () => {
    const llm = answering()
    return drive(Effect.gen(function*() {
      for (let i = 0; i < 4; i++) yield* Llm.generate("hi")
      const error = yield* Effect.flip(Llm.generate("hi"))
      assert.isFalse(error.isRetryable)
      const rejection = LlmRejection.of(error)
      assert(rejection?._tag === "BudgetExceeded")
      assert.deepInclude(rejection, { unit: "tokens", limit: 50, spent: 40, reserved: 0, needed: 20 })
      assert.lengthOf(llm.calls, 4)
      const typed = yield* Effect.flip(LlmRejection.typed(Llm.generate("hi")))
      assert.strictEqual(typed._tag, "BudgetExceeded")
    })).pipe(Effect.provide(model(llm, { tokens: 50 })))
  })

  it.effect("counts what calls in flight may still take", () => {
    const llm = answering()
    return drive(Effect.gen(function*() {
      const exits = yield* Effect.forEach(Array.from({ length: 9 }), () => Effect.exit(Llm.generate("hi")), {
        concurrency: "unbounded"
      })
      assert.strictEqual(exits.filter(({ _tag }) => _tag === "Success").length, 3)
      assert.lengthOf(llm.calls, 3)
      assert.deepStrictEqual(yield* LlmBudget.spending, {
        spent: { tokens: 30, costUsd: 0.045 },
        reserved: { tokens: 0, costUsd: 0 }
      })
    })).pipe(Effect.provide(model(llm, { costUsd: 0.1 })))
  })

  it.effect("releases what an interrupted or failed call has reserved", () => {
    const unavailable = AiError.make({
      module: "t",
      method: "t",
      reason: new AiError.InternalProviderError({ description: "503" })
    })
    const llm = TimedLlm.make((nth) => nth === 1 ? Effect.never : Effect.fail(unavailable))
    return drive(Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Llm.generate("hi"), { startImmediately: true })
      yield* Effect.sleep("1 second")
      assert.strictEqual((yield* LlmBudget.spending).reserved.tokens, 20)
      yield* Fiber.interrupt(fiber)
      yield* Effect.flip(Llm.generate("hi"))
      yield* Effect.flip(Stream.runDrain(Llm.stream("hi")))
      assert.deepStrictEqual(yield* LlmBudget.spending, {
        spent: { tokens: 0, costUsd: 0 },
        reserved: { tokens: 0, costUsd: 0 }
      })
    })).pipe(Effect.provide(model(llm, { tokens: 20 })))
  })

  it.effect("counts a stream, what came of one that was left, and all of an answer that was not measured", () => {
    const llm = TimedLlm.make((nth) =>
      Effect.succeed({ text: "Hello", ...(nth === 3 ? { inputTokens: 0, outputTokens: 0 } : {}) })
    )
    return Effect.gen(function*() {
      const spent = Effect.map(LlmBudget.spending, ({ spent }) => spent.tokens)
      yield* Stream.runDrain(Llm.stream("hi"))
      assert.strictEqual(yield* spent, 15)
      yield* Stream.runDrain(Stream.takeUntil(Llm.streamText("hi"), (text) => text === "e"))
      assert.strictEqual(yield* spent, 15 + 10 + 2)
      yield* Llm.generate("hi")
      assert.strictEqual(yield* spent, 27 + 20)
    }).pipe(Effect.provide(model(llm, {})))
  })

  it.effect("takes what a call took beyond its estimate, and makes none after it", () => {
    const llm = answering(40, 40)
    return drive(Effect.gen(function*() {
      const exits = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.exit(Llm.generate("hi")))
      // Each was believed to take 20: the third is made when 160 seem to leave 40, and the others no more.
      assert.strictEqual(exits.filter(({ _tag }) => _tag === "Success").length, 3)
      assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 240)
    })).pipe(Effect.provide(model(llm, { tokens: 200 })))
  })

  it.effect("takes all that was reserved when an answer breaks off, as the vendor may bill it", () => {
    return Effect.gen(function*() {
      const spent = Effect.map(LlmBudget.spending, ({ spent }) => spent.tokens)
      yield* Effect.flip(Llm.generate("hi"))
      assert.strictEqual(yield* spent, 20)
      // One that was refused, or was never reached, takes nothing.
      yield* Effect.flip(Llm.generate("hi"))
      assert.strictEqual(yield* spent, 20)
    }).pipe(
      Effect.provide(
        LlmProvider.languageModel.pipe(
          Layer.provideMerge(LlmBudget.layer({ estimate: () => ({ inputTokens: 10, outputTokens: 10 }) })),
          Layer.provide(
            Layer.unwrap(
              Effect.map(FakeProvider, ({ baseUrl }) => OpenAiCompatible.layerProvider({ baseUrl, model: "m" }))
            )
          ),
          Layer.provide(Http.layer({ retries: 0 })),
          Layer.provide(FakeProvider.layer(Fault.reset("Hello, you there"), Fault.serverError))
        )
      )
    )
  })

  it.effect("takes all that was reserved, in US dollars, for an answer that no price holds for", () => {
    const llm = answering(40, 5)
    return drive(Effect.gen(function*() {
      yield* Llm.generate("hi")
      const { spent } = yield* LlmBudget.spending
      assert.strictEqual(spent.tokens, 45)
      assert.approximately(spent.costUsd, 0.03, 1e-12)
    })).pipe(
      Effect.provideService(LlmPrices, { "timed/test": { ...prices["timed/test"], upToInputTokens: 20 } }),
      Effect.provide(model(llm, {}))
    )
  })

  it.effect("holds calls to so much output", () => {
    let asked: LlmSettings | undefined
    const llm = TimedLlm.make(() =>
      Effect.map(LlmSettings, (settings) => {
        asked = settings
        return { text: "Hello" }
      })
    )
    return Effect.gen(function*() {
      const layer = (limits: Parameters<typeof LlmBudget.layer>[0]) => Effect.provide(model(llm, limits))
      yield* Llm.generate("hi").pipe(layer({ tokens: 9_999 }))
      assert.strictEqual(asked?.maxOutputTokens, 4_096)
      yield* Llm.generate("hi").pipe(
        layer({ tokens: 9_999 }),
        Effect.provideService(LlmSettings, { maxOutputTokens: 7 })
      )
      assert.strictEqual(asked?.maxOutputTokens, 7)
      yield* Llm.generate("hi").pipe(layer({}))
      assert.isUndefined(asked?.maxOutputTokens)
    })
  })

  it.effect("does not guess the cost of a model without a price", () => {
    const llm = answering()
    return Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provideService(Llm.generate("hi"), LlmPrices, {}))
      const rejection = LlmRejection.of(error)
      assert(rejection?._tag === "UnmeasuredUsage")
      assert.strictEqual(rejection.missing, "price")
      assert.lengthOf(llm.calls, 0)
    }).pipe(Effect.provide(model(llm, { costUsd: 1 })))
  })

  it.effect("keeps a budget for a part of a program within that of the whole", () => {
    const llm = answering()
    return drive(Effect.gen(function*() {
      const twice = Effect.andThen(Llm.generate("hi"), Llm.generate("hi"))
      const part = LlmBudget.within(twice, { name: "part", tokens: 25 })
      expectTypeOf<Effect.Error<typeof part>>().toEqualTypeOf<AiError.AiError | LlmRejection.BudgetExceeded>()
      const error = yield* Effect.flip(part)
      assert(error._tag === "BudgetExceeded")
      assert.deepInclude(error, { budget: "part", spent: 10 })
      // The whole has 90 left, and what was spent in the part counts.
      assert.strictEqual((yield* LlmBudget.spending).spent.tokens, 10)
      const whole = yield* Effect.flip(Effect.forever(twice).pipe(LlmBudget.within({ tokens: 1_000 })))
      assert(whole._tag === "BudgetExceeded")
      assert.deepInclude(whole, { budget: "all", spent: 90 })
    })).pipe(Effect.provide(model(llm, { name: "all", tokens: 100 })))
  })

  const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
  const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
  const Case = Schema.Struct({
    inputPerMillion: between(0, 200),
    outputPerMillion: between(1, 500),
    maxOutputTokens: between(1, 200),
    /** How many times what a call can take is reserved for it. */
    caution: Schema.Finite.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
    /** What becomes of the calls, one after the other and then from the start again. */
    calls: Schema.NonEmptyArray(Schema.Struct({
      seconds: between(0, 5),
      /** Of what the call may take at most. */
      input: share,
      output: share,
      ending: Schema.Literals(["answer", "stream", "failure", "timeout"])
    }))
  })
  let made = 0
  let refused = 0

  it.effect.prop("is never passed by a tree of 20 agents in parallel", [Case], ([{ calls, ...given }]) => {
    const price = { ...given, source: "the test", date: "2025-01-31" }
    const usd = 0.1
    let billed = 0
    const unavailable = new AiError.InternalProviderError({ description: "503" })
    const llm = TimedLlm.make(Effect.fnUntraced(function*(nth, request) {
      const { ending, input, output, seconds } = calls[nth % calls.length]!
      yield* Effect.sleep(ending === "timeout" ? "1 hour" : `${seconds} seconds`)
      if (ending === "failure") return yield* AiError.make({ module: "t", method: "t", reason: unavailable })
      const { maxOutputTokens = Infinity } = yield* LlmSettings
      // No vendor counts less than a token for 4 bytes.
      const inputTokens = Math.ceil(JSON.stringify(request.prompt).length * (0.25 + 0.75 * input))
      const outputTokens = Math.max(2, 1 + Math.floor((maxOutputTokens - 1) * output))
      billed += (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1e6
      assert.isAtMost(billed, usd)
      return { text: "Hello", inputTokens, outputTokens }
    }))
    const ask = (nth: number) =>
      Effect.suspend(() =>
        calls[nth % calls.length]!.ending === "stream"
          ? Stream.runDrain(Llm.stream("How much?"))
          : Effect.asVoid(Llm.generate("How much?"))
      ).pipe(
        Effect.timeoutOption("10 seconds"),
        Effect.tapError((error) => Effect.sync(() => (refused += LlmRejection.of(error) === undefined ? 0 : 1))),
        Effect.ignore
      )
    const tree = (index: number): Effect.Effect<void, never, LanguageModel.LanguageModel> =>
      Agent.make(`Agent${index}`, {
        version: "1.0.0",
        input: Schema.Int,
        output: Schema.Void,
        execute: (index) =>
          Effect.all([
            Effect.forEach([0, 1, 2, 3], (nth) => ask(index + nth), { discard: true }),
            ...[2 * index + 1, 2 * index + 2].filter((child) => child < 20).map(tree)
          ], { concurrency: "unbounded", discard: true })
      }).run(index).pipe(Effect.asVoid, Effect.orDie)

    return Effect.gen(function*() {
      yield* drive(tree(0))
      made += llm.calls.length
      const { reserved, spent } = yield* LlmBudget.spending
      assert.approximately(spent.costUsd, billed, 1e-12)
      assert.deepStrictEqual(reserved, { tokens: 0, costUsd: 0 })
    }).pipe(
      Effect.provide(
        LlmProvider.languageModel.pipe(
          Layer.provideMerge(LlmBudget.layer({
            costUsd: usd,
            maxOutputTokens: given.maxOutputTokens,
            estimate: (request) => {
              const most = LlmEstimate.make({ bytesPerToken: 1, outputTokens: given.maxOutputTokens, fileTokens: 0 })(
                request
              )
              return {
                inputTokens: Math.ceil(most.inputTokens * given.caution),
                outputTokens: Math.ceil(most.outputTokens * given.caution)
              }
            }
          })),
          Layer.provide(llm.layer)
        )
      ),
      Effect.provideService(LlmPrices, { "timed/test": price })
    )
  })

  it("was tried with calls that were made and calls that were refused", () => {
    assert.isAbove(made, 100)
    assert.isAbove(refused, 100)
  })
})
