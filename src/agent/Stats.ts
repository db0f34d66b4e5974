/**
 * What came of the runs of one agent, since it was made.
 */
import * as Schema from "effect/Schema"

/**
 * How many runs ended in one way, and the time that they took, in milliseconds.
 *
 * @category models
 */
export const Tally = Schema.Struct({ runs: Schema.Int, totalMs: Schema.Finite })
/** @category models */
export type Tally = typeof Tally.Type

/**
 * `failed` counts typed failures, timeouts and defects. `averageMs` is over every run, and 0 before the first.
 *
 * @category models
 */
export const Stats = Schema.Struct({
  runs: Schema.Int,
  succeeded: Tally,
  failed: Tally,
  interrupted: Tally,
  totalMs: Schema.Finite,
  averageMs: Schema.Finite
})
/** @category models */
export type Stats = typeof Stats.Type
