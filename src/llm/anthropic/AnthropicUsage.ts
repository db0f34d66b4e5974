/**
 * What Anthropic counts of an answer.
 */
import type * as Response from "effect/ai/Response"
import * as LooseJson from "../internal/LooseJson.ts"
import * as StatedCost from "../internal/StatedCost.ts"
import * as TokenCounts from "../internal/TokenCounts.ts"

const { count } = LooseJson

/** The counts in the `usage` of a message or an event. */
const countsOf = (usage: LooseJson.Fields): TokenCounts.TokenCounts => {
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
    reasoning: count(LooseJson.fields(usage["output_tokens_details"])?.["thinking_tokens"]),
    costUsd: StatedCost.read(usage)
  }
}

/** What is counted of one answer. */
export class AnthropicUsage {
  private readonly reports = new TokenCounts.Reports()
  private longWritten: number | undefined

  get counts(): TokenCounts.TokenCounts {
    return this.reports.counts
  }

  /** Adds the `usage` of a message or an event. */
  add(given: unknown): void {
    const usage = LooseJson.fields(given)
    if (usage === undefined) return
    this.longWritten = TokenCounts.max(this.longWritten, longWrittenOf(usage))
    this.reports.add(countsOf(usage))
  }

  /** Content came. */
  came(): void {
    this.reports.came()
  }

  /** For the finish. What of the usage has no field there is in its metadata, where `LlmUsage` finds it. */
  finish(): Pick<Response.FinishPartEncoded, "usage" | "metadata"> {
    const usage = TokenCounts.usageOf(this.counts, "beside")
    const long = Math.min(this.longWritten ?? 0, usage.inputTokens.cacheWrite ?? 0)
    const { costUsd: cost } = this.counts
    const more = {
      ...(long === 0 ? {} : { cache_creation: { ephemeral_1h_input_tokens: long } }),
      ...(cost === undefined ? {} : { cost })
    }
    return { usage, ...(Object.keys(more).length === 0 ? {} : { metadata: { anthropic: { usage: more } } }) }
  }
}

/** The tokens that were written to the cache for an hour. */
const longWrittenOf = (usage: LooseJson.Fields): number | undefined =>
  count(LooseJson.fields(usage["cache_creation"])?.["ephemeral_1h_input_tokens"])
