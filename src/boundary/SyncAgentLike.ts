/**
 * What older code expects of an agent that answers at once: a shape, not a class. A `SyncAgent` has it, and so can a
 * user's own object.
 */
import type { AgentResult } from "../agent/AgentResult.ts"

/**
 * `execute` and `run` are the same call under two names. They throw what goes wrong.
 *
 * @category models
 */
export interface SyncAgentLike<in In, out Out> {
  readonly execute: (input: In) => AgentResult<Out>
  readonly run: (input: In) => AgentResult<Out>
  /** Opens what the agent needs. Harmless when that is open. */
  readonly initialize: () => void
  /** Closes what `initialize` opened. Harmless when that is closed. */
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
