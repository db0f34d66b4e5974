import { assert, layer, type Vitest } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Migrations from "greenlang/database/Migrations"
import { History } from "greenlang/orchestrator"
import { StepCache } from "greenlang/pipeline"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import { Postgres } from "../support/Postgres.ts"

/** Creates a table of that name, and counts how often. */
const counting = (name: string) => {
  const counts = { runs: 0 }
  const migrate = Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient
    counts.runs++
    yield* sql`CREATE TABLE ${sql(name)} (id INTEGER PRIMARY KEY)`
  })
  return { counts, migration: { name, migrate } }
}

const names = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql<{ name: string }>`SELECT name FROM greenlang_migrations ORDER BY migration_id`
).pipe(
  Effect.map((rows) => rows.map(({ name }) => name))
)

const rows = (table: string) => Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT * FROM ${sql(table)}`)

/** A run as the history kept it when what ran was its `workflow`. */
const oldEntry = {
  id: "one",
  workflow: "Old",
  version: "1.0.0",
  kind: "agent",
  outcome: "completed",
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 1,
  attributes: { workflow: "kept", text: `"workflow":` },
  failures: [],
  steps: [],
  criticalPath: [],
  usage: {
    calls: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedInputTokens: 0,
    reasoningTokens: 0,
    costUsd: 0,
    unpricedCalls: 0
  },
  citations: [],
  annotations: {}
}

/** What a database looked like when one list of numbered migrations made all tables. */
const before = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql.onDialectOrElse({
    pg: () =>
      sql`CREATE TABLE greenlang_migrations (
        migration_id integer primary key,
        created_at timestamp with time zone not null default now(),
        name text not null
      )`,
    orElse: () =>
      sql`CREATE TABLE greenlang_migrations (
        migration_id integer PRIMARY KEY NOT NULL,
        created_at datetime NOT NULL DEFAULT current_timestamp,
        name VARCHAR(255) NOT NULL
      )`
  })
  for (const [id, name] of ["reference_tables", "run_history", "llm_cache", "answer_cache"].entries()) {
    yield* sql`INSERT INTO greenlang_migrations (migration_id, name) VALUES (${id + 1}, ${name})`
  }
  yield* sql`CREATE TABLE run_history (
    id TEXT PRIMARY KEY, workflow TEXT NOT NULL, outcome TEXT NOT NULL, started_at TEXT NOT NULL, record TEXT NOT NULL
  )`
  yield* sql`INSERT INTO run_history (id, workflow, outcome, started_at, record)
    VALUES ('one', 'Old', 'completed', '2026-01-01T00:00:00.000Z', ${JSON.stringify(oldEntry)})`
  yield* sql`CREATE TABLE answer_cache (request TEXT PRIMARY KEY, answer TEXT NOT NULL, expires_at BIGINT NOT NULL)`
  yield* sql`INSERT INTO answer_cache (request, answer, expires_at) VALUES ('kept', '1', 9007199254740991)`
})

const suite = <R>(it: Vitest.MethodsNonLive<R>, database: Layer.Layer<SqlClient.SqlClient, never, R>) => {
  it.effect("runs the migrations of each owner once, in whatever order the owners come", () =>
    Effect.gen(function*() {
      const [a, b, c] = [counting("a"), counting("b"), counting("c")]
      yield* Migrations.run([b.migration])
      yield* Migrations.run([a.migration])
      yield* Effect.all([Migrations.run([b.migration, c.migration]), Migrations.run([a.migration])], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([a, b, c].map(({ counts }) => counts.runs), [1, 1, 1])
      assert.deepStrictEqual(yield* names, ["b", "a", "c"])
    }).pipe(Effect.provide(database)))

  it.effect("runs a migration once when many start at the same time", () =>
    Effect.gen(function*() {
      const { counts, migration } = counting("once")
      yield* Effect.all(Array.from({ length: 8 }, () => Migrations.run([migration])), { concurrency: "unbounded" })
      assert.strictEqual(counts.runs, 1)
      assert.deepStrictEqual(yield* names, ["once"])
    }).pipe(Effect.provide(database)))

  it.effect("undoes a migration that fails with those before it, and names it", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const { migration } = counting("made")
      yield* sql`CREATE TABLE taken (mine TEXT)`
      const error = yield* Effect.flip(Migrations.run([migration, counting("taken").migration]))
      assert.strictEqual(error.reason._tag, "MigrationFailed")
      assert.match(error.message, /^the database migration taken failed: .*"?taken"? already exists/)
      assert.strictEqual((yield* Effect.flip(rows("made")))._tag, "SqlError")
      yield* Migrations.run([migration])
      assert.deepStrictEqual(yield* names, ["made"])
    }).pipe(Effect.provide(database)))

  it.effect("fails where the database cannot be written, with the operation", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE greenlang_migrations (mine TEXT)`
      const error = yield* Effect.flip(Migrations.run([counting("never").migration]))
      assert.strictEqual(error.reason._tag, "QueryFailed")
      assert.include(error.message, "migrating the database failed")
    }).pipe(Effect.provide(database)))

  it.effect("opens a database that one list of numbered migrations made, and keeps its rows", () =>
    Effect.gen(function*() {
      yield* before
      yield* Effect.gen(function*() {
        const { list } = yield* History
        yield* StepCache
        const entries = yield* list({ agent: "Old" })
        assert.deepStrictEqual(entries.map(({ agent, attributes }) => [agent, attributes]), [[
          "Old",
          oldEntry.attributes
        ]])
      }).pipe(Effect.provide(Layer.mergeAll(History.layer(), StepCacheSql.layer, ReferenceTables.layer)))
      assert.deepStrictEqual((yield* rows("answer_cache")).length, 1)
      const all = ["reference_tables", "run_history", "llm_cache", "answer_cache", "run_history_agent"]
      assert.deepStrictEqual(yield* names, all)
      yield* Migrations.run([counting("later").migration])
      const ids = yield* rows("greenlang_migrations")
      assert.deepStrictEqual(ids.map((row) => row["migration_id"]), [1, 2, 3, 4, 5, 6])
    }).pipe(Effect.provide(database)))

  it.effect("makes the tables of one owner and no others", () =>
    Effect.gen(function*() {
      yield* Effect.provide(Effect.flatMap(History, ({ list }) => list()), History.layer())
      assert.deepStrictEqual(yield* names, ["run_history", "run_history_agent"])
      assert.strictEqual((yield* Effect.flip(rows("answer_cache")))._tag, "SqlError")
    }).pipe(Effect.provide(database)))
}

layer(Layer.empty)("Migrations on SQLite", (it) => suite(it, Layer.fresh(Layer.orDie(Database.layerMemory))))

layer(Postgres.layer, { excludeTestServices: true })(
  "Migrations on PostgreSQL",
  (it) => suite(it, Layer.fresh(Postgres.layerDatabase))
)
