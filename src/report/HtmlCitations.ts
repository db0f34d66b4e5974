/**
 * The citations of a run as a part of a page: the published factors, and the calculations made from them.
 */
import * as CanonicalJson from "../agent/internal/CanonicalJson.ts"
import type * as Run from "../agent/Run.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"
import * as HtmlValue from "./HtmlValue.ts"
import type { StepDetails } from "./StepDetails.ts"

/**
 * A table of the factors with their publishers, and a table of the calculations, each with the steps that used it, where they
 * are known. Nothing where there are no citations.
 *
 * @category rendering
 */
export const render = (
  citations: ReadonlyArray<Run.Citation>,
  steps: ReadonlyArray<StepDetails>,
  idOf: (at: number) => string
): Html | undefined => {
  const users = usersOf(steps)
  const usedIn = (citation: Run.Citation) =>
    users.get(CanonicalJson.stringify(citation))?.map((at, place) =>
      html`${place === 0 ? "" : ", "}<a href="#${idOf(at)}">${steps[at]!.report.path.join(" / ")}</a>`
    ) ?? []
  const shown = citations.slice(0, mostCitations)
  const factors = shown.filter((citation) => citation.kind === "factor")
  const calculations = shown.filter((citation) => citation.kind === "calculation")
  const values = Value.numbers(factors.map(({ value }) => value))
  const outputs = Value.numbers(calculations.map(({ output }) => output))
  const tables = [
    table(
      "Published factors",
      factorColumns,
      factors.map((one, at) => [...factor(one, values[at]!), html`${usedIn(one)}`])
    ),
    table(
      "Calculations",
      calculationColumns,
      calculations.map((one, at) => [...calculation(one, outputs[at]!), html`${usedIn(one)}`])
    )
  ].filter((table) => table !== undefined)
  const left = citations.length - shown.length
  return tables.length === 0 ?
    undefined :
    html`<div class="sheet">${tables}${
      left > 0 ? html`<p class="aside">${Value.number(left)} more citations are left out.</p>` : undefined
    }</div>`
}

const mostCitations = 500

/** An empty column is left out. */
const table = (name: string, columns: ReadonlyArray<Column>, rows: ReadonlyArray<ReadonlyArray<Html>>) => {
  if (rows.length === 0) return undefined
  const filled = columns.flatMap((_, at) => rows.some((row) => row[at]!.markup !== "") ? [at] : [])
  return html`<h3>${name}</h3>${
    HtmlValue.table(name, filled.map((at) => columns[at]!), rows.map((row) => filled.map((at) => row[at]!)))
  }`
}

/** The steps that used each citation: the innermost ones, where a pipeline runs inside a step. */
const usersOf = (steps: ReadonlyArray<StepDetails>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const users = new Map<string, Array<number>>()
  const inside = (outer: StepDetails, inner: StepDetails) =>
    outer.report.path.every((name, at) => inner.report.path[at] === name)
  steps.forEach((step, at) => {
    for (const key of new Set(step.citations.map(CanonicalJson.stringify))) {
      const others = (users.get(key) ?? []).filter((other) => !inside(steps[other]!, step))
      users.set(key, [...others, at])
    }
  })
  return users
}

interface Column {
  readonly title: string
  readonly numeric: boolean
}

const words = (title: string) => ({ title, numeric: false })
const numbers = (title: string) => ({ title, numeric: true })

const factorColumns = [
  words("Factor"),
  numbers("Value"),
  words("Unit"),
  words("Published by"),
  numbers("Year"),
  words("Licence"),
  words("About"),
  words("Used in")
]

const calculationColumns = [
  words("Calculation"),
  words("Formula"),
  words("From"),
  numbers("Result"),
  words("Unit"),
  words("Used in")
]

const factor = (citation: Run.Citation & { readonly kind: "factor" }, value: string) => {
  const { confidence, gwpSet, licence, name, region, source, unit, version, year } = citation
  return [
    HtmlValue.cell(name),
    html`${value}`,
    HtmlValue.cell(unit),
    HtmlValue.prose(source),
    html`${year}`,
    HtmlValue.cell(licence ?? ""),
    HtmlValue.prose([region, gwpSet, version, confidence].filter((part) => part !== undefined).join(", "))
  ]
}

const calculation = (citation: Run.Citation & { readonly kind: "calculation" }, output: string) => {
  const { formula, inputs, step, unit } = citation
  return [
    HtmlValue.cell(step),
    HtmlValue.prose(formula),
    HtmlValue.prose(
      Object.entries(inputs).map(([name, value]) => `${name} = ${Value.scalar(value, undefined)}`).join(", ")
    ),
    html`${output}`,
    HtmlValue.cell(unit)
  ]
}
