/**
 * Regular expressions that others wrote. A matcher that goes back takes a time without a bound for some of them: `(a+)+$` and
 * thirty letters are enough, `a*a*a*b` and some thousands.
 */
import * as PatternRepeats from "./PatternRepeats.ts"

/**
 * What is wrong with `pattern`, `undefined` where it can be used. Refused are expressions that cannot be read, and those in which
 * a group that is repeated without a bound can match one text in several ways: it holds another repetition without a bound, or
 * alternatives that do not begin with different letters; and those in which two repetitions behind each other take the same letters.
 */
export const problem = (pattern: string): string | undefined => {
  if (!isPattern(pattern)) return "should be a regular expression"
  if (pattern.length > mostCharacters) return `is a regular expression of more than ${mostCharacters} characters`
  if (isAmbiguous(pattern)) return `is a regular expression that can take a time without a bound: ${why}`
  return PatternRepeats.overlap(tokens(pattern), isMany)
    ? `is a regular expression that can take a time that grows with the square of the text: ${whySquare}`
    : undefined
}

/** The longest text that a pattern with a problem may be tried on. */
const mostLetters = 20

/** Whether `text` matches a pattern of a stranger. A pattern with a `problem` matches no text of more than 20 letters. */
export const matches = (pattern: string, text: string): boolean =>
  isPattern(pattern) && (text.length <= mostLetters || problem(pattern) === undefined)
  && new RegExp(pattern, "u").test(text)

const isPattern = (source: string): boolean => {
  try {
    return new RegExp(source, "u") instanceof RegExp
  } catch {
    return false
  }
}

const mostCharacters = 1_000
const why = "a part that is repeated holds another repetition, or alternatives that begin alike"

const whySquare =
  "two repeated parts behind each other take the same letters. Where it does not begin with ^, it is tried at "
  + "each letter: begin it with ^, or bound the repetition, as {1,20}"

/** The first problem of the patterns in a JSON Schema, those of its properties included. */
export const problemIn = (schema: unknown): string | undefined => {
  const open: Array<unknown> = [schema]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue
    for (const [key, value] of Object.entries(next)) {
      if (typeof value === "object" && value !== null) open.push(value)
      const patterns = key === "pattern" && typeof value === "string"
        ? [value]
        : key === "patternProperties" && typeof value === "object" && value !== null
        ? Object.keys(value)
        : []
      for (const pattern of patterns) {
        const found = problem(pattern)
        if (found !== undefined) return `the pattern ${pattern.slice(0, 100)} ${found}`
      }
    }
  }
  return undefined
}

/** What is known of a group while it is read. */
interface Group {
  /** Whether something in it is repeated. */
  repeats: boolean
  /** The first letters of its alternatives, `undefined` for one that does not begin with a letter. */
  readonly begins: Array<string | undefined>
}

const isAmbiguous = (pattern: string): boolean => {
  const open: Array<Group> = [{ repeats: false, begins: [] }]
  let begins = true
  /** The group that has just been closed, which a quantifier behind it repeats. */
  let closed: Group | undefined
  for (const { kind, text } of tokens(pattern)) {
    const group = open.at(-1)!
    if (kind === "quantifier") {
      if (isMany(text)) {
        if (closed !== undefined && (closed.repeats || !differs(closed.begins))) return true
        group.repeats = true
      }
      continue
    }
    if (closed !== undefined && closed.repeats) group.repeats = true
    closed = undefined
    if (kind === "open") {
      if (begins) group.begins.push(undefined)
      open.push({ repeats: false, begins: [] })
      begins = true
    } else if (kind === "close") {
      if (begins) group.begins.push(undefined)
      closed = group
      open.pop()
      begins = false
    } else if (kind === "or") {
      if (begins) group.begins.push(undefined)
      begins = true
    } else {
      if (begins) group.begins.push(kind === "letter" ? text : undefined)
      begins = false
    }
  }
  return false
}

/** One alternative is never in the way of another. */
const differs = (begins: ReadonlyArray<string | undefined>): boolean =>
  begins.length < 2 || begins.every((one) => one !== undefined) && new Set(begins).size === begins.length

/** More often than anyone waits for. */
const isMany = (quantifier: string): boolean => {
  const [, least = "", comma = "", most = ""] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? []
  if (least === "") return quantifier.startsWith("*") || quantifier.startsWith("+")
  return comma !== "" && most === "" || Number(most || least) > 20
}

const token =
  /(?<open>\((?:\?(?:<[=!]|[:=!]|<\w+>|[a-z-]+:))?)|(?<close>\))|(?<or>\|)|(?<quantifier>(?:[*+?]|\{\d+(?:,\d*)?\})\??)|(?<class>\[(?:\\.|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\k<\w+>|\\u\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Za-z]|\\.|[.^$])|(?<letter>.)/gsu

const tokens = (pattern: string) =>
  pattern.matchAll(token).map(({ 0: text, groups }) => ({
    text,
    kind: Object.entries(groups ?? {}).find(([, found]) => found !== undefined)?.[0] ?? "letter"
  }))
