/**
 * What OpenAI and Anthropic refuse about the messages of a request, by their documentation:
 * https://platform.openai.com/docs/guides/function-calling, .../docs/api-reference/chat/create and
 * .../docs/api-reference/responses/create,
 * https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use and .../en/api/messages
 */
import type { Exchange } from "greenlang/testing/Exchange"

/** What is wrong with a request, in words. Nothing if the vendor would take it. */
export const faultsOf = ({ api, body }: Pick<Exchange, "api" | "body">): ReadonlyArray<string> => {
  const { input, messages } = body as unknown as {
    readonly input: ReadonlyArray<any>
    readonly messages: ReadonlyArray<any>
  }
  if (api === "responses") return input.length === 0 ? ["the input is missing"] : responses(input)
  if (messages.length === 0) return ["there are no messages"]
  return api === "messages" ? anthropic(messages) : openAi(messages)
}

const openAi = (messages: ReadonlyArray<any>): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const seen = new Set<string>()
  let open: ReadonlyArray<string> = []
  messages.forEach((message, at) => {
    const say = (what: string) => faults.push(`message ${at}: ${what}`)
    if (message.role === "tool") {
      if (!open.includes(message.tool_call_id)) {
        say(`answers ${message.tool_call_id}, which the calls before do not hold`)
      }
      if (typeof message.content !== "string") say("has no content")
      open = open.filter((id) => id !== message.tool_call_id)
      return
    }
    if (open.length > 0) say(`comes before an answer to ${open.join(", ")}`)
    open = []
    const calls: ReadonlyArray<any> = message.tool_calls ?? []
    const isEmpty = message.content === null || message.content === undefined || message.content.length === 0
    if (message.role === "assistant" && isEmpty && calls.length === 0) say("is empty")
    if (message.role !== "assistant" && isEmpty) say("is empty")
    if (message.tool_calls?.length === 0) say("has an empty list of calls")
    for (const { function: called, id } of calls) {
      if (seen.has(id)) say(`uses the id ${id} again`)
      if (typeof called.arguments !== "string") say(`the arguments of ${id} are not a text`)
      seen.add(id)
    }
    open = calls.map(({ id }) => id)
  })
  if (open.length > 0) faults.push(`the end: no answer to ${open.join(", ")}`)
  return faults
}

/** Calls and their outputs are items of their own here, that belong together by their `call_id`. */
const responses = (items: ReadonlyArray<any>): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const seen = new Set<string>()
  let open: ReadonlyArray<string> = []
  items.forEach((item, at) => {
    const say = (what: string) => faults.push(`item ${at}: ${what}`)
    switch (item.type ?? "message") {
      case "function_call":
        if (seen.has(item.call_id)) say(`uses the id ${item.call_id} again`)
        if (typeof item.call_id !== "string" || !/^.{1,64}$/.test(item.call_id)) say(`${item.call_id} is not an id`)
        if (item.id !== undefined && !item.id.startsWith("fc")) say(`${item.id} is not an id of a call`)
        if (typeof item.arguments !== "string") say(`the arguments of ${item.call_id} are not a text`)
        seen.add(item.call_id)
        open = [...open, item.call_id]
        return
      case "function_call_output":
        if (!open.includes(item.call_id)) say(`answers ${item.call_id}, which the calls before do not hold`)
        if (typeof item.output !== "string" && !Array.isArray(item.output)) say(`the output of ${item.call_id} is none`)
        open = open.filter((id) => id !== item.call_id)
        return
      case "reasoning": {
        const next = items[at + 1]
        const follows = next?.role === "assistant" || next?.type === "function_call" || next?.type === "reasoning"
        if (!follows) say("is a thought without what was thought")
        return
      }
      case "message":
        // What comes next is a part of the answer, or asks further.
        if (item.role !== "assistant" && open.length > 0) say(`comes before an output of ${open.join(", ")}`)
        if (item.content.length === 0) say("is empty")
        return
      default:
        say(`is of the type ${item.type}`)
    }
  })
  if (open.length > 0) faults.push(`the end: no output of ${open.join(", ")}`)
  return faults
}

const anthropic = (messages: ReadonlyArray<any>): ReadonlyArray<string> => {
  const faults: Array<string> = []
  const seen = new Set<string>()
  let open: ReadonlyArray<string> = []
  if (messages[0].role !== "user") faults.push("message 0: is not the user's")
  messages.forEach((message, at) => {
    const say = (what: string) => faults.push(`message ${at}: ${what}`)
    if (messages[at - 1]?.role === message.role) say(`is of the ${message.role}, as the one before`)
    if (message.content.length === 0) say("is empty")
    const results = message.content.filter(({ type }: any) => type === "tool_result")
    if (results.length > 0 && message.role !== "user") say("has results, and is not the user's")
    if (message.content.slice(0, results.length).some(({ type }: any) => type !== "tool_result")) {
      say("has something before its results")
    }
    for (const { tool_use_id: id } of results) {
      if (!open.includes(id)) say(`answers ${id}, which the calls before do not hold`)
      open = open.filter((other) => other !== id)
    }
    if (open.length > 0) say(`has no answer to ${open.join(", ")}`)
    open = []
    for (const block of message.content) {
      if (block.type === "text" && block.text.trim() === "") say("has an empty text")
      if (block.type !== "tool_use") continue
      if (message.role !== "assistant") say("has calls, and is not the assistant's")
      if (seen.has(block.id)) say(`uses the id ${block.id} again`)
      if (!/^[a-zA-Z0-9_-]+$/.test(block.id)) say(`${block.id} is not an id`)
      if (block.input === null || typeof block.input !== "object") say(`the input of ${block.id} is not an object`)
      seen.add(block.id)
      open = [...open, block.id]
    }
  })
  if (open.length > 0) faults.push(`the end: no answer to ${open.join(", ")}`)
  return faults
}
