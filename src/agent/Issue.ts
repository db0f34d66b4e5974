/**
 * What is wrong with a value, field by field, and what would be right there.
 */
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Described from "../internal/Described.ts"
import * as NearestName from "../internal/NearestName.ts"

/**
 * One thing wrong with one field. `path` is like `fuels.0.amount`, empty for the whole value; `message` says what is
 * wrong; `expected` describes what the schema would accept there.
 *
 * @category models
 */
export const Issue = Schema.Struct({
  path: Schema.String,
  message: Schema.String,
  expected: Schema.optionalKey(Schema.String)
})
/** @category models */
export type Issue = typeof Issue.Type

const unknownField = "is not a known field"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    if (issue._tag === "MissingKey") return "is missing"
    return issue._tag === "UnexpectedKey" ? unknownField : SchemaIssue.defaultLeafHook(issue)
  }
})

/**
 * The issues that `schema` has with a value. Reads the schema, through its JSON Schema, only when there is an issue to explain.
 *
 * @category constructors
 */
export const describe = (schema: Schema.Constraint, issue: SchemaIssue.Issue): ReadonlyArray<Issue> => {
  const document = jsonSchema(schema)
  const { issues } = format(issue)
  const described = issues.slice(0, mostIssues).map(({ message, path = [] }) => {
    const keys = path.map((key) => short(String(typeof key === "object" ? key.key : key)))
    const place = keys.join(".")
    if (message === unknownField) return { path: place, ...unknown(keys, document) }
    if (message === "Expected Redacted") return { path: place, message, expected: redacted }
    const stated = withArticle(message)
    const expected = document && expectation(document.schema, document.definitions, keys)
    return { path: place, message: stated, ...(expected === undefined ? {} : { expected: joined(stated, expected) }) }
  })
  const more = issues.length - described.length
  return more === 0 ? described : [...described, { path: "", message: `and ${more} more issues` }]
}

/** `Schema.Redacted` takes no text, which JSON Schema calls it. */
const redacted = "Redacted, and not what it hides: `Schema.RedactedFromValue` takes that"

/** A name from outside may be of any length. */
const short = (key: string): string =>
  Described.printable(key.length > longestKey ? `${key.slice(0, longestKey)}...` : key)

const longestKey = 200

/**
 * What is wrong and what would be right, in one phrase without the path: `Expected an integer greater than 0`.
 *
 * ```ts
 * import * as Issue from "greenlang/agent/Issue"
 *
 * Issue.text({ path: "n", message: "Expected an integer", expected: "an integer" }) // => "Expected an integer"
 * Issue.text({ path: "n", message: "Expected a finite number", expected: "a string" }) // => "Expected a finite number, as a string"
 * Issue.text({ path: "n", message: "is missing", expected: "a number" }) // => "is missing; expected a number"
 * ```
 *
 * @category rendering
 */
export const text = ({ expected, message }: Issue): string => {
  if (expected === undefined) return message
  return message.startsWith(prefix) ? `${prefix}${joined(message, expected)}` : `${message}; expected ${expected}`
}

const prefix = "Expected "

/**
 * What would be right, in one phrase: of what the check of the value says is expected, and what its JSON Schema says. So a text that
 * should hold a number is "a finite number, as a string". What is joined already stays as it is.
 */
const joined = (message: string, expected: string): string => {
  if (!message.startsWith(prefix)) return expected
  const checked = message.slice(prefix.length)
  const [, kind = "", described = ""] = /^(an? \w+)?(.*)$/s.exec(expected)!
  if (expected.startsWith(checked) || isType.test(checked) || !/^an? /.test(checked)) return expected
  if (described === "" && checked.startsWith(`${kind} `)) return checked
  if (checked.startsWith(anyValue) && kind !== "" && !described.startsWith(" or ")) {
    const bound = checked.slice(anyValue.length)
    return described.startsWith(` ${bound}`) ? expected : `${kind} ${bound}${described}`
  }
  return `${checked}, as ${expected}`
}

const anyValue = "a value "

/** The check of a type says no more than the JSON Schema does. */
const isType = /^an? (?:string|number|boolean|object|array|bigint|symbol)$/

