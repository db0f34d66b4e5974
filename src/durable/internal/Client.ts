/**
 * The operations on durable runs: statements to the database, whichever process makes them. Workers see what they wrote.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import { InvalidInput } from "../../agent/AgentError.ts"
import * as Approval from "../../agent/Approval.ts"
import { uuidv7 } from "../../agent/internal/LiveRun.ts"
import * as Issue from "../../agent/Issue.ts"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import * as CanonicalJson from "../../internal/CanonicalJson.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import type * as Pipeline from "../../pipeline/Pipeline.ts"
import { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import * as StepDied from "../../pipeline/StepDied.ts"
import {
  Cancelled,
  KeyConflict,
  NotEnded,
  NotRetriable,
  NotWaiting,
  QueueFull,
  ResultExpired,
  RunNotFound,
  StepNotFound
} from "../DurableError.ts"
import { type Status, Wait } from "../DurableRun.ts"
import * as KeptFailure from "./KeptFailure.ts"
import { pathOf } from "./Performer.ts"
import * as RunBody from "./RunBody.ts"
import { type Row, type RunTable, tag } from "./RunTable.ts"
import type { Service } from "./Service.ts"
import * as Shape from "./Shape.ts"
import type { Signal } from "./Signal.ts"
import * as StepRecord from "./StepRecord.ts"
import * as TextDigest from "./TextDigest.ts"
import * as Transaction from "./Transaction.ts"

export interface Options {
  readonly table: RunTable
  readonly signal: Signal
  readonly redact: Redaction.Redact
  /** The most runs that may be queued. */
  readonly queue: number
  /** How often what waits for a run looks, in milliseconds. */
  readonly lookEvery: number
}

const readWaits = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Array(Wait)))
const readEnded = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(RunBody.Ended)))
const readEvent = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(PipelineEvent)))
const writeDecision = Schema.encodeSync(Schema.fromJsonString(Approval.Decision))
const isFinal = ({ state }: Row): boolean => state === "completed" || state === "failed" || state === "cancelled"

