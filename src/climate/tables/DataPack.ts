/**
 * Published numbers of one's own, asked before the shipped rows: residual mixes that may not be redistributed, factors of a
 * supplier, a later edition.
 *
 * A pack is a CSV text with the columns of a kind in `data/index.json`. Columns for notes may be missing. An answer from it
 * carries the pack's name and licence in its citation.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import * as DataPack from "greenlang/climate/tables/DataPack"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Database from "greenlang/database/Database"
 * import { FuelAgent } from "greenlang/climate/FuelAgent"
 *
 * const csv = `region,code,year,factor,unit,basis,gwp_set,redistribute,edition
 * DE,DE,2024,0.7,kg CO2/kWh,"market, residual mix",AR5,no,AIB 2024`
 * const pack = { name: "AIB 2024", kind: "residual", csv, source: "AIB European Residual Mixes 2024", year: 2025, licence: "internal use" }
 * const Tables = DataPack.layer(pack).pipe(
 *   Layer.provide(ReferenceTables.layer),
 *   Layer.provide(Database.layerMemory)
 * )
 *
 * const power = { fuel_type: "electricity", amount: 1000, unit: "kWh", country: "DE", year: 2024, renewable_percentage: 0 }
 * const { value } = await FuelAgent.run(power).pipe(Effect.provide(Tables), Effect.runPromise)
 * value.market_based_kg_co2e // => 700
 * ```
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Issue from "../../agent/Issue.ts"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as NearestName from "../../internal/NearestName.ts"
import * as BuildingTables from "./BuildingTables.ts"
import * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"
import * as EquipmentTables from "./EquipmentTables.ts"
import * as FactorTables from "./FactorTables.ts"
import * as PackRows from "./PackRows.ts"
import * as PackUnits from "./PackUnits.ts"
import { decode, perTable, ReferenceTables } from "./ReferenceTables.ts"
import type { Table } from "./Table.ts"

/**
 * A CSV text of the columns of `kind`, and who published it. `source` and `year` count for rows that do not state them.
 *
 * @category models
 */
export interface DataPack {
  readonly name: string
  readonly kind: string
  readonly csv: string
  readonly source: string
  /** The year of publication. */
  readonly year: number
  readonly licence: string
}

/**
 * The text is not a table of its kind. `faults` are the cells that cannot be used, by their row below the header.
 *
 * @category errors
 */
export class InvalidDataPack extends Schema.TaggedError<InvalidDataPack>()("InvalidDataPack", {
  pack: Schema.String,
  reason: Schema.String,
  faults: Schema.optionalKey(
    Schema.Array(Schema.Struct({ row: Schema.Int, column: Schema.String, message: Schema.String }))
  )
}) {
  override get message() {
    return `the data pack ${this.pack} cannot be used: ${this.reason}`
  }
}

/**
 * Puts a pack before the tables that it is given. Fails with `InvalidDataPack` for a kind that does not exist, for columns
 * that the kind does not have, for text that is not CSV, and for a cell that its column does not hold: a text in place of
 * a number, a factor below zero, a unit that does not convert into that of the table.
 *
 * @category layers
 */
export const layer = (
  pack: DataPack
): Layer.Layer<ReferenceTables, InvalidDataPack | DatabaseError, ReferenceTables> =>
  Layer.effect(
    ReferenceTables,
    Effect.gen(function*() {
      const tables = yield* ReferenceTables
      const rows = yield* read(pack)
      const withPack = yield* perTable((table) =>
        table.kind === pack.kind
          ? Effect.zipWith(decode(table, rows), tables.rows(table), (own, shipped) => [...own, ...shipped])
          : tables.rows(table)
      )
      return ReferenceTables.of({ rows: withPack })
    })
  )

const tables = [...Object.values(FactorTables), ...Object.values(EquipmentTables), ...Object.values(BuildingTables)]

