/**
 * How much greenhouse gas a kilowatt-hour from the grid carries, by country and region.
 *
 * Location-based factors, as scope 2 takes them (GHG Protocol Scope 2 Guidance, 2015, chapter 4): US EPA eGRID2023 for the
 * United States, national inventories and agencies elsewhere. Where there is none, Ember's lifecycle figure, flagged.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import { DataError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as DataYear from "./DataYear.ts"
import * as Licence from "./Licence.ts"
import { type EgridFactor, ReferenceTables, type RegionGridFactor } from "./tables/ReferenceTables.ts"

/**
 * `location`: what the power plants of a region emit, the basis of scope 2. `lifecycle`: with building them and supplying
 * their fuel, so not comparable.
 *
 * @category schemas
 */
export const Basis = Schema.Literals(["location", "lifecycle"])
/** @category schemas */
export type Basis = typeof Basis.Type

/**
 * `country` and `region` are codes of the tables; `region` is the subregion, state or province where it is finer than the
 * country. `note` says what to know before use.
 *
 * @category models
 */
export interface GridFactor {
  readonly country: string
  readonly region: string
  /** Kilograms per kWh, as published. */
  readonly factor: number
  /** `kg CO2e/kWh`, or `kg CO2/kWh` where CO2 alone was published. */
  readonly unit: string
  readonly basis: Basis
  readonly data_year: number
  readonly source: string
  readonly source_year: number
  readonly gwp_set: string | undefined
  readonly confidence: string | undefined
  readonly note: string | undefined
}

/**
 * `country` and `subregion` in any of their spellings; `subregion` is an eGRID subregion (`CAMX`), a state (`CA`) or a
 * province (`ON`).
 *
 * @category models
 */
export interface Place {
  readonly country: string
  readonly subregion?: string
  readonly year?: number
  readonly basis?: Basis
}

/**
 * Finds the factor of a place and cites it. Fails with `DataError`, which lists what is available, when the country or the
 * subregion has none; no other place stands in for it.
 *
 * @category running
 */
export const find = Effect.fnUntraced(
  function*(place: Place): Effect.fn.Return<GridFactor, DataError | DatabaseError, ReferenceTables> {
    const country = Country.code(place.country)
    const found = country === "US" && place.basis !== "lifecycle"
      ? yield* findEgrid(place)
      : yield* findRegion(country, place)
    const fallback = DataYear.fallback(place.year, found.data_year)
    const factor = {
      ...found,
      note: [fallback, found.note].filter((note) => note !== undefined).join("; ") || undefined
    }
    yield* Run.cite({
      kind: "factor",
      name: `electricity, ${factor.basis}`,
      value: factor.factor,
      unit: factor.unit,
      source: factor.source,
      year: factor.source_year,
      version: `data of ${factor.data_year}`,
      region: factor.region,
      ...(factor.gwp_set === undefined ? {} : { gwpSet: factor.gwp_set }),
      ...Licence.cited(factor.source),
      ...(factor.confidence === undefined ? {} : { confidence: factor.confidence })
    })
    return factor
  }
)

/** Balancing authorities that are one eGRID subregion, and those that span several. */
const balancingAuthorities: Readonly<Record<string, readonly [string, ...Array<string>]>> = {
  CAISO: ["CAMX"],
  ERCOT: ["ERCT"],
  NEISO: ["NEWE"],
  "ISO-NE": ["NEWE"],
  NYISO: ["NYCW", "NYLI", "NYUP"],
  PJM: ["RFCE", "RFCW", "SRVC"],
  MISO: ["MROE", "MROW", "RFCM", "RFCW", "SRMV", "SRMW"],
  SPP: ["MROW", "SPNO", "SPSO"]
}

const findEgrid = Effect.fnUntraced(function*({ subregion }: Place) {
  const tables = yield* ReferenceTables
  const name = subregion?.trim().toUpperCase() ?? "US"
  const [code, ...others] = balancingAuthorities[name] ?? [name]
  if (others.length > 0) {
    return yield* new DataError({
      what: "single eGRID subregion",
      lookedFor: { country: "US", subregion: name },
      available: [code, ...others]
    })
  }
  const row = yield* tables.egridFactor(code).pipe(
    Effect.flatMap(Option.match({ onSome: Effect.succeedSome, onNone: () => tables.egridFactor(`US-${code}`) }))
  )
  if (Option.isSome(row)) return fromEgrid(row.value)
  return yield* new DataError({
    what: "grid emission factor",
    lookedFor: { country: "US", subregion: name },
    available: (yield* tables.egridFactors).map((row) => row.code)
  })
})

const fromEgrid = (row: EgridFactor): GridFactor => ({
  country: row.region,
  region: row.code,
  factor: row.factor,
  unit: row.unit,
  basis: "location",
  data_year: row.data_year,
  source: row.source,
  source_year: row.source_year,
  gwp_set: row.gwp_set,
  confidence: row.level === "state" ? "single secondary reading" : undefined,
  note: undefined
})

const findRegion = Effect.fnUntraced(function*(country: string, { basis, subregion, year }: Place) {
  const tables = yield* ReferenceTables
  const name = subregion?.trim().toUpperCase()
  const region = name === undefined || name.startsWith(`${country}-`) ? name ?? country : `${country}-${name}`
  const rows = yield* tables.gridFactors(region)
  const direct = rows.filter((row) => !isLifecycle(row))
  const wanted = basis === "lifecycle" || direct.length === 0 ? rows.filter(isLifecycle) : direct
  const row = wanted.find((row) => row.year === year) ?? newest(wanted)
  if (row !== undefined) return fromRegion(country, row)
  return yield* new DataError({
    what: basis === "lifecycle" ? "lifecycle grid emission factor" : "grid emission factor",
    lookedFor: { country, ...(name === undefined ? {} : { subregion: name }) },
    available: name === undefined
      ? (yield* tables.countries)
      : (yield* tables.gridFactors(country)).length > 0
      ? [`${country} without a subregion`]
      : []
  })
})

const isLifecycle = (row: RegionGridFactor) => row.basis.startsWith("lifecycle")

/** Of the rows that the table prefers for scope 2, if it prefers any. */
const newest = (rows: ReadonlyArray<RegionGridFactor>) => {
  const preferred = rows.filter((row) => row.preferred_for_scope2)
  return (preferred.length > 0 ? preferred : rows).toSorted((a, b) => b.year - a.year)[0]
}

const fromRegion = (country: string, row: RegionGridFactor): GridFactor => ({
  country,
  region: row.region,
  factor: row.factor,
  unit: row.unit,
  basis: isLifecycle(row) ? "lifecycle" : "location",
  data_year: row.year,
  source: Licence.attribute(row.source),
  source_year: row.source_year,
  gwp_set: /AR\d/.exec(row.basis)?.[0],
  confidence: row.note?.includes("secondary") === true ? row.note : undefined,
  note: isLifecycle(row)
    ? "lifecycle emissions of generation: not comparable with the direct factors of scope 2"
    : row.note ?? undefined
})
