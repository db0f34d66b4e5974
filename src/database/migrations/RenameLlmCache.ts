/**
 * Gives the table of answers of language models a name for answers of any kind, those of steps too.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/**
 * `request` is the SHA-256 of what was asked, `answer` a JSON, `expires_at` Unix milliseconds.
 *
 * @category migrations
 */
export const migration = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`ALTER TABLE llm_cache RENAME TO answer_cache`
  yield* sql`DROP INDEX llm_cache_expires_at`
  yield* sql`CREATE INDEX answer_cache_expires_at ON answer_cache (expires_at)`
})
