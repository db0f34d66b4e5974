/**
 * What each replacement of a boiler would cost, save and emit.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { BoilerType, stackFields } from "./BoilerEfficiencyTools.ts"
import * as Formulas from "./BoilerReplacementFormulas.ts"
import * as Tools from "./BoilerReplacementTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import * as FuelUse from "./FuelUse.ts"
import * as HeatPumpModel from "./HeatPumpModel.ts"
import { mmbtuPerMwh } from "./physics/Energy.ts"
import * as Heat from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import * as SolarHeatTools from "./SolarHeatTools.ts"
import type { ToolCall } from "./ToolCall.ts"

const options = ["condensing_gas", "solar_hybrid", "heat_pump", "biomass", "electric_resistance"] as const

/** @category schemas */
export const BoilerReplacementInput = Schema.Struct({
  boiler_type: BoilerType,
  fuel_type: Schema.Literals(["natural_gas", "fuel_oil", "propane", "coal", "biomass", "electricity"]),
  rated_capacity_kw: Field.positive("rated heat, kW"),
  age_years: Field.integer("age, years", 0, 100),
  stack_temperature_c: Field.number("flue gas, degC", { above: -273.15, max: 600 }),
  average_load_factor: Field.efficiency("mean load over rated heat, above 0 to 1"),
  annual_operating_hours: Field.number("hours a year", { above: 0, max: 8784 }),
  latitude: SolarHeatTools.latitude,
  ...stackFields,
  fuel_cost_per_mmbtu: Field.optional(Field.amount("price of the fuel, USD/MMBtu; a usual one when absent")),
  electricity_cost_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.1),
  discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
  analysis_period_years: Field.withDefault(Field.integer("years", 1, 50), 20),
  process_temperature_required_c: Field.withDefault(
    Field.number("temperature of the heat, degC", { min: 20, max: 400 }),
    80
  ),
  solar_resource_kwh_m2_year: Field.optional(SolarHeatTools.resource),
  heat_pump_source_type: Field.withDefault(HeatPumpModel.SourceKind, "air_source"),
  replacement_options: Field.withDefault(Schema.NonEmptyArray(Tools.Option), options),
  electricity_price_hp: Field.optional(Field.amount("price of the heat pump's electricity, USD/kWh")),
  om_usd_year: Field.withDefault(Field.amount("maintenance added by electric options, USD a year"), 0),
  demand_charge_usd_kw_month: Field.withDefault(Field.amount("demand charge, USD/kW a month"), 0),
  sink_inlet_temperature_c: Field.optional(Field.number("sink inlet, degC", { above: -273.15 })),
  itc_rate: Field.withDefault(Field.share("tax credit or grant, of the investment"), 0)
})
/** @category schemas */
export type BoilerReplacementInput = typeof BoilerReplacementInput.Type

/** One option beside the others. `reason` says why it is not feasible. @category schemas */
export const Compared = Schema.Struct({
  technology: Tools.Option,
  feasible: Schema.Boolean,
  reason: Field.optional(Schema.String),
  score: Field.optional(Schema.Finite),
  efficiency: Schema.Finite.annotate({ description: "gross efficiency, or COP" }),
  solar_fraction: Field.optional(Schema.Finite),
  heat_pump_cop: Field.optional(Schema.Finite),
  capital_cost_usd: Schema.Finite,
  incentives_usd: Schema.Finite,
  annual_savings_usd: Schema.Finite,
  simple_payback_years: Schema.NullOr(Schema.Finite),
  npv_usd: Schema.Finite,
  irr_percent: Schema.NullOr(Schema.Finite),
  annual_emissions_kg_co2e: Schema.Finite,
  biogenic_co2_kg: Field.optional(Schema.Finite.annotate({ description: "biogenic CO2 a year, kg: apart from CO2e" })),
  retrofit_complexity: Schema.String
})
/** @category schemas */
export type Compared = typeof Compared.Type

/** USD/MMBtu where none is given: assumptions of this library. @category constants */
export const usualPrices: Readonly<Record<string, number>> = {
  natural_gas: 8.5,
  fuel_oil: 15,
  propane: 18,
  coal: 4.5,
  biomass: 6,
  electricity: 29.31
}

/** The price of what is burnt today, USD/MMBtu. @category reading */
export const priceOf = (input: BoilerReplacementInput): number =>
  input.fuel_cost_per_mmbtu ?? (input.fuel_type === "electricity"
    ? input.electricity_cost_per_kwh * 1e3 / mmbtuPerMwh
    : usualPrices[input.fuel_type]!)

/**
 * Fuel and boiler must match, and flue gas is warmer than the air. Fails with `ValidationError`.
 *
 * @category validation
 */
