/**
 * The program that `ToolLoop.bench.ts` runs for calls that are listened to: a streamed call of a model with a listener, beside a
 * streaming `fetch` by hand that reads the same events, and the same loop over a model in memory with and without a listener.
 * Prints the medians as JSON, in milliseconds a call.
 */
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Llm, LlmProvider, Pipeline, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { once } from "node:events"
import { Worker } from "node:worker_threads"

const server = new Worker(new URL("../support/streamServer.ts", import.meta.url))
const [port] = await once(server, "message")
const baseURL = `http://127.0.0.1:${port}/v1`
const words = Array.from({ length: 20 }, (_, n) => `word${n} `).join("")

/** The words as they come, by hand. */
const plain = async () => {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer none" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "?" }], stream: true })
  })
  let text = ""
  let rest = ""
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += piece
    const events = rest.split("\n\n")
    rest = events.pop()!
    for (const event of events) {
      const data = event.slice("data: ".length)
      if (data === "[DONE]") continue
      text += JSON.parse(data).choices[0]?.delta.content ?? ""
    }
  }
  return text
}

const runtime = ManagedRuntime.make(
  OpenAiCompatible.layer({ baseUrl: baseURL, model: "m" }).pipe(Layer.provide(Http.layer()))
)
const heard = async () => {
  let text = ""
  await runtime.runPromise(Pipeline.observe(Llm.generate("?"), (event) => {
    if (event._tag === "TextDelta") text += event.text
  }))
  return text
}

const finish = {
  type: "finish" as const,
  reason: "stop" as const,
  usage: {
    inputTokens: { total: 9, uncached: 9, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 5, text: 5, reasoning: 0 }
  }
}
const call = { type: "tool-call" as const, id: "c1", name: "area", params: { width: 2 } }
const area = Tool.make("area", {
  description: "Area",
  input: Schema.Struct({ width: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ width }) => Effect.succeed(width)
})
/** A model in memory that calls a tool once. It has no stream of its own, so that only the events differ. */
const memory = LlmProvider.languageModel.pipe(Layer.provide(Layer.succeed(LlmProvider, {
  name: "memory",
  model: "m",
  offline: false,
  generate: ({ prompt }) =>
    Effect.succeed(prompt.content.length > 1 ? [{ type: "text", text: "done" }, finish] : [call, finish]),
  stream: () => {
    throw new Error("not asked")
  }
})))
const inMemory = ManagedRuntime.make(memory)
const loop = Effect.map(Llm.withTools({ prompt: "?", tools: [area] }), ({ text }) => text)
const silentLoop = () => inMemory.runPromise(loop)
const heardLoop = () => inMemory.runPromise(Pipeline.observe(loop, () => {}))

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** The medians of both, which take turns. */
const measure = async (rounds: number, each: number, one: () => Promise<string>, other: () => Promise<string>) => {
  const times: readonly [Array<number>, Array<number>] = [[], []]
  const expected = await one()
  for (let round = -rounds / 2; round < rounds; round++) {
    for (const at of round % 2 === 0 ? [0, 1] as const : [1, 0] as const) {
      const started = performance.now()
      for (let n = 0; n < each; n++) assert.equal(await (at === 0 ? one : other)(), expected)
      if (round >= 0) times[at].push((performance.now() - started) / each)
    }
  }
  return [median(times[0]), median(times[1])] as const
}

assert.equal(await plain(), words)
const [byHand, ours] = await measure(800, 1, plain, heard)
const [silent, listened] = await measure(1_000, 5, silentLoop, heardLoop)
console.log(JSON.stringify({ byHand, ours, silent: silent / 2, listened: listened / 2 }))

await runtime.dispose()
await inMemory.dispose()
await server.terminate()
