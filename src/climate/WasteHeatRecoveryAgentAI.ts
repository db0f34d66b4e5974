/**
 * Waste heat of a plant: where it is, what recovers it, what that saves and in which order, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"
import * as Equipment from "./WasteHeatEquipmentTools.ts"
import * as Savings from "./WasteHeatSavingsTools.ts"
import * as Streams from "./WasteHeatStreamTools.ts"

/** @category schemas */
export const WasteHeatInput = Schema.Struct({
  facility_type: Field.name("kind of plant"),
  processes: Schema.NonEmptyArray(Streams.Process),
  total_annual_fuel_mmbtu: Field.positive("fuel of the whole plant, MMBtu a year"),
  fuel_cost_usd_per_mmbtu: Field.positive("price of fuel, USD/MMBtu"),
  electricity_cost_usd_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.1),
  grid_factor_kg_per_kwh: Field.optional(Field.kilogramsPerKilowattHour("kg CO2e/kWh; the US average when absent")),
  include_hvac_systems: Field.withDefault(
    Schema.Boolean.annotate({ description: "whether cooling towers count" }),
    true
  ),
  include_compressed_air: Field.withDefault(
    Schema.Boolean.annotate({ description: "whether compressors count" }),
    true
  ),
  minimum_temperature_f: Field.withDefault(Field.number("streams below are left out, F", { min: -459.67 }), 120),
  budget_usd: Field.optional(Field.positive("most that may be invested, USD"))
})
/** @category schemas */
export type WasteHeatInput = typeof WasteHeatInput.Type

/** One recovery: equipment for one stream. @category schemas */
export const Opportunity = Schema.Struct({
  ...Savings.Opportunity.fields,
  payback_years: Schema.NullOr(Schema.Finite),
  technology: Schema.String,
  design_area_ft2: Schema.Finite,
  recovered_heat_mmbtu_yr: Schema.Finite,
  net_savings_usd_yr: Schema.Finite,
  npv_usd: Schema.Finite,
  phase: Schema.Int,
  score: Schema.Finite,
  within_budget: Schema.Boolean
})

