/**
 * Fuels and bought energy by name, and the record of how much of one was used.
 */
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaParser from "effect/SchemaParser"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { type Unit, UnitName } from "./Quantity.ts"

/**
 * What the fuel is, which says how its emissions are counted. `combustion` is burnt on site: scope 1. `electricity` and
 * `heat` (steam, district heating and cooling) are bought: scope 2. `generation` is made on site without emissions.
 *
 * @category models
 */
export type Kind = "combustion" | "electricity" | "heat" | "generation"

/** The names that are no row of the table of combustion factors. */
const kinds: Readonly<Record<string, Kind>> = {
  electricity: "electricity",
  steam: "heat",
  district_heating: "heat",
  district_cooling: "heat",
  solar_pv: "generation",
  wind: "generation"
}

/** LPG is a mixture of propane and butane with factors of its own, so it stands for itself. */
const aliases: Readonly<Record<string, string>> = {
  anthracite: "coal_anthracite",
  bituminous_coal: "coal_bituminous",
  electric: "electricity",
  grid_electricity: "electricity",
  heating_oil: "fuel_oil",
  lignite: "coal_lignite",
  petrol: "gasoline",
  subbituminous_coal: "coal_subbituminous",
  wood: "biomass_wood"
}

/**
 * The canonical name: lower case, words joined by underscores, aliases resolved. A name that nobody knows answers itself,
 * so that a look-up fails by it.
 *
 * ```ts
 * import * as FuelType from "greenlang/climate/FuelType"
 *
 * FuelType.canonical("Natural Gas") // => "natural_gas"
 * FuelType.canonical("heating oil") // => "fuel_oil"
 * FuelType.canonical("LPG") // => "lpg"
 * ```
 *
 * @category reading
 */
export const canonical = (name: string): string => {
  const fuel = name.trim().toLowerCase().replaceAll(/[\s-]+/g, "_")
  return Object.hasOwn(aliases, fuel) ? aliases[fuel]! : fuel
}

/** By the canonical name. What is not known otherwise is burnt. @category reading */
export const kind = (fuel: string): Kind => Object.hasOwn(kinds, fuel) ? kinds[fuel]! : "combustion"

/** Names besides those of the table of combustion factors. @category reading */
export const bought: ReadonlyArray<string> = Object.keys(kinds)

/**
 * The name of the fuel in EPA's table of heat contents. `coal` is the industrial mix, as in the table of factors.
 *
 * @category reading
 */
export const epaName = (fuel: string): string => Object.hasOwn(epaNames, fuel) ? epaNames[fuel]! : fuel

const epaNames: Readonly<Record<string, string>> = {
  biodiesel: "biodiesel_100",
  biomass_wood: "wood_and_wood_residuals",
  coal: "coal_mixed_industrial",
  coal_anthracite: "anthracite",
  coal_bituminous: "bituminous_coal",
  coal_lignite: "lignite",
  coal_subbituminous: "subbituminous_coal",
  coke_oven_coke: "coal_coke",
  diesel: "distillate_fuel_oil_no2",
  diesel_mineral: "distillate_fuel_oil_no2",
  district_heating: "purchased_steam_or_heat",
  ethanol: "ethanol_100",
  fuel_oil: "distillate_fuel_oil_no2",
  gas_oil: "distillate_fuel_oil_no2",
  gasoline: "motor_gasoline",
  petroleum_coke: "petroleum_coke_solid",
  residual_fuel_oil: "residual_fuel_oil_no6",
  steam: "purchased_steam_or_heat"
}

/**
 * Whether the unit can measure the fuel at all: nobody buys gas by the gallon, nor anything else by the cubic foot.
 *
 * ```ts
 * import * as FuelType from "greenlang/climate/FuelType"
 *
 * FuelType.isMeasuredBy("natural_gas", "ccf") // => true
 * FuelType.isMeasuredBy("natural_gas", "gallon") // => false
 * ```
 *
 * @category reading
 */
export const isMeasuredBy = (fuel: string, unit: Unit): boolean =>
  fuel.endsWith("gas")
    ? unit !== "gallon" && unit !== "liter"
    : unit !== "scf" && unit !== "ccf" && unit !== "mcf"

/** Reads any spelling as the canonical name. @category schemas */
export const FuelType = Schema.NonEmptyString.annotate({
  description: "fuel or bought energy: natural_gas, diesel, gasoline, propane, lpg, fuel_oil, residual_fuel_oil, " +
    "kerosene, coal, coal_anthracite, coal_bituminous, coal_subbituminous, coal_lignite, biomass_wood, biodiesel, " +
    "ethanol, electricity, steam, district_heating; generated on site: solar_pv, wind"
}).pipe(Schema.decodeTo(
  Schema.String,
  SchemaTransformation.transform({ decode: canonical, encode: (fuel) => fuel })
))

const amount = Schema.Finite.annotate({
  description: "how much, in the given unit: zero or more; below zero only for solar_pv and wind, which generate"
})

const fields = { fuel_type: FuelType, amount, unit: UnitName }

/**
 * The schema of a record with `fuel_type`, `amount` and `unit`, which `record` completes. Only what is generated on site
 * may be negative. That rule reads two fields, and is still reported together with whatever else is wrong with the record,
 * which a check of a whole `Struct` is not.
 *
 * @category schemas
 */
export const consumption = <A, I>(record: (common: typeof fields) => Schema.Codec<A, I>) => {
  const signed = record(fields)
  const decodeSigned = SchemaParser.decodeUnknownEffect(signed)
  const decodeUnsigned = SchemaParser.decodeUnknownEffect(
    record({ ...fields, amount: amount.check(Schema.isGreaterThanOrEqualTo(0)) })
  )
  return Schema.declareConstructor<A, I>()(
    [],
    () => (u, _, options) => (generates(u) ? decodeSigned : decodeUnsigned)(u, options),
    {
      toCodecJson: () =>
        Schema.link<A>()(signed, { decode: SchemaGetter.passthrough(), encode: SchemaGetter.passthrough() })
    }
  )
}

const generates = (u: unknown) =>
  typeof u === "object" && u !== null && "fuel_type" in u && typeof u.fuel_type === "string" &&
  kind(canonical(u.fuel_type)) === "generation"
