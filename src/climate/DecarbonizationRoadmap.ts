/**
 * The technologies of a plant, each by its own agent and all at the same time: a pipeline.
 *
 * An agent runs where the input has its part. Where that is missing, fails or takes longer than a minute, the default of the
 * technology stands in and says so.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Pipeline from "../pipeline/Pipeline.ts"
import * as Step from "../pipeline/Step.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Answer from "./Answer.ts"
import { BoilerReplacementAgentAI } from "./BoilerReplacementAgentAI.ts"
import { BoilerReplacementInput } from "./BoilerReplacementOptions.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import { HeatPumpInput, IndustrialHeatPumpAgentAI } from "./IndustrialHeatPumpAgentAI.ts"
import { IndustrialProcessHeatAgentAI, ProcessHeatInput } from "./IndustrialProcessHeatAgentAI.ts"
import * as Heat from "./physics/Heat.ts"
import * as SolarHeat from "./physics/SolarHeat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import * as Formulas from "./RoadmapFormulas.ts"
import * as RoadmapInventory from "./RoadmapInventory.ts"
import { companyFields } from "./RoadmapRiskTools.ts"
import * as Tools from "./RoadmapTools.ts"
import * as SolarHeatTools from "./SolarHeatTools.ts"
import * as Strict from "./Strict.ts"
import { WasteHeatInput, WasteHeatRecoveryAgentAI } from "./WasteHeatRecoveryAgentAI.ts"

/** @category schemas */
export const RoadmapInput = Schema.Struct({
  facility_id: Field.name("id of the plant"),
  facility_name: Field.name("name of the plant"),
  industry_type: Field.name("industry"),
  latitude: SolarHeatTools.latitude,
  fuel_consumption: RoadmapInventory.FuelConsumption,
  electricity_consumption_kwh: Field.amount("electricity, kWh a year"),
  grid_region: Field.name("eGRID subregion, US state, country or market such as CAISO"),
  capital_budget_usd: Field.positive("budget, USD"),
  current_year: Field.withDefault(Field.integer("the year of the inventory", 1990, 2200), 2026),
  target_year: Field.withDefault(Field.integer("year of the target", 1991, 2200), 2036),
  annual_capex_limit_usd: Field.optional(Field.positive("most that may be invested in a year, USD")),
  fuel_costs: Field.optional(Schema.Record(Schema.NonEmptyString, Field.amount("USD/MMBtu"))),
  electricity_cost_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.1),
  discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
  target_reduction_percent: Field.optional(Field.number("target, percent of the baseline", { min: 0, max: 100 })),
  risk_tolerance: Field.withDefault(Schema.Literals(["conservative", "moderate", "aggressive"]), "moderate"),
  ...companyFields,
  facility_sqft: Field.optional(Field.positive("floor area, ft2")),
  value_chain_activities: Field.withDefault(Schema.Array(RoadmapInventory.Activity), []),
  technology_exclusions: Field.withDefault(Schema.Array(Schema.NonEmptyString), []),
  production_volume: Field.optional(Field.positive("units made in a year")),
  incentive_rates: Field.optional(Schema.Record(Schema.NonEmptyString, Field.share("of the investment"))),
  boiler: Field.optional(BoilerReplacementInput),
  process_heat: Field.optional(ProcessHeatInput),
  heat_pump: Field.optional(HeatPumpInput),
  waste_heat: Field.optional(WasteHeatInput)
})
/** @category schemas */
export type RoadmapInput = typeof RoadmapInput.Type

/** @category schemas */
export const Assessment = Schema.Struct({
  inventory: RoadmapInventory.Inventory,
  technologies: Schema.Array(Tools.Assessed),
  sub_agents_called: Schema.Array(Schema.String),
  failures: Schema.Array(Schema.String)
})
/** @category schemas */
export type Assessment = typeof Assessment.Type

/** What a technology is taken to do where no agent has answered: assumptions, not plant data. @category constants */
export const defaults = {
  waste_heat_recovery: { share: 0.15, capex: 500_000, payback: 2.5, complexity: "Low", feasibility: 0.95 },
  boiler_replacement: { share: 0.2, capex: 1_200_000, payback: 4.2, complexity: "Medium", feasibility: 0.9 },
  solar_thermal: { share: 0.25, capex: 2_500_000, payback: 6.5, complexity: "Medium", feasibility: 0.85 },
  heat_pump: { share: 0.3, capex: 1_800_000, payback: 5.8, complexity: "High", feasibility: 0.75 },
  controls: { share: 0.1, capex: 300_000, payback: 1.8, complexity: "Low", feasibility: 0.98 }
} as const

