/**
 * The scheduler of the fibers of one durable run, which knows whether any of them is about to go on.
 *
 * 1. A fiber that was put aside is a task of its dispatcher until it goes on. A run without tasks does nothing until something from
 *    outside comes: the end of a step, a child or a pause, or a decision.
 * 2. Fibers that wait for that moment do not count, so that several may.
 * 3. What a step forks has the scheduler of the worker: it may outlive the step.
 */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type * as Scheduler from "effect/Scheduler"
import * as FairStart from "../../agent/internal/FairStart.ts"

/** Of one attempt at a run, in one process: its fibers have it as their scheduler. */
export class RunScheduler implements Scheduler.Scheduler {
  readonly executionMode: "sync" | "async"
  /** That of the worker. */
  readonly outer: Scheduler.Scheduler
  private tasks = 0
  /** Fibers that wait until the run is quiet. */
  private waiting = 0

  constructor(outer: Scheduler.Scheduler) {
    this.outer = outer
    this.executionMode = outer.executionMode
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return this.outer.shouldYield(fiber)
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    const dispatcher = this.outer.makeDispatcher()
    return {
      scheduleTask: (task, priority) => {
        this.tasks++
        dispatcher.scheduleTask(() => {
          this.tasks--
          task()
        }, priority)
      },
      flush: () => dispatcher.flush()
    }
  }

  /** Whether no fiber of the run is about to go on. */
  get isQuiet(): boolean {
    return this.tasks <= this.waiting && !FairStart.isAwaited()
  }

  /** Ends once the run is quiet. A fiber that has just started another one is not a task while it runs: it comes first. */
  readonly quiet: Effect.Effect<void> = Effect.suspend(() => {
    this.waiting++
    const turn = Effect.ensuring(Effect.yieldNow, Effect.sync(() => this.waiting--))
    return Effect.flatMap(turn, () => this.isQuiet ? Effect.void : this.quiet)
  })
}
