/**
 * What tokens cost. Prices change, so we ship none: whoever wants costs states them, with the place and the day they
 * were read. A model without a price is counted in `unpricedCalls`, never as free.
 */
import * as Context from "effect/Context"

/**
 * US dollars per million tokens.
 *
 * @category models
 */
export interface LlmPrice {
  readonly inputPerMillion: number
  readonly outputPerMillion: number
  /** For input that the vendor read from its cache. Without it, that costs as much as other input. */
  readonly cachedInputPerMillion?: number
  /** For input that the vendor wrote to its cache. Without it, that costs as much as other input. */
  readonly cacheWriteInputPerMillion?: number
  /** Where the price was read. */
  readonly source: string
  /** When it was read, as `2025-01-31`. */
  readonly date: string
}

/**
 * Prices by `provider/model`, as `openai/gpt-4o-mini`.
 *
 * @category references
 */
export const LlmPrices = Context.Reference<Readonly<Record<string, LlmPrice>>>("greenlang/llm/LlmPrices", {
  defaultValue: () => ({})
})
