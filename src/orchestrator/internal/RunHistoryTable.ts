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

/** What ran is the `agent`, also in the records. The field stands before all that a user wrote. */
const renameAgent = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  const [from, to] = [`"workflow":`, `"agent":`]
  yield* sql`ALTER TABLE run_history RENAME COLUMN workflow TO agent`
  const place = sql.onDialectOrElse({
    pg: () => sql`strpos(record, ${from})`,
    orElse: () => sql`instr(record, ${from})`
  })
  yield* sql`UPDATE run_history SET record = substr(record, 1, ${place} - 1) || CAST(${to} AS TEXT)
    || substr(record, ${place} + CAST(${from.length} AS INTEGER)) WHERE ${place} > 0`
})

/** What makes the table, oldest first. */
export const migrations: ReadonlyArray<Migration> = [
  { name: "run_history", migrate: create },
  { name: "run_history_agent", migrate: renameAgent }
]
