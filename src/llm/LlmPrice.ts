/**
 * What the tokens of one model cost.
 */
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
  /** For input that the vendor wrote to its cache for an hour. Without it, what a call that wrote such costs is not known. */
  readonly longCacheWriteInputPerMillion?: number
  /** These are the prices of calls with so many input tokens at most. What longer ones cost is then not known. */
  readonly upToInputTokens?: number
  /** The share of all these that a batch costs, as 0.5. Without it, a batch costs as much as other calls. */
  readonly batchShare?: number
  /** Where the price was read. */
  readonly source: string
  /** When it was read, as `2025-01-31`. */
  readonly date: string
}