/**
 * The rows of a pack, complete and in the units of their table. Fails with `InvalidDataPack`, which lists every column and
 * every cell at fault.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*({ csv, kind, licence, name, source, year }: DataPack) {
  const invalid = (reason: string) => new InvalidDataPack({ pack: name, reason })
  const files = yield* DataFiles.list
  const file = files.find((file) => file.kind === kind)
  if (file === undefined) {
    const kinds = Array.from(new Set(files.map(({ kind }) => kind)))
    return yield* invalid(`there is no kind ${kind}; the kinds are ${kinds.join(", ")}`)
  }
  const rows = yield* Effect.mapError(Csv.parse(csv), ({ cause }) => invalid(String(cause)))
  const unknown = Object.keys(rows[0] ?? {}).filter((column) => !file.columns.includes(column))
  const strange = unknown.length === 0
    ? []
    : [`${unknown.join(", ")}: not columns of ${kind}, which are ${file.columns.join(", ")}`]
  const empty = Object.fromEntries(file.columns.map((column) => [column, null]))
  const complete = rows.map((row): Csv.Row => ({
    ...empty,
    ...meant(row, file.columns),
    source: row["source"] ?? source,
    source_year: row["source_year"] ?? year,
    edition: row["edition"] ?? name,
    status: row["status"] ?? "official",
    licence,
    pack: name
  }))
  const converted = complete.map((row) => PackUnits.convert(kind, row))
  const table = tables.find((table) => table.kind === kind)
  const unreadable = yield* Effect.forEach(converted, ({ row }) => table === undefined ? noFaults : unread(table, row))
  const shipped = yield* Effect.forEach(
    files.filter((file) => file.kind === kind),
    ({ file }) => Effect.flatMap(DataFiles.contents(file), ({ rows }) => rows)
  )
  const misplaced = PackRows.faults(complete, file.key, shipped.flat())
  const faults = converted.flatMap(({ faults }, at) => {
    const found = [...faults, ...unreadable[at]!]
    const others = misplaced[at]!.filter(({ column }) => !found.some((fault) => fault.column === column))
    return [...found, ...others].map((fault) => ({ row: at + 1, ...fault }))
  })
  if (strange.length > 0 || faults.length > 0) {
    const cells = faults.map(({ column, message, row }) => `row ${row}, column ${column}: ${message}`)
    return yield* new InvalidDataPack({
      pack: name,
      reason: [...strange, ...cells].join("\n"),
      ...(faults.length === 0 ? {} : { faults })
    })
  }
  return converted.map(({ row }) => row)
})

/** A row whose misspelled columns stand under the ones that are meant, so that their cells are read, too. */
const meant = (row: Csv.Row, columns: ReadonlyArray<string>): Csv.Row =>
  Object.fromEntries(
    Object.entries(row).flatMap(([column, cell]) => {
      if (columns.includes(column)) return [[column, cell] as const]
      const nearest = NearestName.find(column, columns.filter((other) => !Object.hasOwn(row, other)))
      return nearest === undefined ? [] : [[nearest, cell] as const]
    })
  )

const noFaults: Effect.Effect<ReadonlyArray<PackUnits.CellFault>> = Effect.succeed([])

/** What the table cannot read of a row. One text among numbers makes the others texts, too: they are read as numbers here. */
const unread = ({ row: schema }: Table<unknown>, row: Csv.Row) => {
  const cells = Object.entries(row).map(([column, cell]) => [column, numeric(cell)] as const)
  return Schema.decodeEffect(schema)(Object.fromEntries(cells), { errors: "all" }).pipe(
    Effect.as<ReadonlyArray<PackUnits.CellFault>>([]),
    Effect.catchTag("SchemaError", ({ issue }) =>
      Effect.succeed(
        Array.from(Map.groupBy(Issue.describe(schema, issue), ({ path }) => path), ([column, [first]]) => ({
          column,
          message: row[column] === null ? "is empty" : `${row[column]} cannot be read: ${first!.message}`
        }))
      ))
  )
}

const numeric = (cell: Csv.Cell): Csv.Cell => typeof cell === "string" && Csv.isNumber(cell) ? Number(cell) : cell
