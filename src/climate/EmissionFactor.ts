/**
 * How much greenhouse gas a unit of a fuel, of electricity, of heat or of cooling carries, as published.
 *
 * Fuels are in `FuelFactor`, electricity in `GridFactor`, heat and cooling in `HeatFactor`; here they are one answer, over
 * a year or the parts of a period.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import type * as BillUnit from "./BillUnit.ts"
import { type CalculationError, type DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as EmissionQuery from "./EmissionQuery.ts"
import * as FuelFactor from "./FuelFactor.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import * as FuelType from "./FuelType.ts"
import * as GridFactor from "./GridFactor.ts"
import * as HeatFactor from "./HeatFactor.ts"
import * as Licence from "./Licence.ts"
import { product, ratio } from "./Quantity.ts"
import type { ReferenceTables } from "./tables/ReferenceTables.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

/** A scope of the GHG Protocol: 1 is what was emitted on site, 2 what was emitted to make bought energy. @category schemas */
export const Scope = Schema.Literals(["1", "2"])

/**
 * The factor of a part of a period: so many days at the factor of one year of the table.
 *
 * @category schemas
 */
export const Part = Schema.Struct({
  year: Schema.Int,
  days: Schema.Int,
  factor: Schema.Finite,
  data_year: Schema.optionalKey(Schema.Int),
  edition: Schema.String
})

/**
 * A factor for one `per`, the unit that was asked for. `co2`, `ch4` and `n2o` are kilograms of each gas, where published;
 * biogenic CO2 is `biogenic_co2` and no part of `factor`. `region` is the row's: the country, a part of it, `GLOBAL` or
 * `WORLD`. `gwp_sets_used` is there where a row was published on another set than the wanted one.
 *
 * @category schemas
 */
export const EmissionFactor = Schema.Struct({
  fuel_type: Schema.String,
  factor: Schema.Finite.annotate({ description: "kilograms per unit, as `unit` says" }),
  unit: Schema.String.annotate({ description: "unit of the factor, such as kg CO2e/therm" }),
  per: Schema.String,
  co2: Schema.optionalKey(Schema.Finite),
  ch4: Schema.optionalKey(Schema.Finite),
  n2o: Schema.optionalKey(Schema.Finite),
  biogenic_co2: Schema.optionalKey(Schema.Finite),
  scope: Scope,
  country: Schema.String,
  region: Schema.String,
  source: Schema.String,
  year: Schema.optionalKey(Schema.Int.annotate({ description: "year of publication" })),
  data_year: Schema.optionalKey(Schema.Int.annotate({ description: "year that the row is for" })),
  edition: Schema.String,
  gwp_set: GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
  basis: Schema.optionalKey(GridFactor.Basis),
  confidence: Schema.optionalKey(Schema.String),
  parts: Schema.optionalKey(Schema.Array(Part)),
  notes: Schema.Array(Schema.String)
})
/** @category schemas */
export type EmissionFactor = typeof EmissionFactor.Type

/**
 * Finds a factor and cites it. Fails with `DataError`, which lists what is available, when the fuel, the country or the
 * factor is not known, and with `ValidationError` when the fuel is not sold by that unit.
 *
 * @category running
 */
export const find = (wanted: EmissionQuery.Wanted) => Effect.flatMap(EmissionQuery.read(wanted), answer)

/**
 * The same, of what was read before.
 *
 * @category running
 */
export const answer = Effect.fnUntraced(function*(query: EmissionQuery.Query) {
  const { fuel, gwpSet, unit, wanted } = query
  const parts = yield* Vintage.overYears(wanted, (year) => findYear(query, fuel, year))
  for (const { found } of parts) yield* cite(query, found)
  const single = parts.length === 1 ? parts[0]!.found : undefined
  const found = single ?? (yield* combine(parts))
  const used = Array.from(new Set(parts.flatMap(({ found }) => found.used ?? [])))
  const most = parts.reduce((most, part) => part.days >= most.days ? part : most)
  const notes = Array.from(
    new Set([
      ...[Country.note(wanted.country)].filter((note) => note !== undefined),
      ...parts.flatMap(({ found }) => found.notes),
      ...unit.notes
    ])
  )
  const result: EmissionFactor = {
    fuel_type: fuel.name,
    factor: found.factor,
    unit: `${found.mass}/${unit.name}`,
    per: unit.name,
    ...gasesOf(found),
    scope: fuel.kind === "combustion" || fuel.kind === "generation" ? "1" : "2",
    country: query.country,
    region: found.region,
    source: Licence.attribute(found.source),
    ...(most.found.source_year === undefined ? {} : { year: most.found.source_year }),
    ...(most.found.data_year === undefined ? {} : { data_year: most.found.data_year }),
    edition: Array.from(new Set(parts.map(({ found }) => found.edition))).join(", "),
    gwp_set: gwpSet,
    ...(used.some((set) => set !== gwpSet) ? { gwp_sets_used: used } : {}),
    ...(found.basis === undefined ? {} : { basis: found.basis }),
    ...(found.confidence === null ? {} : { confidence: found.confidence }),
    ...(wanted.period === undefined ? {} : { parts: parts.map(toPart) }),
    notes
  }
  return result
})

