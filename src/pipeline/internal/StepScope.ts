/**
 * One step of an observed run: what it did so far, and the events that it emits.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import {
  Current,
  emit as emitObserved,
  Listener,
  type ListenerOptions,
  type MakeEvent,
  type ObservedEvent,
  Observer,
  type Unstamped
} from "../../agent/internal/Observer.ts"
import type { RunPart } from "../../agent/internal/RunPart.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type * as Run from "../../agent/Run.ts"
import type { PipelineEvent } from "../PipelineEvent.ts"
import type { QueueTimes, Wait } from "./QueueTimes.ts"

/** How a step ended, with more than its events carry, which are sent and kept. */
export interface Ended {
  readonly exit: Exit.Exit<unknown, unknown>
  readonly citations: ReadonlyArray<Run.Citation>
  /** Makes what the agent of the step was given, where the step has one and ran it. Throws where the step did. */
  readonly given: (() => unknown) | undefined
}

/** What happened to a step, in more detail than its events have. */
export type Witness = (path: ReadonlyArray<string>, ended: Ended) => void

/** Listens to the events of a pipeline, and may witness how its steps ended. */
export class StepListener extends Listener {
  readonly witness: Witness | undefined

  constructor(
    clock: Clock.Clock,
    listen: (event: PipelineEvent) => void,
    options: ListenerOptions & { readonly witness?: Witness | undefined } = {}
  ) {
    // Agents and steps emit nothing but events of pipelines: `AgentEvents` and this module are the only ways.
    super(clock, listen as (event: ObservedEvent) => void, options)
    this.witness = options.witness
  }
}

/** Most events are made with room for what the observer adds: engines are slow to add fields one by one. */
type StepEvent = Unstamped<PipelineEvent> | PipelineEvent

/** One step, from its start to its end. */
export class StepScope extends Observer<StepEvent> {
  attempts = 1
  hasStarted = false
  skipped = false
  /** When the answer was kept, where it was not made now. */
  keptAt: DateTime.Utc | undefined = undefined
  /** What the step failed with before a policy made an answer of it. */
  recovered: unknown = undefined
  /** The run, as the step sees it, once the step has something to run. */
  run: RunPart | undefined = undefined

  /** `times` says how long the step at `place` was ready before, by the time of the first listener. */
  started(times?: QueueTimes, place = 0): void {
    this.hasStarted = true
    let waited: Wait | undefined
    this.emitNow((path, at, index) => {
      if (index === 0) waited = times?.waited(place, at)
      return waited === undefined
        ? { _tag: "StepStarted", run: "", seq: 0, path, at }
        : { _tag: "StepStarted", path, readyAt: at - waited.duration, waitedFor: waited.for, at }
    })
  }

  retried(error: unknown): Effect.Effect<void> {
    const attempt = ++this.attempts
    // What a policy made of the attempt before does not concern this one.
    this.recovered = undefined
    return this.emit((path, at) => ({ _tag: "StepRetried", path, attempt, error: TaggedMessage.of(error), at }))
  }

  ended(exit: Exit.Exit<unknown, unknown>, given?: Ended["given"]): void {
    this.emitEnd(exit)
    for (const { listener, path } of this.places) {
      if (listener instanceof StepListener) {
        listener.witness?.(path, { exit, citations: this.run?.cited ?? [], given: this.skipped ? undefined : given })
      }
    }
  }

  private emitEnd(exit: Exit.Exit<unknown, unknown>): void {
    const { attempts } = this
    if (exit._tag === "Failure") {
      if (Cause.hasInterruptsOnly(exit.cause)) {
        return this.emitNow((path, at) => ({ _tag: "StepInterrupted", path, ...this.used, at }))
      }
      const error = TaggedMessage.of(Cause.squash(exit.cause))
      return this.emitNow((path, at) => ({ _tag: "StepFailed", path, attempts, error, ...this.used, at }))
    }
    const { keptAt } = this
    if (keptAt !== undefined) return this.emitNow((path, at) => ({ _tag: "StepCached", path, keptAt, at }))
    if (this.skipped) return this.emitNow((path, at) => ({ _tag: "StepSkipped", path, at }))
    // Most events have no more fields, and engines are slow to spread what is not there.
    if (this.recovered === undefined && this.used === undefined) {
      return this.emitNow((path, at) => ({ _tag: "StepFinished", run: "", seq: 0, path, attempts, at }))
    }
    const recovered = this.recovered === undefined ? undefined : { recoveredFrom: TaggedMessage.of(this.recovered) }
    this.emitNow((path, at) => ({ _tag: "StepFinished", path, attempts, ...recovered, ...this.used, at }))
  }

  private get used(): { readonly usage: Run.Usage } | undefined {
    return this.run?.hasUsed === true ? { usage: this.run.used } : undefined
  }
}

/** The scope of the step `name` below `observer`. */
export const below = (observer: Observer, name: string): StepScope =>
  new StepScope(observer.below(name), observer.runId)

/** The step that `fiber` runs, `undefined` while nothing listens. */
export const of = (fiber: Fiber.Fiber<unknown, unknown>): StepScope | undefined => {
  const observer = fiber.getRef(Current)
  return observer instanceof StepScope ? observer : undefined
}

/** The step that is running, `undefined` while nothing listens. */
export const current: Effect.Effect<StepScope | undefined> = Effect.withFiber((fiber) => Effect.succeed(of(fiber)))

/** Emits an event of the step that is running. Does nothing while nothing listens. */
export const emit = (event: MakeEvent<StepEvent>): Effect.Effect<void> => emitObserved(event)
