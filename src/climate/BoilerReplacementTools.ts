/**
 * An old boiler and what could replace it: efficiency, fuel, solar heat, heat pump, hybrid, payback, ranking.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import { BoilerType, calculateBoilerEfficiency } from "./BoilerEfficiencyTools.ts"
import * as Formulas from "./BoilerReplacementFormulas.ts"
import { ValidationError } from "./ClimateError.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as HeatPumpModel from "./HeatPumpModel.ts"
import * as Heat from "./physics/Heat.ts"
import * as SolarHeat from "./physics/SolarHeat.ts"
import { celsiusToKelvin } from "./physics/Temperature.ts"
import * as SolarHeatTools from "./SolarHeatTools.ts"

/** @category tools */
export const calculateAnnualFuelConsumption = ClimateTool.make("calculate_annual_fuel_consumption", {
  description: "Heat of a boiler in a year, and the fuel behind it",
  input: Schema.Struct({
    rated_capacity_kw: Field.positive("rated heat, kW"),
    average_load_factor: Field.efficiency("mean load over rated heat, above 0 to 1"),
    annual_operating_hours: Field.number("hours a year", { above: 0, max: 8784 }),
    boiler_efficiency: Field.number("gross efficiency; a heat pump has a COP instead", { above: 0, max: 1.05 })
  }),
  output: Schema.Struct({
    annual_heat_delivered_mwh: Schema.Finite,
    annual_fuel_consumed_mwh: Schema.Finite,
    annual_fuel_consumed_mmbtu: Schema.Finite
  }),
  execute: Effect.fnUntraced(function*(input) {
    const heat = yield* Heat.annualEnergy({
      power_kw: input.rated_capacity_kw * input.average_load_factor,
      hours: input.annual_operating_hours
    })
    const fuel = yield* Heat.fuelForHeat({ heat, efficiency: input.boiler_efficiency })
    return {
      annual_heat_delivered_mwh: Answer.figure(heat),
      annual_fuel_consumed_mwh: Answer.figure(fuel),
      annual_fuel_consumed_mmbtu: Answer.figure(yield* Heat.mwhToMmbtu({ mwh: fuel }))
    }
  })
})

/** @category tools */
export const calculateSolarThermalSizing = ClimateTool.make("calculate_solar_thermal_sizing", {
  description: "Collectors that supply a share of a yearly heat demand, with storage and cost",
  input: Schema.Struct({
    annual_heat_demand_mwh: Field.positive("heat of a year, MWh"),
    process_temperature_c: Field.number("temperature of the heat, degC", { above: -273.15 }),
    latitude: SolarHeatTools.latitude,
    solar_resource_kwh_m2_year: Field.optional(SolarHeatTools.resource)
  }),
  output: Schema.Struct({ ...SolarHeatTools.Sized, estimated_capital_cost_usd: Schema.Finite }),
  execute: Effect.fnUntraced(function*(input) {
    const temperature = input.process_temperature_c
    yield* SolarHeat.collectorFor(temperature)
    const given = input.solar_resource_kwh_m2_year
    const sun = yield* SolarHeatTools.resourceAt(input.latitude, given, "solar_resource_kwh_m2_year")
    const fraction = yield* SolarHeat.retrofitFraction({ temperature_c: temperature })
    const { cost, sized } = yield* SolarHeatTools.size({
      heat: input.annual_heat_demand_mwh,
      temperature,
      fraction,
      resource: sun.resource,
      notes: sun.notes
    })
    return Number.isFinite(cost)
      ? { ...sized, estimated_capital_cost_usd: Answer.money(cost) }
      : yield* ClimateTool.invalid("annual_heat_demand_mwh", "is too large")
  })
})

