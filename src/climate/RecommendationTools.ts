/**
 * Which measures a building should take first: use, return, ranking, savings together, and a plan.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BoilerReplacementOptions from "./BoilerReplacementOptions.ts"
import { Rating } from "./BuildingBenchmark.ts"
import * as CarbonFormulas from "./CarbonFormulas.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as FuelType from "./FuelType.ts"
import * as FuelUse from "./FuelUse.ts"
import * as MeasureFormulas from "./MeasureFormulas.ts"
import * as MeasureRules from "./MeasureRules.ts"
import { kwhPerMmbtu } from "./physics/Energy.ts"

/** @category schemas */
export const EmissionsBySource = Schema.Record(Schema.NonEmptyString, Field.amount("kg CO2e")).annotate({
  description: "kg CO2e by source, such as electricity, natural_gas"
})

/** @category schemas */
export const LoadBreakdown = Schema.Struct({
  hvac_load: Field.optional(Field.share("share of heating, ventilation and cooling")),
  lighting_load: Field.optional(Field.share("share of lighting")),
  plug_load: Field.optional(Field.share("share of plugs"))
})

/** @category schemas */
export const IssueType = Schema.Literals(["high_electricity", "high_hvac", "aging_infrastructure", "poor_performance"])

/** @category tools */
export const analyzeEnergyUsage = ClimateTool.make("analyze_energy_usage", {
  description: "Shares of the sources, the largest, and what stands out",
  input: Schema.Struct({
    emissions_by_source: EmissionsBySource,
    building_age: Field.optional(Field.number("age of the building, years", { min: 0, max: 300 })),
    performance_rating: Field.optional(Rating),
    load_breakdown: Field.optional(LoadBreakdown)
  }),
  output: Schema.Struct({
    total_emissions_kg: Schema.Finite,
    source_percentages: Schema.Record(Schema.String, Schema.Finite),
    dominant_source: Schema.String,
    issue_types: Schema.Array(IssueType)
  }),
  execute: Effect.fnUntraced(function*({ building_age = 0, emissions_by_source, load_breakdown, performance_rating }) {
    const sources = Object.entries(emissions_by_source).toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    const [dominant] = sources
    if (dominant === undefined) {
      return yield* ClimateTool.invalid("emissions_by_source", "is empty", "at least one source")
    }
    const total = yield* CarbonFormulas.total(sources.map(([, kg]) => kg))
    const share = (kg: number) => total === 0 ? 0 : 100 * kg / total
    const electricity = sources.reduce((sum, [name, kg]) => isPower(name) ? sum + kg : sum, 0)
    const issues: ReadonlyArray<readonly [boolean, typeof IssueType.Type]> = [
      [share(electricity) > 60, "high_electricity"],
      [(load_breakdown?.hvac_load ?? 0) > 0.4, "high_hvac"],
      [building_age > 20, "aging_infrastructure"],
      [performance_rating === "Poor" || performance_rating === "Below Average", "poor_performance"]
    ]
    return {
      total_emissions_kg: Answer.kilograms(total),
      source_percentages: Object.fromEntries(
        Object.entries(emissions_by_source).map(([name, kg]) => [name, Answer.percent(share(kg))])
      ),
      dominant_source: dominant[0],
      issue_types: total === 0 ? [] : issues.flatMap(([is, issue]) => is ? [issue] : [])
    }
  })
})

/** Whether a source is electricity. @category reading */
export const isPower = (source: string): boolean =>
  /^(electricity|electric|grid_electricity)$/.test(Constant.canonical(source))

/** Prices and factors of what is saved. @category schemas */
export const priceFields = {
  energy_cost_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.12),
  grid_factor_kg_per_kwh: Field.optional(
    Field.kilogramsPerKilowattHour("kg CO2e/kWh, above 0; the country's when absent").check(Schema.isGreaterThan(0))
  ),
  horizon_years: Field.withDefault(Field.integer("years that count", 1, 50), 10),
  discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
  country: Field.withDefault(Field.name("country of the grid and of the fuel"), "US")
}

const years = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? null : Answer.figure(value)

