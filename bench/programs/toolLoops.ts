/**
 * The program that `ToolLoop.bench.ts` runs in a process of its own, as users do: a test runner slows down the modules that
 * it transforms, which are ours alone. Prints the medians as JSON, in milliseconds a loop.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, isStepCount, tool } from "ai"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"
import { z } from "zod"

const server = fork(new URL("../support/modelServer.ts", import.meta.url))

const question = "How large is a hall of 2 by 3 metres?"
const answer = "The hall has 6 square metres."

const [port]: Array<unknown> = await once(server, "message")
const baseURL = `http://127.0.0.1:${port}/v1`

const parameters = {
  type: "object",
  properties: { width: { type: "number" }, depth: { type: "number" } },
  required: ["width", "depth"],
  additionalProperties: false
}
const tools = [{ type: "function", function: { name: "area", description: "Area of a rectangle", parameters } }]
const ask = async (messages: ReadonlyArray<object>) => {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer none" },
    body: JSON.stringify({ model: "m", messages, tools })
  })
  const { choices: [{ message }] }: any = await response.json()
  return message
}
const plain = async () => {
  const messages: Array<object> = [{ role: "user", content: question }]
  while (true) {
    const message = await ask(messages)
    messages.push(message)
    if (message.tool_calls === undefined) return message.content
    for (const call of message.tool_calls) {
      const { depth, width } = JSON.parse(call.function.arguments)
      messages.push({ role: "tool", tool_call_id: call.id, content: String(width * depth) })
    }
  }
}

const area = Tool.make("area", {
  description: "Area of a rectangle",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ depth, width }) => Effect.succeed(width * depth)
})
const runtime = ManagedRuntime.make(
  OpenAiCompatible.layer({ baseUrl: baseURL, model: "m" }).pipe(Layer.provide(Http.layer()))
)
const loop = Effect.map(Llm.withTools({ prompt: question, tools: [area] }), ({ text }) => text)
const ours = () => runtime.runPromise(loop)

const model = createOpenAI({ baseURL, apiKey: "none" }).chat("m")
const sdkTools = {
  area: tool({
    description: "Area of a rectangle",
    inputSchema: z.object({ width: z.number(), depth: z.number() }),
    execute: ({ depth, width }) => Promise.resolve(width * depth)
  })
}
const theirs = async () =>
  (await generateText({ model, prompt: question, tools: sdkTools, stopWhen: isStepCount(10) })).text

const loops = { plain, ours, theirs }
const names = ["plain", "ours", "theirs"] as const

/** The medians where `at` loops run at once. */
const measure = async (at: number, rounds: number) => {
  const times: Record<(typeof names)[number], Array<number>> = { plain: [], ours: [], theirs: [] }
  for (let round = -rounds / 2; round < rounds; round++) {
    // Each goes first as often as the others.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + Math.abs(round)) % names.length]!
      const started = performance.now()
      const texts = await Promise.all(Array.from({ length: at }, loops[name]))
      const took = (performance.now() - started) / at
      assert(texts.every((text) => text === answer))
      if (round >= 0) times[name].push(took)
    }
  }
  const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
  return { plain: median(times.plain), ours: median(times.ours), theirs: median(times.theirs) }
}

console.log(JSON.stringify({ alone: await measure(1, 1_500), "50 at once": await measure(50, 60) }))

await runtime.dispose()
server.disconnect()
