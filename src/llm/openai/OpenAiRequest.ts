/**
 * Requests in the format of chat completions.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Base64 from "effect/encoding/Base64"
import type * as JsonSchema from "effect/JsonSchema"
import * as CallIds from "../internal/CallIds.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as PromptOrder from "../PromptOrder.ts"
import * as OpenAiDialect from "./OpenAiDialect.ts"
import { historyOf } from "./OpenAiThoughts.ts"

/** How a request is written, besides what it asks. @category models */
export interface BodyOptions {
  readonly model: string
  readonly settings: LlmSettings
  readonly stream: boolean
  readonly dialect: OpenAiDialect.Dialect
  /** Which server is asked: what another one said about its thoughts is not sent to it. */
  readonly server: string
  /** The JSON Schema of the answer, when one is asked for. */
  readonly answerSchema: JsonSchema.JsonSchema | undefined
}

/**
 * The body of a request, as JSON. What earlier turns of a conversation have sent is not written again.
 *
 * @category writing
 */
export const textOf = (request: LlmRequest, options: BodyOptions): string => {
  const { answerSchema, dialect, model, stream } = options
  const settings = OpenAiDialect.sentSettings(options.settings, dialect)
  const { responseFormat, toolChoice } = request
  const wire = ToolWire.of(request)
  const messages = messagesOf(request.prompt, {
    wire,
    idOf: CallIds.sent(request.prompt, idFor(dialect)),
    callId: dialect.callId,
    server: options.server
  })
  const tools = wire.tools.length === 0
    ? ""
    : `,"tools":${toolsOf(wire)},"tool_choice":${JSON.stringify(toolChoiceOf(toolChoice, wire))}`
  const rest = JSON.stringify({
    ...(responseFormat.type === "text" ? undefined : {
      response_format: {
        type: "json_schema",
        json_schema: {
          name: ToolWire.cleanName(responseFormat.objectName),
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
    [dialect.maxTokensKey]: settings.maxOutputTokens,
    ...(stream ? { stream, stream_options: { include_usage: true } } : undefined)
  })
  return `{"model":${JSON.stringify(model)},"messages":[${messages}]${tools}${
    rest === "{}" ? rest.slice(1) : `,${rest.slice(1)}`
  }`
}

const idFor = ({ callId }: OpenAiDialect.Dialect): CallIds.Rule =>
  callId === "mistral" ? { pattern: /^[a-zA-Z0-9]{9}$/, length: 9 } : { pattern: /^.{1,40}$/, length: 40 }

/** Made once for the tools of a loop. */
const toolsOf = (wire: ToolWire.ToolWire): string => {
  const known = tools.get(wire)
  if (known !== undefined) return known
  const made = JSON.stringify(wire.tools.map(toolOf))
  tools.set(wire, made)
  return made
}

const tools = new WeakMap<ToolWire.ToolWire, string>()

const toolOf = ({ description, name, schema, strict }: ToolWire.WiredTool) => ({
  type: "function",
  function: { name, description, parameters: schema, ...(strict === undefined ? {} : { strict }) }
})

const toolChoiceOf = (choice: LanguageModel.ToolChoice<string>, wire: ToolWire.ToolWire) => {
  if (typeof choice === "string") return choice
  return "tool" in choice
    ? { type: "function", function: { name: wire.nameOf(choice.tool) } }
    : choice.mode ?? "auto"
}

interface Context {
  readonly wire: ToolWire.ToolWire
  readonly idOf: (id: string) => string
  readonly callId: OpenAiDialect.Dialect["callId"]
  readonly server: string
}

/** The JSON of the messages, with commas between them. */
const messagesOf = (prompt: Prompt.Prompt, context: Context): string => {
  const { content } = prompt
  const [first] = content
  if (first === undefined) return ""
  const { callId, server, wire } = context
  const known = conversations.get(first)
  const isSame = known?.wire === wire && known.server === server && known.callId === callId
    && PromptOrder.goesOn(prompt, known.messages)
  const sent = isSame ? known.messages.length : 0
  if (!PromptOrder.isInOrder(prompt, sent)) return joined(PromptOrder.resultsBehindCalls(prompt), context)
  let isRenamed = false
  const text = joined(sent === 0 ? content : content.slice(sent), {
    ...context,
    idOf: (id) => {
      const given = context.idOf(id)
      if (given !== id) isRenamed = true
      return given
    }
  })
  const whole = isSame && known.text !== "" ? text === "" ? known.text : `${known.text},${text}` : text
  // Ids that are sent as others depend on the whole prompt, and results on the calls in front of them.
  if (!isRenamed && content.length > 1 && whole.length <= longestKept && content.at(-1)?.role !== "assistant") {
    conversations.set(first, { callId, server, wire, messages: content.slice(), text: whole })
  }
  return whole
}

/** What was sent of a conversation that each turn sends again, by its first message. */
const conversations = new WeakMap<
  Prompt.Message,
  Pick<Context, "callId" | "server" | "wire"> & {
    readonly messages: ReadonlyArray<Prompt.Message>
    readonly text: string
  }
>()

/** Characters of a conversation that are kept: pictures are written anew. */
const longestKept = 1_048_576

const joined = (messages: ReadonlyArray<Prompt.Message>, context: Context): string => {
  let text = ""
  for (const message of messages) {
    for (const one of turnOf(message, context)) text += text === "" ? JSON.stringify(one) : `,${JSON.stringify(one)}`
  }
  return text
}

const turnOf = (message: Prompt.Message, context: Context): ReadonlyArray<object> => {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: message.content }]
    case "user":
      return [{ role: "user", content: userContentOf(message.content) }]
    case "assistant":
      return assistantOf(message.content, context)
    case "tool":
      return message.content.flatMap((part) => part.type === "tool-result" ? [resultOf(part, context)] : [])
  }
}

const assistantOf = (parts: ReadonlyArray<Prompt.AssistantMessagePart>, context: Context): ReadonlyArray<object> => {
  const calls = parts.filter((part): part is Prompt.ToolCallPart => part.type === "tool-call" && !part.providerExecuted)
  const text = parts.flatMap((part) => part.type === "text" ? [part.text] : []).join("")
  const kept = historyOf(parts, context.server, calls.length > 0)
  if (calls.length > 0) {
    return [{
      role: "assistant",
      content: text === "" ? null : text,
      ...kept,
      tool_calls: calls.map((call) => callOf(call, context))
    }]
  }
  return text === "" ? [] : [{ role: "assistant", content: text, ...kept }]
}

const callOf = ({ id, name, options, params }: Prompt.ToolCallPart, { idOf, server, wire }: Context) => {
  const own = LooseJson.fields(options["openai"])
  const { function: inner, ...extra } = own?.["server"] === server ? LooseJson.fields(own["call"]) ?? {} : {}
  return {
    id: idOf(id),
    type: "function",
    function: {
      name: wire.nameOf(name),
      arguments: JSON.stringify(wire.argumentsOf(name, params)),
      ...LooseJson.fields(inner)
    },
    ...extra
  }
}

const resultOf = ({ id, modelOutput, result }: Prompt.ToolResultPart, { idOf }: Context) => ({
  role: "tool",
  tool_call_id: idOf(id),
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