/** @category tools */
export const calculateRoi = ClimateTool.make("calculate_roi", {
  description: "Energy and money that a measure saves of one source, its payback, return and net present value",
  input: Schema.Struct({
    source: Field.name("what is saved: electricity, natural_gas, fuel_oil, ..."),
    emissions_kg: Field.amount("emissions of that source, kg CO2e a year"),
    saving_percent: Field.number("share that is saved, percent", { min: 0, max: 100 }),
    cost_usd: Field.amount("investment, USD"),
    fuel_cost_per_mmbtu: Field.optional(Field.amount("price of that fuel, USD/MMBtu; a usual one when absent")),
    ...priceFields
  }),
  output: Schema.Struct({
    reduction_kg: Schema.Finite,
    energy_saved_kwh: Schema.Finite,
    annual_savings_usd: Schema.Finite,
    simple_payback_years: Schema.NullOr(Schema.Finite),
    roi_percent: Schema.NullOr(Schema.Finite).annotate({ description: "undiscounted, over the horizon" }),
    npv_usd: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { cost_usd: cost, country, horizon_years: horizon } = input
    const reduction = input.emissions_kg * input.saving_percent / 100
    const fuel = Constant.canonical(input.source)
    const saved = isPower(fuel)
      ? yield* savedPower(reduction, input)
      : yield* savedFuel(reduction, fuel, input.fuel_cost_per_mmbtu, country)
    if (!Number.isFinite(saved.usd * horizon)) return yield* ClimateTool.invalid("emissions_kg", "is too large")
    const worth = yield* CashFlow.netPresentValue({
      net_cost_usd: cost,
      annual_savings_usd: saved.usd,
      maintenance_usd: 0,
      growth: 0,
      discount_rate: input.discount_rate,
      years: horizon
    })
    const roi = cost === 0 ? undefined : 100 * (saved.usd * horizon - cost) / cost
    return {
      reduction_kg: Answer.kilograms(reduction),
      energy_saved_kwh: Answer.figure(saved.kwh),
      annual_savings_usd: Answer.figure(saved.usd),
      simple_payback_years: cost === 0 ? 0 : years(CashFlow.simplePayback(cost, saved.usd)),
      roi_percent: years(roi),
      npv_usd: Answer.money(worth),
      notes: saved.notes
    }
  })
})

const savedPower = Effect.fnUntraced(function*(
  kg: number,
  input: { readonly grid_factor_kg_per_kwh?: number; readonly energy_cost_per_kwh: number; readonly country: string }
) {
  const given = input.grid_factor_kg_per_kwh
  const grid = given === undefined
    ? yield* FuelUse.kgPerKwh({ country: input.country })
    : { factor: given, notes: [] }
  if (grid.factor === 0) {
    return { kwh: 0, usd: 0, notes: ["the grid emits nothing: its savings cannot be read from kg"] }
  }
  const kwh = kg / grid.factor
  return { kwh, usd: kwh * input.energy_cost_per_kwh, notes: grid.notes }
})

const savedFuel = Effect.fnUntraced(function*(kg: number, fuel: string, given: number | undefined, country: string) {
  const { factor, notes } = yield* FuelUse.kgPerMmbtu(fuel, { country })
  const { name } = yield* FuelType.find(fuel)
  const price = given ?? Constant.own(BoilerReplacementOptions.usualPrices, name)
  if (price === undefined) {
    return yield* ClimateTool.invalid(
      "fuel_cost_per_mmbtu",
      `is missing: no usual price is known for ${fuel}`,
      "USD/MMBtu"
    )
  }
  if (factor === 0) return { kwh: 0, usd: 0, notes: [`${fuel} emits nothing: its savings cannot be read from kg`] }
  const mmbtu = kg / factor
  const assumed = given === undefined ? [`a price of ${price} USD/MMBtu is assumed for ${fuel}`] : []
  return { kwh: mmbtu * kwhPerMmbtu, usd: mmbtu * price, notes: [...notes, ...assumed] }
})

/** @category tools */
export const generateRecommendations = ClimateTool.make("generate_recommendations", {
  description: "Measures that apply to a building, by priority and payback",
  input: MeasureRules.Situation,
  output: Schema.Struct({ measures: Schema.Array(MeasureRules.Measure) }),
  execute: (situation) => Effect.map(MeasureRules.applicable(situation), (measures) => ({ measures }))
})

/** A measure by its figures. @category schemas */
export const Rated = Schema.Struct({
  id: Field.name("id of the measure"),
  roi_percent: Schema.NullOr(Schema.Finite),
  reduction_kg: Schema.Finite,
  cost_usd: Schema.Finite,
  simple_payback_years: Schema.NullOr(Schema.Finite)
})

