/**
 * What the numbers of a run rest on, as a part of a page: the published ones, and what was computed from them.
 */
import type * as Run from "../agent/Run.ts"
import * as CanonicalJson from "../internal/CanonicalJson.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"
import * as HtmlValue from "./HtmlValue.ts"
import type { StepStory } from "./StepStory.ts"

/**
 * A table of the published numbers with who published them, and one of the calculations, each with the steps that used it,
 * where that is known. Nothing where there are none.
 *
 * @category rendering
 */
export const render = (
  citations: ReadonlyArray<Run.Citation>,
  steps: ReadonlyArray<StepStory>,
  idOf: (at: number) => string
): Html | undefined => {
  const users = usersOf(steps)
  const usedIn = (citation: Run.Citation) =>
    users.get(CanonicalJson.stringify(citation))?.map((at, place) =>
      html`${place === 0 ? "" : ", "}<a href="#${idOf(at)}">${steps[at]!.report.path.join(" / ")}</a>`
    ) ?? []
  const factors = citations.filter((citation) => citation.kind === "factor")
  const calculations = citations.filter((citation) => citation.kind === "calculation")
  const tables = [
    table("Published numbers", factorColumns, factors.map((one) => [...factor(one), html`${usedIn(one)}`])),
    table("Calculations", calculationColumns, calculations.map((one) => [...calculation(one), html`${usedIn(one)}`]))
  ].filter((table) => table !== undefined)
  return tables.length === 0 ? undefined : html`<div class="sheet">${tables}</div>`
}

/** A column in which nothing stands is left out. */
const table = (name: string, columns: ReadonlyArray<Column>, rows: ReadonlyArray<ReadonlyArray<Html>>) => {
  if (rows.length === 0) return undefined
  const filled = columns.flatMap((_, at) => rows.some((row) => row[at]!.markup !== "") ? [at] : [])
  return html`<h3>${name}</h3>${
    HtmlValue.table(name, filled.map((at) => columns[at]!), rows.map((row) => filled.map((at) => row[at]!)))
  }`
}

/** Which steps cited what: the innermost ones, where a pipeline runs inside a step. */
const usersOf = (steps: ReadonlyArray<StepStory>): ReadonlyMap<string, ReadonlyArray<number>> => {
  const users = new Map<string, Array<number>>()
  const inside = (outer: StepStory, inner: StepStory) =>
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

const factor = (citation: Run.Citation & { readonly kind: "factor" }) => {
  const { confidence, gwpSet, licence, name, region, source, unit, value, version, year } = citation
  return [
    HtmlValue.cell(name),
    html`${Value.number(value)}`,
    HtmlValue.cell(unit),
    HtmlValue.prose(source),
    html`${year}`,
    HtmlValue.cell(licence ?? ""),
    HtmlValue.prose([region, gwpSet, version, confidence].filter((part) => part !== undefined).join(", "))
  ]
}

const calculation = (citation: Run.Citation & { readonly kind: "calculation" }) => {
  const { formula, inputs, output, step, unit } = citation
  return [
    HtmlValue.cell(step),
    HtmlValue.prose(formula),
    HtmlValue.prose(
      Object.entries(inputs).map(([name, value]) => `${name} = ${Value.scalar(value, undefined)}`).join(", ")
    ),
    html`${Value.number(output)}`,
    HtmlValue.cell(unit)
  ]
}
