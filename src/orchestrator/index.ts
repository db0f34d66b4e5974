export { History } from "./History.ts"
export { Orchestrator, OrchestratorClosed, WorkflowFailed, WorkflowNotFound } from "./Orchestrator.ts"
export { OrchestratorEvent } from "./OrchestratorEvent.ts"
export * as Policy from "./Policy.ts"
