/**
 * The text of a result: the answer, its citations, the drawing of the pipeline and the times.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type { RunMetadata } from "../agent/AgentResult.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import type * as PipelineReport from "../pipeline/PipelineReport.ts"
import type * as Label from "../render/Label.ts"
import * as Printable from "../render/Printable.ts"
import * as Selection from "../render/Selection.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import * as Answer from "./Answer.ts"
import * as Citations from "./Citations.ts"
import * as Drawing from "./Drawing.ts"
import * as Screen from "./Screen.ts"
import * as Style from "./Style.ts"
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
  const pipeline = Pipeline.isPipeline(agent) ? agent : undefined
  return [
    `${style.bold(Printable.line(metadata.agent))} ${style.dim(Printable.line(metadata.version))}`,
    "",
    ...Answer.render(Value.withoutCitations(value), { width, style, schema }),
    ...section("citations", Citations.factors(metadata.citations, inner, style)),
    ...section("calculations", Citations.calculations(metadata.citations, inner, style)),
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

/**
 * What `greenlang run` prints of a run, for a program of your own: the report of a pipeline, from its `report`. `width` is in cells.
 * Default: 80. Default of `colour`: none.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 * import * as Report from "greenlang/cli/Report"
 *
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("twice", [n], (n) => Effect.succeed(n * 2)))
 *
 * const program = Effect.flatMap(Twice.report(4), (report) => Report.text(Twice, report))
 * const printed = await Effect.runPromise(program)
 * printed.split("\n")[0] // => "Twice 1.0.0"
 * ```
 *
 * @category rendering
 */
export const text = <Out>(
  agent: Agent.Any & { readonly output: Schema.ConstraintCodec<Out, unknown> },
  report: PipelineReport.PipelineReport<Out>,
  { colour = false, width = 80 }: { readonly width?: number; readonly colour?: boolean } = {}
): Effect.Effect<string> =>
  Effect.map(Effect.orDie(Schema.encodeEffect(Schema.toCodecJson(agent.output))(report.value)), (value) => {
    const lines = render({ value, metadata: report.metadata }, {
      agent,
      schema: Schema.toJsonSchemaDocument(agent.output),
      timeline: report,
      width,
      style: colour ? Style.ansi : Style.plain
    })
    return lines.map(Screen.show).join("\n")
  })

const timesNote = ({ criticalPath, oneMorePlace }: PipelineReport.Timeline): string => {
  const notes = [
    ...(criticalPath.length === 0 ? [] : ["* critical path"]),
    ...(oneMorePlace < 1 ? [] : [`one more place would have saved ${Time.format(oneMorePlace)}`])
  ]
  return notes.length === 0 ? "" : `  (${notes.join("; ")})`
}

/** A drawing wider than the terminal would be torn, and a long one is not read. */
const drawing = (pipeline: Pipeline.Any, width: number, style: Style.Style): ReadonlyArray<string> => {
  const steps = Value.number(pipeline.steps.length)
  if (pipeline.steps.length > mostSteps) {
    return [style.dim(`${steps} steps, too many to draw here; --report FILE draws them`)]
  }
  const lines = Drawing.render(pipeline, style)
  return lines.every((line) => displayWidth(line) <= width)
    ? lines
    : [style.dim(`${steps} steps, too wide to draw here; --report FILE draws them`)]
}

const waterfall = (timeline: PipelineReport.Timeline, width: number, style: Style.Style): ReadonlyArray<string> => {
  const steps = Selection.steps(timeline.steps, timeline.criticalPath, mostSteps)
  const hidden = timeline.steps.length - steps.length
  return [
    ...Waterfall.render({ ...timeline, steps }, width, style),
    ...(hidden === 0
      ? []
      : [style.dim(`The first, the slowest and the failed steps; ${Value.number(hidden)} are left out.`)])
  ]
}

const mostSteps = 60

const closing = ({ runId, usage }: RunMetadata, { duration }: PipelineReport.Timeline): string => {
  const calls = usage.calls === 1 ? "1 model call" : `${usage.calls} model calls`
  const tokens = `${Value.number(usage.inputTokens + usage.outputTokens)} tokens`
  const cost = usage.unpricedCalls > 0 ? "at an unknown price" : `${Value.number(usage.costUsd)} USD`
  return [`run ${runId}`, Time.format(duration), ...(usage.calls === 0 ? [] : [calls, tokens, cost])].join(" · ")
}
