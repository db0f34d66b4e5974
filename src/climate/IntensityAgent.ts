/**
 * Emissions of a building or a company for each square foot, person, hour, floor and unit made.
 */
import * as Agent from "../agent/Agent.ts"
import * as ClimateTool from "./ClimateTool.ts"
import { IntensityInput, IntensityOutput, tools } from "./IntensityTools.ts"
import * as IntensityTools from "./IntensityTools.ts"
import * as Strict from "./Strict.ts"

/**
 * Needs the reference tables, for the rating by `building_type`. Figures are of a year: a shorter or longer period is
 * scaled by its months.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { IntensityAgent } from "greenlang/climate/IntensityAgent"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Database from "greenlang/database/Database"
 *
 * const { value } = await IntensityAgent.run({ total_emissions_kg: 50000, area: 10000, period_months: 6 }).pipe(
 *   Effect.provide(Layer.provide(ReferenceTables.layer, Database.layerMemory)),
 *   Effect.runPromise
 * )
 * value.intensities.per_sqft_year // => 10
 * ```
 *
 * @category agents
 */
export const IntensityAgent = Agent.make("IntensityAgent", {
  version: "1.0.0",
  description: "Emissions for each square foot, person, floor, hour, revenue and unit made, rated against US medians",
  input: Strict.make(IntensityInput),
  output: IntensityOutput,
  error: ClimateTool.ToolError,
  tools,
  execute: (input) => IntensityTools.calculateIntensities.call(input)
})
