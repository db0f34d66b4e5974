/**
 * The shipped tables in the database: one SQL table for each file, made when the file is first asked for, and made again
 * when the package ships other contents.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import * as Migrations from "../../database/Migrations.ts"
import type * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"

/** How many rows one INSERT writes: PostgreSQL takes 65,535 parameters. */
const batch = 500

/**
 * The rows of `file` in published order, each with its `line`, which counts from 1. Filling the table is a migration that
 * is named after the contents.
 *
 * @category reading
 */
export const rows = Effect.fnUntraced(function*(file: DataFiles.DataFile) {
  const sql = yield* SqlClient.SqlClient
  const contents = yield* DataFiles.contents(file.file)
  const table = file.file.replace(/\.csv$/, "")
  yield* Migrations.run([
    { name: `reference ${table} ${contents.digest.slice(0, 12)}`, migrate: fill(table, file.columns, contents.rows) }
  ])
  return yield* sql<Csv.Row>`SELECT * FROM ${sql(table)} ORDER BY line`
})

const fill = Effect.fnUntraced(
  function*(name: string, columns: ReadonlyArray<string>, contents: DataFiles.Contents["rows"]) {
    const sql = yield* SqlClient.SqlClient
    const rows = yield* contents
    const table = sql(name)
    const types = columns.map((column) => sql`${sql(column)} ${sql.literal(typeOf(column, rows))}`)
    yield* sql`DROP TABLE IF EXISTS ${table}`
    yield* sql`CREATE TABLE ${table} (line INTEGER PRIMARY KEY, ${sql.csv(types)})`
    const lines = rows.map((row, at) => ({ line: at + 1, ...row }))
    yield* Effect.forEach(Arr.chunksOf(lines, batch), (lines) => sql`INSERT INTO ${table} ${sql.insert(lines)}`)
  }
)

const typeOf = (column: string, rows: ReadonlyArray<Csv.Row>) => {
  const cell = rows.find((row) => row[column] !== null)?.[column]
  return typeof cell === "number" ? "DOUBLE PRECISION" : typeof cell === "boolean" ? "BOOLEAN" : "TEXT"
}
