/**
 * Keeps answers by their request in a database, each until it expires.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"

/** Run by the layers that keep answers here. `answer_cache` was made for language models alone. */
export const migrations = [
  {
    name: "llm_cache",
    migrate: Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE llm_cache (request TEXT PRIMARY KEY, answer TEXT NOT NULL, expires_at BIGINT NOT NULL)`
      yield* sql`CREATE INDEX llm_cache_expires_at ON llm_cache (expires_at)`
    })
  },
  {
    name: "answer_cache",
    migrate: Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`ALTER TABLE llm_cache RENAME TO answer_cache`
      yield* sql`DROP INDEX llm_cache_expires_at`
      yield* sql`CREATE INDEX answer_cache_expires_at ON answer_cache (expires_at)`
    })
  }
]

/** An `AnswerStore` in the table `answer_cache`, which `migrations` make, under the SHA-256 of the key. */
export const make = Effect.map(
  SqlClient.SqlClient,
  (sql) => ({
    get: Effect.fnUntraced(function*(key: string) {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* sql<{ readonly answer: string }>`
        SELECT answer FROM answer_cache WHERE request = ${yield* hash(key)} AND expires_at > ${now}
      `
      return Option.fromUndefinedOr(rows[0]?.answer)
    }),
    set: Effect.fnUntraced(function*(key: string, value: string, timeToLive: number) {
      const now = yield* Clock.currentTimeMillis
      const expiresAt = Math.min(now + timeToLive, Number.MAX_SAFE_INTEGER)
      yield* sql`DELETE FROM answer_cache WHERE expires_at <= ${now}`
      yield* sql`
        INSERT INTO answer_cache (request, answer, expires_at)
        VALUES (${yield* hash(key)}, ${value}, ${expiresAt})
        ON CONFLICT (request) DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at
      `
    })
  })
)

const hash = (key: string) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))),
    (digest) => Buffer.from(digest).toString("hex")
  )
