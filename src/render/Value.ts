/**
 * JSON as words: numbers with their units, ranges, lists of objects as columns. For a terminal and for a page.
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

/**
 * The numbers of one column: with the same count of decimals, and grouped if one of them is. A number that would read as zero
 * has decimals of its own.
 *
 * ```ts
 * import * as Value from "greenlang/render/Value"
 *
 * Value.numbers([5311.43, 48760]) // => ["5,311.43", "48,760.00"]
 * ```
 *
 * @category rendering
 */
export const numbers = (values: ReadonlyArray<number>): ReadonlyArray<string> => {
  const decimals = values.reduce((most, value) => Math.max(most, decimalsOf(value)), 0)
  const useGrouping = values.some((value) => Math.abs(value) >= 10_000)
  const format = new Intl.NumberFormat("en-US", {
    useGrouping,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals
  })
  return values.map((value) =>
    value !== 0 && Math.abs(value) < 10 ** -decimals / 2 ? number(value) : format.format(value)
  )
}

const mostDecimals = 6

/** As many as `number` shows. */
const decimalsOf = (value: number): number => {
  const [, decimals = ""] = number(value).split(".")
  return Math.min(mostDecimals, decimals.length)
}

const large = new Intl.NumberFormat("en-US", { useGrouping: "min2", maximumFractionDigits: mostDecimals })
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
 * One line for any value.
 *
 * @category rendering
 */
export const inline = (value: Schema.Json, unit: string | undefined): string => {
  if (isList(value)) return value.map((item) => inline(item, unit)).join(", ")
  if (isObject(value)) return Object.entries(value).map(([key, item]) => `${key} ${inline(item, undefined)}`).join(", ")
  return scalar(value, unit)
}

/**
 * Each field on one line. Numbers of the same unit are one column, even when other fields stand between them; so are all
 * numbers of a record, which has no other fields.
 *
 * @category rendering
 */
export const lines = (fields: ReadonlyArray<Label.Field>): ReadonlyArray<string> => {
  const columns = new Map<string, Array<number>>()
  const isRecord = fields.every(({ node, value }) => typeof value === "number" && Object.keys(node.schema).length === 0)
  fields.forEach(({ node: { unit = isRecord ? "" : undefined }, value }, at) => {
    if (typeof value !== "number" || unit === undefined) return
    const column = columns.get(unit)
    if (column === undefined) columns.set(unit, [at])
    else column.push(at)
  })
  const texts = fields.map(({ node, value }) => inline(value, node.unit))
  for (const [unit, places] of columns) {
    const column = numbers(places.map((at) => Number(fields[at]!.value)))
    places.forEach((at, place) => texts[at] = `${column[place]!} ${unit}`.trimEnd())
  }
  return texts
}

/**
 * The fields of an object that hold something. The same mass in metric tons, beside kilograms, is left out.
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
 * An answer without its own list of citations: those of the metadata are the same, and have a section of their own.
 *
 * @category reading
 */
export const withoutCitations = (answer: Schema.Json): Schema.Json =>
  isObject(answer) && "citations" in answer
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
 * columns.map(({ cells, title }) => [title, ...cells]) // => [["fuel", "gas", "diesel"], ["CO2e (kg)", "5311.43", "99.00"]]
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
    const numeric = units.size === 1 && known.every(({ value }) => typeof value === "number")
    const texts = new Map(
      numeric ? numbers(known.map(({ value }) => Number(value))).map((text, at) => [known[at]!, text]) : []
    )
    return {
      title: shared === undefined ? first!.label : `${first!.label} (${shared.replace(` ${first!.label}`, "")})`,
      numeric,
      flexible: known.every(({ value }) => typeof value !== "number"),
      cells: cells.map((field) =>
        field === undefined
          ? ""
          : texts.get(field) ?? inline(field.value, units.size === 1 ? undefined : field.node.unit)
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
  typeof value === "object" && value !== null && "low" in value && "high" in value
  && typeof value["low"] === "number" && typeof value["high"] === "number" && Object.keys(value).length === 2

const isEmpty = (value: Schema.Json): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0
