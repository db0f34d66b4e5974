/**
 * Names the fields of an answer for people, and finds the unit of each number: in the description of its schema, in a
 * field beside it, or at the end of its key.
 */
import type * as JsonSchema from "effect/JsonSchema"
import type * as Schema from "effect/Schema"

/**
 * @category models
 */
export interface Document {
  readonly schema: JsonSchema.JsonSchema
  readonly definitions: JsonSchema.Definitions
}

/**
 * A place in a schema, and the unit of the number there.
 *
 * @category models
 */
export interface Node {
  readonly schema: Readonly<Record<string, unknown>>
  readonly definitions: JsonSchema.Definitions
  readonly unit: string | undefined
}

/**
 * @category models
 */
export interface Field {
  readonly key: string
  readonly label: string
  readonly value: Schema.Json
  readonly node: Node
}

/** @category constructors */
export const root = (document: Document | undefined): Node => at(document?.schema, document?.definitions ?? {})

/** What the items of a list are. @category reading */
export const items = ({ definitions, schema }: Node): Node => at(schema["items"], definitions)

/** What the value of an `Option` is. @category reading */
export const option = ({ definitions, schema }: Node): Node => {
  const [some] = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : []
  return at(isRecord(some) && isRecord(some["properties"]) ? some["properties"]["value"] : undefined, definitions)
}

/**
 * The fields of an object. A field that is but the unit of another, as `emission_factor_unit` is, is taken into it.
 *
 * ```ts
 * import * as Label from "greenlang/render/Label"
 *
 * const answer = { emission_factor: 5.31, emission_factor_unit: "kg/therm", cost_usd: 2 }
 * const fields = Label.fields(answer, Label.root(undefined))
 * fields.map(({ label, node }) => `${label}: ${node.unit}`) // => ["emission factor: kg/therm", "cost: USD"]
 * ```
 *
 * @category reading
 */
export const fields = (value: { readonly [key: string]: Schema.Json }, node: Node): ReadonlyArray<Field> => {
  const taken = new Set<string>()
  const all = Object.entries(value).map(([key, value_]): Field => {
    const inner = at(isRecord(node.schema["properties"]) ? node.schema["properties"][key] : undefined, node.definitions)
    const [stem, unit] = split(key)
    const unitKey = typeof value_ !== "number"
      ? undefined
      : [`${key}_unit`, key.replace(/_amount$/, "_unit"), ...(measured.has(key) ? ["unit"] : [])]
        .find((other) => other !== key && other in value)
    const beside = unitKey === undefined ? undefined : value[unitKey]
    if (unitKey === undefined || typeof beside !== "string") {
      return {
        key,
        value: value_,
        label: words(unit === undefined ? key : stem),
        node: { ...inner, unit: inner.unit ?? unit }
      }
    }
    taken.add(unitKey)
    return { key, value: value_, label: words(key.replace(/_amount$/, "")), node: { ...inner, unit: beside } }
  })
  return all.filter(({ key }) => !taken.has(key))
}

const at = (schema: unknown, definitions: JsonSchema.Definitions): Node => {
  if (!isRecord(schema)) return { schema: {}, definitions, unit: undefined }
  if (typeof schema["$ref"] === "string") return at(definitions[schema["$ref"].split("/").at(-1)!], definitions)
  const { description } = schema
  const unit = typeof description === "string"
    ? /^(?:kg|g|t|kWh|MWh|MMBtu|ft2|USD)\b[^,;:(]*/.exec(description)?.[0]
    : undefined
  return { schema, definitions, unit: unit?.trim() }
}

/** What a field that is called just `unit` is the unit of. */
const measured = new Set(["amount", "value", "emission_factor"])

const symbols: Readonly<Record<string, string>> = {
  kg: "kg",
  tons: "tons",
  kwh: "kWh",
  mwh: "MWh",
  gwh: "GWh",
  mmbtu: "MMBtu",
  kw: "kW",
  m2: "m2",
  m3: "m3",
  sqft: "ft2",
  usd: "USD",
  percent: "%",
  years: "years",
  hours: "hours",
  gallons: "gallons",
  ms: "ms"
}

const names = Object.keys(symbols).join("|")
const suffix = new RegExp(`^(.+?)_(${names})(_co2e)?(?:_per_(${names}))?$`)

/** `energy_cost_usd_per_kwh` is `energy_cost` in `USD/kWh`. */
const split = (key: string): readonly [stem: string, unit: string | undefined] => {
  const [, stem, unit, gas, per] = suffix.exec(snake(key)) ?? []
  if (stem === undefined || unit === undefined || stem.endsWith("per")) return [key, undefined]
  return [stem, `${symbols[unit]}${gas === undefined ? "" : " CO2e"}${per === undefined ? "" : `/${symbols[per]}`}`]
}

const words = (key: string): string =>
  snake(key).replaceAll("_", " ").replaceAll(
    /\b(co2e?|ch4|n2o|eui|npv|cop)\b/g,
    (word) => spelled[word] ?? word.toUpperCase()
  )

const snake = (key: string): string => key.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const spelled: Readonly<Record<string, string>> = { co2e: "CO2e", co2: "CO2", n2o: "N2O" }

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === "object" && u !== null
