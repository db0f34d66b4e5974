/**
 * What happens while a pipeline runs, as it happens.
 *
 * `path` names the step, below the steps of the pipelines around it: `["site A", "fuel"]`. Items of a `Step.forEach` and
 * rounds of a `Step.iterate`, by their number from 0, and alternatives of a `Step.race` are steps inside of it. `at`
 * is in milliseconds since the outermost run began, on the monotonic clock.
 */
import * as Schema from "effect/Schema"
import { AgentEvent } from "../agent/AgentEvent.ts"
import * as Run from "../agent/Run.ts"

const Path = Schema.Array(Schema.String)
const Failure = Schema.Struct({ _tag: Schema.String, message: Schema.String })
/** What the step, with all that ran inside of it, asked language models for: absent where it asked none. */
const used = { usage: Schema.optionalKey(Run.Usage) }

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

/** The outermost run began. @category models */
export const RunStarted = Schema.TaggedStruct("RunStarted", {
  ...Drawing.fields,
  startedAt: Schema.DateTimeUtcFromString,
  at: Schema.Finite
})

/** A pipeline inside of the step began. Where the step is tried again, so is the pipeline. @category models */
export const PipelineStarted = Schema.TaggedStruct("PipelineStarted", {
  path: Path,
  ...Drawing.fields,
  at: Schema.Finite
})

/**
 * All that the step waits for has ended, and the step starts. Where it could not start at once, `readyAt` is when it could
 * have, and `waitedFor` is what it waited for: the `concurrency` of its pipeline, the slow reader of the events, or other
 * work that held the event loop.
 *
 * @category models
 */
export const StepStarted = Schema.TaggedStruct("StepStarted", {
  path: Path,
  readyAt: Schema.optionalKey(Schema.Finite),
  waitedFor: Schema.optionalKey(Schema.Literals(["bound", "reader", "event loop"])),
  at: Schema.Finite
})

/** No place in the pool `what` is free, and the step waits for one. @category models */
export const StepWaiting = Schema.TaggedStruct("StepWaiting", { path: Path, what: Schema.String, at: Schema.Finite })

/** The step that waited has a place in the pool `what`, and goes on. @category models */
export const StepAdmitted = Schema.TaggedStruct("StepAdmitted", { path: Path, what: Schema.String, at: Schema.Finite })

/**
 * The step answered, after `attempts`. `recoveredFrom` is the failure that a policy, such as `Step.optional`, made an
 * answer of.
 *
 * @category models
 */
export const StepFinished = Schema.TaggedStruct("StepFinished", {
  path: Path,
  attempts: Schema.Int,
  recoveredFrom: Schema.optionalKey(Failure),
  ...used,
  at: Schema.Finite
})

/** The step failed for good. `error` is its tag and message. @category models */
export const StepFailed = Schema.TaggedStruct("StepFailed", {
  path: Path,
  attempts: Schema.Int,
  error: Failure,
  ...used,
  at: Schema.Finite
})

/** The step was interrupted, as a sibling of one that failed or with the whole run. @category models */
export const StepInterrupted = Schema.TaggedStruct("StepInterrupted", { path: Path, ...used, at: Schema.Finite })

/** The condition of the step did not hold. @category models */
export const StepSkipped = Schema.TaggedStruct("StepSkipped", { path: Path, at: Schema.Finite })

/** The step did not run: its answer was known from a run before, which had ended `keptAt`. @category models */
export const StepCached = Schema.TaggedStruct("StepCached", {
  path: Path,
  keptAt: Schema.DateTimeUtcFromString,
  at: Schema.Finite
})

/** An attempt failed, and another one begins: the one of number `attempt`, counted from 1. @category models */
export const StepRetried = Schema.TaggedStruct("StepRetried", {
  path: Path,
  attempt: Schema.Int,
  error: Failure,
  at: Schema.Finite
})

/** The outermost run ended. @category models */
export const RunEnded = Schema.TaggedStruct("RunEnded", {
  outcome: Schema.Literals(["completed", "failed", "interrupted"]),
  at: Schema.Finite
})

/** @category models */
export const PipelineEvent = Schema.Union([
  ...AgentEvent.members,
  RunStarted,
  PipelineStarted,
  StepStarted,
  StepWaiting,
  StepAdmitted,
  StepFinished,
  StepFailed,
  StepInterrupted,
  StepSkipped,
  StepCached,
  StepRetried,
  RunEnded
])
/** @category models */
export type PipelineEvent = typeof PipelineEvent.Type
