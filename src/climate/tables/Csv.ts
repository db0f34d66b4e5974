/**
 * Comma-separated text (RFC 4180) as rows of typed cells: the form of the shipped tables and of data packs.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** What one cell holds; an empty cell is `null`. @category models */
export type Cell = string | number | boolean | null

/** A row by the names of its columns. @category models */
export type Row = Readonly<Record<string, Cell>>

/** The text is not a table, such as a row with too many cells. `cause` names the line. @category errors */
export class NotCsv extends Schema.TaggedError<NotCsv>()("NotCsv", { cause: Schema.Defect() }) {}

/**
 * The rows below the header. A column holds numbers where each of its cells is one, booleans where each is `true` or
 * `false`, and texts otherwise.
 *
 * @category parsing
 */
export const parse = Effect.fnUntraced(function*(text: string) {
  const { parse } = yield* Effect.promise(() => import("csv-parse/sync"))
  const records = yield* Effect.try({
    try: () =>
      parse(text, { columns: true, bom: true, skip_empty_lines: true }) as ReadonlyArray<Record<string, string>>,
    catch: (cause) => new NotCsv({ cause })
  })
  const columns = Object.keys(records[0] ?? {})
  const types = columns.map((column) => [column, typeOf(records.map((record) => record[column]!))] as const)
  return records.map((record): Row =>
    Object.fromEntries(types.map(([column, type]) => [column, cell(record[column]!, type)]))
  )
})

type Type = "text" | "number" | "boolean"

/** Whether a cell is a number. @category guards */
export const isNumber = (cell: string): boolean => /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(cell)

const typeOf = (cells: ReadonlyArray<string>): Type => {
  const filled = cells.filter((cell) => cell !== "")
  if (filled.length === 0) return "text"
  if (filled.every(isNumber)) return "number"
  return filled.every((cell) => cell === "true" || cell === "false") ? "boolean" : "text"
}

const cell = (text: string, type: Type): Cell => {
  if (text === "") return null
  if (type === "number") return Number(text)
  return type === "boolean" ? text === "true" : text
}
