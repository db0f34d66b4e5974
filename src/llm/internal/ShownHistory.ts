/**
 * A conversation without its secrets, as the error of a loop that was stopped holds it, which may be printed, sent and kept.
 */
import * as Prompt from "effect/ai/Prompt"
import type * as Schema from "effect/Schema"
import type * as Tool from "../../agent/Tool.ts"
import { redacted } from "../../internal/Redaction.ts"
import * as FinalAnswer from "./FinalAnswer.ts"
import type * as ModelCall from "./ModelCall.ts"
import * as ShownCall from "./ShownCall.ts"

/** What is known of the secrets of a loop. */
export interface Known {
  readonly tools: ReadonlyMap<string, Tool.Any>
  readonly secrets: ModelCall.Secrets
  /** What may be shown of the arguments of a call, by its id. */
  readonly shown: ReadonlyMap<string, Schema.Json | undefined>
}

/** `prompt` without what is `Redacted` by the schemas of the agent and of its tools. */
export const of = (prompt: Prompt.Prompt, known: Known): Prompt.Prompt => {
  const { secrets, tools } = known
  if (
    !secrets.prompt && !secrets.answer && ![...tools.values()].some((tool) => holdsInput(tool) || holdsResult(tool))
  ) {
    return prompt
  }
  return Prompt.fromMessages(prompt.content.map((message): Prompt.Message => {
    switch (message.role) {
      case "system":
        return secrets.prompt ? { ...message, content: redacted } : message
      case "user":
        return secrets.prompt ? { ...message, content: [Prompt.textPart({ text: redacted })] } : message
      case "assistant":
        return { ...message, content: message.content.map((part) => assistantPart(part, known)) }
      case "tool":
        return {
          ...message,
          content: message.content.map((part) => part.type === "tool-result" ? result(part, known) : part)
        }
    }
  }))
}

const assistantPart = (
  part: Prompt.AssistantMessagePart,
  { secrets, shown, tools }: Known
): Prompt.AssistantMessagePart => {
  switch (part.type) {
    case "text":
    case "reasoning":
      return secrets.answer ? { ...part, text: redacted } : part
    case "tool-call": {
      const tool = tools.get(part.name)
      const isSecret = tool === undefined ? secrets.answer && part.name === FinalAnswer.name : holdsInput(tool)
      return isSecret ? { ...part, params: shown.get(part.id) ?? {} } : part
    }
    default:
      return part
  }
}

const result = (part: Prompt.ToolResultPart, { tools }: Known): Prompt.ToolResultPart => {
  const tool = tools.get(part.name)
  return tool !== undefined && (holdsResult(tool) || (part.isFailure && holdsInput(tool)))
    ? { ...part, result: redacted, modelOutput: undefined }
    : part
}

const holdsInput = ({ input }: Tool.Any): boolean => ShownCall.holdsSecrets(input)

const holdsResult = ({ error, output }: Tool.Any): boolean =>
  ShownCall.holdsSecrets(output) || (error !== undefined && ShownCall.holdsSecrets(error))
