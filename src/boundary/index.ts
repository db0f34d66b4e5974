export * as PromiseAgent from "./PromiseAgent.ts"
export * as PureSyncAgent from "./PureSyncAgent.ts"
export * as SyncAgent from "./SyncAgent.ts"
export {
  BlockingMisuse,
  BlockingTimeout,
  BlockingWorkerDied,
  MissingExport,
  UnsendableOutput
} from "./SyncAgentError.ts"
export { isSyncAgentLike, type SyncAgentLike } from "./SyncAgentLike.ts"
export * as SyncAgentWorker from "./SyncAgentWorker.ts"
