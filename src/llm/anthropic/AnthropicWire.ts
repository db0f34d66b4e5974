/**
 * The wire format of Anthropic's messages: what is read of answers, and how requests are written.
 *
 * https://docs.anthropic.com/en/api/messages and https://docs.anthropic.com/en/api/messages-streaming
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import type * as JsonSchema from "effect/JsonSchema"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import { ErrorBody } from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as PromptOrder from "../PromptOrder.ts"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** @category models */
export const Usage = Schema.Struct({
  /** Without what was read from the cache or written to it. */
  input_tokens: maybe(Count),
  cache_creation_input_tokens: maybe(Count),
  cache_read_input_tokens: maybe(Count),
  /** For how long it was written. */
  cache_creation: maybe(Schema.Struct({ ephemeral_1h_input_tokens: maybe(Count) })),
  /** With what was thought. */
  output_tokens: maybe(Count),
  output_tokens_details: maybe(Schema.Struct({ thinking_tokens: maybe(Count) }))
})
/** @category models */
export type Usage = typeof Usage.Type

/** A part of an answer: a text, a thought, a call of a tool, or something that is not read here. @category models */
export const Block = Schema.Struct({
  type: Schema.String,
  text: maybe(Schema.String),
  thinking: maybe(Schema.String),
  signature: maybe(Schema.String),
  /** A thought that only Anthropic can read. */
  data: maybe(Schema.String),
  id: maybe(Schema.String),
  name: maybe(Schema.String),
  input: Schema.optionalKey(Schema.Unknown)
})
/** @category models */
export type Block = typeof Block.Type

const Stop = {
  stop_reason: maybe(Schema.String),
  stop_details: maybe(Schema.Struct({ explanation: maybe(Schema.String) }))
}

/** An answer in one piece. @category models */
export const Message = Schema.Struct({
  ...Stop,
  id: maybe(Schema.String),
  model: maybe(Schema.String),
  content: Schema.Array(Block),
  usage: maybe(Usage)
})
/** @category models */
export type Message = typeof Message.Type

/** A piece of an answer. @category models */
export const Event = Schema.Struct({
  type: Schema.String,
  message: maybe(Message),
  index: maybe(Schema.Int),
  content_block: maybe(Block),
  delta: maybe(Schema.Struct({
    ...Stop,
    text: maybe(Schema.String),
    partial_json: maybe(Schema.String),
    thinking: maybe(Schema.String),
    signature: maybe(Schema.String)
  })),
  usage: maybe(Usage),
  error: maybe(ErrorBody)
})
/** @category models */
export type Event = typeof Event.Type

/** The status that stands for a kind of failure, where a stream tells only the kind. @category reading */
export const statusOf = ({ type }: ErrorBody): number => statuses[type ?? ""] ?? 500

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529
}

/** @category reading */
export const usageOf = (usage: Usage | null | undefined): Response.FinishPartEncoded["usage"] => {
  const uncached = usage?.input_tokens ?? undefined
  const cacheRead = usage?.cache_read_input_tokens ?? undefined
  const cacheWrite = usage?.cache_creation_input_tokens ?? undefined
  const output = usage?.output_tokens ?? undefined
  const reasoning = usage?.output_tokens_details?.thinking_tokens ?? undefined
  return {
    inputTokens: {
      total: uncached === undefined ? undefined : uncached + (cacheRead ?? 0) + (cacheWrite ?? 0),
      uncached,
      cacheRead,
      cacheWrite
    },
    outputTokens: {
      total: output,
      text: output === undefined || reasoning === undefined ? undefined : output - reasoning,
      reasoning
    }
  }
}

/** What of the usage has no field there, where `LlmUsage` finds it. @category reading */
export const usageMetadata = (usage: Usage | null | undefined) => {
  const long = usage?.cache_creation?.ephemeral_1h_input_tokens
  return long ? { metadata: { anthropic: { usage: { cache_creation: { ephemeral_1h_input_tokens: long } } } } } : {}
}

/** @category reading */
export const finishReasonOf = (reason: string | null | undefined, calledTools: boolean): Response.FinishReason => {
  switch (reason) {
    case "end_turn":
    case "stop_sequence":
    case "tool_use":
      return calledTools ? "tool-calls" : "stop"
    case "max_tokens":
    case "model_context_window_exceeded":
      return "length"
    case "refusal":
      return "content-filter"
    case "pause_turn":
      return "pause"
    case undefined:
    case null:
      return "unknown"
    default:
      return "other"
  }
}

/** What a thought needs to be given back: Anthropic refuses to continue from one that was changed. @category reading */
export const thoughtMetadata = (
  { data, signature }: { readonly data?: string | null | undefined; readonly signature?: string | null }
) =>
  data
    ? { metadata: { anthropic: { redactedData: data } } }
    : signature
    ? { metadata: { anthropic: { signature } } }
    : {}

/** What was sent is not of this format. @category reading */
export const malformed = (error: Schema.SchemaError) =>
  new AiError.InvalidResponseError({ description: `the answer is not a message: ${error.message}` })

