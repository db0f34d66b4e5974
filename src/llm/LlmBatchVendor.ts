/**
 * What a vendor's batch API has to offer, for `LlmBatch` to run calls over it.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Result from "effect/Result"
import type { LlmProviderShape, LlmRequest } from "./LlmProvider.ts"

/** One call of a batch. `id` has letters, digits and `-` only, and fits into 64 of them. @category models */
export interface Line {
  readonly id: string
  readonly request: LlmRequest
  /** As `encode` has written it. */
  readonly body: object
}

/** How one call ended. @category models */
export type Outcome = Result.Result<Array<Response.PartEncoded>, AiError.AiError | "expired" | "cancelled">

/**
 * The state of a batch. An ended batch gives the outcomes of its lines by their ids; a line without an answer is absent.
 *
 * @category models
 */
export type Standing =
  | { readonly _tag: "Running" }
  /** The vendor gives no state, or one that is not known. */
  | { readonly _tag: "Unknown"; readonly status: string }
  | { readonly _tag: "Rejected"; readonly issues: ReadonlyArray<string> }
  | {
    readonly _tag: "Ended"
    readonly collect: (lines: ReadonlyArray<Line>) => Effect.Effect<ReadonlyMap<string, Outcome>, AiError.AiError>
  }

/** What a vendor's batch API is. @category models */
export interface LlmBatchShape extends Pick<LlmProviderShape, "name" | "model" | "codecTransformer"> {
  /** The body of a request, with the settings of this place in the program. */
  readonly encode: (request: LlmRequest) => Effect.Effect<object, AiError.AiError>
  /** Prepares the batch. The effect that it returns submits the batch and returns its id. */
  readonly stage: (
    lines: ReadonlyArray<Line>,
    name: string | undefined
  ) => Effect.Effect<Effect.Effect<string, AiError.AiError>, AiError.AiError>
  /** The latest batch of this name that may have answers. Absent where the vendor stores no names. */
  readonly find?: (name: string) => Effect.Effect<Option.Option<string>, AiError.AiError>
  readonly standing: (batch: string) => Effect.Effect<Standing, AiError.AiError>
  readonly cancel: (batch: string) => Effect.Effect<void, AiError.AiError>
}
