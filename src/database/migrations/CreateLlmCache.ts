/**
 * Creates the table of answers of language models that `LlmCache` keeps.
 */
import * as Effect from "effect/Effect"
import * as SqlClient from "effect/sql/SqlClient"

/**
 * `request` is the SHA-256 of what was asked, `answer` the JSON of its parts, `expires_at` Unix milliseconds.
 *
 * @category migrations
 */
export const migration = Effect.gen(function*() {
  const sql = yield* SqlClient.SqlClient
  yield* sql`CREATE TABLE llm_cache (request TEXT PRIMARY KEY, answer TEXT NOT NULL, expires_at BIGINT NOT NULL)`
  yield* sql`CREATE INDEX llm_cache_expires_at ON llm_cache (expires_at)`
})