/** @category tools */
export const calculateHeatPumpCop = ClimateTool.make("calculate_heat_pump_cop", {
  description: "COP of a heat pump by a fraction of Carnot (of Lorenz for R-744)",
  input: Schema.Struct({
    sink_temperature_c: Field.number("sink outlet, degC", { above: -273.15 }),
    source_temperature_c: Field.number("source inlet, degC", { above: -273.15 }),
    heat_pump_type: HeatPumpModel.SourceKind,
    compressor_type: HeatPumpModel.Compressor,
    part_load_ratio: Field.withDefault(Field.share("part load ratio, 0 to 1"), 1),
    refrigerant: Field.optional(Field.name("refrigerant, such as R-134a or R-744")),
    sink_inlet_temperature_c: Field.optional(Field.number("sink inlet, needed for R-744, degC", { above: -273.15 }))
  }),
  output: Schema.Struct({
    actual_cop: Schema.Finite,
    carnot_cop: Schema.Finite.annotate({ description: "of Lorenz, where the model says so" }),
    temperature_lift_c: Schema.Finite,
    suitability: Field.optional(HeatPumpModel.Suitability),
    model: Schema.Literals(["carnot", "lorenz"]),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const inlet = input.sink_inlet_temperature_c
    const { cop, ideal, lift, model, notes, suitability } = yield* HeatPumpModel.performance({
      kind: input.heat_pump_type,
      compressor: input.compressor_type,
      refrigerant: input.refrigerant,
      partLoad: input.part_load_ratio,
      source: celsiusToKelvin(input.source_temperature_c),
      sink: celsiusToKelvin(input.sink_temperature_c),
      sinkInlet: inlet === undefined ? undefined : celsiusToKelvin(inlet),
      sinkInletField: "sink_inlet_temperature_c"
    })
    return {
      actual_cop: Answer.figure(cop),
      carnot_cop: Answer.figure(ideal),
      temperature_lift_c: Answer.figure(lift),
      ...(suitability === undefined ? {} : { suitability }),
      model,
      notes: ["an estimate of industrial machines, not a manufacturer's figure", ...notes]
    }
  })
})

/** @category tools */
export const calculateHybridSystemPerformance = ClimateTool.make("calculate_hybrid_system_performance", {
  description: "Solar heat first; the rest half by heat pump and half by backup",
  input: Schema.Struct({
    annual_heat_demand_mwh: Field.positive("heat of a year, MWh"),
    solar_fraction: Field.share("share of the sun"),
    heat_pump_cop: Field.positive("COP"),
    backup_fuel_type: Field.name("fuel of the backup"),
    backup_efficiency: Field.efficiency("gross efficiency of the backup, above 0 to 1")
  }),
  output: Schema.Struct({
    solar_contribution_mwh: Schema.Finite,
    heat_pump_contribution_mwh: Schema.Finite,
    backup_contribution_mwh: Schema.Finite,
    heat_pump_electricity_mwh: Schema.Finite,
    backup_fuel_mwh: Schema.Finite,
    overall_system_efficiency: Schema.Finite.annotate({ description: "heat over sun, power and fuel" })
  }),
  execute: Effect.fnUntraced(function*(input) {
    const demand = input.annual_heat_demand_mwh
    const solar = yield* Formulas.solarHeat({ heat: demand, solar_fraction: input.solar_fraction })
    const half = yield* Formulas.halfOfRest({ heat: demand, solar_heat: solar })
    if (!Number.isFinite(half / input.heat_pump_cop)) {
      return yield* ClimateTool.invalid("heat_pump_cop", "is too small")
    }
    const power = yield* Formulas.heatPumpPower({ heat: half, cop: input.heat_pump_cop })
    const fuel = yield* Heat.fuelForHeat({ heat: half, efficiency: input.backup_efficiency })
    const overall = yield* Formulas.systemEfficiency({ heat: demand, solar_heat: solar, power, fuel })
    return {
      solar_contribution_mwh: Answer.figure(solar),
      heat_pump_contribution_mwh: Answer.figure(half),
      backup_contribution_mwh: Answer.figure(half),
      heat_pump_electricity_mwh: Answer.figure(power),
      backup_fuel_mwh: Answer.figure(fuel),
      overall_system_efficiency: Answer.figure(overall)
    }
  })
})

