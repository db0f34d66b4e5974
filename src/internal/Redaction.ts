/**
 * The one place that takes secrets out of what is about to be written or shown: errors, logs, records, cassettes.
 *
 * 1. Hide first, cut later: what is left of a cut secret cannot be found.
 * 2. A secret is found however it is written: in other case, in base64 or hex, escaped, split over lines (`SecretText`).
 * 3. What is too short to be a secret is not hidden, or it would eat the text around it (`isSecret`).
 */
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import * as Described from "./Described.ts"
import * as SafeJson from "./SafeJson.ts"
import * as SecretName from "./SecretName.ts"
import * as SecretText from "./SecretText.ts"

/** What stands for a secret. @category redaction */
export const redacted = SecretName.redacted

/** Secrets, or lists of them: to wrap each of many takes longer than to find it. @category models */
export type Secrets = ReadonlyArray<Redacted.Redacted<string | ReadonlyArray<string>>>

/** The same JSON without the secrets in its texts. @category models */
export type Redact = <A extends Schema.Json>(json: A) => A

/**
 * Hides these secrets in the texts of a JSON value, the names of fields included. With `byName`, also hides the texts behind
 * names such as `password`: for what is recorded and shown, and never read again by a program.
 *
 * @category redaction
 */
export const make = (
  secrets: Secrets = [],
  options?: { readonly byName: boolean }
): Redact => {
  const hideText = hide(secrets)
  const { finder, texts: known, whole } = knownOf(secrets)
  const isNamed = (name: string, text: string) => options?.byName === true && SecretName.isTelling(name, text)
  // a secret may be split over the texts of one list or object
  const splitOver = (texts: ReadonlyArray<string>): ReadonlySet<number> | undefined =>
    known.length === 0 || texts.length < 2 || texts.every((text) => text === "")
      ? undefined
      : SecretText.splitOver(finder(), texts)
  /** What hides in each of these texts. One look at all of them takes a tenth of the time of one at each. */
  const hideIn = (texts: ReadonlyArray<string>): (text: string) => string =>
    known.length > 0 && texts.length > mostAlone && finder().ranges(texts.join("\n")).length === 0
      ? (text) => whole.has(text) ? redacted : SecretName.without(text)
      : hideText
  // What holds no secret is answered as it is: a copy of an object with many keys takes as long as the search.
  const walk = (json: Schema.Json, name: string, hide: (text: string) => string): Schema.Json => {
    if (typeof json === "string") return isNamed(name, json) ? redacted : hide(json)
    if (json === null || typeof json !== "object") return json
    if (Array.isArray(json)) {
      const texts = known.length === 0
        ? none
        : json.map((item) => typeof item === "string" && !isNamed(name, item) ? item : "")
      const split = splitOver(texts)
      const hideItem = hideIn(texts)
      let items: Array<Schema.Json> | undefined
      for (let at = 0; at < json.length; at++) {
        const item: Schema.Json = json[at]!
        const hidden = split?.has(at) === true ? redacted : walk(item, name, hideItem)
        if (hidden !== item) (items ??= [...json])[at] = hidden
      }
      return items ?? json
    }
    // Such as a date.
    if (!SafeJson.isPlain(json)) return json
    const keys = Object.keys(json)
    if (keys.length === 0) return json
    const fields = keys.map((key) => (json as Schema.JsonObject)[key]!)
    const telling = fields.map((field, at) => typeof field === "string" && isNamed(keys[at]!, field))
    const texts = known.length === 0 || telling.every(Boolean)
      ? none
      : fields.map((field, at) => typeof field === "string" && !telling[at] ? field : "")
    const split = splitOver(texts)
    const hideKey = hideIn(keys)
    const hideField = hideIn(texts)
    let hidden: Array<[string, Schema.Json]> | undefined
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at]!
      const hiddenKey = hideKey(key)
      const before = fields[at]!
      const field = telling[at] || split?.has(at) === true
        ? redacted
        : typeof before === "string"
        ? hideField(before)
        : walk(before, key, hideField)
      if (hidden === undefined && hiddenKey === key && field === before) continue
      hidden ??= keys.slice(0, at).map((key, at) => [key, fields[at]!])
      hidden.push([hiddenKey, field])
    }
    return hidden === undefined ? json : Object.fromEntries(hidden)
  }
  // Texts stay texts, so the type stays the same.
  return (json) => walk(json, "", hideText) as typeof json
}

