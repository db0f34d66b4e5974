/**
 * Where the engine keeps its messages.
 *
 * 1. The answer to a message is tried until the database has it. The engine itself gives up within a second, and from then on takes
 *    the message neither as open nor as answered: the run would stand still until its worker ends.
 */
import * as MessageStorage from "effect/cluster/MessageStorage"
import * as RunnerHealth from "effect/cluster/RunnerHealth"
import * as Runners from "effect/cluster/Runners"
import * as RunnerStorage from "effect/cluster/RunnerStorage"
import * as Sharding from "effect/cluster/Sharding"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SqlMessageStorage from "effect/cluster/SqlMessageStorage"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"

/** `storage`, whose answers wait for the database. */
const lasting = (storage: MessageStorage.MessageStorage["Service"]): MessageStorage.MessageStorage["Service"] => ({
  ...storage,
  saveReply: (reply) =>
    storage.saveReply(reply).pipe(
      Effect.tapError((error) => Effect.logWarning("the answer to a message of the engine could not be kept", error)),
      Effect.retry({ schedule: Schedule.spaced("500 millis"), while: ({ _tag }) => _tag === "PersistenceError" })
    )
})

/** The messages, in the tables of the database. */
export const layer = Layer.effect(
  MessageStorage.MessageStorage,
  Effect.map(MessageStorage.MessageStorage, lasting)
).pipe(Layer.provide(SqlMessageStorage.layer))

/** An engine of one process, with its messages in the database. */
export const layerAlone = (config: Partial<ShardingConfig.ShardingConfig["Service"]>) =>
  Sharding.layer.pipe(
    Layer.provideMerge(Runners.layerNoop),
    Layer.provideMerge(layer),
    Layer.provide([RunnerStorage.layerMemory, RunnerHealth.layerNoop]),
    Layer.provide(ShardingConfig.layerFromEnv(config))
  )
