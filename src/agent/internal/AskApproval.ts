/**
 * A question to a person, with its events.
 */
import * as Effect from "effect/Effect"
import { Approval, type Decision } from "../Approval.ts"
import * as Run from "../Run.ts"
import * as AgentEvents from "./AgentEvents.ts"

/** Asks for `step`, in the run that is around, and emits the question and the decision. */
export const ask = Effect.fnUntraced(
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
