/**
 * Good answers of both formats, whole and in pieces, as servers send them.
 */
import type { Format } from "./Wire.ts"
import { done, sse } from "./Wire.ts"

const head = { id: "chatcmpl-1", object: "chat.completion", created: 1_764_500_000, model: "m-2025" }

/** A whole chat completion. */
export const completion = (message: object, more: object = {}, finish: unknown = "stop") => ({
  ...head,
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish, logprobs: null }],
  usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
  ...more
})

/** A piece of a chat completion. */
export const chunk = (delta: object, finish: unknown = null, more: object = {}) => ({
  ...head,
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...more
})

export const usageChunk = (usage: unknown) => ({ ...head, object: "chat.completion.chunk", choices: [], usage })

/** A piece of the calls. */
export const callChunk = (...calls: ReadonlyArray<object>) => chunk({ tool_calls: calls })

export const stop = chunk({}, "stop")
export const stopForCalls = chunk({}, "tool_calls")

/** A whole message. */
export const message = (content: unknown, more: object = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m-2025",
  content,
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 20, output_tokens: 10 },
  ...more
})

export const start = (usage: unknown = { input_tokens: 20, output_tokens: 1 }) => ({
  type: "message_start",
  message: message([], { stop_reason: null, usage })
})

/** The events of one block. */
export const block = (index: number, begin: object, ...deltas: ReadonlyArray<object>): ReadonlyArray<object> => [
  { type: "content_block_start", index, content_block: begin },
  ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
  { type: "content_block_stop", index }
]

export const text = (text: string) => ({ type: "text_delta", text })
export const input = (partial_json: string) => ({ type: "input_json_delta", partial_json })

export const end = (stop_reason: unknown = "end_turn", usage: unknown = { output_tokens: 10 }) => [
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage },
  { type: "message_stop" }
]

/** The text "Hello there" in each form. */
export const hello: Readonly<Record<Format, { readonly whole: object; readonly stream: string }>> = {
  openai: {
    whole: completion({ content: "Hello there" }),
    stream: sse(
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hello" }),
      chunk({ content: " there" }),
      stop,
      usageChunk({ prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 }),
      done
    )
  },
  anthropic: {
    whole: message([{ type: "text", text: "Hello there" }]),
    stream: sse(
      start(),
      { type: "ping" },
      ...block(0, { type: "text", text: "" }, text("Hello"), text(" there")),
      ...end()
    )
  }
}
