/**
 * What became of every run: kept in the database, the newest ones only.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as Run from "../agent/Run.ts"
import { DatabaseError, QueryFailed } from "../database/DatabaseError.ts"
import * as Migrations from "../database/Migrations.ts"
import { StepReport } from "../pipeline/PipelineReport.ts"
import * as RunHistoryTable from "./internal/RunHistoryTable.ts"

/**
 * How a run ended: `completed` with all of its steps, `incomplete` with an answer though steps have failed, `failed`
 * without an answer, `rejected` for an input that cannot be read, `denied` by a policy, `interrupted` by its caller or by
 * the end of the orchestrator.
 *
 * @category models
 */
export const Outcome = Schema.Literals(["completed", "incomplete", "failed", "rejected", "denied", "interrupted"])
/** @category models */
export type Outcome = typeof Outcome.Type

/** One thing that went wrong, in the step of that name or in the run as a whole. @category models */
export const Failure = Schema.Struct({
  step: Schema.optionalKey(Schema.String),
  _tag: Schema.String,
  message: Schema.String
})
/** @category models */
export type Failure = typeof Failure.Type

/**
 * One run. `id` is that of the run everywhere else. `input` and `output` are JSON by the schemas of the agent, with
 * secrets masked; an input that cannot be read is not kept. `durationMs` includes the time that it waited for its turn.
 *
 * @category models
 */
export const Entry = Schema.Struct({
  id: Schema.String,
  workflow: Schema.String,
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
 * Which runs are wanted: the newest first, at most `limit` (20, unless said otherwise), before the one of id `before`.
 *
 * @category models
 */
export interface Query {
  readonly workflow?: string
  readonly outcome?: Outcome
  readonly before?: string
  readonly limit?: number
}

/**
 * @category services
 */
export class History extends Context.Service<History, {
  /** When this has ended, the entry stands. What is added at the same moment is kept in one transaction. */
  readonly add: (entry: Entry) => Effect.Effect<void, DatabaseError>
  /** By its id, or the last 12 characters of it. */
  readonly find: (id: string) => Effect.Effect<Option.Option<Entry>, DatabaseError>
  readonly list: (query?: Query) => Effect.Effect<ReadonlyArray<Entry>, DatabaseError>
}>()("greenlang/orchestrator/History") {
  /**
   * Keeps the newest `keep` runs (default: 10,000) in the database, which several processes may share. Makes its table
   * where it is missing. Throws when `keep` is not a whole number of one or more.
   */
  static readonly layer = (
    options?: { readonly keep?: number }
  ): Layer.Layer<History, DatabaseError, SqlClient.SqlClient> => {
    const keep = options?.keep ?? 10_000
    if (!Number.isInteger(keep) || keep < 1) {
      throw new InvalidDefinition({
        subject: "History",
        problem: `keep is ${keep}`,
        expected: "a whole number of at least 1"
      })
    }
    return Layer.effect(
      History,
      Effect.andThen(
        Migrations.run(RunHistoryTable.migrations),
        Effect.map(SqlClient.SqlClient, (sql) => make(sql, keep))
      )
    )
  }
}

const decode = Schema.decodeUnknownEffect(Schema.Array(Schema.fromJsonString(Entry)))
const encode = Schema.encodeEffect(Schema.fromJsonString(Entry))

const make = (sql: SqlClient.SqlClient, keep: number): History["Service"] => {
  const oldest = sql`SELECT id FROM run_history ORDER BY id DESC LIMIT 1 OFFSET ${keep - 1}`
  const read = (where: Statement.Fragment, limit: number) =>
    sql<{ readonly record: string }>`SELECT record FROM run_history WHERE ${where} ORDER BY id DESC LIMIT ${limit}`
      .pipe(
        Effect.flatMap((rows) => decode(rows.map(({ record }) => record)))
      )
  const write = (rows: Arr.NonEmptyReadonlyArray<Row>) =>
    sql.withTransaction(Effect.andThen(
      sql`INSERT INTO run_history ${sql.insert(rows)}`,
      sql`DELETE FROM run_history WHERE id < (${oldest})`
    ))
  const writeInTurn = inTurn(write)
  return {
    add: Effect.fn("History.add")(
      function*(entry) {
        const record = yield* encode(entry)
        const { id, outcome, startedAt, workflow } = entry
        const row = { id, workflow, outcome, started_at: new Date(startedAt.epochMilliseconds).toISOString(), record }
        // in a transaction of its caller it stands or falls with that, alone
        const around = yield* Effect.serviceOption(sql.transactionService)
        yield* Option.isSome(around) ? write([row]) : writeInTurn(row)
      },
      Effect.mapError(failed("keeping a run in the history"))
    ),
    find: Effect.fn("History.find")(
      function*(id) {
        const [found] = yield* read(/^[0-9a-f]{12}$/.test(id) ? sql`id LIKE ${`%-${id}`}` : sql`id = ${id}`, 1)
        return Option.fromUndefinedOr(found)
      },
      Effect.mapError(failed("reading the history"))
    ),
    list: Effect.fn("History.list")(
      function*({ before, limit = 20, outcome, workflow } = {}) {
        return yield* read(
          sql.and([
            sql`1 = 1`,
            ...(workflow === undefined ? [] : [sql`workflow = ${workflow}`]),
            ...(outcome === undefined ? [] : [sql`outcome = ${outcome}`]),
            ...(before === undefined ? [] : [sql`id < ${before}`])
          ]),
          limit
        )
      },
      Effect.mapError(failed("reading the history"))
    )
  }
}

type Row = Readonly<Record<"id" | "workflow" | "outcome" | "started_at" | "record", string>>

/** Databases take so many parameters at most. */
const mostRows = 500

/**
 * Rows that come while others are being written wait for those, and are then written together: whoever has its turn writes
 * for all who wait. Where that fails, each is written alone, and fails alone.
 */
const inTurn = <A, E>(write: (rows: Arr.NonEmptyReadonlyArray<Row>) => Effect.Effect<A, E>) => {
  interface Waiting {
    readonly row: Row
    written: Exit.Exit<unknown, E> | undefined
  }
  const turn = Semaphore.makeUnsafe(1)
  const waiting: Array<Waiting> = []
  const alone = (one: Waiting) => Effect.map(Effect.exit(write([one.row])), (exit) => one.written = exit)
  const together = Effect.suspend(() => {
    const all = waiting.splice(0, mostRows)
    const rows = all.map(({ row }) => row)
    if (!Arr.isArrayNonEmpty(rows)) return Effect.void
    return Effect.flatMap(Effect.exit(write(rows)), (exit) => {
      if (Exit.isFailure(exit) && all.length > 1) return Effect.forEach(all, alone)
      return Effect.sync(() => all.forEach((one) => one.written = exit))
    })
  })
  return Effect.fnUntraced(function*(row: Row) {
    const mine: Waiting = { row, written: undefined }
    waiting.push(mine)
    // those who end at the same moment come in while the first of them yields
    const writing = Effect.andThen(
      Effect.yieldNow,
      Effect.whileLoop({
        while: () => mine.written === undefined,
        body: () => together,
        step: () => {}
      })
    )
    yield* turn.withPermit(Effect.suspend(() => mine.written === undefined ? writing : Effect.void))
    return yield* mine.written!
  }, Effect.uninterruptible)
}

const failed = (operation: string) => (cause: unknown) =>
  new DatabaseError({ reason: new QueryFailed({ operation, cause }) })
