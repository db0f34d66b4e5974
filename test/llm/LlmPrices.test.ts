import { createAnthropic } from "@ai-sdk/anthropic"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Schema, Stream } from "effect"
import { Agent, Llm } from "greenlang"
import { AiSdk } from "greenlang/ai-sdk"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as LlmPrices from "greenlang/llm/LlmPrices"
import { LlmPriceTable } from "greenlang/llm/LlmPriceTable"
import { FakeProvider, Fault, ScriptedLlm } from "greenlang/testing"

const mine: LlmPrices.LlmPrice = { inputPerMillion: 7, outputPerMillion: 8, source: "our contract", date: "2025-01-31" }
const find = (model: string, provider = "openai") => LlmPrices.find(LlmPriceTable, { provider, model })

describe("LlmPrices", () => {
  for (const [key, price] of Object.entries(LlmPriceTable)) {
    it(`has a source, a date and US dollars per million tokens for ${key}`, () => {
      assert.match(key, /^(?:openai|anthropic)\/[a-z0-9.-]+$/)
      assert(URL.canParse(price.source.split(",")[0]!))
      const date = DateTime.make(price.date)
      assert(Option.isSome(date) && /^\d{4}-\d{2}-\d{2}$/.test(price.date))
      // What costs a thousandth or a thousand times as much is a price for another number of tokens.
      const { batchShare = 1, cacheWriteInputPerMillion: written, cachedInputPerMillion: cached, ...base } = price
      const { longCacheWriteInputPerMillion: long } = price
      assert(long === undefined || (written !== undefined && long > written && long <= 2 * base.inputPerMillion))
      assert(base.inputPerMillion >= 0.01 && base.inputPerMillion <= 50)
      assert(base.outputPerMillion > base.inputPerMillion && base.outputPerMillion <= 10 * base.inputPerMillion)
      assert(cached === undefined || (cached > 0 && cached < base.inputPerMillion))
      assert(written === undefined || (written > base.inputPerMillion && written <= 2 * base.inputPerMillion))
      assert(batchShare > 0 && batchShare <= 1)
    })
  }

  it("finds a model by its name, and a snapshot of it by the name without its date", () => {
    const mini = find("gpt-4o-mini")
    assert.strictEqual(mini?.outputPerMillion, 0.6)
    assert.strictEqual(find("gpt-4o-mini-2024-07-18"), mini)
    assert.strictEqual(find("claude-sonnet-4-5-20250929", "anthropic"), find("claude-sonnet-4-5", "anthropic"))
    // One that has a row of its own is priced by it.
    assert.strictEqual(find("gpt-4o-2024-05-13")?.inputPerMillion, 5)
    assert.strictEqual(find("gpt-4o-2024-11-20")?.inputPerMillion, 2.5)
  })

  it("knows nothing of names that are only alike, nor of other providers", () => {
    for (const model of ["gpt-4o-mini-audio-preview", "gpt-4o-mini-2024", "ft:gpt-4o-mini", "gpt", ""]) {
      assert.isUndefined(find(model), model)
    }
    assert.isUndefined(find("gpt-4o-mini", "groq"))
  })

  it.effect("has prices of one's own over those it ships, by key", () =>
    Effect.gen(function*() {
      const prices = yield* LlmPrices.LlmPrices
      assert.strictEqual(LlmPrices.find(prices, { provider: "openai", model: "gpt-4o" }), mine)
      assert.strictEqual(LlmPrices.find(prices, { provider: "openai", model: "gpt-4o-mini" }), find("gpt-4o-mini"))
    }).pipe(Effect.provide(LlmPrices.layer({ "openai/gpt-4o": mine }))))

  it.effect("prices calls with the shipped table, and says which calls it cannot price", () =>
    Effect.gen(function*() {
      const ask = (model: string) =>
        Effect.provide(
          Effect.map(Llm.generate("hi"), ({ usage }) => usage),
          ScriptedLlm.layerAs({ provider: "openai", model }, {
            text: "hi",
            usage: { inputTokens: 1_000_000, outputTokens: 1_000_000, cachedInputTokens: 500_000 }
          })
        )
      assert.deepInclude(yield* ask("gpt-4o-mini-2024-07-18"), { costUsd: 0.7125, unpricedCalls: 0 })
      assert.deepInclude(yield* ask("gpt-of-tomorrow"), { costUsd: 0, unpricedCalls: 1 })
    }))

  it.effect("prices no call that is longer than its price holds for", () => {
    const ask = (inputTokens: number) =>
      Effect.provide(
        Effect.map(Llm.generate("hi"), ({ usage }) => usage),
        ScriptedLlm.layerAs({ provider: "openai", model: "gpt-5.4" }, {
          text: "hi",
          usage: { inputTokens, outputTokens: 1_000 }
        })
      )
    return Effect.gen(function*() {
      assert.deepInclude(yield* ask(272_000), { costUsd: 0.695, unpricedCalls: 0 })
      assert.deepInclude(yield* ask(272_001), { inputTokens: 272_001, costUsd: 0, unpricedCalls: 1 })
    })
  })

  /** What Anthropic sends of an answer that wrote 1,000 tokens to its cache for 5 minutes, and 2,000 for an hour. */
  const written = {
    input_tokens: 100,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 3_000,
    cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 }
  }
  const message = { id: "m", type: "message", role: "assistant", model: "m", stop_reason: null, stop_sequence: null }
  const whole = Fault.raw({
    body: {
      ...message,
      content: [{ type: "text", text: "hi" }],
      stop_reason: "end_turn",
      usage: { ...written, output_tokens: 10 }
    }
  })
  const streamed = Fault.raw({
    headers: { "content-type": "text/event-stream" },
    body: [
      { type: "message_start", message: { ...message, content: [], usage: { ...written, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "hi" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 10 } },
      { type: "message_stop" }
    ].map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("")
  })
  const adapters = {
    Anthropic: (baseUrl: string) => Anthropic.layer({ baseUrl, model: "m" }),
    "the AI SDK": (baseURL: string) =>
      AiSdk.layer({ model: (fetch) => createAnthropic({ apiKey: "none", baseURL, fetch })("m") })
  }
  for (const [name, adapter] of Object.entries(adapters)) {
    it.live(`prices what ${name} reports to be in the cache for an hour by a price of its own, or not at all`, () => {
      const price = { ...mine, inputPerMillion: 10, outputPerMillion: 20, cacheWriteInputPerMillion: 12.5 }
      const Asks = Agent.make("Asks", {
        version: "1",
        input: Schema.Boolean,
        output: Schema.String,
        execute: (streams) =>
          Effect.orDie(
            streams ? Stream.mkString(Llm.streamText("hi")) : Effect.map(Llm.generate("hi"), ({ text }) => text)
          )
      })
      const ask = (price: LlmPrices.LlmPrice) =>
        Effect.forEach([false, true], (streams) => Effect.map(Asks.run(streams), ({ metadata }) => metadata.usage))
          .pipe(
            Effect.provideService(LlmPrices.LlmPrices, { "anthropic/m": price })
          )
      const model = Layer.unwrap(Effect.map(FakeProvider, ({ baseUrl }) => adapter(baseUrl))).pipe(
        Layer.provide(Http.layer({ retries: 0 })),
        Layer.provide(FakeProvider.layer(whole, streamed, whole, streamed))
      )
      return Effect.gen(function*() {
        for (const usage of yield* ask({ ...price, longCacheWriteInputPerMillion: 20 })) {
          assert.deepInclude(usage, { inputTokens: 3_100, outputTokens: 10, unpricedCalls: 0 })
          assert.approximately(usage.costUsd, (100 * 10 + 1_000 * 12.5 + 2_000 * 20 + 10 * 20) / 1e6, 1e-12)
        }
        for (const usage of yield* ask(price)) {
          assert.deepInclude(usage, { inputTokens: 3_100, costUsd: 0, unpricedCalls: 1 })
        }
      }).pipe(Effect.provide(model))
    })
  }

  it("takes the share of a batch from all prices of a model", () => {
    const { "a/b": half, "a/c": whole } = LlmPrices.ofBatch({
      "a/b": {
        ...mine,
        cachedInputPerMillion: 2,
        cacheWriteInputPerMillion: 10,
        longCacheWriteInputPerMillion: 14,
        batchShare: 0.5
      },
      "a/c": mine
    })
    assert.deepInclude(half, {
      inputPerMillion: 3.5,
      outputPerMillion: 4,
      cachedInputPerMillion: 1,
      cacheWriteInputPerMillion: 5,
      longCacheWriteInputPerMillion: 7
    })
    assert.deepStrictEqual(whole, mine)
  })
})
