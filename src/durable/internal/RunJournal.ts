/**
 * One attempt at a run, in the process that runs it: its journal, and what it does right now.
 *
 * 1. A step whose exit is in the journal never runs again. One that is not runs at least once.
 * 2. What a step answered is recorded before anything after the step starts. Live and replayed answers both come out of the
 *    record, so they are equal.
 * 3. An interruption from outside is not an exit of the step: it is not recorded.
 * 4. Where two processes believe that they own the run, the first record of a step counts for both.
 * 5. What cannot be recorded is a failure of its step, which is.
 * 6. Once the attempt has ended, nothing is recorded for it.
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { InvalidOutput } from "../../agent/AgentError.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import type { Failed } from "../../pipeline/internal/StepPerformer.ts"
import * as StepDied from "../../pipeline/StepDied.ts"
import { AnswerTooLarge } from "../DurableError.ts"
import type { Wait } from "../DurableRun.ts"
import type { EventLog } from "./EventLog.ts"
import * as JsonText from "./JsonText.ts"
import { persist, persistUnless } from "./Persist.ts"
import type { RunScheduler } from "./RunScheduler.ts"
import type { Attempt, RecordKind, RunTable } from "./RunTable.ts"
import type { Signal } from "./Signal.ts"
import * as StepRecord from "./StepRecord.ts"
import * as Transaction from "./Transaction.ts"

type AnyExit = Exit.Exit<unknown, unknown>

/** What a journal shares with the others of its worker. */
export interface Options {
  readonly table: RunTable
  readonly log: EventLog
  readonly redact: Redaction.Redact
  /** The most bytes of an answer. */
  readonly mostBytes: number
  /** Whether no further step is to start in this process. */
  readonly isEnding: () => boolean
  /** Whether no other process reaches the database: the worker looks when `signal` is sent, and not now and then. */
  readonly isAlone: boolean
  /** Sent when something has changed in this process. */
  readonly signal: Signal
  readonly scheduler: RunScheduler
}

/** What a step does: its exit, and what it recorded beside it. */
export type Work = Effect.Effect<readonly [AnyExit, Details]>

type Details = Omit<StepRecord.StepRecord, "exit" | "origins">

/** What has ended in this process and is not in the database yet: kept while the run moves within the process. */
const unsaved = new Map<string, StepRecord.StepRecord>()
const mostUnsaved = 10_000

/** The journal of one attempt, while it runs in this process. */
export class RunJournal {
  readonly one: Attempt
  readonly table: RunTable
  readonly log: EventLog
  readonly isEnding: () => boolean
  readonly isAlone: boolean
  readonly signal: Signal
  readonly scheduler: RunScheduler
  /** What the run waits for, by the place of the wait. A wait for another process has no name. */
  readonly waits = new Map<string, { readonly wait: Wait | undefined; readonly until: number | undefined }>()
  /** Held by the wait that parks the run. */
  readonly parking = Semaphore.makeUnsafe(1)
  /** A wait has parked the run: whatever else waits here does the same. */
  isParked = false
  /** The run is parked: nothing of it is to run any longer. */
  readonly parked = Deferred.makeUnsafe<void>()
  /** The run was cancelled. */
  readonly cancelled = Deferred.makeUnsafe<void>()
  /** The run is to go on in another process, which runs again what runs here. */
  readonly moved = Deferred.makeUnsafe<void>()
  /** The process does not wait any longer for a step that cannot be interrupted. */
  readonly abandoned = Deferred.makeUnsafe<void>()
  /** The run has left this process. */
  readonly left = Deferred.makeUnsafe<void>()
  /** The path of the first step whose record says that it interrupted itself, or was interrupted by what it ran. */
  interruptedItself: string | undefined = undefined
  private isCaughtUp = false
  private live = 0
  private readonly whenIdle = new Set<() => void>()
  private readonly records: Map<string, StepRecord.StepRecord>
  private readonly redact: Redaction.Redact
  private readonly mostBytes: number

