/**
 * What tokens cost. `LlmPriceTable` ships some prices, with the page and the day where each was read; your own prices
 * override them. A call without a price is counted in `unpricedCalls`, never as free. What is not paid by tokens, as a
 * search that the vendor makes, and what is paid for a faster or nearer service, is in no figure.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LlmPrice } from "./LlmPrice.ts"
import { LlmPriceTable } from "./LlmPriceTable.ts"

export type { LlmPrice } from "./LlmPrice.ts"

/**
 * Prices by `provider/model`, as `openai/gpt-4o-mini`; `find` says how a model is looked up. Default: those of
 * `LlmPriceTable`. To provide it replaces them all; `layer` adds to them.
 *
 * @category references
 */
export const LlmPrices = Context.Reference<Readonly<Record<string, LlmPrice>>>("greenlang/llm/LlmPrices", {
  defaultValue: () => LlmPriceTable
})

/**
 * The prices around it and these, which stand for those of the same key.
 *
 * ```ts
 * import { Effect } from "effect"
 * import * as LlmPrices from "greenlang/llm/LlmPrices"
 *
 * const ours = LlmPrices.layer({
 *   "acme/small": { inputPerMillion: 1, outputPerMillion: 2, source: "acme.example/prices", date: "2025-01-31" }
 * })
 * const prices = await Effect.runPromise(Effect.provide(LlmPrices.LlmPrices, ours))
 * LlmPrices.find(prices, { provider: "acme", model: "small-2025-01-31" })?.outputPerMillion // => 2
 * LlmPrices.find(prices, { provider: "acme", model: "small-but-other" }) // => undefined
 * ```
 *
 * @category layers
 */
export const layer = (prices: Readonly<Record<string, LlmPrice>>): Layer.Layer<never> =>
  Layer.effect(LlmPrices, Effect.map(LlmPrices, (known) => ({ ...known, ...prices })))

/**
 * The price of the model of this very name, or else of the name without a date at its end (`-2025-01-31`, `-20250131`) or
 * `-latest`: vendors give snapshots of a model the price of the model. No other name stands for another.
 *
 * @category reading
 */
export const find = (
  prices: Readonly<Record<string, LlmPrice>>,
  { model, provider }: { readonly provider: string; readonly model: string }
): LlmPrice | undefined =>
  prices[`${provider}/${model}`] ?? prices[`${provider}/${model.replace(/-(?:\d{4}-?\d{2}-?\d{2}|latest)$/, "")}`]

/** What the same costs in a batch. @category reading */
export const ofBatch = (prices: Readonly<Record<string, LlmPrice>>): Readonly<Record<string, LlmPrice>> =>
  Object.fromEntries(Object.entries(prices).map(([key, price]) => [key, share(price)]))

const share = (price: LlmPrice): LlmPrice => {
  const {
    batchShare = 1,
    cachedInputPerMillion: cached,
    cacheWriteInputPerMillion: written,
    longCacheWriteInputPerMillion: writtenLong
  } = price
  return {
    ...price,
    inputPerMillion: price.inputPerMillion * batchShare,
    outputPerMillion: price.outputPerMillion * batchShare,
    ...(cached === undefined ? {} : { cachedInputPerMillion: cached * batchShare }),
    ...(written === undefined ? {} : { cacheWriteInputPerMillion: written * batchShare }),
    ...(writtenLong === undefined ? {} : { longCacheWriteInputPerMillion: writtenLong * batchShare })
  }
}
