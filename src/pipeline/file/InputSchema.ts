/**
 * The JSON Schema that a spec states for its input: read as a schema, and what is wrong with it.
 *
 * A reader of JSON Schema passes over what it does not know. Here, that would leave the input unchecked in silence.
 */
import * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as SchemaRepresentation from "effect/SchemaRepresentation"
import type * as Agent from "../../agent/Agent.ts"
import * as PatternText from "../../agent/internal/PatternText.ts"
import * as UnfoldedSchema from "../../agent/internal/UnfoldedSchema.ts"
import * as NearestName from "../../internal/NearestName.ts"
import type { Faults } from "./Faults.ts"
import * as Shape from "./Shape.ts"
import type { Node } from "./Source.ts"

/** Any JSON, where nothing is stated. */
export const read = (inputs: Node | undefined, faults: Faults): Agent.AnySchema => {
  if (inputs === undefined) return Schema.Json
  const before = faults.all.length
  checkSchema(inputs, faults, inputs)
  if (faults.all.length > before) return Schema.Json
  const problem = UnfoldedSchema.problem(inputs.value)
  if (problem !== undefined) {
    faults.add(inputs, problem)
    return Schema.Json
  }
  try {
    // what a document read at run time accepts is not for the compiler to know
    return SchemaRepresentation.fromJsonSchemaDocument(
      JsonSchema.fromSchemaDraft2020_12(inputs.value as JsonSchema.JsonSchema),
      { patterns: "apply" }
    ) as unknown as Agent.AnySchema
  } catch (error) {
    faults.add(inputs, error instanceof Error ? error.message : String(error))
    return Schema.Json
  }
}

type Form = (node: Node, faults: Faults, root: Node) => void

const should = (what: string, is: (node: Node) => boolean): Form => (node, faults) => {
  if (!is(node)) faults.add(node, `should be ${what}`)
}

const checkSchema: Form = (node, faults, root) => {
  if (typeof node.value === "boolean" && node !== root) return
  if (node.entries === undefined) return faults.add(node, "should be a JSON Schema")
  for (const { at, key, node: below } of node.entries) {
    const form = Object.hasOwn(forms, key) ? forms[key] : undefined
    if (form !== undefined) form(below, faults, root)
    // keywords of one's own are allowed
    else if (NearestName.find(key, keywords) !== undefined) {
      faults.add({ ...at, path: below.path }, () => `there is no keyword ${key}. ${NearestName.hint(key, keywords)}`)
    }
  }
  checkRequired(node, faults)
}

const checkRequired = ({ entries = [] }: Node, faults: Faults) => {
  const under = (name: string) => entries.find(({ key }) => key === name)?.node
  const names = (under("properties")?.entries ?? []).map(({ key }) => key)
  const known = new Set(names)
  const others = (under("required")?.items ?? []).filter(({ value }) => !known.has(String(value)))
  for (const node of others.slice(0, mostCompared)) {
    const name = String(node.value)
    const meant = NearestName.find(name, names)
    if (meant !== undefined) faults.add(node, `requires ${name}, which is not a property. Did you mean ${meant}?`)
  }
}

/** As many as are listed: each is compared with all properties. */
const mostCompared = 100

const type: Form = (node, faults) => {
  for (const named of node.items ?? [node]) {
    const name = typeof named.value === "object" ? "of that kind" : String(named.value)
    if (Shape.typeNames.includes(name)) continue
    faults.add(named, `there is no type ${name}. ${NearestName.hint(name, Shape.typeNames)}`)
  }
}

const fields: Form = (node, faults, root) => {
  if (node.entries === undefined) return faults.add(node, "should be a mapping of names to schemas")
  for (const entry of node.entries) checkSchema(entry.node, faults, root)
}

const schemas: Form = (node, faults, root) => {
  if (node.items === undefined) return faults.add(node, "should be a list of schemas")
  for (const item of node.items) checkSchema(item, faults, root)
}

/** More alternatives of one value than a schema needs. A reader may try each of them. */
const mostAlternatives = 1_000

