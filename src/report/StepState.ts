/**
 * How a step stands, in words, in a mark and in the name of a style: never by colour alone.
 */
import type { StepReport } from "../pipeline/PipelineReport.ts"
import type { StepStory } from "./StepStory.ts"
import * as Time from "./Time.ts"

const marks: Readonly<Record<StepReport["state"], string>> = {
  pending: "·",
  running: "…",
  finished: "✓",
  skipped: "–",
  failed: "✗",
  interrupted: "■"
}

/** @category rendering */
export const markOf = ({ report }: StepStory): string => marks[report.state]

/** @category rendering */
export const wordOf = ({ recoveredFrom, report }: StepStory): string => {
  if (report.state === "pending") return "never started"
  return recoveredFrom === undefined ? report.state : `${report.state} in spite of a failure`
}

/** @category rendering */
export const classOf = ({ critical, report }: StepStory): string =>
  critical ? `${report.state} critical` : report.state

/** How long it took, and what else has to be said of that. @category rendering */
export const timeOf = (step: StepStory): string => {
  const { attempts, duration, state } = step.report
  if (duration === undefined || state === "skipped") return wordOf(step)
  return [
    ...(state === "finished" ? [] : [state]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    Time.format(duration)
  ].join(", ")
}
