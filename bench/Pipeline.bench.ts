/**
 * The cost of a pipeline over the same work by hand in plain async functions, without a tracer.
 *
 * A bare step answers at once, so its whole cost is the pipeline's. The rows of steps that await a promise show what a
 * fiber costs besides. Each run of a pipeline is a whole agent run: schemas, id, clock and metadata.
 *
 * Leaves out: spans, events, steps that fail.
 */
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { test } from "vitest"
import { ratio } from "./ratio.ts"

type Work = (n: number) => Effect.Effect<number>

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const bare: Work = (n) => Effect.succeed(n + 1)
const awaits: Work = (n) => Effect.promise(async () => n + 1)
const byHand = async (n: number) => n + 1

/** Who waits for whom: every node for nodes before it, node 0 is the input. */
type Graph = ReadonlyArray<ReadonlyArray<number>>

const chain = (size: number): Graph => Array.from({ length: size + 1 }, (_, at) => at === 0 ? [] : [at - 1])

const fan = (size: number): Graph => [
  [],
  ...Array.from({ length: size }, () => [0]),
  Array.from({ length: size }, (_, at) => at + 1)
]

const lattice = (depth: number, width: number): Graph => {
  const graph: Array<ReadonlyArray<number>> = [[]]
  for (let row = 0; row < depth; row++) {
    for (let column = 0; column < width; column++) {
      const above = (at: number) => 1 + (row - 1) * width + at % width
      graph.push(row === 0 ? [0] : [above(column), above(column + 1)])
    }
  }
  return [...graph, Array.from({ length: width }, (_, at) => 1 + (depth - 1) * width + at)]
}

/** Always the same graph: a small linear congruential generator draws it. */
const random = (size: number): Graph => {
  let seed = 1
  const below = (limit: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % limit
  const graph: Array<ReadonlyArray<number>> = [[]]
  const open = new Set([0])
  for (let at = 1; at < size; at++) {
    const parents = new Set(Array.from({ length: below(3) }, () => Math.max(0, at - 1 - below(60))))
    parents.forEach((parent) => open.delete(parent))
    open.add(at)
    graph.push([...parents])
  }
  return [...graph, [...open]]
}

const sum = (inputs: ReadonlyArray<number>) => inputs.reduce((total, n) => (total + n) % 1_000_003, 0)

const pipelineOf = (graph: Graph, work: Work) => {
  const pipeline = Pipeline.make("Bench", numbers, (input) => {
    const steps: Array<Step.Step<number>> = [input]
    for (let at = 1; at < graph.length; at++) {
      const after = graph[at]!.map((before) => steps[before]!)
      steps.push(Step.make(`${at}`, after, (...inputs) => work(sum(inputs))))
    }
    return steps.at(-1)!
  })
  return () => Effect.runPromise(pipeline.run(1))
}

/** The same graph, each node an async function that awaits the promises of the nodes before it. */
const handOf = (graph: Graph) => async () => {
  const node = async (before: ReadonlyArray<Promise<number>>) => byHand(sum(await Promise.all(before)))
  const answers: Array<Promise<number>> = [Promise.resolve(1)]
  for (let at = 1; at < graph.length; at++) answers.push(node(graph[at]!.map((before) => answers[before]!)))
  return answers.at(-1)!
}

/** A chain is written as a loop that awaits: nobody would write it with `Promise.all`. */
const loopOf = (size: number) => async () => {
  let n = 1
  for (let i = 0; i < size; i++) n = await byHand(n)
  return n
}

/** Likewise a fan. */
const allOf = (size: number) => async () => {
  const answers = await Promise.all(Array.from({ length: size }, () => byHand(1)))
  return byHand(sum(answers))
}

const options = { time: 1_500, warmupTime: 500 }

for (
  const { byHand, graph, target, what } of [
    { what: "a chain of 100", graph: chain(100), byHand: loopOf(100), target: 4 },
    { what: "1 to 1,000 to 1", graph: fan(1_000), byHand: allOf(1_000), target: 2 },
    { what: "a lattice of 10 by 100", graph: lattice(10, 100), byHand: handOf(lattice(10, 100)), target: 2 },
    { what: "2,000 random nodes", graph: random(2_000), byHand: handOf(random(2_000)), target: 2 }
  ]
) {
  test(what, async ({ bench }) => {
    const result = await bench.compare(
      bench("async functions", byHand),
      bench("bare steps", pipelineOf(graph, bare)),
      bench("steps that await", pipelineOf(graph, awaits)),
      options
    )
    const hand = result.get("async functions")
    ratio(what, result.get("bare steps"), hand, `at most ${target}x`)
    ratio(what, result.get("steps that await"), hand, "none")
  }, 60_000)
}

/**
 * Two branches, each a slow step before a quick one or a quick one before a slow one: by levels, the slow steps of both
 * add up. The critical path is 40 + 5 ms.
 */
test("the straggler", async ({ bench }) => {
  const takes = (millis: number) => (n: number) => Effect.delay(Effect.succeed(n), millis)
  const straggler = Pipeline.make("Straggler", numbers, (input) => {
    const slow = Step.make("slow", [input], takes(40))
    const quick = Step.make("quick", [input], takes(5))
    const afterSlow = Step.make("after slow", [slow], takes(5))
    const afterQuick = Step.make("after quick", [quick], takes(40))
    return Step.make("last", [afterSlow, afterQuick], (a, b) => Effect.succeed(a + b))
  })
  const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))
  const result = await bench.compare(
    bench("critical path", async () => {
      await sleep(40)
      await sleep(5)
    }),
    bench("pipeline", () => Effect.runPromise(straggler.run(1))),
    bench("by levels", async () => {
      await Promise.all([sleep(40), sleep(5)])
      await Promise.all([sleep(5), sleep(40)])
    }),
    { time: 1_500 }
  )
  ratio("the straggler", result.get("pipeline"), result.get("critical path"), "at most 1.05x")
  ratio("the straggler", result.get("by levels"), result.get("critical path"), "for contrast")
}, 60_000)
