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
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"
import { decode, perTable, ReferenceTables } from "./ReferenceTables.ts"

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

/** The text is not a table of its kind. @category errors */
export class InvalidDataPack extends Schema.TaggedError<InvalidDataPack>()("InvalidDataPack", {
  pack: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the data pack ${this.pack} cannot be used: ${this.reason}`
  }
}

/**
 * Puts a pack before the tables that it is given. Fails with `InvalidDataPack` for a kind that does not exist, for columns
 * that the kind does not have, and for text that is not CSV; a cell that cannot be read fails the first look-up.
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

const read = Effect.fnUntraced(function*({ csv, kind, licence, name, source, year }: DataPack) {
  const invalid = (reason: string) => new InvalidDataPack({ pack: name, reason })
  const files = yield* DataFiles.list
  const file = files.find((file) => file.kind === kind)
  if (file === undefined) {
    const kinds = Array.from(new Set(files.map(({ kind }) => kind)))
    return yield* invalid(`there is no kind ${kind}; the kinds are ${kinds.join(", ")}`)
  }
  const rows = yield* Effect.mapError(Csv.parse(csv), ({ cause }) => invalid(String(cause)))
  const unknown = Object.keys(rows[0] ?? {}).filter((column) => !file.columns.includes(column))
  if (unknown.length > 0) {
    return yield* invalid(`${unknown.join(", ")}: not columns of ${kind}, which are ${file.columns.join(", ")}`)
  }
  const empty = Object.fromEntries(file.columns.map((column) => [column, null]))
  return rows.map((row): Csv.Row => ({
    ...empty,
    ...row,
    source: row["source"] ?? source,
    source_year: row["source_year"] ?? year,
    edition: row["edition"] ?? name,
    status: row["status"] ?? "official",
    licence,
    pack: name
  }))
})
