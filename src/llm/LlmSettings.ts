/**
 * How a model samples. A request has no room for it, so it is a reference: set it for a call, an agent or a program with
 * `Effect.provideService(LlmSettings, { temperature: 0, seed: 42 })`. What is absent is left to the vendor.
 */
import * as Context from "effect/Context"

/** @category references */
export const LlmSettings = Context.Reference<LlmSettings>("greenlang/llm/LlmSettings", { defaultValue: () => ({}) })

/** @category models */
export interface LlmSettings {
  readonly temperature?: number
  /** Probability mass from which tokens are drawn, above 0 and at most 1. */
  readonly topP?: number
  /** Vendors that know seeds answer almost the same to the same seed; none promises it. */
  readonly seed?: number
  readonly maxOutputTokens?: number
  readonly stopSequences?: ReadonlyArray<string>
  /** How much a reasoning model thinks, in the vendor's words, as `low`. */
  readonly reasoningEffort?: string
}
