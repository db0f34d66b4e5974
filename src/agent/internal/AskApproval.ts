/**
 * A question to a person, with its events, and what comes of the decision.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Approval, type Approved, Decision, NotApproved } from "../Approval.ts"
import * as Run from "../Run.ts"
import * as AgentEvents from "./AgentEvents.ts"
import * as Returned from "./Returned.ts"

const isDecision = Schema.is(Decision)

/** Asks for `step`, in the run that is around, and emits the question and the decision, which is not checked but for that. */
export const decision = Effect.fnUntraced(
  function*(step: string, text: string): Effect.fn.Return<Decision, never, Approval> {
    const run = yield* Run.Current
    yield* AgentEvents.emit((path, at) => ({ _tag: "ApprovalAsked", path, text, at }))
    const { ask } = yield* Approval
    const decision = yield* Effect.suspend(() => {
      const resume = run?.pauseLimit()
      return Effect.onExit(
        Effect.suspend(() => Returned.effectOf(ask({ run: run?.id ?? "", step, text }), "`ask`", "`Approval`")),
        () => Effect.sync(() => resume?.())
      )
    })
    if (isDecision(decision)) {
      yield* AgentEvents.emit((path, at) => ({ _tag: "ApprovalDecided", path, ...decision, at }))
    }
    return decision
  }
)

/** The yes, or the failure of `step` that a no is. */
export const toApproved = (step: string) => ({ approved, ...said }: Decision): Effect.Effect<Approved, NotApproved> =>
  approved ? Effect.succeed(said) : Effect.fail(new NotApproved({ step, ...said }))

/** Asks for `step`, and goes on only after a yes. What is not a decision counts as a no. */
export const ask = (step: string, text: string): Effect.Effect<Approved, NotApproved, Approval> =>
  Effect.flatMap(decision(step, text), (given) =>
    isDecision(given)
      ? toApproved(step)(given)
      : Effect.fail(new NotApproved({ step, comment: "the answer of Approval is not a decision" })))
