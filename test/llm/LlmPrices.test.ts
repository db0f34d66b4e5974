import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option } from "effect"
import { Llm } from "greenlang"
import * as LlmPrices from "greenlang/llm/LlmPrices"
import { LlmPriceTable } from "greenlang/llm/LlmPriceTable"
import { ScriptedLlm } from "greenlang/testing"

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

  it("takes the share of a batch from all prices of a model", () => {
    const { "a/b": half, "a/c": whole } = LlmPrices.ofBatch({
      "a/b": { ...mine, cachedInputPerMillion: 2, cacheWriteInputPerMillion: 10, batchShare: 0.5 },
      "a/c": mine
    })
    assert.deepInclude(half, {
      inputPerMillion: 3.5,
      outputPerMillion: 4,
      cachedInputPerMillion: 1,
      cacheWriteInputPerMillion: 5
    })
    assert.deepStrictEqual(whole, mine)
  })
})
