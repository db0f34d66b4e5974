/**
 * What becomes of a batch at a `FakeProvider`, as plain data: a line of its script for the request that begins a batch, by
 * OpenAI's API or Anthropic's.
 *
 * ```ts
 * import { FakeBatch, Fault } from "greenlang/testing"
 *
 * const batch = FakeBatch.make({
 *   answers: ["Hello", FakeBatch.failed(400), FakeBatch.unanswered],
 *   polls: ["running", Fault.serverError, "running"],
 *   ends: "expired"
 * })
 * batch.answers.length // => 3
 * ```
 */
import type { Fault } from "./Fault.ts"
import type { Reply } from "./Reply.ts"

/** The batch ends before the turn of this request. @category models */
export type Unanswered = { readonly _tag: "Unanswered" }

/** The request fails in the vendor's words for this status. @category models */
export type Failed = { readonly _tag: "Failed"; readonly status: number }

/** What one request of a batch gets: a reply, a failure of its own, or nothing. @category models */
export type Answer = string | Reply | Failed | Unanswered

/** @category models */
export interface FakeBatch {
  readonly _tag: "Batch"
  /** One for each request, in their order. Those without one stay unanswered. */
  readonly answers: ReadonlyArray<Answer>
  /** What the first questions how the batch stands are answered with. After them it has ended. */
  readonly polls: ReadonlyArray<"running" | Fault>
  /** What the first requests for its answers are answered with. */
  readonly fetches: ReadonlyArray<Fault>
  /** How it ends. `rejected` is OpenAI's alone. */
  readonly ends: "completed" | "expired" | "cancelled" | "rejected"
}

/** By default it has ended, completed, when it is asked for. @category constructors */
export const make = (
  options: Pick<FakeBatch, "answers"> & Partial<Pick<FakeBatch, "polls" | "fetches" | "ends">>
): FakeBatch => ({ _tag: "Batch", polls: [], fetches: [], ends: "completed", ...options })

/** @category constructors */
export const unanswered: Unanswered = { _tag: "Unanswered" }

/** @category constructors */
export const failed = (status: number): Failed => ({ _tag: "Failed", status })
