/**
 * How JSON reads: numbers with their units, ranges, lists of objects as columns. What it is written on, a terminal or a
 * page, is not known here.
 */
import type * as Schema from "effect/Schema"
import * as Label from "./Label.ts"

/**
 * Digits in groups of three from 10,000 on, so that a year stays one; six digits after the point, where there are more.
 *
 * ```ts
 * import * as Value from "greenlang/render/Value"
 *
 * Value.number(1234567.891) // => "1,234,567.891"
 * Value.number(2025) // => "2025"
 * ```
 *
 * @category rendering
 */
export const number = (value: number): string => Math.abs(value) < 1 ? small.format(value) : large.format(value)

const large = new Intl.NumberFormat("en-US", { useGrouping: "min2", maximumFractionDigits: 6 })
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 6 })

/**
 * A number with its unit, a range as `50–70 %`.
 *
 * @category rendering
 */
export const scalar = (value: Schema.Json, unit: string | undefined): string => {
  const text = isRange(value)
    ? `${number(value.low)}–${number(value.high)}`
    : typeof value === "number"
    ? number(value)
    : value === null
    ? "none"
    : typeof value === "boolean"
    ? value ? "yes" : "no"
    : String(value)
  return unit === undefined || !(typeof value === "number" || isRange(value)) ? text : `${text} ${unit}`
}

/**
 * One line, whatever it is.
 *
 * @category rendering
 */
export const inline = (value: Schema.Json, unit: string | undefined): string => {
  if (isList(value)) return value.map((item) => inline(item, unit)).join(", ")
  if (isObject(value)) return Object.entries(value).map(([key, item]) => `${key} ${inline(item, undefined)}`).join(", ")
  return scalar(value, unit)
}

/**
 * The fields of an object that have something to say. The same mass again, in metric tons, says nothing new.
 *
 * @category reading
 */
export const fields = (
  value: { readonly [key: string]: Schema.Json },
  node: Label.Node
): ReadonlyArray<Label.Field> => {
  const all = Label.fields(value, node)
  const inKilograms = new Set(all.filter(({ node }) => /^kg\b/.test(node.unit ?? "")).map(({ label }) => label))
  return all.filter(({ label, node, value }) =>
    !isEmpty(value) && !(inKilograms.has(label) && /^(?:t|tons)\b/.test(node.unit ?? ""))
  )
}

/**
 * An answer without its own list of citations: the metadata has the same ones, and they are told apart from it.
 *
 * @category reading
 */
export const withoutCitations = (answer: Schema.Json): Schema.Json =>
  isObject(answer)
    ? Object.fromEntries(Object.entries(answer).filter(([key, value]) => key !== "citations" || !isList(value)))
    : answer

/**
 * One column of a list of objects, a cell for each of them. A unit that all cells share stands in the title.
 *
 * @category models
 */
export interface Column {
  readonly title: string
  readonly numeric: boolean
  /** Whether the cells are words, which may be broken into lines. */
  readonly flexible: boolean
  readonly cells: ReadonlyArray<string>
}

/**
 * The columns of a list of objects, each of which is described by `node`.
 *
 * ```ts
 * import * as Label from "greenlang/render/Label"
 * import * as Value from "greenlang/render/Value"
 *
 * const columns = Value.columns([{ fuel: "gas", co2e_kg: 5311.43 }, { fuel: "diesel", co2e_kg: 99 }], Label.root(undefined))
 * columns.map(({ cells, title }) => [title, ...cells]) // => [["fuel", "gas", "diesel"], ["CO2e (kg)", "5311.43", "99"]]
 * ```
 *
 * @category reading
 */
export const columns = (
  rows: ReadonlyArray<{ readonly [key: string]: Schema.Json }>,
  node: Label.Node
): ReadonlyArray<Column> => {
  const labelled = rows.map((row) => new Map(fields(row, node).map((field) => [field.key, field])))
  return [...new Set(labelled.flatMap((row) => [...row.keys()]))].map((key) => {
    const cells = labelled.map((row) => row.get(key))
    const known = cells.filter((field) => field !== undefined)
    const [first] = known
    const units = new Set(known.map(({ node }) => node.unit))
    const shared = units.size === 1 ? first!.node.unit : undefined
    return {
      title: shared === undefined ? first!.label : `${first!.label} (${shared.replace(` ${first!.label}`, "")})`,
      numeric: known.every(({ value }) => typeof value === "number") && units.size === 1,
      flexible: known.every(({ value }) => typeof value !== "number"),
      cells: cells.map((field) =>
        field === undefined ? "" : inline(field.value, units.size === 1 ? undefined : field.node.unit)
      )
    }
  })
}

/** @category guards */
export const isList = (value: Schema.Json): value is ReadonlyArray<Schema.Json> => Array.isArray(value)

/** An object with fields of its own: a range is none. @category guards */
export const isObject = (value: Schema.Json): value is { readonly [key: string]: Schema.Json } =>
  typeof value === "object" && value !== null && !isList(value) && !isRange(value)

/** What `scalar` renders. @category guards */
export const isScalar = (value: Schema.Json): boolean => typeof value !== "object" || value === null || isRange(value)

/** Too long to stand beside its name. @category guards */
export const isProse = (value: Schema.Json): boolean =>
  typeof value === "string" && (value.length > 60 || value.includes("\n"))

/** Short enough to stand beside others. @category guards */
export const isWord = (value: Schema.Json): boolean => isScalar(value) && String(value).length < 40

const isRange = (value: Schema.Json): value is { readonly low: number; readonly high: number } =>
  typeof value === "object" && value !== null && Object.keys(value).length === 2 && "low" in value && "high" in value
  && typeof value["low"] === "number" && typeof value["high"] === "number"

const isEmpty = (value: Schema.Json): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0
