/**
 * Statements of durable runs, tried until the database has answered.
 *
 * 1. What a step answered is not lost because the database is away: the fiber holds it meanwhile, and logs that it waits.
 * 2. What the database refuses to hold, it refuses each time: it is a defect at once.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schedule from "effect/Schedule"
import * as SqlError from "effect/sql/SqlError"

/** Tries until the database has answered. */
export const persist = <A>(self: Effect.Effect<A, SqlError.SqlError>): Effect.Effect<A> =>
  persistUnless<A, never>(self, Predicate.isNever)

/** As `persist`, but fails with an error that `isFinal` knows. */
export const persistUnless = <A, E>(
  self: Effect.Effect<A, E | SqlError.SqlError>,
  isFinal: (error: E | SqlError.SqlError) => error is E
): Effect.Effect<A, E> =>
  self.pipe(
    Effect.catchIf(isRefusal, Effect.die),
    Effect.tapError((error) =>
      isFinal(error) ? Effect.void : Effect.logWarning("the database of durable runs does not answer", error)
    ),
    // The schedule never ends, so nothing but what is final fails.
    Effect.retry({ schedule: Schedule.spaced("500 millis"), while: (error) => !isFinal(error) })
  ) as Effect.Effect<A, E>

/** The statement holds what no row can: a value of another form (class 22 of PostgreSQL), or one that is too large (54). */
const isRefusal = (error: unknown): boolean => {
  if (!SqlError.isSqlError(error)) return false
  const { cause } = error.reason
  if (typeof cause !== "object" || cause === null) return false
  if ("code" in cause && typeof cause.code === "string" && /^(22|54)/.test(cause.code)) return true
  return "errcode" in cause && cause.errcode === tooBig
}

/** `SQLITE_TOOBIG` */
const tooBig = 18
