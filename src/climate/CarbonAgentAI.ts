/**
 * CarbonAgent with a language model that explains the footprint. The numbers are CarbonAgent's.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import { CarbonError, CarbonInput, CarbonOutput, compute } from "./CarbonAgent.ts"
import * as CarbonTools from "./CarbonTools.ts"

/**
 * `ai_summary` is the explanation, under the name that older callers read.
 *
 * @category schemas
 */
export const CarbonOutputAI = Schema.Struct({
  ...CarbonOutput.fields,
  ...AiTwin.fields,
  ai_summary: Schema.optionalKey(Schema.String)
})
/** @category schemas */
export type CarbonOutputAI = typeof CarbonOutputAI.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const CarbonErrorAI = Schema.Union([...CarbonError.members, ...AiTwin.TwinError.members])

/**
 * Needs a language model, and nothing else. A run may cost 0.50 US dollars.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { CarbonAgentAI } from "greenlang/climate/CarbonAgentAI"
 * import * as Offline from "greenlang/llm/offline/Offline"
 *
 * const { value } = await CarbonAgentAI.run({
 *   emissions: [{ fuel_type: "electricity", co2e_emissions_kg: 15000 }]
 * }).pipe(Effect.provide(Offline.layer), Effect.runPromise)
 * value.total_co2e_kg // => 15000
 * value.provenance.model // => "offline"
 * ```
 *
 * @category agents
 */
export const CarbonAgentAI = Agent.make("CarbonAgentAI", {
  version: "1.0.0",
  description: "Adds emission records up and explains the footprint: total, breakdown, intensity, recommendations",
  input: CarbonInput,
  output: CarbonOutputAI,
  error: CarbonErrorAI,
  tools: CarbonTools.tools,
  execute: (input) =>
    Effect.map(
      AiTwin.run({
        agent: "CarbonAgentAI",
        purpose: "You explain where the greenhouse gas emissions of a building or a company come from.",
        input,
        output: CarbonOutput,
        budgetUsd: 0.5,
        compute: (call) => compute(input, call)
      }),
      (answer) => answer.explanation === undefined ? answer : { ...answer, ai_summary: answer.explanation }
    )
})
