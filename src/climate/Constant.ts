/**
 * Rows of the published tables of constants by name, and their citations.
 */
import * as Effect from "effect/Effect"
import * as Run from "../agent/Run.ts"
import * as NearestName from "../internal/NearestName.ts"
import { DataError } from "./ClimateError.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Table } from "./tables/Table.ts"

/** The same name in any case, with spaces or hyphens for underscores. @category reading */
export const canonical = (name: string): string => name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_")

/** What a record holds under a name from outside: its own entries alone. @category reading */
export const own = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** What every row states about its origin. @category models */
export interface Published {
  readonly source: string
  readonly source_year: number
  readonly region: string
  readonly licence: string | null
  readonly pack: string | null
}

/**
 * The row whose `column` is `name`. Fails with `DataError`, which lists the names that there are, nearest first and at most
 * ten.
 *
 * @category reading
 */
export const find = Effect.fnUntraced(function*<Row>(
  table: Table<Row>,
  what: string,
  column: keyof Row & string,
  name: string
) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(table)
  const wanted = canonical(name)
  const row = rows.find((row) => canonical(String(row[column])) === wanted)
  if (row !== undefined) return row
  const names = Array.from(new Set(rows.map((row) => String(row[column]))))
  return yield* new DataError({ what, lookedFor: { [column]: name }, available: nearest(name, names) })
})

const nearest = (name: string, names: ReadonlyArray<string>) => {
  const close = NearestName.find(name, names)
  return [...(close === undefined ? [] : [close]), ...names.filter((other) => other !== close)].slice(0, 10)
}

/**
 * Cites one number of a row.
 *
 * @category citing
 */
export const cite = (name: string, value: number, unit: string, row: Published) =>
  Run.cite({
    kind: "factor",
    name,
    value,
    unit,
    source: row.pack === null ? row.source : `${row.source} (data pack ${row.pack})`,
    year: row.source_year,
    region: row.region,
    ...(row.licence === null ? {} : { licence: row.licence }),
    ...(/secondary|no primary/.test(row.source) ? { confidence: "no primary source" } : {})
  })

/**
 * Cites a number that this library assumes.
 *
 * @category citing
 */
export const assume = (name: string, value: number, unit: string) =>
  Run.cite({
    kind: "factor",
    name,
    value,
    unit,
    source: "assumption of this library, not a measurement",
    confidence: "no primary source"
  })
