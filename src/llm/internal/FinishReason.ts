/**
 * Why an answer ended, in the words of every vendor.
 */
import type * as Response from "effect/ai/Response"

/** The reason for the vendor's `word`. Servers differ in whether an answer with tool calls "stops". */
export const of = (word: string | undefined, calledTools: boolean): Response.FinishReason => {
  if (word === undefined) return "unknown"
  const reason = reasons.get(word.toLowerCase()) ?? "other"
  return reason === "stop" && calledTools ? "tool-calls" : reason
}

/** The answer ended because something failed. */
export const isError = (word: string | undefined): boolean => word?.toLowerCase() === "error"

/** The answer ended so that tools are called. */
export const isToolCalls = (word: string | undefined): boolean =>
  word !== undefined && toolCalls.includes(word.toLowerCase())

const toolCalls = ["tool_calls", "tool_call", "tool_use", "function_call"]

const reasons = new Map<string, Response.FinishReason>([
  ...["stop", "end_turn", "stop_sequence", "eos", "eos_token", "end_of_text", "complete", "completed", ...toolCalls]
    .map(
      (word) => [word, "stop"] as const
    ),
  ...["length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"].map((word) =>
    [word, "length"] as const
  ),
  ...[
    "content_filter",
    "content-filter",
    "content_filtered",
    "guardrail_intervened",
    "refusal",
    "safety",
    "recitation",
    "prohibited_content",
    "blocklist",
    "sensitive"
  ]
    .map((word) => [word, "content-filter"] as const),
  ["insufficient_system_resource", "error"],
  ["pause_turn", "pause"]
])
