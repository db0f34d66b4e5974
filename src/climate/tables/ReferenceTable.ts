/**
 * A published table as it ships with the library: its CSV text and the type of each column.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

type Type = "TEXT" | "INTEGER" | "DOUBLE PRECISION" | "BOOLEAN"

/**
 * What one cell holds. An empty cell is `null`.
 *
 * @category models
 */
export type Cell = string | number | boolean | null

/**
 * A published table. `columns` are in the order of the CSV's header; the types mean the same to SQLite and PostgreSQL.
 * `key` names the columns that no two rows share.
 *
 * @category models
 */
export interface ReferenceTable {
  readonly name: string
  readonly key: ReadonlyArray<string>
  readonly columns: Readonly<Record<string, Type | `${Type} NOT NULL`>>
  readonly csv: string
}

/**
 * The rows of `table` in published order, each with its `line`, which counts from 1.
 *
 * @category combinators
 */
export const rows = (table: ReferenceTable): ReadonlyArray<Readonly<Record<string, Cell>>> => {
  const columns = Object.entries(table.columns)
  return table.csv.trimEnd().split("\n").slice(1).map((line, index) => {
    const texts = fields(line)
    const row: Record<string, Cell> = { line: index + 1 }
    columns.forEach(([column, type], i) => {
      row[column] = cell(texts[i] ?? "", type)
    })
    return row
  })
}

/**
 * Creates `table` and fills it. Fails when a table of that name exists.
 *
 * @category combinators
 */
export const create = Effect.fnUntraced(
  function*(table: ReferenceTable): Effect.fn.Return<void, SqlError, SqlClient.SqlClient> {
    const sql = yield* SqlClient.SqlClient
    const columns = Object.entries(table.columns).map(([column, type]) => sql`${sql(column)} ${sql.literal(type)}`)
    const key = table.key.map((column) => sql`${sql(column)}`)
    yield* sql`CREATE TABLE ${sql(table.name)} (
      line INTEGER PRIMARY KEY,
      ${sql.csv(columns)},
      UNIQUE (${sql.csv(key)})
    )`
    const values = rows(table)
    if (Arr.isReadonlyArrayNonEmpty(values)) yield* sql`INSERT INTO ${sql(table.name)} ${sql.insert(values)}`
  }
)

const cell = (text: string, type: string): Cell => {
  if (text === "") return null
  if (type.startsWith("TEXT")) return text
  return type.startsWith("BOOLEAN") ? text === "true" : Number(text)
}

/** RFC 4180, but a field holds no line break. */
const fields = (line: string): ReadonlyArray<string> =>
  Array.from(
    line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain]) => quoted?.replaceAll("\"\"", "\"") ?? plain ?? ""
  )