/** @category tools */
export const estimatePaybackPeriod = ClimateTool.make("estimate_payback_period", {
  description: "Savings of a replacement, less its electricity, maintenance and demand charges; payback, NPV and IRR",
  input: Schema.Struct({
    capital_cost_usd: Field.amount("investment, USD"),
    annual_energy_savings_mmbtu: Field.number("fuel saved, MMBtu a year"),
    fuel_cost_per_mmbtu: Field.amount("price of the fuel, USD/MMBtu"),
    itc_rate: Field.share("tax credit or grant, of the investment"),
    discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
    analysis_period_years: Field.withDefault(Field.integer("years", 1, 50), 20),
    annual_electricity_kwh_added: Field.withDefault(Field.number("electricity added, kWh a year"), 0),
    electricity_cost_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.1),
    annual_om_added_usd: Field.withDefault(Field.number("maintenance and other fuel added, USD a year"), 0),
    annual_demand_charge_added_usd: Field.withDefault(Field.number("demand charges added, USD a year"), 0)
  }),
  output: Schema.Struct({
    annual_savings_usd: Schema.Finite,
    simple_payback_years: Schema.NullOr(Schema.Finite),
    incentive_usd: Schema.Finite,
    net_capital_cost_usd: Schema.Finite,
    npv_usd: Schema.Finite,
    irr_percent: Schema.NullOr(Schema.Finite),
    savings_to_investment_ratio: Schema.NullOr(Schema.Finite)
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { analysis_period_years: years, capital_cost_usd, discount_rate } = input
    const savings = yield* Formulas.annualSavings({
      fuel_mmbtu: input.annual_energy_savings_mmbtu,
      fuel_price: input.fuel_cost_per_mmbtu,
      kwh: input.annual_electricity_kwh_added,
      electricity_price: input.electricity_cost_per_kwh,
      maintenance: input.annual_om_added_usd,
      demand_charges: input.annual_demand_charge_added_usd
    })
    const incentive = yield* Formulas.incentive({ investment: capital_cost_usd, rate: input.itc_rate })
    const net = capital_cost_usd * (1 - input.itc_rate)
    const worth = yield* CashFlow.netPresentValue({
      net_cost_usd: net,
      annual_savings_usd: savings,
      maintenance_usd: 0,
      growth: 0,
      discount_rate,
      years
    })
    const { paybackYears, percent } = yield* CashFlow.returns({
      net_cost_usd: net,
      annual_savings_usd: savings,
      years
    })
    const ratio = CashFlow.savingsToInvestment(net, CashFlow.level(savings, years), discount_rate)
    return {
      annual_savings_usd: Answer.money(savings),
      simple_payback_years: paybackYears === undefined ? null : Answer.figure(paybackYears),
      incentive_usd: Answer.money(incentive),
      net_capital_cost_usd: Answer.money(net),
      npv_usd: Answer.money(worth),
      irr_percent: percent === undefined ? null : Answer.percent(percent),
      savings_to_investment_ratio: ratio === undefined || !Number.isFinite(ratio) ? null : Answer.figure(ratio)
    }
  })
})

/** @category schemas */
export const Option = Schema.Literals(["condensing_gas", "solar_hybrid", "heat_pump", "biomass", "electric_resistance"])
/** @category schemas */
export type Option = typeof Option.Type

const isElectric = (boilerType: string) => boilerType === "electric_resistance" || boilerType === "electrode"

const integration = {
  low: 150,
  medium: 350,
  high: 600
}

const spaceOf: Readonly<Record<string, number>> = { condensing_gas: 0.15, solar_hybrid: 0.5, heat_pump: 0.25 }

