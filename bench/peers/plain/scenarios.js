/**
 * The scenarios in plain async functions: the least that a program by hand costs.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { sum } from "../../shapes.ts"
import { area, ask, question } from "../question.ts"

/** Every node is an async function that awaits the promises of the nodes before it. */
export const graph = (shape, waits) => async () => {
  const node = async (at, before) => {
    const inputs = sum(await Promise.all(before))
    await (waits === undefined ? undefined : sleep(waits[at]))
    return inputs + 1
  }
  const answers = [Promise.resolve(1)]
  for (let at = 1; at < shape.length; at++) answers.push(node(at, shape[at].map((before) => answers[before])))
  return answers.at(-1)
}

export const waiting = (millis) => async (runs) =>
  Promise.all(Array.from({ length: runs }, async (_, n) => {
    await sleep(millis)
    return n + 1
  }))

export const toolLoop = (baseURL) => async () => {
  const messages = [{ role: "user", content: question }]
  while (true) {
    const message = await ask(baseURL, messages)
    messages.push(message)
    if (message.tool_calls === undefined) return message.content
    for (const call of message.tool_calls) {
      messages.push({ role: "tool", tool_call_id: call.id, content: String(area(JSON.parse(call.function.arguments))) })
    }
  }
}

export const hanging = (baseURL) => (signal) => ask(baseURL, [{ role: "user", content: question }], signal)
