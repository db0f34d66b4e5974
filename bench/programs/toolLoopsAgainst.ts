/**
 * The tool loop of `ToolLoop.bench.ts` in two versions of greenlang, in one process and in turns, by the CPU time of the process:
 *
 *     node --conditions=@greenlang/source bench/programs/toolLoopsAgainst.ts ../another-checkout
 *
 * Prints the median of the ratios of this version to the other: alone, and 50 at a time. A checkout without packages of its own may
 * link to those of this one.
 */
import { Effect, Layer, ManagedRuntime, Schema } from "effect"
import type * as Greenlang from "greenlang"
import type * as HttpHere from "greenlang/http/Http"
import type * as OpenAiCompatibleHere from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { once } from "node:events"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { Worker } from "node:worker_threads"

const server = new Worker(new URL("../support/toolServer.ts", import.meta.url))
const [port] = await once(server, "message")
const baseUrl = `http://127.0.0.1:${port}/v1`

const loopIn = async (folder: string) => {
  const load = (path: string) => import(pathToFileURL(join(folder, "src", path)).href)
  const [{ Llm, Tool }, Http, OpenAiCompatible]: [
    Pick<typeof Greenlang, "Llm" | "Tool">,
    typeof HttpHere,
    typeof OpenAiCompatibleHere
  ] = await Promise.all([load("index.ts"), load("http/Http.ts"), load("llm/openai/OpenAiCompatible.ts")])
  const area = Tool.make("area", {
    description: "Area of a rectangle",
    input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
    output: Schema.Finite,
    execute: ({ depth, width }) => Effect.succeed(width * depth)
  })
  const runtime = ManagedRuntime.make(
    OpenAiCompatible.layer({ baseUrl, model: "m" }).pipe(Layer.provide(Http.layer()))
  )
  const loop = Effect.map(
    Llm.withTools({ prompt: "How large is a hall of 2 by 3 metres?", tools: [area] }),
    ({ text }) => text
  )
  return { run: () => runtime.runPromise(loop), close: () => runtime.dispose() }
}

const here = await loopIn(resolve(import.meta.dirname, "../.."))
const there = await loopIn(resolve(process.argv[2] ?? "."))

/** Milliseconds of CPU that `loops` times `at` loops take. */
const spent = async (run: () => Promise<string>, at: number, loops: number) => {
  const before = process.cpuUsage()
  for (let nth = 0; nth < loops; nth++) {
    const texts = await Promise.all(Array.from({ length: at }, run))
    assert(texts.every((text) => text === "The hall has 6 square metres."))
  }
  const { system, user } = process.cpuUsage(before)
  return (system + user) / 1_000
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const compare = async (at: number, loops: number, rounds: number) => {
  const ratios: Array<number> = []
  for (let round = -3; round < rounds; round++) {
    // Each goes first as often as the other.
    const [first, second] = round % 2 === 0 ? [here, there] : [there, here]
    const [one, two] = [await spent(first.run, at, loops), await spent(second.run, at, loops)]
    if (round >= 0) ratios.push(round % 2 === 0 ? one / two : two / one)
  }
  return `${median(ratios).toFixed(2)}x`
}

console.log(JSON.stringify({ alone: await compare(1, 150, 31), "50 at once": await compare(50, 6, 31) }))

await here.close()
await there.close()
await server.terminate()
