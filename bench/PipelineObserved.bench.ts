/**
 * What it costs to look: the same pipeline with nobody listening, with a listener that does nothing, with a report, with
 * its stream of events read to the end, with report and listener, and with a tracer that makes every span and keeps none.
 *
 * They take turns, and each figure is the difference to the run that nobody looks at, for one step. The times are the tenth
 * percentiles of the turns: what else the machine does makes the others longer.
 *
 * Leaves out: what a tracer does with its spans, and a reader with its events.
 */
import { Effect, Stream, Tracer } from "effect"
import { Pipeline } from "greenlang"
import { test } from "vitest"
import { awaits, bare, chain, fan, lattice, pipelineOf } from "./graph.ts"
import { report } from "./ratio.ts"

const tracer = Tracer.make({ span: (options) => new Tracer.NativeSpan(options) })
const warmUp = 50
const turns = 250

const typical = (times: ReadonlyArray<number>) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 10)]!

for (
  const { graph, what, work } of [
    { what: "a chain of 1,000", graph: chain(1_000), work: bare },
    { what: "1 to 1,000 to 1", graph: fan(1_000), work: bare },
    { what: "a lattice of 10 by 100", graph: lattice(10, 100), work: bare },
    { what: "a lattice of steps that await", graph: lattice(10, 100), work: awaits }
  ]
) {
  test(what, async () => {
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
    const off = typical(times.get("off")!)
    for (const way of Object.keys(ways).slice(1)) {
      const on = typical(times.get(way)!)
      const micros = (on - off) * 1_000 / (graph.length - 1)
      const figures = `off ${off.toPrecision(3)} ms, on ${on.toPrecision(3)} ms`
      report(`${what}: ${way}`, figures, `${micros.toFixed(2)} us a step`, way === "tracer" ? "stated" : "at most 1 us")
    }
  }, 60_000)
}
