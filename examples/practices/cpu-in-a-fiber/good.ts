/**
 * Worker threads compute, this thread goes on, and interruption ends the thread. The function is the same, in the same
 * module.
 */
import { Effect, Schema } from "effect"
import { Agent, CpuPool, lift } from "greenlang"
import { limits } from "../../support/Primes.ts"

export const Primes = lift("Primes", {
  version: "1.0.0",
  module: new URL("../../support/Primes.ts", import.meta.url),
  export: "countPrimes",
  input: Schema.Int,
  output: Schema.Int
})

export const main = (): Promise<Array<number>> =>
  Effect.runPromise(
    Effect.forEach(limits, (limit) => Agent.call(Primes, limit), { concurrency: 2 }).pipe(
      Effect.provide(CpuPool.layerWorkers({ size: 2 }))
    )
  )

if (import.meta.main) console.log(await main())
