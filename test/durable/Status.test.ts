/**
 * What is said of durable runs by a process that runs none: which worker they lack, and rows that cannot be read.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { DateTime, Effect, Layer, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { Pipeline, Step } from "greenlang"
import { layerMemory, layerPostgres } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { Postgres } from "../support/Postgres.ts"

const Twice = Pipeline.make(
  "Twice",
  { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
  (n) => Step.make("twice", [n], (n) => Effect.succeed(n * 2), { output: Schema.Finite })
)

const client = Durable.layerClient().pipe(Layer.provideMerge(layerMemory))

const seconds = (n: number) => n * 1000

/** A worker whose last sign came at `at`, in milliseconds. */
const sign = (at: number) =>
  Effect.flatMap(
    SqlClient.SqlClient,
    (sql) =>
      sql`INSERT INTO durable_workers ${
        sql.insert({
          id: "w",
          pid: 1,
          pipelines: JSON.stringify(["Twice@1.0.0"]),
          room: 50,
          alive_until: at + seconds(8)
        })
      } ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until`
  )

const change = (id: string, columns: Record<string, string | number | null>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql`UPDATE durable_runs SET ${sql.update(columns)} WHERE id = ${id}`)

const lacks = { for: "worker", pipeline: "Twice", version: "1.0.0" } as const

/** What status and the list say that a run waits for: the same. */
const waits = (id: string) =>
  Effect.gen(function*() {
    const { waitingFor } = yield* Durable.status(id)
    const listed = (yield* Durable.runs()).find((run) => run.id === id)
    assert.deepStrictEqual(listed?.waitingFor, waitingFor)
    return waitingFor
  })

describe("the status of a durable run", () => {
  it.effect("says that it waits for a worker, and when one was seen last, in whichever state it is", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Twice, 1)
      assert.deepStrictEqual(yield* waits(id), [lacks])
      yield* sign(0)
      assert.deepStrictEqual(yield* waits(id), [{ for: "turn" }])
      yield* change(id, { state: "running", worker: "w" })
      assert.deepStrictEqual(yield* waits(id), [])
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(yield* waits(id), [])
      yield* TestClock.adjust("2 seconds")
      const missing = { ...lacks, lastSeen: DateTime.makeUnsafe(0) }
      assert.deepStrictEqual(yield* waits(id), [missing])
      // Another worker took it and is gone: its row was deleted.
      yield* change(id, { worker: "other" })
      assert.deepStrictEqual(yield* waits(id), [lacks])
      // It was decided, and nothing goes on with it.
      yield* change(id, { state: "waiting", wake_at: seconds(6), waiting_for: "[]" })
      assert.deepStrictEqual(yield* waits(id), [missing])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* waits(id), [missing])
      yield* sign(seconds(3606))
      assert.deepStrictEqual(yield* waits(id), [{ ...lacks, lastSeen: DateTime.makeUnsafe(seconds(3606)) }])
      yield* change(id, { wake_at: seconds(3606) })
      assert.deepStrictEqual(yield* waits(id), [{ for: "turn" }])
    }).pipe(Effect.provide(client)))
})

const unreadable = Effect.gen(function*() {
  const fine = yield* Durable.submit(Twice, 1)
  const ended = { state: "completed", ended_at: 1, result: "{\"exit\":" }
  const broken = [
    ended,
    { ...ended, result: "{\"exit\":{\"_tag\":\"Success\",\"value\":2}}" },
    { ...ended, state: "failed", result: "[]" },
    { state: "asleep" },
    { state: "waiting", waiting_for: "[{\"for\":\"a new kind\"}]" },
    { attributes: "{" }
  ]
  for (const columns of broken) {
    const id = yield* Durable.submit(Twice, 1)
    yield* change(id, columns)
    const shown = JSON.stringify(columns)
    const failure = yield* Effect.flip(Durable.status(id))
    assert.isTrue(failure._tag === "DatabaseError" && failure.message.startsWith(`reading run ${id} failed`), shown)
    if ("result" in columns || columns.state === "asleep") {
      assert.strictEqual((yield* Effect.flip(Durable.result(id, Twice)))._tag, "DatabaseError", shown)
      assert.strictEqual((yield* Effect.flip(Durable.record(id)))._tag, "DatabaseError", shown)
    }
    if (columns.state === "asleep") {
      const events = yield* Effect.flip(Stream.runCollect(Durable.events(id, { follow: true })))
      assert.strictEqual(events._tag, "DatabaseError")
    }
  }
  const sql = yield* SqlClient.SqlClient
  yield* sql`INSERT INTO durable_events ${sql.insert({ run: fine, event_key: "x", event: "{\"_tag\":\"NoEvent\"}" })}`
  const events = yield* Effect.flip(Stream.runCollect(Durable.events(fine, { follow: true })))
  assert.isTrue(events._tag === "DatabaseError" && events.message.startsWith(`reading run ${fine} failed`))
  // A worker whose pipelines cannot be read serves nothing.
  yield* sql`INSERT INTO durable_workers ${
    sql.insert({ id: "new", pid: 1, pipelines: "{", room: 1, alive_until: seconds(1_000_000_000) })
  }`
  assert.deepStrictEqual((yield* Durable.runs()).map(({ id }) => id), [fine])
})

describe("a row of durable runs that cannot be read", () => {
  it.effect("is a DatabaseError that names the run, and is left out of the list", () =>
    Effect.provide(unreadable, client))
})

layer(Postgres.layer, { excludeTestServices: true })(
  "a row of durable runs that cannot be read, on PostgreSQL",
  (it) => {
    it.effect("is a DatabaseError that names the run, and is left out of the list", () =>
      Effect.gen(function*() {
        const url = yield* (yield* Postgres).makeDatabase
        yield* Effect.provide(unreadable, Layer.provideMerge(Durable.layerClient(), layerPostgres({ url })))
      }))
  }
)