/** @category schemas */
export const WasteHeatOutput = Schema.Struct({
  total_waste_heat_identified_mmbtu_yr: Schema.Finite,
  recoverable_waste_heat_mmbtu_yr: Schema.Finite,
  waste_heat_sources: Schema.Array(Streams.Source),
  waste_heat_summary: Schema.Record(Schema.String, Schema.Finite).annotate({ description: "MMBtu a year by grade" }),
  opportunities: Schema.Array(Opportunity),
  total_capital_cost_usd: Schema.Finite,
  total_net_savings_usd_yr: Schema.Finite,
  total_co2_reduction_metric_tons_yr: Schema.Finite,
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type WasteHeatOutput = typeof WasteHeatOutput.Type

/** How cold the side is that is heated, F: mains water. */
const coldSide = 70

/** The equipment for one source, sized at the effectiveness of its technology. */
const recover = Effect.fnUntraced(function*(source: Streams.Source, input: WasteHeatInput, call: ToolCall) {
  const isGas = /flue_gas|exhaust/.test(source.stream_type)
  const service = isGas ? "gas_liquid" as const : "liquid_liquid" as const
  const load = source.economic_mmbtu_yr / source.operating_hours
  const { ranking } = yield* call(Equipment.selectHeatRecoveryTechnology, {
    temperature_f: source.temperature_f,
    heat_load_mmbtu_hr: load,
    service,
    fouling_risk: source.fouling_risk,
    ...(input.budget_usd === undefined ? {} : { budget_usd: input.budget_usd })
  })
  const usable = isGas ? /^(economizer|shell_tube_hx|run_around_coil)$/ : /^(plate_hx|shell_tube_hx)$/
  const chosen = ranking.find(({ technology }) => usable.test(technology))!
  const change = chosen.effectiveness * (source.temperature_f - coldSide)
  const sized = yield* call(Equipment.sizeHeatExchanger, {
    heat_load_btu_hr: load * 1e6,
    hot_side_in_f: source.temperature_f,
    hot_side_out_f: Answer.figure(source.temperature_f - change),
    cold_side_in_f: coldSide,
    cold_side_out_f: Answer.figure(coldSide + change / 2),
    technology: chosen.technology,
    service,
    flow_arrangement: "counterflow"
  })
  const saved = yield* call(Savings.calculateEnergySavings, {
    recovered_heat_mmbtu_yr: source.economic_mmbtu_yr,
    displaced_fuel_type: source.fuel_type,
    fuel_price_usd_per_mmbtu: input.fuel_cost_usd_per_mmbtu,
    boiler_efficiency: source.boiler_efficiency,
    electricity_price_usd_per_kwh: input.electricity_cost_usd_per_kwh,
    ...(input.grid_factor_kg_per_kwh === undefined ? {} : { grid_factor_kg_per_kwh: input.grid_factor_kg_per_kwh })
  })
  const capital = sized.estimated_capital_cost_usd
  const paid = yield* call(Savings.calculatePaybackPeriod, {
    capital_cost_usd: capital,
    annual_savings_usd: saved.net_savings_usd_yr,
    annual_maintenance_cost_usd: Answer.money(0.02 * capital)
  })
  return {
    name: `${source.process_name}: ${chosen.technology}`,
    technology: chosen.technology,
    payback_years: paid.simple_payback_years,
    energy_savings_mmbtu_yr: saved.fuel_displaced_mmbtu_yr,
    recovered_heat_mmbtu_yr: source.economic_mmbtu_yr,
    implementation_complexity: source.grade === "high" ? "high" as const : isGas ? "moderate" as const : "low" as const,
    co2_reduction_metric_tons_yr: saved.co2_reduction_metric_tons_yr,
    capital_cost_usd: capital,
    design_area_ft2: sized.design_area_ft2,
    net_savings_usd_yr: saved.net_savings_usd_yr,
    npv_usd: paid.net_present_value_usd,
    notes: saved.notes
  }
})

const compute = Effect.fnUntraced(function*(input: WasteHeatInput, call: ToolCall) {
  const counted = input.processes.filter(({ process_type }) =>
    (input.include_hvac_systems || process_type !== "cooling_tower") &&
    (input.include_compressed_air || process_type !== "compressor_cooling")
  )
  const [first, ...rest] = counted
  if (first === undefined) {
    return yield* ClimateTool.invalid("processes", "every process is left out", "one that is included")
  }
  const found = yield* call(Streams.identifyWasteHeatSources, {
    processes: [first, ...rest],
    total_annual_fuel_mmbtu: input.total_annual_fuel_mmbtu,
    minimum_temperature_f: input.minimum_temperature_f
  })
  // heat at the temperature of mains water recovers nothing
  const worth = found.waste_heat_sources.filter((source) =>
    source.economic_mmbtu_yr > 0 && source.temperature_f > coldSide + 20
  )
  const recoveries = yield* Effect.forEach(worth, (source) => recover(source, input, call))
  const named = recoveries.map((recovery, at) => ({
    ...Struct.omit(recovery, ["notes"]),
    name: recoveries.findIndex(({ name }) => name === recovery.name) < at ? `${recovery.name} ${at + 1}` : recovery.name
  }))
  const [one, ...more] = named.map((of) => ({
    ...Struct.pick(of, Object.keys(Savings.Opportunity.fields) as ReadonlyArray<keyof typeof Savings.Opportunity.Type>),
    payback_years: of.payback_years ?? 100
  }))
  const order = one === undefined
    ? { scores: {}, phases: {} }
    : yield* call(Savings.prioritizeWasteHeatOpportunities, { opportunities: [one, ...more] })
  const score = (name: string) => (order.scores as Readonly<Record<string, number>>)[name] ?? 0
  const phase = (name: string) => (order.phases as Readonly<Record<string, number>>)[name] ?? 3
  let spent = 0
  const opportunities = named
    .toSorted((a, b) => score(b.name) - score(a.name) || (a.name < b.name ? -1 : 1))
    .map((recovery) => {
      const within = input.budget_usd === undefined || spent + recovery.capital_cost_usd <= input.budget_usd
      if (within) spent += recovery.capital_cost_usd
      return { ...recovery, score: score(recovery.name), phase: phase(recovery.name), within_budget: within }
    })
  const taken = opportunities.filter(({ within_budget }) => within_budget)
  const capital = yield* PlantFormulas.sum(taken.map((of) => of.capital_cost_usd))
  const savings = yield* PlantFormulas.sum(taken.map((of) => of.net_savings_usd_yr))
  const avoided = yield* PlantFormulas.sum(taken.map((of) => of.co2_reduction_metric_tons_yr))
  const waste_heat = found.total_waste_heat_identified_mmbtu_yr
  const recoverable = yield* PlantFormulas.usableHeat({ waste_heat, share: 0.8 })
  const grades = Map.groupBy(found.waste_heat_sources, ({ grade }) => grade)
  const output: WasteHeatOutput = {
    total_waste_heat_identified_mmbtu_yr: found.total_waste_heat_identified_mmbtu_yr,
    recoverable_waste_heat_mmbtu_yr: Answer.figure(recoverable),
    waste_heat_sources: found.waste_heat_sources,
    waste_heat_summary: Object.fromEntries(
      Array.from(
        grades,
        ([grade, of]) => [grade, Answer.figure(of.reduce((n, { waste_heat_mmbtu_yr }) => n + waste_heat_mmbtu_yr, 0))]
      )
    ),
    opportunities,
    total_capital_cost_usd: Answer.money(capital),
    total_net_savings_usd_yr: Answer.money(savings),
    total_co2_reduction_metric_tons_yr: Answer.tonnes(avoided),
    recommendations: taken.slice(0, 3).map(({ name, phase }) => ({
      priority: phase === 1 ? "high" as const : phase === 2 ? "medium" as const : "low" as const,
      action: `Recover heat: ${name}`,
      source: name
    })),
    notes: [
      ...found.notes,
      ...new Set(recoveries.flatMap(({ notes }) => notes)),
      `recovered heat is 0.70 of the waste heat and warms water from ${coldSide} F; maintenance is 2 percent of the cost a year: a screening, not a design`
    ]
  }
  return output
})

/**
 * Needs the reference tables and a language model, which explains what the tools found. A run may cost 0.15 US dollars.
 *
 * @category agents
 */
export const WasteHeatRecoveryAgentAI = Agent.make("WasteHeatRecoveryAgentAI", {
  version: "1.0.0",
  description: "Waste heat of a plant: sources, equipment, savings, payback and order, explained by a language model",
  input: Strict.make(WasteHeatInput),
  output: Schema.Struct({ ...WasteHeatOutput.fields, ...AiTwin.fields }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: [
    Streams.identifyWasteHeatSources,
    Streams.calculateHeatRecoveryPotential,
    Equipment.selectHeatRecoveryTechnology,
    Equipment.sizeHeatExchanger,
    Savings.calculateEnergySavings,
    Streams.assessFoulingCorrosionRisk,
    Savings.calculatePaybackPeriod,
    Savings.prioritizeWasteHeatOpportunities
  ],
  execute: (input) =>
    AiTwin.run({
      agent: "WasteHeatRecoveryAgentAI",
      purpose: "You explain which waste heat of a plant is worth recovering, and with what.",
      input,
      output: WasteHeatOutput,
      budgetUsd: 0.15,
      compute: (call) => compute(input, call)
    })
})
