/**
 * The citations of a run as text: the published factors, and the calculations made from them.
 */
import type * as Run from "../agent/Run.ts"
import * as Printable from "../render/Printable.ts"
import * as Value from "../render/Value.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * A row for each factor: its name, its value, its publisher and the year.
 *
 * @category rendering
 */
export const factors = (
  citations: ReadonlyArray<Run.Citation>,
  width: number,
  style: Style.Style
): ReadonlyArray<string> =>
  Table.render(
    [
      { title: "factor", flexible: true },
      { title: "value", align: "right" },
      { title: "unit" },
      { title: "published by", flexible: true },
      { title: "year" }
    ],
    rows(citations.filter(isFactor), ({ value }) => value, ({ gwpSet, name, region, source, unit, year }, value) => {
      const about = [region, gwpSet].filter((part) => part !== undefined).join(", ")
      return [about === "" ? name : `${name} (${about})`, value, unit, source, year === undefined ? "" : String(year)]
    }),
    width,
    style.dim
  )

/**
 * A row for each calculation: the step, its formula and its result.
 *
 * @category rendering
 */
export const calculations = (
  citations: ReadonlyArray<Run.Citation>,
  width: number,
  style: Style.Style
): ReadonlyArray<string> =>
  Table.render(
    [
      { title: "step", flexible: true },
      { title: "formula", flexible: true },
      { title: "result", align: "right" },
      { title: "unit" }
    ],
    rows(
      citations.filter(isCalculation),
      ({ output }) => output,
      ({ formula, step, unit }, output) => [step, formula, output, unit]
    ),
    width,
    style.dim
  )

/** Most citations are of the first steps; `--json` prints all of them. */
const mostRows = 100

/** The numbers of all rows are one column. */
const rows = <C>(
  citations: ReadonlyArray<C>,
  numberOf: (citation: C) => number,
  cells: (citation: C, number: string) => ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => {
  const shown = citations.slice(0, mostRows)
  const numbers = Value.numbers(shown.map(numberOf))
  const left = citations.length - shown.length
  return [
    ...shown.map((citation, at) => cells(citation, numbers[at]!).map(Printable.line)),
    ...(left > 0 ? [[`and ${Value.number(left)} more; --json prints all`]] : [])
  ]
}

const isFactor = (citation: Run.Citation) => citation.kind === "factor"
const isCalculation = (citation: Run.Citation) => citation.kind === "calculation"
