/**
 * What happens while a pipeline runs, as it happens.
 *
 * `path` names the step, below the steps of the pipelines around it: `["site A", "fuel"]`. Items of a `Step.forEach` and
 * rounds of a `Step.iterate`, by their number from 0, and alternatives of a `Step.race` are steps inside of it. `AgentEvent` says
 * what `run`, `seq` and `at` are.
 */
import * as Schema from "effect/Schema"
import { AgentEvent, Failure, Place } from "../agent/AgentEvent.ts"
import { Usage } from "../agent/Usage.ts"

const Path = Schema.Array(Schema.String)
/** What the step, with all that ran inside of it, asked language models for: absent where it asked none. */
const used = { usage: Schema.optionalKey(Usage) }

/**
 * What a pipeline is made of. `steps` are all of its steps in running order, each with those it waits for and, in
 * milliseconds, how long it is expected to take. At most `concurrency` of them run at the same time: absent, all that can.
 *
 * @category models
 */
export const Drawing = Schema.Struct({
  pipeline: Schema.String,
  version: Schema.String,
  concurrency: Schema.optionalKey(Schema.Finite),
  steps: Schema.Array(
    Schema.Struct({ name: Schema.String, after: Path, expected: Schema.optionalKey(Schema.Finite) })
  )
})
/** @category models */
export type Drawing = typeof Drawing.Type

/**
 * A pipeline began: the run that is observed, with an empty `path`, or one inside of the step. Where the step is tried again, so
 * is the pipeline.
 *
 * @category models
 */
export const PipelineStarted = Schema.TaggedStruct("PipelineStarted", {
  ...Drawing.fields,
  ...Place
})

/**
 * All that the step waits for has ended, and the step starts. Where it could not start at once, `readyAt` is when it could
 * have, and `waitedFor` is what it waited for: the `concurrency` of its pipeline, the slow reader of the events, other
 * work that held the event loop, or, in a durable run, a worker: its worker was gone, or it had failed and was not retried yet.
 *
 * @category models
 */
export const StepStarted = Schema.TaggedStruct("StepStarted", {
  readyAt: Schema.optionalKey(Schema.Finite),
  waitedFor: Schema.optionalKey(Schema.Literals(["bound", "reader", "event loop", "worker"])),
  ...Place
})

/** No place in the pool `what` is free, and the step waits for one. @category models */
export const StepWaiting = Schema.TaggedStruct("StepWaiting", { what: Schema.String, ...Place })

/** The step that waited has a place in the pool `what`, and goes on. @category models */
export const StepAdmitted = Schema.TaggedStruct("StepAdmitted", { what: Schema.String, ...Place })

/**
 * The step answered, after `attempts`. `recoveredFrom` is the failure that a policy, such as `Step.optional`, made an
 * answer of.
 *
 * @category models
 */
export const StepFinished = Schema.TaggedStruct("StepFinished", {
  attempts: Schema.Int,
  recoveredFrom: Schema.optionalKey(Failure),
  ...used,
  ...Place
})

/** The step failed for good. `error` is its tag and message. @category models */
export const StepFailed = Schema.TaggedStruct("StepFailed", {
  attempts: Schema.Int,
  error: Failure,
  ...used,
  ...Place
})

/** The step was interrupted, as a sibling of one that failed or with the whole run. @category models */
export const StepInterrupted = Schema.TaggedStruct("StepInterrupted", { ...used, ...Place })

/** The condition of the step did not hold. @category models */
export const StepSkipped = Schema.TaggedStruct("StepSkipped", { ...Place })

/** The step did not run: its answer was known from a run before, which had ended `keptAt`. @category models */
export const StepCached = Schema.TaggedStruct("StepCached", {
  keptAt: Schema.DateTimeUtcFromString,
  ...Place
})

/** An attempt failed, and another one begins: the one of number `attempt`, counted from 1. @category models */
export const StepRetried = Schema.TaggedStruct("StepRetried", {
  attempt: Schema.Int,
  error: Failure,
  ...Place
})

/** @category models */
export const PipelineEvent = Schema.Union([
  ...AgentEvent.members,
  PipelineStarted,
  StepStarted,
  StepWaiting,
  StepAdmitted,
  StepFinished,
  StepFailed,
  StepInterrupted,
  StepSkipped,
  StepCached,
  StepRetried
])
/** @category models */
export type PipelineEvent = typeof PipelineEvent.Type
