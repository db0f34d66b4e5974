/**
 * Transactions that fail where their connection breaks. Without it, the failed ROLLBACK of a transaction is a defect, which ends
 * a run that only has to try again.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as SqlClient from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"

/** Whether it is an error of the database. */
export const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

/** `self` in one transaction. Fails with `SqlError` where it could be neither committed nor rolled back. */
export const run = <A, E, R>(
  sql: SqlClient.SqlClient,
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E | SqlError, R> =>
  // The cause of an interrupted transaction is mended, too: its defect would outweigh the failure that interrupted it.
  Effect.uninterruptibleMask((restore) =>
    Effect.catchCause(restore(sql.withTransaction(self)), (cause) => {
      const broken = cause.reasons.find((reason) => Cause.isDieReason(reason) && isSqlError(reason.defect))
      if (broken === undefined) return Effect.failCause(cause)
      const interrupts = cause.reasons.filter(Cause.isInterruptReason)
      return interrupts.length > 0
        ? Effect.failCause(Cause.fromReasons<never>(interrupts))
        : Effect.fail((broken as Cause.Die).defect as SqlError)
    })
  )
