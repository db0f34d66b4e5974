/**
 * Why an answer ended, in the words of every vendor.
 */
import type * as Response from "effect/ai/Response"

/** The reason for the vendor's `word`. Servers differ in whether an answer with tool calls "stops". */
export const of = (word: string | undefined, calledTools: boolean): Response.FinishReason => {
  if (word === undefined) return "unknown"
  const reason = reasons.get(word) ?? reasons.get(plain(word)) ?? "other"
  return reason === "stop" && calledTools ? "tool-calls" : reason
}

/** The answer ended because something failed. */
export const isError = (word: string | undefined): boolean => word !== undefined && errors.has(plain(word))

/** The word that `value` is, `undefined` for a word that says nothing. */
export const wordOf = (value: string | undefined): string | undefined => {
  const word = value?.trim()
  return word === undefined || word === "" || word.toLowerCase() === "null" || word.toLowerCase() === "none"
    ? undefined
    : word
}

/** The answer ended so that tools are called. */
export const isToolCalls = (word: string | undefined): boolean => word !== undefined && toolCalls.includes(plain(word))

/** Servers differ in capitals and in what stands between words. */
const plain = (word: string): string => {
  const known = plainWords.get(word)
  if (known !== undefined) return known
  const made = word.toLowerCase().replaceAll(/[^a-z]/g, "")
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
  "interrupted"
])

const toolCalls = ["toolcalls", "toolcall", "tooluse", "functioncall"]

const reasons = new Map<string, Response.FinishReason>([
  ...["stop", "endturn", "stopsequence", "eos", "eostoken", "endoftext", "complete", "completed", ...toolCalls]
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
