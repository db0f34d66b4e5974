/**
 * Keeps the event loop free while very many runs start at once. The first few hundred of a turn start at once, as fibers
 * do; the others start in the turns that follow, in their order, and sockets and timers are served in between.
 *
 * A `runSync` has no further turn, and a virtual clock would move on before they came: neither is ever made to wait.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

/** Some milliseconds of work, even before the code is warm. */
const startsPerTurn = 256

const liveClock = Context.get(Context.empty(), Clock.Clock)
const dispatcher = new Scheduler.MixedScheduler().makeDispatcher()
const waiting = new Set<() => void>()
let left = startsPerTurn
let counting = false

/** Whether a run may start in this turn. If so, this counts it. */
export const isOpen = (fiber: Fiber.Fiber<unknown, unknown>): boolean => {
  if (!counting) {
    counting = true
    dispatcher.scheduleTask(nextTurn, 0)
  }
  if (left > 0) {
    left--
    return true
  }
  return fiber.cache.scheduler.executionMode === "sync" || fiber.getRef(Clock.Clock) !== liveClock
}

/** Calls `start` in the turn in which a run may start, unless what it answers with is called before. */
export const next = (start: () => void): () => void => {
  waiting.add(start)
  return () => void waiting.delete(start)
}

/** Whether a run waits for the turn in which it may start. */
export const isAwaited = (): boolean => waiting.size > 0

/** Ends in the turn in which the run may start. */
export const turn: Effect.Effect<void> = Effect.callback((resume) => Effect.sync(next(() => resume(Effect.void))))

const nextTurn = () => {
  left = startsPerTurn
  for (const start of waiting) {
    if (left === 0) break
    left--
    waiting.delete(start)
    start()
  }
  counting = waiting.size > 0 || left < startsPerTurn
  if (counting) dispatcher.scheduleTask(nextTurn, 0)
}
