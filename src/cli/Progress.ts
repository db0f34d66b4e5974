/**
 * Shows a run as it goes: redrawn in place on a terminal, a line a happening anywhere else.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { TimelineFold } from "../internal/TimelineFold.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type * as PipelineReport from "../pipeline/PipelineReport.ts"
import * as Style from "./Style.ts"
import * as Table from "./Table.ts"
import * as Time from "./Time.ts"

/**
 * How a frame is drawn: at most `columns` wide and `rows` high, in cells. `spin` counts the frames.
 *
 * @category models
 */
export interface Frame {
  readonly columns: number
  readonly rows: number
  readonly spin: number
  readonly style: Style.Style
}

/**
 * A line a step: a mark for its state, its name, its time. `now` is in milliseconds since the run began. Where there are
 * more steps than rows, the ones that ended, and then the ones that wait, are counted instead.
 *
 * ```ts
 * import * as Progress from "greenlang/cli/Progress"
 * import * as Style from "greenlang/cli/Style"
 *
 * const lines = Progress.frame({
 *   steps: [
 *     { path: ["fuel"], after: [], state: "finished", attempts: 1, startedAt: 0, duration: 12 },
 *     { path: ["grid"], after: [], state: "running", attempts: 2, startedAt: 0 },
 *     { path: ["carbon"], after: ["fuel", "grid"], state: "pending", attempts: 0 }
 *   ]
 * }, 2500, { columns: 80, rows: 24, spin: 0, style: Style.plain })
 * lines // => ["✓ fuel      12 ms", "⠋ grid      2.5 s  attempt 2", "· carbon"]
 * ```
 *
 * @category rendering
 */
export const frame = (
  timeline: Pick<PipelineReport.Timeline, "steps">,
  now: number,
  { columns, rows, spin, style }: Frame
): ReadonlyArray<string> => {
  const { steps } = timeline
  const room = Math.max(3, rows - 1) // the cursor stands on a line of its own, below
  const excess = steps.length > room ? steps.length - room + 2 : 0
  const ended = steps.filter(({ state }) => quiet.has(state)).slice(0, excess)
  const waiting = excess > ended.length
    ? steps.filter(({ state }) => state === "pending").slice(ended.length - excess)
    : []
  const hidden = new Set(excess === 0 ? [] : [...ended, ...waiting])
  const shown = steps.filter((step) => !hidden.has(step))
  const names = shown.map(({ path }) => "  ".repeat(path.length - 1) + Style.harmless(path.at(-1)!))
  const width = Math.min(Math.max(0, ...names.map(displayWidth)), Math.max(8, columns - 32))
  const lines = shown.map(({ attempts, duration, startedAt, state }, at) => {
    const [mark, colour] = state === "running" ? [spinner[spin % spinner.length]!, style.cyan] : marks(style)[state]
    const elapsed = duration ?? (startedAt === undefined ? undefined : now - startedAt)
    const time = elapsed === undefined || state === "skipped" ? "" : Time.format(elapsed)
    const note = [
      ...(attempts > 1 ? [state === "running" ? `attempt ${attempts}` : `${attempts} attempts`] : []),
      ...(silent.has(state) ? [] : [state])
    ].join(", ")
    const name = Table.pad(Table.truncate(names[at]!, width), width)
    const told = Table.truncate(note, Math.max(0, columns - width - 14))
    const text = state === "pending" ? style.dim(name) : name
    return `${colour(mark)} ${text}  ${style.dim(time.padStart(7))}  ${style.dim(told)}`.replace(/\s+$/, "")
  })
  const all = [
    ...(hidden.size > 0 && ended.length > 0 ? [style.dim(`✓ ${ended.length} steps ended`)] : []),
    ...lines,
    ...(waiting.length > 0 ? [style.dim(`· ${waiting.length} more steps`)] : [])
  ]
  return all.slice(0, room)
}

const marks = (style: Style.Style) => ({
  pending: ["·", style.dim],
  finished: ["✓", style.green],
  cached: ["=", style.green],
  skipped: ["-", style.dim],
  failed: ["✗", style.red],
  interrupted: ["■", style.yellow]
} as const)

