/**
 * Parts of a recorded stream, which may bring a secret in pieces that are harmless alone.
 */
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import type * as Redaction from "../../internal/Redaction.ts"

/** The same parts. Where a secret is split over the parts of one text, the first of them holds the whole text, without it. */
export const unsplit = (parts: ReadonlyArray<Schema.Json>, redact: Redaction.Redact): ReadonlyArray<Schema.Json> => {
  const pieces = new Map<string, Array<string>>()
  for (const part of parts) {
    if (!isDelta(part)) continue
    const known = pieces.get(keyOf(part))
    if (known === undefined) pieces.set(keyOf(part), [part.delta])
    else known.push(part.delta)
  }
  const hidden = new Map<string, string>()
  for (const [key, texts] of pieces) {
    const text = texts.join("")
    const without = redact(text)
    if (without !== text) hidden.set(key, without)
  }
  const written = new Set<string>()
  return parts.flatMap((part) => {
    const text = isDelta(part) ? hidden.get(keyOf(part)) : undefined
    if (!isDelta(part) || text === undefined) return [part]
    if (written.has(keyOf(part))) return []
    written.add(keyOf(part))
    return [{ ...part, delta: text }]
  })
}

type Delta = Schema.JsonObject & { readonly type: string; readonly id: string; readonly delta: string }

const isDelta = (part: Schema.Json | undefined): part is Delta =>
  Predicate.hasProperty(part, "delta") && typeof part.delta === "string"

const keyOf = ({ id, type }: Delta): string => `${type} ${id}`
