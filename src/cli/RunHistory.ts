/**
 * The history in which the command line keeps its runs.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Deadline from "../internal/Deadline.ts"
import type { History } from "../orchestrator/History.ts"
import type { Sink } from "../orchestrator/RunRecorder.ts"
import * as Lazy from "./Lazy.ts"

/** @category models */
export type RunHistory = Layer.Layer<History, unknown>

/**
 * Keeps the record of a run. A history that cannot be written within five seconds is logged, and does not change the run.
 *
 * @category constructors
 */
export const sink = (history: RunHistory): Sink => ({
  end: ({ entry }) => {
    const add = Lazy.load(() => import("../orchestrator/History.ts")).pipe(
      Effect.flatMap(({ History }) => Effect.flatMap(History, (history) => history.add(entry))),
      Effect.provide(history)
    )
    return Effect.catchCause(
      Deadline.beside(add, limit, () => new Cause.TimeoutError(`it did not answer within ${Duration.format(limit)}`)),
      (cause) => Effect.logWarning("the run could not be kept in the history", cause)
    )
  }
})

const limit = Duration.seconds(5)
