/**
 * The events of a run, as they are kept.
 *
 * 1. Each event is kept once: a step that runs again, or is replayed, emits events of the same keys, and the first stay.
 * 2. Times are since the run began, whichever process emitted the event; those of a replayed step are its own. A step that was ready
 *    before this process took the run waited for a worker.
 * 3. Steps that are interrupted because the process hands the run over, or parks it, have not ended: they have no such event.
 * 4. Pieces of text that a model writes are not kept.
 * 5. The end of a run is its last event: nothing is kept behind it, such as what its process had not written when it was cancelled.
 * 6. Once another attempt has begun, nothing is kept of the attempt before.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { RunEnded } from "../../agent/AgentEvent.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import { endOfRun, EventKeys } from "./EventKeys.ts"
import { persist } from "./Persist.ts"
import type { Attempt, RunTable } from "./RunTable.ts"
import type { StepRecord } from "./StepRecord.ts"

const encode = Schema.encodeSync(Schema.toCodecJson(PipelineEvent)) as (event: PipelineEvent) => Schema.Json

/** A sum of counts may be none that can be written: the event is kept without it. */
const write = (event: PipelineEvent): Schema.Json => {
  try {
    return encode(event)
  } catch (cause) {
    if (!("usage" in event)) throw cause
    const { usage: _, ...rest } = event
    return encode(rest as PipelineEvent)
  }
}

const endOf = (run: string) => ({ _tag: "RunEnded" as const, path: [], run, seq: 0 })

/** The end of a run that is cancelled while no process runs it, as a row. `at` is in milliseconds since it began. */
export const cancelledRow = (run: string, at: number) => ({
  event_key: endOfRun,
  event: JSON.stringify(write({ ...endOf(run), outcome: "interrupted", at }))
})

const readTime = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ at: Schema.Finite })))

interface Kept {
  readonly key: string
  event: PipelineEvent
}

/** Of one attempt, in one process. */
export class EventLog {
  private pending: Array<Kept> = []
  private readonly keys = new EventKeys()
  private readonly times = new Map<string, StepRecord>()
  private lastEnd: typeof RunEnded.Type | undefined = undefined
  private readonly one: Attempt
  private readonly startedAt: number
  private readonly offset: number
  private readonly redact: Redaction.Redact
  private hasNew = false
  /** When the last event of the processes before was, in milliseconds since the run began, until this one has done something. */
  private before: number | undefined
  private hasLeft = false
  private wake: (() => void) | undefined = undefined

  /** `startedAt` is when the run began, `now` when this process took it, and `last` the last event of the processes before. */
  constructor(one: Attempt, startedAt: number, now: number, redact: Redaction.Redact, last?: string) {
    this.before = last === undefined ? undefined : Option.getOrUndefined(readTime(last))?.at
    this.one = one
    this.startedAt = startedAt
    this.offset = now - startedAt
    this.redact = redact
  }

  readonly listen = (event: PipelineEvent): void => {
    if (deltas.has(event._tag) || (this.hasLeft && isInterruption(event))) return
    // The end is added by whatever ends the run: a process that parks it emits one, too.
    if (event._tag === "RunEnded") this.lastEnd = event
    else this.add(this.placed(event))
  }

  /** The run leaves this process: what is interrupted from here on goes on elsewhere. */
  leave(): void {
    this.hasLeft = true
  }

  /** A step has run, or waited, in this process: what starts from here on was not ready before. */
  goesOn(): void {
    this.before = undefined
  }

  /** The step at `path` has been answered from the journal. */
  replayed(path: ReadonlyArray<string>, record: StepRecord): void {
    const place = path.join("/")
    this.times.set(place, record)
    const started = this.pending.findLast(({ event }) => event._tag === "StepStarted" && event.path.join("/") === place)
    if (started?.event._tag === "StepStarted") {
      const { readyAt: _, waitedFor: __, ...event } = started.event
      started.event = { ...event, at: record.startedAt - this.startedAt }
    }
  }

  end(outcome: "completed" | "failed" | "interrupted", now: number): void {
    const at = now - this.startedAt
    this.add({ ...(this.lastEnd ?? endOf(this.one.id)), outcome, at })
  }

  /** Ends once there is an event that no `flush` has seen. */
  readonly added: Effect.Effect<void> = Effect.callback<void>((resume) => {
    if (this.hasNew) return resume(Effect.void)
    this.wake = () => resume(Effect.void)
    return Effect.sync(() => this.wake = undefined)
  })

  /** Writes what is pending. */
  flush(table: RunTable): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.hasNew = false
      const rows = this.pending.slice(0, 200)
      if (rows.length === 0) return Effect.void
      return Effect.andThen(
        Effect.map(this.write(table, rows), () => {
          const written = new Set(rows)
          this.pending = this.pending.filter((one) => !written.has(one))
        }),
        Effect.suspend(() => this.pending.length > 0 ? this.flush(table) : Effect.void)
      )
    })
  }

  /** An event that no row can hold is left out, and logged: the run does not depend on it. */
  private write(table: RunTable, rows: ReadonlyArray<Kept>): Effect.Effect<void> {
    const leftOut = (defect: unknown) =>
      rows.length > 1
        ? Effect.forEach(rows, (row) => this.write(table, [row]), { discard: true })
        : Effect.logWarning(`the event \`${rows[0]?.key}\` of run ${this.one.id} cannot be recorded`, defect)
    return Effect.catchDefect(
      Effect.suspend(() =>
        persist(table.addEvents(
          this.one,
          rows.map(({ event, key }) => ({
            event_key: key,
            event: JSON.stringify(this.redact(write(event)))
          }))
        ))
      ),
      leftOut
    )
  }

  private add(event: PipelineEvent): void {
    this.pending.push({ key: this.keys.next(event), event })
    this.hasNew = true
    this.wake?.()
  }

  private placed(event: PipelineEvent): PipelineEvent {
    const record = "path" in event ? this.times.get(event.path.join("/")) : undefined
    const at = record === undefined ? event.at + this.offset : record.endedAt - this.startedAt
    if (event._tag !== "StepStarted") return { ...event, at }
    if (this.before !== undefined && this.before < at) {
      return { ...event, at, readyAt: this.before, waitedFor: "worker" }
    }
    if (event.readyAt !== undefined) return { ...event, at, readyAt: event.readyAt + this.offset }
    return { ...event, at }
  }
}

const isInterruption = (event: PipelineEvent): boolean =>
  event._tag === "StepInterrupted" || (event._tag === "AgentEnded" && event.outcome === "interrupted")

/** Pieces of what a journal keeps whole. */
const deltas: ReadonlySet<string> = new Set(["TextDelta", "ReasoningDelta", "AnswerGrew"])
