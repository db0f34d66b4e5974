/**
 * Measures for a building, ranked by what they save and cost, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as Run from "../agent/Run.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import { Rating } from "./BuildingBenchmark.ts"
import * as BuildingProfileTools from "./BuildingProfileTools.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as MeasureFormulas from "./MeasureFormulas.ts"
import * as MeasureRules from "./MeasureRules.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import * as Tools from "./RecommendationTools.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/** @category schemas */
export const RecommendationInput = Schema.Struct({
  emissions_by_source: Tools.EmissionsBySource,
  building_type: Field.optional(Field.name("type of building, for its shares of load")),
  building_age: Field.withDefault(Field.number("age of the building, years", { min: 0, max: 300 }), 0),
  performance_rating: Field.optional(Rating),
  load_breakdown: Field.optional(Tools.LoadBreakdown),
  water_use_high: Field.withDefault(Schema.Boolean, false),
  country: Tools.priceFields.country,
  energy_cost_per_kwh: Tools.priceFields.energy_cost_per_kwh,
  grid_factor_kg_per_kwh: Tools.priceFields.grid_factor_kg_per_kwh,
  fuel_costs_per_mmbtu: Field.optional(Schema.Record(Schema.NonEmptyString, Field.amount("USD/MMBtu"))),
  market_based_scope2_kg: Field.optional(Field.amount("market-based scope 2, kg CO2e; the electricity when absent")),
  horizon_years: Tools.priceFields.horizon_years,
  discount_rate: Tools.priceFields.discount_rate,
  timeline_months: Field.withDefault(Field.integer("length of the plan, months", 1, 600), 24),
  max_recommendations: Field.withDefault(Field.integer("how many", 1, 20), 5)
})
/** @category schemas */
export type RecommendationInput = typeof RecommendationInput.Type

/** A measure with its figures for this building. @category schemas */
export const Advice = Schema.Struct({
  ...MeasureRules.Measure.fields,
  reduction_kg: Schema.Finite,
  annual_savings_usd: Schema.Finite,
  simple_payback_years: Schema.NullOr(Schema.Finite),
  roi_percent: Schema.NullOr(Schema.Finite),
  npv_usd: Schema.Finite,
  payback_group: Schema.Literals(["immediate", "up to 2 years", "up to 5 years", "over 5 years", "unknown"])
})
/** @category schemas */
export type Advice = typeof Advice.Type

/** @category schemas */
export const RecommendationOutput = Schema.Struct({
  total_emissions_kg: Schema.Finite,
  dominant_source: Schema.String,
  issue_types: Schema.Array(Tools.IssueType),
  recommendations: Schema.Array(Advice),
  potential_emissions_reduction: Tools.Savings,
  quick_wins: Schema.Array(Schema.String),
  high_impact: Schema.Array(Schema.String),
  ranking_by_roi: Schema.Array(Schema.String),
  implementation_roadmap: Schema.Array(Tools.Phase),
  country_programs: Schema.Array(Schema.String),
  notes: Field.notes
})
/** @category schemas */
export type RecommendationOutput = typeof RecommendationOutput.Type

const shares = Effect.fnUntraced(function*(input: RecommendationInput, call: ToolCall) {
  const given = input.load_breakdown
  if (given?.hvac_load !== undefined) {
    return { hvac: given.hvac_load, lighting: given.lighting_load ?? 0, notes: [] }
  }
  const profile = input.building_type === undefined
    ? undefined
    : yield* call(BuildingProfileTools.loadShares, { building_type: input.building_type })
  return profile === undefined
    ? {
      hvac: 0.4,
      lighting: given?.lighting_load ?? 0.2,
      notes: ["shares of load are assumed: hvac 0.40, lighting 0.20"]
    }
    : { hvac: profile.shares["hvac"] ?? 0, lighting: profile.shares["lighting"] ?? 0, notes: [] }
})

const group = (years: number | null): Advice["payback_group"] =>
  years === null
    ? "unknown"
    : years === 0
    ? "immediate"
    : years <= 2
    ? "up to 2 years"
    : years <= 5
    ? "up to 5 years"
    : "over 5 years"