/** @category tools */
export const calculateRetrofitIntegrationRequirements = ClimateTool.make(
  "calculate_retrofit_integration_requirements",
  {
    description: "Complexity, cost and space of putting a replacement where a boiler stands",
    input: Schema.Struct({
      existing_boiler_type: BoilerType,
      new_technology: Option,
      capacity_kw: Field.positive("heat, kW"),
      building_age_years: Field.withDefault(Field.number("age of the building, years", { min: 0, max: 300 }), 0)
    }),
    output: Schema.Struct({
      retrofit_complexity: Schema.Literals(["low", "medium", "high"]),
      estimated_retrofit_cost_usd: Schema.Finite,
      space_required_m2: Schema.Finite
    }),
    execute: Effect.fnUntraced(function*({ building_age_years, capacity_kw, existing_boiler_type, new_technology }) {
      const complexity = isElectric(existing_boiler_type)
        ? "medium"
        : new_technology === "condensing_gas"
        ? "low"
        : new_technology === "heat_pump"
        ? "high"
        : "medium"
      const usd_per_kw = integration[complexity]
      if (!Number.isFinite(capacity_kw * usd_per_kw * (1 + building_age_years / 100))) {
        return yield* ClimateTool.invalid("capacity_kw", "is too large")
      }
      const cost = yield* Formulas.integrationCost({ capacity_kw, usd_per_kw, building_age_years })
      const m2_per_kw = spaceOf[new_technology] ?? 0.2
      return {
        retrofit_complexity: complexity,
        estimated_retrofit_cost_usd: Answer.money(cost),
        space_required_m2: Answer.figure(yield* Formulas.space({ capacity_kw, m2_per_kw }))
      } as const
    })
  }
)

const defaults = { efficiency: 0.25, cost: 0.3, emissions: 0.2, reliability: 0.15, maintenance: 0.1 }

const aspects = ["efficiency", "cost", "emissions", "reliability", "maintenance"] as const

/** Scores for the aspects, of 100. */
const scores: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  condensing_gas: [95, 70, 50, 90, 80],
  solar_hybrid: [85, 60, 90, 75, 70],
  heat_pump: [88, 65, 85, 80, 75],
  biomass: [80, 55, 95, 70, 60],
  electric_resistance: [99, 75, 40, 95, 90]
}
const unknown = [75, 65, 70, 75, 70] as const

/** @category tools */
export const compareReplacementTechnologies = ClimateTool.make("compare_replacement_technologies", {
  description: "Technologies ranked by weighted scores for efficiency, cost, emissions, reliability and maintenance",
  input: Schema.Struct({
    technologies: Schema.NonEmptyArray(Field.name("technology")),
    weights: Field.optional(Schema.Struct({
      efficiency: Field.share("weight"),
      cost: Field.share("weight"),
      emissions: Field.share("weight"),
      reliability: Field.share("weight"),
      maintenance: Field.share("weight")
    }))
  }),
  output: Schema.Struct({
    ranking: Schema.Array(Schema.Struct({ technology: Schema.String, score: Schema.Finite })),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*({ technologies, weights = defaults }) {
    const { cost, efficiency, emissions, maintenance, reliability } = weights
    const all = [efficiency, cost, emissions, reliability, maintenance]
    const sum = all.reduce((total, weight) => total + weight, 0)
    if (Math.abs(sum - 1) > 1e-6) {
      return yield* new ValidationError({
        issues: [{ path: "weights", message: `add up to ${Answer.figure(sum)}`, expected: "a sum of 1" }]
      })
    }
    const rated = yield* Effect.forEach(
      new Set(technologies),
      Effect.fnUntraced(function*(technology) {
        const of = Constant.own(scores, Constant.canonical(technology)) ?? unknown
        const parts = aspects.flatMap((aspect, at) => [[`${aspect}_weight`, all[at]!], [aspect, of[at]!]] as const)
        return { technology, score: Answer.figure(yield* Formulas.weightedScore(Object.fromEntries(parts))) }
      })
    )
    const ranking = rated.toSorted((a, b) => b.score - a.score || (a.technology < b.technology ? -1 : 1))
    return {
      ranking,
      notes: technologies.filter((name) => Constant.own(scores, Constant.canonical(name)) === undefined).map((name) =>
        `${name} is not in the table: scores of an unknown technology`
      )
    }
  })
})

/** In the order of the documentation. @category tools */
export const tools = [
  calculateBoilerEfficiency,
  calculateAnnualFuelConsumption,
  calculateSolarThermalSizing,
  calculateHeatPumpCop,
  calculateHybridSystemPerformance,
  estimatePaybackPeriod,
  calculateRetrofitIntegrationRequirements,
  compareReplacementTechnologies
] as const
