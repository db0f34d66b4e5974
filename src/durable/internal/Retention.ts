/**
 * What is deleted, and when. The row of a run stays for ever, without its input and its answer: it keeps the key, so that a
 * run that is submitted again does not run again.
 */
import * as Clock from "effect/Clock"
import * as EntityAddress from "effect/cluster/EntityAddress"
import * as EntityId from "effect/cluster/EntityId"
import * as EntityType from "effect/cluster/EntityType"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { SqlError } from "effect/sql/SqlError"
import type { Flow } from "./RunBody.ts"
import type { Due, RunTable } from "./RunTable.ts"

/** How long after the end of a run: its journal, without which it cannot be retried; and its answer, events and approvals. */
export interface Retention {
  readonly journals: Duration.Duration
  readonly runs: Duration.Duration
}

/** How many runs one transaction sweeps. */
const batch = 200

/** Deletes all that is due. Where the engine keeps messages, those of the runs go with their journals. */
export const sweep = (
  table: RunTable,
  flows: ReadonlyMap<string, Flow>,
  { journals, runs }: Retention
): Effect.Effect<void, SqlError> =>
  Effect.gen(function*() {
    const sharding = yield* Effect.serviceOption(Sharding.Sharding)
    const storage = yield* Effect.serviceOption(MessageStorage.MessageStorage)

    const clearMessages = ({ attempt, id, ...run }: Due) =>
      Effect.gen(function*() {
        const flow = flows.get(`${run.pipeline}@${run.version}`)
        if (flow === undefined || Option.isNone(sharding) || Option.isNone(storage)) return
        for (let one = 1; one <= attempt; one++) {
          const entityId = EntityId.make(yield* flow.workflow.executionId({ id, attempt: one }))
          const shardId = sharding.value.getShardId(entityId, flow.workflow._tag)
          const entityType = EntityType.make(`Workflow/${flow.workflow._tag}`)
          yield* Effect.ignore(
            storage.value.clearAddress(EntityAddress.make({ entityType, entityId, shardId }))
          )
        }
      })

    const now = yield* Clock.currentTimeMillis
    while (true) {
      const ended = yield* table.sweepJournals(now - Duration.toMillis(journals), [...flows.keys()], batch)
      yield* Effect.forEach(ended, clearMessages, { discard: true })
      if (ended.length < batch) break
    }
    while ((yield* table.sweepRuns(now - Duration.toMillis(runs), batch)) === batch) yield* Effect.yieldNow
  })
