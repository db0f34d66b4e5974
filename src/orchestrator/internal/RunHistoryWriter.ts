/**
 * Writes rows in batches: rows that come while others are being written wait, and are then written together.
 *
 * 1. A row that cannot be written fails alone: where a batch fails for what a row may be the reason of, each row is written by
 *    itself. Where the database does not answer, the batch fails at once, so that a hundred rows wait no longer than one.
 * 2. A batch takes no longer than its limit. The next batch does not wait until the one before has been interrupted.
 * 3. A row whose writer was interrupted while it waited is not written.
 */
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Deadline from "../../internal/Deadline.ts"

interface Waiting<Row, E> {
  readonly row: Row
  readonly done: Deferred.Deferred<void, E>
}

/** How a batch is written, and how long that may take. */
export interface Options<Row, E> {
  readonly write: (rows: Arr.NonEmptyReadonlyArray<Row>) => Effect.Effect<void, E>
  /** Whether one row may be the reason why a batch failed with `error`. */
  readonly isOfARow: (error: E) => boolean
  readonly limit: Duration.Duration
  readonly late: () => E
}

/** Databases take so many parameters at most. */
const mostRows = 500

/** Answers with how to write a row: that ends when the row is written, and fails as `write` does or with `late`. */
export const make = <Row, E>(
  { isOfARow, late, limit, write }: Options<Row, E>
): (row: Row) => Effect.Effect<void, E> => {
  const waiting = new Set<Waiting<Row, E>>()
  let isWriting = false

  const end = ({ done }: Waiting<Row, E>, exit: Exit.Exit<void, E>) => Deferred.doneUnsafe(done, exit)
  const alone = (one: Waiting<Row, E>) => Effect.map(Effect.exit(write([one.row])), (exit) => end(one, exit))
  const next = Effect.suspend(() => {
    const batch = [...waiting].slice(0, mostRows)
    batch.forEach((one) => waiting.delete(one))
    const rows = batch.map(({ row }) => row)
    if (!Arr.isArrayNonEmpty(rows)) return Effect.void
    const together = Effect.matchCauseEffect(write(rows), {
      onSuccess: () => Effect.sync(() => batch.forEach((one) => end(one, Exit.void))),
      onFailure: (cause) =>
        batch.length > 1 && cause.reasons.every((reason) => reason._tag === "Fail" && isOfARow(reason.error))
          ? Effect.forEach(batch, alone, { discard: true })
          : Effect.failCause(cause)
    })
    return Effect.catchCause(
      Deadline.beside(together, limit, late),
      (cause) => Effect.sync(() => batch.forEach((one) => end(one, Exit.failCause(cause))))
    )
  })
  const writeAll = Effect.andThen(
    Effect.yieldNow, // rows of runs that end at the same moment come in
    Effect.whileLoop({ while: () => waiting.size > 0, body: () => next, step: () => {} })
  )
  const start = Effect.suspend(() => {
    if (isWriting) return Effect.void
    isWriting = true
    return Effect.forkDetach(Effect.ensuring(writeAll, Effect.sync(() => isWriting = false)))
  })

  return (row) =>
    Effect.suspend(() => {
      const mine: Waiting<Row, E> = { row, done: Deferred.makeUnsafe() }
      waiting.add(mine)
      return Effect.onInterrupt(
        Effect.andThen(start, Deferred.await(mine.done)),
        () => Effect.sync(() => waiting.delete(mine))
      )
    })
}
