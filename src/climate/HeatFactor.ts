/**
 * How much greenhouse gas bought heat and cooling carry.
 *
 * Heat (steam, hot water, district heating) takes the supplier's factor where it is given, else the published one of the
 * country; no other country stands in without `allowFallback`. Cooling takes the supplier's factor, or that of what drives
 * the chiller, divided by its coefficient of performance.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as BillUnit from "./BillUnit.ts"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import type { Found } from "./FuelFactor.ts"
import type * as FuelType from "./FuelType.ts"
import * as Quantity from "./Quantity.ts"
import { chillers, heatFactors } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import * as Vintage from "./Vintage.ts"
import * as Warming from "./Warming.ts"

/** What is known of bought heat and cooling. @category schemas */
export const fields = {
  heat_source_factor_kg_per_kwh: Field.optional(
    Field.kilogramsPerKilowattHour("heat and cooling only: the supplier's factor, kg CO2e/kWh")
  ),
  chiller: Schema.optionalKey(
    Schema.Literals(["electric", "absorption", "engine"]).annotate({
      description: "district_cooling only: what drives the chiller: electricity, steam (absorption) or gas (engine)"
    })
  ),
  cop: Schema.optionalKey(
    Schema.Finite.annotate({ description: "district_cooling with a chiller only: cooling for each unit of its input" })
      .check(Schema.isGreaterThan(0))
  ),
  steam_enthalpy_btu_per_lb: Schema.optionalKey(
    Schema.Finite.annotate({ description: "steam by mass only: Btu in a pound. Default: 1194, saturated at 150 psi" })
      .check(Schema.isBetween({ minimum: 900, maximum: 1500 }))
  )
}

/** The values of `fields`. @category models */
export interface Given {
  readonly heat_source_factor_kg_per_kwh?: number
  readonly chiller?: "electric" | "absorption" | "engine"
  readonly cop?: number
  readonly steam_enthalpy_btu_per_lb?: number
}

/**
 * Fails with `ValidationError`, which lists everything, where a field is given for what it does not belong to.
 *
 * @category validation
 */
export const check = (given: Given, fuel: FuelType.Fuel) => {
  const isHeat = fuel.kind === "heat"
  const isCooling = fuel.kind === "cooling"
  const only = (path: keyof Given, isRight: boolean, expected: string) =>
    given[path] === undefined || isRight ? [] : [{ path, message: `${fuel.name} has none`, expected }]
  const issues = [
    ...only("heat_source_factor_kg_per_kwh", isHeat || isCooling, "it only for heat and cooling"),
    ...only("chiller", isCooling, "it only where fuel_type is district_cooling"),
    ...only("cop", isCooling && given.chiller !== undefined, "it only where a chiller of district_cooling is given"),
    ...only(
      "steam_enthalpy_btu_per_lb",
      fuel.name === "steam" || (isCooling && given.chiller === "absorption"),
      "it only where fuel_type is steam"
    ),
    ...(isCooling && given.heat_source_factor_kg_per_kwh !== undefined &&
        (given.chiller === "electric" || given.chiller === "engine")
      ? [{
        path: "heat_source_factor_kg_per_kwh",
        message: `is not what drives an ${given.chiller} chiller`,
        expected: "it without a chiller, or with absorption"
      }]
      : [])
  ]
  return issues.length === 0 ? Effect.void : Effect.fail(new ValidationError({ issues }))
}

/** What is looked up. `country` is a code of the tables. @category models */
export interface Wanted extends Pick<Vintage.Wanted, "edition" | "officialOnly"> {
  readonly fuel: FuelType.Fuel
  readonly unit: BillUnit.BillUnit
  readonly country: string
  readonly year: number | undefined
  readonly gwpSet: Warming.GwpSet
  readonly allowFallback: boolean
  readonly given: Given
}

const byEnergy = (row: { readonly energy: string }) => row.energy

/**
 * The factor of a unit of heat. Fails with `DataError` where the country publishes none and the supplier's is not given, and
 * with `ValidationError` where the unit does not measure heat.
 *
 * @category running
 */
