/**
 * What is deleted, and when. The row of a run stays for ever, without its input and its answer: it keeps the key, so that a
 * run that is submitted again does not run again.
 */
import * as Clock from "effect/Clock"
import type { PersistenceError } from "effect/cluster/ClusterError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EngineMessages } from "./EngineMessages.ts"
import type { RunTable } from "./RunTable.ts"

/** How long after the end of a run: its journal, without which it cannot be retried; and its answer, events and approvals. */
export interface Retention {
  readonly journals: Duration.Duration
  readonly runs: Duration.Duration
}

/** How many runs one transaction sweeps. */
const batch = 200

/**
 * Deletes all that is due, and the signs of workers that died as long ago as the oldest journal. Where the engine keeps messages, those of a run go first, and its journal after them: what a crash
 * leaves is deleted next time. Any worker sweeps the runs of all, also those of versions that none has.
 */
export const sweep = (
  table: RunTable,
  messages: EngineMessages,
  { journals, runs }: Retention
): Effect.Effect<void, SqlError | PersistenceError> =>
  Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    const before = now - Duration.toMillis(journals)
    while (true) {
      const due = yield* table.withJournals(before, batch)
      if (due.length === 0) break
      const ids = due.map(({ id }) => id)
      yield* Effect.forEach(yield* table.below(ids), messages.clear, { concurrency: 4, discard: true })
      yield* table.sweepJournals(ids, before)
    }
    yield* table.workers.sweep(before)
    while ((yield* table.sweepRuns(now - Duration.toMillis(runs), batch)) === batch) yield* Effect.yieldNow
  })
