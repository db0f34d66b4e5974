/**
 * A person says yes or no while a pipeline, or a tool that a model called, waits.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as StepScope from "../internal/StepScope.ts"
import * as Run from "./Run.ts"

/**
 * What a person is asked. `run` is the id of the run, `step` the name of the step, or of the tool, that waits.
 *
 * @category models
 */
export const Question = Schema.Struct({ run: Schema.String, step: Schema.String, text: Schema.String })
/** @category models */
export type Question = typeof Question.Type

/**
 * What the person said, and who it was.
 *
 * @category models
 */
export const Decision = Schema.Struct({
  approved: Schema.Boolean,
  by: Schema.optionalKey(Schema.String),
  comment: Schema.optionalKey(Schema.String)
})
/** @category models */
export type Decision = typeof Decision.Type

/**
 * Where questions go, and decisions come from: a chat, a ticket, a terminal. `Step.approval` and `Tool.approval` ask here.
 *
 * @category services
 */
export class Approval extends Context.Service<Approval, {
  /** Waits for as long as it takes. */
  readonly ask: (question: Question) => Effect.Effect<Decision>
}>()("greenlang/agent/Approval") {}

/** @internal Asks for `step`, in the run that is around, and tells those who listen to it. */
export const ask = Effect.fnUntraced(
  function*(step: string, text: string): Effect.fn.Return<Decision, never, Approval> {
    const run = yield* Run.Current
    yield* StepScope.emit((path, at) => ({ _tag: "ApprovalAsked", path, text, at }))
    const decision = yield* (yield* Approval).ask({ run: run?.id ?? "", step, text })
    yield* StepScope.emit((path, at) => ({ _tag: "ApprovalDecided", path, ...decision, at }))
    return decision
  }
)

/**
 * A person said no to a call of `tool`, which was not made.
 *
 * @category errors
 */
export class NotApproved extends Schema.TaggedError<NotApproved>()("NotApproved", {
  tool: Schema.String,
  by: Schema.optionalKey(Schema.String),
  comment: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const reason = this.comment === undefined ? "" : `: ${this.comment}`
    return `this call of ${this.tool} was not made, as ${this.by ?? "a person"} did not approve it${reason}`
  }
}
