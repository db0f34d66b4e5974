/**
 * Fuel and emissions of a boiler or a heat pump, from its heat or from its fuel, and how good it is.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Agent from "../agent/Agent.ts"
import * as Answer from "./Answer.ts"
import * as BoilerTools from "./BoilerTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as FuelTools from "./FuelTools.ts"
import { fuelName } from "./FuelUse.ts"
import { mmbtuToKwh } from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { Kilograms, KilogramsCo2e } from "./Quantity.ts"
import * as Strict from "./Strict.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

/** Exactly one of `thermal_output` and `fuel_consumption`. @category schemas */
export const BoilerInput = Schema.Struct({
  ...BoilerTools.efficiencyFields,
  ...FuelTools.place,
  country: Schema.optionalKey(Country.Country.annotate({
    description: "country: ISO 3166 code or English name, such as US, UK, IN, DE. Default: US"
  })),
  thermal_output: Field.optional(BoilerTools.Measured.annotate({ description: "useful heat, in a unit of energy" })),
  fuel_consumption: Field.optional(BoilerTools.Measured.annotate({ description: "fuel, in any unit of that fuel" }))
})

/** @category schemas */
export const BoilerOutput = Schema.Struct({
  co2e_emissions_kg: KilogramsCo2e,
  biogenic_co2_kg: Field.optional(Kilograms),
  fuel_type: Schema.String,
  fuel_mmbtu: Schema.Finite,
  fuel_consumption_value: Schema.Finite,
  fuel_consumption_unit: Schema.String,
  thermal_output_mmbtu: Schema.Finite,
  efficiency: Schema.Finite.annotate({ description: "gross efficiency, or COP of a heat pump" }),
  efficiency_basis: BoilerTools.Basis,
  kg_co2e_per_mmbtu_heat: Schema.Finite,
  kg_co2e_per_kwh_heat: Schema.Finite,
  performance_rating: BoilerTools.PerformanceRating,
  tips: Schema.Array(Schema.String),
  data_year: Field.optional(Schema.Int.annotate({ description: "year that the factor's row is for" })),
  edition: Schema.String,
  gwp_set: GwpSet,
  gwp_sets_used: Field.optional(Schema.Array(GwpSet)),
  notes: Field.notes
})

/**
 * Needs the reference tables. CO2 of biomass is `biogenic_co2_kg` and no part of the emissions; heat pumps and electric
 * boilers take the location-based factor of the grid.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { BoilerAgent } from "greenlang/climate/BoilerAgent"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Database from "greenlang/database/Database"
 *
 * const { value } = await BoilerAgent.run({
 *   boiler_type: "condensing",
 *   fuel_type: "natural_gas",
 *   thermal_output: { value: 100, unit: "MMBtu" },
 *   efficiency: 95
 * }).pipe(Effect.provide(Layer.provide(ReferenceTables.layer, Database.layerMemory)), Effect.runPromise)
 * value.fuel_consumption_value.toFixed(1) // => "1052.6"
 * value.performance_rating // => "Excellent"
 * ```
 *
 * @category agents
 */
export const BoilerAgent = Agent.make("BoilerAgent", {
  version: "1.0.0",
  description: "Fuel, emissions and rating of a boiler or a heat pump, from its heat or its fuel",
  input: Strict.make(BoilerInput),
  output: BoilerOutput,
  error: ClimateTool.ToolError,
  tools: BoilerTools.tools,
  execute: Effect.fnUntraced(function*(input) {
    const { age, boiler_type, efficiency: given, efficiency_basis, fuel_consumption, thermal_output, ...wanted } = input
    const place = { ...wanted, country: input.country ?? "US" }
    if ((fuel_consumption === undefined) === (thermal_output === undefined)) {
      return yield* ClimateTool.invalid(
        thermal_output === undefined ? "thermal_output" : "fuel_consumption",
        "exactly one of both is needed",
        "thermal_output or fuel_consumption"
      )
    }
    const fuel = Constant.canonical(input.fuel_type)
    const row = fuelName(fuel)
    const resolved = yield* BoilerTools.resolveEfficiency.call({
      age,
      boiler_type,
      fuel_type: fuel,
      efficiency_basis,
      ...(given === undefined ? {} : { efficiency: given })
    })
    const { efficiency } = resolved
    const country = Country.code(place.country)
    const burnt = fuel_consumption === undefined
      ? undefined
      : yield* energyOf(row, place, fuel_consumption)
    const thermal = thermal_output === undefined
      ? burnt! * efficiency
      : yield* BoilerTools.toMmbtu(thermal_output, "thermal_output")
    const { fuel_mmbtu, ...bought } = yield* BoilerTools.fuelForThermal.call({
      thermal_mmbtu: thermal,
      fuel_type: fuel,
      efficiency,
      country
    })
    const emitted = yield* BoilerTools.calculateEmissions.call({
      ...place,
      fuel_type: row,
      // a published row in the unit of the bill comes before one by energy
      amount: fuel_consumption?.value ?? fuel_mmbtu,
      unit: fuel_consumption?.unit ?? "MMBtu"
    })
    const { biogenic_co2_kg, emissions_kg_co2e } = emitted
    const rated = yield* BoilerTools.ratePerformance.call({ boiler_type, fuel_type: fuel, efficiency, age })
    const byMmbtu = yield* PlantFormulas.heatIntensity({ emissions: emissions_kg_co2e, heat: thermal })
    const kwh = yield* mmbtuToKwh({ mmbtu: thermal })
    const byKwh = yield* PlantFormulas.heatIntensity({ emissions: emissions_kg_co2e, heat: kwh })
    return {
      co2e_emissions_kg: emissions_kg_co2e,
      ...(biogenic_co2_kg === undefined ? {} : { biogenic_co2_kg }),
      fuel_type: fuel,
      fuel_mmbtu,
      ...(fuel_consumption === undefined
        ? bought
        : { fuel_consumption_value: fuel_consumption.value, fuel_consumption_unit: fuel_consumption.unit }),
      thermal_output_mmbtu: Answer.figure(thermal),
      efficiency,
      efficiency_basis: resolved.efficiency_basis,
      kg_co2e_per_mmbtu_heat: Answer.figure(byMmbtu),
      kg_co2e_per_kwh_heat: Answer.figure(byKwh),
      ...rated,
      ...(emitted.data_year === undefined ? {} : { data_year: emitted.data_year }),
      edition: emitted.edition,
      gwp_set: emitted.gwp_set,
      ...(emitted.gwp_sets_used === undefined ? {} : { gwp_sets_used: emitted.gwp_sets_used }),
      notes: [
        ...(input.country === undefined ? ["no country is given: the US is assumed"] : []),
        ...resolved.notes,
        ...emitted.notes,
        ...(fuel === "hydrogen"
          ? ["hydrogen emits nothing where it is burnt; making it does, which is not counted here"]
          : [])
      ]
    }
  })
})

/** Gross MMBtu of an amount of fuel. */
const energyOf = (
  fuel: string,
  { country, steam_enthalpy_btu_per_lb: steam, ...wanted }: Vintage.Wanted & {
    readonly country: string
    readonly steam_enthalpy_btu_per_lb?: number
  },
  { unit, value }: typeof BoilerTools.Measured.Type
) =>
  Effect.map(
    FuelTools.energyContent.call({
      fuel_type: fuel,
      amount: value,
      unit,
      country,
      ...Struct.pick(wanted, Vintage.names),
      ...(steam === undefined ? {} : { steam_enthalpy_btu_per_lb: steam })
    }),
    ({ energy_content_mmbtu }) => energy_content_mmbtu
  )