/** Texts of one list or object that are looked at one by one. */
const mostAlone = 32

const none: ReadonlyArray<string> = []

/**
 * A text without these secrets, and without what looks like a secret: keys of well-known vendors (`sk-...`, `Bearer ...`,
 * `AIza...`, `gsk_...`, `ghp_...`, `AKIA...` and others), JSON web tokens, private keys, the user part of an address, and
 * query parameters such as `api_key`.
 *
 * @category redaction
 */
export const hide = (secrets: Secrets): (text: string) => string => {
  const { finder, texts: known, whole } = knownOf(secrets)
  // the longest first, so that nothing is left of two that begin alike
  const few = known.length > mostReplaced ? [] : known.toSorted((a, b) => b.length - a.length)
  return (text) => {
    if (text.length < SecretName.shortest) return text
    if (whole.has(text)) return redacted
    let hidden = text
    for (const secret of few) hidden = hidden.replaceAll(secret, redacted)
    if (known.length > 0) hidden = without(hidden, finder().ranges(hidden))
    return SecretName.without(hidden)
  }
}

/** Of more secrets, each of which takes a look at each text, the finder alone looks at all at once. */
const mostReplaced = 16

/** The secrets of a run, and what finds them: made once, however often it is used. */
interface Known {
  readonly texts: ReadonlyArray<string>
  readonly whole: ReadonlySet<string>
  readonly finder: () => SecretText.Finder
}

const knownOf = (secrets: Secrets): Known => {
  const before = made.get(secrets)
  if (before !== undefined) return before
  const whole = new Set(secrets.flatMap(Redacted.value).filter(SecretName.isSecret))
  const texts = [...whole]
  let finder: SecretText.Finder | undefined
  const known: Known = { texts, whole, finder: () => finder ??= SecretText.finderOf(texts) }
  made.set(secrets, known)
  return known
}

const made = new WeakMap<Secrets, Known>()

/** What finds those of these secrets that are hidden, or nothing where none is. @category reading */
export const finderOf = (secrets: Secrets): SecretText.Finder | undefined => {
  const { finder, texts } = knownOf(secrets)
  return texts.length === 0 ? undefined : finder()
}

/**
 * The first `longest` characters of a text, hidden by `hideText` before they are cut: what is left of a cut secret cannot
 * be found. A text of any length takes the time of a short one.
 *
 * @category redaction
 */
export const excerpt = (text: string, hideText: (text: string) => string, longest: number): string => {
  const read = text.slice(0, longest + margin)
  const hidden = hideText(read)
  // At the end of what was read, half a secret may stand.
  const sure = read.length < text.length ? hidden.slice(0, Math.max(0, hidden.length - margin / 2)) : hidden
  return sure.length > longest || read.length < text.length ? `${sure.slice(0, longest)}...` : sure
}

/** Longer than any secret. */
const margin = 20_000

/** What stands behind names such as `authorization`, `api_key` or `cookie`. @category reading */
export const ofFields = (
  fields: Iterable<readonly [name: string, value: string]>
): ReadonlyArray<Redacted.Redacted> =>
  Array.from(fields).flatMap(([name, value]) =>
    SecretName.isSecretName(name) ? partsOf(value).map((part) => Redacted.make(part)) : []
  )

/**
 * What stands in the user part of an address, in its secret query parameters, and between two slashes of its path where that can
 * only be a key, as gateways have it. @category reading
 */
