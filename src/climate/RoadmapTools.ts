/**
 * A plan to cut the emissions of a plant: technologies within a budget, scenarios, phases and cost.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as MeasureFormulas from "./MeasureFormulas.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import * as RoadmapFormulas from "./RoadmapFormulas.ts"

/** @category schemas */
export const Complexity = Schema.Literals(["Low", "Medium", "High"])

/** @category schemas */
export const Technology = Schema.Struct({
  technology: Field.name("technology"),
  reduction_potential_kg_co2e: Field.amount("reduction, kg CO2e a year"),
  capex_usd: Field.amount("investment, USD"),
  payback_years: Field.amount("simple payback, years"),
  complexity: Schema.Literals(["Low", "Medium", "High"])
})
/** @category schemas */
export type Technology = typeof Technology.Type

/** A technology with what its choice rests on. @category schemas */
export const Assessed = Schema.Struct({
  ...Technology.fields,
  feasibility: Field.share("how sure it is that it can be built"),
  annual_savings_usd: Schema.Finite,
  on_defaults: Schema.Boolean.annotate({ description: "an assumption, not plant data" }),
  note: Schema.String
})
/** @category schemas */
export type Assessed = typeof Assessed.Type

/** @category tools */
export const assessTechnologies = ClimateTool.make("assess_technologies", {
  description: "Technologies that are viable and fit a budget together, cheapest per kg first; overlaps multiply",
  input: Schema.Struct({
    baseline_emissions_kg_co2e: Field.amount("emissions today, kg CO2e a year"),
    technologies: Schema.Array(Assessed),
    capital_budget_usd: Field.positive("budget, USD"),
    technology_exclusions: Field.withDefault(Schema.Array(Schema.NonEmptyString), [])
  }),
  output: Schema.Struct({
    viable: Schema.Array(Schema.String),
    recommended: Schema.Array(Schema.String),
    total_capex_usd: Schema.Finite,
    total_reduction_share: Schema.Finite,
    total_reduction_kg_co2e: Schema.Finite
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { baseline_emissions_kg_co2e: baseline, capital_budget_usd, technologies, technology_exclusions } = input
    const excluded = new Set(technology_exclusions.map(Constant.canonical))
    const viable = technologies.filter((of) =>
      of.capex_usd <= capital_budget_usd && of.feasibility >= 0.7 && of.reduction_potential_kg_co2e > 0 &&
      !excluded.has(Constant.canonical(of.technology))
    )
    const ordered = viable.toSorted((a, b) =>
      a.capex_usd / a.reduction_potential_kg_co2e - b.capex_usd / b.reduction_potential_kg_co2e ||
      a.payback_years - b.payback_years || (a.technology < b.technology ? -1 : 1)
    )
    let spent = 0
    let left = 1
    const recommended: Array<string> = []
    for (const of of ordered) {
      if (spent + of.capex_usd > capital_budget_usd) continue
      spent += of.capex_usd
      left *= 1 - (baseline === 0 ? 0 : Math.min(1, of.reduction_potential_kg_co2e / baseline))
      recommended.push(of.technology)
    }
    const reduction = yield* MeasureFormulas.together({ base_kg: baseline, kept_share: left })
    return {
      viable: viable.map(({ technology }) => technology),
      recommended,
      total_capex_usd: Answer.money(spent),
      total_reduction_share: Answer.figure(1 - left),
      total_reduction_kg_co2e: Answer.kilograms(reduction)
    }
  })
})

const year = (what: string) => Field.integer(what, 1990, 2200)

/** @category tools */
export const modelScenarios = ClimateTool.make("model_scenarios", {
  description: "Emissions by year: business as usual, conservative and aggressive",
  input: Schema.Struct({
    baseline_emissions_kg_co2e: Field.amount("emissions today, kg CO2e a year"),
    technologies: Schema.Array(Technology),
    current_year: year("the first year"),
    target_year: year("the last year, after the first")
  }),
  output: Schema.Struct({
    bau_final: Schema.Finite,
    bau_points: Schema.Int,
    conservative_final: Schema.Finite,
    aggressive_final: Schema.Finite,
    years: Schema.Array(Schema.Struct({
      year: Schema.Int,
      bau: Schema.Finite,
      conservative: Schema.Finite,
      aggressive: Schema.Finite
    }))
  }),
  execute: Effect.fnUntraced(function*({ baseline_emissions_kg_co2e: b, current_year, target_year, technologies }) {
    if (target_year <= current_year) {
      return yield* ClimateTool.invalid("target_year", `${target_year} is not after ${current_year}`, "a later year")
    }
    const sum = (of: (technology: Technology) => boolean) =>
      technologies.filter(of).reduce((kg, each) => kg + each.reduction_potential_kg_co2e, 0)
    const conservative = sum(({ complexity, payback_years }) => payback_years <= 5 && complexity !== "High")
    const aggressive = sum(({ payback_years }) => payback_years <= 10)
    const years = Array.from({ length: target_year - current_year + 1 }, (_, t) => {
      const bau = b * 1.005 ** t
      const less = (kg: number, within: number) => Answer.kilograms(Math.max(0, bau - kg * Math.min(t / within, 1)))
      return {
        year: current_year + t,
        bau: Answer.kilograms(bau),
        conservative: less(conservative, 10),
        aggressive: less(aggressive, 7)
      }
    })
    const last = years.at(-1)!
    if (![last.bau, conservative, aggressive].every(Number.isFinite)) {
      return yield* ClimateTool.invalid("baseline_emissions_kg_co2e", "is too large")
    }
    const baseline = { baseline: b }
    yield* RoadmapFormulas.scenarioYears({ current_year, target_year }, years.map(({ year }) => year))
    yield* RoadmapFormulas.businessAsUsual(baseline, years.map(({ bau }) => bau))
    yield* RoadmapFormulas.pathway(
      { ...baseline, reduction: conservative, years: 10 },
      years.map((year) => year.conservative)
    )
    yield* RoadmapFormulas.pathway(
      { ...baseline, reduction: aggressive, years: 7 },
      years.map((year) => year.aggressive)
    )
    return {
      bau_final: last.bau,
      bau_points: years.length,
      conservative_final: last.conservative,
      aggressive_final: last.aggressive,
      years
    }
  })
})

