/**
 * The one list of names behind which secrets stand: of headers, query parameters, form fields and settings. Errors, spans,
 * logs, cassettes, records and histories all ask it.
 *
 * A name is read word by word (`x-api-key`, `apiKey` and `API_KEY` are the same), so that `max_tokens`, `token_type` and
 * `monkey` hold no secret, and `refresh_token`, `Ocp-Apim-Subscription-Key` and `db_password` do.
 */

/** Whether the value behind this name is a secret. @category redaction */
export const isSecretName = (name: string): boolean => {
  const known = seen.get(name)
  if (known !== undefined) return known
  const answer = name.length <= longestName && judge(wordsOf(name))
  if (seen.size < 1_000) seen.set(name, answer)
  return answer
}

/** Finds the names that `isSecretName` knows. */
class SecretNames extends RegExp {
  override [Symbol.search](name: string): number {
    return isSecretName(name) ? 0 : -1
  }
}

/** The same rule for effect's `CurrentRedactedNames`, which takes names and patterns. @category redaction */
export const secretNames: RegExp = new SecretNames("")

const seen = new Map<string, boolean>()
const longestName = 200

const wordsOf = (name: string): ReadonlyArray<string> =>
  name.replaceAll(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase().split(/[^a-z\d]+/).filter((word) => word !== "")

const judge = (words: ReadonlyArray<string>): boolean => {
  const last = words.at(-1)
  if (last === undefined || harmless.has(last)) return false
  if (words.some((word) => secretWords.has(word) || glued.test(word))) return true
  return last === "key" ? !words.some((word) => openKeys.has(word)) : false
}

const secretWords = new Set([
  "auth",
  "authentication",
  "authorization",
  "bearer",
  "cookie",
  "cookies",
  "credential",
  "credentials",
  "jwt",
  "passphrase",
  "passwd",
  "password",
  "pwd",
  "secret",
  "secrets",
  "session",
  "sid",
  "sig",
  "signature",
  "token"
])

/** Words that are written without a gap. */
const glued =
  /^(?:api|access|auth|private|secret|subscription|client|session|refresh|id|bearer|csrf|xsrf)(?:key|token|secret|sid)s?$|sessionid$|passw(?:or)?d|passphrase/

/** A name that ends in one of these speaks of a secret and does not hold it. */
const harmless = new Set([
  "type",
  "count",
  "limit",
  "usage",
  "tokens",
  "name",
  "length",
  "url",
  "uri",
  "expiry",
  "version",
  "provider",
  "method",
  "mode"
])

/** Keys that are names of things: `idempotency-key`, `prompt_cache_key`, `sec-websocket-key`. */
const openKeys = new Set([
  "cache",
  "dedup",
  "deduplication",
  "foreign",
  "group",
  "idempotency",
  "object",
  "ordering",
  "partition",
  "primary",
  "public",
  "routing",
  "shard",
  "sort",
  "websocket"
])