export const ofAddress = (address: string): ReadonlyArray<Redacted.Redacted> => {
  const [, user = ""] = /^\s*[\w+.-]*:?\/\/([^/?#]*)@/.exec(address) ?? []
  const [name = "", ...password] = user.split(":")
  const { pathname = "", searchParams: query = [] } = URL.parse(address) ?? {}
  // A user without a password is a token.
  const parts = password.length === 0 ? [name] : [password.join(":"), `${name}:${password.join(":")}`]
  return [
    ...[...new Set(parts.flatMap((part) => [part, decoded(part)]))].filter(SecretName.isSecret).map((part) =>
      Redacted.make(part)
    ),
    ...pathname.split("/").filter(isOpaque).map((part) => Redacted.make(part)),
    ...ofFields(query)
  ]
}

/** Whether a part of a path is not made of words: 24 letters and digits in a row, with three digits at least. */
const isOpaque = (part: string): boolean =>
  /[A-Za-z\d]{24,}/.test(part) && /\d.*\d.*\d/.test(part) && /[A-Za-z]/.test(part) && SecretName.isSecret(part)

/** What stands behind such names in a JSON value, at any depth, or in a form. @category reading */
export const ofBody = (body: Schema.Json): ReadonlyArray<Redacted.Redacted> => {
  if (typeof body === "string") return /^[^\s=&]+=/.test(body) ? ofFields(new URLSearchParams(body)) : []
  return textsIn(body).map((text) => Redacted.make(text))
}

/**
 * What is `Redacted` in a value, at any depth, and the texts that stand behind such names. Reads the first 100,000 objects and
 * lists. However many secrets there are, `make` and `hide` take time by the length of the text: beyond 65,536 letters of
 * secrets, what is left is hidden by its name, and where it is a whole text.
 *
 * @category reading
 */
export const ofValue = (value: unknown): Secrets => {
  const found = textsIn(value)
  return found.length === 0 ? [] : [Redacted.make(found)]
}

const textsIn = (value: unknown): ReadonlyArray<string> => {
  const found: Array<string> = []
  const seen = new Set<unknown>()
  const open: Array<unknown> = [value]
  for (let next = open.pop(); next !== undefined && seen.size < mostRead; next = open.pop()) {
    if (typeof next !== "object" || next === null || seen.has(next)) continue
    seen.add(next)
    if (isRedacted(next)) {
      const secret = valueOf(next)
      if (typeof secret === "string") found.push(secret)
      else open.push(secret)
      continue
    }
    // numbers alone
    if (ArrayBuffer.isView(next)) continue
    eachField(next, (name, inside) => {
      if (typeof inside === "object") open.push(inside)
      else if (typeof inside === "string" && SecretName.isTelling(name, inside)) {
        for (const part of partsOf(inside)) found.push(part)
      }
    })
  }
  return found
}

const mostRead = 100_000

const isRedacted = Described.guard(Redacted.isRedacted)

/** Fewer where a proxy or a getter throws: what cannot be read is not shown either. */
const eachField = (value: object, use: (name: string, field: unknown) => void): void => {
  try {
    // a longer list may have gaps without end
    if (Array.isArray(value) && value.length <= mostRead) {
      for (let at = 0; at < value.length; at++) use("", value[at])
    } // of an object with many keys, `Object.entries` takes three times as long
    else for (const key of Object.keys(value)) use(key, (value as Readonly<Record<string, unknown>>)[key])
  } catch {
    // The fields before it were read.
  }
}

/** A secret that was wiped throws. */
const valueOf = (secret: Redacted.Redacted<unknown>): unknown => {
  try {
    return Redacted.value(secret)
  } catch {
    return undefined
  }
}

/** An address without its user part and the values of its secret query parameters. @category redaction */
export const address = (text: string): string => {
  const url = URL.parse(text)
  if (url === null) return SecretName.without(text)
  url.username = ""
  url.password = ""
  for (const name of new Set(url.searchParams.keys())) {
    if (SecretName.isSecretName(name)) url.searchParams.set(name, "redacted")
  }
  return url.href
}

/** `Bearer x` holds x, `Basic x` also what it encodes, and a cookie its values. */
const partsOf = (value: string): ReadonlyArray<string> => {
  if (!/[\s;=]/.test(value)) return SecretName.isSecret(value) ? [value] : []
  const [, scheme = "", rest = value] = /^\s*([a-z][\w-]*)\s+(\S.*)$/is.exec(value.trim()) ?? []
  const login = scheme.toLowerCase() === "basic" ? Buffer.from(rest, "base64").toString() : ""
  const pairs = /[;=]/.test(value) ? value.split(";").map((pair) => pair.slice(pair.indexOf("=") + 1).trim()) : []
  return [...new Set([value.trim(), rest, login, login.slice(login.indexOf(":") + 1), ...pairs])].filter(
    SecretName.isSecret
  )
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const without = (text: string, ranges: ReadonlyArray<SecretText.Range>): string => {
  if (ranges.length === 0) return text
  const pieces: Array<string> = []
  let at = 0
  for (const { from, to } of ranges) {
    pieces.push(text.slice(at, from), redacted)
    at = to
  }
  return pieces.join("") + text.slice(at)
}
