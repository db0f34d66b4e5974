/**
 * What a step of a durable run costs, beside the same step in process: in a SQLite file, and on PostgreSQL with one worker in
 * this process. Runs of 20 steps in a row, one after another, and 50 of them at once; and rows and bytes for each step.
 *
 * DBOS runs the same on the same server, where it is installed: `npm install` in `bench/peers/durable`.
 *
 * The figures are the medians of the rounds. Leaves out: what the steps do, which is nothing, and the start of a worker. The
 * disk and the server are those of the machine.
 */
import { Effect, Layer, Redacted, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, test } from "vitest"
import { Postgres } from "../test/support/Postgres.ts"
import * as WorkerProcess from "../test/support/WorkerProcess.ts"
import { report } from "./ratio.ts"

const steps = 20
const rounds = 9
const atOnce = 50

const folder = mkdtempSync(join(tmpdir(), "greenlang-bench-durable-"))
afterAll(() => rmSync(folder, { recursive: true }))

const Chain = Pipeline.make("Chain", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
  let last: Step.Step<number, never, never, never, never> = Step.pure("0", [n], (n) => n)
  for (let at = 1; at <= steps; at++) {
    const step = Step.make(`${at}`, [last], (n) => Effect.succeed(n + 1), { output: Schema.Finite })
    last = Step.pure(`${at} answer`, [Step.optional(step)], () => at)
  }
  return last
})

const median = (times: ReadonlyArray<number>) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!

/** Milliseconds of `self`. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const began = performance.now()
    return Effect.map(self, () => performance.now() - began)
  })

const plain = Effect.map(
  Effect.forEach(Array.from({ length: 50 }), () => timed(Chain.run(0))),
  (times) => median(times) / steps
)

const durable = Effect.gen(function*() {
  const one = Effect.flatMap(Durable.submit(Chain, 0), (id) => Durable.result(id, Chain))
  yield* one
  const submits = yield* Effect.forEach(Array.from({ length: rounds }), () =>
    Effect.gen(function*() {
      const began = performance.now()
      const id = yield* Durable.submit(Chain, 0)
      const submitted = performance.now() - began
      const rest = yield* timed(Durable.result(id, Chain))
      return { submitted, rest }
    }))
  const together = yield* timed(
    Effect.forEach(Array.from({ length: atOnce }), () => one, { concurrency: "unbounded", discard: true })
  )
  const sql = yield* SqlClient.SqlClient
  const [rows] = yield* sql<{ readonly n: number | string; readonly bytes: number | string }>`
    SELECT count(*) AS n, sum(length(record) + length(path)) AS bytes FROM durable_steps`
  const runs = 1 + rounds + atOnce
  return {
    submit: median(submits.map(({ submitted }) => submitted)),
    step: median(submits.map(({ rest }) => rest)) / steps,
    throughput: atOnce * steps / together * 1_000,
    rows: Number(rows?.n) / runs / steps,
    bytes: Number(rows?.bytes) / Number(rows?.n)
  }
})

const print = (where: string, inProcess: number, found: Effect.Success<typeof durable>) => {
  const figures = `${where}: a step ${found.step.toFixed(2)} ms, in process ${(inProcess * 1_000).toFixed(0)} us; `
    + `submit ${found.submit.toFixed(1)} ms; ${
      found.throughput.toFixed(0)
    } steps a second with ${atOnce} runs at once; `
    + `${found.rows.toFixed(1)} rows of ${found.bytes.toFixed(0)} bytes a step`
  report("durable run", figures, `${found.step.toFixed(2)} ms`, "a model call: seconds")
}

test("a step in a file", () =>
  Effect.runPromise(Effect.gen(function*() {
    const inProcess = yield* plain
    const file = join(folder, "runs.db")
    print("SQLite", inProcess, yield* Effect.provide(durable, Durable.layerEmbedded({ pipelines: [Chain], file })))
  })), 120_000)

const peers = join(import.meta.dirname, "peers", "durable")

/** The figures of DBOS, in a process of its own. */
const runDbos = (url: Redacted.Redacted) =>
  Effect.promise(async (): Promise<{ readonly stepMs: number; readonly stepsPerSecond: number }> => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(peers, "dbos.mjs"), Redacted.value(url)])
    return JSON.parse(stdout.trim().split("\n").at(-1)!)
  })

test("a step on PostgreSQL", () =>
  Effect.runPromise(
    Effect.scoped(Effect.gen(function*() {
      const inProcess = yield* plain
      const url = yield* (yield* Postgres).makeDatabase
      const address = { host: "127.0.0.1", port: yield* WorkerProcess.freePort }
      const worker = Cluster.layer({ pipelines: [Chain], url, address })
      const ours = yield* Effect.provide(durable, worker)
      print("PostgreSQL", inProcess, ours)
      if (!existsSync(join(peers, "node_modules"))) return console.log(`DBOS is not installed in ${peers}`)
      const theirs = yield* runDbos(yield* (yield* Postgres).makeDatabase)
      report(
        "durable run beside DBOS",
        `a step ${ours.step.toFixed(2)} ms, DBOS ${theirs.stepMs.toFixed(2)} ms; ${
          ours.throughput.toFixed(0)
        } steps a second, `
          + `DBOS ${theirs.stepsPerSecond.toFixed(0)}`,
        `${(ours.step / theirs.stepMs).toFixed(2)}x`,
        "at most 2x"
      )
    })).pipe(Effect.provide(Layer.orDie(Postgres.layer)))
  ), 120_000)
