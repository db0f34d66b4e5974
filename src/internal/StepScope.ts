/**
 * Where a step reports from, while somebody listens to the run: `undefined` otherwise, so that an unobserved run pays
 * for nothing.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Run from "../agent/Run.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { StepRun } from "./StepRun.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

/** What became of a step: more than the events tell, which are sent and kept. */
export interface Ended {
  readonly exit: Exit.Exit<unknown, unknown>
  readonly citations: ReadonlyArray<Run.Citation>
  /** Makes what the agent of the step was given, where the step has one and ran it. Throws where the step did. */
  readonly given: (() => unknown) | undefined
}

/** Who is told of the events of one run, and, as a witness, what became of its steps. */
export class Listener {
  /** Where the events wait for a reader who may be slow. */
  readonly backlog: { readonly isFull: boolean; readonly onRoom: (act: () => void) => () => void } | undefined
  readonly witness: ((path: ReadonlyArray<string>, ended: Ended) => void) | undefined
  readonly listen: (event: PipelineEvent) => void
  private readonly clock: Clock.Clock
  private readonly began: bigint

  constructor(
    clock: Clock.Clock,
    listen: (event: PipelineEvent) => void,
    { backlog, witness }: { readonly backlog?: Listener["backlog"]; readonly witness?: Listener["witness"] } = {}
  ) {
    this.clock = clock
    this.listen = listen
    this.backlog = backlog
    this.witness = witness
    this.began = clock.monotonicTimeNanosUnsafe()
  }

  /** Milliseconds since it began to listen. */
  now(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
  }
}

/** Somebody who listens, and where what reports here stands for them: a path of no names is the run they listen to. */
export interface Ear {
  readonly listener: Listener
  readonly path: ReadonlyArray<string>
}

type Tell = (path: ReadonlyArray<string>, at: number) => PipelineEvent

/** One step, from its start to its end, or an observed run, from which its steps are made. */
export class StepScope {
  readonly ears: ReadonlyArray<Ear>
  attempts = 1
  hasStarted = false
  skipped = false
  /** When the answer was kept, where it was not made now. */
  keptAt: DateTime.Utc | undefined = undefined
  /** What the step failed with before a policy made an answer of it. */
  recovered: unknown = undefined
  /** The run, as the step sees it, once the step has something to run. */
  run: StepRun | undefined = undefined

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

  tell(event: Tell): void {
    for (const { listener, path } of this.ears) listener.listen(event(path, listener.now()))
  }

  /** Tells it as soon as all who listen have room for it. */
  emit(event: Tell): Effect.Effect<void> {
    return this.whenRoom(() => this.tell(event))
  }

  whenRoom(act: () => void): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.full === undefined) {
        act()
        return Effect.void
      }
      return Effect.callback<void>((resume) => {
        const callOff = this.onRoom(() => {
          act()
          resume(Effect.void)
        })
        return Effect.sync(callOff)
      })
    })
  }

  /** Calls `act` once, as soon as all who listen have room. Answers with how to call that off. */
  onRoom(act: () => void): () => void {
    let callOff = () => {}
    const attempt = () => {
      const { full } = this
      if (full === undefined) act()
      else callOff = full.onRoom(attempt)
    }
    attempt()
    return () => callOff()
  }

  /** The backlog of somebody who has no room for more. */
  get full(): Listener["backlog"] {
    for (const { listener: { backlog } } of this.ears) if (backlog?.isFull === true) return backlog
    return undefined
  }

  /** Those to whom what starts here is the run they listen to, and those to whom it is part of a step. */
  split(): { readonly outermost: StepScope; readonly around: StepScope } {
    const isOutermost = ({ path }: Ear) => path.length === 0
    return {
      outermost: new StepScope(this.ears.filter(isOutermost)),
      around: new StepScope(this.ears.filter((ear) => !isOutermost(ear)))
    }
  }

  started(): void {
    this.hasStarted = true
    this.tell((path, at) => ({ _tag: "StepStarted", path, at }))
  }

  retried(error: unknown): Effect.Effect<void> {
    const attempt = ++this.attempts
    // what a policy made of the attempt before is nothing to this one
    this.recovered = undefined
    return this.emit((path, at) => ({ _tag: "StepRetried", path, attempt, error: TaggedMessage.of(error), at }))
  }

  ended(exit: Exit.Exit<unknown, unknown>, given?: Ended["given"]): void {
    this.tellEnd(exit)
    for (const { listener: { witness }, path } of this.ears) {
      witness?.(path, { exit, citations: this.run?.cited ?? [], given: this.skipped ? undefined : given })
    }
  }

  private tellEnd(exit: Exit.Exit<unknown, unknown>): void {
    const { attempts } = this
    if (exit._tag === "Failure") {
      if (Cause.hasInterruptsOnly(exit.cause)) {
        return this.tell((path, at) => ({ _tag: "StepInterrupted", path, ...this.used, at }))
      }
      const error = TaggedMessage.of(Cause.squash(exit.cause))
      return this.tell((path, at) => ({ _tag: "StepFailed", path, attempts, error, ...this.used, at }))
    }
    const { keptAt } = this
    if (keptAt !== undefined) return this.tell((path, at) => ({ _tag: "StepCached", path, keptAt, at }))
    if (this.skipped) return this.tell((path, at) => ({ _tag: "StepSkipped", path, at }))
    const recovered = this.recovered === undefined ? undefined : { recoveredFrom: TaggedMessage.of(this.recovered) }
    this.tell((path, at) => ({ _tag: "StepFinished", path, attempts, ...recovered, ...this.used, at }))
  }

  private get used(): { readonly usage: Run.Usage } | undefined {
    return this.run?.hasUsed === true ? { usage: this.run.used } : undefined
  }
}

/** The step that is running, or the observed run. */
export const Current = Context.Reference<StepScope | undefined>("greenlang/internal/StepScope", {
  defaultValue: () => undefined
})

/** Runs `self`, of which one more is told. */
export const observe = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  listener: (clock: Clock.Clock) => Listener
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const ear = { listener: listener(fiber.getRef(Clock.Clock)), path: [] }
    const others = fiber.getRef(Current)?.ears ?? []
    return Effect.provideService(self, Current, new StepScope([...others, ear]))
  })

/** Tells it of the step that is running, where somebody listens. */
export const emit = (event: Tell): Effect.Effect<void> =>
  Effect.flatMap(Current, (scope) => scope === undefined ? Effect.void : scope.emit(event))
