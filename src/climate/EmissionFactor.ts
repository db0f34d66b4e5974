/**
 * How much greenhouse gas a unit of a fuel, of electricity or of heat carries, as published.
 *
 * Fuels: US EPA GHG Emission Factors Hub (2025), UK DESNZ, ECCC and DCCEEW (2025); elsewhere the defaults of the IPCC
 * (2006 Guidelines, volume 2). Electricity is in `GridFactor`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as DataYear from "./DataYear.ts"
import * as FuelType from "./FuelType.ts"
import * as GridFactor from "./GridFactor.ts"
import * as HeatContent from "./HeatContent.ts"
import * as Licence from "./Licence.ts"
import { dimension, ratio, Unit } from "./Quantity.ts"
import { type FuelFactor, ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * The assessment report of the IPCC whose global warming potentials over 100 years turn each gas into CO2e.
 *
 * @category schemas
 */
export const GwpSet = Schema.Literals(["AR5", "AR6"])
/** @category schemas */
export type GwpSet = typeof GwpSet.Type

/** A scope of the GHG Protocol: 1 is what was emitted on site, 2 what was emitted to make bought energy. @category schemas */
export const Scope = Schema.Literals(["1", "2"])

/**
 * A factor for one `per`, the unit that was asked for. `co2`, `ch4` and `n2o` are kilograms of each gas, where published;
 * the CO2 of biogenic fuels is `biogenic_co2` and no part of `factor`. `region` is the row's: the country, a part of it,
 * `GLOBAL` or `WORLD`.
 *
 * @category schemas
 */
export const EmissionFactor = Schema.Struct({
  fuel_type: Schema.String,
  factor: Schema.Finite.annotate({ description: "kilograms per unit, as `unit` says" }),
  unit: Schema.String.annotate({ description: "unit of the factor, such as kg CO2e/therm" }),
  per: Unit,
  co2: Schema.optionalKey(Schema.Finite),
  ch4: Schema.optionalKey(Schema.Finite),
  n2o: Schema.optionalKey(Schema.Finite),
  biogenic_co2: Schema.optionalKey(Schema.Finite),
  scope: Scope,
  country: Schema.String,
  region: Schema.String,
  source: Schema.String,
  year: Schema.optionalKey(Schema.Int.annotate({ description: "year of publication" })),
  data_year: Schema.optionalKey(Schema.Int),
  /** The set that the factor was published with, where it was published as CO2e only. */
  gwpSet: Schema.optionalKey(Schema.String),
  confidence: Schema.optionalKey(Schema.String),
  notes: Schema.Array(Schema.String)
})
/** @category schemas */
export type EmissionFactor = typeof EmissionFactor.Type

/**
 * `fuel` is a canonical name, `country` any spelling. `subregion` counts for electricity only. `year` prefers data of that
 * year. With `allowFallback`, the world's factor, or else that of the US, stands in for a place that has none, and `notes`
 * say so; without it, no other place ever does.
 *
 * @category models
 */
export interface Wanted {
  readonly fuel_type: string
  readonly unit: Unit
  readonly country: string
  readonly subregion?: string
  readonly year?: number
  readonly gwp_set?: GwpSet
  readonly allowFallback?: boolean
}

type Find = Effect.Effect<EmissionFactor, DataError | ValidationError | DatabaseError, ReferenceTables>

/**
 * Finds a factor and cites it. In this order: a row of the country in that unit; a row of the country in a unit that
 * converts; the IPCC's default, for a country that the tables know.
 *
 * Fails with `DataError`, which lists what is available, when the fuel, the country or the factor is not known, and with
 * `ValidationError` when the fuel is not sold by that unit.
 *
 * @category running
 */
export const find = (wanted: Wanted): Find => {
  switch (FuelType.kind(wanted.fuel_type)) {
    case "combustion":
      return findFuel(wanted)
    case "electricity":
      return findElectricity(wanted)
    case "heat":
      return findHeat(wanted)
    case "generation":
      return findGeneration(wanted)
  }
}

