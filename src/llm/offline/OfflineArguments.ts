/**
 * Fills a JSON Schema from facts: what has the name of a property and its type becomes its value.
 */
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as PatternText from "../../agent/internal/PatternText.ts"
import { type Fact, type Facts, numberIn, wordsOf } from "./OfflineFacts.ts"

/** @category models */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What arguments are taken from: what the user said, and what tools answered. @category models */
export interface Sources {
  readonly said: Facts
  readonly found: Facts
  /** A text for a required property that asks for prose, as `summary`. */
  readonly prose?: string
  /** Whether a required property is filled, as far as that makes nothing up, where no fact has its name. */
  readonly whole?: boolean
}

/**
 * A value of `schema`, or the names of the required properties that no fact fills.
 *
 * @category filling
 */
export const fill = (schema: JsonSchema, sources: Sources): Result.Result<unknown, ReadonlyArray<string>> =>
  fillObject(resolver(schema), schema, sources)

/**
 * `value` as a value of `schema`, as the number in "12 kWh"; `undefined` if it is none.
 *
 * @category filling
 */
export const coerce = (schema: JsonSchema, value: unknown): unknown => coerceWith(resolver(schema), schema, value)

type Resolve = (schema: unknown) => JsonSchema

/** Follows references into the definitions of `root`, and gathers what stands in `allOf`. */
const resolver = (root: JsonSchema): Resolve => {
  const definitions = Predicate.isObject(root["$defs"]) ? root["$defs"] : {}
  const resolve: Resolve = (schema) => {
    if (!Predicate.isObject(schema)) return {}
    const ref = schema["$ref"]
    if (typeof ref === "string") return resolve(definitions[ref.split("/").at(-1)!])
    const all = schema["allOf"]
    return Array.isArray(all) ? Object.assign({}, schema, ...all.map(resolve)) : schema
  }
  return resolve
}

const fillObject = (
  resolve: Resolve,
  schema: JsonSchema,
  sources: Sources
): Result.Result<unknown, ReadonlyArray<string>> => {
  const { properties, required } = shapeOf(resolve(schema))
  const missing: Array<string> = []
  const filled: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(properties)) {
    const value = fillProperty(resolve, name, resolve(property), sources, required.includes(name))
    if (value !== undefined) filled[name] = value
    else if (required.includes(name)) missing.push(name)
  }
  return missing.length === 0 ? Result.succeed(filled) : Result.fail(missing)
}

const shapeOf = (schema: JsonSchema) => ({
  properties: Predicate.isObject(schema["properties"]) ? schema["properties"] : {},
  required: Array.isArray(schema["required"]) ? schema["required"] as ReadonlyArray<string> : []
})

const fillProperty = (
  resolve: Resolve,
  name: string,
  schema: JsonSchema,
  sources: Sources,
  required: boolean
): unknown => {
  const { found, prose, said, whole = false } = sources
  const named = (facts: ReadonlyArray<Fact>) => first(facts, ({ value }) => coerceWith(resolve, schema, value))
  const exact = named(said.facts.filter(({ key }) => sameName(key, name)))
    ?? measured(resolve, name, schema, said)
    ?? named(found.facts.filter(({ key }) => sameName(key, name)))
  // An optional property is left to its default, unless the prompt names it.
  if (exact !== undefined || !required) return exact

  const guess = mentioned(resolve, schema, said.text)
    ?? named(said.facts.filter(({ key }) => similarName(key, name)))
    ?? named(found.facts.filter(({ key }) => similarName(key, name)))
  if (guess !== undefined) return guess
  if (schema["type"] === "object" && shapeOf(schema).required.length > 0) {
    return Result.getOrUndefined(fillObject(resolve, schema, sources))
  }
  if (schema["default"] !== undefined) return schema["default"]
  if (prose === undefined) return undefined
  if (whole) return unstated(resolve, name, schema, said, prose)
  return asksForProse(name) ? coerceWith(resolve, schema, prose) : undefined
}

/**
 * What a whole answer says where no fact has the name of a property: the choice or the word that the given texts have, `null` or an
 * empty list where that is allowed, a text that says what it is. Never a number.
 */
const unstated = (resolve: Resolve, name: string, schema: JsonSchema, said: Facts, prose: string): unknown => {
  const texts = [said.text, ...said.objects.flatMap((object) => Object.values(object)).filter(Predicate.isString)].join(
    " "
  )
  const choice = mentioned(resolve, schema, texts)
  if (choice !== undefined) return choice
  const kinds = alternatives(schema).map((alternative) => resolve(alternative))
  if (kinds.some(({ type }) => type === "null")) return null
  const [kind] = kinds
  if (kinds.length !== 1 || kind === undefined || choicesOf(resolve, kind).length > 0) return undefined
  switch (kind["type"]) {
    case "boolean": {
      const given = new Set(wordsOf(texts))
      return wordsOf(name).every((word) => given.has(word))
    }
    case "array":
      return coerceWith(resolve, kind, [])
    case "string":
      return coerceWith(resolve, kind, prose.slice(0, bound(kind["maxLength"], prose.length)))
    default:
      return undefined
  }
}

const sameName = (a: string, b: string): boolean => wordsOf(a).join(" ") === wordsOf(b).join(" ")

/** All words of one are in the other: "fuel" for `fuel_type`. */
const similarName = (a: string, b: string): boolean => {
  const [short, long] = [wordsOf(a), wordsOf(b)].toSorted((a, b) => a.length - b.length)
  return short!.length > 0 && short!.every((word) => long!.includes(word))
}

