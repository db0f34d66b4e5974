/**
 * The operations on durable runs: statements to the database, whichever process makes them. Workers see what they wrote.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import * as Struct from "effect/Struct"
import type * as Approval from "../../agent/Approval.ts"
import * as CanonicalJson from "../../agent/internal/CanonicalJson.ts"
import { uuidv7 } from "../../agent/internal/LiveRun.ts"
import { DatabaseError, QueryFailed } from "../../database/DatabaseError.ts"
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
  type RunNotFound,
  StepNotFound,
  WrongPipeline
} from "../DurableError.ts"
import { isFinal } from "../DurableRun.ts"
import * as ApprovalTable from "./ApprovalTable.ts"
import * as Arguments from "./Arguments.ts"
import * as ChildEvents from "./ChildEvents.ts"
import * as ChildTable from "./ChildTable.ts"
import * as Ended from "./Ended.ts"
import * as JsonText from "./JsonText.ts"
import * as KeptFailure from "./KeptFailure.ts"
import { OpenSteps } from "./OpenSteps.ts"
import * as RunStatus from "./RunStatus.ts"
import type { Row, RunTable } from "./RunTable.ts"
import type { Service } from "./Service.ts"
import * as Shape from "./Shape.ts"
import type { Signal } from "./Signal.ts"
import * as StepPath from "./StepPath.ts"
import * as StepRecord from "./StepRecord.ts"
import * as TextDigest from "./TextDigest.ts"
import * as Transaction from "./Transaction.ts"

/** What the operations need of the worker, or of the process without one. */
export interface Options {
  readonly table: RunTable
  readonly signal: Signal
  readonly redact: Redaction.Redact
  /** The most runs that may be queued. */
  readonly queue: number
  /** How often what waits for a run looks, in milliseconds. */
  readonly lookEvery: number
}

const readEvent = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(PipelineEvent)))
const writeDecision = Schema.encodeSync(ApprovalTable.DecisionText)
/** How long the events of a cancelled run are followed for its end. Milliseconds: a worker that is dead writes none. */
const endsWithin = 10_000