export const validate = (input: BoilerReplacementInput) => {
  const electric = input.boiler_type === "electric_resistance" || input.boiler_type === "electrode"
  if (electric !== (input.fuel_type === "electricity")) {
    const expected = electric ? "electricity" : "a fuel"
    return Effect.fail(
      ClimateTool.invalid("fuel_type", `${input.boiler_type} does not run on ${input.fuel_type}`, expected)
    )
  }
  return input.stack_temperature_c < input.ambient_temperature_c
    ? Effect.fail(
      ClimateTool.invalid("stack_temperature_c", "is below the air's", `${input.ambient_temperature_c} or more`)
    )
    : Effect.succeed(input)
}

/** The boiler of today. @category models */
export interface Current {
  /** MWh a year. */
  readonly heat: number
  /** MMBtu a year. */
  readonly fuel: number
  readonly efficiency: number
  /** USD/MMBtu. */
  readonly price: number
  /** kg CO2e/MMBtu. */
  readonly factor: number
  /** kg of biogenic CO2/MMBtu. */
  readonly biogenic: number
  readonly emissions: number
  /** kg CO2e/kWh. */
  readonly grid: number
}

/** What an option burns and takes in a year. */
interface Use {
  readonly efficiency: number
  /** MMBtu of the fuel of today that is no longer burnt. */
  readonly savedFuel: number
  readonly kwh: number
  /** Another fuel, USD a year. */
  readonly otherFuel: number
  readonly emissions: number
  /** Biogenic CO2, kg. */
  readonly biogenic?: number
  /** Equipment, USD. */
  readonly equipment: number
  readonly solarFraction?: number
  readonly cop?: number
}

/** Temperatures of the sources of heat pumps where none is given, degC: assumptions. */
const sources = { water_source: 15, ground_source: 10, waste_heat_recovery: 40 }

/** USD for a kW of heat. */
const heatPumpCost = 1000

/** Gross efficiencies of what is bought new: assumptions. */
const efficiencies = { condensing_gas: 0.95, biomass: 0.85, electric_resistance: 0.99 }

const assumed = (what: string, value: number) => Constant.assume(what, value, "ratio, gross")

/** The biogenic CO2 of a fuel of biomass, and nothing of another. @category calculations */
export const biogenicOf = Effect.fnUntraced(function*(fuel_mmbtu: number, perMmbtu: number) {
  return perMmbtu === 0
    ? {}
    : { biogenic: yield* FuelFormulas.gasMass({ amount: fuel_mmbtu, kilograms_per_unit: perMmbtu, efficiency: 1 }) }
})

const gasFactor = FuelUse.kgPerMmbtu("natural_gas")

const useOf = Effect.fnUntraced(function*(
  option: Tools.Option,
  input: BoilerReplacementInput,
  { biogenic, efficiency, factor, fuel, grid, heat, emissions: before }: Current,
  call: ToolCall
) {
  const heatMmbtu = heat * mmbtuPerMwh
  switch (option) {
    case "condensing_gas": {
      yield* assumed("efficiency of a condensing gas boiler", efficiencies.condensing_gas)
      const burnt = yield* Heat.fuelForHeat({ heat: heatMmbtu, efficiency: efficiencies.condensing_gas })
      const isGas = input.fuel_type === "natural_gas"
      const gas = isGas ? factor : (yield* gasFactor).factor
      const use: Use = {
        efficiency: efficiencies.condensing_gas,
        savedFuel: isGas ? fuel - burnt : fuel,
        kwh: 0,
        otherFuel: isGas ? 0 : burnt * usualPrices["natural_gas"]!,
        emissions: yield* Formulas.fuelEmissions({ fuel_mmbtu: burnt, emission_factor: gas }),
        equipment: 0
      }
      return use
    }
    case "biomass": {
      yield* assumed("efficiency of a biomass boiler", efficiencies.biomass)
      const burnt = yield* Heat.fuelForHeat({ heat: heatMmbtu, efficiency: efficiencies.biomass })
      const wood = yield* FuelUse.kgPerMmbtu("biomass")
      const use: Use = {
        efficiency: efficiencies.biomass,
        savedFuel: fuel,
        kwh: 0,
        otherFuel: burnt * usualPrices["biomass"]!,
        emissions: yield* Formulas.fuelEmissions({ fuel_mmbtu: burnt, emission_factor: wood.factor }),
        ...(yield* biogenicOf(burnt, wood.biogenic)),
        equipment: 0
      }
      return use
    }
    case "electric_resistance": {
      yield* assumed("efficiency of an electric boiler", efficiencies.electric_resistance)
      const kwh = yield* Heat.fuelForHeat({ heat: heat * 1000, efficiency: efficiencies.electric_resistance })
      const use: Use = {
        efficiency: efficiencies.electric_resistance,
        savedFuel: fuel,
        kwh,
        otherFuel: 0,
        emissions: yield* PlantFormulas.powerEmissions({ kwh, grid_factor: grid, renewable_percent: 0 }),
        equipment: 0
      }
      return use
    }
    case "solar_hybrid": {
      const solar = yield* call(Tools.calculateSolarThermalSizing, {
        annual_heat_demand_mwh: heat,
        process_temperature_c: input.process_temperature_required_c,
        latitude: input.latitude,
        ...(input.solar_resource_kwh_m2_year === undefined
          ? {}
          : { solar_resource_kwh_m2_year: input.solar_resource_kwh_m2_year })
      })
      const use: Use = {
        efficiency,
        savedFuel: fuel * solar.solar_fraction,
        kwh: 0,
        otherFuel: 0,
        emissions: yield* Formulas.emissionsBesideSun({ baseline: before, solar_fraction: solar.solar_fraction }),
        ...(yield* biogenicOf(fuel * (1 - solar.solar_fraction), biogenic)),
        equipment: solar.estimated_capital_cost_usd,
        solarFraction: solar.solar_fraction
      }
      return use
    }
    case "heat_pump": {
      const kind = input.heat_pump_source_type
      const pump = yield* call(Tools.calculateHeatPumpCop, {
        sink_temperature_c: input.process_temperature_required_c,
        source_temperature_c: kind === "air_source" ? input.ambient_temperature_c : sources[kind],
        heat_pump_type: kind,
        compressor_type: "screw"
      })
      const kwh = yield* Formulas.heatPumpPower({ heat: heat * 1000, cop: pump.actual_cop })
      const use: Use = {
        efficiency: pump.actual_cop,
        savedFuel: fuel,
        kwh,
        otherFuel: 0,
        emissions: yield* PlantFormulas.powerEmissions({ kwh, grid_factor: grid, renewable_percent: 0 }),
        equipment: yield* Formulas.equipmentCost({ capacity_kw: input.rated_capacity_kw, usd_per_kw: heatPumpCost }),
        cop: pump.actual_cop
      }
      return use
    }
  }
})

