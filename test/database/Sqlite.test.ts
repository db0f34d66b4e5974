import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { warmingPotentials } from "greenlang/climate/tables/FactorTables"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Sqlite from "greenlang/database/Sqlite"
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import * as NodeFlags from "../support/NodeFlags.ts"
import { suite } from "./suite.ts"

const temporaryFile = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-sqlite-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
).pipe(Effect.map((folder) => join(folder, "made", "greenlang.db")))

const layerFile = Layer.unwrap(Effect.map(temporaryFile, (filename) => Database.layerSqlite({ filename })))

const count = Effect.flatMap(ReferenceTables, (tables) => tables.rows(warmingPotentials)).pipe(
  Effect.map((rows) => rows.length)
)

layer(Layer.provideMerge(ReferenceTables.layer, Database.layerMemory), { excludeTestServices: true })(
  "SQLite in memory",
  (it) => suite(it, { streamsApart: false })
)

layer(Layer.provideMerge(ReferenceTables.layer, layerFile), { excludeTestServices: true })(
  "SQLite in a file",
  (it) => suite(it, { streamsApart: true })
)

describe("Sqlite", () => {
  it.live("keeps what was written, and leaves nothing but the file behind", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      const database = Effect.provide(Database.layerSqlite({ filename }), { local: true })
      yield* Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* sql`CREATE TABLE notes (text TEXT)`
        yield* sql`INSERT INTO notes VALUES ('kept')`
        yield* sql`SELECT * FROM notes`.stream.pipe(Stream.runDrain)
      }).pipe(database)
      const rows = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`SELECT text FROM notes`).pipe(database)
      assert.lengthOf(rows, 1)
      // SQLite removes its -wal and -shm files when the last connection closes
      assert.deepStrictEqual(yield* Effect.promise(() => readdir(dirname(filename))), ["greenlang.db"])
      if (process.platform !== "win32") {
        assert.strictEqual((yield* Effect.promise(() => stat(dirname(filename)))).mode & 0o777, 0o700)
      }
    }))

  it.live("waits for the disk at each commit, and with `survives: \"process\"` does not", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      for (const [survives, level] of [[undefined, 2], ["power", 2], ["process", 1]] as const) {
        const [row] = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`PRAGMA synchronous`).pipe(
          Effect.provide(Database.layerSqlite({ filename, survives }), { local: true })
        )
        assert.deepStrictEqual({ ...row }, { synchronous: level })
      }
    }))

  it.live("lets several layers open a fresh file at once", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      const open = Effect.provide(
        count,
        Layer.provideMerge(ReferenceTables.layer, Database.layerSqlite({ filename })),
        {
          local: true
        }
      )
      const counts = yield* Effect.all(Array.from({ length: 8 }, () => open), { concurrency: "unbounded" })
      assert.deepStrictEqual(counts, Array.from({ length: 8 }, () => 46))
    }))

  it.live("lets several processes open a fresh file at once", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      const open = Effect.promise(() =>
        promisify(execFile)(
          process.execPath,
          [...NodeFlags.forChild, join(import.meta.dirname, "opener.ts")],
          { env: NodeFlags.environment({ GREENLANG_DATABASE: filename }) }
        )
      )
      const found = yield* Effect.all(Array.from({ length: 4 }, () => open), { concurrency: "unbounded" })
      assert.deepStrictEqual(
        found.map(({ stdout }) => stdout),
        Array.from({ length: 4 }, () =>
          "answer_cache,llm_cache,reference factor_editions,reference fuel_factors_by_unit,run_history,run_history_agent 360")
      )
    }))

  // the test's clock stands still: waiting for the lock of another client takes real time
  it.effect("waits for the lock of another client while the event loop goes on", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      const [first, second] = yield* Effect.all([
        Layer.build(Sqlite.layer({ filename })),
        Layer.build(Sqlite.layer({ filename }))
      ])
      yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE held (id INTEGER)`).pipe(
        Effect.provide(first)
      )
      const inside = yield* Latch.make()
      const leave = yield* Latch.make()
      const holder = yield* SqlClient.SqlClient.pipe(
        Effect.flatMap((sql) =>
          sql.withTransaction(Effect.gen(function*() {
            yield* sql`INSERT INTO held VALUES (1)`
            yield* inside.open
            yield* leave.await
          }))
        ),
        Effect.provide(first),
        Effect.forkChild
      )
      yield* inside.await
      const waiter = yield* SqlClient.SqlClient.pipe(
        Effect.flatMap((sql) => sql`INSERT INTO held VALUES (2)`),
        Effect.provide(second),
        Effect.forkChild
      )
      yield* Effect.yieldNow
      yield* leave.open
      yield* Fiber.join(holder)
      yield* Fiber.join(waiter)
    }))

  it.live("gives up on a lock after the busy timeout", () =>
    Effect.gen(function*() {
      const filename = yield* temporaryFile
      const context = yield* Layer.build(Sqlite.layer({ filename, busyTimeout: "20 millis" }))
      const other = yield* Effect.acquireRelease(
        Effect.sync(() => new DatabaseSync(filename)),
        (database) => Effect.sync(() => database.close())
      )
      other.exec("BEGIN IMMEDIATE")
      const error = yield* Effect.flatMap(SqlClient.SqlClient, (sql) => sql`CREATE TABLE refused (id INTEGER)`).pipe(
        Effect.provide(context),
        Effect.flip
      )
      assert.strictEqual(error.reason._tag, "LockTimeoutError")
      assert.isTrue(error.isRetryable)
    }))

  it.effect("binds undefined, booleans and dates, and reads large integers when asked", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const [values] = yield* sql`SELECT ${undefined} AS a, ${true} AS b, ${false} AS c, ${new Date(7)} AS d`.values
      assert.deepStrictEqual(values, [null, 1, 0, 7])
      const big = sql`SELECT 9007199254740993 AS n`
      assert.strictEqual((yield* Effect.flip(big))._tag, "SqlError")
      const [row] = yield* Effect.provideService(big, SqlClient.SafeIntegers, true)
      assert.deepStrictEqual({ ...row }, { n: 9007199254740993n })
      assert.strictEqual((yield* Effect.flip(sql`SELECT ${{}} AS a`))._tag, "SqlError")
    }).pipe(Effect.provide(Database.layerMemory)))

  it.effect("enforces foreign keys, also at the end of a transaction", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE parents (id INTEGER PRIMARY KEY)`
      yield* sql`CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`
      const error = yield* Effect.flip(sql.withTransaction(sql`INSERT INTO children VALUES (1)`))
      assert.strictEqual(error.reason._tag, "ConstraintError")
      assert.lengthOf(yield* sql`SELECT * FROM children`, 0)
    }).pipe(Effect.provide(Database.layerMemory)))

  it.live.each([
    { place: "a folder", path: [] },
    { place: "not a database", path: ["text"] },
    { place: "below a file", path: ["text", "greenlang.db"] }
  ])("names the file when it is $place", ({ path }) =>
    Effect.gen(function*() {
      const folder = dirname(dirname(yield* temporaryFile))
      yield* Effect.promise(() => writeFile(join(folder, "text"), "no database ".repeat(100)))
      const filename = join(folder, ...path)
      const error = yield* Effect.flip(Layer.build(Database.layerSqlite({ filename })))
      assert.strictEqual(error.reason._tag, "FileNotUsable")
      assert.include(error.message, filename)
    }))

  it.live.each(
    process.platform === "linux" ? ["/proc/x/y.db", "/proc/x/y/z.db", "/proc/self/x/y.db", "/sys/x/y.db"] : []
  )(
    "names the file when its folder cannot be made: %s",
    (filename) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Layer.build(Database.layerSqlite({ filename })))
        assert.strictEqual(error.reason._tag, "FileNotUsable")
        assert.include(error.message, filename)
      })
  )

  it.live("makes folders within each other, also when several clients make them at once", () =>
    Effect.gen(function*() {
      const filename = join(dirname(yield* temporaryFile), "a", "b", "c", "greenlang.db")
      const open = Layer.build(Database.layerSqlite({ filename }))
      yield* Effect.all([open, open, open], { concurrency: "unbounded", discard: true })
    }))
})
