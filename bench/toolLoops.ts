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
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { z } from "zod"

/** Answers a prompt with a call, and a result of a tool with a text. */
const server = new Worker(
  `const { createServer } = require("node:http")
   const { parentPort } = require("node:worker_threads")
   const completion = (message, finish_reason) => JSON.stringify({
     id: "chatcmpl-1", object: "chat.completion", created: 1700000000, model: "m",
     choices: [{ index: 0, message: { role: "assistant", refusal: null, ...message }, logprobs: null, finish_reason }],
     usage: {
       prompt_tokens: 50, completion_tokens: 9, total_tokens: 59,
       prompt_tokens_details: { cached_tokens: 0 }, completion_tokens_details: { reasoning_tokens: 0 }
     }
   })
   const call = { id: "call_1", type: "function", function: { name: "area", arguments: '{"width":2,"depth":3}' } }
   const first = completion({ content: null, tool_calls: [call] }, "tool_calls")
   const last = completion({ content: "The hall has 6 square metres." }, "stop")
   createServer((request, response) => {
     let text = ""
     request.on("data", (piece) => text += piece)
     request.on("end", () => {
       const body = text.includes('"role":"tool"') ? last : first
       response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
       response.end(body)
     })
   }).listen(0, "127.0.0.1", function() { parentPort.postMessage(this.address().port) })`,
  { eval: true }
)

const question = "How large is a hall of 2 by 3 metres?"
const answer = "The hall has 6 square metres."

const [port] = await once(server, "message")
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
await server.terminate()
