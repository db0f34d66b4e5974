/**
 * A limit in time. The work runs in a fiber of its own, so that it alone is interrupted when time is up, and a timer is
 * armed only if the work did not end at once: a synchronous agent pays for no timer.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"

/**
 * `self`, or `late(elapsed)` once `limit` has passed and `self` has ended its interruption. A limit of zero fails at
 * once, an infinite one is no limit. What `self` failed with while it was being interrupted stands behind `late`.
 */
export const within = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2
): Effect.Effect<A, E | E2, R> => {
  const millis = Duration.toMillis(limit)
  if (millis === Infinity) return self
  if (millis <= 0) return Effect.suspend(() => Effect.fail(late(Duration.zero)))

  return Effect.uninterruptibleMask((restore) =>
    Effect.withFiber((parent) =>
      restore(Effect.callback<A, E | E2>((resume) => {
        const fork = Effect.runForkWith(parent.context)
        const work = fork(self as Effect.Effect<A, E>, { uninterruptible: restore === identity })
        const done = work.pollUnsafe()
        if (done !== undefined) return resume(done)

        const clock = parent.getRef(Clock.Clock)
        const began = clock.monotonicTimeNanosUnsafe()
        const timer = fork(clock.sleep(limit))
        let timeIsUp = false
        timer.addObserver((exit) => {
          if (Exit.isFailure(exit)) return
          timeIsUp = true
          work.interruptUnsafe(parent.id)
        })
        work.addObserver((exit) => {
          timer.interruptUnsafe(parent.id)
          if (!timeIsUp || Exit.isSuccess(exit)) return resume(exit)
          const met = exit.cause.reasons.filter((reason) => !Cause.isInterruptReason(reason))
          const elapsed = Duration.nanos(clock.monotonicTimeNanosUnsafe() - began)
          resume(Effect.failCause(Cause.combine(Cause.fail(late(elapsed)), Cause.fromReasons(met))))
        })
        return Effect.suspend(() => {
          timer.interruptUnsafe(parent.id)
          return Fiber.interrupt(work)
        })
      }))
    )
  )
}
