/**
 * A limit in time. The work runs in a fiber of its own, so that it alone is interrupted when time is up, and a timer is
 * armed only if the work did not end at once: a synchronous agent pays for no timer.
 *
 * With `within` the caller waits until the work has ended, whatever ends it. A caller that cannot be interrupted still gets
 * its answer in time, since the work inside can be. With `beside` the caller never waits longer than the limit: for work
 * that is not its own, such as a record in a history.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/**
 * `self`, or `late(elapsed)` once `limit` has passed and `self` has ended its interruption. A limit of zero fails at
 * once, an infinite one is no limit. What `self` failed with while it was being interrupted stands behind `late`.
 */
export const within = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2
): Effect.Effect<A, E | E2, R> =>
  Duration.toMillis(limit) === Infinity
    ? self
    : Effect.withFiber((caller) =>
      // The caller's context holds what `self` needs: that is what `R` in the answer's type says.
      inFiber(caller, caller.context as Context.Context<R>, self, limit, late)
    )

/**
 * As `within`, in a fiber of its own even without a limit, with the services of `context`. `ended` sees the exit before
 * `caller` does, and once, also when `caller` is interrupted.
 */
export const inFiber = <A, E, R, E2>(
  caller: Fiber.Fiber<unknown, unknown>,
  context: Context.Context<R>,
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2,
  ended?: (exit: Exit.Exit<A, E | E2>) => void
): Effect.Effect<A, E | E2> =>
  Effect.callback((resume) => {
    const end = (exit: Exit.Exit<A, E | E2>) => {
      if (ended !== undefined) ended(exit)
      resume(exit)
    }
    if (Duration.toMillis(limit) <= 0) return end(Exit.fail(late(Duration.zero)))

    const work = Effect.runForkWith(context)(self)
    // `runSync` lets its own fiber go on after a yield: it is to do the same for this one.
    if (caller.cache.scheduler.executionMode === "sync") work.currentDispatcher.flush()
    const exit = work.pollUnsafe()
    if (exit !== undefined) return end(exit)

    const clock = caller.getRef(Clock.Clock)
    const began = clock.monotonicTimeNanosUnsafe()
    let timeIsUp = false
    const disarm = arm(clock, limit, () => {
      timeIsUp = true
      work.interruptUnsafe(caller.id)
    })
    work.addObserver((exit) => {
      disarm()
      if (!timeIsUp || Exit.isSuccess(exit)) return end(exit)
      const elapsed = Duration.nanos(clock.monotonicTimeNanosUnsafe() - began)
      end(Exit.failCause(Cause.combine(Cause.fail(late(elapsed)), withoutInterrupts(exit.cause))))
    })
    return Effect.suspend(() => {
      work.interruptUnsafe(caller.id)
      // What the work failed with on its way out belongs to the caller's interruption.
      return Effect.flatMap(Fiber.await(work), (exit) => {
        const met: Cause.Cause<unknown> = Exit.isSuccess(exit) ? Cause.empty : withoutInterrupts(exit.cause)
        // The type of a canceler leaves no room for `E`; the type of the answer has it.
        return met.reasons.length === 0 ? Effect.void : Effect.failCause(met as Cause.Cause<never>)
      })
    })
  })

/**
 * `self`, or `late()` once `limit` has passed. `self` is interrupted then, and releases what it holds in its own time: the
 * caller does not wait for it. The same where the caller is interrupted.
 */
export const beside = <A, E, R, E2>(
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: () => E2
): Effect.Effect<A, E | E2, R> =>
  Effect.withFiber((caller) =>
    Effect.callback<A, E | E2>((resume) => {
      // The caller's context holds what `self` needs: that is what `R` in the answer's type says.
      const work = Effect.runForkWith(caller.context as Context.Context<R>)(Effect.suspend(() => self))
      if (caller.cache.scheduler.executionMode === "sync") work.currentDispatcher.flush()
      const exit = work.pollUnsafe()
      if (exit !== undefined) return resume(exit)
      const expire = (turns: number): unknown => {
        if (work.pollUnsafe() !== undefined) return
        if (turns > 0) return setImmediate(expire, turns - 1)
        resume(Effect.fail(late()))
        work.interruptUnsafe(caller.id)
      }
      const disarm = arm(caller.getRef(Clock.Clock), limit, () => expire(grace))
      work.addObserver((exit) => {
        disarm()
        resume(exit)
      })
      return Effect.sync(() => {
        disarm()
        work.interruptUnsafe(caller.id)
      })
    })
  )

/** Calls `expire` after `limit`, unless disarmed. The live clock needs no fiber to do so. */
const arm = (clock: Clock.Clock, limit: Duration.Duration, expire: () => void): () => void => {
  const millis = Duration.toMillis(limit)
  if (millis === Infinity) return nothing
  if (clock === liveClock && millis <= longestTimer) {
    const timer = setTimeout(expire, millis)
    return () => clearTimeout(timer)
  }
  const timer = Effect.runFork(clock.sleep(limit))
  timer.addObserver((exit) => {
    if (Exit.isSuccess(exit)) expire()
  })
  return () => timer.interruptUnsafe()
}

const withoutInterrupts = <E>(cause: Cause.Cause<E>): Cause.Cause<E> =>
  Cause.fromReasons(cause.reasons.filter((reason) => !Cause.isInterruptReason(reason)))

/**
 * Turns of the event loop. What arrived while the loop was held, or while a clock of a test jumped, arrived in time; some turns
 * later it has been read.
 */
const grace = 16

const nothing = () => {}
const liveClock = Context.get(Context.empty(), Clock.Clock)
/** Milliseconds. `setTimeout` overflows beyond. */
const longestTimer = 2 ** 31 - 1