export const make = ({ lookEvery, queue, redact, signal, table }: Options): Service => {
  const { sql } = table
  const asking = (operation: string) =>
  <A, E>(self: Effect.Effect<A, E | SqlError>): Effect.Effect<
    A,
    Exclude<E, SqlError> | DatabaseError
  > =>
    Effect.mapError(self, (error) =>
      Transaction.isSqlError(error)
        ? new DatabaseError({ reason: new QueryFailed({ operation, cause: error }) })
        : error as Exclude<E, SqlError>)

  const found = (id: string) =>
    Effect.filterOrFail(table.find(id), (row) => row !== undefined, () => new RunNotFound({ id }))

  const submit: Service["submit"] = Effect.fn("Durable.submit")(function*(pipeline, input, options) {
    const json = yield* readInput(pipeline, input)
    const text = CanonicalJson.stringify(redact(json))
    const digest = yield* TextDigest.of(text)
    const now = yield* Clock.currentTimeMillis
    const id = uuidv7(now, yield* Random.Random)
    const key = options?.key ?? id
    const { name, version } = pipeline
    const accepted = yield* Transaction.run(
      sql,
      Effect.gen(function*() {
        const known = yield* table.findKey(name, key)
        if (known !== undefined) return known
        const waiting = yield* table.countQueued
        if (waiting >= queue) return yield* new QueueFull({ waiting, limit: queue })
        const row = {
          id,
          pipeline: name,
          version,
          shape: Shape.text(pipeline),
          run_key: key,
          input: text,
          input_digest: digest
        }
        // Another process may have submitted the same key at the same moment.
        return (yield* table.insert(row, now)) ? undefined : yield* table.findKey(name, key)
      })
    )
    if (accepted === undefined) {
      signal.send()
      return id
    }
    if (accepted.input_digest !== digest) return yield* new KeyConflict({ pipeline: name, key, id: accepted.id })
    return accepted.id
  }, asking("submitting a run"))

  const statusOf = (row: Row): Effect.Effect<Status, SqlError> =>
    Effect.gen(function*() {
      const optional = (name: "startedAt" | "endedAt", millis: number | string | null) =>
        millis === null ? {} : { [name]: DateTime.makeUnsafe(Number(millis)) }
      return {
        id: row.id,
        pipeline: row.pipeline,
        version: row.version,
        key: row.run_key,
        state: row.state,
        attempt: Number(row.attempt),
        steps: yield* table.countSteps(row.id),
        waitingFor: isFinal(row) ? [] : yield* waitsOf(row),
        ...ending(row),
        ...(row.worker === null ? {} : { worker: row.worker }),
        submittedAt: DateTime.makeUnsafe(Number(row.submitted_at)),
        ...optional("startedAt", row.started_at),
        ...optional("endedAt", row.ended_at)
      }
    })

  const waitsOf = (row: Row): Effect.Effect<ReadonlyArray<Wait>, SqlError> =>
    Effect.gen(function*() {
      const approvals = (yield* table.undecided(row.id)).map(({ asked_at, step, text }): Wait => (
        { for: "approval", step, text, since: DateTime.makeUnsafe(Number(asked_at)) }
      ))
      const others: ReadonlyArray<Wait> = row.waiting_for === null ? [] : readWaits(row.waiting_for)
      const version: ReadonlyArray<Wait> = row.blocked === null ? [] : [{ for: "version", difference: row.blocked }]
      const workers = yield* table.workers(yield* Clock.currentTimeMillis)
      const isServed = workers.some(({ pipelines }) =>
        (JSON.parse(pipelines) as ReadonlyArray<string>).includes(tag({ name: row.pipeline, version: row.version }))
      )
      const worker: ReadonlyArray<Wait> = !isServed
        ? [{ for: "worker", pipeline: row.pipeline, version: row.version }]
        : row.state === "queued"
        ? [{ for: "turn" }]
        : []
      return [...approvals, ...others, ...version, ...worker]
    })

  const ended = (id: string) =>
    Effect.gen(function*() {
      while (true) {
        const seen = signal.changes
        const row = yield* found(id)
        if (isFinal(row)) return row
        yield* signal.within(lookEvery, seen)
      }
    })

  const events: Service["events"] = (id, options) =>
    Stream.paginate({ after: 0, seq: 0 }, ({ after, seq }) =>
      Effect.gen(function*() {
        while (true) {
          const seen = signal.changes
          const row = yield* found(id)
          const rows = yield* table.events(id, after, 500)
          const last = rows.at(-1)
          // A process numbers the events that it sees: those of all processes are numbered here.
          const events = rows.map(({ event }, at): PipelineEvent => ({ ...readEvent(event), seq: seq + at }))
          const next = { after: Number(last?.position ?? after), seq: seq + rows.length }
          if (last !== undefined) return [events, Option.some(next)] as const
          if (options?.follow !== true || isFinal(row)) return [events, Option.none<typeof next>()] as const
          yield* signal.within(lookEvery, seen)
        }
      }).pipe(asking("reading the events of a run")))

  return {
    submit,
    status: Effect.fn("Durable.status")(
      function*(id) {
        return yield* statusOf(yield* found(id))
      },
      asking("reading a run")
    ),
    result: Effect.fn("Durable.result")(function*(id, pipeline) {
      const row = yield* ended(id)
      if (row.state === "cancelled") return yield* new Cancelled({ id })
      if (row.result === null) return yield* new ResultExpired({ id })
      const { exit, metadata, origins = [] } = readEnded(row.result)
      const codec = StepRecord.exitCodec(pipeline.output, KeptFailure.schemaOf(pipeline))
      const kept = yield* Effect.orDie(codec.decode(exit))
      if (Exit.isSuccess(kept)) return { value: kept.value, metadata }
      return yield* Effect.failCause(StepDied.restored(kept.cause, pipeline.name, origins))
    }, asking("reading the result of a run")),
    events,
    record: Effect.fn("Durable.record")(function*(id) {
      const row = yield* found(id)
      if (!isFinal(row)) return yield* new NotEnded({ id, state: row.state })
      if (row.input === null) return yield* new ResultExpired({ id })
      return {
        status: yield* statusOf(row),
        input: JSON.parse(row.input),
        ...(row.result === null ? {} : { metadata: readEnded(row.result).metadata }),
        events: yield* Stream.runCollect(events(id))
      }
    }, asking("reading the record of a run")),
    approve: Effect.fn("Durable.approve")(function*(id, step, decision) {
      yield* found(id)
      const text = writeDecision(redact(decision))
      if (yield* table.decide(id, step, text, yield* Clock.currentTimeMillis)) return signal.send()
      const waiting = (yield* table.undecided(id)).map(({ step }) => step)
      return yield* new NotWaiting({ id, step, waiting })
    }, asking("deciding an approval")),
    cancel: Effect.fn("Durable.cancel")(function*(id) {
      yield* found(id)
      if (yield* table.cancel(id, yield* Clock.currentTimeMillis)) signal.send()
    }, asking("cancelling a run")),
    retry: Effect.fn("Durable.retry")(function*(id, options) {
      const row = yield* found(id)
      const known = Shape.steps(row.shape)
      if (options?.from !== undefined && !known.includes(options.from)) {
        return yield* new StepNotFound({ id, step: options.from, steps: known })
      }
      const input = options?.input === undefined ? undefined : yield* Effect.gen(function*() {
        const text = CanonicalJson.stringify(redact(yield* readInput(options.input!.pipeline, options.input!.value)))
        return { text, digest: yield* TextDigest.of(text) }
      })
      const paths = options?.from !== undefined
        ? Shape.dependents(row.shape, options.from).map((name) => pathOf([name]))
        : input === undefined
        ? []
        : "all"
      if (!(yield* table.again(id, paths, input))) return yield* new NotRetriable({ id, state: row.state })
      signal.send()
    }, asking("retrying a run")),
    runs: Effect.fn("Durable.runs")(
      function*({ before, idPrefix, limit = 20, pipeline, state } = {}) {
        const rows = yield* table.list([
          ...(state === undefined ? [] : [sql`state = ${state}`]),
          ...(pipeline === undefined ? [] : [sql`pipeline = ${pipeline}`]),
          ...(before === undefined ? [] : [sql`id < ${before}`]),
          ...(idPrefix === undefined ? [] : [sql`substr(id, 1, ${idPrefix.length}) = ${idPrefix}`])
        ], limit)
        const statuses = yield* Effect.forEach(rows, statusOf)
        return statuses.map((status) => Struct.omit(status, ["value"]))
      },
      asking("listing runs")
    )
  }
}

/** How a run ended, as its status says it. */
const ending = ({ result, state }: Row): Pick<Status, "failure" | "value"> => {
  if (result === null || (state !== "completed" && state !== "failed")) return {}
  const { exit, failure } = readEnded(result)
  if (state === "failed") return failure === undefined ? {} : { failure }
  return isAnswer(exit) ? { value: exit.value } : {}
}

const isAnswer = Schema.is(Schema.TaggedStruct("Success", { value: Schema.Json }))

/** The input as JSON, after the schema has read it. */
const readInput = (pipeline: Pipeline.Any, input: unknown): Effect.Effect<Schema.Json, InvalidInput> =>
  Effect.gen(function*() {
    const value = yield* Schema.decodeUnknownEffect(pipeline.input)(input, { errors: "all" })
    return (yield* Shape.inputCodec(pipeline).write(value)) as Schema.Json
  }).pipe(
    Effect.mapError(({ issue }) =>
      new InvalidInput({ agent: pipeline.name, issues: Issue.describe(pipeline.input, issue) })
    )
  )