/** A number in the unit that the name ends in, or the only number with a unit for `amount` and `unit`. */
const measured = (resolve: Resolve, name: string, schema: JsonSchema, { measures }: Facts): unknown => {
  const words = wordsOf(name)
  const byName = measures.find(({ unit }) => words.length > 1 && words.includes(wordsOf(unit)[0] ?? ""))
  if (byName !== undefined) return coerceWith(resolve, schema, byName.value)
  const amount = measures.find(({ key }) => key !== undefined && wordsOf(key).some((word) => quantities.has(word)))
    ?? (new Set(measures.map(({ unit, value }) => `${value} ${unit}`)).size === 1 ? measures[0] : undefined)
  if (amount === undefined || words.length !== 1) return undefined
  if (quantities.has(words[0]!)) return coerceWith(resolve, schema, amount.value)
  return words[0] === "unit" ? coerceWith(resolve, schema, amount.unit) : undefined
}

const quantities = new Set(["amount", "quantity", "consumption", "usage"])

const asksForProse = (name: string): boolean => wordsOf(name).some((word) => prosaic.has(word))
const prosaic = new Set([
  "summary",
  "explanation",
  "text",
  "answer",
  "description",
  "message",
  "narrative",
  "rationale"
])

/** The longest choice of an enum that the text names. */
const mentioned = (resolve: Resolve, schema: JsonSchema, text: string): unknown => {
  const words = ` ${wordsOf(text).join(" ")} `
  const plain = ` ${text.split(/[^\p{L}\p{N}]+/u).join(" ")} `
  const choices = choicesOf(resolve, schema).filter((choice): choice is string => typeof choice === "string")
  return choices.toSorted((a, b) => b.length - a.length).find((choice) =>
    // A code such as US is only meant where it is written so.
    choice.length <= 3 ? plain.includes(` ${choice} `) : words.includes(` ${wordsOf(choice).join(" ")} `)
  )
}

const choicesOf = (resolve: Resolve, schema: JsonSchema): ReadonlyArray<unknown> =>
  alternatives(schema).flatMap((alternative) => {
    const choice = resolve(alternative)
    return Array.isArray(choice["enum"])
      ? choice["enum"] as ReadonlyArray<unknown>
      : "const" in choice
      ? [choice["const"]]
      : []
  })

const alternatives = (schema: JsonSchema): ReadonlyArray<unknown> => {
  const any = schema["anyOf"] ?? schema["oneOf"]
  return Array.isArray(any) ? any : [schema]
}

const coerceWith = (resolve: Resolve, unresolved: unknown, value: unknown): unknown => {
  const schema = resolve(unresolved)
  const choices = alternatives(schema)
  if (choices[0] !== schema) return first(choices, (choice) => coerceWith(resolve, choice, value))

  const listed = choicesOf(resolve, schema)
  if (listed.length > 0) {
    return listed.find((choice) => choice === value)
      ?? listed.find((choice) =>
        typeof value === "string" && sameName(String(choice), value) && wordsOf(value).length > 0
      )
  }
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]
  return first(types, (type) => coerceTo(resolve, String(type), schema, value))
}

const coerceTo = (resolve: Resolve, type: string, schema: JsonSchema, value: unknown): unknown => {
  switch (type) {
    case "number":
    case "integer": {
      const number = typeof value === "string" ? numberIn(value) : value
      return typeof number === "number" && within(schema, number) && (type === "number" || Number.isInteger(number))
        ? number
        : undefined
    }
    case "string": {
      const text = typeof value === "number" ? String(value) : value
      if (typeof text !== "string" || text.length < bound(schema["minLength"], 0)) return undefined
      const { pattern } = schema
      return typeof pattern === "string" && !PatternText.matches(pattern, text) ? undefined : text
    }
    case "boolean":
      if (typeof value === "boolean") return value
      return value === "true" || value === "yes" ? true : value === "false" || value === "no" ? false : undefined
    case "array": {
      if (!Array.isArray(value) || value.length < bound(schema["minItems"], 0)) return undefined
      const items = schema["items"] === undefined ? value : value.map((v) => coerceWith(resolve, schema["items"], v))
      return items.includes(undefined) ? undefined : items
    }
    case "object":
      return Predicate.isObject(value) ? coerceObject(resolve, schema, value) : undefined
    case "null":
      return undefined
    default:
      return value
  }
}

const coerceObject = (resolve: Resolve, schema: JsonSchema, value: Readonly<Record<PropertyKey, unknown>>): unknown => {
  const { properties, required } = shapeOf(schema)
  const open = schema["additionalProperties"] !== false
  const entries = Object.entries(value).flatMap(([key, inner]): Array<[string, unknown]> => {
    if (!(key in properties)) return open ? [[key, inner]] : []
    const fits = coerceWith(resolve, properties[key], inner)
    return fits === undefined ? [] : [[key, fits]]
  })
  const filled = Object.fromEntries(entries)
  return required.every((key) => key in filled) ? filled : undefined
}

const within = (schema: JsonSchema, number: number): boolean =>
  Number.isFinite(number)
  && number >= bound(schema["minimum"], -Infinity) && number <= bound(schema["maximum"], Infinity)
  && number > bound(schema["exclusiveMinimum"], -Infinity) && number < bound(schema["exclusiveMaximum"], Infinity)

const bound = (limit: unknown, otherwise: number): number => typeof limit === "number" ? limit : otherwise

const first = <A>(list: ReadonlyArray<A>, f: (a: A) => unknown): unknown => {
  for (const item of list) {
    const value = f(item)
    if (value !== undefined) return value
  }
  return undefined
}
