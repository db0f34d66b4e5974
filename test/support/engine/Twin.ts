/**
 * A pipeline of a test as a durable run takes it: the same steps, with schemas where it states none.
 */
import { Context, Effect } from "effect"
import { WorkflowEngine } from "effect/workflow"
import * as Agent from "../../../src/agent/Agent.ts"
import { Approval, type Question } from "../../../src/agent/Approval.ts"
import * as DurableStep from "../../../src/agent/internal/DurableStep.ts"
import * as Observer from "../../../src/agent/internal/Observer.ts"
import * as TimeLimits from "../../../src/agent/internal/TimeLimits.ts"
import type { RunOptions } from "../../../src/agent/RunOptions.ts"
import { EventKeys } from "../../../src/durable/internal/EventKeys.ts"
import * as StepPerformer from "../../../src/pipeline/internal/StepPerformer.ts"
import * as Pipeline from "../../../src/pipeline/Pipeline.ts"
import type { PipelineEvent } from "../../../src/pipeline/PipelineEvent.ts"
import type * as Step from "../../../src/pipeline/Step.ts"
import { Anything, described } from "./Described.ts"

/** What is around the run in the test. */
export interface Around {
  readonly observer: Observer.Observer | undefined
  readonly began: () => void
  readonly moved: () => void
  readonly ended: (isParked: boolean) => void
  /** A step at `path` asks a person, for the first time. */
  readonly asked: (question: Question, path: string) => Effect.Effect<unknown>
}

/** The key under which a pipeline keeps how it is run. */
const Drawn = Symbol.for("greenlang/pipeline/Pipeline")

type Fields = { readonly [key: PropertyKey]: unknown }

const like = <A extends object>(original: A, fields: Fields): A =>
  Object.assign(Object.create(Object.getPrototypeOf(original)), original, fields)

const bodies = new WeakMap<Pipeline.Any, Body>()

/** Ends once nothing of the run of `twin` runs. */
export const over = (twin: Pipeline.Any): Effect.Effect<void> => bodies.get(twin)?.idle ?? Effect.void

/** Emits to the listeners of the test those of `events`, which are all of the run, that came while no process ran it. */
export const catchUp = (twin: Pipeline.Any, events: Iterable<PipelineEvent>): void => bodies.get(twin)?.catchUp(events)

export const of = (pipeline: Pipeline.Any, options: RunOptions | undefined, around: Around): Pipeline.Any => {
  const lifecycle = pipeline[Agent.TypeId]
  const { timeout } = lifecycle.definition
  const body = new Body(around)
  const twin = like(recordable(pipeline), {
    [Agent.TypeId]: {
      ...lifecycle,
      definition: {
        ...lifecycle.definition,
        timeout: options?.timeout === undefined ? timeout : TimeLimits.combine(timeout, options.timeout)
      }
    },
    run: (input: never, limits: RunOptions) =>
      body.run(pipeline.run(input, { ...options, ...limits }), Pipeline.failures(pipeline).error === undefined)
  })
  bodies.set(twin, body)
  return twin
}

/** With a schema for each step, also of the pipelines inside. */
const recordable = (pipeline: Pipeline.Any): Pipeline.Any => {
  const error = pipeline.error ?? Anything
  return like(pipeline, {
    input: described(pipeline.input),
    output: described(pipeline.output),
    error,
    [Drawn]: {
      ...(pipeline as unknown as { [Drawn]: Fields })[Drawn],
      error: Pipeline.failures(pipeline).error ?? Anything
    },
    steps: pipeline.steps.map(recordableStep)
  })
}

const recordableStep = (step: Step.Any): Step.Any => ({
  ...step,
  output: described(step.output),
  journaled: true,
  agent: step.agent !== undefined && Pipeline.isPipeline(step.agent) ? recordable(step.agent) : step.agent
})

/** What the worker runs, once and at each replay. */
class Body {
  private running = 0
  private readonly whenIdle = new Set<() => void>()
  private readonly asked = new Set<string>()
  private readonly seen = new Map<Observer.Listener, Set<string>>()
  private readonly around: Around

  constructor(around: Around) {
    this.around = around
  }

