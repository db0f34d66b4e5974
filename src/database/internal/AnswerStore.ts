/**
 * Answers under what was asked, each for a while. Here in memory; `AnswerStoreSql` keeps them in a database.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
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
