/**
 * Whether an old boiler should be replaced, and by what, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import { calculateBoilerEfficiency } from "./BoilerEfficiencyTools.ts"
import * as Formulas from "./BoilerReplacementFormulas.ts"
import * as BoilerReplacementOptions from "./BoilerReplacementOptions.ts"
import * as BoilerReplacementTools from "./BoilerReplacementTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as FuelUse from "./FuelUse.ts"
import { kwhPerMmbtu } from "./physics/Energy.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

const { BoilerReplacementInput, Compared } = BoilerReplacementOptions

/** @category schemas */
export const BoilerReplacementOutput = Schema.Struct({
  current_efficiency: Schema.Finite,
  current_annual_fuel_consumption_mmbtu: Schema.Finite,
  current_annual_cost_usd: Schema.Finite,
  current_annual_emissions_kg_co2e: Schema.Finite,
  recommended_technology: Schema.String,
  replacement_efficiency: Schema.Finite,
  solar_fraction: Field.optional(Schema.Finite),
  heat_pump_cop: Field.optional(Schema.Finite),
  hybrid_configuration: Field.optional(BoilerReplacementTools.calculateHybridSystemPerformance.output),
  simple_payback_years: Schema.NullOr(Schema.Finite),
  npv_usd: Schema.Finite,
  irr_percent: Schema.NullOr(Schema.Finite),
  savings_usd_per_mmbtu: Schema.NullOr(Schema.Finite),
  incentives_usd: Schema.Finite,
  annual_emissions_reduction_kg_co2e: Schema.Finite,
  current_biogenic_co2_kg: Field.optional(
    Schema.Finite.annotate({ description: "biogenic CO2 of the boiler of today, kg a year: apart from CO2e" })
  ),
  biogenic_co2_kg: Field.optional(
    Schema.Finite.annotate({ description: "biogenic CO2 of the recommended technology, kg a year: apart from CO2e" })
  ),
  emissions_reduction_percent: Schema.NullOr(Schema.Finite),
  lifetime_emissions_avoided_kg_co2e: Schema.Finite,
  retrofit_complexity: Schema.String,
  estimated_retrofit_cost_usd: Schema.Finite,
  technology_comparison: Schema.Array(Compared),
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type BoilerReplacementOutput = typeof BoilerReplacementOutput.Type

type Input = BoilerReplacementOptions.BoilerReplacementInput

const compute = Effect.fnUntraced(function*(input: Input, call: ToolCall) {
  const electric = input.fuel_type === "electricity"
  const rated = yield* call(calculateBoilerEfficiency, {
    boiler_type: input.boiler_type,
    age_years: input.age_years,
    stack_temperature_c: input.stack_temperature_c,
    ambient_temperature_c: input.ambient_temperature_c,
    excess_air_percent: input.excess_air_percent,
    ...(input.flue_o2_percent === undefined ? {} : { flue_o2_percent: input.flue_o2_percent })
  })
  const used = yield* call(BoilerReplacementTools.calculateAnnualFuelConsumption, {
    rated_capacity_kw: input.rated_capacity_kw,
    average_load_factor: input.average_load_factor,
    annual_operating_hours: input.annual_operating_hours,
    boiler_efficiency: rated.actual_efficiency
  })
  const price = BoilerReplacementOptions.priceOf(input)
  const factor = electric
    ? yield* Effect.map(FuelUse.kgPerKwh(), ({ factor, notes }) => ({
      factor: factor * kwhPerMmbtu,
      biogenic: 0,
      notes
    }))
    : yield* FuelUse.kgPerMmbtu(input.fuel_type)
  const fuel = used.annual_fuel_consumed_mmbtu
  const current = {
    heat: used.annual_heat_delivered_mwh,
    fuel,
    efficiency: rated.actual_efficiency,
    price,
    factor: factor.factor,
    biogenic: factor.biogenic,
    emissions: yield* Formulas.fuelEmissions({ fuel_mmbtu: fuel, emission_factor: factor.factor }),
    grid: (yield* FuelUse.kgPerKwh()).factor
  }
  const { ranking } = yield* call(BoilerReplacementTools.compareReplacementTechnologies, {
    technologies: input.replacement_options
  })
  const options = yield* Effect.forEach(
    input.replacement_options,
    (option) => BoilerReplacementOptions.evaluate(option, input, current, call)
  )
  const scoreOf = (technology: string) => ranking.find((of) => of.technology === technology)?.score ?? 0
  const byName = (a: { technology: string }, b: { technology: string }) => a.technology < b.technology ? -1 : 1
  const feasible = options.filter((option) => option.feasible)
  const paying = feasible.filter(({ npv_usd }) => npv_usd > 0).toSorted((a, b) => b.npv_usd - a.npv_usd || byName(a, b))
  const best = paying[0] ??
    feasible.toSorted((a, b) => scoreOf(b.technology) - scoreOf(a.technology) || byName(a, b))[0]
  if (best === undefined) {
    return yield* ClimateTool.impossible("compare_replacement_technologies", "no option is feasible at this sink", {})
  }
  const pump = options.find(({ heat_pump_cop }) => heat_pump_cop !== undefined)
  const solar = options.find(({ solar_fraction }) => solar_fraction !== undefined)
  const hybrid = pump?.heat_pump_cop === undefined || solar?.solar_fraction === undefined || electric
    ? undefined
    : yield* call(BoilerReplacementTools.calculateHybridSystemPerformance, {
      annual_heat_demand_mwh: current.heat,
      solar_fraction: solar.solar_fraction,
      heat_pump_cop: pump.heat_pump_cop,
      backup_fuel_type: input.fuel_type,
      backup_efficiency: Math.min(1, current.efficiency)
    })
  const baseline = current.emissions
  const reduction = yield* PlantFormulas.avoidedEmissions({ baseline, after: best.annual_emissions_kg_co2e })
  const { biogenic: today } = yield* BoilerReplacementOptions.biogenicOf(fuel, factor.biogenic)
  const cost = yield* PlantFormulas.fuelCost({ fuel_mmbtu: fuel, price })
  const perFuel = fuel === 0
    ? undefined
    : yield* Formulas.savingsPerFuel({ savings: best.annual_savings_usd, fuel_mmbtu: fuel })
  const percent = baseline === 0 ? undefined : yield* PlantFormulas.reductionPercent({ reduction, baseline })
  const lifetime = yield* Formulas.lifetimeAvoided({ reduction, years: input.analysis_period_years })
  const output: BoilerReplacementOutput = {
    current_efficiency: current.efficiency,
    current_annual_fuel_consumption_mmbtu: fuel,
    current_annual_cost_usd: Answer.money(cost),
    current_annual_emissions_kg_co2e: Answer.kilograms(baseline),
    recommended_technology: best.technology,
    replacement_efficiency: best.efficiency,
    ...(best.solar_fraction === undefined ? {} : { solar_fraction: best.solar_fraction }),
    ...(best.heat_pump_cop === undefined ? {} : { heat_pump_cop: best.heat_pump_cop }),
    ...(hybrid === undefined ? {} : { hybrid_configuration: hybrid }),
    simple_payback_years: best.simple_payback_years,
    npv_usd: best.npv_usd,
    irr_percent: best.irr_percent,
    savings_usd_per_mmbtu: perFuel === undefined ? null : Answer.money(perFuel),
    incentives_usd: best.incentives_usd,
    annual_emissions_reduction_kg_co2e: Answer.kilograms(reduction),
    ...(today === undefined ? {} : { current_biogenic_co2_kg: Answer.kilograms(today) }),
    ...(best.biogenic_co2_kg === undefined ? {} : { biogenic_co2_kg: best.biogenic_co2_kg }),
    emissions_reduction_percent: percent === undefined ? null : Answer.percent(percent),
    lifetime_emissions_avoided_kg_co2e: Answer.kilograms(lifetime),
    retrofit_complexity: best.retrofit_complexity,
    estimated_retrofit_cost_usd: best.capital_cost_usd,
    technology_comparison: options.map((option) => ({ ...option, score: scoreOf(option.technology) })),
    recommendations: [{
      priority: paying.length > 0 ? "high" : "low",
      action: paying.length > 0 ? `Replace the boiler: ${best.technology}` : "Keep the boiler: no option pays back",
      source: input.fuel_type
    }],
    notes: [
      ...(paying.length === 0 ? ["no option pays back"] : []),
      ...rated.notes,
      ...factor.notes,
      ...(options.some(({ biogenic_co2_kg }) => biogenic_co2_kg !== undefined)
        ? ["the CO2 of biomass is biogenic: biogenic_co2_kg, apart from CO2e (GHG Protocol)"]
        : []),
      ...options.flatMap(({ technology, reason }) => reason === undefined ? [] : [`${technology}: ${reason}`]),
      "power is counted at the US average grid; emissions stay the same over the years"
    ]
  }
  return output
})

/**
 * Needs the reference tables and a language model, which explains what the tools found. A run may cost 1.00 US dollar.
 *
 * @category agents
 */
export const BoilerReplacementAgentAI = Agent.make("BoilerReplacementAgentAI", {
  version: "1.0.0",
  description:
    "An old boiler and its replacements: efficiency, cost, savings, emissions, ranking, explained by a model",
  input: Strict.make(BoilerReplacementInput),
  output: Schema.Struct({ ...BoilerReplacementOutput.fields, ...AiTwin.fields }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: BoilerReplacementTools.tools,
  validate: BoilerReplacementOptions.validate,
  execute: (input) =>
    AiTwin.run({
      agent: "BoilerReplacementAgentAI",
      purpose: "You explain whether and by what an old boiler should be replaced.",
      input,
      output: BoilerReplacementOutput,
      budgetUsd: 1,
      compute: (call) => compute(input, call)
    })
})
