/**
 * The program that `ToolLoop.bench.ts` runs for calls that are listened to: a streamed call of a model with a listener, beside a
 * streaming `fetch` by hand that reads the same events, and the same loop over a model in memory with and without a listener.
 * The server is a process of its own. Prints the medians as JSON, in milliseconds of CPU a call, and the median of the ratios.
 */
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import { Llm, LlmProvider, Pipeline, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"

const server = fork(new URL("../support/modelServer.ts", import.meta.url))
const [port]: Array<unknown> = await once(server, "message")
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

/** Milliseconds of CPU that one call of `run` takes, of `each` in a row. */
const cost = async (each: number, run: () => Promise<string>, expected: string): Promise<number> => {
  const before = process.cpuUsage()
  for (let n = 0; n < each; n++) assert.equal(await run(), expected)
  const { system, user } = process.cpuUsage(before)
  return (system + user) / each / 1_000
}

/** The medians of both, which take turns, and of their ratios. */
const measure = async (rounds: number, each: number, one: () => Promise<string>, other: () => Promise<string>) => {
  const times: Array<readonly [number, number]> = []
  const expected = await one()
  for (let round = -rounds / 2; round < rounds; round++) {
    const first = await cost(each, round % 2 === 0 ? one : other, expected)
    const second = await cost(each, round % 2 === 0 ? other : one, expected)
    if (round >= 0) times.push(round % 2 === 0 ? [first, second] : [second, first])
  }
  return [
    median(times.map(([one]) => one)),
    median(times.map(([, other]) => other)),
    median(times.map(([one, other]) => other / one))
  ] as const
}

assert.equal(await plain(), words)
const [byHand, ours, ratio] = await measure(60, 50, plain, heard)
const [silent, listened] = await measure(60, 200, silentLoop, heardLoop)
console.log(JSON.stringify({ byHand, ours, ratio, silent: silent / 2, listened: listened / 2 }))

await runtime.dispose()
await inMemory.dispose()
server.disconnect()
