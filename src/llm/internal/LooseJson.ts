/**
 * JSON from servers, read field by field: each reader answers what is there in a form that can be used, else `undefined`.
 *
 * Adapters use it for answers, where a strange id or count must not cost a paid text.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as SafeJson from "../../internal/SafeJson.ts"

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>

/** An object; no list. */
export const fields = (value: unknown): Fields | undefined =>
  Predicate.isObject(value) ? value as unknown as Fields : undefined

/** An object, also where it is written as JSON in a text. */
export const object = (value: unknown): Fields | undefined =>
  typeof value === "string" ? fields(Result.getOrUndefined(Result.try(() => parse(value)))) : fields(value)

/** A list, or `undefined`. */
export const list = (value: unknown): ReadonlyArray<unknown> | undefined => Array.isArray(value) ? value : undefined

/** A list that holds objects only. */
export const objects = (value: unknown): ReadonlyArray<Fields> | undefined =>
  list(value)?.every((one) => fields(one) !== undefined) === true ? value as ReadonlyArray<Fields> : undefined

/** Whether a key is missing or `null`. */
export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null

/** A text that is not empty. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined

/** A name or an id: a text that is not blank, or a number written out. */
export const label = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== ""
    ? value
    : typeof value === "number" && Number.isFinite(value)
    ? String(value)
    : undefined

/** A count: a whole number from 0 that is exact, also where it is written as text. */
export const count = (value: unknown): number | undefined => {
  const number = typeof value === "string" && /^\d+(?:\.0*)?$/.test(value.trim()) ? Number(value) : value
  return typeof number === "number" && number >= 0 && Number.isSafeInteger(number) ? number : undefined
}

/** Whether a value is `{}`. */
export const isEmptyObject = (value: unknown): boolean => {
  const found = fields(value)
  return found !== undefined && Object.keys(found).length === 0
}

/** Those of `keys` under which something is said. */
export const pick = (json: Fields, keys: ReadonlyArray<string>): Fields =>
  Object.fromEntries(keys.filter((key) => !isNothing(json[key])).map((key) => [key, json[key]]))

/** Whether nothing is said: the key is absent, or its value is `null` or an empty text, list or object. */
export const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || value === false
  || (Array.isArray(value) ? value.length === 0 : Predicate.isObject(value) && Object.keys(value).length === 0)

/** Whether an error says nothing: it is absent, 0, or an object of such values. */
export const saysNothing = (value: unknown): boolean =>
  isNothing(value) || value === 0 || (fields(value) !== undefined && Object.values(fields(value)!).every(saysNothing))

/**
 * Parses JSON of at most `SafeJson.mostLevels` levels, so that code behind it may call itself for each level. Servers in Python
 * write `NaN`, `Infinity` and `None` into JSON, others line breaks into its texts, models a comma behind the last value: all of
 * them are read where nothing else is wrong. Throws a `SyntaxError` for anything else.
 */
export const parse = (json: string): unknown => {
  const text = json.startsWith("\uFEFF") ? json.slice(1) : json
  return bounded(text, parsed(text))
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const mended = mend(text)
    if (mended === text) throw error
    return JSON.parse(mended)
  }
}

/** The `value` that `text` holds, unless that has too many levels. Throws a `SyntaxError` then. */
export const bounded = <A>(text: string, value: A): A => {
  // Each level takes two brackets.
  if (text.length < 2 * SafeJson.mostLevels || !SafeJson.isDeep(value)) return value
  throw new SyntaxError(`nested more than ${SafeJson.mostLevels} levels deep`)
}

/** JSON whose texts hold no control characters, whose values are values, and whose commas stand between two of them. */
export const mend = (json: string): string =>
  json.replaceAll(tokens, (token) =>
    token.startsWith("\"")
      ? token.replaceAll(controls, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
      : token === ","
      ? ""
      : token === "True" || token === "False"
      ? token.toLowerCase()
      : "null")

const tokens = /"(?:[^"\\]|\\[^])*"|,(?=\s*[}\]])|-?\bInfinity\b|\b(?:NaN|None|True|False)\b/g

// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u001F]/g
