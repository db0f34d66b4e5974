/**
 * The wire format of OpenAI's chat completions, which many servers speak: what is read of answers, and how requests are
 * written.
 */
import * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as LlmHttpError from "../LlmHttpError.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as LlmWire from "../LlmWire.ts"
import * as PromptOrder from "../PromptOrder.ts"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** @category models */
export const Usage = Schema.Struct({
  prompt_tokens: maybe(Count),
  completion_tokens: maybe(Count),
  prompt_tokens_details: maybe(Schema.Struct({ cached_tokens: maybe(Count) })),
  completion_tokens_details: maybe(Schema.Struct({ reasoning_tokens: maybe(Count) }))
})

const Text = {
  content: maybe(Schema.String),
  refusal: maybe(Schema.String),
  /** How vLLM and DeepSeek send what the model thought. */
  reasoning_content: maybe(Schema.String),
  /** How OpenRouter and Groq do. */
  reasoning: maybe(Schema.String)
}

const Envelope = {
  id: maybe(Schema.String),
  model: maybe(Schema.String),
  /** Unix seconds. */
  created: maybe(Schema.Finite),
  usage: maybe(Usage),
  error: maybe(LlmHttpError.ErrorBody)
}

/** An answer in one piece. @category models */
export const Completion = Schema.Struct({
  ...Envelope,
  choices: maybe(Schema.Array(Schema.Struct({
    finish_reason: maybe(Schema.String),
    message: Schema.Struct({
      ...Text,
      tool_calls: maybe(Schema.Array(Schema.Struct({
        id: maybe(Schema.String),
        function: Schema.Struct({ name: Schema.String, arguments: maybe(Schema.String) })
      })))
    })
  })))
})
/** @category models */
export type Completion = typeof Completion.Type

/** A piece of an answer. @category models */
export const Chunk = Schema.Struct({
  ...Envelope,
  choices: maybe(Schema.Array(Schema.Struct({
    finish_reason: maybe(Schema.String),
    delta: maybe(Schema.Struct({
      ...Text,
      tool_calls: maybe(Schema.Array(Schema.Struct({
        index: maybe(Schema.Int),
        id: maybe(Schema.String),
        function: maybe(Schema.Struct({ name: maybe(Schema.String), arguments: maybe(Schema.String) }))
      })))
    }))
  })))
})
/** @category models */
export type Chunk = typeof Chunk.Type

/** @category reading */
export const usageOf = (usage: typeof Usage.Type | null | undefined): Response.FinishPartEncoded["usage"] => {
  const total = usage?.prompt_tokens ?? undefined
  const cacheRead = usage?.prompt_tokens_details?.cached_tokens ?? undefined
  const output = usage?.completion_tokens ?? undefined
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? undefined
  return {
    inputTokens: {
      total,
      uncached: total === undefined ? undefined : total - (cacheRead ?? 0),
      cacheRead,
      cacheWrite: undefined
    },
    outputTokens: { total: output, text: output === undefined ? undefined : output - (reasoning ?? 0), reasoning }
  }
}

/** Servers differ in whether an answer with tool calls "stops". @category reading */
export const finishReasonOf = (reason: string | null | undefined, calledTools: boolean): Response.FinishReason => {
  switch (reason) {
    case "stop":
    case "tool_calls":
    case "function_call":
      return calledTools ? "tool-calls" : "stop"
    case "length":
      return "length"
    case "content_filter":
      return "content-filter"
    case "error":
    case "insufficient_system_resource":
      return "error"
    case undefined:
    case null:
      return "unknown"
    default:
      return "other"
  }
}

/** What was sent is not of this format. @category reading */
export const malformed = (error: Schema.SchemaError) =>
  new AiError.InvalidResponseError({ description: `the answer is not a chat completion: ${error.message}` })

/**
 * The parts of an answer in one piece. `details` is what its `finish` tells of the response.
 *
 * @category reading
 */
export const partsOf = Effect.fnUntraced(function*(
  completion: Completion,
  request: LlmRequest,
  details: Pick<Response.FinishPartEncoded, "response">
): Effect.fn.Return<Array<Response.PartEncoded>, AiError.AiErrorReason> {
  if (completion.error) return yield* reasonOf(completion.error)
  const choice = completion.choices?.[0]
  if (choice === undefined) {
    return yield* new AiError.InvalidResponseError({ description: "the answer holds no choice" })
  }
  const { content, reasoning, reasoning_content, refusal, tool_calls } = choice.message
  if (refusal && request.responseFormat.type === "json") return yield* LlmWire.refused(refusal)

  const thought = reasoning_content || reasoning
  const calls = yield* Effect.forEach(
    tool_calls ?? [],
    (call, i) =>
      LlmWire.toolCallOf(
        request,
        call.id || `call-${i + 1}-of-${request.prompt.content.length}`,
        call.function.name,
        call.function.arguments ?? ""
      )
  )
  return [
    metadataOf(completion),
    ...(thought ? [{ type: "reasoning" as const, text: thought }] : []),
    ...(content ? [{ type: "text" as const, text: content }] : []),
    ...(refusal ? [{ type: "text" as const, text: refusal, metadata: refusalMetadata }] : []),
    ...calls,
    {
      type: "finish",
      reason: refusal ? "content-filter" : finishReasonOf(choice.finish_reason, calls.length > 0),
      usage: usageOf(completion.usage),
      ...details
    }
  ]
})

