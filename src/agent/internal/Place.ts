/**
 * Where in a durable run the current step is: the id of the run and the path of the step, the same each time the step runs
 * again. `undefined` in process.
 */
import * as Context from "effect/Context"

export interface Place {
  readonly run: string
  /** The path of the step, its names divided by slashes. */
  readonly path: string
}

export const Current = Context.Reference<Place | undefined>("greenlang/agent/internal/Place", {
  defaultValue: () => undefined
})
