/**
 * What the detector costs a run of an agent, a fiber that yields, and an operation.
 *
 * Leaves out: the watchdog, which costs a thread; what a report costs, since a block comes before it.
 */
import { Effect, Fiber, Schema } from "effect"
import { Agent, BlockDetector } from "greenlang"
import { test } from "vitest"
import { report } from "./ratio.ts"

const Double = Agent.make("Double", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (n) => Effect.succeed(n * 2)
})

const times = (count: number, work: Effect.Effect<unknown, unknown>) =>
  Effect.forEach(Array.from({ length: count }), () => work, { discard: true })

for (
  const { count, target, what, work } of [
    { what: "a run", count: 1_000, work: Double.run(1), target: "at most 3 us" },
    {
      what: "a run in a fiber of its own",
      count: 1_000,
      work: Effect.flatMap(Effect.forkChild(Double.run(1)), Fiber.join),
      target: "at most 3 us"
    },
    { what: "a yield", count: 1_000, work: Effect.yieldNow, target: "none" },
    { what: "an operation", count: 100_000, work: Effect.void, target: "none" }
  ]
) {
  test(what, async ({ bench }) => {
    const program = times(count, work)
    const measure = (name: string, program: Effect.Effect<unknown, unknown>) =>
      bench(name, () => Effect.runPromise(program))
    const result = await bench.compare(
      measure("without", program),
      measure("with", Effect.provide(program, BlockDetector.layer())),
      { time: 2_000, warmupTime: 500 }
    )
    const micros = (name: "without" | "with") => result.get(name).latency.p50 * 1_000 / count
    const figures = `${micros("without").toFixed(3)} us without, ${micros("with").toFixed(3)} us with`
    report(`the detector, ${what}`, figures, `${(micros("with") - micros("without")).toFixed(3)} us`, target)
  }, 60_000)
}
