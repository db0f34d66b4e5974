/**
 * Where a step reports from, while somebody listens to the run: `undefined` otherwise, so that an unobserved run pays
 * for nothing.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

type WithoutTime<Event> = Event extends unknown ? Omit<Event, "at"> : never

/** Who is told of the events of one run. */
export class Listener {
  private readonly clock: Clock.Clock
  private readonly began: bigint
  private readonly listen: (event: PipelineEvent) => void

  constructor(clock: Clock.Clock, listen: (event: PipelineEvent) => void) {
    this.clock = clock
    this.listen = listen
    this.began = clock.monotonicTimeNanosUnsafe()
  }

  tell(event: WithoutTime<PipelineEvent>): void {
    const at = Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
    this.listen({ ...event, at } as PipelineEvent)
  }
}

/** Somebody who listens, and where what reports here stands for them: a path of no names is the run they listen to. */
export interface Ear {
  readonly listener: Listener
  readonly path: ReadonlyArray<string>
}

/** One step, from its start to its end, or an observed run, from which its steps are made. */
export class StepScope {
  readonly ears: ReadonlyArray<Ear>
  attempts = 1
  skipped = false
  /** What the step failed with before a policy made an answer of it. */
  recovered: unknown = undefined

  constructor(ears: ReadonlyArray<Ear>) {
    this.ears = ears
  }

  /** As whoever began to listen first sees it, from the outermost run on. */
  get path(): ReadonlyArray<string> {
    return this.ears[0]?.path ?? []
  }

  step(name: string): StepScope {
    return new StepScope(this.ears.map(({ listener, path }) => ({ listener, path: [...path, name] })))
  }

  /** Those who listen to the run that is about to start here. */
  get outermost(): ReadonlyArray<Listener> {
    return this.ears.flatMap(({ listener, path }) => path.length === 0 ? [listener] : [])
  }

  started(): void {
    this.tell((path) => ({ _tag: "StepStarted", path }))
  }

  waiting(what: string): void {
    this.tell((path) => ({ _tag: "StepWaiting", path, what }))
  }

  retried(error: unknown): void {
    const attempt = ++this.attempts
    this.tell((path) => ({ _tag: "StepRetried", path, attempt, error: TaggedMessage.of(error) }))
  }

  finished(): void {
    const { attempts, recovered } = this
    if (this.skipped) return this.tell((path) => ({ _tag: "StepSkipped", path }))
    const from = recovered === undefined ? undefined : { recoveredFrom: TaggedMessage.of(recovered) }
    this.tell((path) => ({ _tag: "StepFinished", path, attempts, ...from }))
  }

  failed(cause: Cause.Cause<unknown>): void {
    const { attempts } = this
    if (Cause.hasInterruptsOnly(cause)) return this.tell((path) => ({ _tag: "StepInterrupted", path }))
    const error = TaggedMessage.of(Cause.squash(cause))
    this.tell((path) => ({ _tag: "StepFailed", path, attempts, error }))
  }

  private tell(event: (path: ReadonlyArray<string>) => WithoutTime<PipelineEvent>): void {
    for (const { listener, path } of this.ears) listener.tell(event(path))
  }
}

/** The step that is running, or the observed run. */
export const Current = Context.Reference<StepScope | undefined>("greenlang/internal/StepScope", {
  defaultValue: () => undefined
})
