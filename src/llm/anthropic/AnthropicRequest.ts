/**
 * Requests in the format of Anthropic's messages.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Base64 from "effect/encoding/Base64"
import type * as JsonSchema from "effect/JsonSchema"
import * as CallIds from "../internal/CallIds.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import type { LlmSettings } from "../LlmSettings.ts"
import * as PromptOrder from "../PromptOrder.ts"
import * as AnthropicThinking from "./AnthropicThinking.ts"

/** How a request is written, besides what it asks. @category models */
export interface BodyOptions extends AnthropicThinking.Options {
  readonly settings: LlmSettings
  readonly stream: boolean
  readonly promptCaching: "5 minutes" | "1 hour" | undefined
  /** The JSON Schema of the answer, when one is asked for, and how. */
  readonly answerSchema: JsonSchema.JsonSchema | undefined
  readonly structuredOutput: "format" | "tool"
}

/** The body of a request. @category writing */
export const bodyOf = (request: LlmRequest, options: BodyOptions) => {
  const { answerSchema, model, stream, structuredOutput } = options
  const { prompt, responseFormat } = request
  const answerTool = responseFormat.type === "json" && structuredOutput === "tool"
    ? answerToolOf(responseFormat.objectName)
    : undefined
  // A call that must be made does not go beside thinking, and here the call is the answer.
  const thinking = answerTool === undefined ? AnthropicThinking.of(prompt, options) : undefined
  const settings = AnthropicThinking.sentSettings(options.settings, options)
  const mark = markOf(options.promptCaching)
  const wire = ToolWire.of(request)
  const system = prompt.content.flatMap((message) =>
    message.role === "system" && message.content.trim() !== "" ? [{ type: "text", text: message.content }] : []
  )
  const tools = [
    ...wire.tools.map(toolOf),
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
    messages: markedAtEnd(messagesOf(prompt, { wire, idOf: CallIds.sent(prompt, callId) }), mark),
    ...(tools.length === 0 ? {} : {
      tools: system.length === 0 ? marked(tools, mark) : tools,
      tool_choice: answerTool === undefined
        ? toolChoiceOf(request.toolChoice, wire, thinking !== undefined)
        : { type: "tool", name: answerTool }
    }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    temperature: settings.temperature,
    top_p: settings.topP,
    thinking,
    stop_sequences: settings.stopSequences,
    ...(stream ? { stream } : {})
  }
}

/** The tool that stands for the answer. @category writing */
export const answerToolOf = (objectName: string): string => ToolWire.cleanName(objectName || "answer")

const callId: CallIds.Rule = { pattern: /^[\w-]{1,64}$/, length: 64 }

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

const toolOf = ({ description, name, schema, strict }: ToolWire.WiredTool) => ({
  name,
  description,
  input_schema: schema,
  ...(strict === undefined ? {} : { strict })
})

/** A model that thinks cannot be made to call a tool. */
const toolChoiceOf = (choice: LanguageModel.ToolChoice<string>, wire: ToolWire.ToolWire, thinks: boolean) => {
  if (choice === "none") return { type: "none" }
  if (thinks) return { type: "auto" }
  if (typeof choice === "string") return { type: choice === "required" ? "any" : choice }
  return "tool" in choice
    ? { type: "tool", name: wire.nameOf(choice.tool) }
    : { type: choice.mode === "required" ? "any" : "auto" }
}

/** A message as Anthropic wants it. @category models */
export interface WireMessage {
  readonly role: "user" | "assistant"
  readonly content: ReadonlyArray<object>
}

interface Context {
  readonly wire: ToolWire.ToolWire
  readonly idOf: (id: string) => string
}

/** Neighbours of one role are one message, so that results stand at the head of the message behind that of their calls. */
const messagesOf = (prompt: Prompt.Prompt, context: Context): ReadonlyArray<WireMessage> => {
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
        add("assistant", message.content.flatMap((part) => assistantBlockOf(part, context)))
        break
      case "tool":
        add("user", message.content.flatMap((part) => part.type === "tool-result" ? [resultOf(part, context)] : []))
    }
  }
  return messages
}

const assistantBlockOf = (part: Prompt.AssistantMessagePart, { idOf, wire }: Context): ReadonlyArray<object> => {
  switch (part.type) {
    case "text":
      return textBlockOf(part.text)
    case "reasoning": {
      const own = LooseJson.fields(part.options["anthropic"])
      const data = LooseJson.text(own?.["redactedData"])
      const signature = LooseJson.text(own?.["signature"])
      // The thoughts of other models have no signature, and no place here.
      return data !== undefined
        ? [{ type: "redacted_thinking", data }]
        : signature !== undefined
        ? [{ type: "thinking", thinking: part.text, signature }]
        : []
    }
    case "tool-call":
      return part.providerExecuted ? [] : [{
        type: "tool_use",
        id: idOf(part.id),
        name: wire.nameOf(part.name),
        input: wire.argumentsOf(part.name, part.params)
      }]
    default:
      return []
  }
}

/** Anthropic refuses texts of white space only. */
const textBlockOf = (text: string): ReadonlyArray<object> => text.trim() === "" ? [] : [{ type: "text", text }]

const resultOf = ({ id, isFailure, modelOutput, result }: Prompt.ToolResultPart, { idOf }: Context) => ({
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
  if (part.type === "text") return textBlockOf(part.text)
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
