/**
 * What says that a text is secret: its name, or its look. Errors, spans, logs, cassettes, records and histories all ask here.
 *
 * Names are of headers, query parameters, form fields and settings. Looks are those of keys of well-known vendors, JSON web tokens,
 * private keys, the user part of an address, and query parameters with the name of a secret.
 *
 * A name is read word by word (`x-api-key`, `apiKey` and `API_KEY` are the same), so that `max_tokens`, `token_type` and
 * `monkey` hold no secret, and `refresh_token`, `Ocp-Apim-Subscription-Key` and `db_password` do.
 */

/** Whether the value behind this name is a secret. @category redaction */
export const isSecretName = (name: string): boolean => {
  if (name.length > longestName || !stem.test(name)) return false
  // Which digits a name has is nothing that a rule asks for.
  const form = name.replaceAll(/\d+/g, "0")
  const known = seen.get(form)
  if (known !== undefined) return known
  const answer = judge(wordsOf(form))
  if (seen.size < 1_000) seen.set(form, answer)
  return answer
}

/** In each name that is judged to be a secret's: most names have none of these, and need no judgement. */
const stem = /auth|bearer|cookie|credential|jwt|pass|pwd|secret|session|sid|sig|token|key/i

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

/** What stands for a secret. @category redaction */
export const redacted = "<redacted>"

/** The text without what looks like a secret. @category redaction */
export const without = (text: string): string => {
  let hidden = text.length < shortestLookalike || !beginning.test(text) ? text : text.replaceAll(looksSecret, redacted)
  if (hidden.includes("://")) hidden = hidden.replaceAll(userPart, (_, before: string) => `${before}${redacted}@`)
  return !hidden.includes("=") ? hidden : hidden.replaceAll(
    queryParameter,
    (whole: string, before: string, name: string, value: string) =>
      isSecretName(name) && !/^(?:<|%3C)?redacted/i.test(value) ? `${before}${name}=${redacted}` : whole
  )
}

/** What each of `looksSecret` begins with: most texts have none of these. */
const beginning =
  /sk-|[sr]k_|Bearer|Basic|AIza|gsk_|hf_|gh[pousr]_|github_pat_|npm_|r8_|xai-|pplx-|glpat-|A[KS]IA|xox[abeprs]-|eyJ|-----BEGIN/

/**
 * Where a key begins: not inside of a word, but right behind an escape of JSON or of an address, or a sequence that colors a text,
 * which end in letters: `\nsk-...`, `%20sk-...`, `ESC[31msk-...`.
 */
const begins = String
  .raw`(?:(?<![\w-])|(?<=-)(?!eyJ)|(?<=\\[a-z]|\\u[\dA-Fa-f]{4}|\\x[\dA-Fa-f]{2}|%[\dA-Fa-f]{2}|[[\x9b][\d;:]{0,20}[A-Za-z]))`

/**
 * No two of these begin at one place and scan the same letters anew: the whole takes time by the length of the text. `\w{12}\w*`
 * rather than `\w{12,}`, which takes some of the stack for each letter.
 */
const looksSecret = new RegExp(
  `${begins}(?:${
    [
      String.raw`sk-[\w-]{12}[\w-]*`,
      String.raw`[sr]k_(?:live|test)_\w{12}\w*`,
      String.raw`Bearer\s+[\w.~+/-]{8}[\w.~+/-]*=*`,
      String.raw`Basic\s+(?=[A-Za-z\d+/]{0,400}[\d=])[A-Za-z\d+/]{12}[A-Za-z\d+/]*={0,2}`,
      String.raw`AIza[\w-]{30}[\w-]*`,
      String.raw`(?:gsk|hf|gh[pousr]|github_pat|npm|r8)_\w{12}\w*`,
      String.raw`(?:xai|pplx|glpat)-[\w-]{16}[\w-]*`,
      String.raw`A[KS]IA[0-9A-Z]{16}\b`,
      String.raw`xox[abeprs]-[\w-]{10}[\w-]*`,
      String.raw`eyJ[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*\.[\w-]{8}[\w-]*`
    ].join("|")
  })|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\\w+/=\\s\\\\]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?`,
  "g"
)

/** `sk-` and 12 letters. */
const shortestLookalike = 15

/** `user:password@`, or a token alone, as in `https://token@host`. */
const userPart = /(\b[a-z][a-z\d+.-]{0,20}:\/\/)(?!<redacted>@)[^\s/?#@"'<>]{1,500}@/gi

const queryParameter = /([?&;])([\w.-]{1,100})=([^\s&;"'<>#]{1,4000})/g

/**
 * Whether a value is long enough to be a secret: 8 characters, or 6 where not all are letters; and none of the words that
 * stand where a server wants some key.
 *
 * @category redaction
 */
export const isSecret = (value: string): boolean =>
  (value.length >= 8 || value.length >= shortest && /[^a-z]/i.test(value))
  && !placeholders.has(value.toLowerCase()) && !isOneLetter(value) && value !== redacted

/**
 * Whether a text is a secret by the name that it stands behind. A word is a setting, as in `"auth": "required"`.
 *
 * @category redaction
 */
export const isTelling = (name: string, text: string): boolean =>
  (/[^a-z]/i.test(text) || text.length >= 16) && isSecret(text) && isSecretName(name)

/** Whether a text is one letter again and again, such as stars. */
const isOneLetter = (value: string): boolean => {
  for (let at = 1; at < value.length; at++) if (value.charCodeAt(at) !== value.charCodeAt(0)) return false
  return true
}

/** Letters of the shortest secret. @category redaction */
export const shortest = 6

const placeholders = new Set([
  "<redacted>",
  "redacted",
  "anything",
  "changeme",
  "lm-studio",
  "no-key",
  "no-key-required",
  "no_key",
  "not-needed",
  "not-required",
  "notneeded",
  "not-used",
  "placeholder",
  "sk-no-key-required",
  "undefined",
  "unused-key",
  "your-api-key",
  "your_api_key"
])
