/**
 * Data packs in files: one CSV with the columns of a published table, a source in each row and a licence.
 *
 * The columns say which table it is, so the file needs no other header. `GREENLANG_DATA` names the files that the command
 * line puts before the shipped tables.
 *
 * ```csv
 * region,code,year,factor,unit,basis,gwp_set,redistribute,edition,source,source_year,licence
 * DE,DE,2024,0.7,kg CO2/kWh,"market, residual mix",AR5,no,AIB 2024,AIB European Residual Mixes 2024,2025,internal use
 * ```
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as ForeignFile from "../../internal/ForeignFile.ts"
import * as Csv from "./Csv.ts"
import * as DataFiles from "./DataFiles.ts"
import * as DataPack from "./DataPack.ts"
import { ReferenceTables } from "./ReferenceTables.ts"

const mostBytes = 64 * 1024 * 1024

/** What each row states besides the columns of its table. */
const stated = ["source", "source_year", "licence"]

/**
 * Reads a file. Its pack has the name of the edition of its first row, or of the file. Fails with `InvalidDataPack` where
 * the file cannot be read, where its columns are those of no table, where a row lacks its source, year or licence, and
 * where a cell cannot be used: it names the row, below the header, and the column.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<DataPack.DataPack, DataPack.InvalidDataPack | DatabaseError> {
  const invalid = (reason: string) => new DataPack.InvalidDataPack({ pack: path, reason })
  const text = yield* Effect.mapError(
    ForeignFile.text(path, { mostBytes }),
    ({ reason }) => invalid(`it cannot be read: ${reason.description}`)
  )
  const rows = yield* Effect.mapError(Csv.parse(text), ({ cause }) => invalid(String(cause)))
  const [first] = rows
  if (first === undefined) return yield* invalid("it has no rows")
  const columns = Object.keys(first)
  const missing = stated.filter((column) => !columns.includes(column))
  const blank = rows.flatMap((row, at) =>
    stated.some((column) => columns.includes(column) && row[column] === null)
      ? [`row ${at + 1} does not state ${
        stated.filter((column) => columns.includes(column) && row[column] === null).join(", ")
      }`]
      : []
  )
  const { kind, strange } = kindOf(columns, yield* DataFiles.list)
  const problems = [
    ...(missing.length === 0 ? [] : [`it has no column ${missing.join(", ")}`]),
    ...blank,
    ...strange
  ]
  if (kind === undefined) return yield* invalid(problems.join("\n"))
  const year = Number(first["source_year"])
  const pack: DataPack.DataPack = {
    name: String(first["edition"] ?? path.split(/[/\\]/).at(-1)),
    kind,
    csv: toCsv(columns.filter((column) => column !== "licence"), rows),
    source: String(first["source"]),
    // a year that is missing is named above, one that is none by its cell
    year: Number.isInteger(year) ? year : 0,
    licence: String(first["licence"])
  }
  const { faults, lines } = yield* DataPack.read(pack).pipe(
    Effect.as({ faults: undefined, lines: [] as ReadonlyArray<string> }),
    Effect.catchTag("InvalidDataPack", ({ faults, reason }) => Effect.succeed({ faults, lines: reason.split("\n") }))
  )
  const all = strange.length === 0 ? lines : lines.filter((line) => line.startsWith("row "))
  if (problems.length > 0 || all.length > 0) {
    return yield* new DataPack.InvalidDataPack({
      pack: path,
      reason: [...problems, ...all].join("\n"),
      ...(faults === undefined ? {} : { faults })
    })
  }
  return pack
})

/** The table that has all these columns and, of several, the fewest others; else the nearest, where most are its own. */
const kindOf = (
  columns: ReadonlyArray<string>,
  files: ReadonlyArray<DataFiles.DataFile>
): { readonly kind: string | undefined; readonly strange: ReadonlyArray<string> } => {
  const own = columns.filter((column) => column !== "licence")
  const unknownTo = (file: DataFiles.DataFile) => own.filter((column) => !file.columns.includes(column))
  const absent = (file: DataFiles.DataFile) => file.columns.filter((column) => !own.includes(column)).length
  const [nearest] = files.toSorted((a, b) => unknownTo(a).length - unknownTo(b).length || absent(a) - absent(b))
  if (nearest === undefined) return { kind: undefined, strange: ["no tables ship with this package"] }
  const unknown = unknownTo(nearest)
  const lacking = nearest.key.filter((column) => column !== "edition" && !own.includes(column))
  if (unknown.length === 0 && lacking.length === 0) return { kind: nearest.kind, strange: [] }
  const why = unknown.length > 0 ? `${unknown.join(", ")} is not among them` : `it lacks ${lacking.join(", ")}`
  return {
    kind: unknown.length * 2 < own.length ? nearest.kind : undefined,
    strange: [
      `its columns are those of no table; the nearest is ${nearest.kind}, with ${nearest.columns.join(", ")}: ${why}`
    ]
  }
}

const toCsv = (columns: ReadonlyArray<string>, rows: ReadonlyArray<Csv.Row>) =>
  [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ""))]
    .map((cells) => cells.map((cell) => `"${String(cell).replaceAll("\"", "\"\"")}"`).join(","))
    .join("\n")

/**
 * The packs of the files that `GREENLANG_DATA` names, separated by commas. Default: none.
 *
 * @category reading
 */
export const configured = Effect.gen(function*() {
  const names = yield* Config.String("GREENLANG_DATA").pipe(Config.withDefault(""))
  return yield* Effect.forEach(names.split(",").map((name) => name.trim()).filter((name) => name !== ""), read)
})

/**
 * Puts packs before the tables that it is given; the first pack comes first.
 *
 * @category layers
 */
export const layer = (
  packs: ReadonlyArray<DataPack.DataPack>
): Layer.Layer<ReferenceTables, DataPack.InvalidDataPack | DatabaseError, ReferenceTables> =>
  packs.reduceRight<Layer.Layer<ReferenceTables, DataPack.InvalidDataPack | DatabaseError, ReferenceTables>>(
    (below, pack) => Layer.provide(DataPack.layer(pack), below),
    Layer.effect(ReferenceTables, Effect.service(ReferenceTables))
  )
