/**
 * What JSON can stand at a place, as far as a JSON Schema says. Where it says nothing, anything may.
 */
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as NearestName from "../../internal/NearestName.ts"
import { join } from "./Source.ts"

/** The types of JSON. */
export type Type = "null" | "boolean" | "number" | "string" | "array" | "object"

type Fields = Readonly<Record<string, unknown>>

/** What can stand at one place. */
export interface Shape {
  /** Each is one of the possibilities; empty where nothing is known. */
  readonly choices: ReadonlyArray<Fields>
  readonly definitions: JsonSchema.Definitions
  /** Whether there may be nothing at that place. */
  readonly optional: boolean
}

/** Of a schema, worked out once, however many steps have its agent. */
export const ofSchema = (schema: Schema.Constraint): Shape => {
  const known = shapes.get(schema.ast)
  if (known !== undefined) return known
  const shape = read(schema)
  shapes.set(schema.ast, shape)
  return shape
}

const shapes = new WeakMap<object, Shape>()

/** A schema of what JSON cannot hold has no JSON Schema: nothing is known about it. */
const read = (schema: Schema.Constraint): Shape => {
  try {
    const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
    return make(root, definitions)
  } catch {
    return unknown
  }
}

/** The shape of a JSON Schema. `definitions` are what its references name. */
export const make = (schema: unknown, definitions: JsonSchema.Definitions = {}, optional = false): Shape => ({
  choices: choices(schema, definitions),
  definitions,
  optional
})

/** Anything may stand there. */
export const unknown: Shape = { choices: [], definitions: {}, optional: false }

/** The shape of a value that is known. */
export const ofValue = (value: Schema.Json): Shape => make({ const: value, type: typeOf(value) })

/** A list of such items. */
export const list = (items: Shape): Shape => ({
  choices: [{ type: "array", items: items.choices.length === 0 ? true : { anyOf: items.choices } }],
  definitions: items.definitions,
  optional: false
})

/** The type of a value. */
export const typeOf = (value: Schema.Json): Type =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value as Type

/** `undefined` where any type may stand. */
export const types = ({ choices }: Shape): ReadonlySet<Type> | undefined => {
  const all = choices.map(typesOf)
  return all.length === 0 || all.includes(undefined) ? undefined : new Set(all.flatMap((types) => types ?? []))
}

/** Why nothing can stand at a place, said where it is shown: it may compare a name with many. */
export type Problem = () => string

/** What stands under `key`, or why nothing can. */
export const field = (shape: Shape, key: string): Shape | Problem => {
  if (shape.choices.length === 0) return unknown
  const found = shape.choices.map((choice) => fieldOf(choice, key, shape))
  const shapes = found.filter((one) => typeof one !== "function")
  if (shapes.length === 0) return found.find((one) => typeof one === "function") ?? (() => "")
  return {
    choices: shapes.some(({ choices }) => choices.length === 0) ? [] : shapes.flatMap(({ choices }) => choices),
    definitions: shape.definitions,
    optional: shape.optional || shapes.length < found.length || shapes.some(({ optional }) => optional)
  }
}

/** What stands in the list at a place, or why there is none. */
export const items = (shape: Shape): Shape | string => {
  if (shape.choices.length === 0) return unknown
  const found = shape.choices.filter((choice) => typesOf(choice)?.includes("array") !== false)
  if (found.length === 0) return `is ${words(shape)}, and no list`
  const all = found.map((choice) => make(choice["items"], shape.definitions))
  return {
    choices: all.some(({ choices }) => choices.length === 0) ? [] : all.flatMap(({ choices }) => choices),
    definitions: shape.definitions,
    optional: false
  }
}

/** The names of fields that every possibility requires. */
export const required = ({ choices }: Shape): ReadonlyArray<string> => {
  const [first, ...rest] = choices.map((choice) => strings(choice["required"]))
  return (first ?? []).filter((name) => rest.every((names) => names.includes(name)))
}

/**
 * Why nothing that `source` describes can stand where `target` does: one line for each place at fault, by its path below
 * `source`. What may or may not fit is left to the run.
 */
export const mismatches = (source: Shape, target: Shape, path = "", depth = 0): ReadonlyArray<string> => {
  if (source.choices.length === 0 || target.choices.length === 0 || depth > 8) return []
  const all = source.choices.map((from) =>
    target.choices.map((to) => mismatch(from, to, { source, target, path, depth })).toSorted((a, b) =>
      a.length - b.length
    )[0]!
  )
  return all.some((problems) => problems.length === 0) ? [] : all[0]!
}

const mismatch = (
  from: Fields,
  to: Fields,
  at: { readonly source: Shape; readonly target: Shape; readonly path: string; readonly depth: number }
): ReadonlyArray<string> => {
  const { depth, path, source, target } = at
  const name = path === "" ? "it" : path
  const [sourceTypes, targetTypes] = [typesOf(from), typesOf(to)]
  if (sourceTypes === undefined || targetTypes === undefined) return []
  const shared = sourceTypes.filter((type) => targetTypes.includes(type))
  if (shared.length === 0) return [`${name} is ${describe(from)}, and should be ${describe(to)}`]
  const [sourceValues, targetValues] = [valuesOf(from), valuesOf(to)]
  if (sourceValues !== undefined && targetValues !== undefined) {
    const known = new Set(targetValues.map((value) => JSON.stringify(value)))
    if (!sourceValues.some((value) => known.has(JSON.stringify(value)))) {
      return [`${name} is ${describe(from)}, and should be ${describe(to)}`]
    }
  }
  const outside = sourceValues?.length === 1 ? outOfBounds(sourceValues[0], to) : undefined
  if (outside !== undefined) return [`${name} is ${describe(from)}, and should be ${outside}`]
  if (shared.includes("array")) {
    const below = (choice: Fields, definitions: JsonSchema.Definitions) => make(choice["items"], definitions)
    return mismatches(
      below(from, source.definitions),
      below(to, target.definitions),
      path === "" ? "each item" : `each item of ${path}`,
      depth + 1
    )
  }
  if (!shared.includes("object") || !isFields(from["properties"])) return []
  const properties = from["properties"]
  const needed = strings(to["required"])
  return needed.filter((key) => !Object.hasOwn(properties, key)).map((key) => `${name} has no ${key}`).concat(
    Object.entries(isFields(to["properties"]) ? to["properties"] : {}).flatMap(([key, wanted]) =>
      Object.hasOwn(properties, key)
        ? mismatches(
          make(properties[key], source.definitions),
          make(wanted, target.definitions),
          join(path, key),
          depth + 1
        )
        : []
    )
  )
}

