/**
 * `FuelAgent` with a language model that explains the numbers.
 */
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import { compute, FuelError, FuelInput, FuelOutput } from "./FuelAgent.ts"
import { batch } from "./FuelBatch.ts"
import * as FuelTools from "./FuelTools.ts"

/** @category schemas */
export const FuelOutputAI = Schema.Struct({ ...FuelOutput.fields, ...AiTwin.fields })
/** @category schemas */
export type FuelOutputAI = typeof FuelOutputAI.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const FuelErrorAI = Schema.Union([...FuelError.members, ...AiTwin.TwinError.members])

/**
 * Needs the reference tables and a language model, which calls the tools and explains what they found. The numbers are
 * those of `FuelAgent`. A run may cost 0.50 US dollars.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
 * import * as Database from "greenlang/database/Database"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 * import * as Offline from "greenlang/llm/offline/Offline"
 *
 * const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory))
 * const { value } = await FuelAgentAI.run({ fuel_type: "diesel", amount: 500, unit: "gallon" }).pipe(
 *   Effect.provide(Layer.merge(Tables, Offline.layer)),
 *   Effect.runPromise
 * )
 * value.co2e_emissions_kg // => 5120.15
 * value.provenance.provider // => "offline"
 * ```
 *
 * @category agents
 */
export const FuelAgentAI = Agent.make("FuelAgentAI", {
  version: "1.0.0",
  description: "Emissions of one purchase of fuel, electricity or heat, explained by a language model",
  input: FuelInput,
  output: FuelOutputAI,
  error: FuelErrorAI,
  tools: [...FuelTools.tools, batch],
  execute: (input) =>
    AiTwin.run({
      agent: "FuelAgentAI",
      purpose: "You account for the greenhouse gas emissions of one purchase of fuel, electricity or heat.",
      input,
      output: FuelOutput,
      budgetUsd: 0.5,
      compute: (call) => compute(input, call)
    })
})
