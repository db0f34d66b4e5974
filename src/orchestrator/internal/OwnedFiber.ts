/**
 * A fiber that belongs to a scope before it runs. `Effect.forkIn` adds it to the scope after its first slice: a fiber that
 * closes the scope in that slice would not be awaited.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/** Starts `self` at once, in a fiber that closing `scope` interrupts and waits for. `self` says where it can be interrupted. */
export const start = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  scope: Scope.Scope
): Effect.Effect<Fiber.Fiber<A, E>, never, R> =>
  Effect.forkDetach(
    Effect.withFiber((fiber) => {
      Fiber.runIn(fiber, scope)
      return self
    }),
    { startImmediately: true, uninterruptible: true }
  )
