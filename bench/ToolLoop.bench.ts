/**
 * A tool loop of two turns and one call of a tool, beside the same by plain `fetch` and by the Vercel AI SDK, against one
 * server in a thread of its own that answers at once: alone, and 50 at a time.
 *
 * The three take turns, so that whatever else the machine does hits them alike. Leaves out what a model needs for its
 * answer, which is a thousand times as long.
 */
import { createOpenAI } from "@ai-sdk/openai"
import { generateText, isStepCount, tool } from "ai"
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/OpenAiCompatible"
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { afterAll, assert, beforeAll, test } from "vitest"
import { z } from "zod"
import { report } from "./ratio.ts"

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
const expected = "The hall has 6 square metres."

type Loop = () => Promise<string>
const loops: Record<string, Loop> = {}
let close: () => Promise<void> = async () => {}

beforeAll(async () => {
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
  loops["fetch"] = async () => {
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
  loops["greenlang"] = () => runtime.runPromise(loop)

  const model = createOpenAI({ baseURL, apiKey: "none" }).chat("m")
  const theirs = {
    area: tool({
      description: "Area of a rectangle",
      inputSchema: z.object({ width: z.number(), depth: z.number() }),
      execute: ({ depth, width }) => Promise.resolve(width * depth)
    })
  }
  loops["AI SDK"] = async () =>
    (await generateText({ model, prompt: question, tools: theirs, stopWhen: isStepCount(10) })).text

  close = async () => {
    await runtime.dispose()
    await server.terminate()
  }
})

afterAll(() => close())

/** Milliseconds of the median loop, where `at` of them run at once. */
const measured = async (at: number, rounds: number) => {
  const times: Record<string, Array<number>> = {}
  const names = Object.keys(loops)
  for (let round = -rounds / 4; round < rounds; round++) {
    // Each goes first as often as the others.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + Math.abs(round)) % names.length]!
      const started = performance.now()
      const texts = await Promise.all(Array.from({ length: at }, loops[name]!))
      const took = (performance.now() - started) / at
      assert(texts.every((text) => text === expected))
      if (round >= 0) (times[name] ??= []).push(took)
    }
  }
  const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
  return {
    plain: median(times["fetch"]!),
    ours: median(times["greenlang"]!),
    theirs: median(times["AI SDK"]!)
  }
}

for (const [what, at, rounds] of [["alone", 1, 1_000], ["50 at once", 50, 60]] as const) {
  test(what, async () => {
    const { ours, plain, theirs } = await measured(at, rounds)
    const millis = (value: number) => `${value.toPrecision(3)} ms`
    report(
      `tool loop, ${what}: more than fetch for each of its two calls`,
      `greenlang ${millis(ours)}, fetch ${millis(plain)}`,
      millis((ours - plain) / 2),
      "at most 0.3 ms"
    )
    report(
      `tool loop, ${what}`,
      `greenlang ${millis(ours)}, AI SDK ${millis(theirs)}`,
      `${(ours / theirs).toFixed(2)}x`,
      "below 1x"
    )
  }, 120_000)
}
