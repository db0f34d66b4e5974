/**
 * Many runs that one fiber waits for, of one agent or of several.
 *
 * 1. A run costs the fiber that it runs in. No other fiber waits for it, and a run that has not started costs nothing.
 * 2. Outcomes stand in the order of the runs, however they end.
 * 3. The first defect or interruption interrupts the others. What they meet while they are interrupted stands behind it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Limits from "../../internal/Limits.ts"
import type { Outcome } from "../AgentResult.ts"
import * as FairStart from "./FairStart.ts"
import * as Observer from "./Observer.ts"
import * as RunTelemetry from "./RunTelemetry.ts"

type AnyOutcome = Outcome<unknown, unknown>

/**
 * Starts the run at the place `at`. It answers with the fiber of the run, unless that has ended already, and calls `ended` of `runs`
 * once, then or later.
 */
export type Start = (runs: RunsAtOnce, at: number) => Fiber.Fiber<unknown, unknown> | undefined

/** Runs `count` of them, `concurrency` at a time. */
export const run = (
  count: number,
  concurrency: number,
  start: Start
): Effect.Effect<Array<AnyOutcome>, never, unknown> =>
  Effect.withFiber((caller) =>
    Effect.callback((resume) => {
      const runs = new RunsAtOnce(caller, count, concurrency, start, resume)
      runs.go()
      return Effect.suspend(() => runs.interrupt())
    })
  )

/** The runs of one `Agent.batch` or `Agent.runAll`, from the first start to the last end. */
export class RunsAtOnce {
  /** The fiber that waits for them. */
  readonly caller: Fiber.Fiber<unknown, unknown>
  /** Whether something is around each run that sees how it ends: a span, or a listener to events. */
  readonly isSeen: boolean
  private readonly outcomes: Array<AnyOutcome>
  private readonly live: Array<Fiber.Fiber<unknown, unknown> | undefined> = []
  private readonly most: number
  private readonly start: Start
  private readonly resume: (exit: Exit.Exit<Array<AnyOutcome>>) => void
  private next = 0
  private running = 0
  private isStarting = false
  private noLongerAwaitTurn: (() => void) | undefined = undefined
  /** What ends them all: without reasons where the caller is interrupted. */
  private end: Cause.Cause<never> | undefined = undefined
  private interrupted: (() => void) | undefined = undefined

  constructor(
    caller: Fiber.Fiber<unknown, unknown>,
    count: number,
    most: number,
    start: Start,
    resume: (exit: Exit.Exit<Array<AnyOutcome>>) => void
  ) {
    this.caller = caller
    this.isSeen = RunTelemetry.isTraced(caller) || caller.getRef(Observer.Current) !== undefined
    this.outcomes = Array.from({ length: count })
    this.most = most
    this.start = start
    this.resume = resume
  }

  /** Whether all of them are being interrupted. */
  get isEnding(): boolean {
    return this.end !== undefined
  }

  /** The run at the place `at` has ended. */
  ended(at: number, exit: Exit.Exit<AnyOutcome, unknown>): void {
    this.running--
    this.live[at] = undefined
    if (Exit.isFailure(exit)) this.fail(exit.cause)
    else this.outcomes[at] = exit.value
    this.go()
  }

  /** Runs the whole of a run in a fiber of its own. */
  fork(outcome: Effect.Effect<AnyOutcome, never, unknown>, at: number): Fiber.Fiber<unknown, unknown> | undefined {
    // The context of the caller holds what they need.
    const fiber = Effect.runForkWith(this.caller.context)(outcome as Effect.Effect<AnyOutcome>)
    Limits.goOn(fiber)
    fiber.addObserver((exit) => this.ended(at, exit))
    return fiber.pollUnsafe() === undefined ? fiber : undefined
  }

  /** Starts as many as may run. `isTurn` where the first of them may start now. */
  go(isTurn = false): void {
    if (this.isStarting || this.noLongerAwaitTurn !== undefined) return
    this.isStarting = true
    while (this.end === undefined && this.next < this.outcomes.length && this.running < this.most) {
      if (!isTurn && !FairStart.isOpen(this.caller)) {
        this.noLongerAwaitTurn = FairStart.next(() => {
          this.noLongerAwaitTurn = undefined
          this.go(true)
        })
        break
      }
      isTurn = false
      this.startOne(this.next++)
    }
    this.isStarting = false
    if (this.running > 0 || this.noLongerAwaitTurn !== undefined) return
    if (this.interrupted !== undefined) return this.interrupted()
    if (this.end !== undefined) return this.resume(Exit.failCause(this.end))
    if (this.next === this.outcomes.length) this.resume(Exit.succeed(this.outcomes))
  }

  /** Interrupts all, and waits until they have ended. Fails with what they failed with on their way out. */
  interrupt(): Effect.Effect<void> {
    this.endWith(Cause.empty)
    const met = () => this.end === undefined || this.end.reasons.length === 0 ? Exit.void : Exit.failCause(this.end)
    if (this.running === 0) return met()
    return Effect.callback((resume) => {
      this.interrupted = () => resume(met())
    })
  }

  private startOne(at: number): void {
    this.running++
    try {
      const fiber = this.start(this, at)
      if (fiber !== undefined) this.live[at] = fiber
    } catch (defect) {
      this.ended(at, Exit.die(defect))
    }
  }

  private fail(cause: Cause.Cause<unknown>): void {
    // An outcome holds the failures of its run, so these are defects, or what was met in an interruption, for which a canceler has no type.
    const ended = cause as Cause.Cause<never>
    if (this.end === undefined) return this.endWith(ended)
    const met = ended.reasons.filter((reason) => !Cause.isInterruptReason(reason))
    if (met.length > 0) this.end = Cause.combine(this.end, Cause.fromReasons(met))
  }

  private endWith(cause: Cause.Cause<never>): void {
    this.end ??= cause
    this.noLongerAwaitTurn?.()
    this.noLongerAwaitTurn = undefined
    for (const fiber of this.live) fiber?.interruptUnsafe(this.caller.id)
  }
}
