/**
 * The state of a step, in words, in a mark and in the name of a style: never by colour alone.
 */
import type { StepReport } from "../pipeline/PipelineReport.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"
import type { StepDetails } from "./StepDetails.ts"

/** Paths in a square of 12 by 12. Fonts differ in which signs they have. */
const marks: Readonly<Record<StepReport["state"], string>> = {
  pending: "M6 4.6a1.4 1.4 0 1 0 .01 0z",
  running: "M2 4.8h1.6v2.4H2zM5.2 4.8h1.6v2.4H5.2zM8.4 4.8H10v2.4H8.4z",
  finished: "M1.8 6.4 3.2 5 5 6.8 9 2.4l1.3 1.3L5 9.7z",
  cached: "M2 3.2h8v1.8H2zM2 7h8v1.8H2z",
  skipped: "M2 5.1h8v1.8H2z",
  failed: "M2.2 3.5 3.5 2.2 6 4.7l2.5-2.5 1.3 1.3L7.3 6l2.5 2.5-1.3 1.3L6 7.3 3.5 9.8 2.2 8.5 4.7 6z",
  interrupted: "M2.6 2.6h6.8v6.8H2.6z"
}

/** An SVG that is as large as a letter, or stands at a place in another SVG. @category rendering */
export const markOf = ({ report: { state } }: StepDetails, place = html`width="12" height="12"`): Html =>
  html`<svg class="mark ${state}" ${place} viewBox="0 0 12 12" aria-hidden="true"><path d="${marks[state]}"/></svg>`

/** @category rendering */
export const wordOf = ({ recoveredFrom, report }: StepDetails): string => {
  if (report.state === "pending") return "never started"
  return recoveredFrom === undefined ? report.state : `${report.state} after recovering`
}

/** @category rendering */
export const classOf = ({ critical, report }: StepDetails): string =>
  critical ? `${report.state} critical` : report.state

/**
 * The first names of steps, in one line.
 *
 * @category rendering
 */
export const namesOf = (names: ReadonlyArray<string>): string => {
  const left = names.length - mostNames
  return [...names.slice(0, mostNames), ...(left > 0 ? [`${Value.number(left)} more`] : [])].join(", ")
}

const mostNames = 20

/** Its duration, its attempts and its state, as far as they are worth a word. @category rendering */
export const timeOf = (step: StepDetails): string => {
  const { attempts, duration, state } = step.report
  if (duration === undefined || state === "skipped" || state === "cached") return wordOf(step)
  return [
    ...(state === "finished" ? [] : [state]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    Time.format(duration)
  ].join(", ")
}
