/**
 * Steps that await a promise, on four graphs, in CPU of a step: as effects beside a runner by hand that counts what each node
 * still waits for and starts a fiber of Effect for it, and as promises (`Step.promise`) beside async functions with `Promise.all`.
 *
 * A run of a pipeline is a whole agent run: schemas, id, clock and metadata. The runner by hand has none of it: no interruption, no
 * name for what failed, no citations in order.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

type Way = "plain" | "counting" | "effects" | "promises"

test("steps that await", async () => {
  const program = join(import.meta.dirname, "programs/awaitingSteps.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program])
  const measured: ReadonlyArray<{ readonly what: string; readonly median: Record<Way, number> }> = JSON.parse(stdout)
  for (const { median, what } of measured) {
    const against = (way: Way, other: Way, most: number) =>
      report(
        `${what}: ${way}`,
        `${median[way].toFixed(2)} us a step, ${other} ${median[other].toFixed(2)}`,
        `${(median[way] / median[other]).toFixed(2)}x`,
        `at most ${most}x`
      )
    against("effects", "counting", 1)
    against("promises", "plain", 0.8)
  }
}, 300_000)
