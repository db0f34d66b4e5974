/**
 * Steps that wait: for a person, or for a time.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidOutput } from "../agent/AgentError.ts"
import { type Approval, Approved, Decision, NotApproved } from "../agent/Approval.ts"
import * as AskApproval from "../agent/internal/AskApproval.ts"
import * as StepBox from "./internal/StepBox.ts"
import * as StepPerformer from "./internal/StepPerformer.ts"

/**
 * Asks a person, through `Approval`, the question that `text` makes of the answers before it, and answers with the
 * yes. A no fails the step with `NotApproved`, and so the run, unless the pipeline says what follows: `Step.optional`, `Step.result`
 * and `Step.orElse` make an answer of it.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Agent, Approval, Pipeline, Step } from "greenlang"
 *
 * const Pay = Pipeline.make("Pay", { version: "1.0.0", input: Schema.Finite, output: Schema.String }, (euros) => {
 *   const approved = Step.approval("approved", [euros], (euros) => `Pay ${euros} euros?`)
 *   return Step.make("pay", [euros, approved], (euros) => Effect.succeed(`paid ${euros}`))
 * })
 *
 * const outcome = await Effect.runPromise(
 *   Agent.outcome(Pay, 30).pipe(Effect.provide(Approval.layerDeny("too much")))
 * )
 * outcome.success || outcome.error.message // => "approved was not approved by a person: too much"
 * ```
 *
 * The clock of the run's default limit stands still while the person is asked.
 *
 * @category constructors
 */
export const approval = <const After extends ReadonlyArray<StepBox.Any>>(
  name: string,
  after: After,
  text: (...inputs: StepBox.Answers<After>) => string
): StepBox.Step<
  Approved,
  InvalidOutput | NotApproved,
  Approval | StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.UnrecordedBy<After[number]>
> => {
  StepBox.checkFunction(name, "text", text)
  const check = StepBox.checked<Decision, typeof Decision>(name, Decision)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["approval"],
    output: Approved,
    error: Schema.Union([InvalidOutput, NotApproved]),
    frame: true,
    run: (inputs) =>
      Effect.flatMap(
        check(AskApproval.decision(name, text(...inputs as StepBox.Answers<After>))),
        AskApproval.toApproved(name)
      )
  })
}

/**
 * Waits for `duration`, which may depend on the answers before it, once all in `after` has succeeded. A durable run waits
 * without a process: it goes on when the time has come, or at once where the time has passed while no worker ran.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Step } from "greenlang"
 *
 * const sent = Step.make("sent", [], () => Effect.void)
 * const grace = Step.sleep("grace", [sent], "3 days")
 * grace.policies // => ["sleep"]
 * ```
 *
 * Throws `InvalidDefinition` for what is not a duration, and for one below zero. A time that is computed may have passed already.
 *
 * @category control flow
 */
export const sleep = <const After extends ReadonlyArray<StepBox.Any>>(
  name: string,
  after: After,
  duration: Duration.Input | ((...inputs: StepBox.Answers<After>) => Duration.Input)
): StepBox.Step<
  void,
  never,
  StepBox.Services<After[number]>,
  StepBox.Failure<After[number]>,
  StepBox.UnrecordedBy<After[number]>
> => {
  const stated = typeof duration === "function" ? undefined : StepBox.duration(name, duration)
  return StepBox.make({
    name,
    after: StepBox.before(after),
    policies: ["sleep"],
    output: Schema.Void,
    frame: true,
    run: (inputs) =>
      Effect.withFiber((fiber) => {
        const performer = fiber.getRef(StepPerformer.Current)
        const pause = stated ?? StepBox.durationLeft(
          name,
          (duration as (...inputs: StepBox.Answers<After>) => Duration.Input)(...inputs as StepBox.Answers<After>)
        )
        return performer === undefined ? Effect.sleep(pause) : performer.sleep("sleep", pause)
      })
  })
}