/** The figures of one measure: the savings of each source that its base holds a part of. */
const rate = Effect.fnUntraced(function*(
  measure: MeasureRules.Measure,
  input: RecommendationInput,
  bases: Readonly<Record<MeasureRules.Base, number>>,
  total: number,
  call: ToolCall
) {
  const isPowerOnly = measure.saving_base === "electricity" || measure.saving_base === "market_based"
  const sources = Object.entries(input.emissions_by_source).filter(([name]) => !isPowerOnly || Tools.isPower(name))
  const held = sources.reduce((sum, [, kg]) => sum + kg, 0)
  const base = bases[measure.saving_base]
  const percent = 100 * MeasureRules.meanShare(measure.reduction_percent)
  // contracts and certificates save no energy
  const saving = measure.saving_base === "market_based" || base === 0 || total === 0 ? [] : sources
  const parts = yield* Effect.forEach(saving, ([source, kg]) =>
    call(Tools.calculateRoi, {
      source,
      emissions_kg: base * kg / held,
      saving_percent: percent,
      cost_usd: 0,
      energy_cost_per_kwh: input.energy_cost_per_kwh,
      horizon_years: input.horizon_years,
      discount_rate: input.discount_rate,
      country: input.country,
      ...(input.grid_factor_kg_per_kwh === undefined ? {} : { grid_factor_kg_per_kwh: input.grid_factor_kg_per_kwh }),
      ...priceOf(source, input)
    }))
  const cost = measure.cost_usd
  yield* Run.cite({
    kind: "factor",
    name: `cost of a measure of ${measure.cost_class} cost`,
    value: cost,
    unit: "USD",
    source: "rule of thumb of this library (secondary)",
    confidence: "no primary source"
  })
  const usd = yield* PlantFormulas.sum(parts.map(({ annual_savings_usd }) => annual_savings_usd))
  const worth_of_savings = yield* PlantFormulas.sum(parts.map(({ npv_usd }) => npv_usd))
  const worth = yield* MeasureFormulas.worth({ worth_of_savings, cost })
  const payback = usd > 0
    ? Answer.figure(yield* CashFlow.paybackYears({ net_cost_usd: cost, annual_savings_usd: usd }))
    : null
  const roi = usd > 0
    ? Answer.percent(
      yield* MeasureFormulas.returnOnInvestment({ savings: usd, horizon: input.horizon_years, cost })
    )
    : null
  const advice: Advice = {
    ...measure,
    reduction_kg: Answer.kilograms(yield* MeasureFormulas.avoided({ base_kg: base, percent })),
    annual_savings_usd: Answer.money(usd),
    simple_payback_years: payback,
    roi_percent: roi,
    npv_usd: Answer.money(worth),
    payback_group: group(payback)
  }
  return { advice, notes: parts.flatMap(({ notes }) => notes) }
})

const priceOf = (source: string, { fuel_costs_per_mmbtu = {} }: RecommendationInput) => {
  const price = Object.entries(fuel_costs_per_mmbtu).find(([name]) =>
    Constant.canonical(name) === Constant.canonical(source)
  )
  return price === undefined ? {} : { fuel_cost_per_mmbtu: price[1] }
}

const programs: Readonly<Record<string, ReadonlyArray<string>>> = {
  IN: ["rooftop solar subsidy", "PAT scheme of the BEE"],
  US: ["ENERGY STAR"],
  EU: ["EU taxonomy", "district heat"]
}
const europe = new Set("AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE".split(" "))

