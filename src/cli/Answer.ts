/**
 * An answer as text: scalars as aligned pairs, lists of objects as tables, prose as paragraphs, units beside the numbers.
 */
import type * as Schema from "effect/Schema"
import * as Excerpt from "../render/Excerpt.ts"
import * as Label from "../render/Label.ts"
import * as Value from "../render/Value.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * @category models
 */
export interface Options {
  /** Cells. */
  readonly width: number
  readonly style: Style.Style
  /** Its descriptions name the units of the fields. */
  readonly schema?: Label.Document
}

/**
 * `value` is JSON, as an output schema encodes it. Its scalar fields come first, then a titled section for each of the
 * others, in their order. A large answer is shown in part, and a last line says so.
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
export const render = (value: Schema.Json, options: Options): ReadonlyArray<string> => {
  const { cut, value: shown } = Excerpt.make(value, limits)
  const lines = body(shown, Label.root(options.schema), "", options)
  return cut === 0 ? lines : [...lines, options.style.dim("This is a part of it; --json prints all.")]
}

/** More is unreadable on a terminal. */
const limits: Excerpt.Limits = { items: 100, levels: 12, values: 2_000, letters: 50_000 }

const body = (value: Schema.Json, node: Label.Node, title: string, options: Options): ReadonlyArray<string> => {
  if (Value.isList(value)) return list(value, node, options)
  if (!Value.isObject(value)) return Table.wrap(Value.scalar(value, node.unit), options.width)
  const { style, width } = options
  const fields = Value.fields(value, node)
  const pairs = fields.filter(({ value }) =>
    Value.isScalar(value) ? !Value.isProse(value) : Value.isList(value) && value.every(Value.isWord)
  )
  const sections = fields.filter((field) => !pairs.includes(field))
  const noun = title.replace(/^by /, "")
  const name = (label: string) => /^\d+$/.test(label) && noun !== "" ? `${noun} ${label}` : label
  const texts = Value.lines(pairs)
  const rows = pairs.map(({ label }, at) => [name(label), texts[at]!])
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
  const rows = items.filter(Value.isObject)
  if (rows.length < items.length) {
    return items.flatMap((item) => {
      const [first = "", ...rest] = Table.wrap(Value.inline(item, node.unit), width - 2)
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)]
    })
  }
  const columns = Value.columns(rows, Label.items(node))
  return Table.render(
    columns.map(({ flexible, numeric, title }) => ({ title, flexible, align: numeric ? "right" : "left" })),
    rows.map((_, at) => columns.map(({ cells }) => cells[at]!)),
    width,
    style.dim
  )
}
