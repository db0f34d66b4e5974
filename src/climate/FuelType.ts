/**
 * Fuels and bought energy by name, and the record of how much of one was used.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Label } from "./BillUnit.ts"
import { DataError } from "./ClimateError.ts"
import * as NearestNames from "./NearestNames.ts"
import * as Strict from "./Strict.ts"
import { epaFuels, fuelFactors, fuelNames } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/**
 * What the fuel is, which says how its emissions are counted. `combustion` is burnt on site: scope 1. `electricity`, `heat`
 * and `cooling` are bought: scope 2. `generation` is made on site without emissions.
 *
 * @category models
 */
export type Kind = "combustion" | "electricity" | "heat" | "cooling" | "generation"

/** The names without a row in a table of combustion factors. */
const kinds: Readonly<Record<string, Kind>> = {
  electricity: "electricity",
  steam: "heat",
  hot_water: "heat",
  district_heating: "heat",
  district_cooling: "cooling",
  solar_pv: "generation",
  wind: "generation"
}

/** How a fuel is sold, which says the units that measure it. @category models */
export type State = "gas" | "liquid" | "solid" | "liquefied" | "compressed"

/**
 * A fuel that the tables know. `epaRow` is its row in EPA's table of heat contents.
 *
 * @category models
 */
export interface Fuel {
  readonly name: string
  readonly kind: Kind
  readonly state: State
  readonly epaRow: string | undefined
}

/**
 * The name in lower case, words joined by underscores: `Fuel Oil (No. 2)` is `no_2_fuel_oil`. Aliases are those of the
 * table of names, see `find`.
 *
 * ```ts
 * import * as FuelType from "greenlang/climate/FuelType"
 *
 * FuelType.canonical("Natural Gas") // => "natural_gas"
 * FuelType.canonical("#2 oil") // => "no_2_fuel_oil"
 * ```
 *
 * @category reading
 */
export const canonical = (name: string): string => {
  const words = name.trim().toLowerCase().replaceAll(/[.#(),:/]/g, " ").trim().replaceAll(/[\s_-]+/g, "_")
  const grade = /^(?:no_?|number_)?([12456])_(?:fuel_)?oil$/.exec(words) ??
    /^(?:fuel_)?oil_(?:no_?|number_)?([12456])$/.exec(words)
  if (grade !== null) return `no_${grade[1]}_fuel_oil`
  return /^(electric|electric_grid|grid_electricity)$/.test(words) ? "electricity" : words
}

/** By the canonical name. What is not known otherwise is burnt. @category reading */
export const kind = (fuel: string): Kind => Object.hasOwn(kinds, fuel) ? kinds[fuel]! : "combustion"

/** Names besides those of the tables of combustion factors. @category reading */
export const bought: ReadonlyArray<string> = Object.keys(kinds)

const byAlias = (row: { readonly alias: string }) => canonical(row.alias)

/**
 * The fuel of a name or alias. Fails with `DataError`, which lists names like it, where no table has one.
 *
 * @category reading
 */
export const find = Effect.fnUntraced(function*(name: string) {
  const tables = yield* ReferenceTables
  const names = yield* tables.rows(fuelNames)
  const factors = yield* tables.rows(fuelFactors)
  const epa = yield* tables.rows(epaFuels)
  const wanted = canonical(name)
  const [named = Index.find(names, Index.byFuel, wanted)[0]] = Index.find(names, byAlias, wanted)
  const byEpaRow = names.filter((row) => row.epa_row === wanted)
  const only = new Set(byEpaRow.map((row) => row.fuel)).size === 1 ? byEpaRow[0] : undefined
  const row = named ?? only
  const fuel = row?.fuel ?? wanted
  const ofEpa = Index.find(epa, Index.byFuel, fuel)
  const isKnown = row !== undefined || Object.hasOwn(kinds, fuel) ||
    Index.find(factors, Index.byFuel, fuel).length > 0 ||
    ofEpa.length > 0
  if (!isKnown) {
    return yield* new DataError({
      what: "emission factor",
      lookedFor: { fuel_type: name },
      ...NearestNames.find(wanted, [
        ...names.flatMap((row) => [canonical(row.alias), row.fuel]),
        ...factors.map((row) => row.fuel),
        ...epa.map((row) => row.fuel),
        ...bought
      ])
    })
  }
  const epaRow = row?.epa_row ?? Index.find(names, Index.byFuel, fuel)[0]?.epa_row ??
    (ofEpa.length > 0 ? fuel : undefined)
  const native = epaRow === undefined ? undefined : Index.find(epa, Index.byFuel, epaRow)[0]?.native_unit
  const units = Index.find(factors, Index.byFuel, fuel).map(({ unit }) => unit)
  const found: Fuel = { name: fuel, kind: kind(fuel), state: stateOf(fuel, native, units), epaRow }
  return found
})

const stateOf = (fuel: string, native: string | undefined, units: ReadonlyArray<string>): State => {
  if (fuel === "cng" || fuel === "lng") return "compressed"
  if (/^(propane|butane|isobutane|lpg|biopropane)$/.test(fuel)) return "liquefied"
  if (native === "scf" || fuel === "biomethane" || fuel === "hydrogen") return "gas"
  return native === "gallon" || units.includes("liter") || units.includes("gallon") ? "liquid" : "solid"
}

/** Any spelling of a fuel; what it means is looked up when the agent runs. @category schemas */
export const FuelType = Schema.NonEmptyString.annotate({
  description: "fuel or bought energy: natural_gas, diesel, gasoline, propane, lpg, fuel_oil, residual_fuel_oil, " +
    "kerosene, coal, coal_anthracite, coal_bituminous, coal_subbituminous, coal_lignite, biomass_wood, biodiesel, " +
    "ethanol, cng, lng, hydrogen and all fuels of EPA's Table 1; electricity, steam, hot_water, district_heating, " +
    "district_cooling; generated on site: solar_pv, wind"
})

const amount = Schema.Finite.annotate({
  description: "how much, in the given unit: zero or more; below zero only for solar_pv and wind, which generate"
})

const fields = { fuel_type: FuelType, amount, unit: Label }

/**
 * The schema of a record with `fuel_type`, `amount` and `unit`, which `record` completes. It refuses unknown fields. Only
 * what is generated on site may be negative; that is reported together with whatever else is wrong with the record.
 *
 * @category schemas
 */
export const consumption = <A, I>(record: (common: typeof fields) => Schema.Codec<A, I>) => {
  const signed = record(fields)
  const unsigned = record({ ...fields, amount: amount.check(Schema.isGreaterThanOrEqualTo(0)) })
  return Strict.make(signed, (u) => generates(u) ? signed : unsigned)
}

const generates = (u: unknown) =>
  typeof u === "object" && u !== null && "fuel_type" in u && typeof u.fuel_type === "string" &&
  kind(canonical(u.fuel_type)) === "generation"
