/**
 * Draws a pipeline as text: a line for each step in running order, and lanes from each answer to the steps that wait for it.
 */
import type * as Pipeline from "../pipeline/Pipeline.ts"
import type * as Step from "../pipeline/Step.ts"
import * as Printable from "../render/Printable.ts"
import * as Style from "./Style.ts"

/**
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 * import * as Drawing from "greenlang/cli/Drawing"
 *
 * const Sum = Pipeline.make("Sum", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
 *   const a = Step.make("a", [n], (n) => Effect.succeed(n + 1))
 *   const b = Step.make("b", [n], (n) => Effect.succeed(n + 2))
 *   return Step.make("sum", [a, b], (a, b) => Effect.succeed(a + b))
 * })
 *
 * Drawing.render(Sum) // => ["●    input", "├─╮", "│ ●  a", "● │  b", "├─╯", "●    sum"]
 * ```
 *
 * @category rendering
 */
export const render = (pipeline: Pipeline.Any, style: Style.Style = Style.plain): ReadonlyArray<string> => {
  const waiting = new Map<Step.Any, number>()
  for (const step of pipeline.steps) {
    for (const before of new Set(step.after)) waiting.set(before, (waiting.get(before) ?? 0) + 1)
  }
  const lanes: Array<Step.Any | undefined> = []
  const rows: Array<{ readonly picture: string; readonly step?: Step.Any }> = []
  for (const step of pipeline.steps) {
    const sources = [...new Set(step.after)].map((before) => {
      const left = waiting.get(before)! - 1
      waiting.set(before, left)
      return { at: lanes.indexOf(before), ends: left === 0 }
    })
    const at = Math.min(...sources.filter(({ ends }) => ends).map(({ at }) => at), Infinity)
    const place = at < Infinity ? at : firstFree(lanes)
    if (sources.some((source) => source.at !== place)) rows.push({ picture: joint(lanes, sources, place) })
    for (const { at, ends } of sources) if (ends) lanes[at] = undefined
    lanes[place] = step
    const dots = Array.from(lanes, (lane, at) => at === place ? "●" : lane === undefined ? " " : "│")
    rows.push({ picture: dots.join(" "), step })
  }
  const width = rows.reduce((widest, { picture }) => Math.max(widest, picture.length), 0)
  return rows.map(({ picture, step }) => {
    if (step === undefined) return style.dim(picture)
    const policies = step.policies.length === 0 ? "" : style.dim(` (${Printable.line(step.policies.join(", "))})`)
    return `${style.dim(picture.padEnd(width))}  ${Printable.line(step.name)}${policies}`
  })
}

const firstFree = (lanes: ReadonlyArray<Step.Any | undefined>): number => {
  const free = lanes.indexOf(undefined)
  return free < 0 ? lanes.length : free
}

/** The line above a step, which joins the lanes of its inputs. */
const joint = (
  lanes: ReadonlyArray<Step.Any | undefined>,
  sources: ReadonlyArray<{ readonly at: number; readonly ends: boolean }>,
  place: number
): string => {
  const ends = [...sources.map(({ at }) => at), place]
  const [from, to] = [Math.min(...ends), Math.max(...ends)]
  let line = ""
  for (let at = 0; at < Math.max(lanes.length, to + 1); at++) {
    const source = sources.find((source) => source.at === at)
    const across = at >= from && at <= to
    const joined = source !== undefined || at === place
    const up = source !== undefined
    const down = at === place || (source !== undefined && !source.ends)
    if (!across) line += lanes[at] === undefined ? " " : "│"
    else if (!joined) line += lanes[at] === undefined ? "─" : "│"
    else line += corner(up, down, at > from, at < to)
    line += at >= from && at < to ? "─" : " "
  }
  return line.trimEnd()
}

const corner = (up: boolean, down: boolean, left: boolean, right: boolean): string =>
  " ╴╶─╷╮╭┬╵╯╰┴│┤├┼"[(up ? 8 : 0) + (down ? 4 : 0) + (right ? 2 : 0) + (left ? 1 : 0)]!
