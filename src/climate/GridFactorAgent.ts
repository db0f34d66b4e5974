/**
 * Looks up the published emission factor of grid power, or of a fuel, and lists what there is.
 */
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as GridFactorTools from "./GridFactorTools.ts"
import * as GridListingTools from "./GridListingTools.ts"

/** How the agent and its AI twin can fail. @category errors */
export const GridFactorError = Schema.Union([...GridFactorTools.LookupError.members, InvalidInput])

/**
 * Needs `ReferenceTables`. A country or subregion without a factor is a `DataError` that lists what is available; nothing
 * stands in for it.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { GridFactorAgent } from "greenlang/climate/GridFactorAgent"
 * import * as Database from "greenlang/database/Database"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 *
 * const { value } = await GridFactorAgent.run({ country: "US", subregion: "CAMX", unit: "MWh" }).pipe(
 *   Effect.provide(Layer.provide(ReferenceTables.layer, Database.layerMemory)),
 *   Effect.runPromise
 * )
 * value.emission_factor // => 195.04
 * value.unit // => "kg CO2e/MWh"
 * ```
 *
 * @category agents
 */
export const GridFactorAgent = Agent.make("GridFactorAgent", {
  version: "1.0.0",
  description: "Looks up the published emission factor of grid power, or of a fuel, with its source and year",
  input: GridFactorTools.Lookup,
  output: GridFactorTools.PublishedFactor,
  error: GridFactorError,
  tools: [...GridFactorTools.tools, ...GridListingTools.tools],
  execute: GridFactorTools.lookupGridIntensity.call
})
