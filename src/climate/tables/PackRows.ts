/**
 * Rows of data packs beside each other and beside the shipped ones: two with one key, a place that no look-up asks for, and a
 * set of warming potentials that there is not.
 */
import * as Country from "../Country.ts"
import * as NearestNames from "../NearestNames.ts"
import * as Subregion from "../Subregion.ts"
import { GwpSet } from "../Warming.ts"
import type * as Csv from "./Csv.ts"
import type { CellFault } from "./PackUnits.ts"

/** The columns that say whose row it is. */
const places = ["region", "code"] as const

/**
 * The faults of each row. `key` are the columns that no two rows share, `shipped` the rows of the same table that ship.
 *
 * @category reading
 */
export const faults = (
  rows: ReadonlyArray<Csv.Row>,
  key: ReadonlyArray<string>,
  shipped: ReadonlyArray<Csv.Row>
): ReadonlyArray<ReadonlyArray<CellFault>> => {
  const firsts = new Map<string, number>()
  const known = (column: string) => new Set(shipped.map((row) => String(row[column])))
  const byColumn = new Map([...places, "gwp_set"].map((column) => [column, known(column)]))
  return rows.map((row, at) => {
    const of = JSON.stringify(key.map((column) => row[column] ?? null))
    const first = firsts.get(of)
    if (first === undefined) firsts.set(of, at + 1)
    const last = key.findLast((column) => row[column] !== undefined && row[column] !== null) ?? "row"
    const twice = first === undefined || key.length === 0
      ? []
      : [{ column: last, message: `has the ${key.join(", ")} of row ${first}` }]
    return [
      ...twice,
      ...places.flatMap((column) => {
        const place = row[column]
        return typeof place !== "string" || byColumn.get(column)!.has(place) || isPlace(place)
          ? []
          : [{ column, message: unknownPlace(place) }]
      }),
      ...gwpSet(row["gwp_set"], byColumn.get("gwp_set")!)
    ]
  })
}

/** What a look-up asks for: the code of a country, or of its part. */
const isPlace = (place: string): boolean => {
  const [country = "", ...part] = place.split("-")
  if (country !== Country.code(country) || !Country.isKnown(country)) return false
  return part.length === 0 || Subregion.isPartOf(country, part.join("-"))
}

const unknownPlace = (place: string): string => {
  const code = Country.code(place)
  if (Country.isKnown(code)) return `${place} is asked for as ${code}`
  return `${place} is not the code of a country or of its part, such as ${
    NearestNames.find(place, Country.names).available.slice(0, 3).join(", ")
  }`
}

const gwpSet = (set: Csv.Cell | undefined, known: ReadonlySet<string>): ReadonlyArray<CellFault> =>
  set === undefined || set === null || known.has(String(set)) || GwpSet.literals.some((one) => one === set)
    ? []
    : [{ column: "gwp_set", message: `${set} is not ${GwpSet.literals.join(", ")}` }]
