/**
 * How a model samples. A request has no room for it, so it is a reference: set it for a call, an agent or a program with
 * `Effect.provideService(LlmSettings, { temperature: 0, seed: 42 })`. What is absent is left to the vendor.
 *
 * An answer says in its `settings` which ones the model went by, and so does the run around it, in its annotation `llm`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Llm, LlmSettings } from "greenlang"
 * import { ScriptedLlm } from "greenlang/testing"
 *
 * const answer = await Effect.runPromise(
 *   Llm.generate("hi").pipe(
 *     Effect.provideService(LlmSettings, { temperature: 0, seed: 42 }),
 *     Effect.provide(ScriptedLlm.layer("Hello"))
 *   )
 * )
 * answer.settings // => { temperature: 0, seed: 42 }
 * ```
 */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"

/** @category references */
export const LlmSettings = Context.Reference<LlmSettings>("greenlang/llm/LlmSettings", { defaultValue: () => ({}) })

/** The settings as they are recorded. @category schemas */
export const Settings = Schema.Struct({
  temperature: Schema.optionalKey(Schema.Finite),
  /** Probability mass from which tokens are drawn, above 0 and at most 1. */
  topP: Schema.optionalKey(Schema.Finite),
  /** Vendors that know seeds answer almost the same to the same seed; none promises it. */
  seed: Schema.optionalKey(Schema.Int),
  maxOutputTokens: Schema.optionalKey(Schema.Int),
  stopSequences: Schema.optionalKey(Schema.Array(Schema.String)),
  /** How much a reasoning model thinks, in the vendor's words, as `low`. */
  reasoningEffort: Schema.optionalKey(Schema.String)
})
/** @category models */
export type LlmSettings = typeof Settings.Type
