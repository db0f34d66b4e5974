/**
 * The history of runs: how each one ended. The database keeps the newest.
 */
import type * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SqlClient from "effect/sql/SqlClient"
import { SqlError } from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import * as Stated from "../agent/internal/Stated.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as TimeLimits from "../agent/internal/TimeLimits.ts"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Run from "../agent/Run.ts"
import { DatabaseError, NoAnswer, QueryFailed } from "../database/DatabaseError.ts"
import * as Migrations from "../database/Migrations.ts"
import * as Deadline from "../internal/Deadline.ts"
import * as Described from "../internal/Described.ts"
import * as SafeJson from "../internal/SafeJson.ts"
import { StepReport } from "../pipeline/PipelineReport.ts"
import * as RunHistoryTable from "./internal/RunHistoryTable.ts"
import * as RunHistoryWriter from "./internal/RunHistoryWriter.ts"

/**
 * How a run ended: `completed` with all of its steps, `incomplete` with an answer although steps failed, `failed` without an
 * answer, `rejected` for an input that does not match the schema, `denied` by a policy, `interrupted` by its caller or
 * because the orchestrator was closed.
 *
 * @category models
 */
export const Outcome = Schema.Literals(["completed", "incomplete", "failed", "rejected", "denied", "interrupted"])
/** @category models */
export type Outcome = typeof Outcome.Type

/** One failure, of the step of that name or of the run as a whole. @category models */
export const Failure = Schema.Struct({
  step: Schema.optionalKey(Schema.String),
  _tag: Schema.String,
  message: Schema.String
})
/** @category models */
export type Failure = typeof Failure.Type

/**
 * One run. `id` is the id of the run everywhere else. `input` and `output` are JSON by the schemas of the agent, with secrets
 * masked. They are absent where JSON cannot hold them, and where the input does not match its schema. `durationMs` includes
 * the wait for a turn.
 *
 * @category models
 */
export const Entry = Schema.Struct({
  id: Schema.String,
  agent: Schema.String,
  version: Schema.String,
  kind: Schema.Literals(["agent", "pipeline"]),
  outcome: Outcome,
  startedAt: Schema.DateTimeUtcFromString,
  durationMs: Schema.Finite,
  attributes: Schema.Record(Schema.String, Schema.String),
  input: Schema.optionalKey(Schema.Json),
  output: Schema.optionalKey(Schema.Json),
  failures: Schema.Array(Failure),
  steps: Schema.Array(StepReport),
  criticalPath: Schema.Array(Schema.String),
  usage: Run.Usage,
  citations: Schema.Array(Run.Citation),
  annotations: Schema.Record(Schema.String, Schema.Json)
})
/** @category models */
export type Entry = typeof Entry.Type

/**
 * Which runs to list: the newest first, at most `limit` (default: 20), started before the run of id `before`.
 *
 * @category models
 */
export interface Query {
  readonly agent?: string
  readonly outcome?: Outcome
  readonly before?: string
  readonly limit?: number
}

/**
 * Records runs, and reads them again.
 *
 * @category services
 */
export class History extends Context.Service<History, {
  /**
   * Ends when the run is recorded. Runs that are added at the same moment are written in one transaction. A run that is recorded
   * already, such as a durable one that was retried, is replaced.
   */
  readonly add: (entry: Entry) => Effect.Effect<void, DatabaseError>
  /** By its id, or the last 12 characters of it. Fails with `QueryFailed` where the record of the run cannot be read. */
  readonly find: (id: string) => Effect.Effect<Option.Option<Entry>, DatabaseError>
  /** A run whose record cannot be read is logged and left out. */
  readonly list: (query?: Query) => Effect.Effect<ReadonlyArray<Entry>, DatabaseError>
}>()("greenlang/orchestrator/History") {
  /**
   * Keeps the newest `keep` runs (default: 10,000) in the database, which several processes may share. Makes its table
   * where it is missing. Each operation fails with `NoAnswer` after `timeout` (default: 5 seconds). Throws
   * `InvalidDefinition` when `keep` is not a whole number of one or more, or `timeout` is not a duration.
   */
  static readonly layer = (
    options?: { readonly keep?: number; readonly timeout?: Duration.Input }
  ): Layer.Layer<History, DatabaseError, SqlClient.SqlClient> => {
    const stated = Stated.options("History", options ?? {})
    Stated.checkBounds("History", stated, { keep: "places" })
    const { keep = 10_000 } = stated
    const timeout = TimeLimits.read(stated.timeout ?? "5 seconds", "timeout of History")
    return Layer.effect(
      History,
      Effect.andThen(
        Migrations.run(RunHistoryTable.migrations),
        Effect.map(SqlClient.SqlClient, (sql) => make(sql, keep, timeout))
      )
    )
  }
}

/** Input, output and annotations stand inside of the entry. */
const mostLevels = SafeJson.mostLevels + 10

const decode = Schema.decodeUnknownEffect(SafeJson.fromText(Entry, mostLevels))
const { input: _input, output: _output, ...beside } = Entry.fields
const encodeBeside = Schema.encodeEffect(Schema.Struct(beside))

/**
 * Its values are JSON already. Their text shows how deep they are, in a tenth of the time of a walk over them. An answer that is
 * the input is written once.
 */
const encode = Effect.fnUntraced(function*({ input, output, ...entry }: Entry) {
  const encoded = yield* Effect.flatMap(shallow(entry), encodeBeside)
  const record = yield* Effect.try({
    try: () => {
      const written = input === undefined ? "" : JSON.stringify(input)
      const answer = output === undefined ? "" : output === input ? written : JSON.stringify(output)
      const values = `${written && `,"input":${written}`}${answer && `,"output":${answer}`}`
      return `${JSON.stringify(encoded).slice(0, -1)}${values}}`
    },
    catch: (cause) => new Unwritable({ cause })
  })
  return SafeJson.isDeepText(record, mostLevels) ? yield* new TooDeep({ levels: mostLevels }) : record
})

