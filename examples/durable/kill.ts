/**
 * A run over 50 facilities whose worker is killed with SIGKILL again and again, at random moments of the run. It goes on each
 * time where it was: no step that had ended runs again, and sum, citations and usage are those of a run in process.
 *
 * `KILLS` is how often. Default: 3: each costs the start of a process.
 */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Offline } from "greenlang"
import { ReferenceTables } from "greenlang/climate"
import { Database } from "greenlang/database"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Portfolio } from "./Portfolio.ts"

const sites = 50
const kills = Number(process.env["KILLS"] ?? "3")
const folder = mkdtempSync(join(tmpdir(), "greenlang-kill-"))
const file = join(folder, "runs.db")
const steps = join(folder, "steps")

/** The steps that began so far, in order. */
const begun = () => existsSync(steps) ? readFileSync(steps, "utf8").split("\n").slice(0, -1) : []

/** Starts a worker, and kills it once `most` more steps have begun. Answers with what it printed. */
const work = (most: number) =>
  new Promise<string>((resolve) => {
    const before = begun().length
    const worker = spawn(
      process.execPath,
      [...process.execArgv, join(import.meta.dirname, "Worker.ts"), file, `${sites}`],
      { env: { ...process.env, STEPS: steps }, stdio: ["ignore", "pipe", "inherit"] }
    )
    let printed = ""
    worker.stdout.on("data", (data) => printed += data)
    const watch = setInterval(() => begun().length >= before + most && worker.kill("SIGKILL"), 2)
    worker.on("exit", () => {
      clearInterval(watch)
      // The engine may log before it.
      resolve(printed.split("\n").find((line) => line.startsWith("{\"id\"")) ?? "")
    })
  })

/** The steps in the journal. */
const recorded = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const rows = yield* sql<{ readonly path: string }>`SELECT path FROM durable_steps`
  return new Set(rows.map(({ path }) => path))
}).pipe(Effect.provide(Database.layerSqlite({ filename: file })))

let again = 0
let killed = 0
let printed = ""
let journal = new Set<string>()
for (let left = kills; printed === ""; left--) {
  const before = begun().length
  printed = await work(left > 0 ? 1 + Math.floor(Math.random() * Math.floor(2 * sites / kills)) : Infinity)
  // What stood in the journal when the worker started must not begin in it.
  again += begun().slice(before).filter((step) => journal.has(step)).length
  if (printed === "") killed++
  journal = await Effect.runPromise(recorded)
}
rmSync(folder, { recursive: true })

const Services = Layer.merge(Layer.provide(ReferenceTables.layer, Database.layerMemory), Offline.layer)
const plain = await Effect.runPromise(Effect.provide(Portfolio.run({ sites }), Services))
const durable = JSON.parse(printed)
const sorted = (citations: ReadonlyArray<object>) =>
  citations.map((one) => JSON.stringify(Object.entries(one).toSorted())).toSorted().join("\n")

console.log(`the worker was killed: ${killed > 0}`)
console.log(`steps that had ended and ran again: ${again}`)
console.log(`the sum is that of a run in process: ${durable.value === plain.value}`)
console.log(`so are the citations: ${sorted(durable.citations) === sorted(plain.metadata.citations)}`)
console.log(`so is the usage: ${JSON.stringify(durable.usage) === JSON.stringify(plain.metadata.usage)}`)
