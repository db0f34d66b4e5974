/**
 * The errors of a run by name.
 */
import * as Schema from "effect/Schema"
import type { InvalidInput } from "../agent/AgentError.ts"
import * as Described from "../internal/Described.ts"
import * as NearestName from "../internal/NearestName.ts"
import * as SecretName from "../internal/SecretName.ts"
import { StepReport } from "../pipeline/PipelineReport.ts"
import { Failure } from "./History.ts"
import type { PolicyDenied } from "./Policy.ts"

/**
 * The orchestrator has no agent or pipeline of that name.
 *
 * @category errors
 */
export class AgentNotFound extends Schema.TaggedError<AgentNotFound>()("AgentNotFound", {
  agent: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    const name = Described.printable(Described.cut(SecretName.without(this.agent), 200))
    return `the orchestrator has no agent or pipeline named "${name}". ${NearestName.hint(this.agent, this.available)}`
  }
}

/**
 * The run failed. `failures` lists every failure, with its step in a pipeline. `partial` holds the answers of the other steps,
 * as JSON without secrets. `cause` is the first failure itself.
 *
 * @category errors
 */
export class RunFailed extends Schema.TaggedError<RunFailed>()("RunFailed", {
  runId: Schema.String,
  agent: Schema.String,
  failures: Schema.Array(Failure),
  partial: Schema.Record(Schema.String, Schema.Json),
  steps: Schema.Array(StepReport),
  cause: Schema.Defect()
}) {
  override get message() {
    const lines = this.failures.map(({ message, step }) => `\n  ${step === undefined ? "" : `${step}: `}${message}`)
    return `${this.agent} failed:${lines.join("")}`
  }
}

/**
 * The orchestrator was closed before the run started, or before it ended.
 *
 * @category errors
 */
export class OrchestratorClosed extends Schema.TaggedError<OrchestratorClosed>()("OrchestratorClosed", {
  agent: Schema.String
}) {
  override get message() {
    return `${this.agent} did not finish: the orchestrator was closed`
  }
}

/** How a run by name can fail. @category errors */
export type OrchestratorError = AgentNotFound | OrchestratorClosed | InvalidInput | PolicyDenied | RunFailed