type Row = Readonly<Record<"id" | "agent" | "outcome" | "started_at" | "record", string>>

const make = (sql: SqlClient.SqlClient, keep: number, timeout: Duration.Duration): History["Service"] => {
  const within = (operation: string) => <A, E>(self: Effect.Effect<A, E>): Effect.Effect<A, DatabaseError> =>
    Deadline.beside(
      // What a program without types gives may throw when it is read: the run of which it is a record goes on.
      Effect.mapError(Effect.catchDefect(self, Effect.fail), failed(operation)),
      timeout,
      () => new DatabaseError({ reason: new NoAnswer({ operation, limit: timeout }) })
    )

  const oldest = sql`SELECT id FROM run_history ORDER BY id DESC LIMIT 1 OFFSET ${keep - 1}`
  const write = (rows: Arr.NonEmptyReadonlyArray<Row>) =>
    Effect.asVoid(sql.withTransaction(Effect.andThen(
      sql`INSERT INTO run_history ${sql.insert(rows)} ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome,
        record = excluded.record`,
      sql`DELETE FROM run_history WHERE id < (${oldest})`
    )))
  const writeInTurn = RunHistoryWriter.make<Row, SqlError | Cause.TimeoutError>({
    write,
    isOfARow: (error) => error instanceof SqlError && !silent.has(error.reason._tag),
    limit: timeout,
    late: () => new Cause.TimeoutError()
  })
  const select = (where: Statement.Fragment, limit: number) =>
    sql<Readonly<Record<"id" | "record", unknown>>>`
      SELECT id, record FROM run_history WHERE ${where} ORDER BY id DESC LIMIT ${limit}`

  return {
    add: Effect.fn("History.add")(function*(entry) {
      const record = yield* encode(entry)
      const { id, outcome, startedAt, agent } = entry
      const row = { id, agent, outcome, started_at: new Date(startedAt.epochMilliseconds).toISOString(), record }
      // in a transaction of its caller it stands or falls with that, alone
      const around = yield* Effect.serviceOption(sql.transactionService)
      yield* Option.isSome(around) ? write([row]) : writeInTurn(row)
    }, within("keeping a run in the history")),
    find: Effect.fn("History.find")(function*(id) {
      if (typeof id !== "string") return Option.none()
      const [found] = yield* select(/^[0-9a-f]{12}$/.test(id) ? sql`id LIKE ${`%-${id}`}` : sql`id = ${id}`, 1)
      return found === undefined ? Option.none() : Option.some(yield* read(found.record))
    }, within("reading the history")),
    list: Effect.fn("History.list")(function*(given) {
      const { agent, limit = 20, outcome, ...query } = checked(given ?? {})
      const entries: Array<Entry> = []
      for (let before: unknown = query.before; entries.length < limit;) {
        const missing = limit - entries.length
        const rows = yield* select(
          sql.and([
            sql`1 = 1`,
            ...(agent === undefined ? [] : [sql`agent = ${agent}`]),
            ...(outcome === undefined ? [] : [sql`outcome = ${outcome}`]),
            ...(before === undefined ? [] : [sql`id < ${before}`])
          ]),
          missing
        )
        for (const { id, record } of rows) entries.push(...yield* readable(id, record))
        if (rows.length < missing) break
        before = rows.at(-1)?.id
      }
      return entries
    }, within("reading the history"))
  }
}

/** The query, read once. Throws where a program without types asks for something else than texts. */
const checked = (given: Query): Query => {
  const query = Stated.options("History.list", given)
  Stated.checkBounds("History.list", query, { limit: "count" })
  for (const name of ["agent", "before", "outcome"] as const) {
    const text: unknown = query[name]
    if (text === undefined || typeof text === "string") continue
    throw new InvalidDefinition({
      subject: "History.list",
      problem: `${name} is ${Described.kind(text)}`,
      expected: "a text"
    })
  }
  return query
}

/** Errors of a database that does not answer, whatever is written. */
const silent = new Set(["ConnectionError", "LockTimeoutError", "StatementTimeoutError", "AuthenticationError"])

/** A run has more levels of objects and lists than a record may have. */
class TooDeep extends Schema.TaggedError<TooDeep>()("TooDeep", { levels: Schema.Int }) {
  override get message() {
    return `the run is nested more than ${this.levels} levels deep`
  }
}

/** A value of a run is a circle, or takes more letters than a text may have. */
class Unwritable extends Schema.TaggedError<Unwritable>()("Unwritable", { cause: Schema.Defect() }) {}

const shallow = <A>(part: A): Effect.Effect<A, TooDeep> =>
  SafeJson.isDeep(part, mostLevels) ? Effect.fail(new TooDeep({ levels: mostLevels })) : Effect.succeed(part)

/** A defect, as of a stack that is exhausted, is a failure of this record. */
const read = (record: unknown) => Effect.catchDefect(decode(record), Effect.fail)

const readable = (id: unknown, record: unknown): Effect.Effect<ReadonlyArray<Entry>> =>
  Effect.matchEffect(read(record), {
    onSuccess: (entry) => Effect.succeed([entry]),
    onFailure: (error) => {
      const { message } = TaggedMessage.of(error)
      return Effect.as(Effect.logWarning(`the record of the run ${id} cannot be read: ${message.slice(0, 500)}`), [])
    }
  })

const failed = (operation: string) => (cause: unknown) =>
  new DatabaseError({ reason: new QueryFailed({ operation, cause }) })