const refusalMetadata = { openai: { refusal: true } }

/** Some servers answer 200 and put the failure into the body; its code is then an HTTP status, if it is a number. @category reading */
export const reasonOf = (error: LlmHttpError.ErrorBody): AiError.AiErrorReason =>
  LlmHttpError.fromStatus(typeof error.code === "number" ? error.code : 500, error, undefined)

/** @category reading */
export const metadataOf = (
  { created, id, model }: Completion | Chunk
): Response.ResponseMetadataPartEncoded => ({
  type: "response-metadata",
  ...(id ? { id } : {}),
  ...(model ? { modelId: model } : {}),
  ...(created ? { timestamp: new Date(created * 1000).toISOString() } : {})
})

/**
 * The body of a request. The limit of output tokens has another name at OpenAI than elsewhere.
 *
 * @category writing
 */
export const bodyOf = (request: LlmRequest, options: {
  readonly model: string
  readonly settings: LlmSettings
  readonly stream: boolean
  readonly maxTokensKey: "max_tokens" | "max_completion_tokens"
  /** The JSON Schema of the answer, when one is asked for. */
  readonly answerSchema: JsonSchema.JsonSchema | undefined
}) => {
  const { answerSchema, maxTokensKey, model, settings, stream } = options
  const { responseFormat, toolChoice, tools } = request
  return {
    model,
    messages: messagesOf(request.prompt),
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf), tool_choice: toolChoiceOf(toolChoice) }),
    ...(responseFormat.type === "text" ? {} : {
      response_format: {
        type: "json_schema",
        json_schema: {
          // The only letters that OpenAI takes in a name, and no more than 64 of them.
          name: responseFormat.objectName.replaceAll(/[^\w-]/g, "_").slice(0, 64),
          strict: true,
          schema: answerSchema
        }
      }
    }),
    temperature: settings.temperature,
    top_p: settings.topP,
    seed: settings.seed,
    stop: settings.stopSequences,
    reasoning_effort: settings.reasoningEffort,
    [maxTokensKey]: settings.maxOutputTokens,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {})
  }
}

const toolOf = (tool: AiTool.Any) => {
  const strict = AiTool.getStrictMode(tool)
  const name: string = tool.name
  return {
    type: "function",
    function: {
      name,
      description: AiTool.getDescription(tool),
      parameters: LlmWire.toolSchemaOf(tool),
      ...(strict === undefined ? {} : { strict })
    }
  }
}

const toolChoiceOf = (choice: LanguageModel.ToolChoice<string>) => {
  if (typeof choice === "string") return choice
  return "tool" in choice ? { type: "function", function: { name: choice.tool } } : choice.mode ?? "auto"
}

const messagesOf = (prompt: Prompt.Prompt): ReadonlyArray<object> =>
  PromptOrder.resultsBehindCalls(prompt).flatMap((message): ReadonlyArray<object> => {
    switch (message.role) {
      case "system":
        return [{ role: "system", content: message.content }]
      case "user":
        return [{ role: "user", content: userContentOf(message.content) }]
      case "assistant": {
        const calls = message.content.filter((part): part is Prompt.ToolCallPart =>
          part.type === "tool-call" && !part.providerExecuted
        )
        const text = message.content.flatMap((part) => part.type === "text" ? [part.text] : []).join("")
        if (calls.length > 0) {
          return [{ role: "assistant", content: text === "" ? null : text, tool_calls: calls.map(callOf) }]
        }
        return text === "" ? [] : [{ role: "assistant", content: text }]
      }
      case "tool":
        return message.content.flatMap((part) => part.type === "tool-result" ? [resultOf(part)] : [])
    }
  })

const callOf = ({ id, name, params }: Prompt.ToolCallPart) => ({
  id,
  type: "function",
  function: { name, arguments: typeof params === "string" ? params : JSON.stringify(params) }
})

const resultOf = ({ id, modelOutput, result }: Prompt.ToolResultPart) => ({
  role: "tool",
  tool_call_id: id,
  content: modelOutput !== undefined
    ? Prompt.toolModelOutputToText(modelOutput)
    : typeof result === "string"
    ? result
    : JSON.stringify(result) ?? ""
})

const userContentOf = (parts: ReadonlyArray<Prompt.UserMessagePart>) =>
  parts.every((part) => part.type === "text")
    ? parts.map(({ text }) => text).join("\n")
    : parts.map((part) => part.type === "text" ? { type: "text", text: part.text } : fileOf(part))

const fileOf = ({ data, fileName, mediaType }: Prompt.FilePart) => {
  const url = data instanceof URL
    ? data.href
    : typeof data === "string" && /^(?:https?|data):/.test(data)
    ? data
    : `data:${mediaType};base64,${typeof data === "string" ? data : Base64.encode(data)}`
  return mediaType.startsWith("image/")
    ? { type: "image_url", image_url: { url } }
    : { type: "file", file: { filename: fileName ?? "file", file_data: url } }
}