const outOfBounds = (
  value: unknown,
  { exclusiveMaximum, exclusiveMinimum, maximum, minimum, minLength, type }: Fields
) => {
  if (typeof value === "string") {
    return value === "" && typeof minLength === "number" && minLength > 0
      ? "longer"
      : undefined
  }
  if (typeof value !== "number") return undefined
  if (type === "integer" && !Number.isInteger(value)) return "a whole number"
  if (typeof minimum === "number" && value < minimum) return `at least ${minimum}`
  if (typeof maximum === "number" && value > maximum) return `at most ${maximum}`
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) return `above ${exclusiveMinimum}`
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) return `below ${exclusiveMaximum}`
  return undefined
}

/** `a string`, `one of "AR5", "AR6"` */
export const words = ({ choices }: Shape): string =>
  choices.length === 0 ? "anything" : [...new Set(choices.map(describe))].join(" or ")

const describe = (schema: Fields): string => {
  const values = valuesOf(schema)
  if (values !== undefined) {
    const texts = values.slice(0, 8).map((value) => JSON.stringify(value))
    const more = values.length > 8 ? `, … (${values.length})` : ""
    return values.length === 1 ? texts.join() : `one of ${texts.join(", ")}${more}`
  }
  const types = typesOf(schema) ?? []
  return types.map((type) => nouns[type]).join(" or ") || "anything"
}

/** The names of types that a JSON Schema may use. */
export const typeNames: ReadonlyArray<string> = ["string", "number", "integer", "boolean", "object", "array", "null"]

const nouns: Record<Type, string> = {
  null: "null",
  boolean: "true or false",
  number: "a number",
  string: "a text",
  array: "a list",
  object: "an object"
}

const fieldOf = (schema: Fields, key: string, shape: Shape): Shape | Problem => {
  const types = typesOf(schema)
  if (types === undefined) return unknown
  if (types.includes("array") && /^\d+$/.test(key)) return make(schema["items"], shape.definitions, true)
  if (!types.includes("object")) return () => `is ${describe(schema)}, and has no fields`
  const properties = isFields(schema["properties"]) ? schema["properties"] : {}
  const optional = types.length > 1 || !strings(schema["required"]).includes(key)
  if (Object.hasOwn(properties, key)) return make(properties[key], shape.definitions, optional)
  const names = namesOf(properties)
  const rest = schema["additionalProperties"]
  // a struct takes fields that it does not know, and drops them, which cannot be meant
  if (names.length === 0 && rest !== false) return make(rest, shape.definitions, true)
  return isFields(rest) ? make(rest, shape.definitions, true) : () => `has no ${key}. ${NearestName.hint(key, names)}`
}

/** The names of the fields, listed once, however many places are looked up. */
const namesOf = (properties: Fields): ReadonlyArray<string> => {
  const known = listed.get(properties)
  if (known !== undefined) return known
  const names = Object.keys(properties)
  listed.set(properties, names)
  return names
}

const listed = new WeakMap<Fields, ReadonlyArray<string>>()

/** Definitions that name each other twice can multiply a short schema into a long one. */
const mostChoices = 1_000

const choices = (schema: unknown, definitions: JsonSchema.Definitions, depth = 0): ReadonlyArray<Fields> => {
  if (!isFields(schema) || depth > 32) return []
  const name = schema["$ref"]
  if (typeof name === "string") return choices(definitions[name.split("/").at(-1)!], definitions, depth + 1)
  const union = schema["anyOf"] ?? schema["oneOf"]
  if (Array.isArray(union)) {
    const all: Array<Fields> = []
    for (const member of union) {
      const some = choices(member, definitions, depth + 1)
      all.push(...some)
      // what anything may stand for, or too much to follow, is known of nothing
      if (some.length === 0 || all.length > mostChoices) return []
    }
    return all
  }
  // what several schemas say together is not worked out
  return "allOf" in schema || typesOf(schema) === undefined ? [] : [schema]
}

const typesOf = (schema: Fields): ReadonlyArray<Type> | undefined => {
  const { type } = schema
  const values = valuesOf(schema)
  if (type === undefined && values !== undefined) {
    return [...new Set(values.map((value) => typeOf(value as Schema.Json)))]
  }
  const names = typeof type === "string" ? [type] : Array.isArray(type) ? type : []
  const known = names.map((name) => name === "integer" ? "number" : name).filter((name) => name in nouns)
  return known.length === 0 ? undefined : known as ReadonlyArray<Type>
}

const valuesOf = (schema: Fields): ReadonlyArray<unknown> | undefined =>
  "const" in schema ? [schema["const"]] : Array.isArray(schema["enum"]) ? schema["enum"] : undefined

const strings = (u: unknown): ReadonlyArray<string> =>
  Array.isArray(u) ? u.filter((one) => typeof one === "string") : []

const isFields = (u: unknown): u is Fields => typeof u === "object" && u !== null && !Array.isArray(u)
