/**
 * OpenAI's chat completions, as a server writes them.
 */
import type * as Schema from "effect/Schema"
import type { Asked, Dialect, Event } from "./Dialect.ts"
import { argumentsOf, type Complete, type FinishReason, pieces, type ToolCall } from "./Reply.ts"

/** https://platform.openai.com/docs/api-reference/chat @category dialects */
export const ChatCompletions: Dialect = {
  answer: (reply, asked) => ({
    id: `chatcmpl-${asked.number}`,
    object: "chat.completion",
    created: asked.created,
    model: asked.model,
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: reply.text === "" ? null : reply.text,
        refusal: reply.refusal === "" ? null : reply.refusal,
        ...(reply.reasoning === "" ? {} : { reasoning_content: reply.reasoning }),
        ...(reply.toolCalls.length === 0 ? {} : { tool_calls: reply.toolCalls.map(toolCall) })
      },
      logprobs: null,
      finish_reason: finishReason(reply)
    }],
    usage: usageOf(reply)
  }),

  events: (reply, asked) => {
    const counted = countsUsage(asked.body)
    const chunk = (delta: Schema.JsonObject, finish_reason: string | null = null): Event => ({
      data: {
        ...chunkOf(asked),
        choices: [{ index: 0, delta, logprobs: null, finish_reason }],
        ...(counted ? { usage: null } : {})
      }
    })
    return [
      chunk({ role: "assistant", content: reply.toolCalls.length > 0 && reply.text === "" ? null : "", refusal: null }),
      ...pieces(reply.reasoning).map((reasoning_content) => chunk({ reasoning_content })),
      ...pieces(reply.text).map((content) => chunk({ content })),
      ...pieces(reply.refusal).map((refusal) => chunk({ refusal })),
      ...reply.toolCalls.flatMap((call, index) => [
        chunk({
          tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }]
        }),
        ...pieces(argumentsOf(call)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] }))
      ]),
      chunk({}, finishReason(reply)),
      ...(counted ? [{ data: { ...chunkOf(asked), choices: [], usage: usageOf(reply) } }] : []),
      { data: "[DONE]" }
    ]
  },

  failure: (status, message) => ({ error: { message, param: null, ...failureOf(status) } })
}

/** How OpenAI names a failure, in all of its APIs. @category failures */
export const failureOf = (status: number): { readonly type: string; readonly code: string | null } => {
  switch (status) {
    case 401:
      return { type: "invalid_request_error", code: "invalid_api_key" }
    case 429:
      return { type: "requests", code: "rate_limit_exceeded" }
    default:
      return { type: status >= 500 ? "server_error" : "invalid_request_error", code: null }
  }
}

const chunkOf = ({ created, model, number }: Asked) => ({
  id: `chatcmpl-${number}`,
  object: "chat.completion.chunk",
  created,
  model
})

const toolCall = (call: Required<ToolCall>) => ({
  id: call.id,
  type: "function",
  function: { name: call.name, arguments: argumentsOf(call) }
})

/** A refusal ends like any answer here; only a filter does not. */
const finishReason = ({ finishReason, refusal }: Complete): string =>
  refusal !== "" && finishReason === "content-filter" ? "stop" : reasons[finishReason]

const reasons: Readonly<Record<FinishReason, string>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter"
}

const usageOf = ({ usage }: Complete) => ({
  prompt_tokens: usage.inputTokens,
  completion_tokens: usage.outputTokens,
  total_tokens: usage.inputTokens + usage.outputTokens,
  prompt_tokens_details: { cached_tokens: usage.cachedInputTokens },
  completion_tokens_details: { reasoning_tokens: usage.reasoningTokens }
})

const countsUsage = (body: Schema.Json): boolean => JSON.stringify(body).includes("\"include_usage\":true")
