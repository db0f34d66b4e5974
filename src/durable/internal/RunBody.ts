/**
 * A durable run in the process that owns it: the same `run` as in process, inside of a workflow of the engine.
 *
 * 1. The engine decides which process runs the body, and runs it again elsewhere when that process is gone.
 * 2. The body has ended when the row of the run says so. An interruption that no record explains is the engine's: the run
 *    is parked, or moves. It is raised again, and nothing is written.
 * 3. To cancel a run is to write its row. The worker sees that, and the body stops its work.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as Schema from "effect/Schema"
import * as Workflow from "effect/workflow/Workflow"
import * as WorkflowEngine from "effect/workflow/WorkflowEngine"
import * as Agent from "../../agent/Agent.ts"
import { InvalidOutput, TimedOut } from "../../agent/AgentError.ts"
import type { RunMetadata } from "../../agent/AgentResult.ts"
import * as Approval from "../../agent/Approval.ts"
import { Claim, CurrentClaim } from "../../agent/internal/LiveRun.ts"
import * as Observer from "../../agent/internal/Observer.ts"
import { stateAfter } from "../../agent/internal/RunTally.ts"
import * as StepOrigin from "../../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import * as TimeLimits from "../../agent/internal/TimeLimits.ts"
import * as Run from "../../agent/Run.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import * as PoolLeases from "../../pipeline/internal/PoolLeases.ts"
import * as StepPerformer from "../../pipeline/internal/StepPerformer.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import type { RunFailure } from "../DurableRun.ts"
import { ChildRuns } from "./ChildRuns.ts"
import * as ChildTable from "./ChildTable.ts"
import * as Ended from "./Ended.ts"
import { EventLog } from "./EventLog.ts"
import * as JsonText from "./JsonText.ts"
import * as KeptFailure from "./KeptFailure.ts"
import * as Performer from "./Performer.ts"
import { persist } from "./Persist.ts"
import { RunJournal } from "./RunJournal.ts"
import { RunScheduler } from "./RunScheduler.ts"
import { type Row, type RunTable, tag } from "./RunTable.ts"
import * as Shape from "./Shape.ts"
import type { Signal } from "./Signal.ts"
import * as StepRecord from "./StepRecord.ts"
import * as Waiting from "./Waiting.ts"

/** A pipeline that a worker has. */
export interface Flow {
  readonly pipeline: Pipeline.Any
  readonly shape: string
  readonly workflow: ReturnType<typeof workflowOf>
}

/** The pipeline with its shape and its workflow, each made once. */
export const flowOf = (pipeline: Pipeline.Any): Flow => ({
  pipeline,
  shape: Shape.text(pipeline),
  workflow: workflowOf(tag(pipeline))
})

/** Runs of each version of a pipeline have shards of their own, so that only workers that have it own them. */
export const workflowOf = (name: string) =>
  Workflow.make(name, {
    payload: { id: Schema.String, attempt: Schema.Int },
    idempotencyKey: ({ attempt, id }) => `${id}/${attempt}`,
    success: Schema.Void,
    error: Schema.Never,
    annotations: Context.make(ClusterSchema.ShardGroup, () => name).pipe(
      // What goes wrong around the run does not end it: it is tried again.
      Context.add(Workflow.SuspendOnFailure, true)
    )
  })

/** What the bodies of one worker share. */
export interface Worker {
  readonly id: string
  readonly table: RunTable
  readonly redact: Redaction.Redact
  readonly mostBytes: number
  /** The places of pools, where several workers share them. */
  readonly leases: PoolLeases.PoolLeases | undefined
  /** Whether no other process reaches the database. */
  readonly isAlone: boolean
  /** Whether it is about to end: steps that run come to their end, and no other starts. */
  isEnding: boolean
  /** The runs that this process runs now. */
  readonly live: Map<string, RunJournal>
  /** Sent when something has changed that others in this process may wait for. */
  readonly signal: Signal
}

/** How long events are gathered before they are written, in milliseconds. */
const flushEvery = 250

