/**
 * Why an answer ended, in the words of every vendor.
 */
import type * as Response from "effect/ai/Response"
import * as LooseJson from "./LooseJson.ts"

/** The reason for the vendor's `word`. Servers differ in whether an answer with tool calls "stops". */
export const of = (word: string | undefined, calledTools: boolean): Response.FinishReason => {
  if (word === undefined || /^[\d.-]+$/.test(word)) return "unknown"
  const reason = reasons.get(word) ?? known(plain(word))
  return reason === "stop" && calledTools ? "tool-calls" : reason
}

const known = (word: string): Response.FinishReason =>
  reasons.get(word) ?? (filters.test(word) ? "content-filter" : lengths.test(word) ? "length" : "other")

/** The answer ended because something failed. A word that is not known is a failure where nothing came. */
export const isError = (word: string | undefined, isEmpty: boolean): boolean =>
  word !== undefined && (errors.has(plain(word)) || (isEmpty && of(word, false) === "other"))

/** The answer may have ended in the middle. */
export const isCut = (reason: Response.FinishReason | undefined): boolean =>
  reason === "length" || reason === "content-filter" || reason === "error"

/** The word that `value` is, `undefined` for a word that says nothing. */
export const wordOf = (value: string | undefined): string | undefined => {
  const word = value?.trim()
  return word === undefined || word === "" || word.toLowerCase() === "null" || word.toLowerCase() === "none"
    ? undefined
    : word
}

/** `wordOf`, for whatever stands in the place of the word. A number but 0 says that the answer ended, and not why. */
export const wordIn = (value: unknown): string | undefined =>
  typeof value === "string" ? wordOf(value) : value === 0 ? undefined : LooseJson.label(value)

/** The answer ended so that tools are called. */
export const isToolCalls = (word: string | undefined): boolean => word !== undefined && toolCalls.includes(plain(word))

/** Servers differ in capitals, in what stands between words and before them, and in what they add behind a colon. */
const plain = (word: string): string => {
  const known = plainWords.get(word)
  if (known !== undefined) return known
  const made = word.toLowerCase().replace(/:.*$/s, "").replaceAll(/[^a-z]/g, "").replace(/^finishreason(?=.)/, "")
  if (plainWords.size < 100) plainWords.set(word, made)
  return made
}

const plainWords = new Map<string, string>()

const errors = new Set([
  "error",
  "abort",
  "aborted",
  "networkerror",
  "servererror",
  "engineerror",
  "timeout",
  "malformedfunctioncall",
  "errorduringexecution",
  "insufficientsystemresource",
  "internalerror",
  "cancelled",
  "canceled",
  "interrupted",
  "functioncallfilter",
  "unexpectedtoolcall",
  "toomanytoolcalls",
  "malformedmodeloutput",
  "malformedtooluse",
  "malformedresponse",
  "errorlimit",
  "modelerror",
  "toolerror",
  "internalservererror",
  "failed",
  "failure"
])

const toolCalls = ["toolcalls", "toolcall", "tooluse", "functioncall"]

const filters =
  /filter|safety|recitation|spii|blocklist|prohibited|toxic|guardrail|refusal|refused|sensitive|moderation|policy|language$/

const lengths = /length|(?:token|time|context|output)s?limit|^limit$|^max/

const reasons = new Map<string, Response.FinishReason>([
  ...[
    "stop",
    "endturn",
    "stopsequence",
    "eos",
    "eostoken",
    "endoftext",
    "complete",
    "completed",
    "end",
    "finished",
    "done",
    ...toolCalls
  ]
    .map(
      (word) => [word, "stop"] as const
    ),
  ...["length", "maxtokens", "maxoutputtokens", "modellength", "modelcontextwindowexceeded"].map((word) =>
    [word, "length"] as const
  ),
  ...[
    "contentfilter",
    "contentfiltered",
    "guardrailintervened",
    "refusal",
    "safety",
    "recitation",
    "prohibitedcontent",
    "blocklist",
    "sensitive"
  ]
    .map((word) => [word, "content-filter"] as const),
  ["pauseturn", "pause"]
])