/** @category schemas */
export const Phase = Schema.Struct({
  phase: Schema.Int,
  months: Schema.String,
  technologies: Schema.Array(Schema.String),
  capex_usd: Schema.Finite
})

const phaseOf = ({ payback_years }: Technology) => payback_years <= 3 ? 1 : payback_years <= 7 ? 2 : 3
const months = { 1: "1-24", 2: "25-60", 3: "61-120" } as const

/** @category tools */
export const buildRoadmap = ClimateTool.make("build_roadmap", {
  description: "Technologies in three phases by their payback",
  input: Schema.Struct({ technologies: Schema.Array(Technology) }),
  output: Schema.Struct({
    phase1_capex: Schema.Finite,
    phase2_capex: Schema.Finite,
    phase3_capex: Schema.Finite,
    phases: Schema.Array(Phase)
  }),
  execute: Effect.fnUntraced(function*({ technologies }) {
    if (!Number.isFinite(technologies.reduce((sum, { capex_usd }) => sum + capex_usd, 0))) {
      return yield* ClimateTool.invalid("technologies", "cost more than a number holds")
    }
    const phases = yield* Effect.forEach(
      [1, 2, 3] as const,
      Effect.fnUntraced(function*(phase) {
        const of = technologies.filter((each) => phaseOf(each) === phase)
        const capex = yield* PlantFormulas.sum(of.map(({ capex_usd }) => capex_usd))
        return {
          phase,
          months: months[phase],
          technologies: of.map(({ technology }) => technology),
          capex_usd: Answer.money(capex)
        }
      })
    )
    const [one, two, three] = phases.map(({ capex_usd }) => capex_usd)
    return { phase1_capex: one!, phase2_capex: two!, phase3_capex: three!, phases }
  })
})

/** @category tools */
export const calculateLcoa = ClimateTool.make("calculate_lcoa", {
  description: "Levelised cost of a ton avoided, net present value, rate of return and payback over the years",
  input: Schema.Struct({
    capex_usd: Field.amount("investment, USD"),
    incentives_usd: Field.withDefault(Field.amount("incentives, USD"), 0),
    annual_savings_usd: Field.number("savings, USD a year"),
    annual_reduction_t: Field.number("reduction, t CO2e a year"),
    discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
    years: Field.withDefault(Field.integer("years", 1, 50), 20)
  }),
  output: Schema.Struct({
    pv_tonnes: Schema.Finite,
    lcoa_usd_per_ton: Schema.Finite,
    npv_usd: Schema.Finite,
    irr_percent: Schema.NullOr(Schema.Finite),
    simple_payback_years: Schema.NullOr(Schema.Finite)
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { annual_savings_usd, capex_usd, discount_rate, incentives_usd, years } = input
    const tonnes = yield* CashFlow.presentTonnes({ annual_reduction_t: input.annual_reduction_t, discount_rate, years })
    const factor = yield* CashFlow.annuityFactor({ discount_rate, years })
    const opex = 0.025 * capex_usd
    const lcoa = yield* CashFlow.levelisedCostOfAbatement({
      capex_usd,
      incentives_usd,
      present_opex_usd: opex * factor,
      present_savings_usd: annual_savings_usd * factor,
      present_tonnes: tonnes
    })
    const net = capex_usd - incentives_usd
    const worth = yield* CashFlow.netPresentValue({
      net_cost_usd: net,
      annual_savings_usd,
      maintenance_usd: opex,
      growth: 0,
      discount_rate,
      years
    })
    const { paybackYears, percent } = yield* CashFlow.returns({
      net_cost_usd: net,
      annual_savings_usd: annual_savings_usd - opex,
      years
    })
    return {
      pv_tonnes: Answer.figure(tonnes),
      lcoa_usd_per_ton: Answer.figure(lcoa),
      npv_usd: Answer.money(worth),
      irr_percent: percent === undefined ? null : Answer.percent(percent),
      simple_payback_years: paybackYears === undefined ? null : Answer.figure(paybackYears)
    }
  })
})
