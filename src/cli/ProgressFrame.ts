/**
 * One frame of the progress of a run, for a terminal of any size.
 */
import { displayWidth } from "effect/cli/CliOutput"
import type * as PipelineReport from "../pipeline/PipelineReport.ts"
import * as Printable from "../render/Printable.ts"
import * as Text from "../render/Text.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { keyOf } from "../report/StepDetails.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"

/**
 * How a frame is drawn: at most `columns` wide and `rows` high, in cells. `spin` counts the frames; nothing runs after the
 * last one. `said` has the text of language models so far, by the `StepDetails.keyOf` of the path.
 *
 * @category models
 */
export interface Options {
  readonly columns: number
  readonly rows: number
  readonly spin: number
  readonly isLast: boolean
  readonly style: Style.Style
  readonly said: ReadonlyMap<string, string>
}

type Step = PipelineReport.StepReport

/**
 * A line for each step: a mark for its state, its name, its time, and the end of the text of its model. `now` is in
 * milliseconds since the run began.
 *
 * With more steps than rows: a bar and the counts, the time so far and an estimate of the rest, then the failed steps, the
 * running ones and the longest.
 *
 * ```ts
 * import * as ProgressFrame from "greenlang/cli/ProgressFrame"
 * import * as Style from "greenlang/cli/Style"
 *
 * const lines = ProgressFrame.render([
 *   { path: ["fuel"], after: [], state: "finished", attempts: 1, startedAt: 0, duration: 12 },
 *   { path: ["grid"], after: [], state: "running", attempts: 2, startedAt: 0 },
 *   { path: ["carbon"], after: ["fuel", "grid"], state: "pending", attempts: 0 }
 * ], 2500, { columns: 80, rows: 24, spin: 0, isLast: false, style: Style.plain, said: new Map() })
 * lines // => ["✓ fuel      12 ms", "⠋ grid      2.5 s  attempt 2", "· carbon"]
 * ```
 *
 * @category rendering
 */
export const render = (steps: ReadonlyArray<Step>, now: number, options: Options): ReadonlyArray<string> => {
  const room = Math.max(4, options.rows - 1) // the cursor stands on a line of its own, below
  if (steps.length > room) return crowd(steps, now, room, options)
  const names = steps.map(({ path }) => "  ".repeat(path.length - 1) + path.at(-1)!)
  return lines(steps, names, now, options)
}

const crowd = (steps: ReadonlyArray<Step>, now: number, room: number, options: Options): ReadonlyArray<string> => {
  const { columns, isLast, style } = options
  const counts = new Map<Step["state"], number>()
  for (const { state } of steps) counts.set(state, (counts.get(state) ?? 0) + 1)
  const count = (state: Step["state"]) => counts.get(state) ?? 0
  const ended = steps.length - count("pending") - count("running")
  const others = (["running", "failed", "interrupted", "skipped", "cached"] as const).flatMap((state) =>
    count(state) === 0 ? [] : [`${Value.number(count(state))} ${state}`]
  )
  const title = `${Value.number(ended)} of ${Value.number(steps.length)} steps`
  const cells = Math.min(30, columns - displayWidth(title) - 2)
  const full = Math.floor(cells * ended / steps.length)
  const bar = cells < 5 ? "" : `${style.green("█".repeat(full))}${style.dim("░".repeat(cells - full))}  `
  const times = [Time.format(now), ...(isLast ? [] : left(steps.length, ended, now))]

  const failed = steps.filter(({ state }) => state === "failed")
  const running = steps.filter(({ state }) => state === "running").toSorted((a, b) => a.startedAt! - b.startedAt!)
  const [longest] = steps.filter(({ state }) => state === "finished").toSorted((a, b) => b.duration! - a.duration!)
  const last = longest === undefined ? [] : [longest]
  const forSteps = room - 2 - last.length
  const someFailed = failed.slice(-Math.max(1, Math.floor(forSteps / (isLast ? 1 : 3))))
  const someRunning = running.slice(0, Math.max(0, forSteps - someFailed.length - 1))
  const shown = [...someFailed, ...someRunning, ...last]
  const rows = lines(
    shown,
    shown.map(({ path }) => path.join(" / ")),
    now,
    options,
    (step) => step === longest ? "took longest" : undefined
  )
  const more = running.length - someRunning.length
  return [
    `${bar}${title}`,
    style.dim(Text.truncate([...times, ...others].join(", "), columns)),
    ...rows.slice(0, rows.length - last.length),
    ...(more > 0 && forSteps > someFailed.length ? [style.dim(`  and ${Value.number(more)} more running`)] : []),
    ...rows.slice(rows.length - last.length)
  ]
}

/**
 * An estimate by the rate so far: only once a good part of the steps has ended. More steps may appear as others start.
 */
const left = (all: number, ended: number, now: number): ReadonlyArray<string> =>
  ended < 20 || ended * 10 < all || now < 2000 || ended === all
    ? []
    : [`about ${Time.roughly(now / ended * (all - ended))} left at this rate`]

const lines = (
  steps: ReadonlyArray<Step>,
  named: ReadonlyArray<string>,
  now: number,
  { columns, said, spin, style }: Options,
  remark: (step: Step) => string | undefined = () => undefined
): ReadonlyArray<string> => {
  const names = named.map(Printable.line)
  const width = Math.min(Math.max(0, ...names.map(displayWidth)), Math.max(8, columns - 32))
  return steps.map((step, at) => {
    const { attempts, duration, path, startedAt, state } = step
    const isRunning = state === "running"
    const [mark, colour] = isRunning ? [spinner[spin % spinner.length]!, style.cyan] : marks(style)[state]
    const elapsed = duration ?? (startedAt === undefined ? undefined : now - startedAt)
    const time = elapsed === undefined || state === "skipped" ? "" : Time.format(elapsed)
    const note = [
      ...(attempts > 1 ? [isRunning ? `attempt ${attempts}` : `${attempts} attempts`] : []),
      ...(silent.has(state) ? [] : [state]),
      ...[remark(step) ?? []].flat()
    ].join(", ")
    const text = isRunning ? said.get(keyOf(path)) : undefined
    const name = Table.pad(Text.truncate(names[at]!, width), width)
    const space = Math.max(0, columns - width - 13)
    const words = text === undefined || note !== ""
      ? Text.truncate(note, space)
      : Text.end(Printable.line(text).trim(), space)
    return `${colour(mark)} ${state === "pending" ? style.dim(name) : name}  ${style.dim(time.padStart(7))}  ${
      style.dim(words)
    }`.replace(/\s+$/, "")
  })
}

const marks = (style: Style.Style) => ({
  pending: ["·", style.dim],
  finished: ["✓", style.green],
  cached: ["=", style.green],
  skipped: ["-", style.dim],
  failed: ["✗", style.red],
  interrupted: ["■", style.yellow]
} as const)

/** States that need no word beside their mark. */
const silent = new Set<Step["state"]>(["pending", "running", "finished"])

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