/** What the engine runs for an attempt at a run. */
export const make = (worker: Worker, { pipeline, shape }: Flow) =>
  Effect.fnUntraced(function*({ attempt, id }: { readonly attempt: number; readonly id: string }) {
    const instance = yield* WorkflowEngine.WorkflowInstance
    const { table } = worker
    const childTable = ChildTable.make(table)
    /** What cancels a run that a worker has taken leaves its end to this process. */
    const endUnbegun = (row: Row | undefined) =>
      row?.state === "cancelled" && row.attempt === attempt
        ? Effect.andThen(persist(childTable.addEnd(row)), Effect.sync(() => worker.signal.send()))
        : Effect.void
    const row = yield* persist(table.find(id))
    const isOpen = row?.state === "queued" || row?.state === "running" || row?.state === "waiting"
    if (row?.state === "cancelled") return yield* endUnbegun(row)
    if (row === undefined || !isOpen || row.attempt !== attempt) return
    const one = { id, attempt }
    const endElsewhere = Effect.andThen(
      Waiting.parkElsewhere(one, table, instance),
      Effect.flatMap(persist(table.find(id)), endUnbegun)
    )
    if (worker.isEnding) return yield* endElsewhere
    if (row.shape !== shape) {
      yield* persist(table.block(one, Shape.difference(row.shape, shape)))
      return yield* Workflow.suspend(instance)
    }
    const now = yield* Clock.currentTimeMillis
    const startedAt = row.started_at === null ? now : Number(row.started_at)
    const lastEvent = row.started_at === null ? undefined : yield* persist(table.lastEvent(id))
    const log = new EventLog(one, startedAt, now, worker.redact, lastEvent)
    const records = new Map<string, StepRecord.StepRecord>()
    const scheduler = new RunScheduler(yield* Scheduler.Scheduler)
    const journal = new RunJournal(one, records, { ...worker, log, scheduler, isEnding: () => worker.isEnding })
    const children = new ChildRuns(journal, worker)
    // From here on the worker sees that it is cancelled.
    worker.live.set(id, journal)
    const prepared = Effect.gen(function*() {
      if (!(yield* persist(table.begin(one, worker.id, now)))) return undefined
      for (const { path, record } of yield* persist(table.steps(id))) records.set(path, StepRecord.fromText(record))
      children.keep(yield* persist(childTable.of(id)))
      return row.parent === null ? { run: id, places: [] } : yield* persist(childTable.origin(id))
    })
    const claim = new Claim(id, undefined, startedAt)
    const writing = Effect.forever(
      log.added.pipe(
        Effect.andThen(Effect.sleep(flushEvery)),
        Effect.andThen(Effect.suspend(() => log.flush(table))),
        Effect.andThen(Effect.sync(() => worker.signal.send()))
      )
    )
    // Stands first, and so is interrupted before the steps are: whatever interrupts them but a cancelled run has not ended them.
    const leaving = Effect.onInterrupt(
      Effect.never,
      () => Effect.sync(() => Deferred.isDoneUnsafe(journal.cancelled) || log.leave())
    )
    const running = (origin: Performer.Options["origin"]) =>
      Effect.raceAllFirst([
        leaving,
        writing,
        children.follow,
        Effect.exit(
          execute({ pipeline, journal, children, instance, origin }, claim, row.input ?? "null", worker)
        ),
        Effect.as(Deferred.await(journal.cancelled), "cancelled" as const),
        Effect.as(Deferred.await(journal.moved), "moved" as const),
        Effect.as(Deferred.await(journal.parked), "parked" as const)
      ]).pipe(Effect.provideService(Scheduler.Scheduler, scheduler))
    const exit = yield* Effect.flatMap(
      prepared,
      (origin) => origin === undefined ? Effect.undefined : running(origin)
    ).pipe(
      // A record that cannot be read, say, cannot be read the next time either.
      Effect.catchDefect((defect) => Effect.succeed(Exit.die(defect))),
      (work) => unless(work, Effect.as(Deferred.await(journal.abandoned), "moved" as const)),
      Effect.ensuring(Effect.sync(() => {
        if (worker.live.get(id) === journal) worker.live.delete(id)
        Deferred.doneUnsafe(journal.left, Effect.void)
      }))
    )
    if (exit === undefined) return yield* Effect.flatMap(persist(table.find(id)), endUnbegun)

    const endedAt = yield* Clock.currentTimeMillis
    if (exit === "moved") {
      yield* log.flush(table)
      return yield* endElsewhere
    }
    if (exit === "parked") {
      yield* log.flush(table)
      return yield* Workflow.suspend(instance)
    }
    const isEngines = exit !== "cancelled" && Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause) &&
      journal.interruptedItself === undefined
    // A step that ends once the run is cancelled is not recorded, and interrupts it before the worker looks.
    const last = isEngines || exit === "cancelled" ? yield* persist(table.find(id)) : undefined
    if (exit === "cancelled" || last?.state === "cancelled") {
      // Another attempt has events of its own.
      if (last?.attempt !== attempt || last.state !== "cancelled") return
      log.end("interrupted", endedAt)
      yield* log.flush(table)
      return worker.signal.send()
    }
    if (isEngines && Exit.isFailure(exit)) {
      yield* log.flush(table)
      return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
    }
    const codec = StepRecord.exitCodec(pipeline.output, KeptFailure.schemaOf(pipeline))
    const end = Effect.fnUntraced(function*(exit: Exit.Exit<unknown, unknown>, metadata: RunMetadata) {
      const state = Exit.isSuccess(exit) ? "completed" : "failed"
      const json = yield* StepRecord.encodeExit(codec, pipeline.name, exit)
      const failure = Exit.isSuccess(exit) ? {} : { failure: failureOf(exit.cause, journal) }
      const result = JsonText.stringify(
        worker.redact(Ended.toJson({ exit: json, ...StepRecord.originsOf(exit), metadata, ...failure }))
      )
      log.end(Exit.isSuccess(exit) ? "completed" : Exit.hasInterrupts(exit) ? "interrupted" : "failed", endedAt)
      yield* log.flush(table)
      yield* persist(
        children.exist || row.parent !== null
          ? childTable.end(one, row.parent, state, result, endedAt)
          : table.end(one, state, result, endedAt)
      )
    })
    const metadata = Exit.isSuccess(exit) ? exit.value.metadata : metadataOf(pipeline, claim, exit.cause, startedAt)
    const unwritable = (defect: unknown) => {
      const issue = { path: "", message: `its result cannot be written: ${TaggedMessage.text(defect)}` }
      const refusal = Cause.fail(new InvalidOutput({ agent: pipeline.name, issues: [issue] }))
      const cause = Exit.isSuccess(exit) ? refusal : Cause.combine(exit.cause, refusal)
      return end(Exit.failCause(cause), bare(metadata))
    }
    yield* Effect.catchDefect(end(Exit.map(exit, ({ value }) => value), metadata), unwritable)
    worker.signal.send()
  })