const findFuel = Effect.fnUntraced(function*(wanted: Wanted) {
  const tables = yield* ReferenceTables
  const fuel = wanted.fuel_type
  const regions = yield* tables.regionsWithFuel(fuel)
  if (regions.length === 0) {
    return yield* new DataError({
      what: "emission factor",
      lookedFor: { fuel_type: fuel },
      available: [...yield* tables.fuels, ...FuelType.bought]
    })
  }
  const country = Country.code(wanted.country)
  const isKnown = regions.includes(country) || (yield* tables.gridFactors(country)).length > 0
  const own = isKnown ? [country, "GLOBAL"] : []
  const chain = wanted.allowFallback === true ? [...own, "GLOBAL", "US"] : own
  const rows: Array<FuelFactor> = []
  for (const region of new Set(chain)) {
    const published = yield* tables.fuelFactors({ region, fuel })
    const found = FuelType.isMeasuredBy(fuel, wanted.unit) ? yield* closest(published, wanted.unit) : undefined
    if (found !== undefined) {
      const factor = fromRow(wanted, country, found)
      yield* cite(factor)
      return factor
    }
    rows.push(...published)
  }
  if (rows.length > 0) {
    return yield* wrongUnit(
      wanted,
      rows.flatMap((row) => HeatContent.published(row.unit)?.unit ?? [])
    )
  }
  return yield* new DataError({
    what: "emission factor",
    lookedFor: { fuel_type: fuel, country: wanted.country },
    available: regions.map((region) => region === "GLOBAL" ? "GLOBAL, with allowFallback" : region)
  })
})

interface Converted {
  readonly row: FuelFactor
  /** How many of the row's unit make one of the wanted unit. */
  readonly ratio: number
  readonly note: string | undefined
}

/** The row that takes the least assumption: its own unit, then another of the same dimension, then by heat content. */
const closest = Effect.fnUntraced(function*(rows: ReadonlyArray<FuelFactor>, unit: Unit) {
  const parsed = rows.map((row) => ({ row, unit: HeatContent.published(row.unit) }))
  const gross = parsed.flatMap(({ row, unit }) =>
    unit === undefined || unit.basis === "net" ? [] : [{ row, unit: unit.unit }]
  )
  const exact = gross.find((candidate) => candidate.unit === unit)
  const same = exact ?? gross.find((candidate) => dimension(candidate.unit) === dimension(unit))
  if (same !== undefined) {
    const converted: Converted = { row: same.row, ratio: Option.getOrThrow(ratio(unit, same.unit)), note: undefined }
    return converted
  }
  for (const candidate of parsed) {
    if (candidate.unit === undefined) continue
    const by = yield* HeatContent.convert(candidate.row.fuel, { unit, basis: "gross" }, candidate.unit)
    if (Option.isSome(by)) {
      const converted: Converted = { row: candidate.row, ratio: by.value.ratio, note: by.value.note }
      return converted
    }
  }
  return undefined
})

const fromRow = (wanted: Wanted, country: string, { note, ratio, row }: Converted): EmissionFactor => {
  const { gwp_set = "AR6", unit, year } = wanted
  const gases = row.co2 !== null && row.ch4 !== null && row.n2o !== null
    ? {
      [row.biogenic ? "biogenic_co2" : "co2"]: row.co2 * ratio,
      ch4: row.ch4 * ratio,
      n2o: row.n2o * ratio,
      gwpSet: gwp_set
    }
    : { gwpSet: "AR5" }
  const standsIn = row.region === "GLOBAL"
    ? country === "WORLD"
      ? undefined
      : `${country} has no factor of its own for this fuel and unit: the IPCC default is used`
    : row.region === country
    ? undefined
    : `${country} has no factor for this fuel and unit: that of ${row.region} stands in, as allowed`
  const secondary = /secondary/i.test(`${row.source} ${row.note}`)
  return {
    fuel_type: wanted.fuel_type,
    factor: (gases.gwpSet === "AR5" ? row.co2e_ar5 : row.co2e_ar6) * ratio,
    unit: `kg CO2e/${unit}`,
    per: unit,
    ...gases,
    scope: "1",
    country,
    region: row.region,
    source: Licence.attribute(row.source),
    year: row.source_year,
    ...(secondary ? { confidence: "secondary source" } : {}),
    notes: present(standsIn, DataYear.fallback(year, row.source_year), note, row.note ?? undefined)
  }
}

