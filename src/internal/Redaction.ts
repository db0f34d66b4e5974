/**
 * Takes secrets out of what is about to be written or told.
 */
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"

/** What stands for a secret. @category redaction */
export const redacted = "<redacted>"

/** The same JSON without the secrets in its texts. @category models */
export type Redact = <A extends Schema.Json>(json: A) => A

/**
 * Hides these secrets, and what looks like a key of a well-known vendor: `sk-...`, `Bearer ...`, `AIza...`, `gsk_...`,
 * `xai-...`, `hf_...`, `AKIA...`, `ghp_...`, `xoxb-...` and JSON web tokens.
 *
 * @category redaction
 */
export const make = (secrets: ReadonlyArray<Redacted.Redacted> = []): Redact => {
  const known = hide(secrets)
  const walk = (json: Schema.Json): Schema.Json => {
    if (typeof json === "string") return known(json).replaceAll(looksSecret, redacted)
    if (json === null || typeof json !== "object") return json
    if (Array.isArray(json)) return json.map(walk)
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [walk(key), walk(value)]))
  }
  // Texts stay texts, so the type stays the same.
  return (json) => walk(json) as typeof json
}

/** A text without these secrets. @category redaction */
export const hide = (secrets: ReadonlyArray<Redacted.Redacted>): (text: string) => string => {
  // The longest first, so that of two that begin alike nothing is left.
  const known = secrets.map(Redacted.value).filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length)
  return (text) => known.reduce((text, secret) => text.replaceAll(secret, redacted), text)
}

const looksSecret = new RegExp(
  [
    String.raw`\bsk-[\w-]{12,}`,
    String.raw`\bBearer\s+[\w.~+/-]{8,}=*`,
    String.raw`\bAIza[\w-]{30,}`,
    String.raw`\b(?:gsk|hf|gh[pousr]|github_pat)_\w{12,}`,
    String.raw`\bxai-\w{16,}`,
    String.raw`\bA[KS]IA[0-9A-Z]{16}\b`,
    String.raw`\bxox[abprs]-[\w-]{10,}`,
    String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}`
  ].join("|"),
  "g"
)

/**
 * The parts of a stream, which may bring a secret in pieces, none of which is one. The first of them then holds all that may be
 * told.
 *
 * @category redaction
 */
export const unsplit = (parts: ReadonlyArray<Schema.Json>, redact: Redact): ReadonlyArray<Schema.Json> => {
  const texts = new Map<string, string>()
  for (const part of parts) if (isDelta(part)) texts.set(keyOf(part), (texts.get(keyOf(part)) ?? "") + part.delta)
  const told = new Set<string>()
  return parts.flatMap((part) => {
    const text = isDelta(part) ? texts.get(keyOf(part)) : undefined
    if (!isDelta(part) || text === undefined || redact(text) === text) return [part]
    if (told.has(keyOf(part))) return []
    told.add(keyOf(part))
    return [{ ...part, delta: redact(text) }]
  })
}

type Delta = Schema.JsonObject & { readonly type: string; readonly id: string; readonly delta: string }

const isDelta = (part: Schema.Json | undefined): part is Delta =>
  Predicate.hasProperty(part, "delta") && typeof part.delta === "string"

const keyOf = ({ id, type }: Delta): string => `${type} ${id}`
