/**
 * The shape that older synchronous code expects of an agent. A `SyncAgent` and a `PureSyncAgent` have it, and so can an
 * object of your own.
 */
import type { AgentResult } from "../agent/AgentResult.ts"

/**
 * `execute` and `run` are the same call under two names. They throw the errors of the agent.
 *
 * @category models
 */
export interface SyncAgentLike<in In, out Out> {
  readonly execute: (input: In) => AgentResult<Out>
  readonly run: (input: In) => AgentResult<Out>
  /** Opens what the agent needs. Does nothing when it is open. */
  readonly initialize: () => void
  /** Closes what `initialize` opened. Does nothing when it is closed. */
  readonly cleanup: () => void
  readonly getStats: () => Readonly<Record<string, unknown>>
}

/**
 * Whether `u` has the shape.
 *
 * @category guards
 */
export const isSyncAgentLike = (u: unknown): u is SyncAgentLike<never, unknown> =>
  typeof u === "object" && u !== null
  && methods.every((name) => name in u && typeof (u as Record<string, unknown>)[name] === "function")

const methods = ["execute", "run", "initialize", "cleanup", "getStats"] as const