/** `self`, or `instead` where that ends first: what `self` runs is interrupted then, and is not waited for. */
const unless = <A, E, R, B>(self: Effect.Effect<A, E, R>, instead: Effect.Effect<B>): Effect.Effect<A | B, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(
      Effect.forkDetach(restore(self), { startImmediately: true }),
      (fiber) =>
        restore(Effect.raceFirst(Effect.flatten(Fiber.await(fiber)), instead)).pipe(
          Effect.onInterrupt(() => Effect.raceFirst(Fiber.interrupt(fiber), instead)),
          Effect.tap(() => Effect.sync(() => fiber.interruptUnsafe()))
        )
    )
  )

/** Of a run whose metadata no row can hold. */
const bare = (metadata: RunMetadata): RunMetadata => ({
  ...metadata,
  state: "failed",
  citations: [],
  annotations: {},
  usage: Run.noUsage
})

const execute = (
  { pipeline, ...run }: Pick<Performer.Options, "journal" | "children" | "instance" | "origin"> & {
    readonly pipeline: Pipeline.Any
  },
  claim: Claim,
  text: string,
  { leases, redact }: Worker
): Effect.Effect<Agent.AgentResult<unknown>, unknown> =>
  Effect.withFiber((fiber) => {
    const defaults = fiber.getRef(Agent.Defaults)
    const { instance, journal } = run
    const performer = Performer.make({ ...run, defaults, error: Pipeline.failures(pipeline).error })
    const stated = TimeLimits.override(TimeLimits.none, pipeline[Agent.TypeId].definition.timeout)
    const { encode, read } = Shape.inputCodec(pipeline)
    const input = Effect.orDie(Effect.flatMap(Effect.suspend(() => read(JSON.parse(text))), encode))
    const body = Effect.flatMap(input, (input) =>
      pipeline.run(input as never, { timeout: { ...stated, run: Duration.infinity } }))
    const late = (elapsed: Duration.Duration) =>
      new TimedOut({ agent: pipeline.name, phase: "run", limit: stated.run, elapsed })
    return performer.within(Pipeline.observe(body, journal.log.listen), stated.run, late).pipe(
      Effect.provideService(StepPerformer.Current, performer),
      Effect.provideService(PoolLeases.Current, leases),
      Effect.provideService(Approval.Approval, { ask: Waiting.ask(journal, instance, redact, run.origin.places) }),
      Effect.provideService(Run.Current, undefined),
      Effect.provideService(Observer.Current, undefined),
      Effect.provideService(CurrentClaim, claim),
      // Inside of a step they hold again: what waits for a person is not to time out.
      Effect.provideService(Agent.Defaults, { ...defaults, timeout: Duration.infinity })
      // The services of the pipeline are those of the layer.
    ) as Effect.Effect<Agent.AgentResult<unknown>, unknown>
  })

const failureOf = (cause: Cause.Cause<unknown>, { interruptedItself }: RunJournal): RunFailure => {
  if (interruptedItself !== undefined && Cause.hasInterruptsOnly(cause)) {
    const message = `the step \`${interruptedItself}\` interrupted itself`
    return { _tag: "Interrupted", message, step: interruptedItself }
  }
  const { _tag, message } = TaggedMessage.of(Cause.squash(cause))
  const path = StepOrigin.pathOf(cause)
  return {
    _tag,
    message: message.length > mostLetters ? `${message.slice(0, mostLetters)}…` : message,
    ...(path === undefined ? {} : { step: path.join("/") })
  }
}

/** The longest message of a failure in a status. */
const mostLetters = 20_000

/** Of a run that failed. */
const metadataOf = (
  { name, version }: Pipeline.Any,
  claim: Claim,
  cause: Cause.Cause<unknown>,
  startedAt: number
): RunMetadata => {
  const { record } = claim
  return {
    agent: name,
    version,
    runId: claim.id,
    state: stateAfter(name, cause),
    startedAt: DateTime.makeUnsafe(startedAt),
    ...(record === undefined ? {} : { durationMs: record.elapsed }),
    citations: record?.citations ?? [],
    annotations: record?.annotations ?? {},
    usage: record?.usage ?? Run.noUsage
  }
}