/** @category reading */
export const metadataOf = (
  { id, model }: Pick<Message, "id" | "model">
): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  ...(id ? { id } : {}),
  ...(model ? { modelId: model } : {})
})

/**
 * The parts of an answer in one piece. `details` is what its `finish` tells of the response.
 *
 * @category reading
 */
export const partsOf = Effect.fnUntraced(function*(
  message: Message,
  request: LlmRequest,
  answerTool: string | undefined,
  details: Pick<Response.FinishPartEncoded, "response">
): Effect.fn.Return<Array<Response.PartEncoded>, AiError.AiErrorReason> {
  const { content, stop_details, stop_reason, usage } = message
  if (stop_reason === "refusal" && request.responseFormat.type === "json") {
    return yield* LlmWire.refused(stop_details?.explanation ?? content.map(({ text }) => text ?? "").join(""))
  }
  const parts = (yield* Effect.forEach(content, (block): Effect.Effect<
    ReadonlyArray<Response.PartEncoded>,
    AiError.AiErrorReason
  > => {
    switch (block.type) {
      case "text":
        return Effect.succeed(block.text ? [{ type: "text", text: block.text }] : [])
      case "thinking":
      case "redacted_thinking":
        return Effect.succeed([
          { type: "reasoning", text: block.thinking ?? "", ...thoughtMetadata(block) }
        ])
      case "tool_use": {
        const json = JSON.stringify(block.input ?? {})
        return block.name === answerTool
          ? Effect.succeed([{ type: "text", text: json }])
          : Effect.map(LlmWire.toolCallOf(request, block.id ?? "", block.name ?? "", json), (call) => [call])
      }
      default:
        return Effect.succeed([])
    }
  })).flat()
  return [
    metadataOf(message),
    ...parts,
    {
      type: "finish",
      reason: finishReasonOf(stop_reason, parts.some(({ type }) => type === "tool-call")),
      usage: usageOf(usage),
      ...usageMetadata(usage),
      ...details
    }
  ]
})

/** How a request is written, besides what it asks. @category models */
export interface BodyOptions {
  readonly model: string
  readonly settings: LlmSettings
  readonly stream: boolean
  readonly maxOutputTokens: number
  readonly thinking: "adaptive" | { readonly budgetTokens: number } | undefined
  readonly promptCaching: "5 minutes" | "1 hour" | undefined
  /** The JSON Schema of the answer, when one is asked for, and how. */
  readonly answerSchema: JsonSchema.JsonSchema | undefined
  readonly structuredOutput: "format" | "tool"
}

/**
 * What of the settings Anthropic is told: it has no seeds, wants a bound, and one who thinks may not be told how to sample.
 *
 * @category writing
 */
export const sentSettings = (
  settings: LlmSettings,
  { maxOutputTokens, thinking }: Pick<BodyOptions, "maxOutputTokens" | "thinking">
): LlmSettings => {
  const untold = thinking === undefined ? ["seed"] as const : ["seed", "temperature", "topP"] as const
  return { maxOutputTokens, ...Struct.omit(settings, untold) }
}

