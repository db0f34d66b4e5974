/**
 * What a worker leaves behind that was killed: its row, and its places in pools. Other workers delete them.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"

const Any = Pipeline.make(
  "Any",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
  (n) => Step.pure("n", [n], (n) => n)
)

it.effect("a worker deletes the rows of workers that gave no sign since long ago, and the places that they held in pools", () =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const day = 24 * 60 * 60 * 1_000
    for (const [id, alive_until] of [["dead", 1], ["alive", 1_000 * day]] as const) {
      yield* sql`INSERT INTO durable_workers ${sql.insert({ id, pid: 1, pipelines: "[]", room: 0, alive_until })}`
      yield* sql`INSERT INTO durable_leases ${sql.insert({ pool: id, place: 0, id, alive_until })}`
    }
    const remaining = Effect.gen(function*() {
      const workers = yield* sql<{ readonly id: string }>`SELECT id FROM durable_workers WHERE pid = 1 ORDER BY id`
      const leases = yield* sql<{ readonly id: string }>`SELECT id FROM durable_leases ORDER BY id`
      return { workers: workers.map(({ id }) => id), leases: leases.map(({ id }) => id) }
    })
    const swept: Effect.Effect<void, unknown> = Effect.flatMap(
      remaining,
      ({ leases, workers }) =>
        leases.length + workers.length < 4
          ? Effect.void
          : Effect.andThen(Effect.promise(() => new Promise(setImmediate)), swept)
    )
    yield* TestClock.adjust(1.1 * day)
    yield* swept
    assert.deepStrictEqual(yield* remaining, { workers: ["alive"], leases: ["alive"] })
  }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Any] }))))
