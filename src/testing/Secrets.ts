/**
 * Takes secrets out of what is about to be written.
 */
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"

export { isSecretName } from "../internal/SecretName.ts"

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
  // The longest first, so that of two that begin alike nothing is left.
  const known = secrets.map(Redacted.value).filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length)
  const hide = (text: string): string =>
    known.reduce((text, secret) => text.replaceAll(secret, redacted), text).replaceAll(looksSecret, redacted)
  const walk = (json: Schema.Json): Schema.Json => {
    if (typeof json === "string") return hide(json)
    if (json === null || typeof json !== "object") return json
    if (Array.isArray(json)) return json.map(walk)
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [hide(key), walk(value)]))
  }
  // Texts stay texts, so the type stays the same.
  return (json) => walk(json) as typeof json
}

const looksSecret = new RegExp(
  [
    String.raw`\bsk-[\w-]{16,}`,
    String.raw`\bBearer\s+[\w.~+/-]{8,}=*`,
    String.raw`\bAIza[\w-]{30,}`,
    String.raw`\b(?:gsk|hf|ghp|gho|github_pat)_\w{16,}`,
    String.raw`\bxai-\w{16,}`,
    String.raw`\bA[KS]IA[0-9A-Z]{16}\b`,
    String.raw`\bxox[abprs]-[\w-]{10,}`,
    String.raw`\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}`
  ].join("|"),
  "g"
)
