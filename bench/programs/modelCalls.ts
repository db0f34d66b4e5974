/**
 * The program that `ToolLoop.bench.ts` runs for the cost of one model call: the CPU time of tool loops and of single calls beside
 * the same by hand, 50 at once. The systems take turns. Prints microseconds a call as JSON: the median of the rounds, and the
 * median of the ratios to `undici.request`.
 *
 * With the name of a system it makes the first calls of a process instead, 50 loops at once, and
 * prints what each call took: with what had to be loaded (`whole`), and from behind the imports on (`behind`).
 */
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"
import type * as Undici from "undici"

const server = fork(new URL("../support/modelServer.ts", import.meta.url))
const [port]: Array<unknown> = await once(server, "message")
const baseUrl = `http://127.0.0.1:${port}/v1`
const url = `${baseUrl}/chat/completions`

const model = "calls-5"
const callsALoop = 6
const atOnce = 50
const question = "How large is a hall of 2 by 3 metres?"
const answer = "The hall has 6 square metres."
const headers = { "content-type": "application/json", authorization: "Bearer none" }
const parameters = {
  type: "object",
  properties: { width: { type: "number" }, depth: { type: "number" } },
  required: ["width", "depth"],
  additionalProperties: false
}
const tools = [{ type: "function", function: { name: "area", description: "Area of a rectangle", parameters } }]

type Post = (body: string) => Promise<any>

const loopWith = (post: Post) => async (): Promise<string> => {
  const messages: Array<object> = [{ role: "user", content: question }]
  while (true) {
    const { choices: [{ message }] } = await post(JSON.stringify({ model, messages, tools }))
    messages.push(message)
    if (message.tool_calls === undefined) return message.content
    for (const call of message.tool_calls) {
      const { depth, width } = JSON.parse(call.function.arguments)
      messages.push({ role: "tool", tool_call_id: call.id, content: String(width * depth) })
    }
  }
}

interface System {
  readonly loop: () => Promise<string>
  /** One call without tools. */
  readonly single?: () => Promise<string>
}

const systems: Readonly<Record<string, () => Promise<System>>> = {
  undici: async () => {
    const { Pool }: typeof Undici = await import("undici")
    const pool = new Pool(new URL(baseUrl).origin)
    const post: Post = async (body) =>
      (await pool.request({ method: "POST", path: "/v1/chat/completions", headers, body })).body.json()
    const single = JSON.stringify({ model, messages: [{ role: "user", content: question }] })
    return {
      loop: loopWith(post),
      single: async () => (await post(single)).choices[0].message.content
    }
  },
  fetch: async () => ({
    loop: loopWith(async (body) => (await fetch(url, { method: "POST", headers, body })).json())
  }),
  greenlang: async () => {
    const { Effect, Layer, ManagedRuntime, Schema } = await import("effect")
    const { Llm, Tool } = await import("greenlang")
    const Http = await import("greenlang/http/Http")
    const OpenAiCompatible = await import("greenlang/llm/openai/OpenAiCompatible")
    const area = Tool.make("area", {
      description: "Area of a rectangle",
      input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
      output: Schema.Finite,
      execute: ({ depth, width }) => Effect.succeed(width * depth)
    })
    const runtime = ManagedRuntime.make(
      OpenAiCompatible.layer({ baseUrl, model }).pipe(Layer.provide(Http.layer()))
    )
    // The layer loads undici.
    await runtime.runPromise(Effect.void)
    const loop = Effect.map(Llm.withTools({ prompt: question, tools: [area] }), ({ text }) => text)
    const single = Effect.map(Llm.generate(question), ({ text }) => text)
    return { loop: () => runtime.runPromise(loop), single: () => runtime.runPromise(single) }
  }
}

/** Microseconds of CPU that `times` calls of `run` take, `atOnce` of them at the same time. */
const measure = async (run: () => Promise<string>): Promise<number> => {
  const before = process.cpuUsage()
  const texts = await Promise.all(Array.from({ length: atOnce }, run))
  const { system, user } = process.cpuUsage(before)
  assert(texts.every((text) => text === answer))
  return (system + user) / atOnce
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const warm = async (rounds: number) => {
  const [undici, plain, ours] = await Promise.all([systems["undici"]!(), systems["fetch"]!(), systems["greenlang"]!()])
  const runs: Readonly<Record<string, readonly [run: () => Promise<string>, calls: number]>> = {
    "undici.request": [undici.loop, callsALoop],
    fetch: [plain.loop, callsALoop],
    "Llm.withTools": [ours.loop, callsALoop],
    "undici.request, no tools": [undici.single!, 1],
    "Llm.generate": [ours.single!, 1]
  }
  const names = Object.keys(runs)
  const times: Record<string, Array<number>> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -rounds / 2; round < rounds; round++) {
    // Each goes first as often as the others.
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + rounds) % names.length]!
      const [run, calls] = runs[name]!
      let took = 0
      for (let n = 0; n < callsALoop / calls; n++) took += await measure(run)
      if (round >= 0) times[name]!.push(took / callsALoop)
    }
  }
  const against = (name: string, other: string) => median(times[name]!.map((took, at) => took / times[other]![at]!))
  return {
    micros: Object.fromEntries(names.map((name) => [name, median(times[name]!)])),
    ratios: {
      "Llm.withTools, undici.request": against("Llm.withTools", "undici.request"),
      "Llm.withTools, fetch": against("Llm.withTools", "fetch"),
      "Llm.generate, undici.request": against("Llm.generate", "undici.request"),
      "Llm.generate, undici.request, no tools": against("Llm.generate", "undici.request, no tools")
    }
  }
}

const name = process.argv[2]
if (name === undefined) console.log(JSON.stringify(await warm(60)))
else {
  const before = process.cpuUsage()
  const { loop } = await systems[name]!()
  const { system, user } = process.cpuUsage(before)
  const made = await measure(loop) / callsALoop
  console.log(JSON.stringify({ whole: made + (system + user) / (atOnce * callsALoop), behind: made }))
}
server.disconnect()
process.exit()
