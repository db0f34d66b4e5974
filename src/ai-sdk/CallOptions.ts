/**
 * A request as models of the AI SDK want it.
 */
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
  LanguageModelV4ProviderTool,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolApprovalResponsePart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolChoice,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4ProviderOptions,
  SharedV4Warning
} from "@ai-sdk/provider"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as AiTool from "effect/ai/Tool"
import type * as JsonSchema from "effect/JsonSchema"
import * as Predicate from "effect/Predicate"
import * as CallIds from "../llm/internal/CallIds.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import * as ToolWire from "../llm/internal/ToolWire.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import type { LlmSettings } from "../llm/LlmSettings.ts"
import * as PromptOrder from "../llm/PromptOrder.ts"

/** @category models */
export interface CallOptions {
  readonly options: LanguageModelV4CallOptions
  /** What of the request has no place in them. */
  readonly warnings: ReadonlyArray<SharedV4Warning>
}

/** @category constructors */
export const make = (request: LlmRequest, more: {
  readonly settings: LlmSettings
  /** The JSON Schema of the answer, when one is asked for. */
  readonly answerSchema: JsonSchema.JsonSchema | undefined
  readonly providerOptions: SharedV4ProviderOptions | undefined
}): CallOptions => {
  const { answerSchema, providerOptions, settings } = more
  const { prompt, responseFormat, toolChoice } = request
  const wire = ToolWire.of(request)
  const { maxOutputTokens, reasoningEffort, seed, stopSequences, temperature, topP } = settings
  const reasoning = reasoningEffort === undefined ? undefined : efforts.find((effort) => effort === reasoningEffort)
  return {
    options: {
      prompt: promptOf(prompt, { wire, idOf: CallIds.sent(prompt, callId) }),
      ...(wire.tools.length === 0
        ? {}
        : { tools: wire.tools.map(toolOf), toolChoice: toolChoiceOf(toolChoice, wire) }),
      ...(responseFormat.type === "text" ? {} : {
        responseFormat: {
          type: "json",
          name: responseFormat.objectName,
          ...(answerSchema === undefined ? {} : { schema: answerSchema })
        }
      }),
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { topP }),
      ...(seed === undefined ? {} : { seed }),
      ...(stopSequences === undefined ? {} : { stopSequences: [...stopSequences] }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(providerOptions === undefined ? {} : { providerOptions })
    },
    warnings: reasoningEffort === reasoning ? [] : [{
      type: "unsupported",
      feature: "reasoningEffort",
      details: `"${reasoningEffort}" is none of ${efforts.join(", ")}, and was not sent`
    }]
  }
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const

const toolOf = (
  { description, name, schema, strict, tool }: ToolWire.WiredTool
): LanguageModelV4FunctionTool | LanguageModelV4ProviderTool => {
  if (AiTool.isProviderDefined(tool)) {
    // The maker of the tool has checked the arguments against its schema.
    return { type: "provider", id: tool.id, name: tool.name, args: (tool.args ?? {}) as Record<string, unknown> }
  }
  return {
    type: "function",
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: schema,
    ...(strict === undefined ? {} : { strict })
  }
}

/** Where only some tools may be called, only those are in the request. */
const toolChoiceOf = (
  choice: LanguageModel.ToolChoice<string>,
  wire: ToolWire.ToolWire
): LanguageModelV4ToolChoice =>
  typeof choice === "string"
    ? { type: choice }
    : "tool" in choice
    ? { type: "tool", toolName: wire.nameOf(choice.tool) }
    : { type: choice.mode ?? "auto" }

/** Ids that every vendor takes. */
const callId: CallIds.Rule = { pattern: /^[\w-]{1,64}$/, length: 40 }

interface Context {
  readonly wire: ToolWire.ToolWire
  /** The id that is sent for one of the prompt. */
  readonly idOf: (id: string) => string
}

/** Texts of white space only are left out: some vendors refuse them. */
const promptOf = (prompt: Prompt.Prompt, context: Context): LanguageModelV4Prompt =>
  PromptOrder.resultsBehindCalls(prompt).flatMap((message): LanguageModelV4Prompt => {
    const options = optionsOf(message.options)
    switch (message.role) {
      case "system":
        return message.content.trim() === "" ? [] : [{ role: "system", content: message.content, ...options }]
      case "user": {
        const content = message.content.filter(saysMore).map(userPartOf)
        return content.length === 0 ? [] : [{ role: "user", content, ...options }]
      }
      case "assistant": {
        const content = message.content.filter(saysMore).flatMap((part) => assistantPartOf(part, context))
        return content.length === 0 ? [] : [{ role: "assistant", content, ...options }]
      }
      case "tool":
        return [{ role: "tool", content: message.content.map((part) => toolPartOf(part, context)), ...options }]
    }
  })

const saysMore = (part: Prompt.Part): boolean => part.type !== "text" || part.text.trim() !== ""

const userPartOf = (part: Prompt.UserMessagePart): LanguageModelV4TextPart | LanguageModelV4FilePart =>
  part.type === "text" ? textOf(part) : fileOf(part)

const assistantPartOf = (part: Prompt.AssistantMessagePart, context: Context): ReadonlyArray<
  | LanguageModelV4TextPart
  | LanguageModelV4FilePart
  | LanguageModelV4ReasoningPart
  | LanguageModelV4ToolCallPart
  | LanguageModelV4ToolResultPart
> => {
  const { idOf, wire } = context
  switch (part.type) {
    case "text":
      return [textOf(part)]
    case "file":
      return [fileOf(part)]
    case "reasoning":
      return [{ type: "reasoning", text: part.text, ...optionsOf(signedOptions(part.options)) }]
    case "tool-call":
      return [{
        type: "tool-call",
        toolCallId: part.providerExecuted ? part.id : idOf(part.id),
        toolName: part.providerExecuted ? part.name : wire.nameOf(part.name),
        input: part.providerExecuted ? part.params : wire.argumentsOf(part.name, part.params),
        ...(part.providerExecuted ? { providerExecuted: true } : {}),
        ...optionsOf(part.options)
      }]
    case "tool-result":
      return [resultOf(part, context)]
    case "tool-approval-request":
      // The vendor remembers what it asked.
      return []
  }
}

const toolPartOf = (
  part: Prompt.ToolMessagePart,
  context: Context
): LanguageModelV4ToolResultPart | LanguageModelV4ToolApprovalResponsePart => {
  if (part.type === "tool-result") return resultOf(part, context)
  const { approvalId, approved, reason } = part
  return {
    type: "tool-approval-response",
    approvalId,
    approved,
    ...(reason === undefined ? {} : { reason }),
    ...optionsOf(part.options)
  }
}

const textOf = (part: Prompt.TextPart): LanguageModelV4TextPart => ({
  type: "text",
  text: part.text,
  ...optionsOf(part.options)
})

const fileOf = ({ data, fileName, mediaType, options }: Prompt.FilePart): LanguageModelV4FilePart => ({
  type: "file",
  mediaType,
  data: dataOf(data),
  ...(fileName === undefined ? {} : { filename: fileName }),
  ...optionsOf(options)
})

const dataOf = (data: Prompt.FilePart["data"]): LanguageModelV4FilePart["data"] => {
  if (data instanceof URL) return data.protocol === "data:" ? dataOf(data.href) : { type: "url", url: data }
  if (typeof data !== "string") return { type: "data", data }
  return /^https?:/.test(data)
    ? { type: "url", url: new URL(data) }
    : { type: "data", data: data.replace(/^data:[^,]*,/, "") }
}

const resultOf = (part: Prompt.ToolResultPart, { idOf, wire }: Context): LanguageModelV4ToolResultPart => ({
  type: "tool-result",
  toolCallId: part.providerExecuted ? part.id : idOf(part.id),
  toolName: part.providerExecuted ? part.name : wire.nameOf(part.name),
  output: outputOf(part),
  ...optionsOf(part.options)
})

const outputOf = ({ isFailure, modelOutput, result }: Prompt.ToolResultPart): LanguageModelV4ToolResultOutput => {
  if (modelOutput !== undefined) {
    return {
      type: "content",
      value: modelOutput.filter(saysMore).map((part) => part.type === "text" ? textOf(part) : fileOf(part))
    }
  }
  if (typeof result === "string") return { type: isFailure ? "error-text" : "text", value: result }
  return { type: isFailure ? "error-json" : "json", value: JSON.parse(JSON.stringify(result) ?? "null") }
}

/** Anthropic refuses a thought whose signature is empty, and ignores one without its own options. */
const signedOptions = (options: Prompt.ProviderOptions): Prompt.ProviderOptions => {
  const own = LooseJson.fields(options["anthropic"])
  if (own === undefined || !LooseJson.isNothing(own["signature"]) || !LooseJson.isNothing(own["redactedData"])) {
    return options
  }
  const { anthropic: _, ...others } = options
  return others
}

/** The options of a part for one vendor, by its name. Others ignore them. */
const optionsOf = (options: Prompt.ProviderOptions): { readonly providerOptions?: SharedV4ProviderOptions } => {
  const own = Object.entries(options).filter(([, value]) => Predicate.isObject(value))
  // Prompts hold JSON, and of JSON only objects are left.
  return own.length === 0 ? {} : { providerOptions: Object.fromEntries(own) as SharedV4ProviderOptions }
}
