/**
 * The start and the end of a run, as its listeners get them: of the outermost run of some, of an agent inside it for others.
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Run from "../Run.ts"
import * as AgentEvents from "./AgentEvents.ts"
import type { LiveRun } from "./LiveRun.ts"
import { type MakeEvent, Observer } from "./Observer.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

/** Runs `run` between its events. `began` is emitted behind the start. */
export const emitting = <A, E, R>(
  observer: Observer,
  record: LiveRun,
  began: MakeEvent | undefined,
  run: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => {
  const { agent, id, version } = record
  const outermost = new Observer(observer.places.filter(({ isInside }) => !isInside), id)
  const around = new Observer(
    observer.places.filter(({ isInside, listener }) => isInside && listener.isDetailed),
    id
  )
  const parent = record.parent?.id
  const startedAt = DateTime.makeUnsafe(record.startedAt)
  const start = observer.whenRoom(() => {
    AgentEvents.emitNowAt(outermost, (path, at) => ({
      _tag: "RunStarted",
      path,
      agent,
      version,
      ...(parent === undefined ? undefined : { parent }),
      startedAt,
      at
    }))
    AgentEvents.emitNowAt(
      around,
      (path, at) => ({ _tag: "AgentStarted", path, agent, version, parent: parent ?? "", at })
    )
    if (began !== undefined) new Observer(observer.places, id).emitNow(began)
  })
  return Effect.onExit(Effect.andThen(start, run), (exit) =>
    Effect.sync(() => {
      const ended = { ...outcomeOf(exit), ...(record.usage === Run.noUsage ? undefined : { usage: record.usage }) }
      AgentEvents.emitNowAt(around, (path, at) => ({ _tag: "AgentEnded", path, agent, ...ended, at }))
      AgentEvents.emitNowAt(outermost, (path, at) => ({ _tag: "RunEnded", path, ...ended, at }))
    }))
}

const outcomeOf = (exit: Exit.Exit<unknown, unknown>) => {
  if (Exit.isSuccess(exit)) return { outcome: "completed" as const }
  if (Cause.hasInterruptsOnly(exit.cause)) return { outcome: "interrupted" as const }
  return {
    outcome: Exit.hasInterrupts(exit) ? "interrupted" as const : "failed" as const,
    error: TaggedMessage.of(Cause.squash(exit.cause))
  }
}
