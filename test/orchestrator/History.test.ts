import { assert, describe, it, layer, type Vitest } from "@effect/vitest"
import { DateTime, Effect, Layer, Logger, Option, Result, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Run } from "greenlang"
import * as Database from "greenlang/database/Database"
import { Entry, History } from "greenlang/orchestrator/History"
import { Postgres } from "../support/Postgres.ts"

const entry = (at: number, changes: Partial<Entry> = {}): Entry => ({
  id: `01900000-0000-7000-8000-${String(at).padStart(12, "0")}`,
  agent: "Footprint",
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

/** A list in a list, so many levels deep. */
const nested = (levels: number): Schema.Json => {
  let value: Schema.Json = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

const text = Schema.encodeSync(Schema.fromJsonString(Entry))(entry(1))

const changed = (change: (record: Record<string, unknown>) => unknown) => JSON.stringify(change(JSON.parse(text)))

const unreadable: ReadonlyArray<readonly [string, string]> = [
  ["empty", ""],
  ["null", "null"],
  ["a number", "42"],
  ["a list", "[]"],
  ["an empty object", "{}"],
  ["cut off", text.slice(0, -10)],
  ["cut in the middle", text.slice(0, text.length / 2)],
  ["followed by more", `${text}}`],
  ["not JSON", "<run/>"],
  ["not text", "\u0001\u0002\uFFFD"],
  ["JSON in JSON", JSON.stringify(text)],
  ["without an id", changed((record) => ({ ...record, id: undefined }))],
  ["without a version", changed((record) => ({ ...record, version: undefined }))],
  ["of an unknown outcome", changed((record) => ({ ...record, outcome: "lost" }))],
  ["of an unknown kind", changed((record) => ({ ...record, kind: "swarm" }))],
  ["with a start that is not a time", changed((record) => ({ ...record, startedAt: "yesterday" }))],
  ["with a duration that is a text", changed((record) => ({ ...record, durationMs: "12" }))],
  ["with a duration of null, as JSON writes Infinity", changed((record) => ({ ...record, durationMs: null }))],
  ["with steps that are an object", changed((record) => ({ ...record, steps: {} }))],
  ["with a step of another version", changed((record) => ({ ...record, steps: [{ name: "fuel" }] }))],
  ["with attributes that are numbers", changed((record) => ({ ...record, attributes: { region: 1 } }))],
  ["with usage that is missing", changed((record) => ({ ...record, usage: undefined }))],
  ["nested 8,000 levels deep", `${"[".repeat(8_000)}1${"]".repeat(8_000)}`],
  [
    "with annotations nested 100,000 levels deep",
    text.replace("\"annotations\":{", `"annotations":{"deep":${"[".repeat(100_000)}1${"]".repeat(100_000)},`)
  ],
  ["opened 200,000 times", "[".repeat(200_000)]
]

const suite = (it: Vitest.MethodsNonLive<SqlClient.SqlClient>) => {
  it.effect("gives back what was kept, exactly [B123]", () =>
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
      for (const id of ["unknown", "%", denied.id.slice(0, -1)]) assert.isTrue(Option.isNone(yield* history.find(id)))
    }))

  it.effect("lists the newest first, by agent, outcome, place and number", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      for (let at = 1; at <= 30; at++) {
        yield* history.add(entry(at, {
          agent: at % 2 === 0 ? "Footprint" : "FuelAgent",
          outcome: at % 3 === 0 ? "failed" : "completed"
        }))
      }
      assert.deepStrictEqual(ids(yield* history.list()), Array.from({ length: 20 }, (_, at) => 30 - at))
      assert.deepStrictEqual(ids(yield* history.list({ agent: "FuelAgent", limit: 2 })), [29, 27])
      assert.deepStrictEqual(ids(yield* history.list({ outcome: "failed", agent: "Footprint", limit: 2 })), [30, 24])
      assert.deepStrictEqual(ids(yield* history.list({ before: entry(3).id })), [2, 1])
      assert.deepStrictEqual(ids(yield* history.list({ agent: "' OR 1 = 1" })), [])
    }))

  it.effect("keeps the newest runs only, also when they are added at once [B123]", () =>
    Effect.gen(function*() {
      const history = yield* fresh(5)
      const all = Array.from({ length: 40 }, (_, at) => entry(at + 1))
      yield* Effect.forEach(all, history.add, { concurrency: "unbounded" })
      yield* history.add(entry(41))
      assert.deepStrictEqual(ids(yield* history.list({ limit: 100 })), [41, 40, 39, 38, 37])
    }))

  it.effect("keeps what comes at once in one transaction, but for what cannot be kept [B123]", () =>
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
      yield* sql`CREATE UNIQUE INDEX one_start ON run_history (started_at)`
      const clash = entry(50, { id: entry(102).id })
      const later = yield* Effect.ensuring(
        add([entry(100), clash, entry(101)]),
        Effect.orDie(sql`DROP INDEX one_start`)
      )
      assert.deepStrictEqual(later.map(({ _tag }) => _tag), ["Success", "Failure", "Success"])
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

  it.effect("keeps the later record of a run that is added twice", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const later = entry(2, { outcome: "failed" })
      yield* Effect.andThen(history.add(entry(2)), history.add(later))
      assert.deepStrictEqual(yield* history.list(), [later])
    }))

  it.effect("names the operation when a run cannot be kept", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const circle: Record<string, Schema.Json> = {}
      circle["again"] = circle
      const error = yield* Effect.flip(history.add(entry(2, { input: circle })))
      assert.strictEqual(error.reason._tag, "QueryFailed")
      assert.include(error.message, "keeping a run in the history failed")
      assert.include(error.message, "circular structure")
    }))

  it.effect.each(unreadable)("loses only the row whose record is %s", ([, record]) =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const sql = yield* SqlClient.SqlClient
      for (let at = 1; at <= 30; at++) yield* history.add(entry(at))
      // rows at both ends of a page, and a page of nothing else
      for (const at of [2, 10, 11, 21, 22, 23, 24, 25, 30]) {
        yield* sql`UPDATE run_history SET record = ${record} WHERE id = ${entry(at).id}`
      }
      const rest = [29, 28, 27, 26, 20, 19, 18, 17, 16, 15, 14, 13, 12, 9, 8, 7, 6, 5, 4, 3, 1]
      assert.deepStrictEqual(ids(yield* history.list({ limit: 100 })), rest)
      assert.deepStrictEqual(ids(yield* history.list({ limit: 5 })), rest.slice(0, 5))
      assert.deepStrictEqual(ids(yield* history.list({ limit: 3, before: entry(12).id })), [9, 8, 7])
      const error = yield* Effect.flip(history.find(entry(10).id))
      assert.strictEqual(error.reason._tag, "QueryFailed")
      assert.include(error.message, "reading the history failed")
      assert.deepStrictEqual(Option.getOrThrow(yield* history.find(entry(9).id)), entry(9))
      yield* history.add(entry(31))
      assert.deepStrictEqual(ids(yield* history.list({ limit: 1 })), [31])
    }).pipe(Effect.provide(Logger.layer([]))))

  it.effect("gives back a record with keys that it does not know", () =>
    Effect.gen(function*() {
      const history = yield* fresh()
      const sql = yield* SqlClient.SqlClient
      yield* history.add(entry(1))
      const record = JSON.stringify({ ...JSON.parse(text), later: { version: 2 } })
      yield* sql`UPDATE run_history SET record = ${record}`
      assert.deepStrictEqual(yield* history.list(), [entry(1)])
    }))

  it.effect.each([1_010, 2_000, 8_000, 100_000])(
    "refuses a run of %i levels, and records the others",
    (levels) =>
      Effect.gen(function*() {
        const history = yield* fresh()
        const deep = entry(1, { annotations: { deep: nested(levels) } })
        const [one, two] = yield* Effect.all([Effect.result(history.add(deep)), Effect.result(history.add(entry(2)))], {
          concurrency: "unbounded"
        })
        assert.isTrue(Result.isSuccess(two))
        assert.isTrue(Result.isFailure(one) && one.failure.message.includes("more than 1010 levels deep"))
        yield* history.add(entry(3, { annotations: { deep: nested(1_000) } }))
        assert.deepStrictEqual(ids(yield* history.list()), [3, 2])
      })
  )
}

describe("History", () => {
  it("throws where it may keep nothing", () => {
    for (const keep of [0, -1, 1.5, NaN]) assert.throws(() => History.layer({ keep }), "at least 1")
  })
})

layer(Database.layerMemory)("History on SQLite", suite)

layer(Postgres.layer, { excludeTestServices: true })("History on PostgreSQL", (it) => {
  it.layer(Layer.fresh(Postgres.layerDatabase))(suite)
})
