/**
 * The places of a pool: which are free, and which steps wait for one.
 *
 * 1. A place belongs to a `Holding` from the moment it is free for it, whether its fiber runs by then or not, until the
 *    holding leaves it. So none is lost when that fiber is interrupted.
 * 2. Holdings get places in the order in which they ask.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"
import type { PoolOrder } from "./PoolOrder.ts"

/** The key under which a pool keeps its state. */
export const State: unique symbol = Symbol.for("greenlang/pipeline/Pool")

/**
 * Effects that hold places of the same pool share its places, in the order of asking. `free` is how many are free now.
 *
 * @category models
 */
export interface Pool {
  readonly [State]: { readonly places: Places; readonly order: PoolOrder }
  readonly name: string
  readonly size: number
  readonly free: number
}

/** Throws `InvalidDefinition` where `pool` is not a pool. `subject` is what was put into it. */
export const checkPool = (subject: string, pool: unknown): void => {
  if (isPool(pool)) return
  throw new InvalidDefinition({
    subject,
    problem: `its pool is ${Described.kind(pool)}`,
    expected: "what `Pool.make` makes"
  })
}

const isPool = (pool: unknown): boolean => {
  try {
    return Predicate.hasProperty(pool, State)
  } catch {
    // A proxy that was revoked is not one.
    return false
  }
}

/** One place, for one effect. */
export class Holding {
  /** The name of the pool. */
  readonly pool: string
  readonly places: Places
  isHeld = false
  /** How many places the pool has; `undefined` on a place that is shared by effects inside of it. */
  readonly size: number | undefined
  /** Gives the place back that it holds among several processes. */
  release: Effect.Effect<void> | undefined = undefined
  private shared: Places | undefined = undefined

  constructor(pool: string, places: Places, size: number | undefined) {
    this.pool = pool
    this.places = places
    this.size = size
  }

  /** The place itself, for the effects of the same pool inside: they take turns on it. */
  get inside(): Places {
    return this.shared ??= new Places(1)
  }
}

/** The places of one pool in this process. */
export class Places {
  free: number
  private readonly waiting = new Map<Holding, (fiber: Fiber.Fiber<unknown, unknown>) => void>()

  constructor(size: number) {
    this.free = size
  }

  /** Takes a place without waiting. Nothing waits while a place is free. */
  tryEnter(holding: Holding): boolean {
    if (this.free === 0) return false
    this.free--
    holding.isHeld = true
    return true
  }

  /** Waits for a place. */
  enter(holding: Holding): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.tryEnter(holding)) return resume(Effect.void)
      this.waiting.set(holding, (fiber) => fiber.currentDispatcher.scheduleTask(() => resume(Effect.void), 0))
      return Effect.sync(() => this.waiting.delete(holding))
    })
  }

  /** Hands the place on to the first that waits. Does nothing where `holding` has none. */
  leave(holding: Holding, fiber: Fiber.Fiber<unknown, unknown>): void {
    if (!holding.isHeld) return
    holding.isHeld = false
    for (const [next, resume] of this.waiting) {
      this.waiting.delete(next)
      next.isHeld = true
      // Later, and not inside of what runs now: very many may follow each other.
      return resume(fiber)
    }
    this.free++
  }
}
