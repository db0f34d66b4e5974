/**
 * What language models were asked for, in tokens and dollars.
 */
import * as Schema from "effect/Schema"

/**
 * What language models were asked for during a run. Token counts are the vendors' own. `costUsd` is in US dollars and
 * leaves out the `unpricedCalls`: calls to a model without a price.
 *
 * @category models
 */
export const Usage = Schema.Struct({
  calls: Schema.Int,
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  /** The part of `inputTokens` that the vendor read from its cache. */
  cachedInputTokens: Schema.Int,
  /** The part of `outputTokens` that was spent on thinking. */
  reasoningTokens: Schema.Int,
  costUsd: Schema.Finite,
  unpricedCalls: Schema.Int
})
/** @category models */
export type Usage = typeof Usage.Type

/** Nothing asked, nothing spent. @category models */
export const noUsage: Usage = {
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
  unpricedCalls: 0
}
