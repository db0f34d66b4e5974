/**
 * Renders what an answer rests on: the published numbers, and what was computed from them.
 */
import type * as Run from "../agent/Run.ts"
import * as Value from "../render/Value.ts"
import type * as Style from "./Style.ts"
import { harmless } from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * A row a factor: its name, value, and who published it when.
 *
 * @category rendering
 */
export type Kind = Run.Citation["kind"]
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
      { title: "source", flexible: true },
      { title: "year" }
    ],
    citations.flatMap((citation) => {
      if (citation.kind !== "factor") return []
      const { gwpSet, name, region, source, unit, value, year } = citation
      const about = [region, gwpSet].filter((part) => part !== undefined).join(", ")
      const title = about === "" ? name : `${name} (${about})`
      return [[harmless(title), Value.number(value), unit, harmless(source), year === undefined ? "" : String(year)]]
    }),
    width,
    style.dim
  )

/**
 * A row a calculation: the step, its formula, and what came out.
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
    citations.flatMap((citation) =>
      citation.kind === "calculation"
        ? [[harmless(citation.step), harmless(citation.formula), Value.number(citation.output), citation.unit]]
        : []
    ),
    width,
    style.dim
  )
