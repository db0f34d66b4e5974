/**
 * What is known of a durable run from outside.
 */
import * as Schema from "effect/Schema"
import { Failure } from "../agent/AgentEvent.ts"
import type { RunMetadata } from "../agent/AgentResult.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"

/**
 * Where a durable run is. `queued`: accepted, and not begun. `waiting`: parked, for a person or for a time, and held by no
 * process. The last three are final, but for a retry.
 *
 * @category models
 */
export const State = Schema.Literals(["queued", "running", "waiting", "completed", "failed", "cancelled"])
/** @category models */
export type State = typeof State.Type

/**
 * Whether a run in this state has ended.
 *
 * @category guards
 */
export const isFinal = (state: State): boolean => state === "completed" || state === "failed" || state === "cancelled"

/**
 * What a run waits for:
 *
 * - `approval`: a person, who is asked `text` by `step`;
 * - `time`: the step `step` sleeps, or has a limit, until `until`;
 * - `runs`: the step `step` waits for `open` runs of its own (`Step.forEach` with `apart`), which `children` lists;
 * - `turn`: a worker with room;
 * - `worker`: a worker that has this version of the pipeline: none has it, or the last sign of one came at `lastSeen` and the run does
 *   not go on;
 * - `version`: a worker whose pipeline has the steps that it had when the run was submitted; `difference` says what changed.
 *
 * @category models
 */
export const Wait = Schema.Union([
  Schema.Struct({
    for: Schema.Literal("approval"),
    step: Schema.String,
    text: Schema.String,
    since: Schema.DateTimeUtcFromString
  }),
  Schema.Struct({ for: Schema.Literal("time"), step: Schema.String, until: Schema.DateTimeUtcFromString }),
  Schema.Struct({ for: Schema.Literal("runs"), step: Schema.String, open: Schema.Int }),
  Schema.Struct({ for: Schema.Literal("turn") }),
  Schema.Struct({
    for: Schema.Literal("worker"),
    pipeline: Schema.String,
    version: Schema.String,
    lastSeen: Schema.optionalKey(Schema.DateTimeUtcFromString)
  }),
  Schema.Struct({ for: Schema.Literal("version"), difference: Schema.String })
])
/** @category models */
export type Wait = typeof Wait.Type

/**
 * Why a run failed: the tag and the message of its first failure, and the path of the step that failed, such as
 * `site A/fuel`, where a step did. Secrets are hidden, and a longer message ends after 20,000 letters.
 *
 * @category models
 */
export const RunFailure = Schema.Struct({
  ...Failure.fields,
  step: Schema.optionalKey(Schema.String)
})
/** @category models */
export type RunFailure = typeof RunFailure.Type

/**
 * A run that the step `step` of another run has asked for: an item of a `Step.forEach` with `apart`.
 *
 * @category models
 */
export const Child = Schema.Struct({ id: Schema.String, step: Schema.String, state: State })
/** @category models */
export type Child = typeof Child.Type

/**
 * One run. `key` is what it was submitted under, its own id where nothing was stated. `steps` is how many have been recorded.
 * `worker` is the one that ran it last. `failure` is why a failed run failed. `value` is what a completed run answered, as JSON,
 * for as long as the answer is kept; `children` are the runs that its steps have asked for, where there are some: a list of
 * runs leaves both out. `attributes` are what was stated about it. `parent` is the run that has asked for it, where it is such a child.
 *
 * @category models
 */
export const Status = Schema.Struct({
  id: Schema.String,
  pipeline: Schema.String,
  version: Schema.String,
  key: Schema.String,
  state: State,
  attempt: Schema.Int,
  steps: Schema.Int,
  waitingFor: Schema.Array(Wait),
  failure: Schema.optionalKey(RunFailure),
  value: Schema.optionalKey(Schema.Json),
  worker: Schema.optionalKey(Schema.String),
  parent: Schema.optionalKey(Schema.String),
  attributes: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  children: Schema.optionalKey(Schema.Array(Child)),
  submittedAt: Schema.DateTimeUtcFromString,
  startedAt: Schema.optionalKey(Schema.DateTimeUtcFromString),
  endedAt: Schema.optionalKey(Schema.DateTimeUtcFromString)
})
/** @category models */
export type Status = typeof Status.Type

/**
 * What is kept of a run that has ended: its `status`, its input as JSON, its metadata (citations, annotations, usage) and its events.
 * A cancelled run has no metadata.
 *
 * @category models
 */
export interface Record {
  readonly status: Status
  readonly input: Schema.Json
  readonly metadata?: RunMetadata
  readonly events: ReadonlyArray<PipelineEvent>
}

/**
 * Which runs to list: the newest first, at most `limit` (default: 20), submitted before the run of id `before`, whose ids begin
 * with `idPrefix`. `key` is what the run was submitted under. With `parent`, the children of that run; without it, no children.
 *
 * @category models
 */
export interface Query {
  readonly state?: State | undefined
  readonly pipeline?: string | undefined
  readonly key?: string | undefined
  readonly parent?: string | undefined
  readonly before?: string | undefined
  readonly idPrefix?: string | undefined
  readonly limit?: number | undefined
}
