/**
 * Two versions of greenlang beside each other, in one process and in turns:
 *
 *     node --conditions=@greenlang/source bench/programs/against.ts ../another-checkout [word ...]
 *
 * Prints a line for each row, or for those whose names hold one of the words: microseconds of a run in this version and in the
 * other, and their ratio. A figure is the tenth percentile of the wall times of short rounds: those that nothing else on the machine
 * falls into. Each version runs on the packages in its own folder, so another checkout needs a copy of them, not a link.
 */
import type * as EffectHere from "effect"
import type * as Greenlang from "greenlang"
import type * as HttpHere from "greenlang/http/Http"
import type * as OpenAiCompatibleHere from "greenlang/llm/openai/OpenAiCompatible"
import assert from "node:assert/strict"
import { fork } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type * as agents from "../../test/boundary/fixtures/agents.ts"
import { chain, fan, type Graph, lattice, sum } from "../shapes.ts"

const server = fork(new URL("../support/modelServer.ts", import.meta.url))
const [port]: Array<unknown> = await once(server, "message")
const baseUrl = `http://127.0.0.1:${port}/v1`

/** What is measured of the version in `folder`: by its name, a function that makes one run and answers with what must be equal. */
const rowsOf = async (folder: string) => {
  const load = (path: string) => import(pathToFileURL(join(folder, path)).href)
  const { Effect, Layer, ManagedRuntime, Schema, Stream }: typeof EffectHere = await load(
    "node_modules/effect/dist/index.js"
  )
  const { Agent, Llm, Pipeline, PromiseAgent, Step, SyncAgent, Tool }: typeof Greenlang = await load("src/index.ts")
  const Http: typeof HttpHere = await load("src/http/Http.ts")
  const places = ["src/llm/openai/OpenAiCompatible.ts", "src/llm/OpenAiCompatible.ts"]
  const place = places.find((place) => existsSync(join(folder, place)))
  assert(place !== undefined, `no OpenAiCompatible in ${folder}`)
  const OpenAiCompatible: typeof OpenAiCompatibleHere = await load(place)

  const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
  const bare = (n: number): EffectHere.Effect.Effect<number> => Effect.succeed(n + 1)
  const awaits = (n: number): EffectHere.Effect.Effect<number> => Effect.promise(async () => n + 1)
  const pipelineOf = (graph: Graph, work: typeof bare) =>
    Pipeline.make("Bench", numbers, (input) => {
      const steps: Array<Greenlang.Step.Step<number>> = [input]
      for (let at = 1; at < graph.length; at++) {
        const after = graph[at]!.map((before) => steps[before]!)
        steps.push(Step.make(`${at}`, after, (...inputs) => work(sum(inputs))))
      }
      return steps.at(-1)!
    })
  const wide = pipelineOf(fan(500), bare)

  const Purchase = Schema.Struct({
    fuel: Schema.Literals(["natural gas", "coal"]),
    amount: Schema.Finite,
    unit: Schema.String,
    year: Schema.Int
  })
  const Fuel = Agent.make("Fuel", {
    version: "1.0.0",
    input: Purchase,
    output: Schema.Struct({ kilograms: Schema.Finite, unit: Schema.String }),
    execute: ({ amount }) => Effect.succeed({ kilograms: amount * 5.31, unit: "kg CO2e" })
  })
  const purchase: typeof Purchase.Encoded = { fuel: "natural gas", amount: 10, unit: "therm", year: 2025 }
  const purchases = Array.from({ length: 100 }, () => purchase)
  const promised = await PromiseAgent.open(Fuel)
  const Waits = Agent.make("Waits", { ...numbers, execute: (n) => Effect.as(Effect.promise(async () => n), n) })
  const blocking = pathToFileURL(join(folder, "test/boundary/fixtures/agents.ts"))
  const double = SyncAgent.fromModule<typeof agents.double>(blocking, { export: "double" })

  const area = Tool.make("area", {
    description: "Area of a rectangle",
    input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
    output: Schema.Finite,
    execute: ({ depth, width }) => Effect.succeed(width * depth)
  })
  const models = ManagedRuntime.make(
    OpenAiCompatible.layer({ baseUrl, model: "m" }).pipe(Layer.provide(Http.layer()))
  )
  const loop = Effect.map(
    Llm.withTools({ prompt: "How large is a hall of 2 by 3 metres?", tools: [area] }),
    ({ text }) => text
  )

  const running = (pipeline: typeof wide) => async () => (await Effect.runPromise(pipeline.run(1))).value
  const rows: Readonly<Record<string, () => unknown>> = {
    "pipeline: a chain of 100": running(pipelineOf(chain(100), bare)),
    "pipeline: a chain of 100 that awaits": running(pipelineOf(chain(100), awaits)),
    "pipeline: 1 to 500 to 1": running(wide),
    "pipeline: 1 to 500 to 1 that awaits": running(pipelineOf(fan(500), awaits)),
    "pipeline: a lattice of 10 by 20": running(pipelineOf(lattice(10, 20), bare)),
    "pipeline: a lattice of 10 by 20 that awaits": running(pipelineOf(lattice(10, 20), awaits)),
    "observed: report of 1 to 500 to 1": async () => (await Effect.runPromise(wide.report(1))).value,
    "observed: events of 1 to 500 to 1": () => Effect.runPromise(Stream.runDrain(wide.events(1))),
    "observed: listener to 1 to 500 to 1": async () =>
      (await Effect.runPromise(Pipeline.observe(wide.run(1), () => {}))).value,
    "agent: 100 runs": () => Effect.runPromise(Effect.forEach(purchases, (one) => Fuel.run(one), { discard: true })),
    "agent: 100 runs as promises": async () => {
      for (const one of purchases) await promised.execute(one)
    },
    "agent: a batch of 100 that await": async () => {
      const inputs = purchases.map((_, n) => n)
      return (await Effect.runPromise(Agent.batch(Waits, inputs, { concurrency: "unbounded" }))).length
    },
    "sync: 20 calls of a warm worker": () => Array.from({ length: 20 }, (_, n) => double.execute(n).value),
    "model: a tool loop": () => models.runPromise(loop),
    "model: 50 tool loops at once": () => Promise.all(Array.from({ length: 50 }, () => models.runPromise(loop)))
  }
  const close = async () => {
    double.close()
    await promised.close()
    await models.dispose()
  }
  return { rows, close }
}

