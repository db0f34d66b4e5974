/**
 * A person says yes or no while a pipeline, or a tool that a model called, waits.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

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
 * A yes: who said it, and with which comment.
 *
 * @category models
 */
export const Approved = Schema.Struct({
  by: Schema.optionalKey(Schema.String),
  comment: Schema.optionalKey(Schema.String)
})
/** @category models */
export type Approved = typeof Approved.Type

/**
 * Where questions go, and decisions come from: a chat, a ticket, a terminal. `Step.approval` and `Tool.approval` ask here.
 *
 * @category services
 */
export class Approval extends Context.Service<Approval, {
  /** Waits for as long as it takes. */
  readonly ask: (question: Question) => Effect.Effect<Decision>
}>()("greenlang/agent/Approval") {
  /** Says no to every question. The decision gives `comment` as its reason. */
  static readonly layerDeny = (comment: string): Layer.Layer<Approval> =>
    Layer.succeed(Approval, { ask: () => Effect.succeed({ approved: false, comment }) })

  /**
   * Decides by `rule`, and asks the `Approval` below where that answers with nothing: what needs no person is decided at once.
   *
   * ```ts
   * import { Effect, Layer } from "effect"
   * import { Approval } from "greenlang"
   *
   * const layer = Approval.layerRule(({ step }) => step === "read" ? { approved: true, by: "a rule" } : undefined).pipe(
   *   Layer.provide(Approval.layerDeny("only reading is allowed"))
   * )
   * const ask = (step: string) => Approval.use(({ ask }) => ask({ run: "1", step, text: "May it run?" }))
   * const [read, pay] = await Effect.runPromise(Effect.provide(Effect.all([ask("read"), ask("pay")]), layer))
   * read.approved // => true
   * pay.comment // => "only reading is allowed"
   * ```
   */
  static readonly layerRule = (
    rule: (question: Question) => Decision | undefined
  ): Layer.Layer<Approval, never, Approval> =>
    Layer.effect(
      Approval,
      Effect.map(Approval, ({ ask }) => ({
        ask: (question) =>
          Effect.suspend(() => {
            const decision = rule(question)
            return decision === undefined ? ask(question) : Effect.succeed(decision)
          })
      }))
    )
}

/**
 * A person said no to what `step` asked: a step of a pipeline, or a tool, which was not called.
 *
 * @category errors
 */
export class NotApproved extends Schema.TaggedError<NotApproved>()("NotApproved", {
  step: Schema.String,
  by: Schema.optionalKey(Schema.String),
  comment: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const reason = this.comment === undefined ? "" : `: ${this.comment}`
    return `${this.step} was not approved by ${this.by ?? "a person"}${reason}`
  }
}
