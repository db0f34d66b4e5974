/**
 * What a vendor was sent, in words that are the same for every API.
 */
import type { Exchange } from "greenlang/testing"

/** One line for each thing said, as `user: hi`, `call a: area {"width":2}` or `result a: 4`. */
export const saidIn = ({ api, body }: Exchange): ReadonlyArray<string> => {
  const asked: any = body
  switch (api) {
    case "chat-completions":
      return asked.messages.flatMap(chatLines)
    case "responses":
      return asked.input.flatMap(responsesLines)
    case "messages":
      return [
        ...(asked.system ?? []).map(({ text }: any) => `system: ${text}`),
        ...asked.messages.flatMap(({ content, role }: any) =>
          content.flatMap((block: any) => messagesLines(role, block))
        )
      ]
    default:
      throw new Error(`no API: ${JSON.stringify(body)}`)
  }
}

/** The tools that were offered, with what each must be given, and which of them must be called. */
export const offeredIn = ({ body }: Exchange) => {
  const { tool_choice, tools }: any = body
  const offered: ReadonlyArray<string> = tools.map((tool: any) => {
    const { description, input_schema, name, parameters = input_schema } = tool.function ?? tool
    return `${name}(${parameters.required.join(", ")}): ${description}`
  })
  const choice: string = tool_choice.function?.name ?? tool_choice.name ?? tool_choice.type ?? tool_choice
  return { offered, choice: choice === "any" ? "required" : choice }
}

/** The JSON Schema that the answer has to match. */
export const schemaIn = ({ api, body }: Exchange): any => {
  const { output_config, response_format, text }: any = body
  switch (api) {
    case "chat-completions":
      return response_format.json_schema.schema
    case "responses":
      return text.format.schema
    default:
      return output_config.format.schema
  }
}

const chatLines = ({ content, reasoning_content, role, tool_call_id, tool_calls = [] }: any) => [
  ...(reasoning_content ? [`thought: ${reasoning_content}`] : []),
  ...(role === "tool" ? [`result ${tool_call_id}: ${content}`] : content ? [`${role}: ${textOf(content)}`] : []),
  ...tool_calls.map((call: any) => `call ${call.id}: ${call.function.name} ${call.function.arguments}`)
]

const responsesLines = (item: any) => {
  switch (item.type) {
    case "function_call":
      return [`call ${item.call_id}: ${item.name} ${item.arguments}`]
    case "function_call_output":
      return [`result ${item.call_id}: ${item.output}`]
    case "reasoning":
      return [`thought: ${item.summary.map(({ text }: any) => text).join("")}`]
    // What the vendor has kept itself.
    case "item_reference":
      return []
    default:
      // OpenAI's newer models call a system prompt so.
      return [`${item.role === "developer" ? "system" : item.role}: ${textOf(item.content)}`]
  }
}

const messagesLines = (role: string, block: any) => {
  switch (block.type) {
    case "tool_use":
      return [`call ${block.id}: ${block.name} ${JSON.stringify(block.input)}`]
    case "tool_result":
      return [`result ${block.tool_use_id}: ${textOf(block.content)}`]
    case "thinking":
      return [`thought: ${block.thinking}`]
    default:
      return [`${role}: ${block.text}`]
  }
}

const textOf = (content: any): string =>
  typeof content === "string" ? content : content.map(({ text }: any) => text).join("")
