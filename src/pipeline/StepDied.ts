/**
 * Which step a failure of a pipeline comes from.
 *
 * A typed failure stays what it is, so the step is an annotation of its cause: `failedStep` reads it, and `Cause.pretty`
 * shows it. A defect is wrapped: a defect is shown by its message, and that of `StepDied` names the step.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Option from "effect/Option"
import type { StackFrame } from "effect/References"
import * as Schema from "effect/Schema"
import * as StepOrigin from "../agent/internal/StepOrigin.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as Described from "../internal/Described.ts"
import { NoDefect } from "./internal/NoDefect.ts"
import { WrongReturn } from "./internal/WrongReturn.ts"

/**
 * A step threw, died, or returned something else than an Effect: a bug of the step. `step` is the path of the step below
 * `pipeline`, and `cause` what it died with, whatever that was.
 *
 * @category errors
 */
export class StepDied extends Schema.TaggedError<StepDied>()("StepDied", {
  pipeline: Schema.String,
  step: Schema.Array(Schema.String),
  cause: Schema.Union([WrongReturn, NoDefect, Schema.Defect()])
}) {
  override get message() {
    const step = `step \`${this.step.join(" / ")}\` of pipeline \`${this.pipeline}\``
    if (Described.isInstance(this.cause, WrongReturn)) return `${step} ${this.cause.message}`
    return `${step} died: ${TaggedMessage.text(this.cause)}`
  }
}

/**
 * The path of the step that failed first, below the pipeline whose run has this cause. Nothing for what no step did, such as
 * an input that cannot be read.
 *
 * ```ts
 * import { Effect, Exit, Option, Schema } from "effect"
 * import { Pipeline, Step, StepDied } from "greenlang"
 *
 * const Fails = Pipeline.make("Fails", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("divide", [n], (n) => n === 0 ? Effect.fail("no number" as const) : Effect.succeed(1 / n)))
 *
 * const exit = await Effect.runPromiseExit(Fails.run(0))
 * Exit.isFailure(exit) && Option.getOrNull(StepDied.failedStep(exit.cause)) // => ["divide"]
 * ```
 *
 * @category reading
 */
export const failedStep = (cause: Cause.Cause<unknown>): Option.Option<ReadonlyArray<string>> =>
  Option.fromUndefinedOr(StepOrigin.pathOf(cause))

/** @internal The cause of a failed step, with the name of the step. */
export const named = (cause: Cause.Cause<unknown>, pipeline: string, step: string): Cause.Cause<unknown> =>
  Cause.fromReasons(
    cause.reasons.map((reason) => Cause.isInterruptReason(reason) ? reason : name(reason, pipeline, step))
  )

const name = (reason: Cause.Fail<unknown> | Cause.Die, pipeline: string, step: string): Cause.Reason<unknown> => {
  const known = StepOrigin.of(reason)
  const path = [step, ...known?.path ?? []]
  const frame = known === undefined
    ? reason.annotations.get(Cause.StackTrace.key) as StackFrame | undefined
    : known.frame
  const annotations = annotationsOf(pipeline, path, frame)
  if (Cause.isFailReason(reason)) return reason.annotate(annotations, { overwrite: true })
  const { defect } = reason
  const cause = Described.isInstance(defect, StepDied) ? defect.cause : defect
  const died = Cause.makeDieReason(new StepDied({ pipeline, step: path, cause }))
  return died.annotate(Context.makeUnsafe(reason.annotations)).annotate(annotations, { overwrite: true })
}

const annotationsOf = (pipeline: string, path: ReadonlyArray<string>, frame: StackFrame | undefined) =>
  Context.add(
    Context.make(Cause.StackTrace, {
      name: `step \`${path.join(" / ")}\` of pipeline \`${pipeline}\``,
      stack: nowhere,
      parent: frame
    }),
    StepOrigin.StepOrigin,
    { path, frame }
  ) as Context.Context<never>

const nowhere = () => undefined

/** @internal For each reason of `cause`, the path of the step that it comes from: empty where there is none. */
export const origins = (cause: Cause.Cause<unknown>): ReadonlyArray<ReadonlyArray<string>> =>
  cause.reasons.map((reason) => StepOrigin.of(reason)?.path ?? [])

/** @internal The cause of a failure of `pipeline` that was kept without its annotations, and its `origins`. */
export const restored = <E>(
  cause: Cause.Cause<E>,
  pipeline: string,
  origins: ReadonlyArray<ReadonlyArray<string>>
): Cause.Cause<E> =>
  Cause.fromReasons(
    cause.reasons.map((reason, at) => {
      const path = origins[at] ?? []
      return path.length === 0 ? reason : reason.annotate(annotationsOf(pipeline, path, undefined), { overwrite: true })
    })
  )
