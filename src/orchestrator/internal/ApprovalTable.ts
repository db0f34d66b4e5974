/**
 * The table of questions to people.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"
import type { Migration } from "../../database/Migrations.ts"

/** `asker` is the process that waits, `taken` is 1 once it has the decision. Times are milliseconds since 1970. */
const create = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE approval_queue (
    id TEXT PRIMARY KEY,
    asker TEXT NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    question TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    decision TEXT,
    taken INTEGER NOT NULL
  )`
  yield* sql`CREATE INDEX approval_queue_by_run ON approval_queue (run)`
})

/** What makes the table. */
export const migrations: ReadonlyArray<Migration> = [{ name: "approval_queue", migrate: create }]
