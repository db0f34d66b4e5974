/**
 * Durable runs on any number of workers, which share a PostgreSQL database. Each run belongs to one worker at a time; those of a
 * worker that dies go on in the others, about ten seconds later.
 */
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import * as ClusterWorkflowEngine from "effect/cluster/ClusterWorkflowEngine"
import * as RunnerAddress from "effect/cluster/RunnerAddress"
import * as ShardingConfig from "effect/cluster/ShardingConfig"
import * as SqlRunnerStorage from "effect/cluster/SqlRunnerStorage"
import * as Digest from "effect/crypto/Digest"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as SqlClient from "effect/sql/SqlClient"
import * as Database from "../database/Database.ts"
import type { DatabaseError } from "../database/DatabaseError.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import * as Durable from "./Durable.ts"
import * as EngineStorage from "./internal/EngineStorage.ts"
import * as Shards from "./internal/Shards.ts"

/**
 * `url` is that of the database. `address` is where the other workers reach this one: the host, and a port of its own. Workers
 * that have other pipelines, or other versions, may share the database.
 *
 * @category models
 */
export interface Options<Pipelines extends ReadonlyArray<Pipeline.Any> = ReadonlyArray<Pipeline.Any>>
  extends Durable.Options<Pipelines>
{
  readonly url: Redacted.Redacted
  readonly address: { readonly host: string; readonly port: number }
}

/**
 * A worker. Dies where the port of `address` is taken. Steps may use the `SqlClient` of the database.
 *
 * Throws `InvalidDefinition` for a pipeline that a durable run could not record.
 *
 * @category layers
 */
export const layer = <const Pipelines extends ReadonlyArray<Pipeline.Any>>(
  options: Options<Pipelines> & Durable.Recorded<Pipelines>
): Layer.Layer<Durable.Durable | SqlClient.SqlClient, DatabaseError, Durable.Needs<Pipelines>> => {
  const { host, port } = options.address
  const shardingConfig = {
    ...Shards.sharding(options.pipelines),
    runnerAddress: Option.some(RunnerAddress.make(host, port))
  }
  const storage = Layer.merge(EngineStorage.layer, Layer.orDie(SqlRunnerStorage.layer)).pipe(
    Layer.provide(ShardingConfig.layerFromEnv(shardingConfig))
  )
  return Durable.layerWorker(options, { sharesPools: true }).pipe(
    Layer.provide(ClusterWorkflowEngine.layer),
    Layer.provide(
      Layer.orDie(Layer.provideMerge(NodeClusterSocket.layer({ storage: "byo", shardingConfig }), storage))
    ),
    Layer.provide(Digest.layerWebCrypto),
    Layer.provideMerge(Database.layerPostgres({ url: options.url }))
  )
}
