/**
 * Emits the events of agents: the one place where their type is checked.
 */
import * as Effect from "effect/Effect"
import type { AgentEvent } from "../AgentEvent.ts"
import * as Observer from "./Observer.ts"

/** Makes an event of an agent for one listener. */
export type MakeEvent = (path: ReadonlyArray<string>, at: number, index: number) => Observer.Unstamped<AgentEvent>

/** Emits an event of the place that is running. Does nothing while nothing listens. */
export const emit = (event: MakeEvent): Effect.Effect<void> => Observer.emit(event)

/** Emits an event of the place that `observer` stands for. */
export const emitAt = (observer: Observer.Observer, event: MakeEvent): Effect.Effect<void> => observer.emit(event)

/** As `emitAt`, without waiting for room. */
export const emitNowAt = (observer: Observer.Observer, event: MakeEvent): void => observer.emitNow(event)

/** Emits an event of the place that is running to its detailed listeners. */
export const emitDetailed = (event: MakeEvent): Effect.Effect<void> =>
  Effect.flatMap(Observer.Current, (observer) => observer?.detailed?.emit(event) ?? Effect.void)
