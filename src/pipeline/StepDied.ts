/**
 * Which step a failure of a pipeline comes from.
 *
 * A typed failure stays what it is, so the step is an annotation of its cause: `failedStep` reads it, and `Cause.pretty`
 * shows it. A defect is wrapped: a defect is shown by its message, and that of `StepDied` names the step.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as TaggedMessage from "../internal/TaggedMessage.ts"
import { NotAnEffect } from "./internal/StepBox.ts"

/**
 * A step threw, died, or returned something else than an Effect: a bug of the step. `step` is the path of the step below
 * `pipeline`, and `cause` what it died with, whatever that was.
 *
 * @category errors
 */
export class StepDied extends Schema.TaggedError<StepDied>()("StepDied", {
  pipeline: Schema.String,
  step: Schema.Array(Schema.String),
  cause: Schema.Defect()
}) {
  override get message() {
    const step = `step \`${this.step.join(" / ")}\` of pipeline \`${this.pipeline}\``
    if (this.cause instanceof NotAnEffect) return `${step} ${this.cause.message}`
    return `${step} died: ${TaggedMessage.text(this.cause)}`
  }
}

const Path = Context.Service<never, ReadonlyArray<string>>("greenlang/pipeline/StepDied/Path")

/** @internal The cause of a failed step, with the name of the step. */
export const named = (cause: Cause.Cause<unknown>, pipeline: string, step: string): Cause.Cause<unknown> =>
  Cause.fromReasons(cause.reasons.map((reason) => {
    if (Cause.isInterruptReason(reason)) return reason
    const path = [step, ...pathOf(reason)]
    const annotations = Context.make(Path, path).pipe(
      Context.add(Cause.StackTrace, frame(reason, `step \`${step}\` of pipeline \`${pipeline}\``))
    )
    return named1(reason, pipeline, path).annotate(annotations as Context.Context<never>, { overwrite: true })
  }))
