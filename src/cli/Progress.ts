/**
 * Shows a run as it goes: redrawn in place on a terminal, a line a happening anywhere else.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import { TimelineFold } from "../pipeline/PipelineReport.ts"
import * as Time from "../render/Time.ts"
import { keyOf } from "../report/StepStory.ts"
import * as ProgressFrame from "./ProgressFrame.ts"
import * as Style from "./Style.ts"

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
 * Draws on standard error, again ten times a second, until the scope closes; then a last time, as things ended. The cursor is
 * hidden meanwhile and shown again, however the run ends.
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
  const said = new Map<string, string>()
  let began = 0n
  let drawn = 0
  let spin = 0

  const draw = (isLast: boolean) =>
    Effect.map(options.size, (size) => {
      const now = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
      const lines = ProgressFrame.render(seen.steps, now, { ...size, isLast, spin: spin++, style: options.style, said })
      if (lines.length === 0) return
      const home = drawn === 0 ? hideCursor : `\x1b[${drawn}A\r`
      drawn = lines.length
      console.error(`${home}${lines.map((line) => `${line}\x1b[K`).join("\n")}\x1b[J${isLast ? showCursor : ""}`)
    })

  yield* Effect.addFinalizer(() => draw(true))
  yield* Effect.forkScoped(Effect.repeat(draw(false), Schedule.spaced("100 millis")))
  return (event) => {
    if (event._tag === "RunStarted") began = clock.monotonicTimeNanosUnsafe()
    seen.add(event)
    note(said, event)
  }
})

/** The end of what a model says to a step, or what the step asks a person. */
const note = (said: Map<string, string>, event: PipelineEvent): void => {
  if (!("path" in event)) return
  const key = keyOf(event.path)
  if (event._tag === "StepToken") said.set(key, `${said.get(key) ?? ""}${event.text}`.slice(-400))
  else if (event._tag === "ApprovalAsked") said.set(key, `asks: ${event.text}`)
  else said.delete(key)
}

const hideCursor = "\x1b[?25l"
const showCursor = "\x1b[?25h"
