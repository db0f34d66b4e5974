import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger, Option, Schema, Stream } from "effect"
import { AiError, LanguageModel, Tool, Toolkit } from "effect/ai"
import type { HttpClient } from "effect/http"
import { SqlClient, SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import { Llm, LlmPrices } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import { Database } from "greenlang/database"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import { LlmCacheStore } from "greenlang/llm/layers/LlmCacheStore"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import * as LlmLimits from "greenlang/llm/layers/LlmLimits"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider } from "greenlang/testing"
import * as TimedLlm from "../../support/TimedLlm.ts"

const counting = (wait: "0 millis" | "1 second" = "0 millis") =>
  TimedLlm.make((nth) => Effect.as(Effect.sleep(wait), { text: `answer ${nth}` }))

const model = (
  llm: TimedLlm.TimedLlm,
  options: Parameters<typeof LlmCache.layer>[0] = { timeToLive: "1 hour" }
) => LlmProvider.languageModel.pipe(Layer.provide(LlmCache.layer(options)), Layer.provide(llm.layer))

const text = (prompt: string) => Effect.map(Llm.generate(prompt), ({ text }) => text)
const streamed = (prompt: string) => Stream.mkString(Llm.streamText(prompt))

const drive = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(self, { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("500 millis")
    return yield* Fiber.join(fiber)
  })

