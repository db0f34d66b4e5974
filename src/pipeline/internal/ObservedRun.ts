/**
 * A pipeline, as its listeners see it.
 */
import * as Duration from "effect/Duration"
import type * as Observer from "../../agent/internal/Observer.ts"
import type { Drawing, PipelineStarted } from "../PipelineEvent.ts"
import type * as Step from "../Step.ts"

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

/** The event that a pipeline begins with. */
export const started =
  (drawing: Drawing) => (path: ReadonlyArray<string>, at: number): Observer.Unstamped<typeof PipelineStarted.Type> => ({
    _tag: "PipelineStarted",
    path,
    ...drawing,
    at
  })
