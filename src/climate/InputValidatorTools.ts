/**
 * Units of areas, energy and fuels as the calculations read them.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BillUnit from "./BillUnit.ts"
import * as BuildingFormulas from "./BuildingFormulas.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as FuelTools from "./FuelTools.ts"

/** Square feet of a unit of area. */
const areas: Readonly<Record<string, number>> = {
  sqft: 1,
  ft2: 1,
  "ft²": 1,
  squarefeet: 1,
  sqm: 10.76391,
  m2: 10.76391,
  "m²": 10.76391,
  squaremeters: 10.76391,
  squaremetres: 10.76391
}

/** @category tools */
export const normalizeArea = ClimateTool.make("normalize_area", {
  description: "A floor area in square feet",
  input: Schema.Struct({ value: Field.amount("floor area"), unit: Field.name("sqft or sqm") }),
  output: Schema.Struct({ value: Schema.Finite, unit: Schema.Literal("sqft") }),
  execute: Effect.fnUntraced(function*({ unit, value }) {
    const key = unit.trim().toLowerCase().replaceAll(/[\s._-]+/g, "")
    const ratio = Object.hasOwn(areas, key) ? areas[key]! : undefined
    if (ratio === undefined) return yield* ClimateTool.invalid("unit", `${unit} is not a unit of area`, "sqft or sqm")
    return { value: Answer.figure(yield* BuildingFormulas.converted({ value, ratio })), unit: "sqft" } as const
  })
})

/** @category tools */
export const normalizeEnergy = ClimateTool.make("normalize_energy", {
  description: "An amount of energy in kWh",
  input: Schema.Struct({ value: Field.amount("energy"), unit: Field.name("kWh, MWh, GJ, MMBtu, therm, ...") }),
  output: Schema.Struct({ value: Schema.Finite, unit: Schema.Literal("kWh") }),
  execute: Effect.fnUntraced(function*({ unit, value }) {
    const ratio = yield* BillUnit.energy(unit, "kWh", "unit")
    const kwh = yield* BuildingFormulas.converted({ value, ratio })
    return { value: Answer.figure(kwh), unit: "kWh" } as const
  })
})

/** Cooling has a factor once its chiller is known: any chiller does, where only the unit counts. */
const supplier = (fuel: string) =>
  Constant.canonical(fuel) === "district_cooling" ? { chiller: "electric" as const } : {}

/** @category tools */
export const checkUnit = ClimateTool.make("check_unit", {
  description:
    "Whether a fuel is measured by a unit in a country: its canonical name, by the look-up of factors itself",
  input: Schema.Struct({
    fuel_type: Field.name("fuel or bought energy, such as natural_gas, electricity"),
    unit: Field.name("unit, as the bill writes it"),
    country: Country.CountryOrUs
  }),
  output: Schema.Struct({ unit: Schema.String, notes: Field.notes }),
  execute: ({ country, fuel_type, unit }) =>
    Effect.map(
      FuelTools.lookupEmissionFactor.call({ fuel_type, unit, country, ...supplier(fuel_type) }),
      (found) => ({ unit: found.unit.split("/").at(-1)!, notes: found.notes })
    )
})

/** @category tools */
export const tools = [checkUnit, normalizeArea, normalizeEnergy] as const
