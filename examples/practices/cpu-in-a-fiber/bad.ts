/**
 * A fiber is not a thread: while it computes, everything else in the process waits, and two computations take twice as long.
 */
import { Effect } from "effect"
import { countPrimes, limits } from "../../support/Primes.ts"

export const main = (): Promise<Array<number>> =>
  Effect.runPromise(
    Effect.forEach(limits, (limit) => Effect.sync(() => countPrimes(limit)), { concurrency: "unbounded" })
  )

if (import.meta.main) console.log(await main())