/** What ended as it should. */
const quiet = new Set<PipelineReport.StepReport["state"]>(["finished", "cached", "skipped"])

/** Whose mark says it all. */
const silent = new Set<PipelineReport.StepReport["state"]>(["pending", "running", "finished"])

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

/**
 * What happened, as one line; `undefined` for what needs none.
 *
 * @category rendering
 */
export const line = (event: PipelineEvent): string | undefined => {
  const at = Time.format(event.at).padStart(8)
  switch (event._tag) {
    case "RunStarted":
      return `${at}  ${event.pipeline} ${event.version} started`
    case "RunEnded":
      return `${at}  ${event.outcome}`
    case "StepStarted":
      return `${at}  · ${nameOf(event)} started`
    case "StepSkipped":
      return `${at}  - ${nameOf(event)} skipped`
    case "StepCached":
      return `${at}  = ${nameOf(event)} cached, as of ${DateTime.formatIso(event.keptAt)}`
    case "StepWaiting":
      return `${at}  · ${nameOf(event)} waits for ${Style.harmless(event.what)}`
    case "ApprovalAsked":
      return `${at}  ? ${nameOf(event)} asks: ${oneLine(event.text)}`
    case "ApprovalDecided": {
      const by = event.by === undefined ? "" : ` by ${oneLine(event.by)}`
      const comment = event.comment === undefined ? "" : `: ${oneLine(event.comment)}`
      return `${at}  ! ${nameOf(event)} ${event.approved ? "approved" : "refused"}${by}${comment}`
    }
    case "StepInterrupted":
      return `${at}  ■ ${nameOf(event)} interrupted`
    case "StepRetried":
      return `${at}  ↻ ${nameOf(event)} attempt ${event.attempt}, after ${reason(event.error)}`
    case "StepFailed":
      return `${at}  ✗ ${nameOf(event)} failed: ${reason(event.error)}`
    case "StepFinished": {
      const recovered = event.recoveredFrom === undefined ? "" : `, in spite of ${reason(event.recoveredFrom)}`
      return `${at}  ✓ ${nameOf(event)} finished${recovered}`
    }
  }
}

const nameOf = ({ path }: { readonly path: ReadonlyArray<string> }): string => Style.harmless(path.join(" / "))

const reason = (error: { readonly _tag: string; readonly message: string }): string =>
  `${error._tag}: ${oneLine(error.message)}`

const oneLine = (text: string): string => Style.harmless(text).split("\n", 1)[0]!

/**
 * Draws on standard error, again every 80 milliseconds, until the scope closes; then a last time, as things ended. The
 * cursor is hidden meanwhile and shown again, however the run ends.
 *
 * Answers with the function that takes the events of the run.
 *
 * @category running
 */
export const live = Effect.fnUntraced(function*(options: {
  readonly style: Style.Style
  /** Cells of the terminal, read again before each frame: it may be resized. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
}): Effect.fn.Return<(event: PipelineEvent) => void, never, Scope.Scope> {
  const console = yield* Console.Console
  const clock = yield* Clock.Clock
  const seen = new TimelineFold()
  let began = 0n
  let drawn = 0
  let spin = 0

  const draw = (last: boolean) =>
    Effect.map(options.size, ({ columns, rows }) => {
      const now = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
      const space = last ? Infinity : rows
      const lines = frame(seen.timeline, now, { columns, rows: space, spin: spin++, style: options.style })
      if (lines.length === 0) return
      const home = drawn === 0 ? hideCursor : `\x1b[${drawn}A\r`
      drawn = lines.length
      console.error(`${home}${lines.map((line) => `${line}\x1b[K`).join("\n")}\x1b[J${last ? showCursor : ""}`)
    })

  yield* Effect.addFinalizer(() => draw(true))
  yield* Effect.forkScoped(Effect.repeat(draw(false), Schedule.spaced("80 millis")))
  return (event) => {
    if (event._tag === "RunStarted") began = clock.monotonicTimeNanosUnsafe()
    seen.add(event)
  }
})

const hideCursor = "\x1b[?25l"
const showCursor = "\x1b[?25h"