const [other, ...words] = process.argv.slice(2)
assert(other !== undefined, "the folder of another checkout is missing")
const here = await rowsOf(resolve(import.meta.dirname, "../.."))
const there = await rowsOf(resolve(other))

const warmUp = 60
const turns = 240
/** Microseconds that a round should take. */
const round = 1_000

const timed = async (run: () => unknown, runs: number) => {
  const began = performance.now()
  for (let nth = 0; nth < runs; nth++) await run()
  return (performance.now() - began) * 1_000 / runs
}

const typical = (times: ReadonlyArray<number>) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)]!

for (const [name, ours] of Object.entries(here.rows)) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue
  const theirs = there.rows[name]!
  assert.deepEqual(await ours(), await theirs())
  const times: { readonly ours: Array<number>; readonly theirs: Array<number> } = { ours: [], theirs: [] }
  let runs = 1
  for (let turn = -warmUp; turn < turns; turn++) {
    // Each goes first as often as the other.
    const oursFirst = turn % 2 === 0
    const [first, second] = [await timed(oursFirst ? ours : theirs, runs), await timed(oursFirst ? theirs : ours, runs)]
    if (turn < 0) runs = Math.max(1, Math.round(round / Math.min(first, second)))
    else {
      times.ours.push(oursFirst ? first : second)
      times.theirs.push(oursFirst ? second : first)
    }
  }
  const [one, two] = [typical(times.ours), typical(times.theirs)]
  console.log(`| ${name} | ${one.toFixed(1)} us, the other ${two.toFixed(1)} us | ${(one / two).toFixed(2)}x |`)
}

await here.close()
await there.close()
server.kill()