/** A reference that leads to nothing but itself describes nothing, and one that multiplies describes too much. */
const reference: Form = (node, faults, root) => {
  const known = weights(root)
  const name = nameIn(node.value)
  if (name === undefined) return faults.add(node, "should be #/$defs/NAME")
  const weight = known.get(name)
  if (weight === undefined) return faults.add(node, `there is no ${name} in $defs`)
  if (weight === "circle") return faults.add(node, "leads to itself, and to nothing else")
  if (weight > mostAlternatives) faults.add(node, `stands for more than ${mostAlternatives} alternatives`)
}

type Weight = number | "circle"

const weighed = new WeakMap<Node, ReadonlyMap<string, Weight>>()

/** How many alternatives each definition stands for, worked out once for a file. */
const weights = (root: Node): ReadonlyMap<string, Weight> => {
  const before = weighed.get(root)
  if (before !== undefined) return before
  const definitions = new Map(
    root.entries?.flatMap(({ key, node }) => key === "$defs" ? node.entries ?? [] : []).map((
      one
    ) => [one.key, one.node])
  )
  const known = new Map<string, Weight>()
  for (const start of definitions.keys()) {
    // A stack of its own: definitions may be a long chain.
    const open = [start]
    const isOpen = new Set<string>()
    while (open.length > 0) {
      const name = open.at(-1)!
      const next = insteadOf(definitions.get(name)).filter((one) => definitions.has(one))
      const missing = known.has(name) ? [] : next.filter((one) => !known.has(one) && !isOpen.has(one))
      if (missing.length > 0) {
        isOpen.add(name)
        open.push(...missing)
        continue
      }
      open.pop()
      isOpen.delete(name)
      if (known.has(name)) continue
      const inside = next.map((one) => known.get(one) ?? "circle")
      const sum = inside.reduce<number>((all, one) => one === "circle" ? all : all + one, 0)
      known.set(name, inside.includes("circle") ? "circle" : Math.min(Math.max(1, sum), mostAlternatives + 1))
    }
  }
  weighed.set(root, known)
  return known
}

/** The definitions that a schema hands its whole value on to. */
const insteadOf = (schema: Node | undefined): ReadonlyArray<string> =>
  (schema?.entries ?? []).flatMap(({ key, node }) =>
    key === "$ref"
      ? nameIn(node.value) ?? []
      : ["anyOf", "oneOf", "allOf"].includes(key)
      ? (node.items ?? []).flatMap(insteadOf)
      : []
  )

const nameIn = (value: unknown): string | undefined =>
  typeof value === "string" ? /^#\/\$defs\/([^/]+)$/.exec(value)?.[1] : undefined

const data: Form = () => {}
const text = should("a text", ({ value }) => typeof value === "string")
const pattern: Form = (node, faults) => {
  if (typeof node.value !== "string") return faults.add(node, "should be a regular expression")
  const problem = PatternText.problem(node.value)
  if (problem !== undefined) faults.add(node, problem)
}
const number = should("a number", ({ value }) => typeof value === "number")
const count = should("a whole number of 0 or more", ({ value }) => Number.isInteger(value) && Number(value) >= 0)
const flag = should("true or false", ({ value }) => typeof value === "boolean")
const list = should("a list", ({ items }) => items !== undefined)
const texts = should("a list of texts", ({ items }) => items?.every(({ value }) => typeof value === "string") === true)

/** The names are regular expressions. */
const patternFields: Form = (node, faults, root) => {
  fields(node, faults, root)
  for (const { at, key, node: { path } } of node.entries ?? []) {
    const problem = PatternText.problem(key)
    if (problem !== undefined) faults.add({ ...at, path }, problem)
  }
}

const forms: Readonly<Record<string, Form>> = {
  type,
  properties: fields,
  patternProperties: patternFields,
  $defs: fields,
  items: checkSchema,
  additionalProperties: checkSchema,
  propertyNames: checkSchema,
  contains: checkSchema,
  not: checkSchema,
  prefixItems: schemas,
  anyOf: schemas,
  oneOf: schemas,
  allOf: schemas,
  $ref: reference,
  required: texts,
  enum: list,
  const: data,
  default: data,
  examples: list,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: number,
  minLength: count,
  maxLength: count,
  minItems: count,
  maxItems: count,
  minProperties: count,
  maxProperties: count,
  pattern,
  format: text,
  title: text,
  description: text,
  $schema: text,
  $id: text,
  $comment: text,
  uniqueItems: flag,
  deprecated: flag,
  readOnly: flag,
  writeOnly: flag
}

const keywords = Object.keys(forms)