type Name = keyof typeof defaults

/** What an agent found, or why there is nothing. */
const Found = Schema.Struct({
  name: Schema.String,
  agent: Schema.String,
  reduction: Field.optional(Schema.Finite),
  capex: Schema.Finite,
  savings: Schema.Finite,
  complexity: Tools.Complexity,
  reason: Field.optional(Schema.String)
})
type Found = typeof Found.Type

const none = (name: Name, agent: string, reason: string): Found => ({
  name,
  agent,
  capex: 0,
  savings: 0,
  complexity: defaults[name].complexity,
  reason
})

/** The numbers of an agent need no prose of a model. */
const silently = Effect.provideService(AiTwin.Options, { enableExplanations: false, enableRecommendations: false })

/** How long an agent may take. @category constants */
export const limit = "1 minute"

/** A step that asks an agent where the input has its part, and else, or when that fails, says why it did not. */
const ask = <In, R, E, Before>(
  name: Name,
  agent: string,
  plant: Step.Step<RoadmapInput, never, never, Before>,
  part: (plant: RoadmapInput) => In | undefined,
  run: (part: In) => Effect.Effect<Omit<Found, "name" | "agent" | "reason">, E, R>
) =>
  Step.orElse(
    Step.make(name, [plant], (plant) => {
      const input = part(plant)
      return input === undefined
        ? Effect.succeed(none(name, agent, "the input has no data for it"))
        : Effect.map(silently(run(input)), (found): Found => ({ name, agent, ...found }))
    }, { output: Found }).pipe(Step.timeout(limit)),
    (error) => Effect.succeed(none(name, agent, String(error))),
    { output: Found }
  )

const toAssessed = Effect.fnUntraced(function*(found: Found, name: Name, baseline: number) {
  const { capex, complexity, feasibility, payback, share } = defaults[name]
  yield* Constant.assume(`feasibility of ${name}`, feasibility, "share")
  if (found.reduction === undefined) {
    yield* Constant.assume(`share of the baseline that ${name} avoids`, share, "share")
    yield* Constant.assume(`investment of ${name}`, capex, "USD")
    yield* Constant.assume(`payback of ${name}`, payback, "years")
    const reduction = yield* Formulas.assumedReduction({ share, baseline })
    const savings = yield* Formulas.assumedSavings({ capex, payback_years: payback })
    const of: Tools.Assessed = {
      technology: name,
      reduction_potential_kg_co2e: Answer.kilograms(reduction),
      capex_usd: capex,
      payback_years: payback,
      complexity,
      feasibility,
      // capex over payback: the payback says nothing new
      annual_savings_usd: Answer.money(savings),
      on_defaults: true,
      note: `assumption, not plant data (${found.reason}); the savings are capex / payback, which is circular`
    }
    return of
  }
  const { paybackYears } = yield* CashFlow.returns({
    net_cost_usd: found.capex,
    annual_savings_usd: found.savings,
    years: 1
  })
  const of: Tools.Assessed = {
    technology: name,
    reduction_potential_kg_co2e: Answer.kilograms(Math.max(0, found.reduction)),
    capex_usd: found.capex,
    payback_years: paybackYears === undefined ? 100 : Answer.figure(paybackYears),
    complexity: found.complexity,
    feasibility,
    annual_savings_usd: found.savings,
    on_defaults: false,
    note: `by ${found.agent}`
  }
  return of
})

/**
 * Runs the inventory and the agents of the technologies at the same time.
 *
 * @category pipelines
 */