/** The body of a request. @category writing */
export const bodyOf = (request: LlmRequest, options: BodyOptions) => {
  const { answerSchema, model, stream, structuredOutput, thinking } = options
  const settings = sentSettings(options.settings, options)
  const { responseFormat, toolChoice } = request
  const mark = markOf(options.promptCaching)
  const system = request.prompt.content.flatMap((message) =>
    message.role === "system" && message.content !== "" ? [{ type: "text", text: message.content }] : []
  )
  const answerTool = responseFormat.type === "json" && structuredOutput === "tool"
    ? answerToolOf(responseFormat.objectName)
    : undefined
  const tools = [
    ...request.tools.map(toolOf),
    ...(answerTool === undefined ? [] : [{
      name: answerTool,
      description: "Gives the answer.",
      input_schema: answerSchema
    }])
  ]
  const format = answerSchema !== undefined && answerTool === undefined
    ? { format: { type: "json_schema", schema: answerSchema } }
    : {}
  const effort = settings.reasoningEffort === undefined ? {} : { effort: settings.reasoningEffort }
  const outputConfig = { ...format, ...effort }
  // What is cached reaches from the tools over the system prompt to the mark: one ends at what all conversations share, the
  // other at the end of this one.
  return {
    model,
    max_tokens: settings.maxOutputTokens,
    ...(system.length === 0 ? {} : { system: marked(system, mark) }),
    messages: markedAtEnd(messagesOf(request.prompt), mark),
    ...(tools.length === 0 ? {} : {
      tools: system.length === 0 ? marked(tools, mark) : tools,
      tool_choice: answerTool === undefined ? toolChoiceOf(toolChoice) : { type: "tool", name: answerTool }
    }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    temperature: settings.temperature,
    top_p: settings.topP,
    thinking: thinking === undefined
      ? undefined
      : thinking === "adaptive"
      ? { type: "adaptive" }
      : { type: "enabled", budget_tokens: thinking.budgetTokens },
    stop_sequences: settings.stopSequences,
    ...(stream ? { stream } : {})
  }
}

/** The tool that stands for the answer. @category writing */
export const answerToolOf = (objectName: string): string =>
  objectName.replaceAll(/[^\w-]/g, "_").slice(0, 64) || "answer"

type Mark = { readonly cache_control: object } | undefined

const markOf = (promptCaching: BodyOptions["promptCaching"]): Mark =>
  promptCaching === undefined
    ? undefined
    : { cache_control: { type: "ephemeral", ttl: promptCaching === "1 hour" ? "1h" : "5m" } }

const marked = (blocks: ReadonlyArray<object>, mark: Mark): ReadonlyArray<object> =>
  mark === undefined ? blocks : blocks.map((block, i) => i === blocks.length - 1 ? { ...block, ...mark } : block)

const markedAtEnd = (messages: ReadonlyArray<WireMessage>, mark: Mark): ReadonlyArray<WireMessage> => {
  const last = messages.at(-1)
  if (mark === undefined || last?.role !== "user") return messages
  return [...messages.slice(0, -1), { role: last.role, content: marked(last.content, mark) }]
}

const toolOf = (tool: AiTool.Any) => {
  const strict = AiTool.getStrictMode(tool)
  return {
    name: tool.name,
    description: AiTool.getDescription(tool),
    input_schema: LlmWire.toolSchemaOf(tool),
    ...(strict === undefined ? {} : { strict })
  }
}

const toolChoiceOf = (choice: LanguageModel.ToolChoice<string>) => {
  if (typeof choice === "string") return { type: choice === "required" ? "any" : choice }
  return "tool" in choice
    ? { type: "tool", name: choice.tool }
    : { type: choice.mode === "required" ? "any" : "auto" }
}

/** A message as Anthropic wants it. @category models */
export interface WireMessage {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<object>
}

/** Neighbours of one role are one message, so that results stand at the head of the message behind that of their calls. */
const messagesOf = (prompt: Prompt.Prompt): ReadonlyArray<WireMessage> => {
  const messages: Array<{ role: WireMessage["role"]; content: Array<object> }> = []
  const add = (role: WireMessage["role"], content: ReadonlyArray<object>) => {
    if (content.length === 0) return
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...content)
    else messages.push({ role, content: [...content] })
  }
  for (const message of PromptOrder.resultsBehindCalls(prompt)) {
    switch (message.role) {
      case "system":
        break
      case "user":
        add("user", message.content.flatMap(userBlockOf))
        break
      case "assistant":
        add("assistant", message.content.flatMap(assistantBlockOf))
        break
      case "tool":
        add("user", message.content.flatMap((part) => part.type === "tool-result" ? [resultOf(part)] : []))
    }
  }
  return messages
}

const assistantBlockOf = (part: Prompt.AssistantMessagePart): ReadonlyArray<object> => {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "text", text: part.text }]
    case "reasoning": {
      const redactedData = ownOption(part.options, "redactedData")
      const signature = ownOption(part.options, "signature")
      // The thoughts of other models have no signature, and no place here.
      return redactedData !== undefined
        ? [{ type: "redacted_thinking", data: redactedData }]
        : signature !== undefined
        ? [{ type: "thinking", thinking: part.text, signature }]
        : []
    }
    case "tool-call":
      return part.providerExecuted ? [] : [{
        type: "tool_use",
        id: idOf(part.id),
        name: part.name,
        // Arguments that were no JSON are told as they were, in an object, as an object there must be.
        input: Predicate.isObject(part.params) ? part.params : { arguments: part.params }
      }]
    default:
      return []
  }
}

/** Other vendors, whose conversation may go on here, put other letters into the ids of calls, too. */
const idOf = (id: string): string => id.replaceAll(/[^\w-]/g, "_")

const ownOption = (options: Prompt.ProviderOptions, key: string): string | undefined => {
  const own = options["anthropic"]
  return Predicate.hasProperty(own, key) && Predicate.isString(own[key]) ? own[key] : undefined
}

const resultOf = ({ id, isFailure, modelOutput, result }: Prompt.ToolResultPart) => ({
  type: "tool_result",
  tool_use_id: idOf(id),
  content: modelOutput !== undefined
    ? modelOutput.flatMap(userBlockOf)
    : typeof result === "string"
    ? result
    : JSON.stringify(result) ?? "",
  ...(isFailure ? { is_error: true } : {})
})

const userBlockOf = (part: Prompt.UserMessagePart): ReadonlyArray<object> => {
  if (part.type === "text") return part.text === "" ? [] : [{ type: "text", text: part.text }]
  const source = sourceOf(part)
  return part.mediaType.startsWith("image/")
    ? [{ type: "image", source }]
    : [{ type: "document", source, ...(part.fileName === undefined ? {} : { title: part.fileName }) }]
}

const sourceOf = ({ data, mediaType }: Prompt.FilePart) => {
  if (data instanceof URL || (typeof data === "string" && /^https?:/.test(data))) {
    return { type: "url", url: String(data) }
  }
  const base64 = typeof data === "string" ? data.replace(/^data:[^,]*,/, "") : Base64.encode(data)
  return { type: "base64", media_type: mediaType, data: base64 }
}
