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
 * once, an infinite one never ends it. What `self` failed with while it was being interrupted stands behind `late`.
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
 * The clock of one limit. It stands still while everything that runs under the limit waits for something that the limit
 * does not count, such as a place in a pool. Waits count for the clocks in `around`, too.
 */
export class LimitClock {
  private waits = 0
  private parts = 1
  private timer: ((isStill: boolean) => void) | undefined = undefined
  private readonly around: LimitClock | undefined

  constructor(around?: LimitClock) {
    this.around = around
  }

  get isStill(): boolean {
    return this.waits > 0 && this.waits >= this.parts
  }

  /** Calls `timer` when the clock stops and when it goes on. */
  attach(timer: (isStill: boolean) => void): void {
    this.timer = timer
  }

  /** One part begins to wait (1) or ends its wait (-1). */
  wait(count: 1 | -1): void {
    const { isStill } = this
    this.waits += count
    this.changed(isStill)
    this.around?.wait(count)
  }

  /** One more part runs at the same time (1), or one less (-1). */
  part(count: 1 | -1): void {
    const { isStill } = this
    this.parts += count
    this.changed(isStill)
    this.around?.part(count)
  }

  private changed(wasStill: boolean): void {
    if (this.isStill !== wasStill) this.timer?.(this.isStill)
  }
}

/** Marks a failure that came before the limit of its run: it stays the first cause, and `late` stands behind it. */
export const cameFirst = <E>(cause: Cause.Cause<E>): Cause.Cause<E> => Cause.annotate(cause, first)

const First = Context.Service<never, true>("greenlang/internal/Deadline/First")
const first = Context.make(First, true as const) as Context.Context<never>

/**
 * As `within`, in a fiber of its own even without a limit, with the services of `context`. `ended` sees the exit before
 * `caller` does, and once, also when `caller` is interrupted. The limit goes by the clock that `clockOfLimit`
 * gives, where there is one.
 */
export const inFiber = <A, E, R, E2>(
  caller: Fiber.Fiber<unknown, unknown>,
  context: Context.Context<R>,
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2,
  ended?: (exit: Exit.Exit<A, E | E2>) => void,
  clockOfLimit?: () => LimitClock | undefined
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
    const expire = () => {
      timeIsUp = true
      work.interruptUnsafe(caller.id)
    }
    const limitClock = clockOfLimit?.()
    const disarm = limitClock === undefined ? arm(clock, limit, expire) : armOn(limitClock, clock, limit, expire)
    work.addObserver((exit) => {
      disarm()
      if (!timeIsUp || Exit.isSuccess(exit)) return end(exit)
      const elapsed = Duration.nanos(clock.monotonicTimeNanosUnsafe() - began)
      const reasons: ReadonlyArray<Cause.Reason<E | E2>> = withoutInterrupts(exit.cause).reasons
      const before = reasons.filter(isFirst)
      const after = reasons.filter((reason) => !isFirst(reason))
      end(Exit.failCause(Cause.fromReasons([...before, Cause.makeFailReason(late(elapsed)), ...after])))
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
export const arm = (clock: Clock.Clock, limit: Duration.Duration, expire: () => void): () => void => {
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

/** As `arm`, but time counts only while `limitClock` goes. */
const armOn = (
  limitClock: LimitClock,
  clock: Clock.Clock,
  limit: Duration.Duration,
  expire: () => void
): () => void => {
  if (Duration.toMillis(limit) === Infinity) return nothing
  let left = limit
  let since = 0n
  let disarm = nothing
  const go = () => {
    since = clock.monotonicTimeNanosUnsafe()
    disarm = arm(clock, left, expire)
  }
  limitClock.attach((isStill) => {
    if (!isStill) return go()
    disarm()
    left = Duration.max(
      Duration.zero,
      Duration.subtract(left, Duration.nanos(clock.monotonicTimeNanosUnsafe() - since))
    )
  })
  if (!limitClock.isStill) go()
  return () => {
    limitClock.attach(nothing)
    disarm()
  }
}

const isFirst = (reason: Cause.Reason<unknown>): boolean => reason.annotations.get(First.key) === true

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
