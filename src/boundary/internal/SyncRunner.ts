/**
 * Runs effects to their end in one synchronous call.
 *
 * `Effect.runSync` resumes only the fiber that it started, so it cannot run an agent whose forked fibers yield. Here all
 * fibers share one dispatcher, which is flushed as a whole. The fibers that were seen show where an effect waits.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scheduler from "effect/Scheduler"
import type * as Tracer from "effect/Tracer"
import * as Observer from "../../agent/internal/Observer.ts"
import * as RunPart from "../../agent/internal/RunPart.ts"
import * as Run from "../../agent/Run.ts"
import * as GenAi from "../../internal/GenAi.ts"
import { SyncDispatcher } from "./SyncDispatcher.ts"

type AnyFiber = Fiber.Fiber<unknown, unknown>

/** An effect had to wait. `path` names the agents, steps and spans around the place, outermost first. */
export class Waiting {
  readonly path: ReadonlyArray<string>

  constructor(path: ReadonlyArray<string>) {
    this.path = path
  }
}

/** The scheduler of one synchronous call, and what runs effects on it. */
export class SyncRunner implements Scheduler.Scheduler {
  readonly executionMode = "sync"
  private readonly dispatcher = new SyncDispatcher()
  private readonly context: Context.Context<never>
  private seen = new Set<AnyFiber>()
  private last: AnyFiber | undefined = undefined
  private roomFor = 1_024

  constructor() {
    // Steps of pipelines keep their names only where there is a listener.
    const clock = Context.get(Context.empty(), Clock.Clock)
    const listener = new Observer.Listener(clock, () => {}, { isDetailed: false })
    this.context = Context.make(Scheduler.Scheduler, this).pipe(
      Context.add(Observer.Current, new Observer.Observer([{ listener, path: [], isInside: false }], ""))
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
      const waiting = new Waiting(pathTo(this.seen))
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
}

/** Where a fiber is: in which run, in which steps, in which spans. Each list is outermost first. */
interface Place {
  readonly runs: ReadonlyArray<Run.Run>
  readonly steps: ReadonlyArray<string>
  readonly spans: ReadonlyArray<Tracer.Span>
  readonly traced: boolean
}

/**
 * The outer of the live fibers wait for the inner ones, so the deepest fiber is the one that began to wait. Each fiber on
 * the way adds steps or runs, and then spans, to the fiber around it. With a tracer, runs and steps are spans themselves.
 */
const pathTo = (fibers: Iterable<AnyFiber>): ReadonlyArray<string> => {
  const places = Array.from(fibers).filter((fiber) => fiber.pollUnsafe() === undefined).map(placeOf)
  const depthOf = ({ runs, spans, steps }: Place) => runs.length + steps.length + spans.length
  const deepest = places.reduce((a, b) => depthOf(b) > depthOf(a) ? b : a, nowhere)
  if (deepest.traced) return deepest.spans.map(GenAi.titleOf)

  const path: Array<string> = []
  let outer = nowhere
  for (const place of places) {
    if (!isAround(place, deepest) || !isAround(outer, place)) continue
    path.push(...place.steps.slice(outer.steps.length))
    for (const { agent, state } of place.runs.slice(outer.runs.length)) path.push(agent, `${agent}.${phases[state]}`)
    path.push(...place.spans.slice(outer.spans.length).map(GenAi.titleOf))
    outer = place
  }
  return path
}

const placeOf = (fiber: AnyFiber): Place => {
  const runs: Array<Run.Run> = []
  for (let run = fiber.getRef(Run.Current); run !== undefined; run = run.parent) {
    runs.unshift(RunPart.whole(run))
  }
  return {
    runs,
    steps: fiber.getRef(Observer.Current)?.path ?? [],
    spans: spansOf(fiber.cache.span),
    traced: fiber.cache.tracer !== undefined
  }
}

/** From the outermost span to this one. */
const spansOf = (span: Tracer.AnySpan | undefined): ReadonlyArray<Tracer.Span> => {
  const spans: Array<Tracer.Span> = []
  for (let at = span; at?._tag === "Span"; at = Option.getOrUndefined(at.parent)) spans.unshift(at)
  return spans
}

const isAround = (outer: Place, inner: Place) =>
  isPrefix(outer.runs, inner.runs) && isPrefix(outer.steps, inner.steps) && isPrefix(outer.spans, inner.spans)

const isPrefix = <A>(short: ReadonlyArray<A>, long: ReadonlyArray<A>) => short.every((one, at) => one === long[at])

const nowhere: Place = { runs: [], steps: [], spans: [], traced: false }

const phases: { readonly [S in Run.State]: string } = {
  validating: "validate",
  executing: "execute",
  finalizing: "finalize",
  completed: "finalize",
  failed: "finalize",
  "timed-out": "finalize",
  interrupted: "finalize"
}