interface Found extends FuelFactor.Found {
  readonly mass: string
  readonly basis?: GridFactor.Basis
}

type Parts = ReadonlyArray<{ readonly found: Found; readonly year: number | undefined; readonly days: number }>

const toPart = ({ days, found, year }: Parts[number]): typeof Part.Type => ({
  year: year ?? 0,
  days,
  factor: found.factor,
  ...(found.data_year === undefined ? {} : { data_year: found.data_year }),
  edition: found.edition
})

const gases = ["co2", "ch4", "n2o", "biogenic_co2"] as const

const gasesOf = (found: Found) =>
  Object.fromEntries(gases.flatMap((gas) => found[gas] === undefined ? [] : [[gas, found[gas]]]))

/** The day-weighted average. A gas that a part does not state is not stated. */
const combine = Effect.fnUntraced(function*(parts: Parts) {
  const average = (of: (found: Found) => number) =>
    FuelFormulas.dayWeightedFactor(Object.fromEntries(
      parts.flatMap(({ days, found }, at) => [[`days_${at + 1}`, days], [`factor_${at + 1}`, of(found)]])
    ))
  const last = parts.at(-1)!.found
  const { biogenic_co2: _, ch4: __, co2: ___, n2o: ____, ...origin } = last
  const factor = yield* average((found) => found.factor)
  const stated = gases.filter((gas) => parts.every(({ found }) => found[gas] !== undefined))
  const averages = yield* Effect.forEach(
    stated,
    (gas) => Effect.map(average((found) => found[gas] ?? 0), (mean) => [gas, mean])
  )
  const combined: Found = { ...origin, ...Object.fromEntries(averages), factor }
  return combined
})

type Year = number | undefined

/** How a look-up can fail. */
type Failure = CalculationError | DataError | DatabaseError | ValidationError

const findYear = (
  query: EmissionQuery.Query,
  fuel: FuelType.Fuel,
  year: Year
): Effect.Effect<Found, Failure, ReferenceTables> => {
  switch (fuel.kind) {
    case "combustion":
      return findFuel(query, fuel, year)
    case "electricity":
      return findPower(query, year)
    case "heat":
      return findHeat(query, fuel, year)
    case "cooling":
      return findCooling(query, fuel, year)
    case "generation":
      return findGeneration(query)
  }
}

const inCo2e = (found: FuelFactor.Found): Found => ({ ...found, mass: "kg CO2e" })

const yearless = ({ allowFallback = false, edition, officialOnly }: EmissionQuery.Wanted) => ({
  allowFallback,
  ...(edition === undefined ? {} : { edition }),
  ...(officialOnly === undefined ? {} : { officialOnly })
})

const findFuel = (query: EmissionQuery.Query, fuel: FuelType.Fuel, year: Year) =>
  Effect.map(FuelFactor.find({ ...query, ...yearless(query.wanted), fuel, year }), inCo2e)

const findHeat = (query: EmissionQuery.Query, fuel: FuelType.Fuel, year: Year) =>
  Effect.map(HeatFactor.find({ ...query, ...yearless(query.wanted), fuel, year, given: query.wanted }), inCo2e)

