/**
 * Where `LlmCache` keeps answers.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/**
 * Texts by text, each for a while. `key` may be long.
 *
 * @category services
 */
export class LlmCacheStore extends Context.Service<LlmCacheStore, {
  /** Nothing when there is none, or its time is over. */
  readonly get: (key: string) => Effect.Effect<Option.Option<string>, SqlError>
  /** Keeps `value` for `timeToLive` milliseconds, in the place of what was there. */
  readonly set: (key: string, value: string, timeToLive: number) => Effect.Effect<void, SqlError>
}>()("greenlang/llm/LlmCacheStore") {
  /** Keeps the `capacity` that were used last. */
  static readonly layerMemory = (options: { readonly capacity: number }): Layer.Layer<LlmCacheStore> =>
    Layer.sync(LlmCacheStore, () => {
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
              if (entries.size <= options.capacity) break
              entries.delete(oldest)
            }
          })
      }
    })

  /** Keeps them in the table `llm_cache` of a migrated database, under their SHA-256. What is over goes with the next write. */
  static readonly layerSql: Layer.Layer<LlmCacheStore, never, SqlClient.SqlClient> = Layer.effect(
    LlmCacheStore,
    Effect.map(SqlClient.SqlClient, (sql) => ({
      get: Effect.fnUntraced(function*(key) {
        const now = yield* Clock.currentTimeMillis
        const rows = yield* sql<{ readonly answer: string }>`
          SELECT answer FROM llm_cache WHERE request = ${yield* hash(key)} AND expires_at > ${now}
        `
        return Option.fromUndefinedOr(rows[0]?.answer)
      }),
      set: Effect.fnUntraced(function*(key, value, timeToLive) {
        const now = yield* Clock.currentTimeMillis
        yield* sql`DELETE FROM llm_cache WHERE expires_at <= ${now}`
        yield* sql`
          INSERT INTO llm_cache (request, answer, expires_at)
          VALUES (${yield* hash(key)}, ${value}, ${now + timeToLive})
          ON CONFLICT (request) DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at
        `
      })
    }))
  )
}

const hash = (key: string) =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(key))),
    (digest) => Buffer.from(digest).toString("hex")
  )
