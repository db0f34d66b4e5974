/**
 * The emissions of a process heat today, and what solar heat avoids.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BoilerTools from "./BoilerTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as FuelUse from "./FuelUse.ts"
import { mmbtuPerMwh } from "./physics/Energy.ts"
import * as Heat from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { fuelFactors } from "./tables/FactorTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const CurrentFuel = Schema.Literals(["natural_gas", "fuel_oil", "propane", "coal", "electricity_grid"])
/** @category schemas */
export type CurrentFuel = typeof CurrentFuel.Type

/** Gross efficiencies where none is given. @category constants */
export const defaultEfficiency: Readonly<Record<CurrentFuel, number>> = {
  natural_gas: 0.8,
  fuel_oil: 0.75,
  propane: 0.82,
  coal: 0.7,
  electricity_grid: 0.98
}

/** kg CO2e of a MWh of fuel on net energy: the GLOBAL rows of the IPCC. */
const netFactor = Effect.fnUntraced(function*(fuel: string) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(fuelFactors)
  const row = rows.find((row) => row.region === "GLOBAL" && row.fuel === fuel && row.unit === "GJ_ncv")
  if (row === undefined) return yield* Effect.die(new Error(`the tables have no GLOBAL row of ${fuel} by net energy`))
  yield* Constant.cite(`${fuel}, net energy`, row.co2e_ar6, row.value_unit, row)
  return row.co2e_ar6 * 3.6
})

/** @category tools */
export const estimateEmissionsBaseline = ClimateTool.make("estimate_emissions_baseline", {
  description: "Emissions of the fuel or power that supplies a heat today",
  input: Schema.Struct({
    annual_heat_demand_mwh: Field.amount("heat of a year at the boiler's outlet, MWh"),
    current_fuel_type: CurrentFuel,
    fuel_efficiency: Field.optional(Field.efficiency("efficiency of the boiler, above 0 to 1, on the basis")),
    basis: Field.withDefault(Schema.Literals(["hhv", "lhv"]).annotate({ description: "heating value" }), "hhv"),
    grid_region: Field.optional(Field.name("eGRID subregion, US state or country, for electricity"))
  }),
  output: Schema.Struct({
    annual_emissions_kg_co2e: Schema.Finite,
    fuel_mwh: Schema.Finite,
    emission_factor_kg_per_mwh: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(
    function*({ annual_heat_demand_mwh, basis, current_fuel_type: fuel, fuel_efficiency, grid_region }) {
      const isPower = fuel === "electricity_grid"
      const place = grid_region === undefined ? {} : yield* FuelUse.placeOf(grid_region)
      const { factor, notes } = isPower
        ? yield* Effect.map(FuelUse.kgPerKwh(place), ({ factor, notes }) => ({ factor: factor * 1000, notes }))
        : basis === "lhv"
        ? { factor: yield* netFactor(fuel), notes: [] }
        : yield* Effect.map(FuelUse.kgPerMmbtu(fuel), ({ factor, notes }) => ({ factor: factor * mmbtuPerMwh, notes }))
      const usual = defaultEfficiency[fuel]
      const onNet = basis === "lhv" && !isPower
      const efficiency = fuel_efficiency ??
        (onNet ? usual / (yield* BoilerTools.netShare(fuel, "current_fuel_type")) : usual)
      const burnt = yield* Heat.fuelForHeat({ heat: annual_heat_demand_mwh, efficiency })
      const emissions = yield* PlantFormulas.baselineEmissions({
        heat: annual_heat_demand_mwh,
        boiler_efficiency: efficiency,
        emission_factor: factor
      })
      return {
        annual_emissions_kg_co2e: Answer.kilograms(emissions),
        fuel_mwh: Answer.figure(burnt),
        emission_factor_kg_per_mwh: Answer.figure(factor),
        notes: [
          ...notes,
          ...(fuel_efficiency === undefined
            ? [
              `an efficiency of ${usual} (gross) is assumed${
                onNet ? `: ${Answer.figure(efficiency)} on net energy` : ""
              }`
            ]
            : []),
          ...(isPower && grid_region === undefined ? ["no grid region: the US average"] : [])
        ]
      }
    }
  )
})

/** @category tools */
export const calculateDecarbonizationPotential = ClimateTool.make("calculate_decarbonization_potential", {
  description: "Emissions that solar heat avoids, less those of making the plant",
  input: Schema.Struct({
    baseline_emissions_kg_co2e: Field.amount("emissions today, kg CO2e a year"),
    solar_fraction: Field.share("share of the sun"),
    annual_heat_demand_mwh: Field.amount("heat of a year, MWh"),
    solar_system_emissions_factor: Field.withDefault(Field.amount("life cycle of the collectors, kg CO2e/MWh"), 15)
  }),
  output: Schema.Struct({
    max_reduction_kg_co2e: Schema.Finite.annotate({ description: "below 0 where the plant emits more than it avoids" }),
    reduction_percentage: Schema.Finite,
    residual_emissions_kg_co2e: Schema.Finite
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { baseline_emissions_kg_co2e: baseline, solar_fraction: fraction } = input
    if (baseline === 0) return { max_reduction_kg_co2e: 0, reduction_percentage: 0, residual_emissions_kg_co2e: 0 }
    const reduction = yield* PlantFormulas.solarReduction({
      baseline,
      heat: input.annual_heat_demand_mwh,
      solar_fraction: fraction,
      lifecycle_factor: input.solar_system_emissions_factor
    })
    const percent = yield* PlantFormulas.reductionPercent({ reduction, baseline })
    const residual = yield* PlantFormulas.avoidedEmissions({ baseline, after: reduction })
    return {
      max_reduction_kg_co2e: Answer.kilograms(reduction),
      reduction_percentage: Answer.percent(percent),
      residual_emissions_kg_co2e: Answer.kilograms(residual)
    }
  })
})
