/**
 * The tables of durable runs. The engine makes its own beside them.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Migration } from "../../database/Migrations.ts"

/**
 * - `durable_runs`: a row is the acceptance of a run, and keeps its key for ever. Times are Unix milliseconds. `wake_at` is
 *   when a parked run goes on; `blocked` says why no worker may run it; `swept` is 1 once its journal was deleted, and 2 once
 *   nothing is left but its key.
 * - `durable_steps`: the journal, a row for each step that ended (of the kind `answer` or `failure`), for each pause and limit
 *   that began, for each limit that was `met`, and for each step that `failed` and has no record of its own.
 * - `durable_approvals`: questions to persons, and decisions. `question` is a digest of the text.
 * - `durable_events`: what happened, in order. `event_key` is the same when a step that is run again emits it again.
 * - `durable_workers`: which worker has which pipelines. One that does not say so again before `alive_until` is dead.
 */
const create = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE durable_runs (
    id TEXT PRIMARY KEY,
    pipeline TEXT NOT NULL,
    version TEXT NOT NULL,
    shape TEXT NOT NULL,
    run_key TEXT NOT NULL,
    input TEXT,
    input_digest TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    submitted_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    worker TEXT,
    wake_at BIGINT,
    waiting_for TEXT,
    blocked TEXT,
    result TEXT,
    swept INTEGER NOT NULL,
    UNIQUE (pipeline, run_key)
  )`
  yield* sql`CREATE INDEX durable_runs_by_state ON durable_runs (state, id)`
  yield* sql`CREATE INDEX durable_runs_by_end ON durable_runs (swept, ended_at)`
  yield* sql`CREATE INDEX durable_runs_by_wake ON durable_runs (wake_at)`
  yield* sql`CREATE TABLE durable_steps (
    run TEXT NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run, path)
  )`
  yield* sql`CREATE TABLE durable_approvals (
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    question TEXT NOT NULL,
    text TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    decision TEXT,
    PRIMARY KEY (run, step, question)
  )`
  yield* sql.onDialectOrElse({
    pg: () =>
      sql`CREATE TABLE durable_events (
        position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        run TEXT NOT NULL,
        event_key TEXT NOT NULL,
        event TEXT NOT NULL,
        UNIQUE (run, event_key)
      )`,
    orElse: () =>
      sql`CREATE TABLE durable_events (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        run TEXT NOT NULL,
        event_key TEXT NOT NULL,
        event TEXT NOT NULL,
        UNIQUE (run, event_key)
      )`
  })
  yield* sql`CREATE INDEX durable_events_by_run ON durable_events (run, position)`
  yield* sql`CREATE TABLE durable_workers (
    id TEXT PRIMARY KEY,
    pid INTEGER NOT NULL,
    pipelines TEXT NOT NULL,
    room INTEGER NOT NULL,
    alive_until BIGINT NOT NULL
  )`
})

/** `durable_leases`: the places of pools that a cluster holds. One that is not renewed before `alive_until` is free. */
const createLeases = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql`CREATE TABLE durable_leases (
    pool TEXT NOT NULL,
    place INTEGER NOT NULL,
    id TEXT NOT NULL,
    alive_until BIGINT NOT NULL,
    PRIMARY KEY (pool, place)
  )`)

/**
 * Children: runs that a step of another run has asked for. `parent` is that run, `place` the path of the step in it, and
 * `parent_attempt` the attempt of it that the child is for: negative once the parent has stopped it. A child without a place was
 * replaced by another.
 */
const addChildren = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE durable_runs ADD COLUMN parent TEXT`
  yield* sql`ALTER TABLE durable_runs ADD COLUMN place TEXT`
  yield* sql`ALTER TABLE durable_runs ADD COLUMN parent_attempt INTEGER`
  yield* sql`CREATE INDEX durable_runs_by_parent ON durable_runs (parent, place) WHERE parent IS NOT NULL`
})

/** What was stated about the run, as JSON. */
const addAttributes = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) => sql`ALTER TABLE durable_runs ADD COLUMN attributes TEXT`
)

/** `durable_shapes`: the steps of each pipeline that a worker has, so that a run whose steps are others says so. */
const createShapes = Effect.flatMap(SqlClient.SqlClient, (sql) =>
  sql`CREATE TABLE durable_shapes (
    worker TEXT NOT NULL,
    pipeline TEXT NOT NULL,
    shape TEXT NOT NULL,
    PRIMARY KEY (worker, pipeline)
  )`)

/** What makes the tables, oldest first. */
export const migrations: ReadonlyArray<Migration> = [
  { name: "durable_runs", migrate: create },
  { name: "durable_leases", migrate: createLeases },
  { name: "durable_children", migrate: addChildren },
  { name: "durable_attributes", migrate: addAttributes },
  { name: "durable_shapes", migrate: createShapes }
]
