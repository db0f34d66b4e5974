/**
 * What it costs to look: the same pipeline without a listener, with a listener that does nothing, with a report, with
 * its stream of events read to the end, with report and listener, and with a tracer that makes every span and keeps none.
 *
 * They take turns, and each figure is the difference to the run without a listener, for one step. The times are the tenth
 * percentiles of the turns: what else the machine does makes the others longer.
 *
 * Leaves out: what a tracer does with its spans, and a reader with its events.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

interface Measured {
  readonly what: string
  readonly steps: number
  /** Milliseconds a run, by the way to look. */
  readonly times: Readonly<Record<string, number>>
}

test("observed pipelines", async () => {
  const program = join(import.meta.dirname, "programs/observedPipelines.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program])
  const measured: ReadonlyArray<Measured> = JSON.parse(stdout)
  for (const { steps, times: { off = Number.NaN, ...ways }, what } of measured) {
    for (const [way, on] of Object.entries(ways)) {
      const micros = (on - off) * 1_000 / steps
      const figures = `off ${off.toPrecision(3)} ms, on ${on.toPrecision(3)} ms`
      report(`${what}: ${way}`, figures, `${micros.toFixed(2)} us a step`, way === "tracer" ? "stated" : "at most 1 us")
    }
  }
}, 120_000)
