/**
 * The usage that models of the AI SDK report.
 */
import type { LanguageModelV4Usage } from "@ai-sdk/provider"
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as AnswerWork from "../llm/internal/AnswerWork.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as TokenCounts from "../llm/internal/TokenCounts.ts"

/** The failure of an answer, with what was used by then. `isEmpty` says that nothing of the answer came. @category reading */
export const after = (
  reason: AiError.AiErrorReason,
  usage: Partial<LanguageModelV4Usage> | undefined,
  isEmpty: boolean
): AiError.AiErrorReason => AnswerWork.after(reason, countsOf(usage), "input", isEmpty)

/** The usage of an answer. Packages of other authors may leave out what the type promises. @category reading */
export const of = (usage: Partial<LanguageModelV4Usage> | undefined): Response.FinishPartEncoded["usage"] =>
  TokenCounts.usageOf(countsOf(usage), "input")

const countsOf = (usage: Partial<LanguageModelV4Usage> | undefined): TokenCounts.TokenCounts => {
  const { count } = LooseJson
  const input = LooseJson.fields(usage?.inputTokens)
  const output = LooseJson.fields(usage?.outputTokens)
  const parts = [input?.["noCache"], input?.["cacheRead"], input?.["cacheWrite"]].map(count)
  const text = count(output?.["text"])
  const reasoning = count(output?.["reasoning"])
  const total = count(
    LooseJson.fields(usage?.raw)?.["total_tokens"] ?? LooseJson.fields(usage?.raw)?.["totalTokenCount"]
  )
  return {
    input: wholeOf(input, parts[0] === undefined ? undefined : sum(parts)),
    cacheRead: parts[1],
    cacheWrite: parts[2],
    output: wholeOf(output, text === undefined ? undefined : text + (reasoning ?? 0)),
    reasoning,
    total
  }
}

/** The larger of a total and its parts. Parts of a total that cannot be were computed of it, and cannot be either. */
const wholeOf = (counts: LooseJson.Fields | undefined, parts: number | undefined): number | undefined => {
  const total = LooseJson.count(counts?.["total"])
  return total === undefined && !LooseJson.isAbsent(counts?.["total"]) ? undefined : TokenCounts.max(total, parts)
}

const sum = (counts: ReadonlyArray<number | undefined>): number =>
  counts.reduce<number>((all, one) => all + (one ?? 0), 0)