/** `Expected a number`, where the check of a type says `Expected number`. */
const withArticle = (message: string): string =>
  message.replace(
    /^Expected (?=(?:string|number|boolean|object|array|bigint|symbol)$)/,
    (start) => `${start}${/^Expected [aeiou]/.test(message) ? "an" : "a"} `
  )

/** More issues of one value than anybody reads. */
const mostIssues = 100

/** A schema of what JSON cannot hold, such as a function, throws here: its issues go without an expectation. */
const jsonSchema = (schema: Schema.Constraint) => {
  try {
    return Schema.toJsonSchemaDocument(schema)
  } catch {
    return undefined
  }
}

/** `undefined` where the JSON Schema says nothing that the message does not. */
const expectation = (
  root: JsonSchema.JsonSchema,
  definitions: JsonSchema.Definitions,
  path: ReadonlyArray<string>
): string | undefined => {
  if (path.length === 0) return undefined
  const expected = new Set(follow(root, definitions, path).map(words))
  return expected.size === 0 || expected.has(undefined) ? undefined : [...expected].join(" or ")
}

/** Names the fields that the object with the unknown one may have: the one that was perhaps meant comes first. */
const unknown = (
  path: ReadonlyArray<string>,
  document: JsonSchema.Document<"draft-2020-12"> | undefined
): Omit<Issue, "path"> => {
  const beside = document === undefined ? [] : follow(document.schema, document.definitions, path.slice(0, -1))
  const fields = [...new Set(beside.flatMap(({ properties }) => isNode(properties) ? Object.keys(properties) : []))]
  if (fields.length === 0) return { message: unknownField }
  const nearest = NearestName.find(path.at(-1) ?? "", fields)
  if (nearest === undefined) return { message: unknownField, expected: oneOf(fields) }
  const rest = fields.filter((field) => field !== nearest)
  return {
    message: `${unknownField}, did you mean \`${nearest}\`?${NearestName.difference(path.at(-1) ?? "", nearest)}`,
    ...(rest.length === 0 ? {} : { expected: oneOf([nearest, ...rest]) })
  }
}

const follow = (
  root: JsonSchema.JsonSchema,
  definitions: JsonSchema.Definitions,
  path: ReadonlyArray<string>
): ReadonlyArray<Node> =>
  path.reduce(
    (at, key) => at.flatMap((schema) => choices(child(schema, key), definitions)),
    choices(root, definitions)
  )

/** The schema itself, or what it lets one choose from. */
const choices = (
  schema: unknown,
  definitions: JsonSchema.Definitions,
  found: Array<Node> = [],
  seen: ReadonlySet<unknown> = new Set()
): ReadonlyArray<Node> => {
  // Definitions may lead to themselves, or name each other twice and multiply.
  if (!isNode(schema) || seen.has(schema) || found.length > mostChoices) return found
  const inside = new Set(seen).add(schema)
  const name = schema["$ref"]
  const union = schema["anyOf"] ?? schema["oneOf"]
  if (typeof name === "string") choices(definitions[name.split("/").at(-1)!], definitions, found, inside)
  else if (Array.isArray(union)) { for (const member of union) choices(member, definitions, found, inside) }
  else found.push(schema)
  return found
}

const mostChoices = 100

const child = (schema: Node, key: string): unknown => {
  const { additionalProperties, items, prefixItems, properties } = schema
  if (isNode(properties) && Object.hasOwn(properties, key)) return properties[key]
  if (Array.isArray(prefixItems) && Number(key) < prefixItems.length) return prefixItems[Number(key)]
  return schema["type"] === "array" ? items : additionalProperties
}

const words = (schema: Node): string | undefined => {
  const what = Array.isArray(schema["enum"])
    ? oneOf(schema["enum"])
    : typeof schema["type"] === "string"
    ? `${/^[aeiou]/.test(schema["type"]) ? "an" : "a"} ${schema["type"]}`
    : undefined
  const description = typeof schema["description"] === "string" ? schema["description"] : undefined
  if (what === undefined) return description
  return description === undefined ? what : `${what} (${description})`
}

const oneOf = (values: ReadonlyArray<unknown>) =>
  values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`

type Node = Readonly<Record<string, unknown>>

const isNode = (u: unknown): u is Node => typeof u === "object" && u !== null
