/**
 * What it costs to keep runs that end at the same moment in the history of a SQLite file, beside the same number of runs that
 * end one after another: each of these waits until the disk has it.
 *
 * The figures are the medians of the rounds. Leaves out: the runs themselves.
 */
import { DateTime, Effect, Layer } from "effect"
import { Run } from "greenlang"
import * as Database from "greenlang/database/Database"
import { type Entry, History } from "greenlang/orchestrator/History"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, test } from "vitest"
import { report } from "./ratio.ts"

const runs = 200
const rounds = 9

const folder = mkdtempSync(join(tmpdir(), "greenlang-bench-"))
afterAll(() => rmSync(folder, { recursive: true }))

let made = 0
const entry = (): Entry => ({
  id: `01900000-0000-7000-8000-${String(made++).padStart(12, "0")}`,
  agent: "Footprint",
  version: "1.0.0",
  kind: "pipeline",
  outcome: "completed",
  startedAt: DateTime.makeUnsafe(1_700_000_000_000),
  durationMs: 12.5,
  attributes: {},
  failures: [],
  steps: [],
  criticalPath: [],
  usage: Run.noUsage,
  citations: [],
  annotations: {}
})

test("runs that end at once", () => {
  const layer = Layer.provide(History.layer(), Database.layerSqlite({ filename: join(folder, "runs.db") }))
  const program = Effect.gen(function*() {
    const history = yield* History
    const timed = (concurrency: number) =>
      Effect.gen(function*() {
        const entries = Array.from({ length: runs }, entry)
        const began = performance.now()
        yield* Effect.forEach(entries, history.add, { concurrency })
        return performance.now() - began
      })
    const times: { readonly [way in "at once" | "one by one"]: Array<number> } = { "at once": [], "one by one": [] }
    for (let round = 0; round < rounds; round++) {
      times["one by one"].push(yield* timed(1))
      times["at once"].push(yield* timed(runs))
    }
    const [together, alone] = [times["at once"], times["one by one"]].map((all) =>
      all.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!
    )
    const figures = `at once ${together!.toPrecision(3)} ms, one by one ${alone!.toPrecision(3)} ms`
    report(`${runs} runs kept in a file`, figures, `${(together! / alone!).toFixed(2)}x`, "stated")
  })
  return Effect.runPromise(Effect.provide(program, layer))
}, 120_000)
