/**
 * Durable runs while PostgreSQL stops answering.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { layerPostgres } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Items } from "../support/DurablePipelines.ts"
import { PausablePostgres } from "../support/Postgres.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

layer(PausablePostgres.layer, { excludeTestServices: true })("durable runs", (it) => {
  it.effect(
    "all end after PostgreSQL was frozen twice, and no step runs twice [B171]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const postgres = yield* PausablePostgres
        const url = yield* postgres.makeDatabase
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-outage-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
        )
        const steps = join(folder, "steps")
        yield* Effect.gen(function*() {
          const ids = yield* Effect.forEach(Array.from({ length: 6 }), () => Durable.submit(Items, { n: 20 }))
          const port = yield* WorkerProcess.freePort
          yield* WorkerProcess.start(steps, Redacted.value(url), `${port}`)
          for (const enough of [10, 50]) {
            yield* WorkerProcess.until(Effect.sync(() => WorkerProcess.begun(steps).length > enough))
            yield* postgres.pause
            yield* Effect.sleep("2 seconds")
            yield* postgres.resume
          }
          for (const id of ids) assert.strictEqual((yield* Durable.result(id, Items)).value, 190)
          const begun = WorkerProcess.begun(steps)
          assert.strictEqual(new Set(begun).size, 120)
          assert.strictEqual(begun.length, 120)
        }).pipe(Effect.provide(Durable.layerClient().pipe(Layer.provideMerge(layerPostgres({ url })))))
      }))
  )
})
