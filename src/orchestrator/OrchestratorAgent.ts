/**
 * The orchestrator as an agent that runs the others by name, so that it crosses every boundary that an agent can cross.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import { RunMetadata } from "../agent/AgentResult.ts"
import { Failure } from "./History.ts"
import { Orchestrator } from "./Orchestrator.ts"
import { AgentNotFound, OrchestratorClosed, RunFailed } from "./OrchestratorError.ts"
import { PolicyDenied } from "./Policy.ts"

/**
 * The agent to run, and its input. `timeout`, in milliseconds, replaces the limit of the agent.
 *
 * @category models
 */
export const Request = Schema.Struct({
  agent: Schema.String,
  input: Schema.optionalKey(Schema.Unknown),
  attributes: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  timeout: Schema.optionalKey(Schema.DurationFromMillis)
})

/**
 * The result of `Orchestrator.run`, with `value` as JSON by the schema of the agent, and secrets masked. It is absent
 * where JSON cannot hold it.
 *
 * @category models
 */
export const Response = Schema.Struct({
  id: Schema.String,
  agent: Schema.String,
  success: Schema.Boolean,
  value: Schema.optionalKey(Schema.Json),
  failures: Schema.Array(Failure),
  metadata: RunMetadata
})
/** @category models */
export type Response = typeof Response.Type

/**
 * The schemas of the agent, for a process that has nothing else of it.
 *
 * @category models
 */
export const OrchestratorContract = {
  input: Request,
  output: Response,
  error: Schema.Union([AgentNotFound, OrchestratorClosed, InvalidInput, PolicyDenied, RunFailed])
}

/**
 * Fails as `Orchestrator.run` does. Sets no limit of its own.
 *
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { Agent, PromiseAgent } from "greenlang"
 * import * as Database from "greenlang/database/Database"
 * import { History, Orchestrator, OrchestratorAgent } from "greenlang/orchestrator"
 *
 * const Double = Agent.make("Double", {
 *   version: "1.0.0",
 *   input: Schema.Finite,
 *   output: Schema.Finite,
 *   execute: (n) => Effect.succeed(n * 2)
 * })
 *
 * const layer = Orchestrator.layer({ agents: [Double] }).pipe(
 *   Layer.provide(History.layer()),
 *   Layer.provide(Database.layerMemory)
 * )
 * await using runs = await PromiseAgent.open(OrchestratorAgent, layer)
 * const { value } = await runs.execute({ agent: "Double", input: 21 })
 * value.value // => 42
 * ```
 *
 * @category agents
 */
export const OrchestratorAgent = Agent.make("Orchestrator", {
  version: "1.0.0",
  description: "Runs agents and pipelines by name",
  ...OrchestratorContract,
  timeout: Infinity,
  execute: Effect.fnUntraced(function*({ input, agent, ...options }) {
    const { run } = yield* Orchestrator
    const { json, value: _, ...response } = yield* run(agent, input, options)
    return json === undefined ? response : { ...response, value: json }
  })
})
