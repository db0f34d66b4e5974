/**
 * How long the first run of a statistical agent in a process holds the event loop, in CPU of the main thread: schemas are
 * compiled then, and the thread starts. Each run is a process of its own.
 *
 * Needs `dist`, which is what users load: `npm run build` makes it.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

const program = join(import.meta.dirname, "programs/firstRun.ts")

test("the first run", async () => {
  for (const name of ["ForecastAgentSARIMA", "AnomalyAgentIForest"]) {
    const longest: Array<number> = []
    for (let round = 0; round < 5; round++) {
      const { stdout } = await promisify(execFile)(process.execPath, [program, name])
      longest.push(Number(stdout))
    }
    const median = longest.toSorted((a, b) => a - b)[2]!
    report(`first run of ${name}`, "longest turn, CPU, median of 5", `${median.toFixed(1)} ms`, "at most 20 ms")
  }
}, 120_000)