describe("LlmCache", () => {
  it.effect("asks once, and says that the second answer is not new and costs nothing", () => {
    const llm = counting()
    return Effect.gen(function*() {
      const first = yield* Llm.generate("hi")
      const second = yield* Llm.generate("hi")
      assert.lengthOf(llm.calls, 1)
      assert.strictEqual(second.text, first.text)
      assert.isUndefined(first.cached)
      assert.deepInclude(second, { provider: "timed", model: "test", cached: true })
      assert.deepInclude(first.usage, { calls: 1, inputTokens: 10, costUsd: 20 })
      assert.deepInclude(second.usage, { calls: 0, inputTokens: 0, costUsd: 0, unpricedCalls: 0 })
      const { content } = yield* LanguageModel.generateText({ prompt: "hi" })
      assert.deepStrictEqual(LlmCache.savedOf(content), { inputTokens: 10, outputTokens: 5 })
    }).pipe(
      Effect.provide(model(llm)),
      Effect.provideService(LlmPrices, {
        "timed/test": { inputPerMillion: 1e6, outputPerMillion: 2e6, source: "the test", date: "2025-01-31" }
      })
    )
  })

  it.effect("replays a stream part by part", () => {
    const llm = counting()
    return Effect.gen(function*() {
      const first = yield* Stream.runCollect(Llm.stream("hi"))
      const second = yield* Stream.runCollect(Llm.stream("hi"))
      assert.lengthOf(llm.calls, 1)
      assert.deepStrictEqual(second.map(({ type }) => type), first.map(({ type }) => type))
      const finish = second.at(-1)
      assert(finish?.type === "finish")
      assert.deepInclude(finish.metadata["greenlang"], { cached: true })
      assert.strictEqual(finish.usage.outputTokens.total, 0)
      assert.strictEqual(yield* streamed("hi"), "answer 1")
    }).pipe(Effect.provide(model(llm)))
  })

  it.effect("asks again when anything differs that the model would see", () => {
    const llm = counting()
    const Area = (width: Schema.Codec<number>) =>
      Toolkit.make(Tool.make("area", { parameters: Schema.Struct({ width }), success: Schema.Finite }))
    const ask = LanguageModel.generateText({ prompt: "hi", disableToolCallResolution: true })
    const object = (schema: Schema.Codec<object, Record<string, unknown>>) =>
      Effect.exit(LanguageModel.generateObject({ prompt: "hi", schema }))
    const withTool = (width: Schema.Codec<number>, toolChoice: "auto" | "none" = "auto") =>
      LanguageModel.generateText({ prompt: "hi", disableToolCallResolution: true, toolkit: Area(width), toolChoice })
    const strictly = (strict: boolean) =>
      LanguageModel.generateText({
        prompt: "hi",
        disableToolCallResolution: true,
        toolkit: Toolkit.make(
          Tool.make("area", { parameters: Schema.Struct({ width: Schema.Finite }), success: Schema.Finite })
            .annotate(Tool.Strict, strict)
        )
      })
    const different: ReadonlyArray<Effect.Effect<unknown, AiError.AiError, LanguageModel.LanguageModel>> = [
      ask,
      LanguageModel.generateText({ prompt: "hi!", disableToolCallResolution: true }),
      LanguageModel.generateText({ prompt: [{ role: "system", content: "hi" }], disableToolCallResolution: true }),
      withTool(Schema.Finite),
      withTool(Schema.Finite, "none"),
      withTool(Schema.Int),
      strictly(true),
      strictly(false),
      Effect.provideService(ask, LlmSettings, { temperature: 0 }),
      Effect.provideService(ask, LlmSettings, { temperature: 0, seed: 1 }),
      object(Schema.Struct({ a: Schema.String })),
      object(Schema.Struct({ b: Schema.String })),
      Stream.runDrain(Llm.stream("hi"))
    ]
    return Effect.gen(function*() {
      for (let i = 0; i < different.length; i++) {
        yield* different[i]!
        assert.lengthOf(llm.calls, i + 1)
      }
      yield* Effect.all(different)
      yield* Effect.provideService(ask, LlmSettings, { seed: 1, temperature: 0 })
      assert.lengthOf(llm.calls, different.length)
    }).pipe(Effect.provide(model(llm)))
  })

  it.effect("does not mix providers or models", () =>
    Effect.gen(function*() {
      const calls: Array<string> = []
      const store = yield* Layer.build(LlmCacheStore.layerMemory({ capacity: 10 }))
      for (const [name, model] of [["a", "x"], ["a", "y"], ["b", "x"], ["a", "x"]] as const) {
        const llm = TimedLlm.make(() => {
          calls.push(`${name}/${model}`)
          return Effect.succeed({ text: "" })
        }, { name, model })
        const layer = LlmProvider.languageModel.pipe(
          Layer.provide(Layer.fresh(LlmCache.layerStore({ timeToLive: "1 hour" }))),
          Layer.provide(llm.layer)
        )
        yield* Llm.generate("hi").pipe(Effect.provide(Layer.provide(layer, Layer.succeedContext(store))))
      }
      assert.deepStrictEqual(calls, ["a/x", "a/y", "b/x"])
    }).pipe(Effect.scoped))

  it.effect("forgets after a while, and what was not used for the longest time", () => {
    const llm = counting()
    return Effect.gen(function*() {
      yield* text("a")
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual(yield* text("a"), "answer 1")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* text("a"), "answer 2")
      yield* text("b")
      yield* text("a")
      yield* text("c")
      assert.strictEqual(yield* text("a"), "answer 2")
      assert.strictEqual(yield* text("b"), "answer 5")
    }).pipe(Effect.provide(model(llm, { timeToLive: "1 hour", capacity: 2 })))
  })

  it.effect("keeps no failure, no refusal and no stream that was left", () => {
    const llm = TimedLlm.make((nth) =>
      nth === 1
        ? Effect.fail(AiError.make({ module: "t", method: "t", reason: new AiError.UnknownError({}) }))
        : Effect.succeed({ text: "Hello", ...(nth === 2 ? { reason: "content-filter" as const } : {}) })
    )
    return Effect.gen(function*() {
      yield* Effect.flip(Llm.generate("hi"))
      assert.strictEqual((yield* Llm.generate("hi")).finishReason, "content-filter")
      assert.isUndefined((yield* Llm.generate("hi")).cached)
      assert.isTrue((yield* Llm.generate("hi")).cached)
      yield* Stream.runDrain(Stream.take(Llm.stream("hi"), 2))
      yield* Stream.runDrain(Llm.stream("hi"))
      assert.lengthOf(llm.calls, 5)
    }).pipe(Effect.provide(model(llm)))
  })

  it.effect("makes one call of equal ones at a time, and one pays", () => {
    const llm = counting("1 second")
    return drive(
      Effect.gen(function*() {
        const answers = yield* Effect.all([Llm.generate("hi"), Llm.generate("hi"), Llm.generate("hi")], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(answers.map(({ text }) => text), ["answer 1", "answer 1", "answer 1"])
        assert.deepStrictEqual(answers.map(({ usage }) => usage.calls), [1, 0, 0])
        const streams = yield* Effect.all([streamed("hi"), streamed("hi")], { concurrency: "unbounded" })
        assert.deepStrictEqual(streams, ["answer 2", "answer 2"])
        assert.lengthOf(llm.calls, 2)
      }).pipe(Effect.provide(model(llm)))
    )
  })

  it.effect("goes on for the readers that are left, and closes the call when none is", () => {
    const llm = counting("1 second")
    return drive(
      Effect.gen(function*() {
        const ask = Effect.forkChild(text("hi"), { startImmediately: true })
        const [first, second] = [yield* ask, yield* ask]
        yield* Fiber.interrupt(first)
        assert.strictEqual(yield* Fiber.join(second), "answer 1")

        const [third, fourth] = [yield* Effect.forkChild(text("ho")), yield* Effect.forkChild(text("ho"))]
        yield* Effect.sleep("500 millis")
        yield* Fiber.interruptAll([third, fourth])
        assert.isTrue(llm.calls[1]!.interrupted)
        assert.strictEqual(yield* text("ho"), "answer 3")
      }).pipe(Effect.provide(model(llm)))
    )
  })

  it.effect("fails for all who asked when the call does", () => {
    const reason = new AiError.InternalProviderError({ description: "503" })
    const llm = TimedLlm.make(() =>
      Effect.andThen(Effect.sleep("1 second"), Effect.fail(AiError.make({ module: "t", method: "t", reason })))
    )
    return drive(
      Effect.gen(function*() {
        const errors = yield* Effect.all([Effect.flip(text("hi")), Effect.flip(text("hi"))], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(errors.map(({ reason }) => reason._tag), [reason._tag, reason._tag])
        assert.lengthOf(llm.calls, 1)
      }).pipe(Effect.provide(model(llm)))
    )
  })

  it.effect("lets the others ask for themselves where the first was turned away for its own budget", () => {
    const llm = TimedLlm.make(() => Effect.delay(Effect.succeed({ text: "Hello" }), "1 second"))
    return Effect.gen(function*() {
      // It holds the only place, so that the next two wait for theirs.
      yield* Effect.forkChild(Llm.generate("something else"))
      yield* TestClock.adjust("10 millis")
      const poor = yield* Effect.forkChild(Effect.flip(LlmBudget.within(Llm.generate("hi"), { tokens: 1 })))
      const rich = yield* Effect.forkChild(Llm.generate("hi"))
      const other = yield* Effect.forkChild(Llm.generate("hi"))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(poor))._tag, "BudgetExceeded")
      assert.strictEqual((yield* Fiber.join(rich)).text, "Hello")
      assert.strictEqual((yield* Fiber.join(other)).text, "Hello")
      assert.lengthOf(llm.calls, 2)
    }).pipe(Effect.provide(
      LlmProvider.languageModel.pipe(
        Layer.provide(LlmCache.layer({ timeToLive: "1 day" })),
        Layer.provide(LlmLimits.layer({ inFlight: 1 })),
        Layer.provideMerge(LlmBudget.layer({})),
        Layer.provide(llm.layer)
      )
    ))
  })

  it.effect("reads the vendor no faster than its fastest reader", () => {
    let sent = 0
    const endless = Layer.succeed(
      LlmProvider,
      LlmProvider.make({
        name: "endless",
        model: "test",
        generate: () => Effect.succeed([]),
        stream: () =>
          Stream.concat(
            Stream.make({ type: "text-start" as const, id: "0" }),
            Stream.forever(Stream.fromEffect(Effect.sync(() => {
              sent++
              return { type: "text-delta" as const, id: "0", delta: "x" }
            })))
          )
      })
    )
    return Effect.gen(function*() {
      yield* Stream.runDrain(Stream.take(Llm.streamText("hi"), 10))
      assert.isAtMost(sent, 12)
    }).pipe(
      Effect.provide(LlmProvider.languageModel.pipe(
        Layer.provide(LlmCache.layer({ timeToLive: "1 hour" })),
        Layer.provide(endless)
      ))
    )
  })

  it.live("keeps answers in the database", () =>
    Effect.gen(function*() {
      const llm = counting()
      const sqlModel = Layer.fresh(LlmProvider.languageModel.pipe(
        Layer.provide(LlmCache.layerSql({ timeToLive: "1 hour" })),
        Layer.provide(llm.layer)
      ))
      yield* Effect.provide(Effect.andThen(text("hi"), streamed("hi")), sqlModel)
      // Another process, or this one after a restart.
      assert.strictEqual(yield* Effect.provide(text("hi"), sqlModel), "answer 1")
      assert.strictEqual(yield* Effect.provide(streamed("hi"), sqlModel), "answer 2")
      assert.lengthOf(llm.calls, 2)

      const sql = yield* SqlClient.SqlClient
      yield* sql`UPDATE answer_cache SET expires_at = 1`
      assert.strictEqual(yield* Effect.provide(text("hi"), sqlModel), "answer 3")
      assert.lengthOf(yield* sql`SELECT request FROM answer_cache`, 1)
      const store = yield* LlmCacheStore
      yield* store.set("a", "1", 60_000)
      yield* store.set("a", "2", 60_000)
      assert.deepStrictEqual(yield* store.get("a"), Option.some("2"))
    }).pipe(Effect.provide(Layer.provideMerge(LlmCacheStore.layerSql, Database.layerMemory))))

  /** Models that go by one name and differ in one thing that decides about their answers. */
  const standing: Readonly<
    Record<string, (baseUrl: string) => Layer.Layer<LlmProvider, never, HttpClient.HttpClient>>
  > = {
    "anthropic": (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "m" }),
    "anthropic that thinks": (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "m", thinking: "adaptive" }),
    "anthropic that thinks less": (baseUrl) =>
      Anthropic.layerProvider({ baseUrl, model: "m", thinking: { budgetTokens: 1_024 } }),
    "anthropic that says less": (baseUrl) => Anthropic.layerProvider({ baseUrl, model: "m", maxOutputTokens: 10 }),
    "anthropic that answers by a tool": (baseUrl) =>
      Anthropic.layerProvider({ baseUrl, model: "m", structuredOutput: "tool" }),
    "anthropic in a beta": (baseUrl) =>
      Anthropic.layerProvider({ baseUrl, model: "m", headers: { "anthropic-beta": "context-1m" } }),
    "openai": (baseUrl) => OpenAiCompatible.layerProvider({ baseUrl, model: "m" }),
    "another server of its name": (baseUrl) =>
      OpenAiCompatible.layerProvider({ baseUrl: `${baseUrl}/other`, model: "m" }),
    "chat of the AI SDK": (baseURL) =>
      AiSdk.layerProvider({ model: (fetch) => createOpenAI({ apiKey: "none", baseURL, fetch }).chat("m") }),
    "responses of the AI SDK": (baseURL) =>
      AiSdk.layerProvider({ model: (fetch) => createOpenAI({ apiKey: "none", baseURL, fetch }).responses("m") }),
    "responses of the AI SDK, with options": (baseURL) =>
      AiSdk.layerProvider({
        model: (fetch) => createOpenAI({ apiKey: "none", baseURL, fetch }).responses("m"),
        providerOptions: { openai: { store: false, reasoningEffort: "high" } }
      }),
    "messages of the AI SDK": (baseURL) =>
      AiSdk.layerProvider({ model: (fetch) => createAnthropic({ apiKey: "none", baseURL, fetch })("m") })
  }
  const stores = {
    memory: LlmCacheStore.layerMemory({ capacity: 100 }),
    SQL: Layer.provide(LlmCacheStore.layerSql, Database.layerMemory)
  }
  for (const [name, store] of Object.entries(stores)) {
    it.live(`answers for no model that was made otherwise, over one store in ${name}`, () =>
      Effect.gen(function*() {
        const { baseUrl, journal, script } = yield* FakeProvider
        const ask = (provider: typeof standing[string]) => {
          const cached = LlmProvider.languageModel.pipe(
            Layer.provide(Layer.fresh(LlmCache.layerStore({ timeToLive: "1 hour" }))),
            Layer.provide(Layer.fresh(provider(baseUrl))),
            Layer.provide(Http.layer({ retries: 0 }))
          )
          return Effect.provide(text("hi"), cached)
        }
        const models = Object.entries(standing)
        yield* script(...models.map(([name]) => `the answer of ${name}`))
        for (let round = 0; round < 2; round++) {
          for (const [name, provider] of models) assert.strictEqual(yield* ask(provider), `the answer of ${name}`)
        }
        assert.lengthOf(yield* journal, models.length)
      }).pipe(Effect.provide([FakeProvider.layer(), store])))
  }

  it.effect("answers for no fallback whose answer was not asked for", () => {
    const down = TimedLlm.make(() =>
      Effect.fail(
        AiError.make({ module: "t", method: "t", reason: new AiError.InternalProviderError({ description: "503" }) })
      )
    )
    const other = counting()
    const over = (below: Layer.Layer<LlmProvider>) =>
      LlmProvider.languageModel.pipe(
        Layer.provide(Layer.fresh(LlmCache.layerStore({ timeToLive: "1 hour" }))),
        Layer.provide(Layer.fresh(below))
      )
    return Effect.gen(function*() {
      const both = over(Layer.provide(LlmFallback.layer({ to: [other.layer] }), down.layer))
      assert.strictEqual(yield* Effect.provide(text("hi"), both), "answer 1")
      assert.strictEqual(yield* Effect.provide(text("hi"), both), "answer 1")
      yield* Effect.flip(Effect.provide(text("hi"), over(down.layer)))
    }).pipe(Effect.provide(LlmCacheStore.layerMemory({ capacity: 10 })))
  })

  it.effect("asks the vendor when its store fails, and logs it", () => {
    const failure = new SqlError.SqlError({
      reason: new SqlError.UnknownError({ cause: new Error("disk full"), message: "disk full", operation: "execute" })
    })
    const logged: Array<string> = []
    const llm = counting()
    return Effect.gen(function*() {
      assert.strictEqual(yield* text("hi"), "answer 1")
      assert.strictEqual(yield* text("hi"), "answer 2")
      assert.include(logged.join("\n"), "disk full")
    }).pipe(
      Effect.provide([
        LlmProvider.languageModel.pipe(
          Layer.provide(LlmCache.layerStore({ timeToLive: "1 hour" })),
          Layer.provide(
            Layer.succeed(LlmCacheStore, { get: () => Effect.fail(failure), set: () => Effect.fail(failure) })
          ),
          Layer.provide(llm.layer)
        ),
        Logger.layer([Logger.map(Logger.formatSimple, (line) => logged.push(line))])
      ])
    )
  })
})
