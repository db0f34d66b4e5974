/**
 * What Anthropic counts of an answer.
 */
import * as LooseJson from "../internal/LooseJson.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"

const { count } = LooseJson

/** The counts in the `usage` of a message or an event. */
export const countsOf = (usage: LooseJson.Fields): TokenCounts.TokenCounts => {
  const long = longWrittenOf(usage)
  const short = count(LooseJson.fields(usage["cache_creation"])?.["ephemeral_5m_input_tokens"])
  return {
    input: count(usage["input_tokens"]),
    cacheRead: count(usage["cache_read_input_tokens"]),
    cacheWrite: TokenCounts.max(
      count(usage["cache_creation_input_tokens"]),
      long === undefined && short === undefined ? undefined : (long ?? 0) + (short ?? 0)
    ),
    output: count(usage["output_tokens"]),
    reasoning: count(LooseJson.fields(usage["output_tokens_details"])?.["thinking_tokens"])
  }
}

/** The tokens that were written to the cache for an hour. */
export const longWrittenOf = (usage: LooseJson.Fields): number | undefined =>
  count(LooseJson.fields(usage["cache_creation"])?.["ephemeral_1h_input_tokens"])
