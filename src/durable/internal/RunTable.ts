/**
 * The rows of durable runs. Whatever runs, asks or decides goes through here; the database decides what came first.
 */
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import type { State } from "../DurableRun.ts"
import * as ApprovalTable from "./ApprovalTable.ts"
import { endOfRun } from "./EventKeys.ts"
import * as KeptEvents from "./KeptEvents.ts"
import * as Transaction from "./Transaction.ts"
import * as WorkerTable from "./WorkerTable.ts"

/** A row of `durable_runs`, as both databases return it: PostgreSQL returns a BIGINT as a text. */
export interface Row {
  readonly id: string
  readonly pipeline: string
  readonly version: string
  readonly shape: string
  readonly run_key: string
  readonly input: string | null
  readonly input_digest: string
  readonly state: State
  readonly attempt: number
  readonly submitted_at: number | string
  readonly started_at: number | string | null
  readonly ended_at: number | string | null
  readonly worker: string | null
  readonly wake_at: number | string | null
  readonly waiting_for: string | null
  readonly blocked: string | null
  readonly result: string | null
  readonly swept: number
  readonly parent: string | null
  readonly place: string | null
  readonly attributes: string | null
}

/** Which run, and which attempt at it. */
export interface Attempt {
  readonly id: string
  readonly attempt: number
}

/** What a row of the journal is of. Another attempt begins without failures and limits. */
export type RecordKind = "answer" | "failure" | "failed" | "pause" | "limit" | "met"

/** A run that a worker is to start, or to go on with. */
export interface Due extends Attempt {
  readonly pipeline: string
  readonly version: string
}

