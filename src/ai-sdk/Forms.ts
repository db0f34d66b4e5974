/**
 * Answers written by the letter of their API, for packages that read nothing else: what is said is read by the readers of our own
 * adapters, and what only decorates it is left out where it is strange.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Result from "effect/Result"
import type * as EventReader from "../llm/internal/EventReader.ts"
import type * as LooseJson from "../llm/internal/LooseJson.ts"

/** JSON objects by the letter, or why there are none. */
export type Written = Result.Result<ReadonlyArray<LooseJson.Fields>, AiError.AiErrorReason>

/** Writes one answer. */
export interface Forms {
  /** What is written for an event. */
  readonly event: (json: LooseJson.Fields, name: string | undefined) => Written
  /** How far the answer has come. */
  readonly progress: EventReader.Progress
  /** What is written behind the last event. */
  readonly end: () => Written
  /** Whether all of the answer came in one event. */
  readonly isWhole: () => boolean
  /** Reads an answer that was asked for in one piece. `undefined` where it is passed on as it came. */
  readonly reader: EventReader.Reader | undefined
  /** The answer that `reader` has read. */
  readonly whole: () => Result.Result<LooseJson.Fields | undefined, AiError.AiErrorReason>
  /** The cost that the vendor stated by now, in US dollars, for which packages have no field. */
  readonly cost: () => number | undefined
}
