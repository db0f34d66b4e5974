/**
 * Renders an answer as text: scalars as aligned pairs, lists of objects as tables, prose as paragraphs, units beside the
 * numbers.
 */
import type * as Schema from "effect/Schema"
import * as Label from "./Label.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * @category models
 */
export interface Options {
  /** Cells. */
  readonly width: number
  readonly style: Style.Style
  /** Where the units of its fields stand. */
  readonly schema?: Label.Document
}

/**
 * `value` is JSON, as an output schema encodes it. Its scalar fields come first, then a titled section for each of the
 * others, in their order.
 *
 * ```ts
 * import * as Answer from "greenlang/cli/Answer"
 * import * as Style from "greenlang/cli/Style"
 *
 * const lines = Answer.render({ co2e_emissions_kg: 5311.43, scope: "1" }, { width: 80, style: Style.plain })
 * lines // => ["CO2e emissions  5311.43 kg", "scope           1"]
 * ```
 *
 * @category rendering
 */
export const render = (value: Schema.Json, options: Options): ReadonlyArray<string> =>
  body(value, Label.root(options.schema), "", options)

const body = (value: Schema.Json, node: Label.Node, title: string, options: Options): ReadonlyArray<string> => {
  if (isList(value)) return list(value, node, options)
  if (!isObject(value)) return Table.wrap(scalar(value, node.unit), options.width)
  const { style, width } = options
  const fields = distinct(Label.fields(value, node).filter(({ value }) => !isEmpty(value)))
  const pairs = fields.filter(({ value }) => isScalar(value) ? !isProse(value) : isList(value) && value.every(isWord))
  const sections = fields.filter((field) => !pairs.includes(field))
  const noun = title.replace(/^by /, "")
  const name = (label: string) => /^\d+$/.test(label) && noun !== "" ? `${noun} ${label}` : label
  const rows = pairs.map(({ label, node, value }) => [name(label), inline(value, node.unit)])
  const columns = [{ title: "", style: style.dim }, { title: "", flexible: true }]
  return [
    ...Table.render(columns, rows, width),
    ...sections.flatMap(({ label, node, value }, at) => [
      ...(at > 0 || rows.length > 0 ? [""] : []),
      style.bold(label),
      ...body(value, node, label, { ...options, width: width - 2 }).map((line) => line === "" ? "" : `  ${line}`)
    ])
  ]
}

const list = (items: ReadonlyArray<Schema.Json>, node: Label.Node, options: Options): ReadonlyArray<string> => {
  const { style, width } = options
  const rows = items.filter(isObject)
  if (rows.length < items.length) {
    return items.flatMap((item) => {
      const [first = "", ...rest] = Table.wrap(inline(item, node.unit), width - 2)
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)]
    })
  }
  const labelled = rows.map((row) =>
    new Map(distinct(Label.fields(row, Label.items(node))).map((field) => [field.key, field]))
  )
  const columns = [...new Set(labelled.flatMap((row) => [...row.keys()]))].flatMap((key) => {
    const fields = labelled.map((row) => row.get(key))
    const known = fields.filter((field) => field !== undefined && !isEmpty(field.value))
    const [first] = known
    if (first === undefined) return []
    const units = new Set(known.map((field) => field?.node.unit))
    const shared = units.size === 1 ? first.node.unit : undefined
    const numeric = known.every((field) => typeof field?.value === "number") && units.size === 1
    return {
      title: shared === undefined ? first.label : `${first.label} (${shared.replace(` ${first.label}`, "")})`,
      align: numeric ? "right" as const : "left" as const,
      flexible: known.every((field) => typeof field?.value !== "number"),
      cells: fields.map((field) =>
        field === undefined ? "" : inline(field.value, units.size === 1 ? undefined : field.node.unit)
      )
    }
  })
  return Table.render(columns, rows.map((_, at) => columns.map(({ cells }) => cells[at]!)), width, style.dim)
}

/** The same mass again, in metric tons, says nothing new. */
const distinct = (fields: ReadonlyArray<Label.Field>): ReadonlyArray<Label.Field> => {
  const inKilograms = new Set(fields.filter(({ node }) => /^kg\b/.test(node.unit ?? "")).map(({ label }) => label))
  return fields.filter(({ label, node }) => !(inKilograms.has(label) && /^(?:t|tons)\b/.test(node.unit ?? "")))
}

/** One line, whatever it is. */
const inline = (value: Schema.Json, unit: string | undefined): string => {
  if (isList(value)) return value.map((item) => inline(item, unit)).join(", ")
  if (isObject(value)) {
    return Object.entries(value).map(([key, item]) => `${Style.harmless(key)} ${inline(item, undefined)}`).join(", ")
  }
  return scalar(value, unit)
}

/** A number with its unit, a range as `50–70 %`. */
const scalar = (value: Schema.Json, unit: string | undefined): string => {
  const text = isRange(value)
    ? `${number(value.low)}–${number(value.high)}`
    : typeof value === "number"
    ? number(value)
    : value === null
    ? "none"
    : typeof value === "boolean"
    ? value ? "yes" : "no"
    : Style.harmless(String(value))
  return unit === undefined || !(typeof value === "number" || isRange(value)) ? text : `${text} ${unit}`
}

/**
 * Digits in groups of three from 10,000 on, so that a year stays one; six digits after the point, where there are more.
 *
 * @category rendering
 */
export const number = (value: number): string => Math.abs(value) < 1 ? small.format(value) : large.format(value)

const large = new Intl.NumberFormat("en-US", { useGrouping: "min2", maximumFractionDigits: 6 })
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 })

const isList = (value: Schema.Json): value is ReadonlyArray<Schema.Json> => Array.isArray(value)

const isObject = (value: Schema.Json): value is { readonly [key: string]: Schema.Json } =>
  typeof value === "object" && value !== null && !isList(value) && !isRange(value)

const isScalar = (value: Schema.Json): boolean => typeof value !== "object" || value === null || isRange(value)

const isRange = (value: Schema.Json): value is { readonly low: number; readonly high: number } =>
  typeof value === "object" && value !== null && Object.keys(value).length === 2 && "low" in value && "high" in value
  && typeof value["low"] === "number" && typeof value["high"] === "number"

const isProse = (value: Schema.Json): boolean =>
  typeof value === "string" && (value.length > 60 || value.includes("\n"))

/** Short enough to stand beside others. */
const isWord = (value: Schema.Json): boolean => isScalar(value) && String(value).length < 40

const isEmpty = (value: Schema.Json): boolean =>
  typeof value === "object" && value !== null
  && Object.keys(value).length === 0
