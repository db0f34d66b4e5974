/**
 * The places of pools that several processes share: a place of a pool in this process is then also one of all processes.
 * `undefined` where the pools of this process are its own.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

/** Takes places of pools that other processes share. */
export interface PoolLeases {
  /** Takes one of the `size` places of the pool of this name, and answers with what gives it back; `undefined` where none is free. */
  readonly take: (pool: string, size: number) => Effect.Effect<Effect.Effect<void> | undefined>
}

/** What a worker of a cluster provides around its runs. */
export const Current = Context.Reference<PoolLeases | undefined>("greenlang/pipeline/internal/PoolLeases", {
  defaultValue: () => undefined
})
