/**
 * When a step starts, where not all steps that are ready may run.
 */
import type * as Duration from "effect/Duration"
import { dual } from "effect/Function"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as CachedWork from "./internal/CachedWork.ts"
import { checkPool, type Pool, State } from "./internal/Places.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepWork from "./internal/StepWork.ts"

/**
 * The step waits for a place in `pool`, and holds it while it runs. With `Step.retry`, it gives the place back for the pause
 * between two attempts.
 *
 * A step inside of one that holds a place of the same pool runs on that place. Where there are several, they take turns. So
 * no step waits for the step around it, and no pool is overfull.
 *
 * Throws `InvalidDefinition` for a step that runs several effects at the same time, which would share one place: give the
 * pool to the items of a `Step.forEach` (`{ pool }`), and put the alternatives of a `Step.race` into it.
 *
 * @category concurrency
 */
export const inPool: {
  (
    pool: Pool
  ): <A, E, R, Before, L extends string>(self: StepBox.Step<A, E, R, Before, L>) => StepBox.Step<A, E, R, Before, L>
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    pool: Pool
  ): StepBox.Step<A, E, R, Before, L>
} = dual(
  2,
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    pool: Pool
  ): StepBox.Step<A, E, R, Before, L> => {
    StepBox.checkSelf("inPool", self)
    checkPool(`step \`${self.name}\``, pool)
    const refuse = (problem: string, expected: string) =>
      new InvalidDefinition({ subject: `step \`${self.name}\``, problem, expected })
    if (CachedWork.isCached(self)) {
      throw refuse("it is in a pool after `Step.cached`, and a known answer needs no place", "`inPool` before `cached`")
    }
    if (self.width > 1) {
      throw refuse(
        `it runs ${
          self.width === Infinity ? "any number of" : self.width
        } effects at the same time, on one place of pool \`${pool.name}\``,
        self.alternatives.length > 0
          ? "`Step.inPool` of each alternative in its place"
          : "`{ pool }` of `Step.forEach` in its place, which takes a place for each item"
      )
    }
    const entered = inPools.get(self.run)
    const pools = [...entered?.pools ?? [], pool].toSorted((a, b) => a[State].order.number - b[State].order.number)
    // What wrapped the step last was `inPool`: the step enters all of its pools at once, in their order.
    const inner = entered === undefined ? self.run : entered.run as typeof self.run
    const wrapped = StepBox.wrap(
      { ...self, run: inner },
      `in pool ${pool.name}`,
      (run) => pools.reduceRight((run, pool) => StepWork.hold(pool, run), run)
    )
    inPools.set(wrapped.run, { pools, run: inner })
    return { ...wrapped, output: self.output, error: self.error }
  }
)

/** The pools of a step that `inPool` made, and what it runs in them, by the function that does so. */
const inPools = new WeakMap<StepBox.Any["run"], {
  readonly pools: ReadonlyArray<Pool>
  readonly run: StepBox.Any["run"]
}>()

/**
 * States how long the step usually takes. Where not all steps that are ready may run, the one with the longest way to the
 * end of the pipeline goes first.
 *
 * @category concurrency
 */
export const expectedDuration: {
  (
    duration: Duration.Input
  ): <A, E, R, Before, L extends string>(self: StepBox.Step<A, E, R, Before, L>) => StepBox.Step<A, E, R, Before, L>
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    duration: Duration.Input
  ): StepBox.Step<A, E, R, Before, L>
} = dual(
  2,
  <A, E, R, Before, L extends string>(
    self: StepBox.Step<A, E, R, Before, L>,
    duration: Duration.Input
  ): StepBox.Step<A, E, R, Before, L> => {
    StepBox.checkSelf("expectedDuration", self)
    return { ...self, expected: StepBox.duration(self.name, duration) }
  }
)
