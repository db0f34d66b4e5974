/**
 * Steps whose work is a promise.
 */
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import * as TaggedMessage from "../agent/internal/TaggedMessage.ts"
import * as Described from "../internal/Described.ts"
import * as PromiseWork from "./internal/PromiseWork.ts"
import * as StepBox from "./internal/StepBox.ts"
import { WrongReturn } from "./internal/WrongReturn.ts"

/**
 * The promise of a step was rejected, or its function threw. `cause` is what it was rejected with.
 *
 * @category errors
 */
export class PromiseRejected extends Schema.TaggedError<PromiseRejected>()("PromiseRejected", {
  step: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the promise of step \`${this.step}\` was rejected: ${TaggedMessage.of(this.cause).message}`
  }
}

/**
 * A step whose work is a promise, such as a call of a library that knows nothing of Effect. `run` receives the answers of the
 * steps before it, in order, and an `AbortSignal` that is aborted when the step is interrupted: by the failure of another step, a
 * limit in time, or the caller of the run. Pass it on to what `run` calls.
 *
 * A rejection fails the step with what `catch` makes of it. Default: `PromiseRejected`. An interruption waits until the promise
 * has settled, but at most one second: a promise that ignores its signal goes on alone. All promise steps of a run may share
 * one signal.
 *
 * In a durable run the step needs the schema of its answer, `output`, and that of what `catch` makes, `error`.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 * import { setTimeout } from "node:timers/promises"
 *
 * const Late = Pipeline.make("Late", { version: "1.0.0", input: Schema.Finite, output: Schema.String }, (millis) => {
 *   const first = Step.promise("first", [millis], ([millis], signal) => setTimeout(millis, "a", { signal }))
 *   const second = Step.promise("second", [millis], ([millis], signal) => setTimeout(millis, "b", { signal }))
 *   return Step.make("both", [first, second], (first, second) => Effect.succeed(first + second))
 * })
 *
 * const { value } = await Effect.runPromise(Late.run(5))
 * value // => "ab"
 * ```
 *
 * @category constructors
 */
export const promise = <
  const Name extends string,
  const After extends ReadonlyArray<StepBox.Any>,
  A,
  F extends Agent.AnySchema,
  E extends F["Type"] = PromiseRejected,
  O extends Schema.ConstraintCodec<NoInfer<A>, unknown> | undefined = undefined
>(
  name: Name,
  after: After,
  run: (inputs: StepBox.Answers<After>, signal: AbortSignal) => PromiseLike<A>,
  given?: {
    readonly output?: O
    /** The schema of what `catch` makes. */
    readonly error?: F
    readonly catch?: (rejection: unknown) => E
  }
): StepBox.Step<
  A,
  E | StepBox.Unmatched<O>,
  StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.WithoutSchema<O, Name> | StepBox.UnrecordedBy<After[number]>
> => {
  StepBox.checkFunction(name, "work", run)
  const { catch: caught, error, output } = StepBox.options(name, given ?? {})
  if (caught !== undefined) StepBox.checkFunction(name, "`catch`", caught)
  const check = StepBox.checked<A, O>(name, output as O)
  const failureOf = caught ?? ((cause: unknown) => new PromiseRejected({ step: name, cause }))
  const work: PromiseWork.PromiseWork = {
    begin: PromiseWork.begin(run as (inputs: ReadonlyArray<unknown>, signal: AbortSignal) => unknown),
    answered: (answer) => {
      try {
        return check(Exit.succeed(answer as A))
      } catch (defect) {
        return Exit.die(defect)
      }
    },
    rejected: (rejection) => {
      if (Described.isInstance(rejection, WrongReturn)) return Exit.die(rejection)
      try {
        return Exit.fail(failureOf(rejection))
      } catch (defect) {
        return Exit.die(defect)
      }
    }
  }
  // The work answers with an `A`, or fails with what `catch` made.
  type Run = (inputs: ReadonlyArray<unknown>) => Effect.Effect<A, E | StepBox.Unmatched<O>>
  const runAlone = ((inputs) => PromiseWork.effectOf(work, inputs)) as Run
  PromiseWork.keep(runAlone, work)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    output,
    error: StepBox.errorWith(
      name,
      error ?? (caught === undefined ? PromiseRejected : undefined),
      output
    ),
    run: runAlone
  })
}
