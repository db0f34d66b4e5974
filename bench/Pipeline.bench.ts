/**
 * The cost of a pipeline over the same work by hand in plain async functions, without a tracer.
 *
 * A bare step answers at once, so its whole cost is the pipeline's. The rows of steps that await a promise show what a
 * fiber costs besides. Each run of a pipeline is a whole agent run: schemas, id, clock and metadata.
 *
 * Leaves out: spans, events, steps that fail.
 */
import { Effect } from "effect"
import { Pipeline, Step } from "greenlang"
import { test } from "vitest"
import { awaits, bare, numbers, pipelineOf, type Work } from "./graph.ts"
import { ratio } from "./ratio.ts"
import { chain, fan, type Graph, lattice, random, sum } from "./shapes.ts"

const byHand = async (n: number) => n + 1

const running = (graph: Graph, work: Work) => {
  const pipeline = pipelineOf(graph, work)
  return () => Effect.runPromise(pipeline.run(1))
}

/** The same graph, each node an async function that awaits the promises of the nodes before it. */
const handOf = (graph: Graph) => async () => {
  const node = async (before: ReadonlyArray<Promise<number>>) => byHand(sum(await Promise.all(before)))
  const answers: Array<Promise<number>> = [Promise.resolve(1)]
  for (let at = 1; at < graph.length; at++) answers.push(node(graph[at]!.map((before) => answers[before]!)))
  return answers.at(-1)!
}

/** A chain is written as a loop that awaits: no one would write it with `Promise.all`. */
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
      bench("bare steps", running(graph, bare)),
      bench("steps that await", running(graph, awaits)),
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