/** The service `Durable` over the tables. */
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

  const { childrenOf, found, statusOf } = RunStatus.make(table, children)

  const submit: Service["submit"] = Effect.fn("Durable.submit")(function*(given, input, stated) {
    const pipeline = yield* Arguments.pipeline("Durable.submit", given)
    const options = yield* Arguments.submitOptions(stated ?? {})
    // Hidden, it could be the key of another run.
    if (options.key !== undefined && redact(options.key) !== options.key) return yield* Arguments.secretKey
    const json = redact(yield* Shape.readInput(pipeline, input))
    const text = JsonText.stringify(json)
    const digest = yield* TextDigest.of(CanonicalJson.stringify(yield* Shape.sameInput(pipeline, json)))
    const now = yield* Clock.currentTimeMillis
    const id = options.id ?? uuidv7(now, yield* Random.Random)
    const key = options.key ?? id
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
          attributes: options.attributes === undefined ? null : JSON.stringify(redact(options.attributes))
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

  const ended = (id: string) =>
    Effect.gen(function*() {
      while (true) {
        const seen = signal.changes
        // The whole row holds an input of any size.
        const state = yield* table.state(id)
        const row = state === undefined || isFinal(state) ? yield* found(id) : undefined
        if (row !== undefined && isFinal(row.state)) return row
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
          const events = yield* RunStatus.reading(id, () => rows.map(({ event }) => readEvent(event)))
          hasEnd ||= events.some(({ _tag }) => _tag === "RunEnded")
          if (last !== undefined) return [events, Option.some(Number(last.position))] as const
          // The process that runs a cancelled run writes its end a little later.
          const late = row.state === "cancelled" && !hasEnd
            ? Number(row.ended_at) + endsWithin - (yield* Clock.currentTimeMillis)
            : 0
          if (!follow || (isFinal(row.state) && late <= 0)) return [events, Option.none<number>()] as const
          yield* signal.within(late > 0 ? Math.min(lookEvery, late) : lookEvery, seen)
        }
      }))
  }

  /** The events of one run, and those of each of its children before the end of the step that has asked for it. */
  const eventsOf = (
    id: string,
    follow: boolean
  ): Stream.Stream<PipelineEvent, RunNotFound | DatabaseError | SqlError> =>
    Stream.suspend(() => {
      let known: ReadonlyArray<ChildTable.ChildRow> = []
      const open = new OpenSteps()
      const whole = Stream.flatMap(pagesOf(id, follow), (event) => Stream.fromIterable(open.next(event)))
      return Stream.mapEffect(whole, (event) =>
        Effect.gen(function*() {
          if (!endsItem(event)) return Stream.succeed(event)
          const place = StepPath.of(event.path)
          if (!known.some((child) => child.place === place)) known = yield* children.of(id)
          const child = known.find((child) => child.place === place)
          if (child === undefined) return Stream.succeed(event)
          const row = yield* found(id)
          const { pipeline: agent, started_at, state } = yield* found(child.id)
          const shift = Number(started_at ?? child.submitted_at) - Number(row.started_at ?? row.submitted_at)
          return Stream.concat(
            Stream.map(
              // One that was stopped writes its end a little later.
              eventsOf(child.id, state === "cancelled"),
              (inner) => ChildEvents.inside(inner, event.path, { agent, parent: id, shift })
            ),
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
      if (yield* table.approvals.decide(id, step, decision, now)) return true
      for (const child of yield* children.of(id)) {
        if (!step.startsWith(`${child.place}/`)) continue
        if (yield* decide(child.id, step.slice(child.place.length + 1), decision, now)) return true
      }
      return false
    })

  /** The latest decision of a step of the run, or of a child at whose place the step is. */
  const decided = (id: string, step: string): Effect.Effect<Option.Option<Approval.Decision>, SqlError> =>
    Effect.gen(function*() {
      const own = yield* table.approvals.latest(id, step)
      if (Option.isSome(own)) return own
      for (const child of yield* children.of(id)) {
        if (!step.startsWith(`${child.place}/`)) continue
        const inside = yield* decided(child.id, step.slice(child.place.length + 1))
        if (Option.isSome(inside)) return inside
      }
      return Option.none()
    })

  const wrong = ({ id, pipeline, version }: Row, given: Pipeline.Any) =>
    new WrongPipeline({ id, pipeline, version, given: given.name, givenVersion: given.version })

  return {
    submit,
    status: Effect.fn("Durable.status")(
      function*(id) {
        const row = yield* found(id)
        return yield* statusOf(row, yield* childrenOf(row))
      },
      asking("reading a run")
    ),
    result: Effect.fn("Durable.result")(function*(id, given) {
      const pipeline = yield* Arguments.pipeline("Durable.result", given)
      const begun = yield* found(id)
      if (begun.pipeline !== pipeline.name) return yield* wrong(begun, pipeline)
      const row = yield* ended(id)
      if (row.state === "cancelled") return yield* new Cancelled({ id })
      if (row.result === null) return yield* new ResultExpired({ id })
      const text = row.result
      const { exit, metadata, origins = [] } = yield* RunStatus.reading(id, () => Ended.fromText(text))
      const codec = StepRecord.exitCodec(pipeline.output, KeptFailure.schemaOf(pipeline))
      // Another version reads what it can.
      const kept = yield* row.version === pipeline.version
        ? RunStatus.readingBy(id, codec.decode(exit))
        : Effect.mapError(codec.decode(exit), () => wrong(row, pipeline))
      if (Exit.isSuccess(kept)) return { value: kept.value, metadata }
      return yield* Effect.failCause(StepDied.restored(kept.cause, pipeline.name, origins))
    }, asking("reading the result of a run")),
    events,
    record: Effect.fn("Durable.record")(function*(id) {
      const row = yield* found(id)
      if (!isFinal(row.state)) return yield* new NotEnded({ id, state: row.state })
      if (row.input === null) return yield* new ResultExpired({ id })
      const { input, result } = row
      const kept = yield* RunStatus.reading(id, () => ({
        input: JSON.parse(input),
        ...(result === null ? {} : { metadata: Ended.fromText(result).metadata })
      }))
      return {
        status: yield* statusOf(row, yield* childrenOf(row)),
        ...kept,
        events: yield* Stream.runCollect(events(id))
      }
    }, asking("reading the record of a run")),
    approve: Effect.fn("Durable.approve")(function*(id, stated, given) {
      const { decision, step } = yield* Arguments.approved({ step: stated, decision: given })
      const { state } = yield* found(id)
      const text = writeDecision(redact(decision))
      const now = yield* Clock.currentTimeMillis
      if (yield* decide(id, step, text, now)) return signal.send()
      const asked = isFinal(state) ? [] : [...yield* table.approvals.undecided(id), ...yield* children.undecided(id)]
      const before = yield* decided(id, step)
      return yield* new NotWaiting({
        id,
        step,
        state,
        waiting: asked.map(({ step }) => step),
        ...(Option.isSome(before) ? { decided: before.value } : {})
      })
    }, asking("deciding an approval")),
    cancel: Effect.fn("Durable.cancel")(function*(id) {
      yield* found(id)
      if (yield* children.cancel(id, yield* Clock.currentTimeMillis)) signal.send()
    }, asking("cancelling a run")),
    retry: Effect.fn("Durable.retry")(function*(id, stated) {
      const options = yield* Arguments.retryOptions(stated ?? {})
      const row = yield* found(id)
      const given = options.input && (yield* Arguments.pipeline("Durable.retry", options.input.pipeline))
      if (given !== undefined && (given.name !== row.pipeline || given.version !== row.version)) {
        return yield* wrong(row, given)
      }
      const known = yield* RunStatus.reading(id, () => Shape.steps(row.shape))
      if (options.from !== undefined && !known.includes(options.from)) {
        return yield* new StepNotFound({ id, step: options.from, steps: known })
      }
      const input = given && JsonText.stringify(redact(yield* Shape.readInput(given, options.input?.value)))
      const paths = options.from !== undefined
        ? Shape.dependents(row.shape, options.from).map((name) => StepPath.of([name]))
        : input === undefined
        ? []
        : "all"
      if (!(yield* table.again(id, paths, input))) return yield* new NotRetriable({ id, state: row.state })
      signal.send()
    }, asking("retrying a run")),
    runs: Effect.fn("Durable.runs")(
      function*(given) {
        const { before, idPrefix, key, limit = 20, parent, pipeline, state } = yield* Arguments.query(given ?? {})
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
          (row) =>
            Effect.flatMap(isFinal(row.state) ? Effect.succeed([]) : childrenOf(row), (below) => statusOf(row, below))
              .pipe(
                Effect.map((status) => [Struct.omit(status, ["value", "children"])]),
                // The others are listed all the same.
                Effect.catchTag(
                  "DatabaseError",
                  (error) => Effect.as(Effect.logWarning("a durable run is left out of the list", error), [])
                )
              )
        )
        return statuses.flat()
      },
      asking("listing runs")
    )
  }
}

const endsItem = (event: PipelineEvent): event is Extract<PipelineEvent, { readonly path: ReadonlyArray<string> }> =>
  event._tag === "StepFinished" || event._tag === "StepFailed" || event._tag === "StepInterrupted"
