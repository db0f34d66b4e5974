/**
 * What can go wrong with a batch, besides the `AiError` of a batch that was never begun, or of one of its calls.
 *
 * Every error holds the id of the batch, by which it can be resumed.
 */
import * as AiError from "effect/ai/AiError"
import * as Schema from "effect/Schema"

const Names = { provider: Schema.String, model: Schema.String, batch: Schema.String }

/**
 * The vendor took the batch and then refused all of it. `issues` are the vendor's reasons.
 *
 * @category errors
 */
export class BatchRejected extends Schema.TaggedError<BatchRejected>()("BatchRejected", {
  ...Names,
  issues: Schema.Array(Schema.String)
}) {
  override get message() {
    return `${this.provider}/${this.model} has rejected the batch ${this.batch}: ${
      this.issues.join("; ") || "no reason"
    }`
  }
}

/**
 * The batch had not ended after `limit` milliseconds. How many of its calls had is not known. It goes on at the vendor.
 *
 * @category errors
 */
export class BatchTimedOut extends Schema.TaggedError<BatchTimedOut>()("BatchTimedOut", {
  ...Names,
  limit: Schema.Finite
}) {
  override get message() {
    return `the batch ${this.batch} of ${this.provider}/${this.model} has not ended after ${this.limit} milliseconds: `
      + "resume it later"
  }
}

/**
 * The vendor does not report the state of the batch, or one that is not known, or does not return its answers. Nothing is lost:
 * the batch goes on at the vendor.
 *
 * @category errors
 */
export class BatchUnreachable extends Schema.TaggedError<BatchUnreachable>()("BatchUnreachable", {
  ...Names,
  error: AiError.AiError
}) {
  override get message() {
    return `the batch ${this.batch} of ${this.provider}/${this.model} cannot be reached: ${this.error.message}`
  }
}

/** Why a batch as a whole has no answers. @category models */
export type BatchError = BatchRejected | BatchTimedOut | BatchUnreachable

/**
 * The batch has ended without an answer to this call: it expired or was cancelled before its turn, or, `missing`, the vendor
 * gave none, as in a batch that is resumed with other prompts than it was begun with.
 *
 * @category errors
 */
export class NotAnswered extends Schema.TaggedError<NotAnswered>()("NotAnswered", {
  ...Names,
  /** The place of the call in the batch, counted from 0. */
  index: Schema.Int,
  why: Schema.Literals(["expired", "cancelled", "missing"])
}) {
  override get message() {
    const why = this.why === "missing" ? "it holds none" : `it was ${this.why} before`
    return `the batch ${this.batch} of ${this.provider}/${this.model} has no answer to request ${this.index}: ${why}`
  }
}
