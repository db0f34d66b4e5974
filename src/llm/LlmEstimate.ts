/**
 * How many tokens a call will take, guessed before it is made: limits and budgets reserve that much, and settle with what
 * the vendor counted.
 */
import * as Predicate from "effect/Predicate"
import type { EncodedRequest } from "./EncodedRequest.ts"

/** @category models */
export interface LlmEstimate {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** @category models */
export interface Options {
  /**
   * Bytes of the request, as JSON, for one token. English prose has about 4, other scripts and numbers have fewer. No
   * token is shorter than 1 byte, so that with 1 the estimate is an upper bound, but for what vendors add of their own.
   */
  readonly bytesPerToken: number
  /** Tokens of the answer where `LlmSettings.maxOutputTokens` does not bound them. */
  readonly outputTokens: number
  /** Tokens of one file or image, whose bytes say little about it. */
  readonly fileTokens: number
}

/** @category estimating */
export const make = (options: Options) => (request: EncodedRequest): LlmEstimate => {
  let files = 0
  const text = JSON.stringify(request, (_key, value: unknown) => {
    if (!Predicate.isObject(value) || !("type" in value) || value.type !== "file") return value
    files++
    return undefined
  })
  return {
    inputTokens: Math.ceil(new TextEncoder().encode(text).length / options.bytesPerToken) + files * options.fileTokens,
    outputTokens: request.settings.maxOutputTokens ?? options.outputTokens
  }
}
