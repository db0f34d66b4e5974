/**
 * The text of a result: the answer, what it rests on, the drawing of the pipeline and where the time went.
 */
import { displayWidth } from "effect/cli/CliOutput"
import type * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type { RunMetadata } from "../agent/AgentResult.ts"
import type * as Pipeline from "../pipeline/Pipeline.ts"
import type * as PipelineReport from "../pipeline/PipelineReport.ts"
import type * as Label from "../render/Label.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import * as Answer from "./Answer.ts"
import * as Catalog from "./Catalog.ts"
import * as Drawing from "./Drawing.ts"
import * as Sources from "./Sources.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"
import * as Waterfall from "./Waterfall.ts"

/**
 * `value` is the answer as its schema encodes it. Sections without content are left out.
 *
 * @category rendering
 */
export const render = (
  result: { readonly value: Schema.Json; readonly metadata: RunMetadata },
  options: {
    readonly agent: Agent.Any
    readonly schema: Label.Document
    readonly timeline: PipelineReport.Timeline
    /** Cells. */
    readonly width: number
    readonly style: Style.Style
  }
): ReadonlyArray<string> => {
  const { agent, schema, style, timeline, width } = options
  const { metadata, value } = result
  const inner = width - 2
  const section = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : ["", style.bold(title), ...lines.map((line) => line === "" ? "" : `  ${line}`)]
  const cited = (kind: Sources.Kind) => metadata.citations.filter((citation) => citation.kind === kind)
  const pipeline = Catalog.isPipeline(agent) ? agent : undefined
  return [
    `${style.bold(metadata.agent)} ${style.dim(metadata.version)}`,
    "",
    ...Answer.render(Value.withoutCitations(value), { width, style, schema }),
    ...section("sources", Sources.factors(cited("factor"), inner, style)),
    ...section("calculations", Sources.calculations(cited("calculation"), inner, style)),
    ...section("notes", Answer.render(metadata.annotations, { width: inner, style })),
    ...section("pipeline", pipeline === undefined ? [] : drawing(pipeline, inner, style)),
    ...section(
      `times${style.dim(timesNote(timeline))}`,
      pipeline === undefined ? [] : waterfall(timeline, inner, style)
    ),
    "",
    ...Table.wrap(closing(metadata, timeline), width).map(style.dim)
  ]
}

const timesNote = ({ criticalPath, oneMoreSlot }: PipelineReport.Timeline): string => {
  const notes = [
    ...(criticalPath.length === 0 ? [] : ["* critical path"]),
    ...(oneMoreSlot < 1 ? [] : [`one more slot would have saved ${Time.format(oneMoreSlot)}`])
  ]
  return notes.length === 0 ? "" : `  (${notes.join("; ")})`
}

/** A drawing that would be torn by the end of the line is of no use. */
const drawing = (pipeline: Pipeline.Any, width: number, style: Style.Style): ReadonlyArray<string> => {
  const lines = Drawing.render(pipeline, style)
  return lines.every((line) => displayWidth(line) <= width)
    ? lines
    : [style.dim(`${Value.number(pipeline.steps.length)} steps, too wide to draw here: --report FILE draws them`)]
}

const waterfall = (timeline: PipelineReport.Timeline, width: number, style: Style.Style): ReadonlyArray<string> => {
  const { criticalPath, steps } = timeline
  const hidden = steps.length - mostSteps
  if (hidden <= 0) return Waterfall.render(timeline, width, style)
  const weigh = ({ duration = 0, path, state }: PipelineReport.StepReport) =>
    state === "failed" ? Infinity : path.length === 1 && criticalPath.includes(path[0]!) ? Number.MAX_VALUE : duration
  const shown = new Set(steps.toSorted((a, b) => weigh(b) - weigh(a)).slice(0, mostSteps))
  return [
    ...Waterfall.render({ ...timeline, steps: steps.filter((step) => shown.has(step)) }, width, style),
    style.dim(`and ${Value.number(hidden)} shorter ones: --report FILE shows all`)
  ]
}

/** More bars than that nobody reads on a terminal. */
const mostSteps = 60

const closing = ({ runId, usage }: RunMetadata, { duration }: PipelineReport.Timeline): string => {
  const calls = usage.calls === 1 ? "1 model call" : `${usage.calls} model calls`
  const tokens = `${Value.number(usage.inputTokens + usage.outputTokens)} tokens`
  const cost = usage.unpricedCalls > 0 ? "at an unknown price" : `${Value.number(usage.costUsd)} USD`
  return [`run ${runId}`, Time.format(duration), ...(usage.calls === 0 ? [] : [calls, tokens, cost])].join(" · ")
}
