/**
 * Adds emission records up to a footprint, with breakdown, intensity and recommendations.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as CarbonTools from "./CarbonTools.ts"
import { CalculationError, ValidationError } from "./ClimateError.ts"
import { KilogramsCo2e, SquareFeet, TonnesCo2e } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import { direct, type ToolCall } from "./ToolCall.ts"
import { GwpSet } from "./Warming.ts"

/**
 * What the agent and its AI twin read.
 *
 * @category schemas
 */
export const CarbonInput = Strict.struct({
  emissions: CarbonTools.Emissions,
  building_area: Schema.optionalKey(
    SquareFeet.annotate({ description: "floor area in ft2, above 0" }).check(Schema.isGreaterThan(0))
  ),
  occupancy: Schema.optionalKey(
    Schema.Int.annotate({ description: "number of persons, a whole number above 0" }).check(Schema.isGreaterThan(0))
  )
})
/** @category schemas */
export type CarbonInput = typeof CarbonInput.Type

/**
 * Totals keep full precision. `total_co2e_kg` is gross: removals and offsets are positive numbers apart from it, and
 * `net_co2e_kg` is information only. A list without records gives zeros, and a `summary` that says so.
 *
 * @category schemas
 */
export const CarbonOutput = Schema.Struct({
  total_co2e_kg: KilogramsCo2e,
  total_co2e_tons: TonnesCo2e.annotate({ description: "metric tons CO2e" }),
  removals_co2e_kg: KilogramsCo2e,
  offsets_co2e_kg: KilogramsCo2e,
  net_co2e_kg: KilogramsCo2e.annotate({ description: "total less removals and offsets: information only" }),
  biogenic_co2_kg: Schema.Finite.annotate({ description: "biogenic CO2, kg: a memo, in no total" }),
  market_based_total_co2e_kg: Schema.optionalKey(
    KilogramsCo2e.annotate({ description: "the total with electricity at its market-based figures" })
  ),
  emissions_breakdown: Schema.Array(CarbonTools.BreakdownItem),
  by_scope: Schema.optionalKey(CarbonTools.ByScope),
  carbon_intensity: CarbonTools.Intensity,
  gwp_set: Schema.optionalKey(GwpSet),
  gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
  notes: Schema.optionalKey(
    Schema.Array(Schema.String.annotate({ description: "the basis of the totals: what to know before use" }))
  ),
  summary: Schema.String,
  recommendations: Schema.Array(Recommendation)
})
/** @category schemas */
export type CarbonOutput = typeof CarbonOutput.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const CarbonError = Schema.Union([CalculationError, ValidationError, InvalidInput])

/**
 * The numbers, from the tools alone: what the agent and its AI twin share.
 *
 * @category running
 */
export const compute = Effect.fnUntraced(function*({ emissions, ...divisors }: CarbonInput, call: ToolCall) {
  const totals = yield* call(CarbonTools.aggregateEmissions, { emissions })
  const { by_scope, market_based_total_kg, total_kg, total_tons } = totals
  const { breakdown } = yield* call(CarbonTools.calculateBreakdown, { emissions, total_kg })
  const { intensity } = yield* call(CarbonTools.calculateIntensity, { total_kg, ...divisors })
  const { recommendations } = yield* call(CarbonTools.generateRecommendations, { breakdown })
  const output: CarbonOutput = {
    total_co2e_kg: total_kg,
    total_co2e_tons: total_tons,
    removals_co2e_kg: totals.removals_kg,
    offsets_co2e_kg: totals.offsets_kg,
    net_co2e_kg: totals.net_kg,
    biogenic_co2_kg: totals.biogenic_co2_kg,
    ...(market_based_total_kg === undefined ? {} : { market_based_total_co2e_kg: market_based_total_kg }),
    emissions_breakdown: breakdown,
    ...(by_scope === undefined ? {} : { by_scope }),
    carbon_intensity: intensity,
    ...(totals.gwp_set === undefined ? {} : { gwp_set: totals.gwp_set }),
    ...(totals.gwp_sets_used === undefined ? {} : { gwp_sets_used: totals.gwp_sets_used }),
    ...(totals.notes.length === 0 ? {} : { notes: totals.notes }),
    summary: summarize(total_kg, breakdown),
    recommendations
  }
  return output
})

/**
 * Needs nothing: no model and no database.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CarbonAgent } from "greenlang/climate/CarbonAgent"
 *
 * const { value } = await Effect.runPromise(CarbonAgent.run({
 *   emissions: [
 *     { fuel_type: "electricity", co2e_emissions_kg: 15000 },
 *     { fuel_type: "diesel", co2e_emissions_kg: 5000 }
 *   ],
 *   building_area: 50000
 * }))
 * value.total_co2e_kg // => 20000
 * value.carbon_intensity // => { per_sqft: 0.4 }
 * ```
 *
 * @category agents
 */
export const CarbonAgent = Agent.make("CarbonAgent", {
  version: "1.0.0",
  description: "Adds emission records up: total, breakdown by source and scope, intensity, recommendations",
  input: CarbonInput,
  output: CarbonOutput,
  error: CarbonError,
  tools: CarbonTools.tools,
  execute: (input) => compute(input, direct)
})

/** One or two sentences, from the numbers alone. */
const summarize = (totalKg: number, breakdown: ReadonlyArray<CarbonTools.BreakdownItem>): string => {
  const [largest] = breakdown
  if (largest === undefined) return "No data: the list of emissions is empty, so the total is 0 kg CO2e."
  const total = `${words(totalKg, 2)} kg CO2e (${words(totalKg / 1000, 3)} t)`
  const sources = breakdown.length === 1 ? "1 source" : `${breakdown.length} sources`
  return `${total} from ${sources}. The largest is ${largest.source}: ${words(largest.percentage, 2)} percent.`
}

const words = (value: number, decimals: number) => value.toLocaleString("en-US", { maximumFractionDigits: decimals })
