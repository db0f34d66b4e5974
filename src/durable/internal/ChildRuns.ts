/**
 * The children of a durable run, in the process that runs it: items of a `Step.forEach` with `apart`.
 *
 * 1. A child is a run of its own, which any worker takes. Its row says how it ended: the journal of its parent has no record of it.
 * 2. The place of a child in its parent has one child. A parent that goes on elsewhere finds it there, whatever its state.
 * 3. The parent is parked while it does nothing but wait for children. Whatever ends a child wakes its parent, in one
 *    transaction.
 * 4. Another attempt of the parent keeps what its children answered, and has those run again that failed or were stopped.
 * 5. Where the parent ends, or the step does, the children that have not ended are cancelled. A step that an engine interrupts has not
 *    ended: its children go on.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as StepOrigin from "../../agent/internal/StepOrigin.ts"
import * as Run from "../../agent/Run.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import type * as StepPerformer from "../../pipeline/internal/StepPerformer.ts"
import * as StepScope from "../../pipeline/internal/StepScope.ts"
import type * as Pipeline from "../../pipeline/Pipeline.ts"
import { Cancelled } from "../DurableError.ts"
import { isFinal } from "../DurableRun.ts"
import * as ChildTable from "./ChildTable.ts"
import * as Ended from "./Ended.ts"
import * as JsonText from "./JsonText.ts"
import * as KeptFailure from "./KeptFailure.ts"
import { persist } from "./Persist.ts"
import { exitOf, type RunJournal } from "./RunJournal.ts"
import * as Shape from "./Shape.ts"
import type { Signal } from "./Signal.ts"
import * as StepRecord from "./StepRecord.ts"
import * as TextDigest from "./TextDigest.ts"
import * as Waiting from "./Waiting.ts"

/** How often children are looked at that run in other processes, in milliseconds. */
const lookEvery = 200

/** After children that have ended are found, others end for so many times as long as the look took: it takes longer the more there are. */
const rest = 20

/** The items apart of one run, as its process follows them. */
export class ChildRuns {
  private readonly journal: RunJournal
  private readonly table: ChildTable.ChildTable
  private readonly signal: Signal
  private readonly redact: Redaction.Redact
  /** How many have a number. */
  private numbered = 0
  private readonly known = new Map<string, ChildTable.ChildRow>()
  private readonly awaited = new Map<string, Deferred.Deferred<ChildTable.ChildRow>>()

  constructor(
    journal: RunJournal,
    { redact, signal }: { readonly redact: Redaction.Redact; readonly signal: Signal }
  ) {
    this.journal = journal
    this.table = ChildTable.make(journal.table)
    this.signal = signal
    this.redact = redact
  }

  /** Those that the run had when this process took it. */
  keep(rows: ReadonlyArray<ChildTable.ChildRow>): void {
    for (const row of rows) this.known.set(row.place, row)
    this.numbered = rows.length
  }

  /** Whether the run has started an item apart. */
  get exist(): boolean {
    return this.known.size > 0
  }

  /** Performs a step as the child at `path`. Where its input cannot be read, `run` fails as it does in process. */
  perform(path: string, child: StepPerformer.Child, run: () => AnyEffect): AnyEffect {
    const pipeline = child.pipeline as Pipeline.Any
    return Effect.gen({ self: this }, function*() {
      const row = this.known.get(path)
      if (row !== undefined && this.answers(row)) return yield* this.outcome(pipeline, row)
      if (row === undefined || isFinal(row.state)) {
        if (this.journal.isEnding()) return yield* Effect.never
        if (row !== undefined && row.parent_attempt === -this.journal.one.attempt) yield* this.untilIdle
        const input = yield* Effect.exit(Shape.readInput(pipeline, child.input))
        if (Exit.isFailure(input)) return yield* Effect.suspend(run)
        const begun = yield* this.journal.running(this.begin(pipeline, path, row, input.value))
        // The attempt has ended in another process.
        if (begun === undefined) return yield* Effect.interrupt
        this.known.set(path, begun)
        this.signal.send()
        if (this.answers(begun)) return yield* this.outcome(pipeline, begun)
      }
      return yield* this.outcome(pipeline, yield* this.ended(path))
    })
  }