  constructor(one: Attempt, records: Map<string, StepRecord.StepRecord>, options: Options) {
    this.one = one
    this.records = records
    this.table = options.table
    this.log = options.log
    this.redact = options.redact
    this.mostBytes = options.mostBytes
    this.isEnding = options.isEnding
    this.isAlone = options.isAlone
    this.signal = options.signal
    this.scheduler = options.scheduler
  }

  /** Whether no step is running. */
  get isIdle(): boolean {
    return this.live === 0
  }

  /** Whether nothing of the run is about to go on by itself. */
  get isStill(): boolean {
    return this.isIdle && this.scheduler.isQuiet
  }

  /** Ends when no step is running. */
  readonly idle: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.isIdle) return resume(Effect.void)
    const act = () => resume(Effect.void)
    this.whenIdle.add(act)
    return Effect.sync(() => this.whenIdle.delete(act))
  })

  /**
   * Ends once what is recorded has been answered. What a run does in a process comes after what it did in those before: a limit that
   * has passed meanwhile, or a step that fails at once, stops nothing that had ended.
   */
  readonly caughtUp: Effect.Effect<void> = Effect.suspend(() => {
    this.isCaughtUp ||= this.records.size === 0
    return this.isCaughtUp ? Effect.void : Effect.map(this.scheduler.quiet, () => void (this.isCaughtUp = true))
  })

  find(path: string): StepRecord.StepRecord | undefined {
    return this.records.get(path)
  }

  /** Counts as a step that is running while `self` runs: the run is not parked meanwhile. */
  running<A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      this.live++
      return Effect.ensuring(
        self,
        Effect.sync(() => {
          if (--this.live > 0) return
          const waiting = [...this.whenIdle]
          this.whenIdle.clear()
          for (const act of waiting) act()
        })
      )
    })
  }

  /** The record of `path`: of what `work` comes to. */
  perform(
    path: string,
    codec: StepRecord.ExitCodec,
    transaction: boolean,
    work: Work,
    failed: (() => Failed) | undefined
  ): Effect.Effect<StepRecord.StepRecord> {
    const memory = `${this.one.id}/${this.one.attempt}/${path}`
    const kept = unsaved.get(memory)
    let details: Details | undefined = kept
    const seen = Effect.tap(work, ([, recorded]) => Effect.sync(() => details = recorded))
    const stored = kept !== undefined
      ? this.store(path, kept)
      : transaction
      ? this.inTransaction(path, codec, seen, failed)
      : Effect.flatMap(this.encoded(path, codec, seen), (made) => {
        const record = ordered(made, failed)
        if (unsaved.size < mostUnsaved) unsaved.set(memory, record)
        return this.store(path, record)
      })
    const instead = (defect: unknown) => {
      unsaved.delete(memory)
      if (details === undefined) return Effect.die(defect)
      const { attempts, endedAt, startedAt } = details
      const refusal = this.refused(path, codec, unwritable(path, defect), { attempts, endedAt, startedAt })
      return Effect.flatMap(refusal, (record) => this.store(path, ordered(record, failed)))
    }
    return Effect.map(Effect.catchDefect(stored, instead), (record) => {
      unsaved.delete(memory)
      this.records.set(path, record)
      return record
    })
  }

  /** Records what has no exit of its own, such as when a pause ends. */
  note(kind: RecordKind, path: string, value: Schema.Json, now: number): Effect.Effect<StepRecord.StepRecord> {
    return this.running(Effect.map(
      this.store(path, { exit: value, startedAt: now, endedAt: now, attempts: 1 }, kind),
      (record) => {
        this.records.set(path, record)
        return record
      }
    ))
  }

  private encoded(path: string, codec: StepRecord.ExitCodec, work: Work): Effect.Effect<StepRecord.StepRecord> {
    return Effect.flatMap(
      work,
      ([exit, details]) =>
        Effect.flatMap(StepRecord.encodeExit(codec, path, exit), (json) => {
          const record = this.hidden({ exit: json, ...StepRecord.originsOf(exit), ...details })
          const bytes = StepRecord.bytesOf(record)
          return bytes <= this.mostBytes
            ? Effect.succeed(record)
            : this.refused(path, codec, new AnswerTooLarge({ step: path, bytes, limit: this.mostBytes }), details)
        })
    )
  }

  /** The record of a step that ended otherwise than a record can hold. */
  private refused(
    path: string,
    codec: StepRecord.ExitCodec,
    refusal: AnswerTooLarge | InvalidOutput,
    details: Details
  ): Effect.Effect<StepRecord.StepRecord> {
    return Effect.map(
      StepRecord.encodeExit(codec, path, Exit.fail(refusal)),
      (exit) => this.hidden({ exit, ...details })
    )
  }

  /** Without secrets, in whatever the step recorded. */
  private hidden(record: StepRecord.StepRecord): StepRecord.StepRecord {
    return StepRecord.fromJson(this.redact(StepRecord.toJson(record)))
  }

  private store(
    path: string,
    record: StepRecord.StepRecord,
    kind: RecordKind = kindOf(record)
  ): Effect.Effect<StepRecord.StepRecord> {
    return persist(this.insert(path, record, kind)).pipe(
      Effect.flatMap((won) => won ? Effect.succeed(record) : this.theirs(path))
    )
  }

  private insert(path: string, record: StepRecord.StepRecord, kind: RecordKind) {
    return this.table.record(this.one, path, kind, JsonText.stringify(StepRecord.toJson(record)))
  }

  /** The record of another process, or no end at all where the attempt has ended. */
  private theirs(path: string): Effect.Effect<StepRecord.StepRecord> {
    return Effect.flatMap(
      persist(this.table.findStep(this.one.id, path)),
      (text) => text === undefined ? Effect.interrupt : Effect.sync(() => StepRecord.fromText(text))
    )
  }

  /** What a step writes to the same database, and its record, in one commit. What a failure wrote is rolled back. */
  private inTransaction(
    path: string,
    codec: StepRecord.ExitCodec,
    work: Work,
    failed: (() => Failed) | undefined
  ): Effect.Effect<StepRecord.StepRecord> {
    const together = Transaction.run(
      this.table.sql,
      Effect.flatMap(this.encoded(path, codec, work), (record) =>
        StepRecord.succeeded(record)
          ? Effect.flatMap(this.insert(path, record, "answer"), (won) =>
            won ? Effect.succeed(record) : Effect.fail(new RolledBack(undefined)))
          : Effect.fail(new RolledBack(record)))
    )
    return Effect.matchEffect(persistUnless(together, (error): error is RolledBack => error instanceof RolledBack), {
      onSuccess: (record) => Effect.succeed(record),
      onFailure: ({ record }) => record === undefined ? this.theirs(path) : this.store(path, ordered(record, failed))
    })
  }
}

