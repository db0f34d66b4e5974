/**
 * How a durable run performs its steps: each is recorded in the journal, and answered from it when the run goes on elsewhere.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import type * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as DurableStep from "../../agent/internal/DurableStep.ts"
import * as Run from "../../agent/Run.ts"
import * as RunOptions from "../../agent/RunOptions.ts"
import * as Deadline from "../../internal/Deadline.ts"
import * as StepPerformer from "../../pipeline/internal/StepPerformer.ts"
import * as StepScope from "../../pipeline/internal/StepScope.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import type { ChildRuns } from "./ChildRuns.ts"
import { exitOf, type RunJournal } from "./RunJournal.ts"
import * as StepPath from "./StepPath.ts"
import * as StepRecord from "./StepRecord.ts"
import * as StepRun from "./StepRun.ts"
import * as Waiting from "./Waiting.ts"

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/** The journal that a performer reads and writes, and where in the run it stands. */
export interface Options {
  readonly journal: RunJournal
  readonly children: ChildRuns
  /** The run that was submitted, and the places of this one in it, where it is a child: its steps have their addresses there. */
  readonly origin: { readonly run: string; readonly places: ReadonlyArray<string> }
  readonly instance: WorkflowEngine.WorkflowInstance["Service"]
  /** The defaults of agents inside of a step. Outside, nothing has a limit that was not stated. */
  readonly defaults: RunOptions.Settings
  /** Of the pipeline around: how a step can fail that states no schema of its own. */
  readonly error: Schema.ConstraintCodec<unknown, unknown> | undefined
}

/** One place in a run: the names of the steps around it. */
export const make = (options: Options, names: ReadonlyArray<string> = []): StepPerformer.StepPerformer => {
  const { children, instance, journal } = options
  const at = (name: string) => [...names, name]
  return {
    perform: (work, run, failed) =>
      work.child !== undefined
        ? children.perform(StepPath.of(at(work.name)), work.child, run)
        : work.frame
        ? frame({ ...options, error: errorInside(work) ?? options.error }, at(work.name), run, failed)
        : leaf(options, StepPath.of(at(work.name)), work, run, failed),
    failed: (name) => {
      const path = StepPath.of(at(name))
      return journal.find(path)?.failed ?? readFailed(journal.find(placeOfFailure(path))?.exit)
    },
    below: (name) => make(options, at(name)),
    stopChildren: Effect.suspend(() => children.stop(StepPath.of(names))),
    sleep: (name, duration) => Waiting.sleep("pause", journal, instance, StepPath.of(at(name)), duration),
    within: (self, limit, late, nth = "") => within(options, names, self, limit, late, nth)
  }
}

/** How what is inside of a frame can fail, where it states nothing: as its pipeline, which may keep what had succeeded, states. */
const errorInside = ({ agent, error }: StepPerformer.Work) =>
  agent !== undefined && Pipeline.isPipeline(agent) ? Pipeline.failures(agent).error : error

/** Where the failure of a step is kept that has no record of its own. */
const placeOfFailure = (path: string) => `${path}/failure`

const isFailed = Schema.is(StepRecord.Failed)
const readFailed = (json: Schema.Json | undefined) => isFailed(json) ? json : undefined

/** What runs inside is performed, below its name. */
const frame = (
  options: Options,
  names: ReadonlyArray<string>,
  run: () => AnyEffect,
  failed: (() => StepPerformer.Failed) | undefined
): AnyEffect =>
  Effect.suspend(run).pipe(
    // A policy of the frame may go on without what the frame ran. An engine that interrupts it has not ended it, also where a step
    // of it had failed.
    Effect.onExit((exit) =>
      Exit.hasInterrupts(exit)
        ? Effect.void
        : Effect.andThen(
          Exit.isFailure(exit) ? noteFailure(options.journal, StepPath.of(names), failed) : Effect.void,
          options.children.stop(StepPath.of(names))
        )
    ),
    Effect.provideService(StepPerformer.Current, make(options, names)),
    Effect.provideService(DurableStep.Current, addressOf(options, StepPath.of(names)))
  )

const noteFailure = (
  journal: RunJournal,
  path: string,
  failed: (() => StepPerformer.Failed) | undefined
): Effect.Effect<void> => {
  const place = placeOfFailure(path)
  if (failed === undefined || journal.find(place) !== undefined) return Effect.void
  const { place: at, ended, running } = failed()
  const value = { place: at, ...(ended && { ended }), ...(running && { running }) }
  return Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.asVoid(journal.note("failed", place, value, now)))
}

