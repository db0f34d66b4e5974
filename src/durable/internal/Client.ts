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
import * as Approval from "../../agent/Approval.ts"
import * as CanonicalJson from "../../agent/internal/CanonicalJson.ts"
import { uuidv7 } from "../../agent/internal/LiveRun.ts"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
import type * as Redaction from "../../internal/Redaction.ts"
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
import { type State, type Status, Wait } from "../DurableRun.ts"
import * as ChildEvents from "./ChildEvents.ts"
import * as ChildTable from "./ChildTable.ts"
import * as Ended from "./Ended.ts"
import * as KeptFailure from "./KeptFailure.ts"
import { pathOf } from "./Performer.ts"
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
const readEvent = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(PipelineEvent)))
const writeDecision = Schema.encodeSync(Schema.fromJsonString(Approval.Decision))
const finalStates: ReadonlySet<State> = new Set(["completed", "failed", "cancelled"])
/** How long the events of a cancelled run are followed for its end. Milliseconds: a worker that is dead writes none. */
const endsWithin = 10_000
const isFinal = ({ state }: Row): boolean => finalStates.has(state)

export const make = ({ lookEvery, queue, redact, signal, table }: Options): Service => {
  const { sql } = table
  const children = ChildTable.make(table)
  const failing = (operation: string) => <E>(error: E | SqlError): Exclude<E, SqlError> | DatabaseError =>
    Transaction.isSqlError(error)
      ? new DatabaseError({ reason: new QueryFailed({ operation, cause: error }) })
      : error as Exclude<E, SqlError>
  const asking = (operation: string) =>
  <A, E>(self: Effect.Effect<A, E | SqlError>): Effect.Effect<
    A,
    Exclude<E, SqlError> | DatabaseError
  > => Effect.mapError(self, failing(operation))

  const found = (id: string) =>
    Effect.filterOrFail(table.find(id), (row) => row !== undefined, () => new RunNotFound({ id }))

  const submit: Service["submit"] = Effect.fn("Durable.submit")(function*(pipeline, input, options) {
    const json = yield* Shape.readInput(pipeline, input)
    const text = CanonicalJson.stringify(redact(json))
    const digest = yield* TextDigest.of(text)
    const now = yield* Clock.currentTimeMillis
    const id = options?.id ?? uuidv7(now, yield* Random.Random)
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
          input_digest: digest,
          attributes: options?.attributes === undefined ? null : JSON.stringify(redact(options.attributes))
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

  const statusOf = (row: Row, below: ReadonlyArray<ChildTable.ChildRow>): Effect.Effect<Status, SqlError> =>
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
        waitingFor: isFinal(row) ? [] : yield* waitsOf(row, below),
        ...ending(row),
        ...(row.worker === null ? {} : { worker: row.worker }),
        ...(row.attributes === null ? {} : { attributes: JSON.parse(row.attributes) }),
        ...(row.parent === null ? {} : { parent: row.parent }),
        ...(below.length === 0
          ? {}
          : { children: below.map(({ id, place, state }) => ({ id, step: place, state })) }),
        submittedAt: DateTime.makeUnsafe(Number(row.submitted_at)),
        ...optional("startedAt", row.started_at),
        ...optional("endedAt", row.ended_at)
      }
    })

  const waitsOf = (
    row: Row,
    below: ReadonlyArray<ChildTable.ChildRow>
  ): Effect.Effect<ReadonlyArray<Wait>, SqlError> =>
    Effect.gen(function*() {
      const inside = below.length === 0 ? [] : yield* children.undecided(row.id)
      const approvals = [...yield* table.undecided(row.id), ...inside].map(({ asked_at, step, text }): Wait => (
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
      return [...approvals, ...others, ...runsOf(below), ...version, ...worker]
    })

  const childrenOf = (row: Row) => Effect.map(children.of(row.id), (rows) => rows.toSorted(byPlace))

  const ended = (id: string) =>
    Effect.gen(function*() {
      while (true) {
        const seen = signal.changes
        const row = yield* found(id)
        if (isFinal(row)) return row
        yield* signal.within(lookEvery, seen)
      }
    })

  /** The events of one run, in pages, as they were kept. */
  const pagesOf = (id: string, follow: boolean) => {
    let hasEnd = false
    return Stream.paginate(0, (after) =>
      Effect.gen(function*() {
        while (true) {
          const seen = signal.changes
          const row = yield* found(id)
          const rows = yield* table.events(id, after, 500)
          const last = rows.at(-1)
          const events = rows.map(({ event }) => readEvent(event))
          hasEnd ||= events.some(({ _tag }) => _tag === "RunEnded")
          if (last !== undefined) return [events, Option.some(Number(last.position))] as const
          // The process that runs a cancelled run writes its end a little later.
          const isLate = row.state === "cancelled" && !hasEnd &&
            (yield* Clock.currentTimeMillis) - Number(row.ended_at) < endsWithin
          if (!follow || (isFinal(row) && !isLate)) return [events, Option.none<number>()] as const
          yield* signal.within(lookEvery, seen)
        }
      }))
  }

  /** The events of one run, and those of each of its children before the end of the step that has asked for it. */
  const eventsOf = (id: string, follow: boolean): Stream.Stream<PipelineEvent, RunNotFound | SqlError> =>
    Stream.suspend(() => {
      let known: ReadonlyArray<ChildTable.ChildRow> = []
      return Stream.mapEffect(pagesOf(id, follow), (event) =>
        Effect.gen(function*() {
          if (!endsItem(event)) return Stream.succeed(event)
          const place = pathOf(event.path)
          if (!known.some((child) => child.place === place)) known = yield* children.of(id)
          const child = known.find((child) => child.place === place)
          if (child === undefined) return Stream.succeed(event)
          const row = yield* found(id)
          const { pipeline: agent, started_at } = yield* found(child.id)
          const shift = Number(started_at ?? child.submitted_at) - Number(row.started_at ?? row.submitted_at)
          return Stream.concat(
            Stream.map(eventsOf(child.id, false), (inner) =>
              ChildEvents.inside(inner, event.path, { agent, parent: id, shift })),
            Stream.succeed(event)
          )
        })).pipe(Stream.flatMap((events) => events))
    })

  const events: Service["events"] = (id, options) =>
    eventsOf(id, options?.follow === true).pipe(
      // A process numbers the events that it sees: those of all processes are numbered here.
      Stream.mapAccum(
        () => 0,
        (seq, event): readonly [number, ReadonlyArray<PipelineEvent>] => [seq + 1, [{ ...event, seq }]]
      ),
      Stream.mapError(failing("reading the events of a run"))
    )

  /** Decides a question of the run, or of a child at whose place the step is. */
  const decide = (id: string, step: string, decision: string, now: number): Effect.Effect<boolean, SqlError> =>
    Effect.gen(function*() {
      if (yield* table.decide(id, step, decision, now)) return true
      for (const child of yield* children.of(id)) {
        if (!step.startsWith(`${child.place}/`)) continue
        if (yield* decide(child.id, step.slice(child.place.length + 1), decision, now)) return true
      }
      return false
    })

  return {
    submit,
    status: Effect.fn("Durable.status")(
      function*(id) {
        const row = yield* found(id)
        return yield* statusOf(row, yield* childrenOf(row))
      },
      asking("reading a run")
    ),
    result: Effect.fn("Durable.result")(function*(id, pipeline) {
      const row = yield* ended(id)
      if (row.state === "cancelled") return yield* new Cancelled({ id })
      if (row.result === null) return yield* new ResultExpired({ id })
      const { exit, metadata, origins = [] } = Ended.fromText(row.result)
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
        status: yield* statusOf(row, yield* childrenOf(row)),
        input: JSON.parse(row.input),
        ...(row.result === null ? {} : { metadata: Ended.fromText(row.result).metadata }),
        events: yield* Stream.runCollect(events(id))
      }
    }, asking("reading the record of a run")),
    approve: Effect.fn("Durable.approve")(function*(id, step, decision) {
      yield* found(id)
      const text = writeDecision(redact(decision))
      const now = yield* Clock.currentTimeMillis
      if (yield* decide(id, step, text, now)) return signal.send()
      const waiting = [...yield* table.undecided(id), ...yield* children.undecided(id)].map(({ step }) => step)
      return yield* new NotWaiting({ id, step, waiting })
    }, asking("deciding an approval")),
    cancel: Effect.fn("Durable.cancel")(function*(id) {
      yield* found(id)
      if (yield* children.cancel(id, yield* Clock.currentTimeMillis)) signal.send()
    }, asking("cancelling a run")),
    retry: Effect.fn("Durable.retry")(function*(id, options) {
      const row = yield* found(id)
      const known = Shape.steps(row.shape)
      if (options?.from !== undefined && !known.includes(options.from)) {
        return yield* new StepNotFound({ id, step: options.from, steps: known })
      }
      const input = options?.input === undefined ? undefined : yield* Effect.gen(function*() {
        const text = CanonicalJson.stringify(
          redact(yield* Shape.readInput(options.input!.pipeline, options.input!.value))
        )
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
      function*({ before, idPrefix, key, limit = 20, parent, pipeline, state } = {}) {
        const rows = yield* table.list([
          parent === undefined ? sql`parent IS NULL` : sql`parent = ${parent}`,
          ...(state === undefined ? [] : [sql`state = ${state}`]),
          ...(key === undefined ? [] : [sql`run_key = ${key}`]),
          ...(pipeline === undefined ? [] : [sql`pipeline = ${pipeline}`]),
          ...(before === undefined ? [] : [sql`id < ${before}`]),
          ...(idPrefix === undefined ? [] : [sql`substr(id, 1, ${idPrefix.length}) = ${idPrefix}`])
        ], limit)
        const statuses = yield* Effect.forEach(
          rows,
          (row) => Effect.flatMap(isFinal(row) ? Effect.succeed([]) : childrenOf(row), (below) => statusOf(row, below))
        )
        return statuses.map((status) => Struct.omit(status, ["value", "children"]))
      },
      asking("listing runs")
    )
  }
}

/** How a run ended, as its status says it. */
const ending = ({ result, state }: Row): Pick<Status, "failure" | "value"> => {
  if (result === null || (state !== "completed" && state !== "failed")) return {}
  const { exit, failure } = Ended.fromText(result)
  if (state === "failed") return failure === undefined ? {} : { failure }
  return isAnswer(exit) ? { value: exit.value } : {}
}

const isAnswer = Schema.is(Schema.TaggedStruct("Success", { value: Schema.Json }))

/** What a run waits for of its children, a step each. */
const runsOf = (below: ReadonlyArray<ChildTable.ChildRow>): ReadonlyArray<Wait> => {
  const open = new Map<string, number>()
  for (const { place, state } of below) {
    if (finalStates.has(state)) continue
    const step = place.slice(0, place.lastIndexOf("/"))
    open.set(step, (open.get(step) ?? 0) + 1)
  }
  return Array.from(open, ([step, open]) => ({ for: "runs", step, open }))
}

/** Items in the order of their list. */
const byPlace = (a: ChildTable.ChildRow, b: ChildTable.ChildRow): number => collator.compare(a.place, b.place)
const collator = new Intl.Collator("en", { numeric: true })

const endsItem = (event: PipelineEvent): event is Extract<PipelineEvent, { readonly path: ReadonlyArray<string> }> =>
  event._tag === "StepFinished" || event._tag === "StepFailed" || event._tag === "StepInterrupted"
