/**
 * Inputs of the climate agents and of their tools, and the records inside of them.
 */
import { Schema } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"

export type Json = null | boolean | number | string | Array<Json> | { [key: string]: Json }

const folder = join(import.meta.dirname, "../../../examples/climate")

/** The input of an agent or a pipeline in `examples/climate`. */
export const example = (name: string): Json => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))

interface Node {
  readonly $ref?: string
  readonly additionalProperties?: Node | boolean
  readonly allOf?: ReadonlyArray<Node>
  readonly anyOf?: ReadonlyArray<Node>
  readonly const?: Json
  readonly enum?: ReadonlyArray<Json>
  readonly exclusiveMinimum?: number
  readonly minimum?: number
  readonly items?: Node
  readonly prefixItems?: ReadonlyArray<Node>
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: ReadonlyArray<string>
  readonly type?: string
}
type Definitions = Readonly<Record<string, Node>>

const documentOf = (schema: unknown) =>
  Schema.toJsonSchemaDocument(schema as never) as unknown as {
    readonly schema: Node
    readonly definitions: Definitions
  }

/** A value that a schema allows, by its required fields. */
export const sample = (schema: unknown): Json => {
  const { definitions, schema: root } = documentOf(schema)
  return sampleOf(root, definitions)
}

const sampleOf = (node: Node, definitions: Definitions): Json => {
  if (node.$ref !== undefined) return sampleOf(definitions[node.$ref.split("/").at(-1)!] ?? {}, definitions)
  if (node.enum !== undefined) return node.enum[0]!
  if (node.const !== undefined) return node.const
  if (node.anyOf !== undefined) return sampleOf(node.anyOf[0]!, definitions)
  if (node.properties !== undefined || node.type === "object") {
    return Object.fromEntries(
      (node.required ?? []).map((key) => [key, sampleOf(node.properties?.[key] ?? {}, definitions)])
    )
  }
  if (node.type === "array") return [sampleOf(node.prefixItems?.[0] ?? node.items ?? {}, definitions)]
  if (node.type === "number" || node.type === "integer") {
    return node.exclusiveMinimum ?? node.minimum ?? (node.allOf === undefined ? 10 : 1)
  }
  return node.type === "boolean" ? true : "natural_gas"
}

/** A record inside of a value: where it is, and the fields that its schema names. */
export interface Place {
  readonly path: ReadonlyArray<string>
  readonly fields: ReadonlyArray<string>
}

/** Every record of `value` whose fields `schema` names, the value itself first. */
export const records = (schema: unknown, value: Json): ReadonlyArray<Place> => {
  const { definitions, schema: root } = documentOf(schema)
  const visit = (node: Node, value: Json, path: ReadonlyArray<string>): ReadonlyArray<Place> => {
    if (typeof value !== "object" || value === null) return []
    if (node.$ref !== undefined) return visit(definitions[node.$ref.split("/").at(-1)!] ?? {}, value, path)
    if (node.anyOf !== undefined) return node.anyOf.flatMap((choice) => visit(choice, value, path)).slice(0, 1)
    if (Array.isArray(value)) {
      return value.slice(0, 2).flatMap((item, at) => visit(node.items ?? {}, item, [...path, String(at)]))
    }
    const { additionalProperties, properties } = node
    const beside = typeof additionalProperties === "object" ? additionalProperties : {}
    return [
      ...(properties === undefined ? [] : [{ path, fields: Object.keys(properties) }]),
      ...Object.entries(value).flatMap(([key, part]) => visit(properties?.[key] ?? beside, part, [...path, key]))
    ]
  }
  return visit(root, value, [])
}

/** The value with one more field in the record at `path`. */
export const withField = (value: Json, path: ReadonlyArray<string>, field: string): Json => {
  const [key, ...rest] = path
  if (key === undefined) return { ...value as Record<string, Json>, [field]: 1 }
  if (Array.isArray(value)) return value.with(Number(key), withField(value[Number(key)]!, rest, field))
  const record = value as Record<string, Json>
  return { ...record, [key]: withField(record[key]!, rest, field) }
}
