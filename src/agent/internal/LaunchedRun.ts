/**
 * One run, and the fiber in which its phases run, which is what its limit and interruption act on. One object holds all that is
 * known of it.
 */
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Deadline from "../../internal/Deadline.ts"
import { TimedOut } from "../AgentError.ts"
import type { Settings } from "../RunOptions.ts"
import type { CallOptions } from "./CallOptions.ts"
import type { LiveRun } from "./LiveRun.ts"
import type { Observer } from "./Observer.ts"
import type { RunsAtOnce } from "./RunsAtOnce.ts"
import * as RunTelemetry from "./RunTelemetry.ts"
import type { TimeLimits } from "./TimeLimits.ts"

/** How one run is carried out. */
export interface Plan extends Omit<Settings, "timeout"> {
  readonly limits: TimeLimits
}

/** What becomes of the exit of a run. */
export type OnExit = (run: LaunchedRun, exit: Exit.Exit<unknown, unknown>) => void

/** A run from its launch to its end. */
export class LaunchedRun extends Deadline.LimitedWork {
  readonly record: LiveRun
  readonly plan: Plan
  readonly options: CallOptions | undefined
  readonly traced: boolean
  /** The place that the run begins in, `undefined` while nothing listens. */
  readonly observer: Observer | undefined
  /** The services around the run. */
  readonly around: Context.Context<never>
  /** Those that it runs at once with, and its place among them. */
  runs: RunsAtOnce | undefined = undefined
  at = 0
  /** Counts it, before its caller gets an answer. */
  private readonly count: OnExit
  private answer: OnExit | undefined = undefined

  constructor(
    fiber: Fiber.Fiber<unknown, unknown>,
    record: LiveRun,
    plan: Plan,
    options: CallOptions | undefined,
    observer: Observer | undefined,
    count: OnExit
  ) {
    super()
    this.record = record
    this.plan = plan
    this.options = options
    this.traced = RunTelemetry.isTraced(fiber)
    this.observer = observer
    this.around = fiber.context
    this.count = count
  }

  /** Nothing is around its phases that should see how they end. */
  get isPlain(): boolean {
    return !this.traced && this.observer === undefined
  }

  /** Gives its exit to `answer` when it ends. */
  answerTo(answer: OnExit): void {
    this.answer = answer
  }

  late(elapsed: Duration.Duration): TimedOut {
    return new TimedOut({ agent: this.record.agent, phase: "run", limit: this.plan.limits.run, elapsed })
  }

  ended(exit: Exit.Exit<unknown, unknown>): void {
    this.count(this, exit)
    this.answer?.(this, exit)
  }
}