const findPower = Effect.fnUntraced(
  function*({ country, gwpSet, part, unit, wanted }: EmissionQuery.Query, year: Year) {
    const kilowattHours = unit.basis === "net" ? Option.none() : ratio(unit.unit, "kWh")
    if (Option.isNone(kilowattHours) || unit.unit === "ton_hour") {
      return yield* wrongUnit(unit, "electricity", "kWh, MWh, GWh, MJ, GJ, kBtu or MMBtu")
    }
    const { allowFallback, edition, officialOnly } = yearless(wanted)
    const place = {
      ...(edition === undefined ? {} : { edition }),
      ...(officialOnly === undefined ? {} : { officialOnly }),
      ...(wanted.basis === undefined ? {} : { basis: wanted.basis }),
      gwpSet,
      year
    }
    const own = GridFactor.find({ ...place, country: wanted.country, subregion: wanted.subregion })
    const grid = yield* allowFallback
      ? own.pipe(
        Effect.catchTag("DataError", () => GridFactor.find({ ...place, country: wanted.country })),
        Effect.catchTag("DataError", () => GridFactor.find({ ...place, country: "WORLD" }))
      )
      : own
    const standsIn = grid.region === "WORLD" && country !== "WORLD"
      ? `${country} has no grid factor: the world's average stands in, as allowed`
      : wanted.subregion !== undefined && part === undefined
      ? `${wanted.subregion} has no grid factor: that of ${country} stands in, as allowed`
      : undefined
    const found: Found = {
      ...grid,
      factor: product(grid.factor, kilowattHours.value * unit.scale),
      by: [],
      notes: standsIn === undefined ? grid.notes : [standsIn, ...grid.notes]
    }
    return found
  }
)

/** Cooling by what drives the chiller. */
const findCooling = Effect.fnUntraced(function*(query: EmissionQuery.Query, fuel: FuelType.Fuel, year: Year) {
  const { country, unit, wanted } = query
  const chiller = yield* HeatFactor.findChiller({ ...query, ...yearless(wanted), fuel, year, given: wanted })
  const perUnit = Option.getOrElse(ratio(unit.unit, "kWh"), () => 1) * unit.scale
  if (chiller === undefined) {
    return inCo2e(HeatFactor.supplied(wanted.heat_source_factor_kg_per_kwh ?? 0, perUnit, country))
  }
  const driver = yield* FuelType.find(chiller.input)
  const kWh: BillUnit.BillUnit = { name: "kWh", unit: "kWh", basis: "gross", scale: 1, notes: [] }
  const inner: EmissionQuery.Query = { ...query, unit: kWh }
  const input: Found = driver.kind === "electricity"
    ? yield* findPower(inner, year)
    : driver.kind === "heat"
    ? yield* findHeat(inner, driver, year)
    : yield* findFuel(inner, driver, year)
  yield* cite({ ...inner, fuel: driver }, input)
  const perKilowattHour = yield* FuelFormulas.coolingFactor({ input_factor: input.factor, cop: chiller.cop })
  const { biogenic_co2: _, ch4: __, co2: ___, n2o: ____, ...origin } = input
  const found: Found = {
    ...origin,
    factor: perKilowattHour * perUnit,
    notes: [...chiller.notes, ...input.notes]
  }
  return found
})

/** Nothing is published, and so nothing cited: what is generated on site from sun or wind emits nothing in use. */
const findGeneration = Effect.fnUntraced(function*({ country, unit }: EmissionQuery.Query) {
  if (Option.isNone(ratio(unit.unit, "kWh"))) return yield* wrongUnit(unit, "generation on site", "kWh, MWh or GWh")
  const found: Found = {
    ...HeatFactor.supplied(0, 1, country),
    mass: "kg CO2e",
    source: "no emissions in use",
    edition: "none",
    notes: ["generated on site: no emissions in use, none avoided elsewhere are counted"]
  }
  return found
})

const cite = Effect.fnUntraced(function*({ fuel, unit }: EmissionQuery.Query, found: Found) {
  if (found.edition === "none") return
  yield* Run.cite({
    kind: "factor",
    name: fuel.kind === "electricity" ? `electricity, ${found.basis}` : fuel.name,
    value: found.factor,
    unit: `${found.mass}/${unit.name}`,
    source: Licence.attribute(found.source),
    version: found.edition,
    ...(found.source_year === undefined ? {} : { year: found.source_year }),
    region: found.region,
    ...(found.used === undefined ? {} : { gwpSet: found.used }),
    ...Licence.cited(found),
    ...(found.confidence === null ? {} : { confidence: found.confidence })
  })
  for (const { region, shown, source, year } of found.by) {
    yield* Run.cite({ kind: "factor", name: `heat or density of ${fuel.name}`, ...shown, source, year, region })
  }
})

const wrongUnit = (unit: BillUnit.BillUnit, what: string, expected: string) =>
  Effect.fail(
    new ValidationError({ issues: [{ path: "unit", message: `${unit.name} does not measure ${what}`, expected }] })
  )
