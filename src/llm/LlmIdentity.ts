/**
 * Who gave an answer, as every answer of ours says it.
 */
import type * as Response from "effect/ai/Response"
import * as Schema from "effect/Schema"
import { Settings } from "./LlmSettings.ts"

/**
 * Which model answered, and by which settings. Every answer says it in the metadata of its `response-metadata` and `finish` parts, under the
 * key `greenlang`. `offline` means that a program answered, without a language model behind it: the same request always
 * gets the same answer, and costs nothing. Nor does one that is `cached`, as no model was asked.
 *
 * @category models
 */
export const LlmIdentity = Schema.Struct({
  provider: Schema.String,
  model: Schema.String,
  offline: Schema.Boolean,
  /** Those that were set and sent to the vendor. */
  settings: Schema.optionalKey(Settings),
  /** The answer is an earlier one, kept by `LlmCache`. */
  cached: Schema.optionalKey(Schema.Literal(true))
})
/** @category models */
export type LlmIdentity = typeof LlmIdentity.Type

/** The key of `LlmIdentity` in the metadata of a part. @category metadata */
export const metadataKey = "greenlang"

/**
 * Who gave these parts, if they say it.
 *
 * @category metadata
 */
export const identityOf = (
  parts: ReadonlyArray<{ readonly type: string; readonly metadata?: Response.ProviderMetadata | undefined }>
): LlmIdentity | undefined => {
  for (const { metadata } of parts) {
    const identity = metadata?.[metadataKey]
    if (isIdentity(identity)) return identity
  }
  return undefined
}

/** Most calls are signed with the same few values. */
const known = new WeakSet<object>()

const isIdentity = (value: unknown): value is LlmIdentity => {
  if (typeof value !== "object" || value === null) return false
  if (known.has(value)) return true
  if (!isOne(value)) return false
  known.add(value)
  return true
}

const isOne = Schema.is(LlmIdentity)
