/**
 * Answers under what was asked, each for a while: in memory, or in a database.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

export interface AnswerStore {
  /** Nothing when there is none, or its time is over. */
  readonly get: (key: string) => Effect.Effect<Option.Option<string>, SqlError>
  /** Keeps `value` for `timeToLive` milliseconds, in the place of what was there. */
  readonly set: (key: string, value: string, timeToLive: number) => Effect.Effect<void, SqlError>
}

/** Keeps the `capacity` that were used last. */
export const memory = ({ capacity }: { readonly capacity: number }): AnswerStore => {
  // A map is in the order in which its keys were set: the first was not used for the longest time.
  const entries = new Map<string, { readonly value: string; readonly expiresAt: number }>()
  return {
    get: (key) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const entry = entries.get(key)
        if (entry === undefined) return Option.none()
        entries.delete(key)
        if (entry.expiresAt <= now) return Option.none()
        entries.set(key, entry)
        return Option.some(entry.value)
      }),
    set: (key, value, timeToLive) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        entries.delete(key)
        entries.set(key, { value, expiresAt: now + timeToLive })
        for (const oldest of entries.keys()) {
          if (entries.size <= capacity) break
          entries.delete(oldest)
        }
      })
  }
}

/** Keeps them in the table `answer_cache` of a migrated database, under the SHA-256 of what was asked. */
export const sql: Effect.Effect<AnswerStore, never, SqlClient.SqlClient> = Effect.map(
  SqlClient.SqlClient,
  (sql): AnswerStore => ({
    get: Effect.fnUntraced(function*(key) {
      const now = yield* Clock.currentTimeMillis
      const rows = yield* sql<{ readonly answer: string }>`
        SELECT answer FROM answer_cache WHERE request = ${yield* hash(key)} AND expires_at > ${now}
      `
      return Option.fromUndefinedOr(rows[0]?.answer)
    }),
    set: Effect.fnUntraced(function*(key, value, timeToLive) {
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