export const DecarbonizationRoadmap = Pipeline.make("DecarbonizationRoadmap", {
  version: "1.0.0",
  description: "Inventory of a plant and its technologies, each assessed by its own agent, in parallel",
  input: Strict.make(RoadmapInput),
  output: Assessment,
  error: ClimateTool.ToolError
}, (plant) => {
  const inventory = Step.make(
    "inventory",
    [plant],
    (plant) =>
      RoadmapInventory.aggregateGhgInventory.call({
        fuel_consumption_mmbtu: plant.fuel_consumption,
        electricity_kwh: plant.electricity_consumption_kwh,
        grid_region: plant.grid_region,
        value_chain_activities: plant.value_chain_activities
      }),
    { output: RoadmapInventory.Inventory, error: ClimateTool.ToolError }
  )
  const waste = ask(
    "waste_heat_recovery",
    "WasteHeatRecoveryAgentAI",
    plant,
    (of) => of.waste_heat,
    (input) =>
      Effect.gen(function*() {
        const { value } = yield* WasteHeatRecoveryAgentAI.run(input)
        return {
          reduction: yield* Formulas.kilograms({ t: value.total_co2_reduction_metric_tons_yr }),
          capex: value.total_capital_cost_usd,
          savings: value.total_net_savings_usd_yr,
          complexity: "Low" as const
        }
      })
  )
  const boiler = ask(
    "boiler_replacement",
    "BoilerReplacementAgentAI",
    plant,
    (of) => of.boiler,
    (input) =>
      Effect.map(BoilerReplacementAgentAI.run(input), ({ value }) => {
        const best = value.technology_comparison.find((of) => of.technology === value.recommended_technology)
        return {
          reduction: value.annual_emissions_reduction_kg_co2e,
          capex: value.estimated_retrofit_cost_usd,
          savings: best?.annual_savings_usd ?? 0,
          complexity: value.retrofit_complexity === "high" ? "High" as const : "Medium" as const
        }
      })
  )
  const solar = ask(
    "solar_thermal",
    "IndustrialProcessHeatAgentAI",
    plant,
    (of) => of.process_heat === undefined ? undefined : { input: of.process_heat, prices: of.fuel_costs ?? {} },
    Effect.fnUntraced(function*({ input, prices }) {
      const { value } = yield* IndustrialProcessHeatAgentAI.run(input)
      const { costPerM2 } = yield* SolarHeat.collectorFor(input.temperature_requirement)
      const fuel = yield* Heat.fuelForHeat({
        heat: value.annual_energy_mwh * value.solar_fraction,
        efficiency: input.boiler_efficiency ?? 0.8
      })
      const fuel_mmbtu = yield* Heat.mwhToMmbtu({ mwh: fuel })
      const price = prices[input.current_fuel_type] ?? 8.5
      const capex = yield* Formulas.collectorCost({ area_m2: value.collector_area_m2, usd_per_m2: costPerM2 })
      return {
        reduction: value.reduction_potential_kg_co2e,
        capex: Answer.money(capex),
        savings: Answer.money(yield* PlantFormulas.fuelCost({ fuel_mmbtu, price })),
        complexity: "Medium" as const
      }
    })
  )
  const pump = ask(
    "heat_pump",
    "IndustrialHeatPumpAgentAI",
    plant,
    (of) => of.heat_pump,
    (input) =>
      Effect.map(IndustrialHeatPumpAgentAI.run(input), ({ value }) => ({
        reduction: value.emissions_reduction_kg_co2e,
        capex: value.estimated_capex_usd,
        savings: value.annual_cost_savings_usd,
        complexity: "High" as const
      }))
  )
  return Step.make(
    "technologies",
    [inventory, waste, boiler, solar, pump],
    Effect.fnUntraced(function*(inventory, ...found) {
      const baseline = inventory.total_emissions_kg_co2e
      const answered = found.filter(({ reduction }) => reduction !== undefined)
      const assessment: Assessment = {
        inventory,
        technologies: [
          yield* toAssessed(found[0], "waste_heat_recovery", baseline),
          yield* toAssessed(found[1], "boiler_replacement", baseline),
          yield* toAssessed(found[2], "solar_thermal", baseline),
          yield* toAssessed(found[3], "heat_pump", baseline),
          yield* toAssessed(none("controls", "no agent", "no agent assesses controls"), "controls", baseline)
        ],
        sub_agents_called: answered.map(({ agent }) => agent),
        failures: found.flatMap(({ agent, reason }) => reason === undefined ? [] : [`${agent}: ${reason}`])
      }
      return assessment
    }),
    { output: Assessment, error: ClimateTool.ToolError }
  )
})
