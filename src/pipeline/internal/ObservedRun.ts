/**
 * The events of a pipeline's start and end.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Observer from "../../agent/internal/Observer.ts"
import type { Drawing, RunStarted } from "../PipelineEvent.ts"
import type * as Step from "../Step.ts"
import { StepScope } from "./StepScope.ts"

/** What does not change from run to run. */
export const draw = (
  { name, version }: { readonly name: string; readonly version: string },
  steps: ReadonlyArray<Step.Any>,
  concurrency: number
): Drawing => ({
  pipeline: name,
  version,
  ...(concurrency === Infinity ? {} : { concurrency }),
  steps: steps.map(({ after, expected, name }) => ({
    name,
    after: Array.from(new Set(after), ({ name }) => name),
    ...(expected === undefined ? {} : { expected: Duration.toMillis(expected) })
  }))
})

export const started = (drawing: Drawing, startedAt: DateTime.Utc, at: number): typeof RunStarted.Type => ({
  _tag: "RunStarted",
  ...drawing,
  startedAt,
  at
})

const isOutermost = ({ path }: Observer.Place) => path.length === 0

/** Runs `run`. It is the outermost run of some listeners, and part of a step for others: each gets the events for that. */
export const emitting = <A, E, R>(drawing: Drawing, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => {
    const observer = fiber.getRef(Observer.Current)
    if (observer === undefined) return run
    const outermost = new StepScope(observer.places.filter(isOutermost))
    const around = new StepScope(observer.places.filter((place) => !isOutermost(place)))
    const begin = Effect.suspend(() => {
      const now = DateTime.makeUnsafe(fiber.getRef(Clock.Clock).currentTimeMillisUnsafe())
      outermost.emitNow((_, at) => started(drawing, now, at))
      if (around.places.length === 0) return run
      return Effect.andThen(around.emit((path, at) => ({ _tag: "PipelineStarted", path, ...drawing, at })), run)
    })
    return Effect.onExit(begin, (exit) =>
      Effect.sync(() => {
        const outcome = Exit.isSuccess(exit) ? "completed" : Exit.hasInterrupts(exit) ? "interrupted" : "failed"
        outermost.emitNow((_, at) => ({ _tag: "RunEnded", outcome, at }))
      }))
  })
