/**
 * The shipped tables in the database: one SQL table for each file, made when the file is first asked for and made again
 * when the package ships other contents. `reference_files` remembers the SHA-256 of what each table holds.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"

/** How many rows one INSERT writes: PostgreSQL takes 65,535 parameters. */
const batch = 500

/**
 * The rows of `file` in published order, each with its `line`, which counts from 1. Loading and reading are one
 * transaction, so that two versions of the package on one database each read their own rows.
 *
 * @category reading
 */
export const rows = Effect.fnUntraced(function*(file: DataFiles.DataFile) {
  const sql = yield* SqlClient.SqlClient
  const contents = yield* DataFiles.contents(file.file)
  const table = sql(file.file.replace(/\.csv$/, ""))
  const select = sql<Csv.Row>`SELECT * FROM ${table} ORDER BY line`
  yield* sql`CREATE TABLE IF NOT EXISTS reference_files (file TEXT PRIMARY KEY, digest TEXT NOT NULL)`
  const [loaded] = yield* sql<{ digest: string }>`SELECT digest FROM reference_files WHERE file = ${file.file}`
  if (loaded?.digest === contents.digest) return yield* select

  return yield* sql.withTransaction(Effect.gen(function*() {
    // locks the row until the transaction ends: another client that loads the same file waits here
    const [row] = yield* sql<{ digest: string }>`
      INSERT INTO reference_files (file, digest) VALUES (${file.file}, '')
      ON CONFLICT (file) DO UPDATE SET file = excluded.file RETURNING digest`
    if (row?.digest !== contents.digest) {
      const columns = file.columns.map((column) => sql`${sql(column)} ${sql.literal(typeOf(column, contents.rows))}`)
      yield* sql`DROP TABLE IF EXISTS ${table}`
      yield* sql`CREATE TABLE ${table} (line INTEGER PRIMARY KEY, ${sql.csv(columns)})`
      const lines = contents.rows.map((row, at) => ({ line: at + 1, ...row }))
      yield* Effect.forEach(Arr.chunksOf(lines, batch), (lines) => sql`INSERT INTO ${table} ${sql.insert(lines)}`)
      yield* sql`UPDATE reference_files SET digest = ${contents.digest} WHERE file = ${file.file}`
    }
    return yield* select
  }))
})

const typeOf = (column: string, rows: ReadonlyArray<Csv.Row>) => {
  const cell = rows.find((row) => row[column] !== null)?.[column]
  return typeof cell === "number" ? "DOUBLE PRECISION" : typeof cell === "boolean" ? "BOOLEAN" : "TEXT"
}
