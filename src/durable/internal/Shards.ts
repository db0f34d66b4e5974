/**
 * The shards of runs, and the locks of workers on them.
 */
import type * as Pipeline from "../../pipeline/Pipeline.ts"
import { tag } from "./RunTable.ts"

/**
 * How the engine spreads runs over workers. Each version of a pipeline has shards of its own, and a message for a
 * version that no worker has waits for one, however long.
 */
export const sharding = (pipelines: ReadonlyArray<Pipeline.Any>) => {
  const groups = ["default", ...new Set(pipelines.map(tag))]
  return {
    availableShardGroups: groups,
    assignedShardGroups: groups,
    shardsPerGroup: 32,
    // Numbers of advisory locks depend on the place of a group in the list, which differs between workers.
    shardLockDisableAdvisory: true,
    shardLockRefreshInterval: "3 seconds",
    shardLockExpiration: "10 seconds",
    runnerHealthCheckInterval: "5 seconds",
    refreshAssignmentsInterval: "1 second",
    entityMessagePollInterval: "1 second",
    entityTerminationTimeout: "5 seconds",
    entityRegistrationTimeout: "1000 days",
    simulateRemoteSerialization: false
  } as const
}
