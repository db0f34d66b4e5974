/**
 * Answers written by the letter of their API, for packages that read nothing else: what is said is read by the readers of our own
 * adapters, and what only decorates it is left out where it is strange.
 */
import type * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import type * as EventReader from "../llm/internal/EventReader.ts"
import * as LooseJson from "../llm/internal/LooseJson.ts"
import type { LlmRequest } from "../llm/LlmProvider.ts"
import { ChatForms } from "./ChatForms.ts"
import { MessageForms } from "./MessageForms.ts"

/** JSON objects by the letter, or why there are none. */
export type Written = Result.Result<ReadonlyArray<LooseJson.Fields>, AiError.AiErrorReason>

/** Writes one answer. */
export interface Forms {
  /** What is written for an event. */
  readonly event: (json: LooseJson.Fields, name: string | undefined) => Written
  /** What is written behind the last event. */
  readonly end: () => Written
  /** Reads an answer that was asked for in one piece. `undefined` where it is passed on as it came. */
  readonly reader: EventReader.Reader | undefined
  /** The answer that `reader` has read. */
  readonly whole: () => Result.Result<LooseJson.Fields | undefined, AiError.AiErrorReason>
}

/** The forms of the API at an address. */
export const at = (url: string, request: LlmRequest | undefined): Forms => {
  const path = URL.parse(url)?.pathname ?? ""
  if (request !== undefined && /\/chat\/completions\/?$/.test(path)) return new ChatForms(request)
  return request !== undefined && /\/messages\/?$/.test(path) ? new MessageForms() : asTheyCame
}

const asTheyCame: Forms = {
  event: (json) => Result.succeed([json]),
  end: () => Result.succeed([]),
  reader: undefined,
  whole: () => Result.succeed(undefined)
}
