/**
 * The events of the runs of an orchestrator.
 */
import * as Schema from "effect/Schema"
import { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { Outcome } from "./History.ts"

const run = { id: Schema.String, agent: Schema.String }

/**
 * Of one run: `Waiting` for its turn, `Started`, each `Step` of a pipeline, and `Ended` in every case, with the outcome that
 * the history records. `NotRecorded` where the history could not be written, or a value is too deep for it, `PolicyBroken` where a policy could not be
 * asked and lets the run go on. `at` is Unix time in milliseconds, that of a `Step` since its run began.
 *
 * @category models
 */
export const OrchestratorEvent = Schema.TaggedUnion({
  Waiting: { ...run, at: Schema.Finite },
  Started: { ...run, at: Schema.Finite },
  Step: { ...run, event: PipelineEvent },
  Ended: { ...run, outcome: Outcome, at: Schema.Finite },
  PolicyBroken: { ...run, policy: Schema.String, message: Schema.String, at: Schema.Finite },
  NotRecorded: { ...run, message: Schema.String, at: Schema.Finite }
})
/** @category models */
export type OrchestratorEvent = typeof OrchestratorEvent.Type
