/**
 * 10,000 at once that each wait 100 ms: bare sleeps of Effect, a batch of an agent, pairs of an agent and its input, and, each
 * started by itself, sleeps under `Effect.timeout` and runs of an agent. CPU in one process in which they take turns; the heap of each
 * that waits, in a process of its own; and how long the event loop was held, in CPU of its thread, which a busy machine does not
 * stretch.
 *
 * The target of 1.6 kB for each run is from a measure whose baseline held the round before. Measured from an empty heap, the bare
 * sleeps alone take 1.66 kB: that is the floor, and the target is below it.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

const program = join(import.meta.dirname, "programs/waitingRuns.ts")

const measure = async <A>(...args: ReadonlyArray<string>): Promise<A> => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program, ...args])
  return JSON.parse(stdout)
}

const ways = ["sleeps", "batch", "runAll", "timeouts", "runs"] as const
type Way = typeof ways[number]

test("10,000 that wait 100 ms", async () => {
  const times = await measure<Record<Way, { readonly cpu: number; readonly held: number }>>()
  const against = (way: Way, other: Way, most: number) =>
    report(
      `10,000 waiting: CPU of ${way}`,
      `${times[way].cpu.toFixed(0)} ms, ${other} ${times[other].cpu.toFixed(0)} ms`,
      `${(times[way].cpu / times[other].cpu).toFixed(2)}x`,
      `at most ${most}x`
    )
  against("batch", "sleeps", 2.2)
  against("runAll", "sleeps", 2.2)
  against("runs", "timeouts", 1)
  for (const way of ways) {
    const target = way === "batch" || way === "runAll" ? "at most 25 ms" : "stated"
    report(`10,000 waiting: loop held by ${way}`, "CPU of its thread", `${times[way].held.toFixed(1)} ms`, target)
  }
  for (const way of ways) {
    const bytes = await measure<number>(way)
    const target = way === "batch" || way === "runAll" ? "at most 1.6 kB" : "stated"
    report(`10,000 waiting: heap of each of ${way}`, "while it waits", `${(bytes / 1_000).toFixed(2)} kB`, target)
  }
}, 180_000)
