/**
 * Runs effects to their end in one synchronous call.
 *
 * `Effect.runSync` resumes the one fiber that it started, so that an agent whose forked fibers yield cannot be run by it.
 * Here all fibers share one dispatcher, which is flushed as a whole. Those that are seen on the way tell where they wait.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import * as Tracer from "effect/Tracer"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** An effect that had to wait, and the names of the spans around the place, outermost first. */
export class Waiting {
  readonly spans: ReadonlyArray<string>

  constructor(spans: ReadonlyArray<string>) {
    this.spans = spans
  }
}

export class SyncRunner implements Scheduler.Scheduler {
  readonly executionMode = "sync"
  private readonly dispatcher = new Scheduler.MixedScheduler("sync").makeDispatcher()
  private readonly context: Context.Context<never>
  private seen = new Set<AnyFiber>()
  private last: AnyFiber | undefined = undefined
  private roomFor = 1_024

  constructor() {
    this.context = Context.empty().pipe(
      Context.add(Scheduler.Scheduler, this),
      // Agents open spans only where a tracer was provided. Nobody reads a time of these.
      Context.add(Tracer.Tracer, Tracer.nativeTracer),
      Context.add(References.TracerTimingEnabled, false)
    ) as Context.Context<never>
  }

  /** If `effect` waits, its fiber is interrupted: what it can release at once is released before this answers. */
  run<A, E>(effect: Effect.Effect<A, E>): Exit.Exit<A, E> | Waiting {
    const outer = this.seen
    this.seen = new Set()
    try {
      const fiber = Effect.runForkWith(this.context)(effect)
      this.dispatcher.flush()
      const exit = fiber.pollUnsafe()
      if (exit !== undefined) return exit
      const waiting = new Waiting(this.innermost())
      fiber.interruptUnsafe()
      this.dispatcher.flush()
      return waiting
    } finally {
      this.seen = outer
      this.last = undefined
    }
  }

  /** Every fiber passes here before its first operation. */
  shouldYield(fiber: AnyFiber): boolean {
    if (fiber !== this.last) {
      this.last = fiber
      this.seen.add(fiber)
      if (this.seen.size > this.roomFor) this.forgetEnded()
    }
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.dispatcher
  }

  private forgetEnded(): void {
    for (const fiber of this.seen) if (fiber.pollUnsafe() !== undefined) this.seen.delete(fiber)
    this.roomFor = Math.max(1_024, this.seen.size * 2)
  }

  /** Of the fibers that are alive, those outside wait for those inside: the deepest span is where it began. */
  private innermost(): ReadonlyArray<string> {
    let deepest: ReadonlyArray<string> = []
    for (const fiber of this.seen) {
      if (fiber.pollUnsafe() !== undefined) continue
      const path = pathOf(fiber.cache.span)
      if (path.length > deepest.length) deepest = path
    }
    return deepest
  }
}

/** The names from the outermost span to this one. */
export const pathOf = (span: Tracer.AnySpan | undefined): ReadonlyArray<string> => {
  const path: Array<string> = []
  for (let at = span; at?._tag === "Span"; at = Option.getOrUndefined(at.parent)) path.unshift(at.name)
  return path
}
