/**
 * The program that `PipelineObserved.bench.ts` runs in a process of its own, as users do: a test runner slows down the
 * modules that it transforms, which are ours alone. Prints the times as JSON, in milliseconds a run.
 */
import { Effect, Stream, Tracer } from "effect"
import { Pipeline } from "greenlang"
import { awaits, bare, pipelineOf } from "../graph.ts"
import { chain, fan, lattice } from "../shapes.ts"

const tracer = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })
const warmUp = 50
const turns = 250

const typical = (times: ReadonlyArray<number>) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)]!

const measured = []
for (
  const { graph, what, work } of [
    { what: "a chain of 1,000", graph: chain(1_000), work: bare },
    { what: "1 to 1,000 to 1", graph: fan(1_000), work: bare },
    { what: "a lattice of 10 by 100", graph: lattice(10, 100), work: bare },
    { what: "a lattice of steps that await", graph: lattice(10, 100), work: awaits }
  ]
) {
  const pipeline = pipelineOf(graph, work)
  const ways = {
    off: () => pipeline.run(1),
    listener: () => Pipeline.observe(pipeline.run(1), () => {}),
    report: () => pipeline.report(1),
    events: () => Stream.runDrain(pipeline.events(1)),
    "report and listener": () => Pipeline.observe(pipeline.report(1), () => {}),
    tracer: () => Effect.withTracer(pipeline.run(1), tracer)
  }
  const times = new Map(Object.keys(ways).map((way) => [way, [] as Array<number>]))
  for (let turn = -warmUp; turn < turns; turn++) {
    for (const [way, run] of Object.entries(ways)) {
      const began = performance.now()
      await Effect.runPromise<unknown, unknown>(run())
      if (turn >= 0) times.get(way)!.push(performance.now() - began)
    }
  }
  measured.push({
    what,
    steps: graph.length - 1,
    times: Object.fromEntries(Array.from(times, ([way, all]) => [way, typical(all)]))
  })
}

console.log(JSON.stringify(measured))