/** The address of a step, from which its key for the outside world is made. */
const addressOf = ({ origin: { places, run } }: Options, path: string): DurableStep.DurableStep => ({
  run,
  path: [...places, path].join("/")
})

const leaf = (
  options: Options,
  path: string,
  work: StepPerformer.Work,
  run: () => AnyEffect,
  failed: (() => StepPerformer.Failed) | undefined
): AnyEffect =>
  Effect.withFiber((fiber) => {
    const { defaults, error, instance, journal } = options
    const scope = StepScope.of(fiber)
    const around = fiber.getRef(Run.Current)
    const codec = StepRecord.exitCodec(work.output, work.error ?? error)
    const known = journal.find(path)
    if (known !== undefined) {
      StepRecord.restate(known, scope, around)
      if (scope !== undefined) journal.log.replayed(scope.path, known)
      return exitOf(journal, path, codec, known)
    }
    // Another process starts it.
    if (journal.isEnding()) return Waiting.handOver(journal, instance, path)
    let ranHere = false
    const live = Effect.withFiber((fiber) => {
      ranHere = true
      const clock = fiber.getRef(Clock.Clock)
      const startedAt = clock.currentTimeMillisUnsafe()
      const recording = around && StepRun.inside(around)
      return Effect.exit(Effect.suspend(run)).pipe(
        Effect.provideService(Run.Current, recording),
        Effect.provideService(StepPerformer.Current, undefined),
        Effect.provideService(RunOptions.Defaults, defaults),
        Effect.provideService(DurableStep.Current, addressOf(options, path)),
        Effect.provideService(Scheduler.Scheduler, journal.scheduler.outer),
        Effect.map((exit: Exit.Exit<unknown, unknown>) =>
          [recording === undefined ? exit : recording.exit(exit, path), {
            startedAt,
            endedAt: clock.currentTimeMillisUnsafe(),
            ...StepRecord.details(scope, recording)
          }] as const
        )
      )
    })
    // What the step needs is in the context of the run: its type is erased here.
    const performed = journal.perform(path, codec, work.transaction, live as Effect.Effect<never>, failed)
    return journal.running(
      Effect.flatMap(Effect.andThen(journal.caughtUp, performed), (record) => {
        if (!ranHere) StepRecord.restate(record, scope, around)
        journal.log.goesOn()
        return exitOf(journal, path, codec, record)
      })
    )
  })

/**
 * The limit begins when the frame begins first, and goes on while no process runs it. That the frame ended in time is
 * recorded before anything after it starts, so a replay decides the same.
 */
const within = <A, E, R, E2>(
  { children, instance, journal }: Options,
  names: ReadonlyArray<string>,
  self: Effect.Effect<A, E, R>,
  limit: Duration.Duration,
  late: (elapsed: Duration.Duration) => E2,
  nth: string
): Effect.Effect<A, E | E2, R> =>
  Effect.suspend(() => {
    const path = StepPath.of([...names, `limit ${Duration.toMillis(limit)}${nth}`])
    if (journal.find(`${path}/met`) !== undefined || Duration.toMillis(limit) === Infinity) return self
    const noteMet = (exit: Exit.Exit<A, E>) =>
      Exit.hasInterrupts(exit) ? exit : Effect.andThen(
        Effect.flatMap(Clock.currentTimeMillis, (now) => journal.note("met", `${path}/met`, null, now)),
        exit
      )
    const passed = Effect.as(Waiting.sleep("limit", journal, instance, path, limit), undefined)
    const limited = Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.forkChild(restore(self), { startImmediately: true }), (fiber) => {
        const stop = Fiber.interrupt(fiber)
        return Effect.onExit(
          Effect.flatMap(restore(Effect.raceFirst(Fiber.await(fiber), passed)), (exit) =>
            exit === undefined
              ? Effect.flatMap(
                Effect.andThen(Effect.andThen(children.stop(StepPath.of(names)), stop), Fiber.await(fiber)),
                (exit) => Deadline.lateAfter(exit, late(limit))
              )
              : noteMet(exit)),
          () => stop
        )
      })
    )
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const due = Waiting.dueOf(journal, path)
      return due !== undefined && due <= now
        ? journal.running(journal.caughtUp).pipe(
          Effect.andThen(children.stop(StepPath.of(names))),
          Effect.andThen(Effect.fail(late(limit)))
        )
        : limited
    })
  })
