/**
 * GridFactorAgent with the course of a day, advice, and a language model that explains. The numbers are those of the tools.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as BillUnit from "./BillUnit.ts"
import { ValidationError } from "./ClimateError.ts"
import * as FuelType from "./FuelType.ts"
import { GridFactorError } from "./GridFactorAgent.ts"
import * as GridFactorTools from "./GridFactorTools.ts"
import * as GridListingTools from "./GridListingTools.ts"
import * as Quantity from "./Quantity.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/**
 * What GridFactorAgent reads, and the time and the mix of electricity.
 *
 * @category schemas
 */
export const GridInputAI = Strict.struct({
  ...GridFactorTools.lookupFields,
  month: Schema.optionalKey(
    Schema.Int.annotate({
      description: "month, 1 to 12: repeated in the answer only, as the shape of a day is the same all year"
    })
      .check(
        Schema.isBetween({ minimum: 1, maximum: 12 })
      )
  ),
  hour: Schema.optionalKey(GridFactorTools.Hour),
  renewable_share: Schema.optionalKey(GridFactorTools.Share)
})
/** @category schemas */
export type GridInputAI = typeof GridInputAI.Type

/**
 * The published factor. `grid_mix` has what the input says of it and no more: what is not renewable may be nuclear.
 * `temporal_variation` is there where the input has an hour.
 *
 * @category schemas
 */
export const GridOutput = Schema.Struct({
  ...GridFactorTools.PublishedFactor.fields,
  grid_mix: Schema.optionalKey(Schema.Struct({ renewable: GridFactorTools.Share })),
  temporal_variation: Schema.optionalKey(Schema.Struct({
    month: Schema.optionalKey(Schema.Int),
    hour: Schema.Int,
    interpolated_intensity: Schema.Finite.annotate({ description: "g CO2e/kWh, 4 decimals" }),
    period: GridFactorTools.Period,
    multiplier: Schema.Finite,
    note: Schema.String
  })),
  recommendations: Schema.Array(GridFactorTools.GridRecommendation)
})
/** @category schemas */
export type GridOutput = typeof GridOutput.Type

/** @category schemas */
export const GridOutputAI = Schema.Struct({ ...GridOutput.fields, ...AiTwin.fields })
/** @category schemas */
export type GridOutputAI = typeof GridOutputAI.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const GridErrorAI = Schema.Union([...GridFactorError.members, ...AiTwin.TwinError.members])

/** What is of electricity alone. Fails with `ValidationError` where it is given for a fuel. */
const validate = Effect.fnUntraced(function*(input: GridInputAI) {
  const issues = (["hour", "renewable_share"] as const).flatMap((path) =>
    input[path] === undefined || isPower(input)
      ? []
      : [{ path, message: `${input.fuel_type} has none`, expected: "it only where fuel_type is electricity" }]
  )
  return issues.length === 0 ? input : yield* new ValidationError({ issues })
})

const isPower = ({ fuel_type }: GridInputAI) => FuelType.kind(FuelType.canonical(fuel_type)) === "electricity"

/** The numbers, from the tools alone. Hours and advice are for electricity. */
const compute = Effect.fnUntraced(function*(input: GridInputAI, call: ToolCall) {
  const { hour, month, renewable_share, ...lookup } = input
  const share = renewable_share === undefined ? {} : { renewable_share }
  const factor = yield* call(GridFactorTools.lookupGridIntensity, lookup)
  if (!isPower(input)) return { ...factor, recommendations: [] } satisfies GridOutput

  // grams for each kilowatt-hour, without the noise of floating point
  const unit = yield* BillUnit.read(lookup.unit, { country: lookup.country })
  const perKilowattHour = Quantity.times("kWh", unit.unit) / unit.scale
  const intensity = Quantity.round(1000 * factor.emission_factor * perKilowattHour, 6)
  const variation = hour === undefined
    ? undefined
    : yield* call(GridFactorTools.interpolateHourlyData, { base_intensity: intensity, hour, ...share })
  const { country } = factor
  const { recommendations } = yield* call(GridFactorTools.generateRecommendations, { country, intensity, ...share })
  const output: GridOutput = {
    ...factor,
    ...(renewable_share === undefined ? {} : { grid_mix: { renewable: renewable_share } }),
    ...(hour === undefined || variation === undefined
      ? {}
      : { temporal_variation: { ...(month === undefined ? {} : { month }), hour, ...variation } }),
    recommendations
  }
  return output
})

/**
 * Needs the reference tables and a language model, which calls the tools and explains what they found. The factor is that
 * of `GridFactorAgent`. A run may cost 0.50 US dollars.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { GridFactorAgentAI } from "greenlang/climate/GridFactorAgentAI"
 * import * as Database from "greenlang/database/Database"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Offline from "greenlang/llm/offline/Offline"
 *
 * const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory))
 * const { value } = await GridFactorAgentAI.run({ country: "US", hour: 8 }).pipe(
 *   Effect.provide(Layer.merge(Tables, Offline.layer)),
 *   Effect.runPromise
 * )
 * value.emission_factor // => 0.34967
 * value.temporal_variation?.interpolated_intensity // => 402.1205
 * ```
 *
 * @category agents
 */
export const GridFactorAgentAI = Agent.make("GridFactorAgentAI", {
  version: "1.0.0",
  description: "Emission factor of grid power, or of a fuel, its course over a day, and advice, explained by a model",
  input: GridInputAI,
  output: GridOutputAI,
  error: GridErrorAI,
  tools: [...GridFactorTools.tools, ...GridListingTools.tools],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "GridFactorAgentAI",
      purpose: "You explain how much greenhouse gas the electricity of a grid, or a fuel, carries.",
      input,
      output: GridOutput,
      budgetUsd: 0.5,
      compute: (call) => compute(input, call)
    })
})
