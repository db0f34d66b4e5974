/**
 * The usage that models of the AI SDK report.
 */
import type { LanguageModelV4Usage } from "@ai-sdk/provider"
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as AnswerWork from "../llm/internal/AnswerWork.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as StatedCost from "../llm/internal/StatedCost.ts"
import * as TokenCounts from "../llm/internal/TokenCounts.ts"

/**
 * The failure of an answer, with what was used by then and the cost that the vendor stated. `isEmpty` says that nothing of the
 * answer came.
 *
 * @category reading
 */
export const after = (
  reason: AiError.AiErrorReason,
  { cost, isEmpty, usage }: {
    readonly usage: Partial<LanguageModelV4Usage> | undefined
    readonly cost: number | undefined
    readonly isEmpty: boolean
  }
): AiError.AiErrorReason => {
  const counts = countsOf(usage)
  return AnswerWork.after(reason, { ...counts, costUsd: TokenCounts.max(counts.costUsd, cost) }, "openai", isEmpty)
}

/** The usage of an answer. Packages of other authors may leave out what the type promises. @category reading */
export const of = (usage: Partial<LanguageModelV4Usage> | undefined): Response.FinishPartEncoded["usage"] =>
  TokenCounts.usageOf(countsOf(usage), "input")

/** A usage as a package reads it: counts that are none are left out, at any depth. @category writing */
export const readable = (usage: LooseJson.Fields): LooseJson.Fields =>
  Object.fromEntries(
    Object.entries(usage).flatMap(([key, value]): ReadonlyArray<[string, unknown]> => {
      const inner = LooseJson.fields(value)
      if (inner !== undefined) return [[key, readable(inner)]]
      if (!key.endsWith("_tokens")) return [[key, value]]
      const count = LooseJson.count(value)
      return count === undefined ? [] : [[key, count]]
    })
  )

/**
 * The vendor's own counts, without those that `Forms` writes for what was not measured, and with the cost that the vendor stated,
 * which packages leave out.
 *
 * @category reading
 */
export const rawOf = (
  usage: Partial<LanguageModelV4Usage> | undefined,
  stated: number | undefined
): LooseJson.Fields | undefined => {
  const raw = LooseJson.fields(usage?.raw)
  const cost = TokenCounts.max(StatedCost.read(raw), stated)
  return cost === undefined ? raw && measured(raw) : { ...measured(raw ?? {}), cost }
}

const measured = (counts: LooseJson.Fields): LooseJson.Fields =>
  Object.fromEntries(
    Object.entries(counts).filter(([, value]) => value !== -1).map(([key, value]) => {
      const inner = LooseJson.fields(value)
      return [key, inner === undefined ? value : measured(inner)]
    })
  )

const countsOf = (usage: Partial<LanguageModelV4Usage> | undefined): TokenCounts.TokenCounts => {
  const { count } = LooseJson
  const input = LooseJson.fields(usage?.inputTokens)
  const output = LooseJson.fields(usage?.outputTokens)
  const total = count(
    LooseJson.fields(usage?.raw)?.["total_tokens"] ?? LooseJson.fields(usage?.raw)?.["totalTokenCount"]
  )
  return {
    input: wholeOf(input, "noCache", "cacheRead", "cacheWrite"),
    cacheRead: count(input?.["cacheRead"]),
    cacheWrite: count(input?.["cacheWrite"]),
    output: wholeOf(output, "text", "reasoning"),
    reasoning: count(output?.["reasoning"]),
    total,
    costUsd: StatedCost.read(usage?.raw)
  }
}

/**
 * The larger of a total and its parts: `rest` and `others`. The rest is computed of a total and the others, so that it is none where
 * one of those is none.
 */
const wholeOf = (
  counts: LooseJson.Fields | undefined,
  rest: string,
  ...others: ReadonlyArray<string>
): number | undefined => {
  const total = LooseJson.count(counts?.["total"])
  if (total === undefined && !LooseJson.isAbsent(counts?.["total"])) return undefined
  const parts = [rest, ...others].map((key) => counts?.[key])
  const isSum = LooseJson.count(parts[0]) !== undefined
    && parts.every((part) => LooseJson.isAbsent(part) || LooseJson.count(part) !== undefined)
  return TokenCounts.max(
    total,
    isSum ? parts.reduce<number>((all, part) => all + (LooseJson.count(part) ?? 0), 0) : undefined
  )
}
