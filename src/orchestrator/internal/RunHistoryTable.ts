/**
 * The table of past runs.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Migration } from "../../database/Migrations.ts"

/** `record` is the run as JSON. The columns beside it are for look-ups. Ids are in the order of time. */
const create = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE run_history (
    id TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at TEXT NOT NULL,
    record TEXT NOT NULL
  )`
  yield* sql`CREATE INDEX run_history_by_workflow ON run_history (workflow, id)`
})

export const migrations: ReadonlyArray<Migration> = [{ name: "run_history", migrate: create }]
