/**
 * What a text says, read without a model: JSON in it, `key: value` pairs, numbers with units, its words.
 */
import * as AiTool from "effect/ai/Tool"
import * as Predicate from "effect/Predicate"
import * as LooseJson from "../internal/LooseJson.ts"

/** One thing that was said. @category models */
export interface Fact {
  readonly key: string
  readonly value: unknown
}

/** A number and the unit behind it. `key` is what it was given for, if anything. @category models */
export interface Measure {
  readonly key: string | undefined
  readonly value: number
  readonly unit: string
}

/** @category models */
export interface Facts {
  /** The plainest first: keys of JSON, then pairs, then sentences such as "the country is Chile". */
  readonly facts: ReadonlyArray<Fact>
  readonly measures: ReadonlyArray<Measure>
  /** Every object of the JSON in the text, however deep. */
  readonly objects: ReadonlyArray<Readonly<Record<string, unknown>>>
  /** The text without its JSON. */
  readonly text: string
}

/** @category constructors */
export const fromText = (text: string): Facts => {
  const { rest, values } = extractJson(text.slice(0, mostRead))
  const read = fromValues(values)
  const { pair, sentence } = patterns()
  const pairs = [...rest.matchAll(pair).take(mostFacts), ...rest.matchAll(sentence).take(mostFacts)].map((
    [, key, value]
  ) => ({
    key: key!,
    value: clean(value!)
  }))
  const measured = pairs.flatMap(({ key, value }) => measuresIn(value).map((measure) => ({ ...measure, key })))
  return {
    facts: [...read.facts, ...pairs],
    measures: [...measured, ...measuresIn(rest)],
    objects: read.objects,
    text: rest
  }
}

/** The facts of JSON values. @category constructors */
export const fromValues = (values: ReadonlyArray<unknown>): Facts => {
  const facts: Array<Fact> = []
  const objects: Array<Readonly<Record<string, unknown>>> = []
  const visit = (value: unknown, inList: boolean): void => {
    if (Array.isArray(value)) return value.forEach((item) => visit(item, true))
    if (!Predicate.isObject(value)) return
    objects.push(value)
    for (const [key, inner] of Object.entries(value)) {
      // What is said of one item of a list is not said of the whole.
      if (!inList) facts.push({ key, value: inner })
    }
    for (const inner of Object.values(value)) visit(inner, inList)
  }
  for (const value of values) visit(value, false)
  return { facts, measures: [], objects, text: "" }
}

/** The words of a name, as `fuelType` or `fuel_type`, in lower case and the singular; `kWh` is one. @category words */
export const wordsOf = (name: string): ReadonlyArray<string> =>
  name.replace(/([a-z\d]{2})([A-Z])/g, "$1 $2").toLowerCase().split(/[^\p{L}\p{N}%]+/u)
    .filter((word) => word !== "" && !fillers.has(word))
    .map((word) => word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word)

/** A number, with or without thousands separators and a unit behind it. @category words */
export const numberIn = (text: string): number | undefined => {
  const match = patterns().wholeNumber.exec(text.trim())
  return match === null ? undefined : Number(match[1]!.replaceAll(",", ""))
}

/** Made when a text is first read: an import does not wait for them. */
const patterns = () => made ??= makePatterns()
let made: ReturnType<typeof makePatterns> | undefined

const makePatterns = () => {
  const number = String.raw`[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?`
  const unit = String.raw`[\p{L}%°][\p{L}\p{N}%°²³_]*(?:/[\p{L}\p{N}²³_]+)*`
  // A name begins where a word does, and is not longer than a name: else a long word is read anew from each of its letters.
  const key = String.raw`(?<![\p{L}_])[\p{L}][\p{L}\p{N}_]{0,60}(?:[ -][\p{L}][\p{L}\p{N}_]{0,60}){0,3}`
  // A comma ends a value unless it separates thousands, a full stop where the sentence ends.
  const value = String.raw`"[^"\n]*"|(?:[^,;.\n]|,(?=\d{3}(?!\d))|\.(?=\S))+`
  return {
    wholeNumber: new RegExp(`^(${number})(?:\\s*${unit}(?:\\s+[\\p{L}\\p{N}/²³]+)?)?$`, "u"),
    measure: new RegExp(`(?<![\\p{L}\\p{N}_.,])(${number})\\s*(${unit})`, "gu"),
    pair: new RegExp(`(${key})\\s*[:=]\\s*(${value})`, "gu"),
    sentence: new RegExp(`(${key})\\s+(?:is|are)\\s+(${value})`, "gu")
  }
}
const fillers = new Set(["the", "a", "an", "of", "in", "our", "my", "this", "that", "its", "and", "with", "for"])

/** The most characters of a text that facts are looked for in. */
const mostRead = 250_000

/** More than a person states in one prompt. */
const mostFacts = 1_000

const measuresIn = (text: string): ReadonlyArray<Measure> =>
  [...text.matchAll(patterns().measure).take(mostFacts)].flatMap(([, digits, unit]) =>
    fillers.has(unit!) ? [] : [{ key: undefined, value: Number(digits!.replaceAll(",", "")), unit: unit! }]
  )

const clean = (value: string): string => value.trim().replace(/^"(.*)"$/, "$1").replace(/[?!]+(?:\s.*)?$/, "").trim()

const extractJson = (text: string) => {
  const values: Array<unknown> = []
  let rest = ""
  // Each bracket that is not closed, or holds no JSON, is read to its end: that of a prompt of brackets, once for each.
  let left = 4 * text.length
  for (let i = 0; i < text.length; i++) {
    const opens = (text[i] === "{" || text[i] === "[") && left > 0
    const end = opens ? endOfJson(text, i) : -1
    if (opens) left -= (end === -1 ? text.length : end) - i
    const parsed = end === -1 ? undefined : parse(text.slice(i, end))
    if (Predicate.isObjectOrArray(parsed)) {
      values.push(parsed)
      rest += "\n"
      i = end - 1
    } else rest += text[i]
  }
  return { rest, values }
}

/** Where the bracket that opens at `start` is closed, brackets in strings left out. */
const endOfJson = (text: string, start: number): number => {
  let depth = 0
  let quoted = false
  for (let i = start; i < text.length; i++) {
    const at = text[i]
    if (quoted) {
      if (at === "\\") i++
      else if (at === "\"") quoted = false
    } else if (at === "\"") quoted = true
    else if (at === "{" || at === "[") depth++
    else if ((at === "}" || at === "]") && --depth === 0) return i + 1
  }
  return -1
}

/** Prose has brackets, too, so that what does not parse is text, and so is JSON of too many levels. */
const parse = (json: string): unknown => {
  try {
    return LooseJson.bounded(json, AiTool.unsafeSecureJsonParse(json))
  } catch {
    return undefined
  }
}
