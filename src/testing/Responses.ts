/**
 * OpenAI's responses, as a server writes them.
 */
import type * as Schema from "effect/Schema"
import { failureOf } from "./ChatCompletions.ts"
import type { Asked, Dialect, Event } from "./Dialect.ts"
import { argumentsOf, type Complete, pieces } from "./Reply.ts"

/** https://platform.openai.com/docs/api-reference/responses @category dialects */
export const Responses: Dialect = {
  answer: (reply, asked) => ({
    ...envelope(asked),
    ...ending(reply),
    output: itemsOf(reply, asked).map(({ item }) => item),
    usage: usageOf(reply)
  }),

  events: (reply, asked) => {
    const begun = { ...envelope(asked), status: "in_progress", incomplete_details: null, output: [], usage: null }
    const end = ending(reply)
    return [
      { type: "response.created", response: begun },
      { type: "response.in_progress", response: begun },
      ...itemsOf(reply, asked).flatMap(({ begun, deltas, item }, output_index) => [
        { type: "response.output_item.added", output_index, item: begun },
        ...deltas.map((delta) => ({ ...delta, item_id: item.id, output_index })),
        { type: "response.output_item.done", output_index, item }
      ]),
      { type: `response.${end.status}`, response: Responses.answer(reply, asked) }
    ].map((data, sequence_number): Event => ({ event: data.type, data: { ...data, sequence_number } }))
  },

  failure: (status, message) => ({ error: { message, param: null, ...failureOf(status) } })
}

/** A part of the output: how it begins, how it comes, and what it is in the end. */
interface Item {
  readonly begun: Schema.JsonObject
  readonly deltas: ReadonlyArray<Schema.JsonObject & { readonly type: string }>
  readonly item: Schema.JsonObject & { readonly id: string }
}

const itemsOf = (reply: Complete, { body, number }: Asked): ReadonlyArray<Item> => [
  ...(reply.reasoning === "" ? [] : [reasoning(`rs_${number}`, reply.reasoning, wantsThought(body))]),
  ...(reply.text === "" ? [] : [message(`msg_${number}`, "output_text", reply.text)]),
  ...(reply.refusal === "" ? [] : [message(`msg_${number}_refusal`, "refusal", reply.refusal)]),
  ...reply.toolCalls.map((call): Item => {
    const item = { type: "function_call", id: `fc_${call.id}`, call_id: call.id, name: call.name }
    const whole = argumentsOf(call)
    return {
      begun: { ...item, arguments: "", status: "in_progress" },
      deltas: [
        ...pieces(whole).map((delta) => ({ type: "response.function_call_arguments.delta", delta })),
        { type: "response.function_call_arguments.done", name: call.name, arguments: whole }
      ],
      item: { ...item, arguments: whole, status: "completed" }
    }
  })
]

/** A client that has nothing stored gets the whole thought, for OpenAI alone to read. */
const wantsThought = (body: Schema.Json): boolean => JSON.stringify(body).includes("\"reasoning.encrypted_content\"")

const reasoning = (id: string, text: string, encrypted: boolean): Item => {
  const item = {
    type: "reasoning",
    id,
    summary: [{ type: "summary_text", text }],
    ...(encrypted ? { encrypted_content: "ZW5jcnlwdGVk" } : {})
  }
  const at = { summary_index: 0 }
  return {
    begun: { ...item, summary: [] },
    deltas: [
      { type: "response.reasoning_summary_part.added", ...at, part: { type: "summary_text", text: "" } },
      ...pieces(text).map((delta) => ({ type: "response.reasoning_summary_text.delta", ...at, delta })),
      { type: "response.reasoning_summary_text.done", ...at, text },
      { type: "response.reasoning_summary_part.done", ...at, part: { type: "summary_text", text } }
    ],
    item
  }
}

const message = (id: string, kind: "output_text" | "refusal", text: string): Item => {
  const part = (text: string): Schema.JsonObject =>
    kind === "refusal" ? { type: kind, refusal: text } : { type: kind, annotations: [], logprobs: [], text }
  const item = (status: string, content: ReadonlyArray<Schema.JsonObject>) => ({
    type: "message",
    id,
    status,
    role: "assistant",
    content
  })
  const at = { content_index: 0 }
  const more = kind === "refusal" ? {} : { logprobs: [] }
  return {
    begun: item("in_progress", []),
    deltas: [
      { type: "response.content_part.added", ...at, part: part("") },
      ...pieces(text).map((delta) => ({ type: `response.${kind}.delta`, ...at, delta, ...more })),
      { type: `response.${kind}.done`, ...at, [kind === "refusal" ? "refusal" : "text"]: text, ...more },
      { type: "response.content_part.done", ...at, part: part(text) }
    ],
    item: item("completed", [part(text)])
  }
}

const ending = ({ finishReason, refusal }: Complete) => {
  const reason = finishReason === "length"
    ? "max_output_tokens"
    : finishReason === "content-filter" && refusal === ""
    ? "content_filter"
    : undefined
  return reason === undefined
    ? { status: "completed", incomplete_details: null }
    : { status: "incomplete", incomplete_details: { reason } }
}

const envelope = ({ created, model, number }: Asked) => ({
  id: `resp_${number}`,
  object: "response",
  created_at: created,
  error: null,
  instructions: null,
  max_output_tokens: null,
  model,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  store: false,
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_p: 1,
  truncation: "disabled",
  metadata: {}
})

const usageOf = ({ usage }: Complete) => ({
  input_tokens: usage.inputTokens,
  input_tokens_details: { cached_tokens: usage.cachedInputTokens },
  output_tokens: usage.outputTokens,
  output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  total_tokens: usage.inputTokens + usage.outputTokens
})
