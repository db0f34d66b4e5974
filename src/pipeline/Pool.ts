/**
 * A number of places that steps share, of one run or of many: at most eight calls to one vendor at a time, say.
 */
import * as Semaphore from "effect/Semaphore"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"

/**
 * Whoever holds the same value shares its places, in the order of asking.
 *
 * @category models
 */
export interface Pool {
  readonly name: string
  readonly size: number
  readonly semaphore: Semaphore.Semaphore
}

/**
 * Throws when `size` is not a whole number of one or more.
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
  if (!Number.isInteger(size) || size < 1) {
    throw new InvalidDefinition({
      subject: `pool \`${name}\``,
      problem: `size is ${size}`,
      expected: "a whole number of at least 1"
    })
  }
  return { name, size, semaphore: Semaphore.makeUnsafe(size) }
}