  /** Ends the children at `path` and below it that have not ended. */
  stop(path: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const open = [...this.known.values()].filter((row) =>
        !isFinal(row.state) && (path === "" || row.place === path || row.place.startsWith(`${path}/`))
      )
      if (open.length === 0) return Effect.void
      for (const row of open) {
        this.known.set(row.place, { ...row, state: "cancelled", parent_attempt: -Math.abs(row.parent_attempt) })
      }
      // Counts as a step that is running: a run is not parked between the failure of an item and what follows from it.
      return this.journal.running(Effect.flatMap(
        Clock.currentTimeMillis,
        (now) =>
          persist(this.table.stop(this.journal.one.id, path, now)).pipe(
            Effect.andThen(Effect.sync(() => this.signal.send()))
          )
      ))
    })
  }

  /** Answers what awaits children that have ended, and parks the run once there is nothing else to do. Never ends. */
  get follow(): Effect.Effect<never> {
    return Effect.gen({ self: this }, function*() {
      const { journal } = this
      while (true) {
        const seen = this.signal.changes
        if (this.awaited.size === 0) {
          journal.waits.delete(place)
          yield* this.signal.within(3_600_000, seen)
          continue
        }
        journal.waits.set(place, { wait: undefined, until: undefined })
        const [took, found] = yield* Effect.timed(this.look)
        if (found) {
          yield* Effect.sleep(Duration.times(took, rest))
          continue
        }
        yield* journal.scheduler.quiet
        if (!journal.isIdle) {
          yield* Effect.raceFirst(this.signal.within(lookEvery, seen), journal.idle)
          continue
        }
        yield* Waiting.park(
          journal,
          Effect.andThen(Deferred.succeed(journal.parked, undefined), Effect.never),
          Effect.map(this.look, (found) => found ? Option.some(undefined) : Option.none())
        )
      }
    })
  }

  /** Whether the row says how the step at its place ends. */
  private answers(row: ChildTable.ChildRow): boolean {
    if (row.state === "completed") return true
    return isFinal(row.state) && row.parent_attempt === this.journal.one.attempt
  }

  private begin(
    pipeline: Pipeline.Any,
    path: string,
    before: ChildTable.ChildRow | undefined,
    input: Schema.Json
  ): Effect.Effect<ChildTable.ChildRow | undefined> {
    const { one, table } = this.journal
    return Effect.gen({ self: this }, function*() {
      const now = yield* Clock.currentTimeMillis
      if (before !== undefined) {
        yield* persist(table.again(before.id, [], undefined, one.attempt))
        return { ...before, state: "queued" as const, parent_attempt: one.attempt, ended_at: null, result: null }
      }
      const text = JsonText.stringify(this.redact(input))
      const child: ChildTable.NewChild = {
        pipeline: pipeline.name,
        version: pipeline.version,
        shape: Shape.text(pipeline),
        input: text,
        input_digest: yield* TextDigest.of(text)
      }
      return yield* persist(this.table.add(one, path, ++this.numbered, child, now))
    })
  }

  private ended(path: string): Effect.Effect<ChildTable.ChildRow> {
    return Effect.suspend(() => {
      const deferred = Deferred.makeUnsafe<ChildTable.ChildRow>()
      this.awaited.set(path, deferred)
      this.signal.send()
      return Effect.ensuring(Deferred.await(deferred), Effect.sync(() => this.awaited.delete(path)))
    })
  }

  /** Whether a child that is awaited has ended, or none is awaited any longer. */
  private get look(): Effect.Effect<boolean> {
    return Effect.gen({ self: this }, function*() {
      const ids = [...this.awaited.keys()].map((path) => this.known.get(path)!.id)
      // What waited for the last one goes on.
      if (ids.length === 0) return true
      const rows = yield* persist(this.table.ended(ids))
      if (rows.length === 0) return false
      // What goes on counts as running, until it has started what comes next.
      yield* this.journal.running(Effect.gen({ self: this }, function*() {
        for (const row of rows) {
          this.known.set(row.place, row)
          const deferred = this.awaited.get(row.place)
          if (deferred !== undefined) Deferred.doneUnsafe(deferred, Effect.succeed(row))
        }
        yield* this.journal.scheduler.quiet
      }))
      return true
    })
  }

  /** Ends once no step runs. */
  private get untilIdle(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      while (true) {
        yield* this.journal.scheduler.quiet
        if (this.journal.isIdle) return
        yield* this.journal.idle
      }
    })
  }

  /** The exit of a child that has ended. Records in the run what the child recorded. */
  private outcome(pipeline: Pipeline.Any, row: ChildTable.ChildRow): AnyEffect {
    return Effect.withFiber((fiber) => {
      // Cancelled by itself: its parent goes on without an answer.
      if (row.result === null) return Effect.fail(new Cancelled({ id: row.id }))
      const { exit, failure, metadata } = Ended.fromText(row.result)
      const record: StepRecord.StepRecord = {
        exit,
        startedAt: Number(row.submitted_at),
        endedAt: Number(row.ended_at),
        attempts: 1,
        cited: metadata.citations,
        ...(Object.values(metadata.usage).some((amount) => amount !== 0) ? { usage: metadata.usage } : {})
      }
      const scope = StepScope.of(fiber)
      StepRecord.restate(record, scope, fiber.getRef(Run.Current))
      if (scope !== undefined) this.journal.log.replayed(scope.path, record)
      const codec = StepRecord.exitCodec(pipeline.output, KeptFailure.schemaOf(pipeline))
      return Effect.catchCause(
        exitOf(this.journal, row.place, codec, record),
        (cause) => Effect.failCause(at(cause, failure?.step?.split("/")))
      )
    })
  }
}

type AnyEffect = Effect.Effect<unknown, unknown, unknown>

/** Where all of its waits for children stand among those of a run. */
const place = "children"

/** The same cause: it says which step of the child failed. */
const at = (cause: Cause.Cause<unknown>, path: ReadonlyArray<string> | undefined): Cause.Cause<unknown> => {
  if (path === undefined) return cause
  const origin = Context.make(StepOrigin.StepOrigin, { path, frame: undefined }) as Context.Context<never>
  return Cause.fromReasons(
    cause.reasons.map((reason) => Cause.isFailReason(reason) ? reason.annotate(origin) : reason)
  )
}