/** An option that physics forbids. */
const infeasible = (technology: Tools.Option, reason: string, { emissions }: Current): Compared => ({
  technology,
  feasible: false,
  reason,
  efficiency: 0,
  capital_cost_usd: 0,
  incentives_usd: 0,
  annual_savings_usd: 0,
  simple_payback_years: null,
  npv_usd: 0,
  irr_percent: null,
  annual_emissions_kg_co2e: Answer.kilograms(emissions),
  retrofit_complexity: "none"
})

/**
 * The costs, savings and emissions of one option. What physics forbids, such as a lift of 200 K, is infeasible and says so.
 *
 * @category calculations
 */
export const evaluate = (
  option: Tools.Option,
  input: BoilerReplacementInput,
  current: Current,
  call: ToolCall
) =>
  Effect.gen(function*() {
    const use = yield* useOf(option, input, current, call)
    const fit = yield* call(Tools.calculateRetrofitIntegrationRequirements, {
      existing_boiler_type: input.boiler_type,
      new_technology: option,
      capacity_kw: input.rated_capacity_kw
    })
    const runs = option === "heat_pump" || option === "electric_resistance"
    const peak = runs ? input.rated_capacity_kw / use.efficiency : 0
    const capital = yield* PlantFormulas.sum([use.equipment, fit.estimated_retrofit_cost_usd])
    const paid = yield* call(Tools.estimatePaybackPeriod, {
      capital_cost_usd: capital,
      annual_energy_savings_mmbtu: use.savedFuel,
      fuel_cost_per_mmbtu: current.price,
      itc_rate: input.itc_rate,
      discount_rate: input.discount_rate,
      analysis_period_years: input.analysis_period_years,
      annual_electricity_kwh_added: use.kwh,
      electricity_cost_per_kwh: option === "heat_pump"
        ? input.electricity_price_hp ?? input.electricity_cost_per_kwh
        : input.electricity_cost_per_kwh,
      annual_om_added_usd: use.otherFuel + (runs || option === "solar_hybrid" ? input.om_usd_year : 0),
      annual_demand_charge_added_usd: peak * input.demand_charge_usd_kw_month * 12
    })
    const compared: Compared = {
      technology: option,
      feasible: true,
      efficiency: Answer.figure(use.efficiency),
      ...(use.solarFraction === undefined ? {} : { solar_fraction: use.solarFraction }),
      ...(use.cop === undefined ? {} : { heat_pump_cop: use.cop }),
      capital_cost_usd: Answer.money(capital),
      incentives_usd: paid.incentive_usd,
      annual_savings_usd: paid.annual_savings_usd,
      simple_payback_years: paid.simple_payback_years,
      npv_usd: paid.npv_usd,
      irr_percent: paid.irr_percent,
      annual_emissions_kg_co2e: Answer.kilograms(use.emissions),
      ...(use.biogenic === undefined ? {} : { biogenic_co2_kg: Answer.kilograms(use.biogenic) }),
      retrofit_complexity: fit.retrofit_complexity
    }
    return compared
  }).pipe(
    Effect.catchTags({
      CalculationError: ({ reason }) => Effect.succeed(infeasible(option, reason, current)),
      ValidationError: (error) =>
        option === "solar_hybrid" ? Effect.succeed(infeasible(option, error.message, current)) : Effect.fail(error)
    })
  )
