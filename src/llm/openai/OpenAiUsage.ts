/**
 * What servers count of a chat completion, under each name that they use.
 */
import * as LooseJson from "../internal/LooseJson.ts"
import * as StatedCost from "../internal/StatedCost.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"

/** The usage that a body reports. Groq sends it in a field of its own. */
export const usageIn = (json: LooseJson.Fields): unknown =>
  LooseJson.fields(json["usage"]) ?? LooseJson.fields(json["x_groq"])?.["usage"]

/** The counts of a report. */
export const countsOf = (given: unknown): TokenCounts.TokenCounts => {
  const usage = LooseJson.fields(given)
  if (usage === undefined) return {}
  const count = LooseJson.count
  const input = LooseJson.fields(usage["prompt_tokens_details"] ?? usage["input_tokens_details"])
  const output = LooseJson.fields(usage["completion_tokens_details"] ?? usage["output_tokens_details"])
  return {
    input: count(usage["prompt_tokens"] ?? usage["input_tokens"]),
    cacheRead: largest(
      input?.["cached_tokens"],
      usage["prompt_cache_hit_tokens"],
      usage["cached_tokens"],
      usage["cache_read_input_tokens"]
    ),
    cacheWrite: largest(
      input?.["cache_write_tokens"],
      input?.["cache_creation_tokens"],
      usage["cache_creation_input_tokens"]
    ),
    output: count(usage["completion_tokens"] ?? usage["output_tokens"]),
    reasoning: largest(output?.["reasoning_tokens"], usage["reasoning_tokens"]),
    total: count(usage["total_tokens"]),
    costUsd: StatedCost.read(usage)
  }
}

/** Servers report one count under several names. */
const largest = (...counts: ReadonlyArray<unknown>): number | undefined => {
  let most: number | undefined
  for (const count of counts) most = TokenCounts.max(most, LooseJson.count(count))
  return most
}
