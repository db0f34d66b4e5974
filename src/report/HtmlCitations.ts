/**
 * What the numbers of a run rest on, as a part of a page: the published ones, and what was computed from them.
 */
import type * as Run from "../agent/Run.ts"
import { type Html, html } from "./Html.ts"
import * as HtmlValue from "./HtmlValue.ts"
import * as Value from "./Value.ts"

/**
 * A table of the published numbers with who published them, and one of the calculations. Nothing where there are none.
 *
 * @category rendering
 */
export const render = (citations: ReadonlyArray<Run.Citation>): Html | undefined => {
  if (citations.length === 0) return undefined
  const factors = citations.filter((citation) => citation.kind === "factor")
  const calculations = citations.filter((citation) => citation.kind === "calculation")
  return html`<div class="sheet">${
    factors.length === 0 ?
      undefined :
      html`<h3 class="first">Published numbers</h3>${
        HtmlValue.table("Published numbers", [
          words("Factor"),
          numbers("Value"),
          words("Unit"),
          words("Published by"),
          numbers("Year"),
          words("Licence"),
          words("About")
        ], factors.map(factor))
      }`
  }${
    calculations.length === 0 ?
      undefined :
      html`<h3${factors.length === 0 ? html` class="first"` : ""}>Calculations</h3>${
        HtmlValue.table("Calculations", [
          words("Calculation"),
          words("Formula"),
          words("From"),
          numbers("Result"),
          words("Unit")
        ], calculations.map(calculation))
      }`
  }</div>`
}

const words = (title: string) => ({ title, numeric: false })
const numbers = (title: string) => ({ title, numeric: true })

const factor = (citation: Run.Citation & { readonly kind: "factor" }) => {
  const { confidence, gwpSet, name, region, source, unit, value, version, year } = citation
  return [
    HtmlValue.cell(name),
    Value.number(value),
    HtmlValue.cell(unit),
    HtmlValue.prose(source),
    year === undefined ? "" : String(year),
    "",
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
    Value.number(output),
    HtmlValue.cell(unit)
  ]
}
