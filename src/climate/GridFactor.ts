/**
 * How much greenhouse gas a kilowatt-hour from the grid carries, by country and region.
 *
 * Location-based factors, as scope 2 takes them (GHG Protocol Scope 2 Guidance, 2015, chapter 4): US EPA eGRID for the
 * United States, national inventories and agencies elsewhere. A place without one in any year takes Ember's lifecycle
 * figure, flagged.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { DataError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as NearestNames from "./NearestNames.ts"
import * as Subregion from "./Subregion.ts"
import { egridFactors, gridFactors } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"
import * as Vintage from "./Vintage.ts"
import * as Warming from "./Warming.ts"

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
 * country. `used` is the set of warming potentials behind `factor`, `undefined` where CO2 alone was published.
 *
 * @category models
 */
export interface GridFactor {
  readonly country: string
  readonly region: string
  /** Kilograms per kWh. */
  readonly factor: number
  /** `kg CO2e`, or `kg CO2` where CO2 alone was published. */
  readonly mass: string
  readonly basis: Basis
  readonly data_year: number
  readonly edition: string
  readonly source: string
  readonly source_year: number
  readonly used: Warming.GwpSet | undefined
  readonly licence: string | null
  readonly confidence: string | null
  readonly pack: string | null
  readonly notes: ReadonlyArray<string>
}

/**
 * `country` and `subregion` in any of their spellings; `subregion` is an eGRID subregion (`CAMX`), a state (`CA`) or a
 * province (`ON`).
 *
 * @category models
 */
export interface Place extends Pick<Vintage.Wanted, "edition" | "officialOnly"> {
  readonly country: string
  readonly subregion?: string | undefined
  readonly year?: number | undefined
  readonly basis?: Basis
  readonly gwpSet: Warming.GwpSet
}

/** The code of the part of a country whose power is meant; `undefined` for all of it. @category reading */
export const partOf = Effect.fnUntraced(function*({ country, subregion }: Pick<Place, "country" | "subregion">) {
  const code = Country.code(country)
  if (code === "PR") return "PRMS"
  if (subregion === undefined) return undefined
  const tables = yield* ReferenceTables
  const egrid = code === "US" ? (yield* tables.rows(egridFactors)).map((row) => row.code) : []
  return yield* Subregion.code(code, subregion, egrid)
})

/**
 * Finds the factor of a place. Fails with `DataError`, which lists what is available, when the country, its part or the
 * edition has none, and with `ValidationError` for a ZIP code; no other place stands in for it.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(place: Place) {
  const country = Country.code(place.country)
  const part = yield* partOf(place)
  const found = place.basis === "lifecycle"
    ? yield* findLifecycle(country, place)
    : country === "US" || country === "PR"
    ? yield* findEgrid(country, part ?? "US", place)
    : yield* findRegion(country, part ?? country, place)
  const note = Country.note(place.country)
  return note === undefined ? found : { ...found, notes: [note, ...found.notes] }
})

const findEgrid = Effect.fnUntraced(function*(country: string, code: string, place: Place) {
  const tables = yield* ReferenceTables
  const all = (yield* tables.rows(egridFactors)).filter((row) => row.code === code)
  const picked = yield* Vintage.pick(ofEdition(all, place), wantedOf(place), (row) => row.data_year)
  if (picked === undefined) {
    return yield* isLifecycleEdition(place) ? findLifecycle(country, place) : missing(country, code, place, all)
  }
  const { row } = picked
  const rebased = yield* Warming.rebase({
    co2: lbToKg(row.co2_lb_mwh),
    ch4: lbToKg(row.ch4_lb_mwh),
    n2o: lbToKg(row.n2o_lb_mwh),
    co2e_ar5: row.factor,
    co2e_ar6: row.factor_ar6 ?? row.factor,
    biogenic: false
  }, place.gwpSet)
  const found: GridFactor = {
    ...originOf(row),
    country,
    region: row.code,
    factor: rebased.factor,
    mass: "kg CO2e",
    basis: "location",
    data_year: row.data_year,
    used: rebased.used,
    notes: present(picked.note, rebased.note)
  }
  return found
})

/** Pounds in a megawatt-hour to kilograms in a kilowatt-hour. */
const lbToKg = (pounds: number | null) => pounds === null ? null : pounds * 0.45359237 / 1000

