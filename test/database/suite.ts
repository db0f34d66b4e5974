/**
 * What every database does, whatever its dialect.
 */
import { assert, type Vitest } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Latch, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql"
import type * as Csv from "greenlang/climate/tables/Csv"
import * as DataFiles from "greenlang/climate/tables/DataFiles"
import * as FactorTables from "greenlang/climate/tables/FactorTables"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"

type Services = SqlClient.SqlClient | ReferenceTables

/** A table of the test's own, dropped when the test ends. */
const withTable = Effect.fnUntraced(function*(name: string) {
  const sql = yield* SqlClient.SqlClient
  yield* Effect.acquireRelease(
    sql`CREATE TABLE ${sql(name)} (id INTEGER PRIMARY KEY, name TEXT UNIQUE)`,
    () => Effect.orDie(sql`DROP TABLE ${sql(name)}`)
  )
  const insert = (id: number, text = `row ${id}`) => sql`INSERT INTO ${sql(name)} ${sql.insert({ id, name: text })}`
  const ids = Effect.map(
    sql<{ id: number }>`SELECT id FROM ${sql(name)} ORDER BY id`,
    (rows) => rows.map((row) => row.id)
  )
  return { sql, insert, ids, table: sql(name) }
})

export const suite = (it: Vitest.MethodsNonLive<Services>, options: { readonly streamsApart: boolean }) => {
  it.effect("gives back each cell of a published table", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const tables = yield* ReferenceTables
      yield* tables.rows(FactorTables.gridFactors)
      const rows = yield* Effect.flatMap(DataFiles.contents("grid_by_country.csv"), ({ rows }) => rows)
      const kept = yield* sql<Csv.Row>`SELECT * FROM grid_by_country ORDER BY line`
      assert.deepStrictEqual<ReadonlyArray<object>>(
        kept.map((row) => ({ ...row, preferred_for_scope2: Boolean(row["preferred_for_scope2"]) })),
        rows.map((row, at) => ({ line: at + 1, ...row }))
      )
    }))

  it.effect("keeps numbers, texts, NULL and large texts exactly", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const numbers = [0.1 + 0.2, Number.MAX_SAFE_INTEGER, 5e-324, 1.7976931348623157e308, -0.000001, 1e21, 3]
      for (const number of numbers) {
        const [row] = yield* sql<{ n: number }>`SELECT CAST(${number} AS DOUBLE PRECISION) AS n`
        assert.strictEqual(row?.n, number)
      }
      const text = "ключ 🌱 '; DROP TABLE gwp; --".repeat(5000)
      const [row] = yield* sql<{ t: string; n: null }>`SELECT CAST(${text} AS TEXT) AS t, CAST(${null} AS TEXT) AS n`
      assert.deepStrictEqual({ ...row }, { t: text, n: null })
    }))

  it.effect("says which constraint a duplicate violates", () =>
    Effect.gen(function*() {
      const { insert } = yield* withTable("duplicates")
      yield* insert(1, "same")
      const error = yield* Effect.flip(insert(2, "same"))
      assert.strictEqual(error.reason._tag, "UniqueViolation")
      if (error.reason._tag === "UniqueViolation") assert.include(error.reason.constraint, "name")
    }))

  it.effect("fails on wrong SQL with a SqlError and goes on", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const error = yield* Effect.flip(sql`SELEC 1`)
      assert.strictEqual(error._tag, "SqlError")
      assert.lengthOf(yield* sql`SELECT 1 AS one`, 1)
    }))

  it.effect("rolls a failed transaction back", () =>
    Effect.gen(function*() {
      const { ids, insert, sql } = yield* withTable("rollbacks")
      const error = yield* Effect.flip(sql.withTransaction(Effect.andThen(insert(1), Effect.fail("no"))))
      assert.strictEqual(error, "no")
      assert.deepStrictEqual(yield* ids, [])
    }))

  it.effect("rolls a failed inner transaction back to its savepoint", () =>
    Effect.gen(function*() {
      const { ids, insert, sql } = yield* withTable("savepoints")
      yield* sql.withTransaction(Effect.gen(function*() {
        yield* insert(1)
        yield* Effect.flip(sql.withTransaction(Effect.andThen(insert(2), insert(2))))
        yield* sql.withTransaction(insert(3))
      }))
      assert.deepStrictEqual(yield* ids, [1, 3])
    }))

  it.effect("rolls an interrupted transaction back and stays usable", () =>
    Effect.gen(function*() {
      const { ids, insert, sql } = yield* withTable("interruptions")
      const inside = yield* Latch.make()
      const fiber = yield* Effect.forkChild(
        sql.withTransaction(insert(1).pipe(Effect.andThen(inside.open), Effect.andThen(Effect.never)))
      )
      yield* inside.await
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* ids, [])
      yield* sql.withTransaction(insert(2))
      assert.deepStrictEqual(yield* ids, [2])
    }))

  it.effect("runs many transactions at once without losing one", () =>
    Effect.gen(function*() {
      const { insert, sql, table } = yield* withTable("counters")
      yield* insert(0, "0")
      const increment = sql.withTransaction(Effect.gen(function*() {
        const [row] = yield* sql<{ name: string }>`UPDATE ${table} SET name = name WHERE id = 0 RETURNING name`
        yield* Effect.yieldNow
        yield* sql`UPDATE ${table} SET name = ${String(Number(row?.name) + 1)} WHERE id = 0`
      }))
      yield* Effect.all(Array.from({ length: 50 }, () => increment), { concurrency: "unbounded" })
      const [row] = yield* sql<{ name: string }>`SELECT name FROM ${table}`
      assert.strictEqual(row?.name, "50")
    }))

  it.effect("streams rows in order", () =>
    Effect.gen(function*() {
      const { insert, sql, table } = yield* withTable("streams")
      yield* sql.withTransaction(Effect.forEach(Array.from({ length: 300 }, (_, i) => i), (i) => insert(i)))
      const ids = yield* sql<{ id: number }>`SELECT id FROM ${table} ORDER BY id`.stream.pipe(
        Stream.map((row) => row.id),
        Stream.runCollect
      )
      assert.deepStrictEqual(ids, Array.from({ length: 300 }, (_, i) => i))
    }))

  it.effect("lets go of a stream that is left early, interrupted or failed", () =>
    Effect.gen(function*() {
      const { insert, sql, table } = yield* withTable("abandoned")
      yield* Effect.forEach([1, 2, 3], (i) => insert(i))
      const rows = sql<{ id: number }>`SELECT id FROM ${table} ORDER BY id`.stream
      assert.lengthOf(yield* rows.pipe(Stream.take(1), Stream.runCollect), 1)

      const reached = yield* Latch.make()
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(rows, () => Effect.andThen(reached.open, Effect.never))
      )
      yield* reached.await
      yield* Fiber.interrupt(fiber)

      assert.strictEqual(yield* Effect.flip(Stream.runForEach(rows, () => Effect.fail("enough"))), "enough")
      yield* sql.withTransaction(insert(4))
    }))

  it.effect("fails a stream with a SqlError", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const error = yield* Effect.flip(Stream.runDrain(sql`SELECT * FROM nowhere`.stream))
      assert.strictEqual(error._tag, "SqlError")
    }))

  if (options.streamsApart) {
    it.effect("writes while it streams", () =>
      Effect.gen(function*() {
        const { ids, insert, sql, table } = yield* withTable("copied")
        yield* Effect.forEach([1, 2], (i) => insert(i))
        yield* Stream.runForEach(
          sql<{ id: number }>`SELECT id FROM ${table} ORDER BY id`.stream,
          (row) => insert(row.id + 10)
        )
        assert.deepStrictEqual(yield* ids, [1, 2, 11, 12])
      }))
  }

  it.effect("streams inside a transaction what the transaction wrote", () =>
    Effect.gen(function*() {
      const { insert, sql, table } = yield* withTable("inner_streams")
      const rows = yield* sql.withTransaction(
        Effect.andThen(insert(1), Stream.runCollect(sql`SELECT id FROM ${table}`.stream))
      )
      assert.lengthOf(rows, 1)
    }))

  it.effect("looks up what the climate agents ask for", () =>
    Effect.gen(function*() {
      const tables = yield* ReferenceTables
      const fuels = yield* tables.rows(FactorTables.fuelFactors)
      const gas = fuels.find((row) => row.region === "US" && row.fuel === "natural_gas" && row.unit === "therm")
      assert.deepStrictEqual([gas?.co2e_ar6, gas?.biogenic, gas?.note], [5.31143, false, null])
      const epa = yield* tables.rows(FactorTables.epaFuels)
      assert.strictEqual(epa.find((row) => row.fuel === "natural_gas")?.heat_content, 0.001026)
      const egrid = yield* tables.rows(FactorTables.egridFactors)
      assert.deepStrictEqual(
        egrid.flatMap((row) => row.code === "CAMX" ? [[row.data_year, row.factor]] : []),
        [[2023, 0.19504], [2024, 0.18375]]
      )
      const uk = (yield* tables.rows(FactorTables.gridFactors)).filter((row) => row.region === "UK")
      assert.includeDeepMembers(
        uk.filter((row) => row.preferred_for_scope2).map((row) => [row.year, row.factor]),
        [[2026, 0.13096], [2025, 0.177], [2024, 0.20705], [2023, 0.207074]]
      )
    }))

  it.effect("reads a table once, and again after a failure", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const tables = yield* Layer.build(Layer.fresh(ReferenceTables.layer))
      const lookUp = Effect.flatMap(ReferenceTables, (tables) => tables.rows(FactorTables.residualMixes)).pipe(
        Effect.provide(tables)
      )
      // what another owner of the database keeps under that name
      yield* Effect.flatMap(ReferenceTables, (tables) => tables.rows(FactorTables.residualMixes))
      yield* sql`ALTER TABLE residual_mix RENAME TO moved`
      const error = yield* Effect.flip(lookUp)
      assert.strictEqual(error.reason._tag, "QueryFailed")
      assert.include(error.message, "reading residual_mix.csv failed")
      yield* sql`ALTER TABLE moved RENAME TO residual_mix`
      assert.isNotEmpty(yield* lookUp)
      yield* sql`ALTER TABLE residual_mix RENAME TO moved`
      assert.isNotEmpty(yield* lookUp)
      yield* sql`ALTER TABLE moved RENAME TO residual_mix`
    }))

  it.effect("reports a row that is not what it should be", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const exit = yield* Effect.exit(sql.withTransaction(Effect.gen(function*() {
        yield* Effect.flatMap(ReferenceTables, (tables) => tables.rows(FactorTables.residualMixes))
        yield* sql`UPDATE residual_mix SET status = 'unheard of' WHERE code = 'CAMX'`
        const tables = yield* ReferenceTables.pipe(Effect.provide(Layer.fresh(ReferenceTables.layer)))
        return yield* Effect.flip(tables.rows(FactorTables.residualMixes)).pipe(Effect.flatMap(Effect.fail))
      })))
      assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("reading residual"))
    }))
}
