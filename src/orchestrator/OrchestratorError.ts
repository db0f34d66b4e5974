/**
 * What can go wrong around a run by name.
 */
import * as Schema from "effect/Schema"
import type { InvalidInput } from "../agent/AgentError.ts"
import * as NearestName from "../internal/NearestName.ts"
import { StepReport } from "../pipeline/PipelineReport.ts"
import { Failure } from "./History.ts"
import type { PolicyDenied } from "./Policy.ts"

/**
 * Nobody has registered an agent or a pipeline of that name.
 *
 * @category errors
 */
export class WorkflowNotFound extends Schema.TaggedError<WorkflowNotFound>()("WorkflowNotFound", {
  workflow: Schema.String,
  available: Schema.Array(Schema.String)
}) {
  override get message() {
    return `there is no agent or pipeline ${this.workflow}. ${NearestName.hint(this.workflow, this.available)}`
  }
}

/**
 * The run failed. `failures` lists every failure, with its step in a pipeline, and `partial` what the other steps had
 * answered, as JSON without secrets. `cause` is the first failure itself.
 *
 * @category errors
 */
export class WorkflowFailed extends Schema.TaggedError<WorkflowFailed>()("WorkflowFailed", {
  runId: Schema.String,
  workflow: Schema.String,
  failures: Schema.Array(Failure),
  partial: Schema.Record(Schema.String, Schema.Json),
  steps: Schema.Array(StepReport),
  cause: Schema.Defect()
}) {
  override get message() {
    const told = this.failures.map(({ message, step }) => `\n  ${step === undefined ? "" : `${step}: `}${message}`)
    return `${this.workflow} failed:${told.join("")}`
  }
}

/**
 * The orchestrator was closed before the run could start, or come to its end.
 *
 * @category errors
 */
export class OrchestratorClosed extends Schema.TaggedError<OrchestratorClosed>()("OrchestratorClosed", {
  workflow: Schema.String
}) {
  override get message() {
    return `${this.workflow} was asked of an orchestrator that has been closed, and did not come to its end`
  }
}

/** How a run by name can fail. @category errors */
export type OrchestratorError = WorkflowNotFound | OrchestratorClosed | InvalidInput | PolicyDenied | WorkflowFailed
