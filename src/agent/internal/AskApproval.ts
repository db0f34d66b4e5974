/**
 * A question to a person, with its events, and what comes of the decision.
 */
import * as Effect from "effect/Effect"
import { Approval, type Approved, type Decision, NotApproved } from "../Approval.ts"
import * as Run from "../Run.ts"
import * as AgentEvents from "./AgentEvents.ts"

/** Asks for `step`, in the run that is around, and emits the question and the decision. */
export const decision = Effect.fnUntraced(
  function*(step: string, text: string): Effect.fn.Return<Decision, never, Approval> {
    const run = yield* Run.Current
    yield* AgentEvents.emit((path, at) => ({ _tag: "ApprovalAsked", path, text, at }))
    const { ask } = yield* Approval
    const decision = yield* Effect.suspend(() => {
      const resume = run?.pauseLimit()
      return Effect.onExit(ask({ run: run?.id ?? "", step, text }), () => Effect.sync(() => resume?.()))
    })
    yield* AgentEvents.emit((path, at) => ({ _tag: "ApprovalDecided", path, ...decision, at }))
    return decision
  }
)

/** The yes, or the failure of `step` that a no is. */
export const toApproved = (step: string) => ({ approved, ...said }: Decision): Effect.Effect<Approved, NotApproved> =>
  approved ? Effect.succeed(said) : Effect.fail(new NotApproved({ step, ...said }))

/** Asks for `step`, and goes on only after a yes. */
export const ask = (step: string, text: string): Effect.Effect<Approved, NotApproved, Approval> =>
  Effect.flatMap(decision(step, text), toApproved(step))