const findElectricity = Effect.fnUntraced(function*(wanted: Wanted) {
  const kilowattHours = ratio(wanted.unit, "kWh")
  if (Option.isNone(kilowattHours)) return yield* wrongUnit(wanted, ["kWh", "MWh", "GWh", "MJ", "GJ", "MMBtu"])
  const country = Country.code(wanted.country)
  const year = wanted.year === undefined ? {} : { year: wanted.year }
  const place = {
    ...year,
    country: wanted.country,
    ...(wanted.subregion === undefined ? {} : { subregion: wanted.subregion })
  }
  const own = GridFactor.find(place)
  const grid = yield* wanted.allowFallback === true
    ? own.pipe(
      Effect.catchTag("DataError", () => GridFactor.find({ ...year, country: wanted.country })),
      Effect.catchTag("DataError", () => GridFactor.find({ ...year, country: "WORLD" }))
    )
    : own
  const standsIn = grid.region === "WORLD" && country !== "WORLD"
    ? `${country} has no grid factor: the world's average stands in, as allowed`
    : wanted.subregion !== undefined && grid.region === country
    ? `${wanted.subregion} has no grid factor: that of ${country} stands in, as allowed`
    : undefined
  const factor: EmissionFactor = {
    fuel_type: wanted.fuel_type,
    factor: grid.factor * kilowattHours.value,
    unit: grid.unit.replace("/kWh", `/${wanted.unit}`),
    per: wanted.unit,
    scope: "2",
    country,
    region: grid.region,
    source: grid.source,
    year: grid.source_year,
    data_year: grid.data_year,
    ...(grid.gwp_set === undefined ? {} : { gwpSet: grid.gwp_set }),
    ...(grid.confidence === undefined ? {} : { confidence: grid.confidence }),
    notes: present(standsIn, grid.note)
  }
  return factor
})

/** EPA publishes one factor for bought steam and heat, of the US; nobody one for bought cooling. */
const findHeat = Effect.fnUntraced(function*(wanted: Wanted) {
  const tables = yield* ReferenceTables
  const country = Country.code(wanted.country)
  const row = yield* tables.fuelCombustion(FuelType.epaName(wanted.fuel_type))
  if (Option.isNone(row) || (country !== row.value.region && wanted.allowFallback !== true)) {
    return yield* new DataError({
      what: "emission factor",
      lookedFor: { fuel_type: wanted.fuel_type, country: wanted.country },
      available: ["steam, US", "district_heating, US"]
    })
  }
  const { ch4, co2, co2e_ar5, co2e_ar6, n2o, region, source, source_year } = row.value
  const heat = ratio(wanted.unit, "MMBtu")
  if (Option.isNone(heat)) return yield* wrongUnit(wanted, ["MMBtu", "GJ", "MJ", "kWh", "MWh", "GWh", "therm"])
  const { gwp_set = "AR6" } = wanted
  const factor: EmissionFactor = {
    fuel_type: wanted.fuel_type,
    factor: (gwp_set === "AR5" ? co2e_ar5 : co2e_ar6) * heat.value,
    unit: `kg CO2e/${wanted.unit}`,
    per: wanted.unit,
    co2: co2 * heat.value,
    ch4: ch4 / 1000 * heat.value,
    n2o: n2o / 1000 * heat.value,
    gwpSet: gwp_set,
    scope: "2",
    country,
    region,
    source,
    year: source_year,
    notes: present(
      country === region ? undefined : `${country} has no factor for heat: that of ${region} stands in, as allowed`,
      DataYear.fallback(wanted.year, source_year)
    )
  }
  yield* cite(factor)
  return factor
})

/** Nothing is published, and so nothing cited: what is generated on site from sun or wind emits nothing in use. */
const findGeneration = Effect.fnUntraced(function*(wanted: Wanted) {
  if (dimension(wanted.unit) !== "energy") return yield* wrongUnit(wanted, ["kWh", "MWh", "GWh"])
  const country = Country.code(wanted.country)
  const factor: EmissionFactor = {
    fuel_type: wanted.fuel_type,
    factor: 0,
    unit: `kg CO2e/${wanted.unit}`,
    per: wanted.unit,
    scope: "1",
    country,
    region: country,
    source: "no emissions in use",
    notes: ["generated on site: no emissions in use, none avoided elsewhere are counted"]
  }
  return factor
})

const cite = (factor: EmissionFactor) =>
  Run.cite({
    kind: "factor",
    name: factor.fuel_type,
    value: factor.factor,
    unit: factor.unit,
    source: factor.source,
    ...(factor.year === undefined ? {} : { year: factor.year }),
    region: factor.region,
    ...(factor.gwpSet === undefined ? {} : { gwpSet: factor.gwpSet }),
    ...Licence.cited(factor.source),
    ...(factor.confidence === undefined ? {} : { confidence: factor.confidence })
  })

const wrongUnit = (wanted: Wanted, units: ReadonlyArray<string>) =>
  Effect.fail(
    new ValidationError({
      issues: [{
        path: "unit",
        message: `${wanted.unit} does not measure ${wanted.fuel_type}`,
        expected: `one of ${Array.from(new Set(units)).join(", ")}, or a unit that converts into one of them`
      }]
    })
  )

const present = (...notes: ReadonlyArray<string | undefined>) => notes.filter((note) => note !== undefined)
