/**
 * What recovered heat saves, when it has paid, and which recovery comes first.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as CashFlow from "./finance/CashFlow.ts"
import * as FuelUse from "./FuelUse.ts"
import { fuelForHeat, mmbtuToKwh } from "./physics/Heat.ts"
import * as PlantFormulas from "./PlantFormulas.ts"

/** @category tools */
export const calculateEnergySavings = ClimateTool.make("calculate_energy_savings", {
  description: "Fuel, money and CO2e that recovered heat saves, less the electricity of pumps and fans",
  input: Schema.Struct({
    recovered_heat_mmbtu_yr: Field.amount("heat recovered, MMBtu a year"),
    displaced_fuel_type: Field.name("fuel that the heat replaces, such as natural_gas"),
    fuel_price_usd_per_mmbtu: Field.amount("price of that fuel, USD/MMBtu"),
    boiler_efficiency: Field.efficiency("gross efficiency of the boiler that rests, above 0 to 1"),
    electricity_price_usd_per_kwh: Field.withDefault(Field.amount("price of electricity, USD/kWh"), 0.1),
    parasitic_fraction: Field.withDefault(
      Field.number("electricity of pumps and fans for each recovered heat", { min: 0, max: 0.2 }),
      0.01
    ),
    grid_factor_kg_per_kwh: Field.optional(Field.kilogramsPerKilowattHour("kg CO2e/kWh; the US average when absent")),
    social_cost_usd_per_t: Field.optional(Field.amount("social cost of carbon, USD/t, of a year that you name"))
  }),
  output: Schema.Struct({
    fuel_displaced_mmbtu_yr: Schema.Finite,
    fuel_cost_savings_usd_yr: Schema.Finite,
    parasitic_kwh_yr: Schema.Finite,
    parasitic_cost_usd_yr: Schema.Finite,
    net_savings_usd_yr: Schema.Finite,
    co2_reduction_metric_tons_yr: Schema.Finite,
    social_value_usd_yr: Field.optional(Schema.Finite),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const fuel = yield* fuelForHeat({ heat: input.recovered_heat_mmbtu_yr, efficiency: input.boiler_efficiency })
    const parasitic = (yield* mmbtuToKwh({ mmbtu: input.recovered_heat_mmbtu_yr })) * input.parasitic_fraction
    const factor = yield* FuelUse.kgPerMmbtu(input.displaced_fuel_type)
    const given = input.grid_factor_kg_per_kwh
    const grid = given === undefined ? yield* FuelUse.kgPerKwh() : { factor: given, notes: [] }
    const avoided = yield* PlantFormulas.recoveryReduction({
      fuel_mmbtu: fuel,
      emission_factor: factor.factor,
      parasitic_kwh: parasitic,
      grid_factor: grid.factor
    })
    const saved = fuel * input.fuel_price_usd_per_mmbtu
    const paid = parasitic * input.electricity_price_usd_per_kwh
    const beyond = [saved, paid].some((value) => !Number.isFinite(value))
    if (beyond) return yield* ClimateTool.invalid("recovered_heat_mmbtu_yr", "is too large")
    const social = input.social_cost_usd_per_t
    return {
      fuel_displaced_mmbtu_yr: Answer.figure(fuel),
      fuel_cost_savings_usd_yr: Answer.money(saved),
      parasitic_kwh_yr: Answer.figure(parasitic),
      parasitic_cost_usd_yr: Answer.money(paid),
      net_savings_usd_yr: Answer.money(saved - paid),
      co2_reduction_metric_tons_yr: Answer.tonnes(avoided),
      ...(social === undefined ? {} : { social_value_usd_yr: Answer.money(Math.max(0, avoided) * social) }),
      notes: [
        ...factor.notes,
        ...(given === undefined ? ["power of pumps and fans is counted at the US average grid"] : []),
        ...grid.notes
      ]
    }
  })
})

