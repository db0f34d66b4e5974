/**
 * A database that refuses the answers to the engine's messages for a while.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Logger, Queue, Schema, Scope } from "effect"
import { SqlClient } from "effect/sql"
import { NotApproved, Pipeline, Step } from "greenlang"
import { layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const Asked = Pipeline.make(
  "Asked",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error: NotApproved },
  (n) => Step.pure("twice", [Step.approval("ok", [n], (n) => `double ${n}?`), n], (_, n) => n * 2)
)

const file = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-engine-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "runs.db")
)

describe("the messages of the engine", () => {
  it.live("wakes a run whose parking the database refused to record for longer than the engine tries", () =>
    Effect.scoped(Effect.gen(function*() {
      const filename = yield* file
      const refused = yield* Queue.unbounded<void>()
      const logger = Logger.layer([Logger.make(({ message }) => {
        if (String(message).includes("could not be kept")) Queue.offerUnsafe(refused, undefined)
      })])
      const scope = yield* Effect.acquireRelease(Scope.make(), (scope) => Scope.close(scope, Exit.void))
      const worker = yield* Layer.buildWithScope(
        Layer.provide(Durable.layerEmbedded({ pipelines: [Asked], file: filename }), logger),
        scope
      )
      const beside = yield* Layer.build(layerSqlite({ filename }))
      const sql = yield* Effect.provide(SqlClient.SqlClient, beside)
      yield* sql`CREATE TRIGGER refuse BEFORE INSERT ON cluster_replies BEGIN SELECT RAISE(ABORT, 'refused'); END`
      const id = yield* Effect.provide(Durable.submit(Asked, 4), worker)
      for (let times = 0; times < 4; times++) yield* Queue.take(refused)
      yield* sql`DROP TRIGGER refuse`
      yield* Effect.provide(Durable.approve(id, "ok", { approved: true }), worker)
      assert.strictEqual((yield* Effect.provide(Durable.result(id, Asked), worker)).value, 8)
    })))
})
