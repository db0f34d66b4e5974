/**
 * A person says yes or no while a pipeline waits.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * What a person is asked. `run` is the id of the run, `step` the name of the step that waits.
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
 * Where questions go, and decisions come from: a chat, a ticket, a terminal. `Step.approval` asks here.
 *
 * @category services
 */
export class Approval extends Context.Service<Approval, {
  /** Waits for as long as it takes. */
  readonly ask: (question: Question) => Effect.Effect<Decision>
}>()("greenlang/pipeline/Approval") {}
