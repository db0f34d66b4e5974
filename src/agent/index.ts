export * as Agent from "./Agent.ts"
export {
  AcquireFailed,
  AgentDisposed,
  InvalidInput,
  InvalidOutput,
  NestedTooDeep,
  RunError,
  TimedOut
} from "./AgentError.ts"
export { AgentEvent } from "./AgentEvent.ts"
export * as AgentResult from "./AgentResult.ts"
export * as AgentRuntime from "./AgentRuntime.ts"
export { Approval, Approved, Decision, NotApproved, Question } from "./Approval.ts"
export * as Hook from "./Hook.ts"
export { InvalidDefinition } from "./InvalidDefinition.ts"
export * as Manifest from "./Manifest.ts"
export * as Run from "./Run.ts"
export * as Tool from "./Tool.ts"