/** @category tools */
export const rankRecommendations = ClimateTool.make("rank_recommendations", {
  description: "Measures by return or impact (falling), or by cost or payback (rising); unknown last",
  input: Schema.Struct({
    recommendations: Schema.Array(Rated),
    by: Field.withDefault(Schema.Literals(["roi", "impact", "cost", "payback"]), "payback")
  }),
  output: Schema.Struct({ ranking: Schema.Array(Schema.String) }),
  execute: ({ by, recommendations }) => {
    const key = (of: typeof Rated.Type): number | null =>
      by === "roi"
        ? of.roi_percent === null ? null : -of.roi_percent
        : by === "impact"
        ? -of.reduction_kg
        : by === "cost"
        ? of.cost_usd
        : of.simple_payback_years
    const sorted = recommendations.toSorted((a, b) => {
      const [x, y] = [key(a) ?? Infinity, key(b) ?? Infinity]
      return x === y ? (a.id < b.id ? -1 : 1) : x < y ? -1 : 1
    })
    return Effect.succeed({ ranking: sorted.map(({ id }) => id) })
  }
})

/** @category schemas */
export const Savings = Schema.Struct({
  minimum_kg: Schema.Finite,
  maximum_kg: Schema.Finite,
  market_based_kg: Schema.Finite.annotate({ description: "contracts and certificates: apart, market-based only" }),
  percentage_range: Schema.Struct({ low: Schema.Finite, high: Schema.Finite })
})

/** @category tools */
export const estimateSavings = ClimateTool.make("estimate_savings", {
  description: "What measures avoid together: those on one base multiply, and no base avoids more than itself",
  input: Schema.Struct({
    measures: Schema.Array(Schema.Struct({
      id: Field.name("id of the measure"),
      base: MeasureRules.Base,
      share: Field.share("mean share that is saved of the base")
    })),
    bases_kg: Schema.Record(Schema.String, Field.amount("kg CO2e")).annotate({ description: "kg CO2e of each base" }),
    total_emissions_kg: Field.amount("emissions of the building, kg CO2e")
  }),
  output: Savings,
  execute: Effect.fnUntraced(function*({ bases_kg, measures, total_emissions_kg: total_kg }) {
    const bases = Map.groupBy(measures, ({ base }) => base)
    const avoided = (base: MeasureRules.Base) =>
      MeasureFormulas.together({
        base_kg: bases_kg[base] ?? 0,
        kept_share: (bases.get(base) ?? []).reduce((rest, { share }) => rest * (1 - share), 1)
      })
    const parts = yield* Effect.forEach(["hvac", "lighting", "building", "electricity", "water"] as const, avoided)
    const maximum = Math.min(yield* CarbonFormulas.total(parts), total_kg)
    const minimum = yield* MeasureFormulas.lowEstimate({ maximum })
    const percent = (co2e_kg: number) => Effect.map(CarbonFormulas.share({ co2e_kg, total_kg }), Answer.percent)
    return {
      minimum_kg: Answer.kilograms(minimum),
      maximum_kg: Answer.kilograms(maximum),
      market_based_kg: Answer.kilograms(yield* avoided("market_based")),
      percentage_range: { low: yield* percent(minimum), high: yield* percent(maximum) }
    }
  })
})

/** @category schemas */
export const Phase = Schema.Struct({
  phase: Schema.Int,
  name: Schema.String,
  months: Schema.Int,
  measures: Schema.Array(Schema.String)
})

/** @category tools */
export const generateImplementationPlan = ClimateTool.make("generate_implementation_plan", {
  description: "Three phases: quick wins, measures of medium cost, and what is large and urgent",
  input: Schema.Struct({
    measures: Schema.Array(Schema.Struct({
      id: Field.name("id of the measure"),
      cost_class: MeasureRules.CostClass,
      priority: MeasureRules.Measure.fields.priority
    })),
    timeline_months: Field.withDefault(Field.integer("length of the plan, months", 1, 600), 24)
  }),
  output: Schema.Struct({ phases: Schema.Array(Phase) }),
  execute: Effect.fnUntraced(function*({ measures, timeline_months: timeline }) {
    const of = (cost: string, priority?: string) =>
      measures.filter((each) => each.cost_class === cost && (priority === undefined || each.priority === priority))
        .map(({ id }) => id)
    const quick = yield* MeasureFormulas.phaseMonths({ timeline, divisor: 3, limit: 6 })
    const medium = yield* MeasureFormulas.phaseMonths({ timeline, divisor: 2, limit: 12 })
    return {
      phases: [
        { phase: 1, name: "quick wins", months: quick, measures: of("low", "high").slice(0, 3) },
        { phase: 2, name: "medium cost", months: medium, measures: of("medium") },
        { phase: 3, name: "large and urgent", months: timeline, measures: of("high", "high").slice(0, 2) }
      ]
    }
  })
})
