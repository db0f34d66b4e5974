/**
 * One step in the report of a run.
 */
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"

/**
 * A time in which a step did not run though it could have: what it waited `for`, from when on, and how long, in milliseconds.
 *
 * - `bound`: the `concurrency` of its pipeline;
 * - `reader`: the slow reader of the events;
 * - `event loop`: other work held the event loop;
 * - `worker`: a worker of durable runs, or a retry of the run;
 * - `pool`: a place in the pool `name`;
 * - `person`: the decision of a person.
 *
 * @category models
 */
export const Gap = Schema.Struct({
  for: Schema.Literals(["bound", "reader", "event loop", "worker", "pool", "person"]),
  name: Schema.optionalKey(Schema.String),
  at: Schema.Finite,
  duration: Schema.Finite
})
/** @category models */
export type Gap = typeof Gap.Type

/**
 * One step of the run. Times are in milliseconds: `readyAt`, when all that it waits for had ended, and `startedAt` are since
 * the run began. A step that never started has none of them. `gaps` says why a step took longer than its work: it is absent
 * where nothing did. A step of a pipeline inside a step stands behind that step, with a longer path. `usage` is what the step,
 * with all inside of it, asked language models for: absent where it asked none.
 *
 * @category models
 */
export const StepReport = Schema.Struct({
  path: Schema.Array(Schema.String),
  after: Schema.Array(Schema.String),
  state: Schema.Literals(["pending", "running", "finished", "cached", "skipped", "failed", "interrupted"]),
  attempts: Schema.Int,
  readyAt: Schema.optionalKey(Schema.Finite),
  startedAt: Schema.optionalKey(Schema.Finite),
  duration: Schema.optionalKey(Schema.Finite),
  gaps: Schema.optionalKey(Schema.Array(Gap)),
  usage: Schema.optionalKey(Run.Usage)
})
/** @category models */
export type StepReport = typeof StepReport.Type
