/**
 * What a vendor had done for an answer that failed.
 */
import type * as AiError from "effect/ai/AiError"
import * as LlmHttpError from "../LlmHttpError.ts"
import * as StatedCost from "./StatedCost.ts"
import * as TokenCounts from "./TokenCounts.ts"

/** The failure of an answer, with what was counted by then, as `api` counts it. `isEmpty` says that nothing of the answer came. */
export const after = (
  reason: AiError.AiErrorReason,
  counts: TokenCounts.TokenCounts,
  api: "openai" | "anthropic",
  isEmpty: boolean
): AiError.AiErrorReason => {
  if (TokenCounts.isCounted(counts)) {
    return LlmHttpError.afterWork(reason, {
      usage: TokenCounts.usageOf(counts, api === "openai" ? "input" : "beside"),
      ...StatedCost.metadataOf(api, counts.costUsd)
    })
  }
  return isEmpty && reason._tag !== "InternalProviderError" ? reason : LlmHttpError.afterWork(reason, {})
}