/** The transaction of a step was rolled back: the step failed with `record`, or another process has recorded the step. */
class RolledBack {
  readonly record: StepRecord.StepRecord | undefined

  constructor(record: StepRecord.StepRecord | undefined) {
    this.record = record
  }
}

const unwritable = (path: string, defect: unknown) =>
  new InvalidOutput({
    agent: `step \`${path}\``,
    issues: [{ path: "", message: `its record cannot be written: ${TaggedMessage.text(defect)}` }]
  })

/** The record of a failure says which failure of its pipeline it is. */
const ordered = (record: StepRecord.StepRecord, failed: (() => Failed) | undefined): StepRecord.StepRecord =>
  failed === undefined || StepRecord.succeeded(record) ? record : { ...record, failed: failed() }

const kindOf = (record: StepRecord.StepRecord): RecordKind => StepRecord.succeeded(record) ? "answer" : "failure"

/** The exit of a record. Notes whether it interrupts, so that such an end is not taken for one of the engine. */
export const exitOf = (
  journal: RunJournal,
  path: string,
  codec: StepRecord.ExitCodec,
  record: StepRecord.StepRecord
): Effect.Effect<unknown, unknown> =>
  Effect.flatMap(Effect.orDie(codec.decode(record.exit)), (exit) => {
    if (Exit.isSuccess(exit)) return exit
    if (Cause.hasInterrupts(exit.cause)) journal.interruptedItself ??= path
    return Exit.failCause(StepDied.restored(exit.cause, "", record.origins ?? []))
  })
