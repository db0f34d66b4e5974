/**
 * Creates the table of past runs.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/**
 * `record` is the run as JSON; the columns beside it are what it is looked up by. Ids are in the order of time.
 *
 * @category migrations
 */
export const migration = Effect.gen(function*() {
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
