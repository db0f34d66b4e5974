/**
 * Draws the times of a run: a bar for each step, from its start to its end.
 */
import { displayWidth } from "effect/cli/CliOutput"
import type * as PipelineReport from "../pipeline/PipelineReport.ts"
import * as Printable from "../render/Printable.ts"
import * as Text from "../render/Text.ts"
import * as Time from "../render/Time.ts"
import * as Waiting from "../render/Waiting.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * A line for each step, at most `width` cells wide. A `*` marks the steps of the critical path, whose bars are heavier; dots
 * lead from the time at which a step was ready to its start; the steps
 * of a pipeline inside a step are indented below it.
 *
 * ```ts
 * import * as Waterfall from "greenlang/cli/Waterfall"
 *
 * const lines = Waterfall.render({
 *   duration: 40,
 *   criticalPath: ["b", "sum"],
 *   steps: [
 *     { path: ["a"], after: [], state: "finished", attempts: 1, startedAt: 0, duration: 10 },
 *     { path: ["b"], after: [], state: "finished", attempts: 1, startedAt: 0, duration: 20 },
 *     { path: ["sum"], after: ["a", "b"], state: "finished", attempts: 1, startedAt: 20, duration: 20 }
 *   ]
 * }, 26)
 * lines // => ["  a    ▒▒▒           10 ms", "* b    ██████        20 ms", "* sum        ██████  20 ms"]
 * ```
 *
 * @category rendering
 */
export const render = (
  timeline: Pick<PipelineReport.Timeline, "steps" | "duration" | "criticalPath">,
  width: number,
  style: Style.Style = Style.plain
): ReadonlyArray<string> => {
  const critical = new Set(timeline.criticalPath)
  const names = timeline.steps.map(({ path }) =>
    Text.truncate("  ".repeat(path.length - 1) + Printable.line(path.at(-1)!), Math.floor(width / 3))
  )
  const waits = Waiting.find(timeline.steps)
  const times = timeline.steps.map((step) => timeOf(step, waits.get(step)))
  const [nameWidth, timeWidth] = [widest(names), widest(times)]
  const room = width - nameWidth - timeWidth - 2 - 2 - 2
  const scale = timeline.duration > 0 ? Math.max(1, room) / timeline.duration : 0
  return timeline.steps.map((step, at) => {
    const { duration = 0, path, startedAt, state } = step
    const marked = path.length === 1 && critical.has(path[0]!)
    const from = Math.min(Math.floor((startedAt ?? 0) * scale), Math.max(0, room - 1))
    const cells = startedAt === undefined ? 0 : Math.max(1, Math.min(Math.round(duration * scale), room - from))
    const ready = Math.min(from, Math.floor((waits.get(step)?.readyAt ?? startedAt ?? 0) * scale))
    const bar = (marked ? "█" : "▒").repeat(cells)
    const colour = state === "failed" ? style.red : marked ? style.yellow : style.cyan
    return [
      marked ? style.yellow("* ") : "  ",
      Table.pad(names[at]!, nameWidth),
      "  ",
      `${" ".repeat(ready)}${style.dim("·".repeat(from - ready))}${colour(bar)}${
        " ".repeat(Math.max(0, room - from - cells))
      }`,
      "  ",
      Table.pad(times[at]!, timeWidth, "right")
    ].join("").trimEnd()
  })
}

const timeOf = (
  { attempts, duration, startedAt, state, usage }: PipelineReport.StepReport,
  wait: Waiting.Wait | undefined
): string => {
  if (startedAt === undefined) return "never started"
  const time = duration === undefined ? state : Time.format(duration)
  if (state === "skipped" || state === "cached") return state
  const tokens = usage === undefined ? 0 : usage.inputTokens + usage.outputTokens
  return [
    ...(wait === undefined ? [] : [`waited ${Time.format(wait.waited)} for ${wait.reason}`]),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(tokens > 0 ? [`${tokens} tokens`] : []),
    time
  ].join(", ")
}

const widest = (texts: ReadonlyArray<string>): number =>
  texts.reduce((widest, text) => Math.max(widest, displayWidth(text)), 0)
