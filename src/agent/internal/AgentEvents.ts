/**
 * Emits the events of agents: the one place where their type is checked.
 */
import type * as Effect from "effect/Effect"
import type { AgentEvent } from "../AgentEvent.ts"
import * as Observer from "./Observer.ts"

/** Emits an event of the place that is running. Does nothing while nothing listens. */
export const emit = (event: (path: ReadonlyArray<string>, at: number) => AgentEvent): Effect.Effect<void> =>
  Observer.emit(event)
