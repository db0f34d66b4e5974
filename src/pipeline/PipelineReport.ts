/**
 * Where the time of a run went: a fold of its events.
 */
import * as Schema from "effect/Schema"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Run from "../agent/Run.ts"
import { TimelineFold } from "./internal/TimelineFold.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"

/**
 * One step of the run. Times are in milliseconds, `startedAt` since the run began. A step that never started has
 * neither time; one of a pipeline inside a step stands behind that step, with a longer path. `usage` is what the step, with
 * all inside of it, asked language models for: absent where it asked none.
 *
 * @category models
 */
export const StepReport = Schema.Struct({
  path: Schema.Array(Schema.String),
  after: Schema.Array(Schema.String),
  state: Schema.Literals(["pending", "running", "finished", "cached", "skipped", "failed", "interrupted"]),
  attempts: Schema.Int,
  startedAt: Schema.optionalKey(Schema.Finite),
  duration: Schema.optionalKey(Schema.Finite),
  usage: Schema.optionalKey(Run.Usage)
})
/** @category models */
export type StepReport = typeof StepReport.Type

/**
 * `criticalPath` are the names of the steps that the answer waited for, one after another: making any other step faster
 * would not have made the run faster. `duration` is that of the run, in milliseconds.
 *
 * `oneMoreSlot` is how many milliseconds a `concurrency` of one more would have saved: the steps, each as long as it took,
 * are laid out over the arrows once with as many slots as there were and once with one more, and their turns are given as
 * the run gives them. Zero where not all slots were ever taken, or another order of turns eats the gain up. It takes for
 * granted that a step would have taken as long with more beside it, so it is an upper estimate where they share a processor,
 * a pool or the limits of a vendor; it leaves out what pipelines inside of steps could gain, and the time that a run waited
 * for the reader of its events.
 *
 * @category models
 */
export const Timeline = Schema.Struct({
  pipeline: Schema.String,
  duration: Schema.Finite,
  steps: Schema.Array(StepReport),
  criticalPath: Schema.Array(Schema.String),
  oneMoreSlot: Schema.Finite
})
/** @category models */
export type Timeline = typeof Timeline.Type

/** The result of a run, and its timeline. @category models */
export interface PipelineReport<out A> extends AgentResult<A>, Timeline {}

/**
 * What the events of one run, so far, add up to.
 *
 * @category constructors
 */
export const fold = (events: Iterable<PipelineEvent>): Timeline => {
  const all = new TimelineFold()
  for (const event of events) all.add(event)
  return all.timeline
}