  /** Ends once nothing runs. */
  readonly idle: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.running === 0) return resume(Effect.void)
    const act = () => resume(Effect.void)
    this.whenIdle.add(act)
    return Effect.sync(() => this.whenIdle.delete(act))
  })

  run(self: Effect.Effect<Agent.AgentResult<unknown>, unknown, unknown>, isUndescribed: boolean): typeof self {
    return Effect.withFiber((fiber) => {
      const { around } = this
      const instance = Context.get(
        fiber.context as Context.Context<never>,
        WorkflowEngine.WorkflowInstance as never
      ) as {
        readonly suspended: boolean
      }
      this.running++
      around.began()
      const performer = fiber.getRef(StepPerformer.Current)
      const observer = fiber.getRef(Observer.Current)
      const { ask } = Context.getOrElse(
        fiber.context as Context.Context<Approval>,
        Approval,
        () => ({ ask: () => Effect.never })
      )
      return self.pipe(
        Effect.provideService(StepPerformer.Current, performer && recording(performer, isUndescribed, around.moved)),
        Effect.provideService(Observer.Current, this.observed(observer, () => instance.suspended)),
        Effect.provideService(Approval, { ask: (question) => Effect.andThen(this.askOnce(question), ask(question)) }),
        Effect.onExit(() =>
          Effect.sync(() => {
            around.ended(instance.suspended)
            if (--this.running > 0) return
            for (const act of this.whenIdle) act()
            this.whenIdle.clear()
          })
        )
      )
    })
  }

  catchUp(events: Iterable<PipelineEvent>): void {
    const { observer } = this.around
    if (observer === undefined) return
    const { places, runId } = this.observed(undefined, () => false)!
    for (const { at: _, seq: __, ...event } of events) {
      new Observer.Observer(places, event.run || runId).emitNow((path, at) => ({
        ...event,
        path: [...path, ...event.path],
        at
      }))
    }
  }

  private askOnce(question: Question): Effect.Effect<unknown> {
    return Effect.withFiber((fiber) => {
      const place = fiber.getRef(DurableStep.Current)?.path ?? question.step
      const path = fiber.getRef(StepPerformer.Current) === undefined ? `${place}/${question.step}` : place
      const key = `${path} ${question.text}`
      if (this.asked.has(key)) return Effect.void
      this.asked.add(key)
      return this.around.asked(question, path)
    })
  }

  /** The listeners of the test, beside those of the worker. What a replay emits again does not reach them. */
  private observed(inside: Observer.Observer | undefined, isSuspended: () => boolean) {
    const { observer } = this.around
    if (observer === undefined) return inside
    const places = observer.places.map((place): Observer.Place => {
      const keys = new EventKeys()
      const takes = (event: Observer.MadeEvent) => !isSuspended() && this.isNew(place.listener, keys, event)
      return { ...place, listener: listenerLike(place.listener, takes) }
    })
    return new Observer.Observer([...inside?.places ?? [], ...places], observer.runId)
  }

  private isNew(listener: Observer.Listener, keys: EventKeys, event: Observer.MadeEvent): boolean {
    if (listener.takes?.(event) === false) return false
    const seen = this.seen.get(listener) ?? new Set<string>()
    this.seen.set(listener, seen)
    const key = keys.next(event)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
}

/** The same listener, which takes other events. */
const listenerLike = (listener: Observer.Listener, takes: (event: Observer.MadeEvent) => boolean): Observer.Listener =>
  Object.defineProperties(Object.create(listener), {
    takes: { value: takes },
    ...Object.fromEntries((["count", "latest", "modelCalls"] as const).map((key) => [key, {
      get: () => listener[key],
      set: (value: number) => listener[key] = value
    }]))
  })

/** The same performer, with a schema for the work of steps that state none. */
const recording = (
  performer: StepPerformer.StepPerformer,
  isUndescribed: boolean,
  moved: () => void
): StepPerformer.StepPerformer => ({
  ...performer,
  perform: (work, run, failed) => {
    moved()
    return performer.perform(
      { ...work, output: described(work.output), error: work.error ?? (isUndescribed ? Anything : undefined) },
      work.frame ? () => inFrame(run(), isUndescribed, moved) : run,
      failed
    )
  },
  below: (name) => recording(performer.below(name), isUndescribed, moved)
})

const inFrame = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  isUndescribed: boolean,
  moved: () => void
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const performer = fiber.getRef(StepPerformer.Current)
    return performer === undefined
      ? self
      : Effect.provideService(self, StepPerformer.Current, recording(performer, isUndescribed, moved))
  })
