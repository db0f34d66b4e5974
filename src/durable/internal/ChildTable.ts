/**
 * The rows of children: runs that a step of another run has asked for, each at its place in that run.
 */
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type * as Statement from "effect/sql/Statement"
import { KeyConflict } from "../DurableError.ts"
import type { State } from "../DurableRun.ts"
import * as EventLog from "./EventLog.ts"
import type { Attempt, Row, RunTable } from "./RunTable.ts"
import * as Transaction from "./Transaction.ts"

/** A child, as its parent knows it. `parent_attempt` is negative where the parent has stopped it. */
export interface ChildRow {
  readonly id: string
  readonly place: string
  readonly state: State
  readonly parent_attempt: number
  readonly submitted_at: number | string
  readonly ended_at: number | string | null
  readonly result: string | null
}

/** What is known of a child before it is a run. */
export type NewChild = Pick<Row, "pipeline" | "version" | "shape" | "input" | "input_digest">

/** The most ids in one statement. */
const most = 500

/** The statements on the children of runs. They fail with `SqlError`. */
export const make = (table: RunTable) => {
  const { attemptIs, isAtOrBelow, open, sql } = table
  const columns = sql`id, place, state, parent_attempt, submitted_at, ended_at, result`
  const wake = (parent: string, now: number) =>
    sql`UPDATE durable_runs SET wake_at = ${now} WHERE id = ${parent} AND ${open} AND blocked IS NULL`

  const addEnd = ({ attempt, ended_at, id, started_at }: Pick<Row, "id" | "attempt" | "started_at" | "ended_at">) =>
    table.addEvents({ id, attempt }, [
      EventLog.cancelledRow(id, started_at === null ? 0 : Number(ended_at) - Number(started_at))
    ])

  /** Records the end of those of the runs to be cancelled that no process runs. One that is running is ended by its process. */
  const endUnheld = (where: Statement.Fragment, now: number) =>
    Effect.gen(function*() {
      const locked = sql.onDialectOrElse({ pg: () => sql`FOR UPDATE`, orElse: () => sql`` })
      const rows = yield* sql<
        Pick<Row, "id" | "state" | "attempt" | "started_at">
      >`SELECT id, state, attempt, started_at FROM durable_runs
        WHERE ${where} AND ${open} ORDER BY id ${locked}`
      for (const row of rows) if (row.state !== "running") yield* addEnd({ ...row, ended_at: now })
    })

  /** Ends the open children of `parents`, and those below them. What a new child races with, the next statement sees. */
  const stopBelow = (parents: ReadonlyArray<string>, now: number): Effect.Effect<void, SqlError> =>
    Effect.gen(function*() {
      let above = parents
      while (above.length > 0) {
        const stopped: Array<string> = []
        for (const ids of Arr.chunksOf(above, most)) {
          yield* endUnheld(sql.in("parent", ids), now)
          yield* sql`UPDATE durable_runs SET state = 'cancelled', ended_at = ${now}, wake_at = NULL, waiting_for = NULL,
            blocked = NULL, parent_attempt = -ABS(parent_attempt) WHERE ${sql.in("parent", ids)} AND ${open}`
          const rows = yield* sql<{ readonly id: string }>`SELECT id FROM durable_runs
            WHERE ${sql.in("parent", ids)} AND place IS NOT NULL AND state = 'cancelled' AND parent_attempt < 0`
          stopped.push(...rows.map(({ id }) => id))
        }
        above = stopped
      }
    })

  return {
    /** Records the end of a run that was cancelled before a process began it. */
    addEnd,

    /** The children of a run, with the results of those that have ended. */
    of: (parent: string) =>
      sql<ChildRow>`SELECT ${columns} FROM durable_runs WHERE parent = ${parent} AND place IS NOT NULL`,

    /** Those of `ids` that have ended. */
    ended: (ids: ReadonlyArray<string>) =>
      Effect.map(
        Effect.forEach(
          Arr.chunksOf(ids, most),
          (ids) =>
            sql<ChildRow>`SELECT ${columns} FROM durable_runs WHERE ${sql.in("id", ids)} AND ended_at IS NOT NULL`
        ),
        (rows) => rows.flat()
      ),

    /**
     * The child at `place` of an attempt, which becomes a run where there is none yet. `number` is that of the child among
     * those of its parent: ids of children sort behind the id of their parent, and so they are taken before later runs.
     * Nothing where the attempt has ended.
     */
    add: (
      parent: Attempt,
      place: string,
      number: number,
      child: NewChild,
      now: number
    ): Effect.Effect<ChildRow | undefined, SqlError> =>
      Effect.gen(function*() {
        const key = `${parent.id}/${place}`
        const text = (value: string | null) => sql`CAST(${value} AS TEXT)`
        // Whatever ends the parent meanwhile waits, and then sees the child.
        const locked = sql.onDialectOrElse({ pg: () => sql`FOR SHARE`, orElse: () => sql`` })
        for (let at = number;; at++) {
          const id = `${parent.id}.${at}`
          const added = yield* sql<ChildRow>`INSERT INTO durable_runs (id, pipeline, version, shape, run_key, input,
            input_digest, state, attempt, swept, submitted_at, parent, place, parent_attempt)
            SELECT ${text(id)}, ${text(child.pipeline)}, ${text(child.version)}, ${text(child.shape)}, ${text(key)},
            ${text(child.input)}, ${text(child.input_digest)}, 'queued', 1, 0, CAST(${now} AS BIGINT), parent.id,
            ${text(place)}, parent.attempt FROM
            (SELECT id, attempt FROM durable_runs WHERE ${attemptIs(parent)} ${locked}) AS parent
            WHERE true ON CONFLICT DO NOTHING RETURNING ${columns}`
          if (added[0] !== undefined) return added[0]
          const known = yield* sql<ChildRow & Pick<Row, "parent">>`SELECT ${columns}, parent FROM durable_runs
            WHERE pipeline = ${child.pipeline} AND run_key = ${key}`
          if (known[0]?.parent === parent.id) return known[0]
          if (known[0] !== undefined) {
            return yield* Effect.die(new KeyConflict({ pipeline: child.pipeline, key, id: known[0].id }))
          }
          const taken = yield* sql`SELECT id FROM durable_runs WHERE id = ${id}`
          if (taken.length === 0) return undefined
        }
      }),

    /** The end of an attempt, which ends its open children, and wakes its parent, in one transaction. */
    end: (one: Attempt, parent: string | null, state: State, result: string, now: number) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          yield* table.end(one, state, result, now)
          yield* stopBelow([one.id], now)
          if (parent !== null) yield* wake(parent, now)
        })
      ),

    /** Ends the open children at the place `path` of a run, or below it, and those below them. */
    stop: (parent: string, path: string, now: number) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          const isInside = path === "" ? sql`1 = 1` : isAtOrBelow(sql`place`, path)
          yield* endUnheld(sql`parent = ${parent} AND ${isInside}`, now)
          const rows = yield* sql<
            { readonly id: string }
          >`UPDATE durable_runs SET state = 'cancelled', ended_at = ${now},
            wake_at = NULL, waiting_for = NULL, blocked = NULL, parent_attempt = -ABS(parent_attempt)
            WHERE parent = ${parent} AND ${isInside} AND ${open} RETURNING id`
          yield* stopBelow(rows.map(({ id }) => id), now)
        })
      ),

    /** Whether the run was open: it and all below it are cancelled then, and its parent goes on without it. */
    cancel: (id: string, now: number) =>
      Transaction.run(
        sql,
        Effect.gen(function*() {
          yield* endUnheld(sql`id = ${id}`, now)
          const rows = yield* sql<Pick<Row, "parent">>`UPDATE durable_runs SET state = 'cancelled', ended_at = ${now},
            wake_at = NULL, waiting_for = NULL, blocked = NULL WHERE id = ${id} AND ${open} RETURNING parent`
          if (rows[0] === undefined) return false
          yield* stopBelow([id], now)
          if (rows[0].parent !== null) yield* wake(rows[0].parent, now)
          return true
        })
      ),

    /** The run that was submitted, and the places of a child in it, the outermost first. */
    origin: (id: string) =>
      Effect.map(
        sql<{ readonly id: string; readonly place: string | null; readonly depth: number | string }>`
          WITH RECURSIVE above AS (
            SELECT id, parent, place, 0 AS depth FROM durable_runs WHERE id = ${id}
            UNION ALL SELECT run.id, run.parent, run.place, above.depth + 1
            FROM durable_runs run JOIN above ON run.id = above.parent)
          SELECT id, place, depth FROM above ORDER BY depth DESC`,
        (rows) => ({ run: rows[0]?.id ?? id, places: rows.flatMap(({ place }) => place ?? []) })
      ),

    /** What persons are asked by the open children of a run, and by those below them, at its places in the run. */
    undecided: (id: string) =>
      sql<{ readonly step: string; readonly text: string; readonly asked_at: number | string }>`
        WITH RECURSIVE below AS (
          SELECT id, place FROM durable_runs WHERE parent = ${id} AND place IS NOT NULL AND ${open}
          UNION ALL SELECT run.id, below.place || '/' || run.place
          FROM durable_runs run JOIN below ON run.parent = below.id
          WHERE run.place IS NOT NULL AND run.state IN ('queued', 'running', 'waiting'))
        SELECT below.place || '/' || asked.step AS step, asked.text, asked.asked_at
        FROM durable_approvals asked JOIN below ON asked.run = below.id
        WHERE asked.decision IS NULL ORDER BY asked.asked_at`
  }
}

/** The statements on the rows of children. */
export type ChildTable = ReturnType<typeof make>
