/**
 * Where in a durable run the current step is: the id of the run and the path of the step, the same each time the step runs
 * again. `undefined` in process.
 */
import * as Context from "effect/Context"

/** The address of the step, from which `Run.idempotencyKey` is made. */
export interface DurableStep {
  readonly run: string
  /** The path of the step, its names divided by slashes. */
  readonly path: string
}

/** The step that is running. */
export const Current = Context.Reference<DurableStep | undefined>("greenlang/agent/internal/DurableStep", {
  defaultValue: () => undefined
})
