/**
 * Keeps answers by their request, each until it expires: here in memory, in `AnswerStoreSql` in a database.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SqlError } from "effect/sql/SqlError"

/** Answers by the keys of their requests. */
export interface AnswerStore {
  /** None where the key is unknown or its answer has expired. */
  readonly get: (key: string) => Effect.Effect<Option.Option<string>, SqlError>
  /** Keeps `value` for `timeToLive` milliseconds. Replaces an earlier value. */
  readonly set: (key: string, value: string, timeToLive: number) => Effect.Effect<void, SqlError>
}

/** Keeps the `capacity` answers that were used last. */
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
