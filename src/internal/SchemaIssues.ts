/**
 * Turns what a schema has to say against a value into a list that names each field, and what would be right there.
 */
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { Issue } from "../agent/AgentError.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => issue._tag === "MissingKey" ? "is missing" : SchemaIssue.defaultLeafHook(issue)
})

/** The schema is only read, through its JSON Schema, when there is an issue to explain. */
export const describe = (schema: Schema.Constraint, issue: SchemaIssue.Issue): ReadonlyArray<Issue> => {
  const root = Schema.toJsonSchemaDocument(schema)
  return format(issue).issues.map(({ message, path = [] }) => {
    const keys = path.map((key) => String(typeof key === "object" ? key.key : key))
    const expected = expectation(root.schema, root.definitions, keys)
    return { path: keys.join("."), message, ...(expected === undefined ? {} : { expected }) }
  })
}

const expectation = (
  root: JsonSchema.JsonSchema,
  definitions: JsonSchema.Definitions,
  path: ReadonlyArray<string>
): string | undefined => {
  let at: unknown = resolve(root, definitions)
  for (const key of path) {
    if (!isRecord(at)) return undefined
    const properties = at["properties"]
    const next: unknown = isRecord(properties) && key in properties ? properties[key] : at["items"]
    at = resolve(next, definitions)
  }
  return isRecord(at) && path.length > 0 ? words(at) : undefined
}

const resolve = (schema: unknown, definitions: JsonSchema.Definitions): unknown => {
  if (!isRecord(schema) || typeof schema["$ref"] !== "string") return schema
  return definitions[schema["$ref"].split("/").at(-1)!]
}

const words = (schema: Readonly<Record<string, unknown>>): string | undefined => {
  const choices = Array.isArray(schema["enum"]) ? schema["enum"] : undefined
  const what = choices !== undefined
    ? `one of ${choices.map(String).join(", ")}`
    : typeof schema["type"] === "string"
    ? `${/^[aeiou]/.test(schema["type"]) ? "an" : "a"} ${schema["type"]}`
    : undefined
  const description = typeof schema["description"] === "string" ? schema["description"] : undefined
  if (what === undefined) return description
  return description === undefined ? what : `${what} (${description})`
}

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
