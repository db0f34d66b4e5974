/**
 * Anthropic's messages, as a server writes them.
 */
import type * as Schema from "effect/Schema"
import type { Asked, Dialect, Event } from "./Dialect.ts"
import { argumentsOf, type Complete, type FinishReason, pieces } from "./Reply.ts"

/** https://docs.anthropic.com/en/api/messages and .../messages-streaming @category dialects */
export const Messages: Dialect = {
  answer: (reply, asked) => ({
    ...envelope(asked),
    content: blocksOf(reply).map(({ block }) => block),
    stop_reason: stopReason(reply),
    stop_sequence: null,
    usage: { ...inputUsage(reply), ...outputUsage(reply) }
  }),

  events: (reply, asked) => [
    event({
      type: "message_start",
      message: {
        ...envelope(asked),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...inputUsage(reply), output_tokens: 1 }
      }
    }),
    event({ type: "ping" }),
    ...blocksOf(reply).flatMap(({ begun, deltas }, index) => [
      event({ type: "content_block_start", index, content_block: begun }),
      ...deltas.map((delta) => event({ type: "content_block_delta", index, delta })),
      event({ type: "content_block_stop", index })
    ]),
    event({
      type: "message_delta",
      delta: { stop_reason: stopReason(reply), stop_sequence: null },
      usage: outputUsage(reply)
    }),
    event({ type: "message_stop" })
  ],

  failure: (status, message, { number }) => ({
    type: "error",
    error: { type: failures[status] ?? (status >= 500 ? "api_error" : "invalid_request_error"), message },
    request_id: `req_${number}`
  })
}

const event = (data: Schema.JsonObject & { readonly type: string }): Event => ({ event: data.type, data })

const envelope = ({ model, number }: Asked) => ({ id: `msg_${number}`, type: "message", role: "assistant", model })

/** A part of the content: how it begins, how it comes, and what it is in the end. */
interface Block {
  readonly begun: Schema.JsonObject
  readonly deltas: ReadonlyArray<Schema.JsonObject>
  readonly block: Schema.JsonObject
}

const signature = "c2lnbmF0dXJl"

const blocksOf = (reply: Complete): ReadonlyArray<Block> => {
  const text = reply.text + reply.refusal
  return [
    ...(reply.reasoning === "" ? [] : [{
      begun: { type: "thinking", thinking: "", signature: "" },
      deltas: [
        ...pieces(reply.reasoning).map((thinking) => ({ type: "thinking_delta", thinking })),
        { type: "signature_delta", signature }
      ],
      block: { type: "thinking", thinking: reply.reasoning, signature }
    }]),
    ...(text === "" ? [] : [{
      begun: { type: "text", text: "" },
      deltas: pieces(text).map((text) => ({ type: "text_delta", text })),
      block: { type: "text", text }
    }]),
    ...reply.toolCalls.map((call): Block => {
      const { id, input, name } = call
      return {
        begun: { type: "tool_use", id, name, input: {} },
        deltas: ["", ...pieces(argumentsOf(call))].map((partial_json) => ({ type: "input_json_delta", partial_json })),
        block: { type: "tool_use", id, name, input: JSON.parse(JSON.stringify(input ?? {})) }
      }
    })
  ]
}

const stopReason = ({ finishReason }: Complete) => reasons[finishReason]

const reasons: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal"
}

/** Unlike OpenAI, Anthropic does not count what was read from the cache among the input tokens. */
const inputUsage = ({ usage }: Complete) => ({
  input_tokens: usage.inputTokens - usage.cachedInputTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: usage.cachedInputTokens,
  service_tier: "standard"
})

const outputUsage = ({ usage }: Complete) => ({
  output_tokens: usage.outputTokens,
  output_tokens_details: { thinking_tokens: usage.reasoningTokens }
})

const failures: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error"
}
