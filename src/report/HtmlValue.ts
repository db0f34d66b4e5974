/**
 * JSON as a part of a page: fields as pairs, lists of objects as tables, units beside the numbers.
 */
import type * as Schema from "effect/Schema"
import * as Excerpt from "../render/Excerpt.ts"
import * as Label from "../render/Label.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"

/** The rest of a longer text can be opened. */
const mostLetters = 480
/** The rest of a longer list can be opened. */
const mostRows = 20

/**
 * `node` is the place of the schema that names the units of `value`. A large value is shown in part, and a last line says so;
 * the rest of a long text or list can be opened.
 *
 * @category rendering
 */
export const render = (value: Schema.Json, node: Label.Node, limits: Excerpt.Limits = generous): Html => {
  const { cut, value: shown } = Excerpt.make(value, limits)
  return cut === 0 ? whole(shown, node) : html`${whole(shown, node)}<p class="aside">This is a part of the value.</p>`
}

/** For the input and the answer of a run. @category limits */
export const generous: Excerpt.Limits = { items: 500, levels: 24, values: 5_000, letters: 200_000 }
/** For the values of one step among many. @category limits */
export const frugal: Excerpt.Limits = { items: 50, levels: 12, values: 100, letters: 4_000 }

const whole = (value: Schema.Json, node: Label.Node): Html => {
  if (Value.isList(value)) return list(value, node)
  if (!Value.isObject(value)) return html`<div class="text">${prose(Value.scalar(value, node.unit))}</div>`
  const fields = Value.fields(value, node)
  if (fields.length === 0) return nothing
  const lines = Value.lines(fields)
  return html`<dl class="fields">${
    fields.map(({ label, node, value }, at) => {
      const text = isInline(value) ? lines[at]! : undefined
      const kind = text === undefined
        ? "whole"
        : Value.isProse(text)
        ? "prose"
        : typeof value === "number"
        ? "number"
        : ""
      return html`<div class="${kind}"><dt>${label}</dt><dd>${
        text === undefined ? whole(value, node) : prose(text)
      }</dd></div>`
    })
  }</dl>`
}

/**
 * Text. The rest of a long text can be opened.
 *
 * @category rendering
 */
export const prose = (text: string): Html => {
  if (text.length <= mostLetters) return html`${text}`
  const shown = text.slice(0, mostLetters).replace(/\s+\S*$/, "")
  return html`<details class="more"><summary><span class="cut">${shown}…</span> <span class="open">Show all ${
    Value.number(text.length)
  } characters</span></summary><div class="text">${text}</div></details>`
}

/** Short words stay on one line. @category rendering */
export const cell = (text: string): Html =>
  text === "" ? html`` : text.length <= 24 ? html`<span class="short">${text}</span>` : prose(text)

/**
 * A table. The rows after the first ones can be opened where there are many. Numbers are aligned to the right.
 *
 * @category rendering
 */
export const table = (
  name: string,
  columns: ReadonlyArray<{ readonly title: string; readonly numeric: boolean }>,
  rows: ReadonlyArray<ReadonlyArray<Html | string>>
): Html => {
  const one = (rows: ReadonlyArray<ReadonlyArray<Html | string>>) =>
    html`<div class="scroll" role="region" tabindex="0" aria-label="${name}"><table><thead><tr>${
      columns.map(({ numeric, title }) => html`<th scope="col"${numeric ? right : ""}>${title}</th>`)
    }</tr></thead><tbody>${
      rows.map((row) =>
        html`<tr>${
          row.map((cell, at) =>
            at === 0
              ? html`<th scope="row"${columns[at]!.numeric ? right : ""}>${cell}</th>`
              : html`<td${columns[at]!.numeric ? right : ""}>${cell}</td>`
          )
        }</tr>`
      )
    }</tbody></table></div>`
  if (rows.length <= mostRows) return one(rows)
  return html`${one(rows.slice(0, mostRows))}<details class="more"><summary><span class="open">Show ${
    Value.number(rows.length - mostRows)
  } more rows</span></summary>${one(rows.slice(mostRows))}</details>`
}

const right = html` class="number"`
const nothing = html`<p class="quiet">nothing</p>`

const isInline = (value: Schema.Json): boolean =>
  Value.isScalar(value) || (Value.isList(value) && value.length > 0 && value.every(Value.isWord))

const list = (items: ReadonlyArray<Schema.Json>, node: Label.Node): Html => {
  if (items.length === 0) return nothing
  const rows = items.filter(Value.isObject)
  if (rows.length < items.length) {
    const one = (items: ReadonlyArray<Schema.Json>) =>
      html`<ul class="list">${items.map((item) => html`<li>${prose(Value.inline(item, node.unit))}</li>`)}</ul>`
    if (items.length <= mostRows) return one(items)
    return html`${one(items.slice(0, mostRows))}<details class="more"><summary><span class="open">Show ${
      Value.number(items.length - mostRows)
    } more</span></summary>${one(items.slice(mostRows))}</details>`
  }
  const columns = Value.columns(rows, Label.items(node))
  const name = columns.map(({ title }) => title).join(", ")
  return table(name, columns, rows.map((_, at) => columns.map(({ cells }) => cell(cells[at]!))))
}
