/**
 * A number of places that steps share, of one run or of many: for example, at most eight calls to one vendor at a time.
 */
import * as Effect from "effect/Effect"
import { checkName, InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Described from "../internal/Described.ts"
import { checkPool, Places, type Pool, State } from "./internal/Places.ts"
import { PoolOrder } from "./internal/PoolOrder.ts"
import * as StepWork from "./internal/StepWork.ts"

/** A pool as users see it: its name, its size, and how many places are free. */
export type { Pool } from "./internal/Places.ts"

/**
 * A pool of `size` places. Throws `InvalidDefinition` when `size` is not a whole number of one or more, and for a
 * name that is empty or has control characters.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Pool, Step } from "greenlang"
 *
 * const vendor = Pool.make("vendor", 8)
 * const ask = Step.make("ask", [], () => Effect.succeed("an answer")).pipe(Step.inPool(vendor))
 * ask.policies // => ["in pool vendor"]
 * ```
 *
 * @category constructors
 */
export const make = (name: string, size: number): Pool => {
  checkName("pool", name)
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new InvalidDefinition({
      subject: `pool \`${name}\``,
      problem: `size is ${Described.shown(size)}`,
      expected: "a whole number, at least 1"
    })
  }
  const places = new Places(size)
  return {
    [State]: { places, order: new PoolOrder(name) },
    name,
    size,
    get free() {
      return places.free
    }
  }
}

/**
 * Runs `self` on a place of `pool`: waits until one is free, and gives it back when `self` has ended, however it ended. For
 * a part of a step, such as one call of a vendor. A whole step goes into a pool with `Step.inPool`, the items of a list with
 * `Step.forEach(..., { pool })`.
 *
 * Inside of an effect that holds a place of the same pool, it runs on that place. Where several do, they take turns.
 *
 * Pools are entered in one order: once a place of `b` was taken inside of one of `a`, none of `a` may be taken inside of one
 * of `b`, since the two could wait for each other for ever. An effect that tries dies with `InvalidDefinition`, which names
 * both pools. A step in several pools, `Step.inPool(a)` right behind `Step.inPool(b)`, always enters them in the same order.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Pool } from "greenlang"
 *
 * const vendor = Pool.make("vendor", 2)
 * const free = Pool.run(vendor, Effect.sync(() => vendor.free))
 * await Effect.runPromise(free) // => 1
 * ```
 *
 * @category running
 */
export const run = <A, E, R>(pool: Pool, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    checkPool("`Pool.run`", pool)
    return StepWork.hold(pool, self)
  })