/** @category tools */
export const calculatePaybackPeriod = ClimateTool.make("calculate_payback_period", {
  description: "Payback, net present value and rate of return of a recovery whose savings grow with energy prices",
  input: Schema.Struct({
    capital_cost_usd: Field.amount("investment, USD"),
    annual_savings_usd: Field.number("savings of the first year, USD"),
    annual_maintenance_cost_usd: Field.withDefault(Field.amount("maintenance, USD a year, not escalated"), 0),
    project_lifetime_years: Field.withDefault(Field.integer("life of the equipment, years", 1, 50), 20),
    discount_rate: Field.withDefault(Field.number("discount rate, a fraction", { min: 0, max: 0.5 }), 0.08),
    energy_cost_escalation_rate: Field.withDefault(
      Field.number("growth of energy prices, a fraction", { min: -0.2, max: 0.2 }),
      0.03
    )
  }),
  output: Schema.Struct({
    simple_payback_years: Schema.NullOr(Schema.Finite),
    discounted_payback_years: Schema.NullOr(Schema.Finite),
    project_attractiveness: Schema.Literals(["excellent", "very_good", "good", "acceptable", "marginal"]),
    net_present_value_usd: Schema.Finite,
    irr_percent: Schema.NullOr(Schema.Finite),
    savings_to_investment_ratio: Schema.NullOr(Schema.Finite)
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { capital_cost_usd: cost, discount_rate: rate } = input
    const project = {
      net_cost_usd: cost,
      annual_savings_usd: input.annual_savings_usd,
      maintenance_usd: input.annual_maintenance_cost_usd,
      growth: input.energy_cost_escalation_rate,
      discount_rate: rate,
      years: input.project_lifetime_years
    }
    const worth = yield* CashFlow.netPresentValue(project)
    const flows = CashFlow.flowsOf(project)
    const simple = CashFlow.simplePayback(cost, input.annual_savings_usd - input.annual_maintenance_cost_usd)
    const internal = CashFlow.internalRate(cost, flows)
    return {
      simple_payback_years: years(simple),
      discounted_payback_years: years(CashFlow.discountedPayback(cost, flows, rate)),
      project_attractiveness: attractiveness(simple ?? Infinity),
      net_present_value_usd: Answer.money(worth),
      irr_percent: internal === undefined ? null : Answer.percent(100 * internal),
      savings_to_investment_ratio: years(CashFlow.savingsToInvestment(cost, flows, rate))
    }
  })
})

const years = (value: number | undefined) =>
  value === undefined || !Number.isFinite(value) ? null : Answer.figure(value)

const attractiveness = (payback: number): "excellent" | "very_good" | "good" | "acceptable" | "marginal" =>
  payback < 2 ? "excellent" : payback < 3 ? "very_good" : payback < 5 ? "good" : payback < 7 ? "acceptable" : "marginal"

/** @category schemas */
export const Opportunity = Schema.Struct({
  name: Field.name("name of the recovery"),
  payback_years: Field.amount("simple payback, years"),
  energy_savings_mmbtu_yr: Field.positive("fuel saved, MMBtu a year"),
  implementation_complexity: Schema.Literals(["low", "moderate", "high"]),
  co2_reduction_metric_tons_yr: Field.number("emissions avoided, t CO2e a year"),
  capital_cost_usd: Field.amount("investment, USD")
})

const defaults = { payback: 30, energy: 25, complexity: 20, carbon: 15, capital: 10 }

/** The first step whose limit is above the value. */
const step = (value: number, steps: ReadonlyArray<readonly [below: number, points: number]>, rest: number) =>
  steps.find(([below]) => value < below)?.[1] ?? rest

/** @category tools */
export const prioritizeWasteHeatOpportunities = ClimateTool.make("prioritize_waste_heat_opportunities", {
  description: "Recoveries ranked by payback, energy, complexity, carbon and capital, in three phases",
  input: Schema.Struct({
    opportunities: Schema.NonEmptyArray(Opportunity),
    weights: Field.optional(Schema.Struct({
      payback: Field.amount("points for payback"),
      energy: Field.amount("points for energy"),
      complexity: Field.amount("points for complexity"),
      carbon: Field.amount("points for carbon"),
      capital: Field.amount("points for capital")
    }))
  }),
  output: Schema.Struct({
    scores: Schema.Record(Schema.String, Schema.Finite),
    first: Schema.String,
    phases: Schema.Record(Schema.String, Schema.Int)
  }),
  execute: Effect.fnUntraced(function*({ opportunities, weights = defaults }) {
    const names = opportunities.map(({ name }) => name)
    const twice = names.findIndex((name, at) => names.indexOf(name) < at)
    if (twice >= 0) return yield* ClimateTool.invalid(`opportunities.${twice}.name`, "is there twice", "another name")
    const scored = yield* Effect.forEach(opportunities, (of) => {
      const points = {
        payback: step(of.payback_years, [[1, 30], [2, 25], [3, 20], [5, 10]], 5),
        energy: Math.min(25, of.energy_savings_mmbtu_yr / 5000 * 25),
        complexity: { low: 20, moderate: 12, high: 5 }[of.implementation_complexity],
        carbon: Math.max(0, Math.min(15, of.co2_reduction_metric_tons_yr / 500 * 15)),
        capital: step(of.capital_cost_usd / of.energy_savings_mmbtu_yr, [[50, 10], [100, 7], [150, 5]], 2)
      }
      const weighted = (part: keyof typeof defaults) => points[part] * weights[part] / defaults[part]
      const score = PlantFormulas.priority({
        payback: weighted("payback"),
        energy: weighted("energy"),
        complexity: weighted("complexity"),
        carbon: weighted("carbon"),
        capital: weighted("capital")
      })
      return Effect.map(score, (score) => ({ name: of.name, score: Answer.figure(score) }))
    })
    const ranked = scored.toSorted((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    return {
      scores: Object.fromEntries(ranked.map(({ name, score }) => [name, score])),
      first: ranked[0]!.name,
      phases: Object.fromEntries(ranked.map(({ name }, at) => [name, at < 2 ? 1 : at < 5 ? 2 : 3]))
    }
  })
})
