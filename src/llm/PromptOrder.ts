/**
 * Where the results of tools stand in a prompt.
 */
import * as Prompt from "effect/ai/Prompt"

/**
 * The messages of `prompt`, with every tool result directly behind the message of its call, in the order of the calls, as
 * vendors demand. In a prompt it may stand elsewhere: a `Chat` of effect puts the result of an approved call behind later
 * messages. A result without its call stays where it is, and is the vendor's to refuse.
 *
 * @category ordering
 */
export const resultsBehindCalls = (prompt: Prompt.Prompt): ReadonlyArray<Prompt.Message> => {
  if (isInOrder(prompt)) return prompt.content
  const results = new Map<string, Prompt.ToolResultPart>()
  const callIds = new Set<string>()
  for (const { content, role } of prompt.content) {
    if (role === "system") continue
    for (const part of content) {
      if (part.type === "tool-result" && !part.providerExecuted) results.set(part.id, part)
      if (part.type === "tool-call") callIds.add(part.id)
    }
  }
  return prompt.content.flatMap((message): ReadonlyArray<Prompt.Message> => {
    if (message.role === "assistant") {
      const answered = message.content.flatMap((part) =>
        part.type === "tool-call" && !part.providerExecuted ? results.get(part.id) ?? [] : []
      )
      return answered.length === 0 ? [message] : [message, Prompt.toolMessage({ content: answered })]
    }
    if (message.role !== "tool") return [message]
    const left = message.content.filter((part) => part.type !== "tool-result" || !callIds.has(part.id))
    return left.length === 0 ? [] : [Prompt.toolMessage({ content: left, options: message.options })]
  })
}

/**
 * Whether nothing has to be moved from the message at `from` on, as in the history of a tool loop, which asks in every turn.
 *
 * @category ordering
 */
export const isInOrder = ({ content }: Prompt.Prompt, from = 0): boolean => {
  for (let at = from; at < content.length; at++) {
    const message = content[at]!
    if (
      message.role === "tool" ? !answers(message, content[at - 1]) : message.role === "assistant"
        && content[at + 1]?.role !== "tool" && message.content.some(isOwnCall)
    ) return false
  }
  return true
}

/** Whether these messages are the first of a prompt, as in a turn of a conversation. @category ordering */
export const goesOn = ({ content }: Prompt.Prompt, messages: ReadonlyArray<Prompt.Message>): boolean => {
  if (messages.length > content.length) return false
  for (let at = 0; at < messages.length; at++) if (messages[at] !== content[at]) return false
  return true
}

/** Whether a message holds one result for each call of the one in front of it, in their order, and nothing else. */
const answers = (message: Prompt.ToolMessage, before: Prompt.Message | undefined): boolean => {
  if (before?.role !== "assistant" || Object.keys(message.options).length > 0) return false
  const calls = before.content.filter(isOwnCall)
  return calls.length === message.content.length &&
    message.content.every((part, at) =>
      part.type === "tool-result" && !part.providerExecuted && part.id === calls[at]!.id
    )
}

const isOwnCall = (part: Prompt.AssistantMessagePart): part is Prompt.ToolCallPart =>
  part.type === "tool-call" && !part.providerExecuted
