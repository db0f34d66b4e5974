/**
 * Durable runs on PostgreSQL, by three worker processes.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { layerPostgres } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Items, Payment } from "../support/DurablePipelines.ts"
import { Postgres } from "../support/Postgres.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

const stepsFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-cluster-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "steps")
)

const recorded = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  Effect.map(
    sql<{ readonly run: string; readonly path: string }>`SELECT run, path FROM durable_steps`,
    (rows) => new Set(rows.map(({ path, run }) => `${run} ${path}`))
  ))

layer(Postgres.layer, { excludeTestServices: true })("durable runs of a cluster", (it) => {
  it.effect(
    "go on when one of three workers is killed: none is lost, and no step that had ended runs again [B162]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const url = yield* (yield* Postgres).makeDatabase
        const steps = yield* stepsFile
        yield* Effect.gen(function*() {
          const start = Effect.flatMap(
            WorkerProcess.freePort,
            (port) => WorkerProcess.start(steps, Redacted.value(url), `${port}`)
          )
          // An approval is decided by a process that runs nothing, before there is a worker.
          const paid = yield* Durable.submit(Payment, { n: 3 })
          const ids = yield* Effect.forEach(
            Array.from({ length: 9 }),
            (_, at) => Durable.submit(Items, { n: 20 }, { key: `${at}` })
          )
          const workers = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
          yield* WorkerProcess.until(Effect.sync(() => WorkerProcess.begun(steps).length > 40))
          workers[0].end("SIGKILL")
          yield* workers[0].ended
          const journal = yield* recorded
          const before = WorkerProcess.begun(steps).length
          yield* WorkerProcess.until(
            Effect.map(Durable.status(paid), ({ waitingFor }) => waitingFor.some((wait) => wait.for === "approval"))
          )
          yield* Durable.approve(paid, "sign-off", { approved: false })
          assert.strictEqual((yield* Effect.flip(Durable.result(paid, Payment)))._tag, "NotApproved")
          for (const id of ids) assert.strictEqual((yield* Durable.result(id, Items)).value, 190)
          const later = WorkerProcess.begun(steps).slice(before)
          assert.deepStrictEqual(later.filter((step) => journal.has(step)), [])
          assert.isAbove(later.length, 0)
          assert.strictEqual(new Set(WorkerProcess.begun(steps)).size, 9 * 20 + 1)
        }).pipe(Effect.provide(Durable.layerClient().pipe(Layer.provideMerge(layerPostgres({ url })))))
      }))
  )
})