const compute = Effect.fnUntraced(function*(input: RecommendationInput, call: ToolCall) {
  const load = yield* shares(input, call)
  const usage = yield* call(Tools.analyzeEnergyUsage, {
    emissions_by_source: input.emissions_by_source,
    building_age: input.building_age,
    ...(input.performance_rating === undefined ? {} : { performance_rating: input.performance_rating }),
    load_breakdown: { hvac_load: load.hvac, lighting_load: load.lighting }
  })
  const total = usage.total_emissions_kg
  const power = Object.entries(input.emissions_by_source).reduce(
    (sum, [name, kg]) => Tools.isPower(name) ? sum + kg : sum,
    0
  )
  const bases: Readonly<Record<MeasureRules.Base, number>> = {
    hvac: load.hvac * total,
    lighting: load.lighting * total,
    building: total,
    electricity: power,
    market_based: input.market_based_scope2_kg ?? power,
    water: 0
  }
  const { measures } = yield* call(Tools.generateRecommendations, {
    hvac_share: load.hvac,
    lighting_share: load.lighting,
    electricity_share: total === 0 ? 0 : Math.min(1, power / total),
    building_age: input.building_age,
    water_use_high: input.water_use_high,
    ...(input.performance_rating === undefined ? {} : { performance_rating: input.performance_rating })
  })
  const chosen = measures.slice(0, input.max_recommendations)
  const rated = yield* Effect.forEach(chosen, (measure) => rate(measure, input, bases, total, call))
  const recommendations = rated.map(({ advice }) => advice)
  const savings = yield* call(Tools.estimateSavings, {
    measures: chosen.slice(0, 5).map((measure) => ({
      id: measure.id,
      base: measure.saving_base,
      share: MeasureRules.meanShare(measure.reduction_percent)
    })),
    bases_kg: bases,
    total_emissions_kg: total
  })
  const { ranking } = yield* call(Tools.rankRecommendations, {
    recommendations: recommendations.map(({ cost_usd, id, reduction_kg, roi_percent, simple_payback_years }) => ({
      id,
      cost_usd,
      reduction_kg,
      roi_percent,
      simple_payback_years
    })),
    by: "roi"
  })
  const { phases } = yield* call(Tools.generateImplementationPlan, {
    measures: chosen.map(({ cost_class, id, priority }) => ({ id, cost_class, priority })),
    timeline_months: input.timeline_months
  })
  const code = Country.code(input.country)
  const output: RecommendationOutput = {
    total_emissions_kg: total,
    dominant_source: usage.dominant_source,
    issue_types: usage.issue_types,
    recommendations,
    potential_emissions_reduction: savings,
    quick_wins: recommendations.filter(({ cost_class }) => cost_class === "low").slice(0, 3).map(({ id }) => id),
    high_impact: recommendations.toSorted((a, b) => b.reduction_kg - a.reduction_kg || (a.id < b.id ? -1 : 1)).slice(
      0,
      3
    )
      .map(({ id }) => id),
    ranking_by_roi: ranking,
    implementation_roadmap: phases,
    country_programs: Constant.own(programs, europe.has(code) ? "EU" : code) ?? [],
    notes: Array.from(
      new Set([
        ...load.notes,
        ...rated.flatMap(({ notes }) => notes),
        "ranges, costs and paybacks of measures are rules of thumb (secondary)",
        ...(input.water_use_high ? ["measures on water save no emissions that are known here"] : [])
      ])
    )
  }
  return output
})

/** Shares of load add up to at most 1. Fails with `ValidationError`. */
const validate = (input: RecommendationInput) => {
  const { hvac_load = 0, lighting_load = 0, plug_load = 0 } = input.load_breakdown ?? {}
  return hvac_load + lighting_load + plug_load > 1.01
    ? Effect.fail(ClimateTool.invalid("load_breakdown", "adds up to more than 1", "a sum of at most 1"))
    : Effect.succeed(input)
}

/**
 * Needs the reference tables and a language model, which explains what the tools found. A run may cost 0.50 US dollars.
 *
 * @category agents
 */
export const RecommendationAgentAI = Agent.make("RecommendationAgentAI", {
  version: "1.0.0",
  description: "Measures that cut a building's emissions: savings, return, ranking and plan, explained by a model",
  input: Strict.make(RecommendationInput),
  output: Schema.Struct({
    ...RecommendationOutput.fields,
    ...AiTwin.fields,
    ai_summary: Field.optional(Schema.String)
  }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: [
    Tools.analyzeEnergyUsage,
    Tools.generateRecommendations,
    Tools.calculateRoi,
    Tools.rankRecommendations,
    Tools.estimateSavings,
    Tools.generateImplementationPlan
  ],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "RecommendationAgentAI",
      purpose: "You explain which measures of a building come first.",
      input,
      output: RecommendationOutput,
      budgetUsd: 0.5,
      compute: (call) => compute(input, call)
    }).pipe(
      Effect.map((answer) => answer.explanation === undefined ? answer : { ...answer, ai_summary: answer.explanation })
    )
})
