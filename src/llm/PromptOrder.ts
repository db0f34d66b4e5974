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
