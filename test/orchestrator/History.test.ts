import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import { DateTime, Effect, Layer, Option, Result, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Run } from "greenlang"
import * as Database from "greenlang/database/Database"
import { type Entry, History } from "greenlang/orchestrator/History"
import { Postgres } from "../support/Postgres.ts"

const entry = (at: number, changes: Partial<Entry> = {}): Entry => ({
  id: `01900000-0000-7000-8000-${String(at).padStart(12, "0")}`,
  workflow: "Footprint",
  version: "1.0.0",
  kind: "pipeline",
  outcome: "completed",
  startedAt: DateTime.makeUnsafe(1_700_000_000_000 + at),
  durationMs: 12.5,
  attributes: { region: "EU" },
  input: { text: "ключ 🌱 '; DROP TABLE run_history; --", list: [1, null, true] },
  output: { total: 0.1 + 0.2 },
  failures: [],
  steps: [{ path: ["fuel"], after: ["input"], state: "finished", attempts: 1, startedAt: 0.5, duration: 3 }],
  criticalPath: ["fuel"],
  usage: { ...Run.noUsage, calls: 1, costUsd: 0.25 },
  citations: [],
  annotations: { note: "kept" },
  ...changes
})

const ids = (entries: ReadonlyArray<Entry>) => entries.map(({ id }) => Number(id.slice(-12)))

/** A history of its own over the shared table, which it empties first. */
const fresh = (keep?: number) =>
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    const history = yield* Effect.provide(History, History.layer(keep === undefined ? {} : { keep }))
    yield* sql`DELETE FROM run_history`
    return history
  })

const suite = (it: Vitest.MethodsNonLive<SqlClient.SqlClient>) => {
  it.effect("[B123] gives back what was kept, exactly", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const failed = entry(1, {
        outcome: "failed",
        failures: [{ step: "fuel", _tag: "DataError", message: "no factor" }]
      })
      const { input: _, output: __, ...denied } = entry(2, { outcome: "denied" })
      for (const one of [failed, denied]) yield* history.add(one)
      assert.deepStrictEqual(Option.getOrThrow(yield* history.find(failed.id)), failed)
      assert.deepStrictEqual(Option.getOrThrow(yield* history.find(denied.id)), denied)
      assert.deepStrictEqual(Option.getOrThrow(yield* history.find(denied.id.slice(-12))), denied)
      for (const id of ["nobody", "%", denied.id.slice(0, -1)]) assert.isTrue(Option.isNone(yield* history.find(id)))
    }))

  it.effect("lists the newest first, by workflow, outcome, place and number", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      for (let at = 1; at <= 30; at++) {
        yield* history.add(entry(at, {
          workflow: at % 2 === 0 ? "Footprint" : "FuelAgent",
          outcome: at % 3 === 0 ? "failed" : "completed"
        }))
      }
      assert.deepStrictEqual(ids(yield* history.list()), Array.from({ length: 20 }, (_, at) => 30 - at))
      assert.deepStrictEqual(ids(yield* history.list({ workflow: "FuelAgent", limit: 2 })), [29, 27])
      assert.deepStrictEqual(ids(yield* history.list({ outcome: "failed", workflow: "Footprint", limit: 2 })), [30, 24])
      assert.deepStrictEqual(ids(yield* history.list({ before: entry(3).id })), [2, 1])
      assert.deepStrictEqual(ids(yield* history.list({ workflow: "' OR 1 = 1" })), [])
    }))

  it.effect("[B123] keeps the newest runs only, also when they are added at once", () =>
    Effect.gen(function*() {
      const history = yield* fresh(5)
      const all = Array.from({ length: 40 }, (_, at) => entry(at + 1))
      yield* Effect.forEach(all, history.add, { concurrency: "unbounded" })
      yield* history.add(entry(41))
      assert.deepStrictEqual(ids(yield* history.list({ limit: 100 })), [41, 40, 39, 38, 37])
    }))

  it.effect("[B123] keeps what comes at once in one transaction, but for what cannot be kept", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`DELETE FROM run_history`
      let transactions = 0
      const counting = {
        withTransaction: (effect: Effect.Effect<unknown>) =>
          Effect.suspend(() => {
            transactions++
            return sql.withTransaction(effect)
          })
      }
      const counted = Object.assign((...args: Parameters<typeof sql>) => sql(...args), sql, counting) as typeof sql
      const history = yield* Effect.provide(History, History.layer()).pipe(
        Effect.provideService(SqlClient.SqlClient, counted)
      )
      const add = (entries: ReadonlyArray<Entry>) =>
        Effect.forEach(entries, (entry) => Effect.result(history.add(entry)), { concurrency: "unbounded" })
      const many = Array.from({ length: 100 }, (_, at) => entry(at))
      assert.isTrue((yield* add(many)).every(Result.isSuccess))
      assert.strictEqual(transactions, 1)
      assert.lengthOf(yield* history.list({ limit: 200 }), 100)
      const again = yield* add([entry(100), entry(50), entry(101)])
      assert.deepStrictEqual(again.map(({ _tag }) => _tag), ["Success", "Failure", "Success"])
      assert.deepStrictEqual(ids(yield* history.list({ limit: 3 })), [101, 100, 99])
    }))

  it.effect("stands or falls with the transaction of its caller, and with no other", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const history = yield* fresh()
      yield* Effect.flip(sql.withTransaction(Effect.andThen(history.add(entry(1)), Effect.fail("rolled back"))))
      yield* history.add(entry(2))
      assert.deepStrictEqual(ids(yield* history.list()), [2])
    }))

  it.effect("says what failed when a row is not what it should be", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const sql = yield* SqlClient.SqlClient
      yield* history.add(entry(1))
      yield* sql`UPDATE run_history SET record = '{"odd":1}'`
      const error = yield* Effect.flip(history.list())
      assert.strictEqual(error.reason._tag, "QueryFailed")
      assert.include(error.message, "reading the history failed")
      const twice = yield* Effect.flip(Effect.andThen(history.add(entry(2)), history.add(entry(2))))
      assert.include(twice.message, "keeping a run in the history failed")
      assert.isTrue(Schema.is(Schema.String)(twice._tag))
    }))
}

describe("History", () => {
  it("throws where it may keep nothing", () => {
    for (const keep of [0, -1, 1.5, NaN]) assert.throws(() => History.layer({ keep }), "at least 1")
  })
})

layer(Database.layerMemory)("History on SQLite", suite)

layer(Postgres.layer, { excludeTestServices: true, timeout: "2 minutes" })("History on PostgreSQL", (it) => {
  it.layer(Layer.fresh(Postgres.layerDatabase), { timeout: "2 minutes" })(suite)
})
