/**
 * When a step gets its turn, where not all that is ready may run.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Semaphore from "effect/Semaphore"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as CachedWork from "./internal/CachedWork.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepScope from "./internal/StepScope.ts"
import type { Pool } from "./Pool.ts"

/**
 * Waits for a place in `pool`, and holds it while it runs.
 *
 * A step inside of one that holds a place of the same pool runs on that place; where there are several they take turns. So
 * no step waits for the step around it, and no pool is overfull. Where those inside are to run at the same time, only they
 * should be in the pool.
 *
 * @category concurrency
 */
export const inPool: {
  (pool: Pool): <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>) => StepBox.Step<A, E, R, Before>
  <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>, pool: Pool): StepBox.Step<A, E, R, Before>
} = dual(2, <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>, pool: Pool): StepBox.Step<A, E, R, Before> => {
  if (CachedWork.isCached(self)) {
    throw new InvalidDefinition({
      subject: `step \`${self.name}\``,
      problem: "a cached answer needs no place in a pool",
      expected: "inPool before cached"
    })
  }
  return {
    ...StepBox.wrap(self, `in pool ${pool.name}`, (run) =>
      Effect.andThen(
        StepScope.emit((path, at) => ({ _tag: "StepWaiting", path, what: pool.name, at })),
        Effect.flatMap(Held, (held) => {
          const places = held.get(pool) ?? pool.semaphore
          const mine = new Map(held).set(pool, Semaphore.makeUnsafe(1))
          return places.withPermit(Effect.provideService(run, Held, mine))
        })
      )),
    output: self.output,
    error: self.error
  }
})

/** The places that the steps around hold, each as a place for those inside of them. */
const Held = Context.Reference<ReadonlyMap<Pool, Semaphore.Semaphore>>("greenlang/pipeline/StepConcurrency/Held", {
  defaultValue: () => new Map()
})

/**
 * Says how long the step is known to take. Where not all that is ready may run, what has the longest way to the end of
 * the pipeline before it goes first.
 *
 * @category concurrency
 */
export const expectedDuration: {
  (duration: Duration.Input): <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>) => StepBox.Step<A, E, R, Before>
  <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>, duration: Duration.Input): StepBox.Step<A, E, R, Before>
} = dual(
  2,
  <A, E, R, Before>(self: StepBox.Step<A, E, R, Before>, duration: Duration.Input): StepBox.Step<A, E, R, Before> => ({
    ...self,
    expected: Duration.fromInputUnsafe(duration)
  })
)
