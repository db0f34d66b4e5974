/**
 * The messages by which the engine runs the attempts at runs, where it keeps some. A worker takes a message, and marks it as
 * answered when the body has ended or was parked.
 */
import type { PersistenceError } from "effect/cluster/ClusterError"
import * as EntityAddress from "effect/cluster/EntityAddress"
import * as EntityId from "effect/cluster/EntityId"
import * as EntityType from "effect/cluster/EntityType"
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as RunBody from "./RunBody.ts"
import { type Due, tag } from "./RunTable.ts"

/** What may be done with the messages of a run. */
export interface EngineMessages {
  /** Deletes those of all attempts at the run. */
  readonly clear: (run: Due) => Effect.Effect<void, PersistenceError>
  /**
   * Lets the owner of the run take the message of its attempt again, where it has no answer. A worker whose database goes away
   * when the body ends can neither answer nor give the message back, and the engine waits ten minutes for it. Where the body
   * runs, its worker ignores the message.
   */
  readonly redeliver: (run: Due) => Effect.Effect<void, PersistenceError>
}

const none: EngineMessages = { clear: () => Effect.void, redeliver: () => Effect.void }

/** Does nothing where the engine keeps no messages, as in memory. */
export const make: Effect.Effect<EngineMessages> = Effect.gen(function*() {
  const sharding = Option.getOrUndefined(yield* Effect.serviceOption(Sharding.Sharding))
  const storage = Option.getOrUndefined(yield* Effect.serviceOption(MessageStorage.MessageStorage))
  if (sharding === undefined || storage === undefined) return none

  const addressOf = ({ attempt, id, ...run }: Due) => {
    const workflow = RunBody.workflowOf(tag({ name: run.pipeline, version: run.version }))
    return Effect.map(workflow.executionId({ id, attempt }), (execution) => {
      const entityId = EntityId.make(execution)
      const entityType = EntityType.make(`Workflow/${workflow._tag}`)
      return EntityAddress.make({ entityType, entityId, shardId: sharding.getShardId(entityId, workflow._tag) })
    })
  }

  return {
    clear: (run) =>
      Effect.forEach(
        Array.from({ length: run.attempt }, (_, at) => at + 1),
        (attempt) => Effect.flatMap(addressOf({ ...run, attempt }), storage.clearAddress),
        { discard: true }
      ),
    redeliver: (run) =>
      Effect.gen(function*() {
        const address = yield* addressOf(run)
        const request = Option.getOrUndefined(yield* storage.requestIdForPrimaryKey({ address, tag: "run", id: "" }))
        if (request === undefined) return
        yield* storage.resetRequests([request])
        yield* sharding.pollStorage
      })
  }
})