/** A version of a pipeline, as it is kept in the table of workers. */
export const tag = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}@${version}`

/** The statements on the rows of runs, their steps, events and decisions. */
export const make = (sql: SqlClient.SqlClient) => {
  const find = (id: string) => Effect.map(sql<Row>`SELECT * FROM durable_runs WHERE id = ${id}`, ([row]) => row)
  const open = sql`state IN ('queued', 'running', 'waiting')`
  /** Whether a column of paths is `path` or below it. SQL counts characters, not units of UTF-16. */
  const isAtOrBelow = (column: Statement.Fragment, path: string) =>
    sql`(${column} = ${path} OR substr(${column}, 1, ${[...path].length + 1}) = ${`${path}/`})`
  const approvals = ApprovalTable.make(sql, open)
  const attemptIs = ({ attempt, id }: Attempt) => sql`id = ${id} AND attempt = ${attempt} AND ${open}`

  /** The runs `ids`, and all that are below them. */
  const below = (ids: ReadonlyArray<string>) =>
    sql<Due>`WITH RECURSIVE below AS (
      SELECT id, pipeline, version, attempt FROM durable_runs WHERE ${sql.in("id", ids)}
      UNION ALL SELECT run.id, run.pipeline, run.version, run.attempt
      FROM durable_runs run JOIN below ON run.parent = below.id) SELECT * FROM below`

  return {
    sql,
    find,

    state: (id: string) =>
      Effect.map(sql<Pick<Row, "state">>`SELECT state FROM durable_runs WHERE id = ${id}`, ([row]) => row?.state),

    open,
    attemptIs,
    isAtOrBelow,

    /** Whether the run was accepted: not where its key is taken. */
    insert: (
      row: Pick<Row, "id" | "pipeline" | "version" | "shape" | "run_key" | "input" | "input_digest" | "attributes">,
      now: number
    ) =>
      Effect.map(
        sql`INSERT INTO durable_runs ${sql.insert({ ...row, state: "queued", attempt: 1, swept: 0, submitted_at: now })}
          ON CONFLICT (pipeline, run_key) DO NOTHING RETURNING id`,
        ({ length }) => length > 0
      ),

    findKey: (pipeline: string, key: string) =>
      Effect.map(
        sql<Row>`SELECT * FROM durable_runs WHERE pipeline = ${pipeline} AND run_key = ${key}`,
        ([row]) => row
      ),

    /** Those that were submitted: a child belongs to a run that was accepted. */
    countQueued: Effect.map(
      sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM durable_runs
        WHERE state = 'queued' AND parent IS NULL`,
      ([row]) => Number(row?.n ?? 0)
    ),

    list: (where: ReadonlyArray<Statement.Fragment>, limit: number) =>
      sql<Row>`SELECT * FROM durable_runs WHERE ${sql.and([sql`1 = 1`, ...where])} ORDER BY id DESC LIMIT ${limit}`,

    /** A worker begins, or goes on. Whether the attempt has not ended meanwhile. */
    begin: (one: Attempt, worker: string, now: number) =>
      Effect.map(
        sql`UPDATE durable_runs SET state = 'running', worker = ${worker}, started_at = COALESCE(started_at, ${now}),
        wake_at = NULL, waiting_for = NULL, blocked = NULL WHERE ${attemptIs(one)} RETURNING id`,
        ({ length }) => length > 0
      ),

    /**
     * No worker holds the run until `wakeAt`, or until it is decided: at once where it was decided since it began. Whether the
     * attempt has not ended meanwhile.
     */
    park: (one: Attempt, wakeAt: number | undefined, waitingFor: string) => {
      const earliest = wakeAt === undefined
        ? sql``
        : sql`wake_at = CASE WHEN wake_at < ${wakeAt} THEN wake_at ELSE ${wakeAt} END,`
      return Effect.map(
        sql`UPDATE durable_runs SET state = 'waiting', ${earliest} waiting_for = ${waitingFor}
          WHERE ${attemptIs(one)} RETURNING id`,
        ({ length }) => length > 0
      )
    },

    /** Leaves `wake_at`: another question may have been decided meanwhile. */
    unpark: (one: Attempt) =>
      sql`UPDATE durable_runs SET state = 'running', waiting_for = NULL WHERE ${attemptIs(one)}`,

    block: (one: Attempt, difference: string) =>
      sql`UPDATE durable_runs SET state = 'waiting', wake_at = NULL, waiting_for = NULL, blocked = ${difference}
        WHERE ${attemptIs(one)}`,

    /** The end of an attempt. Does nothing where the run has ended otherwise. */
    end: (one: Attempt, state: State, result: string, now: number) =>
      sql`UPDATE durable_runs SET state = ${state}, result = ${result}, ended_at = ${now}, wake_at = NULL,
        waiting_for = NULL, blocked = NULL WHERE ${attemptIs(one)}`,

    /** Those of `ids` that were cancelled, or that another worker has taken further. */
    cancelled: (ids: ReadonlyArray<string>) =>
      sql<{ readonly id: string }>`SELECT id FROM durable_runs WHERE ${sql.in("id", ids)} AND state = 'cancelled'`,

    /** Takes up to `most` queued runs for `worker`, the oldest first. */
    take: (worker: string, tags: ReadonlyArray<string>, most: number) => {
      const locked = sql.onDialectOrElse({ pg: () => sql`FOR UPDATE SKIP LOCKED`, orElse: () => sql`` })
      // As a subquery of the update it would run once for each row there, and take more.
      return sql<Due>`WITH oldest AS MATERIALIZED (
        SELECT id FROM durable_runs WHERE state = 'queued' AND pipeline || '@' || version IN ${sql.in(tags)}
        ORDER BY id LIMIT ${most} ${locked})
        UPDATE durable_runs SET state = 'running', worker = ${worker}
        WHERE state = 'queued' AND id IN (SELECT id FROM oldest) RETURNING id, pipeline, version, attempt`
    },

    /** Parked runs whose time has come, or that were decided. */
    dueToWake: (now: number) =>
      sql<Due>`SELECT id, pipeline, version, attempt FROM durable_runs
        WHERE wake_at <= ${now} AND state = 'waiting' ORDER BY wake_at LIMIT 500`,

    /** When the next parked run goes on. Unix milliseconds. */
    nextWake: Effect.map(
      sql<{ readonly at: number | string | null }>`SELECT min(wake_at) AS at FROM durable_runs WHERE state = 'waiting'`,
      ([row]) => row?.at === undefined || row.at === null ? Infinity : Number(row.at)
    ),

    /** Runs that no worker may run, though one has a pipeline of their shape. */
    unblocked: (pipeline: string, version: string, shape: string) =>
      sql<Due>`SELECT id, pipeline, version, attempt FROM durable_runs WHERE state = 'waiting' AND blocked IS NOT NULL
        AND pipeline = ${pipeline} AND version = ${version} AND shape = ${shape} LIMIT 500`,

    /** Running, though the worker that ran them is dead, or is `worker` and does not run them. */
    stranded: (worker: string, now: number) =>
      sql<Due & { readonly worker: string }>`SELECT id, pipeline, version, attempt, worker FROM durable_runs
        WHERE state = 'running' AND (worker = ${worker}
        OR worker NOT IN (SELECT id FROM durable_workers WHERE alive_until > ${now})) LIMIT 500`,

    workers: WorkerTable.make(sql),

    countRunning: Effect.map(
      sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM durable_runs WHERE state = 'running'`,
      ([row]) => Number(row?.n ?? 0)
    ),

    steps: (id: string) =>
      sql<{ readonly path: string; readonly record: string }>`SELECT path, record FROM durable_steps WHERE run = ${id}`,

    countSteps: (id: string) =>
      Effect.map(
        sql<{ readonly n: number | string }>`SELECT count(*) AS n FROM durable_steps
          WHERE run = ${id} AND kind IN ('answer', 'failure')`,
        ([row]) => Number(row?.n ?? 0)
      ),

    /** Records a step, unless it is recorded already or the attempt has ended. Whether it was recorded now. */
    record: (one: Attempt, path: string, kind: RecordKind, record: string) =>
      Effect.map(
        sql`INSERT INTO durable_steps (run, path, kind, record)
          SELECT id, CAST(${path} AS TEXT), CAST(${kind} AS TEXT), CAST(${record} AS TEXT) FROM durable_runs WHERE ${
          attemptIs(one)
        }
          ON CONFLICT (run, path) DO NOTHING RETURNING path`,
        ({ length }) => length > 0
      ),

    findStep: (id: string, path: string) =>
      Effect.map(
        sql<{ readonly record: string }>`SELECT record FROM durable_steps WHERE run = ${id} AND path = ${path}`,
        ([row]) => row?.record
      ),

    approvals,

    /**
     * Another attempt, which keeps what had succeeded and what was approved, but for the steps that `paths` name and all that is inside
     * of them, and asks anew what steps that failed had asked. Another input keeps no decision.
     */
    again: (
      id: string,
      paths: ReadonlyArray<string> | "all",
      input: string | undefined,
      parentAttempt: number | null = null
    ) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          const rows = yield* sql`UPDATE durable_runs SET state = 'queued', attempt = attempt + 1, result = NULL,
            ended_at = NULL, worker = NULL, blocked = NULL, swept = 0, parent_attempt = ${parentAttempt}
            WHERE id = ${id} AND state IN ('failed', 'cancelled') AND input IS NOT NULL
            RETURNING id`
          if (rows.length === 0) return false
          // Its key is still that of the input that was submitted.
          if (input !== undefined) yield* sql`UPDATE durable_runs SET input = ${input} WHERE id = ${id}`
          // A child that is not kept stays until the run is swept, and gives its place to another.
          const replaced = sql`UPDATE durable_runs SET place = NULL, run_key = id WHERE parent = ${id}`
          if (paths === "all") {
            yield* sql`DELETE FROM durable_steps WHERE run = ${id}`
            yield* replaced
          }
          const begun = yield* sql<{ readonly path: string; readonly kind: RecordKind }>`DELETE FROM durable_steps
            WHERE run = ${id} AND kind IN ('failure', 'failed', 'limit') RETURNING path, kind`
          const failed = begun.flatMap(({ kind, path }) => kind === "failure" ? [path] : [])
          const asked = yield* approvals.forget(
            id,
            paths === "all" || input !== undefined ? "all" : [...paths, ...failed]
          )
          for (const path of paths === "all" ? [] : paths) {
            yield* sql`DELETE FROM durable_steps WHERE run = ${id} AND ${isAtOrBelow(sql`path`, path)}`
            yield* sql`${replaced} AND ${isAtOrBelow(sql`place`, path)}`
          }
          if (paths === "all") yield* sql`DELETE FROM durable_events WHERE run = ${id}`
          else yield* KeptEvents.forget(sql, id, [...paths, ...failed, ...asked])
          return true
        })
      ),

    /** Up to `most` runs that ended before `before` and have a journal. Children are swept with the run that they are of. */
    withJournals: (before: number, most: number) =>
      sql<Due>`SELECT id, pipeline, version, attempt FROM durable_runs WHERE ended_at <= ${before} AND swept = 0
        AND parent IS NULL LIMIT ${most}`,

    below,

    /** Deletes the journals of those of `ids` that ended before `before`. */
    sweepJournals: (ids: ReadonlyArray<string>, before: number) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          // A run that is retried meanwhile keeps its journal.
          const swept = yield* sql<{ readonly id: string }>`UPDATE durable_runs SET swept = 1
            WHERE ${sql.in("id", ids)} AND ended_at <= ${before} AND swept = 0 RETURNING id`
          if (swept.length === 0) return
          const all = yield* below(swept.map(({ id }) => id))
          yield* sql`DELETE FROM durable_steps WHERE ${sql.in("run", all.map(({ id }) => id))}`
        })
      ),

    /** Leaves nothing but their keys of up to `most` runs that ended before `before`, and answers with how many. */
    sweepRuns: (before: number, most: number) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          const runs = yield* sql<{ readonly id: string }>`SELECT id FROM durable_runs
            WHERE ended_at <= ${before} AND swept = 1 AND parent IS NULL LIMIT ${most}`
          if (runs.length === 0) return 0
          const ids = runs.map(({ id }) => id)
          const all = (yield* below(ids)).map(({ id }) => id)
          yield* sql`DELETE FROM durable_events WHERE ${sql.in("run", all)}`
          yield* sql`DELETE FROM durable_approvals WHERE ${sql.in("run", all)}`
          yield* sql`DELETE FROM durable_runs WHERE ${sql.in("id", all)} AND parent IS NOT NULL`
          yield* sql`UPDATE durable_runs SET input = NULL, result = NULL, swept = 2 WHERE ${sql.in("id", ids)}`
          return runs.length
        })
      ),

    events: (id: string, after: number, limit: number) =>
      sql<{ readonly position: number | string; readonly event: string }>`SELECT position, event FROM durable_events
        WHERE run = ${id} AND position > ${after} ORDER BY position LIMIT ${limit}`,

    /** The last event of a run, where it has one. */
    lastEvent: (id: string) =>
      Effect.map(
        sql<
          { readonly event: string }
        >`SELECT event FROM durable_events WHERE run = ${id} ORDER BY position DESC LIMIT 1`,
        ([row]) => row?.event
      ),

    /** Adds those events of an attempt that are not there yet: none where the run has its end, or another attempt has begun. */
    addEvents: ({ attempt, id }: Attempt, rows: ReadonlyArray<Readonly<Record<"event_key" | "event", string>>>) => {
      if (rows.length === 0) return Effect.void
      // What begins another attempt deletes events: it waits for these, or these see it.
      const locked = sql.onDialectOrElse({ pg: () => sql`FOR SHARE`, orElse: () => sql`` })
      const text = (value: string) => sql`CAST(${value} AS TEXT)`
      const values = sql.csv(rows.map((row) => sql`(${text(id)}, ${text(row.event_key)}, ${text(row.event)})`))
      return Effect.asVoid(sql`INSERT INTO durable_events (run, event_key, event)
        SELECT column1, column2, column3 FROM (VALUES ${values}) AS added
        WHERE EXISTS (SELECT id FROM durable_runs WHERE id = ${id} AND attempt = ${attempt} ${locked})
        AND NOT EXISTS (SELECT run FROM durable_events WHERE run = ${id} AND event_key = ${endOfRun})
        ON CONFLICT (run, event_key) DO NOTHING`)
    }
  }
}

/** The statements on the rows of runs. */
export type RunTable = ReturnType<typeof make>
