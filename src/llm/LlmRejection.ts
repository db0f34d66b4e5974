/**
 * Why a layer around a provider did not let a call through to the vendor.
 *
 * A provider fails with `AiError`, whose reasons are closed. So a rejection travels inside of one, where `of` finds it, and
 * `typed` gives it a place of its own in the type. No rejection is retryable: nothing was sent, and nothing was spent.
 */
import * as AiError from "effect/ai/AiError"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { UnmeasuredUsage } from "./LlmError.ts"

/**
 * A call might have taken more than a budget has left, so it was not made. All amounts are in `unit`: what the budget
 * allows, what was spent, what calls still in flight have reserved, and what this one wanted to reserve.
 *
 * @category errors
 */
export class BudgetExceeded extends Schema.TaggedError<BudgetExceeded>()("BudgetExceeded", {
  /** Which budget, as it was named. */
  budget: Schema.String,
  unit: Schema.Literals(["tokens", "costUsd"]),
  limit: Schema.Finite,
  spent: Schema.Finite,
  reserved: Schema.Finite,
  needed: Schema.Finite
}) {
  override get message() {
    const unit = this.unit === "tokens" ? "tokens" : "US dollars"
    return `the budget "${this.budget}" allows ${this.limit} ${unit}: ${this.spent} are spent, ${this.reserved} reserved, `
      + `and the next call may take ${this.needed}, most of it for its answer: LlmSettings.maxOutputTokens bounds that`
  }
}

/**
 * The provider failed too often, so it is left alone. The next try is let through after `retryAfter` milliseconds, or, if
 * that is 0, once the one that is trying now has succeeded.
 *
 * @category errors
 */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>()("CircuitOpen", {
  provider: Schema.String,
  model: Schema.String,
  retryAfter: Schema.Finite
}) {
  override get message() {
    return `${this.provider}/${this.model} failed too often and is left alone for ${this.retryAfter} milliseconds`
  }
}

/** @category models */
export const LlmRejection = Schema.Union([BudgetExceeded, CircuitOpen, UnmeasuredUsage])
/** @category models */
export type LlmRejection = typeof LlmRejection.Type

/** The `AiError` that carries `rejection`. @category constructors */
export const toAiError = (module: string, method: string, rejection: LlmRejection): AiError.AiError =>
  AiError.make({
    module,
    method,
    reason: new AiError.UnknownError({
      description: rejection.message,
      metadata: { [metadataKey]: Schema.encodeSync(Json)(rejection) }
    })
  })

/** The rejection that `error` carries, if it is one. @category reading */
export const of = (error: unknown): LlmRejection | undefined =>
  AiError.isAiError(error) && error.reason._tag === "UnknownError"
    ? Result.getOrUndefined(Schema.decodeUnknownResult(Json)(error.reason.metadata[metadataKey]))
    : undefined

/**
 * Fails with the rejection itself instead of the `AiError` that carries it, so that `Effect.catchTag("BudgetExceeded", ...)`
 * finds it.
 *
 * @category combinators
 */
export const typed = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | LlmRejection, R> =>
  Effect.mapError(self, (error): E | LlmRejection => of(error) ?? error)

const metadataKey = "greenlang/rejection"
const Json = Schema.fromJsonString(LlmRejection)
