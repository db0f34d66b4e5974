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
import * as Limits from "./Limits.ts"

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

/** A limit that can stand still. */
export interface Paused {
  /** It stands still (true), or goes on (false). */
  pause(isStill: boolean): void
}

/** Marks a failure that came before the limit of its run: it stays the first cause, and `late` stands behind it. */
export const cameFirst = <E>(cause: Cause.Cause<E>): Cause.Cause<E> => Cause.annotate(cause, first)

const First = Context.Service<never, true>("greenlang/internal/Deadline/First")
const first = Context.make(First, true as const) as Context.Context<never>

/**
 * Work in a fiber of its own under a limit, and all that is known of it: one object, without closures, and without a timer of its
 * own on the live clock.
 */
export abstract class LimitedWork extends Limits.Timed implements Paused {
  /** `undefined` until the work waits for something. */
  fiber: Fiber.Fiber<unknown, unknown> | undefined = undefined
  private clock: Clock.Clock = liveClock
  private caller: number | undefined = undefined
  private isLate = false
  private began = 0n
  /** Milliseconds from when it began until the limit passes: more than the limit once it stood still. */
  private allowed = 0
  /** When it stood still, in milliseconds from when it began. `undefined` while it does not. */
  private still: number | undefined = undefined
  private disarm: (() => void) | undefined = undefined

  /** What the work fails with when the limit has passed. */
  abstract late(elapsed: Duration.Duration): unknown
  /** Called once, with how the work ended. */
  abstract ended(exit: Exit.Exit<unknown, unknown>): void

  /** Begins the work with the services of `context`, which are all that it needs. */
  start(
    caller: Fiber.Fiber<unknown, unknown>,
    context: Context.Context<never>,
    self: Effect.Effect<unknown, unknown>,
    limit: Duration.Duration
  ): void {
    const millis = Duration.toMillis(limit)
    if (millis <= 0) return this.ended(Exit.fail(this.late(Duration.zero)))
    const fiber = Effect.runForkWith(context)(self)
    Limits.goOn(fiber)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return this.ended(exit)
    this.fiber = fiber
    this.caller = caller.id
    this.clock = caller.getRef(Clock.Clock)
    this.began = this.clock.monotonicTimeNanosUnsafe()
    this.allowed = millis
    if (this.still === undefined) this.arm(millis)
    fiber.addObserver((exit) => this.end(exit))
  }

  /** Interrupts the work, and waits until it has ended. Fails with what the work failed with on its way out. */
  interrupt(): Effect.Effect<void> {
    const { fiber } = this
    if (fiber === undefined) return Effect.void
    fiber.interruptUnsafe(this.caller)
    return Effect.flatMap(Fiber.await(fiber), (exit) => {
      const met: Cause.Cause<unknown> = Exit.isSuccess(exit) ? Cause.empty : withoutInterrupts(exit.cause)
      // The type of a canceler leaves no room for `E`; the type of the answer has it.
      return met.reasons.length === 0 ? Effect.void : Effect.failCause(met as Cause.Cause<never>)
    })
  }

  expire(): void {
    this.isLate = true
    this.fiber?.interruptUnsafe(this.caller)
  }

  pause(isStill: boolean): void {
    const { fiber } = this
    const now = fiber === undefined ? 0 : this.elapsed
    const { still = now } = this
    this.still = isStill ? now : undefined
    if (fiber === undefined || fiber.pollUnsafe() !== undefined) return
    if (isStill) return this.stop()
    this.allowed += now - still
    this.arm(Math.max(0, this.allowed - now))
  }

  /** Milliseconds since it began. */
  private get elapsed(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
  }

  private arm(millis: number): void {
    if (millis === Infinity) return
    if (this.fiber !== undefined) Limits.sharedBy(this.fiber)?.add(this, millis)
    if (this.clock === liveClock && millis <= longestTimer) Limits.SameTime.add(this, millis)
    else this.disarm = arm(this.clock, Duration.millis(millis), () => this.expire())
  }

  private stop(): void {
    this.list?.remove(this)
    if (this.fiber !== undefined) Limits.sharedBy(this.fiber)?.remove(this)
    this.disarm?.()
    this.disarm = undefined
  }

  private end(exit: Exit.Exit<unknown, unknown>): void {
    this.stop()
    if (!this.isLate || Exit.isSuccess(exit)) return this.ended(exit)
    const elapsed = Duration.nanos(this.clock.monotonicTimeNanosUnsafe() - this.began)
    this.ended(lateAfter(exit, this.late(elapsed)))
  }
}

/** Work that a fiber waits for. */
class AwaitedWork<A, E, E2> extends LimitedWork {
  private readonly resume: (exit: Exit.Exit<A, E | E2>) => void
  private readonly lateAfter: (elapsed: Duration.Duration) => E2

  constructor(resume: (exit: Exit.Exit<A, E | E2>) => void, lateAfter: (elapsed: Duration.Duration) => E2) {
    super()
    this.resume = resume
    this.lateAfter = lateAfter
  }

  late(elapsed: Duration.Duration): E2 {
    return this.lateAfter(elapsed)
  }

  ended(exit: Exit.Exit<unknown, unknown>): void {
    // It is the exit of the work, or `late`.
    this.resume(exit as Exit.Exit<A, E | E2>)
  }
}

/** As `within`, with the services of `context`. The limit stands still with `clock`, where there is one. */
export const inFiber = <A, E, R, E2>(
  caller: Fiber.Fiber<unknown, unknown>,
  context: Context.Context<R>,
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2,
  clock?: { readonly attach: (limited: Paused) => void }
): Effect.Effect<A, E | E2> =>
  Effect.callback((resume) => {
    const work = new AwaitedWork<A, E, E2>(resume, late)
    clock?.attach(work)
    work.start(caller, context as Context.Context<never>, self as Effect.Effect<A, E>, limit)
    return Effect.suspend(() => work.interrupt())
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
      Limits.goOn(work)
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

/** How work ends that was interrupted when its limit passed, and ended with `exit`: with `late`, unless it had an answer. */
export const lateAfter = <A, E, E2>(exit: Exit.Exit<A, E>, late: E2): Exit.Exit<A, E | E2> => {
  if (Exit.isSuccess(exit)) return exit
  const { reasons } = withoutInterrupts(exit.cause)
  const before = reasons.filter(isFirst)
  const after = reasons.filter((reason) => !isFirst(reason))
  return Exit.failCause(Cause.fromReasons<E | E2>([...before, Cause.makeFailReason(late), ...after]))
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