const findRegion = Effect.fnUntraced(function*(country: string, region: string, place: Place) {
  const tables = yield* ReferenceTables
  const all = (yield* tables.rows(gridFactors)).filter((row) => row.region === region)
  const named = ofEdition(all, place)
  const direct = named.filter((row) => !isLifecycle(row) && (row.preferred_for_scope2 || place.edition !== undefined))
  const candidates = direct.length > 0 ? direct : named
  const picked = yield* Vintage.pick(candidates, wantedOf(place), ({ year }) => year)
  if (picked !== undefined) return fromRegion(country, place, picked)
  return yield* missing(country, region, place, all)
})

const findLifecycle = Effect.fnUntraced(function*(country: string, place: Place) {
  const tables = yield* ReferenceTables
  if (place.subregion !== undefined) {
    return yield* new DataError({
      what: "lifecycle grid emission factor",
      lookedFor: { country, subregion: place.subregion },
      available: [`${country} without a subregion`]
    })
  }
  const all = (yield* tables.rows(gridFactors)).filter((row) => row.region === country && isLifecycle(row))
  const picked = yield* Vintage.pick(ofEdition(all, place), wantedOf(place), ({ year }) => year)
  if (picked !== undefined) return fromRegion(country, place, picked)
  return yield* missing(country, country, place, all)
})

type GridRow = Row<typeof gridFactors>

const isLifecycle = (row: GridRow) => row.basis.startsWith("lifecycle")

const isLifecycleEdition = ({ edition }: Place) => edition?.startsWith("Ember") === true

const ofEdition = <Row extends Vintage.Dated>(rows: ReadonlyArray<Row>, { edition }: Place) =>
  edition === undefined ? rows : rows.filter((row) => row.edition === edition)

const wantedOf = ({ edition, officialOnly, year }: Place) => ({
  ...(edition === undefined ? {} : { edition }),
  ...(officialOnly === undefined ? {} : { officialOnly }),
  ...(year === undefined ? {} : { year })
})

const fromRegion = (country: string, place: Place, { note, row, year }: Vintage.Picked<GridRow>): GridFactor => {
  const isCo2 = row.unit.startsWith("kg CO2/")
  const rebased = Warming.publishedOnAr5(row.factor, place.gwpSet)
  return {
    ...originOf(row),
    country,
    region: row.region,
    factor: row.factor,
    mass: isCo2 ? "kg CO2" : "kg CO2e",
    basis: isLifecycle(row) ? "lifecycle" : "location",
    data_year: year,
    used: isCo2 ? undefined : rebased.used,
    notes: present(
      note,
      isCo2 ? "CO2 only, the same on every set of warming potentials" : rebased.note,
      isLifecycle(row)
        ? "lifecycle emissions of generation: not comparable with the direct factors of scope 2"
        : undefined,
      isLifecycle(row) && country === "CA" ? "Canada has direct factors by province: give a province" : undefined,
      row.note ?? undefined
    )
  }
}

const originOf = ({ confidence, edition, licence, pack, source, source_year }: {
  readonly confidence: string | null
  readonly edition: string
  readonly licence: string | null
  readonly pack: string | null
  readonly source: string
  readonly source_year: number
}) => ({ confidence, edition, licence, pack, source, source_year })

const missing = Effect.fnUntraced(
  function*(country: string, region: string, place: Place, rows: ReadonlyArray<Vintage.Dated>) {
    const tables = yield* ReferenceTables
    const { edition } = place
    const what = place.basis === "lifecycle" ? "lifecycle grid emission factor" : "grid emission factor"
    if (edition !== undefined && rows.length > 0) {
      return yield* new DataError({
        lookedFor: { country, ...(region === country ? {} : { subregion: region }), edition },
        ...Vintage.missingEdition(what, { ...place, edition }, rows)
      })
    }
    const regions = (yield* tables.rows(gridFactors)).map((row) => row.region)
    return yield* new DataError({
      what,
      lookedFor: { country, ...(region === country ? {} : { subregion: region }) },
      ...(Country.isKnown(country)
        ? NearestNames.find(region, regions)
        : NearestNames.find(country, [...Country.names, ...regions]))
    })
  }
)

const present = (...notes: ReadonlyArray<string | undefined>) => notes.filter((note) => note !== undefined)
