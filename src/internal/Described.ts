/**
 * What a value is, never what it holds: for messages, and for values that others gave, which may be proxies that throw. And texts
 * of others, as a message may repeat them.
 */

import * as SecretName from "./SecretName.ts"

/** Such as `a number`, `a Promise` or `nothing`. */
export const kind = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value === null) return "null"
  const name = typeof value === "object" ? className(value) : typeof value
  if (name === "Array") return "a list"
  return name === "object" || name === "Object" ? "an object" : `${/^[aeiou]/i.test(name) ? "an" : "a"} ${name}`
}

/** A proxy may throw. */
const className = (value: object): string => {
  try {
    if (Array.isArray(value)) return "Array"
    const { name } = value.constructor
    return typeof name === "string" && name !== "" ? name : "object"
  } catch {
    return "object"
  }
}

/**
 * 1. Control characters, C0 and C1, besides the line feed and the tab: escape sequences begin with them.
 * 2. Marks that change the reading direction, and separators that some programs take for line breaks.
 * 3. Invisible characters that carry text of their own (tags, interlinear annotations, a byte order mark).
 * 4. Halves of a surrogate pair and noncharacters, which no encoding of a page may hold.
 */
const unsafe =
  /[^\P{Cc}\n\t]|\p{Cs}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu

/** The text without anything that a terminal or a page would obey. */
export const printable = (text: string): string => isPlain.test(text) ? text : text.replaceAll(unsafe, "")

const isPlain = /^[\n\t -~]*$/

/** JSON text with everything escaped that a terminal or a page would obey. */
export const escaped = (json: string): string =>
  json.replaceAll(
    unsafe,
    (letter) => letter.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")
  )

/** How a message shows what was given: a text without its secrets, a number, or of anything else what it is. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return quoted(SecretName.without(value.slice(0, 1_000)).slice(0, 100))
  return typeof value === "number" ? String(value) : kind(value)
}

/** A text in quotes, each of whose letters can be seen. */
export const quoted = (text: string): string => escaped(JSON.stringify(text))

/** At most `most` letters of a text, from its beginning and its end. Secrets are to be hidden before. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text
  const end = Math.floor(most / 5)
  return `${text.slice(0, most - end)}…${text.slice(-end)}`
}

/** At most ten of them. */
export const list = (names: ReadonlyArray<string>): string => {
  const more = names.length - 10
  return `${names.slice(0, 10).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}

/** The guard `is`, for values of others: one that throws when it is asked, as a proxy may, is not one. */
export const guard = <A>(is: (value: unknown) => value is A) => (value: unknown): value is A => {
  try {
    return is(value)
  } catch {
    return false
  }
}

/** `Array.isArray`. A value that throws when it is asked is not one. */
export const isList = guard((value): value is ReadonlyArray<unknown> => Array.isArray(value))

/** `instanceof`. A value that throws when it is asked is not one. */
export const isInstance = <A>(value: unknown, type: abstract new(...args: never) => A): value is A => {
  try {
    return value instanceof type
  } catch {
    return false
  }
}
