/**
 * Baseline, technologies, scenarios, phases, finance, risk and rules of a plant's decarbonization, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { RunError } from "../agent/AgentError.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import { DecarbonizationRoadmap, RoadmapInput } from "./DecarbonizationRoadmap.ts"
import * as Field from "./Field.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { Recommendation } from "./Recommendation.ts"
import * as RoadmapFormulas from "./RoadmapFormulas.ts"
import * as RoadmapInventory from "./RoadmapInventory.ts"
import * as Risk from "./RoadmapRiskTools.ts"
import * as Tools from "./RoadmapTools.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/** @category schemas */
export const RoadmapOutput = Schema.Struct({
  executive_summary: Schema.String,
  recommended_pathway: Schema.String,
  pathway_scores: Schema.Record(Schema.String, Schema.Finite),
  baseline_emissions_kg_co2e: Schema.Finite,
  baseline_biogenic_co2_kg: Field.optional(
    Schema.Finite.annotate({ description: "biogenic CO2 of the fuels, kg a year: in no total" })
  ),
  baseline_by_scope: Schema.Record(Schema.String, Schema.Finite),
  baseline_by_source: Schema.Record(Schema.String, Schema.Finite),
  technologies_assessed: Schema.Array(Tools.Assessed),
  technologies_recommended: Schema.Array(Schema.String),
  total_reduction_kg_co2e: Schema.Finite,
  total_reduction_percent: Schema.Finite,
  scenarios: Schema.Array(Schema.Struct({
    year: Schema.Int,
    bau: Schema.Finite,
    conservative: Schema.Finite,
    aggressive: Schema.Finite
  })),
  phases: Schema.Array(Tools.Phase),
  total_capex_usd: Schema.Finite,
  incentives_usd: Schema.Finite,
  npv_usd: Field.optional(Schema.Finite),
  irr_percent: Field.optional(Schema.NullOr(Schema.Finite)),
  simple_payback_years: Field.optional(Schema.NullOr(Schema.Finite)),
  lcoa_usd_per_ton: Field.optional(Schema.Finite),
  risk_summary: Schema.Array(Risk.Risk),
  compliance: Schema.Array(Risk.Rule),
  compliance_gaps: Schema.Array(Schema.String),
  next_steps: Schema.Array(Schema.String),
  sub_agents_called: Schema.Array(Schema.String),
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type RoadmapOutput = typeof RoadmapOutput.Type

/** Money of a set of technologies, with the incentives of the input alone. */
const financeOf = Effect.fnUntraced(function*(
  chosen: ReadonlyArray<Tools.Assessed>,
  reduction: number,
  input: RoadmapInput,
  call: ToolCall
) {
  const capex = yield* PlantFormulas.sum(chosen.map(({ capex_usd }) => capex_usd))
  const incentives = yield* PlantFormulas.sum(
    chosen.map(({ capex_usd, technology }) => capex_usd * (input.incentive_rates?.[technology] ?? 0))
  )
  const savings = yield* PlantFormulas.sum(chosen.map(({ annual_savings_usd }) => annual_savings_usd))
  // without a reduction there is no cost of a ton, and the answer has none
  const of = reduction > 0
    ? yield* call(Tools.calculateLcoa, {
      capex_usd: capex,
      incentives_usd: incentives,
      annual_savings_usd: savings,
      annual_reduction_t: reduction / 1000,
      discount_rate: input.discount_rate
    })
    : undefined
  return { capex, incentives, of }
})

const compute = Effect.fnUntraced(function*(input: RoadmapInput, call: ToolCall) {
  const { value: { failures, inventory, sub_agents_called, technologies } } = yield* DecarbonizationRoadmap.run(input)
  const baseline = inventory.total_emissions_kg_co2e
  const assess = (of: ReadonlyArray<Tools.Assessed>) =>
    call(Tools.assessTechnologies, {
      baseline_emissions_kg_co2e: baseline,
      technologies: of,
      capital_budget_usd: input.capital_budget_usd,
      technology_exclusions: input.technology_exclusions
    })
  const sets = {
    conservative: technologies.filter((of) => of.payback_years <= 5 && of.complexity !== "High"),
    aggressive: technologies.filter((of) => of.payback_years <= 10)
  }
  const { average_score, risks } = yield* call(Risk.assessImplementationRisks, {
    incentives_usd: Object.values(input.incentive_rates ?? {}).some((rate) => rate > 0) ? 1 : 0
  })
  const pathways = yield* Effect.forEach(["conservative", "aggressive"] as const, (name) =>
    Effect.gen(function*() {
      const assessed = yield* assess(sets[name])
      const chosen = sets[name].filter(({ technology }) => assessed.recommended.includes(technology))
      const finance = yield* financeOf(chosen, assessed.total_reduction_kg_co2e, input, call)
      return { name, assessed, chosen, finance }
    }))
  const [first, second] = pathways.map(({ assessed, finance, name }) => ({
    name,
    npv_usd: finance.of?.npv_usd ?? 0,
    capex_usd: finance.capex,
    reduction_percent: Answer.percent(100 * assessed.total_reduction_share),
    average_risk: average_score,
    ...(input.risk_tolerance === "moderate" ? {} : { strategic: input.risk_tolerance === name ? 100 : 0 })
  }))
  const { recommended_pathway, scores } = yield* call(Risk.optimizePathwaySelection, { pathways: [first!, second!] })
  const { assessed, chosen, finance } = pathways.find(({ name }) => name === recommended_pathway)!
  const scenarios = yield* call(Tools.modelScenarios, {
    baseline_emissions_kg_co2e: baseline,
    technologies: chosen.map(plain),
    current_year: input.current_year,
    target_year: input.target_year
  })
  const { phases } = yield* call(Tools.buildRoadmap, { technologies: chosen.map(plain) })
  const { compliance_gaps, rules } = yield* call(Risk.analyzeComplianceRequirements, {
    export_markets: input.export_markets,
    legal_entities: input.legal_entities,
    ...(input.employees === undefined ? {} : { employees: input.employees }),
    ...(input.net_turnover === undefined ? {} : { net_turnover: input.net_turnover })
  })
  const reached = Answer.percent(yield* RoadmapFormulas.percentOfBaseline({ share: assessed.total_reduction_share }))
  const target = input.target_reduction_percent
  const onDefaults = chosen.filter(({ on_defaults }) => on_defaults).map(({ technology }) => technology)
  const output: RoadmapOutput = {
    executive_summary: `${input.facility_name} emits ${Answer.tonnes(baseline / 1000)} t CO2e a year. ` +
      `The ${recommended_pathway} pathway avoids ${reached} percent of it for ${Answer.money(finance.capex)} USD.`,
    recommended_pathway,
    pathway_scores: scores,
    baseline_emissions_kg_co2e: baseline,
    ...(inventory.biogenic_co2_kg === undefined ? {} : { baseline_biogenic_co2_kg: inventory.biogenic_co2_kg }),
    baseline_by_scope: {
      "1": inventory.scope1_kg_co2e,
      "2": inventory.scope2_kg_co2e,
      "3": inventory.scope3_kg_co2e
    },
    baseline_by_source: inventory.by_source,
    technologies_assessed: technologies,
    technologies_recommended: assessed.recommended,
    total_reduction_kg_co2e: assessed.total_reduction_kg_co2e,
    total_reduction_percent: reached,
    scenarios: scenarios.years,
    phases,
    total_capex_usd: Answer.money(finance.capex),
    incentives_usd: Answer.money(finance.incentives),
    ...(finance.of === undefined ? {} : {
      npv_usd: finance.of.npv_usd,
      irr_percent: finance.of.irr_percent,
      simple_payback_years: finance.of.simple_payback_years,
      lcoa_usd_per_ton: finance.of.lcoa_usd_per_ton
    }),
    risk_summary: risks,
    compliance: rules,
    compliance_gaps,
    next_steps: [
      ...(onDefaults.length === 0 ? [] : [`Replace the assumptions for ${onDefaults.join(", ")} by data of the plant`]),
      ...(phases[0]!.technologies.length === 0 ? [] : [`Start with ${phases[0]!.technologies.join(", ")}`]),
      ...(compliance_gaps.length === 0 ? [] : ["Clarify the rules that are open"])
    ],
    sub_agents_called,
    recommendations: assessed.recommended.slice(0, 3).map((technology) => ({
      priority: "high" as const,
      action: `Plan ${technology.replaceAll("_", " ")}`
    })),
    notes: [
      ...inventory.notes,
      ...failures.map((failure) => `default used: ${failure}`),
      ...(target !== undefined && reached < target ? [`the target of ${target} percent is not reached`] : []),
      ...(input.annual_capex_limit_usd !== undefined && phases[0]!.capex_usd > 2 * input.annual_capex_limit_usd
        ? ["phase 1 takes more than the yearly limit allows in 24 months"]
        : []),
      "incentives are those of the input alone; costs are estimates"
    ]
  }
  return output
})

const plain = ({ capex_usd, complexity, payback_years, reduction_potential_kg_co2e, technology }: Tools.Assessed) => ({
  technology,
  reduction_potential_kg_co2e,
  capex_usd,
  payback_years,
  complexity
})

/** The target comes after the inventory. Fails with `ValidationError`. */
const validate = (input: RoadmapInput) =>
  input.target_year > input.current_year
    ? Effect.succeed(input)
    : Effect.fail(ClimateTool.invalid("target_year", "is not after current_year", `after ${input.current_year}`))

/**
 * Needs the reference tables and a language model, which explains what the tools found. The agents of the technologies run
 * at the same time, a minute each at most, without prose. A run may cost 2.00 US dollars.
 *
 * @category agents
 */
export const DecarbonizationRoadmapAgentAI = Agent.make("DecarbonizationRoadmapAgentAI", {
  version: "1.0.0",
  description:
    "Roadmap of a plant: baseline, technologies, scenarios, phases, cost, risk and rules, explained by a model",
  input: Strict.make(RoadmapInput),
  output: Schema.Struct({ ...RoadmapOutput.fields, ...AiTwin.fields }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members, RunError]),
  tools: [
    RoadmapInventory.aggregateGhgInventory,
    Tools.assessTechnologies,
    Tools.modelScenarios,
    Tools.buildRoadmap,
    Tools.calculateLcoa,
    Risk.assessImplementationRisks,
    Risk.analyzeComplianceRequirements,
    Risk.optimizePathwaySelection
  ],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "DecarbonizationRoadmapAgentAI",
      purpose: "You explain a plan to cut the emissions of a plant.",
      input: { facility_name: input.facility_name, capital_budget_usd: input.capital_budget_usd },
      output: RoadmapOutput,
      budgetUsd: 2,
      compute: (call) => compute(input, call)
    })
})
