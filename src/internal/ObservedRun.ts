/**
 * A run of a pipeline, as those who listen hear of it.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Drawing, RunStarted } from "../pipeline/PipelineEvent.ts"
import type * as Step from "../pipeline/Step.ts"
import * as StepScope from "./StepScope.ts"

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

/** Tells of the start of `run`, and of its end to those to whom it is the outermost run. */
export const tell = <A, E, R>(drawing: Drawing, run: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(StepScope.Current, (scope) => {
    if (scope === undefined) return run
    const { around, outermost } = scope.split()
    const start = Effect.map(DateTime.now, (now) => outermost.tell((_, at) => started(drawing, now, at)))
    const inside = around.emit((path, at) => ({ _tag: "PipelineStarted", path, ...drawing, at }))
    return Effect.andThen(Effect.andThen(start, inside), run).pipe(Effect.onExit((exit) =>
      Effect.sync(() => {
        const outcome = Exit.isSuccess(exit) ? "completed" : Exit.hasInterrupts(exit) ? "interrupted" : "failed"
        outermost.tell((_, at) => ({ _tag: "RunEnded", outcome, at }))
      })
    ))
  })
