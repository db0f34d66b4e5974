/**
 * A pipeline failed, and here is all that is known of it by then.
 */
import * as Schema from "effect/Schema"
import { Timeline } from "./PipelineReport.ts"

const fields = {
  pipeline: Schema.String,
  errors: Schema.Array(Schema.Struct({
    step: Schema.String,
    error: Schema.Unknown,
    path: Schema.optionalKey(Schema.Array(Schema.String))
  })),
  partial: Schema.Record(Schema.String, Schema.Unknown),
  report: Timeline
}

class Failed extends Schema.TaggedError<Failed>()("PipelineFailed", fields) {
  override get message() {
    const steps = this.errors.map(({ step }) => step).join(", ")
    const known = Object.keys(this.partial).length
    return `${this.pipeline} failed in ${steps}, after ${known} ${known === 1 ? "step" : "steps"} had answered`
  }
}

/**
 * `errors` are those of every step that failed, in the order in which they did; `path` leads to the step inside of a step that
 * is a pipeline; and `partial` what the steps answered that
 * did not, by their names. `report` says what each step was doing.
 *
 * @category errors
 */
export interface PipelineFailed<out E> extends Failed {
  readonly errors: ReadonlyArray<{
    readonly step: string
    readonly error: E
    readonly path?: ReadonlyArray<string>
  }>
}

/** @category errors */
export const PipelineFailed = Failed as
  & Omit<typeof Failed, "new">
  & (new<E>(
    facts: Pick<PipelineFailed<E>, "pipeline" | "errors" | "partial" | "report">
  ) => PipelineFailed<E>)