export const find = Effect.fnUntraced(function*(wanted: Wanted) {
  const { country, given, unit } = wanted
  const measured = yield* kilowattHours(wanted)
  const perUnit = measured.kilowattHours * unit.scale
  const own = given.heat_source_factor_kg_per_kwh
  if (own !== undefined) return supplied(own, perUnit, country, measured.note)
  const tables = yield* ReferenceTables
  const all = Index.find(yield* tables.rows(heatFactors), byEnergy, wanted.fuel.name)
  const home = Country.home(country)
  const regions = wanted.allowFallback ? [home, "US"] : [home]
  for (const region of regions) {
    const rows = all.filter((row) => row.region === region)
    const usable = wanted.edition === undefined ? rows : rows.filter((row) => row.edition === wanted.edition)
    const { year, ...rest } = wanted
    const picked = yield* Vintage.pick(usable, { ...rest, ...(year === undefined ? {} : { year }) }, (row) => row.year)
    if (picked === undefined) continue
    const { row } = picked
    const rebased = yield* Warming.rebase({
      ...row,
      ch4: row.ch4 === null ? null : row.ch4 / 1000,
      n2o: row.n2o === null ? null : row.n2o / 1000,
      biogenic: false
    }, wanted.gwpSet)
    const ratio = row.unit.endsWith("/MMBtu") ? perUnit * Quantity.times("kWh", "MMBtu") : perUnit
    const gases = row.co2 !== null && row.ch4 !== null && row.n2o !== null
      ? { co2: row.co2 * ratio, ch4: row.ch4 / 1000 * ratio, n2o: row.n2o / 1000 * ratio }
      : {}
    const found: Found = {
      factor: rebased.factor * ratio,
      ...gases,
      region: row.region,
      source: row.source,
      source_year: row.source_year,
      data_year: picked.year,
      edition: row.edition,
      licence: row.licence,
      confidence: row.confidence,
      pack: row.pack,
      used: rebased.used,
      by: [],
      notes: [
        region === home ? undefined : `${country} has no factor for heat: that of ${region} stands in, as allowed`,
        picked.note,
        rebased.note,
        measured.note,
        row.note ?? undefined
      ].filter((note) => note !== undefined)
    }
    return found
  }
  const rows = all.filter((row) => regions.includes(row.region))
  return yield* new DataError({
    what: "emission factor of heat",
    lookedFor: {
      fuel_type: wanted.fuel.name,
      country,
      ...(wanted.edition === undefined || rows.length === 0 ? {} : { edition: wanted.edition })
    },
    available: rows.length > 0
      ? Array.from(new Set(rows.map((row) => row.edition)))
      : ["heat_source_factor_kg_per_kwh, the supplier's factor", "allowFallback (the US factor stands in)"]
  })
})

/** The supplier's own factor, which no publication stands behind. @category constructors */
export const supplied = (perKilowattHour: number, perUnit: number, country: string, note?: string): Found => ({
  factor: perKilowattHour * perUnit,
  region: country,
  source: "the supplier, as given",
  source_year: undefined,
  data_year: undefined,
  edition: "supplier's factor",
  licence: null,
  confidence: null,
  pack: null,
  used: undefined,
  by: [],
  notes: ["the supplier's factor is used as given", ...(note === undefined ? [] : [note])]
})

/** Saturated steam at 150 psi: ENERGY STAR Portfolio Manager's default. */
const defaultEnthalpy = 1194

/** Megajoules in one unit of steam by its mass. @category reading */
export const steam = (unit: Quantity.Unit, given: Given) => {
  const enthalpy = given.steam_enthalpy_btu_per_lb ?? defaultEnthalpy
  const megajoules = Quantity.times(unit, "lb") * enthalpy * Quantity.times("Btu", "MJ")
  return { megajoules, note: `steam holds ${enthalpy} Btu/lb` }
}

/** Kilowatt-hours in one unit of heat. Steam is also sold by its mass. */
const kilowattHours = Effect.fnUntraced(function*({ fuel, given, unit }: Wanted) {
  const ratio = unit.basis === "net" || unit.unit === "ton_hour" ? Option.none() : Quantity.ratio(unit.unit, "kWh")
  if (Option.isSome(ratio)) return { kilowattHours: ratio.value, note: undefined }
  if (fuel.name === "steam" && Quantity.dimension(unit.unit) === "mass") {
    const { megajoules, note } = steam(unit.unit, given)
    return { kilowattHours: megajoules * Quantity.times("MJ", "kWh"), note }
  }
  return yield* wrongUnit(unit, fuel.name, fuel.name === "steam" ? ["lb", "kg", "tonne"] : [])
})

const wrongUnit = (unit: BillUnit.BillUnit, fuel: string, more: ReadonlyArray<string>) =>
  Effect.fail(
    new ValidationError({
      issues: [{
        path: "unit",
        message: `${unit.name} does not measure ${fuel}`,
        expected: `one of ${["kWh", "MWh", "GWh", "MJ", "GJ", "TJ", "kBtu", "MMBtu", "therm", ...more].join(", ")}`
      }]
    })
  )

/** What drives a chiller, and the cooling for each unit of it. @category models */
export interface Chiller {
  readonly input: string
  readonly cop: number
  readonly notes: ReadonlyArray<string>
}

/**
 * How bought cooling was made. `undefined` where the supplier's factor is for the cooling itself. Fails with `DataError`
 * where neither a factor nor a chiller is given.
 *
 * @category running
 */
export const findChiller = Effect.fnUntraced(function*({ given, unit, ...wanted }: Wanted) {
  if (Quantity.dimension(unit.unit) !== "energy" || unit.basis === "net") {
    return yield* wrongUnit(unit, wanted.fuel.name, ["ton_hour"])
  }
  if (given.chiller === undefined) {
    if (given.heat_source_factor_kg_per_kwh !== undefined) return undefined
    return yield* new DataError({
      what: "emission factor of cooling",
      lookedFor: { fuel_type: wanted.fuel.name, country: wanted.country },
      available: ["heat_source_factor_kg_per_kwh, the supplier's factor", "chiller: electric, absorption or engine"]
    })
  }
  const tables = yield* ReferenceTables
  const row = (yield* tables.rows(chillers)).find((row) => row.chiller === given.chiller)
  const cop = given.cop ?? row?.default_cop ?? 1
  const chiller: Chiller = {
    input: row?.input ?? "electricity",
    cop,
    notes: given.cop === undefined
      ? [`a COP of ${cop} is an estimate (${row?.source ?? "default"}): give the plant's own, or the supplier's factor`]
      : []
  }
  return chiller
})
