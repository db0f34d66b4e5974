/**
 * A run while it goes on: redrawn in place on a terminal, and a line for each event anywhere else.
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Draft, Sink } from "../orchestrator/RunRecorder.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as Printable from "../render/Printable.ts"
import * as Text from "../render/Text.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { keyOf } from "../report/StepDetails.ts"
import type * as Output from "./Output.ts"
import * as ProgressFrame from "./ProgressFrame.ts"
import * as Screen from "./Screen.ts"
import { Turn } from "./Turn.ts"

/**
 * The sink that shows a run on standard error. JSON output has no progress.
 *
 * @category constructors
 */
export const sink = (output: Output.Output): Effect.Effect<Sink, never, Scope.Scope> =>
  output.format === "json" ? Effect.succeed({}) : output.animated ? live(output) : lines

/**
 * An event as one line; `undefined` for an event that needs none. A failure that may end the run has its tag alone: what it
 * says is printed once, at the end of the run.
 *
 * @category rendering
 */
export const line = (event: PipelineEvent): string | undefined => {
  const at = Time.format(event.at).padStart(8)
  switch (event._tag) {
    case "RunStarted":
      return `${at}  ${Printable.line(`${event.agent} ${event.version}`)} started`
    case "RunEnded":
      return `${at}  ${event.outcome}`
    case "StepStarted":
      return `${at}  · ${nameOf(event)} started`
    case "StepSkipped":
      return `${at}  - ${nameOf(event)} skipped`
    case "StepCached":
      return `${at}  = ${nameOf(event)} cached, as of ${DateTime.formatIso(event.keptAt)}`
    case "StepWaiting":
      return `${at}  · ${nameOf(event)} waits for ${Printable.line(event.what)}`
    case "ApprovalAsked":
      return `${at}  ? ${nameOf(event)} asks: ${oneLine(event.text)}`
    case "ApprovalDecided": {
      const by = event.by === undefined ? "" : ` by ${oneLine(event.by)}`
      const comment = event.comment === undefined ? "" : `: ${oneLine(event.comment)}`
      return `${at}  ! ${nameOf(event)} ${event.approved ? "approved" : "refused"}${by}${comment}`
    }
    case "CacheFailed":
      return `${at}  ! ${nameOf(event)} goes on without its cache: ${oneLine(event.message)}`
    case "ModelCalled":
      return `${at}  · ${modelOf(event)} answered${event.cached ? " from a cache" : ""} in ${Time.format(event.ms)}`
    case "ModelRetried":
      return `${at}  ↻ ${named(event, "the model")} is asked again, after ${reason(event.error)}`
    case "AnswerRefused":
      return `${at}  ↻ ${named(event, "the answer")} does not match: ${oneLine(event.issues)}`
    case "ModelFailed":
      return `${at}  ✗ ${named(event, "the model")} failed: ${Printable.line(event.error._tag)}`
    case "ToolCalled":
      return `${at}  · ${named(event, event.tool)} called`
    case "ToolAnswered":
      return `${at}  ✓ ${named(event, event.tool)} answered in ${Time.format(event.ms)}`
    case "ToolFailed":
      return `${at}  ✗ ${named(event, event.tool)} failed: ${reason(event.error)}`
    case "StepInterrupted":
      return `${at}  ■ ${nameOf(event)} interrupted`
    case "StepRetried":
      return `${at}  ↻ ${nameOf(event)} attempt ${event.attempt}, after ${reason(event.error)}`
    case "StepFailed":
      return `${at}  ✗ ${nameOf(event)} failed: ${Printable.line(event.error._tag)}`
    case "StepFinished": {
      const recovered = event.recoveredFrom === undefined
        ? ""
        : `, after recovering from ${reason(event.recoveredFrom)}`
      return `${at}  ✓ ${nameOf(event)} finished${recovered}`
    }
  }
}

const nameOf = ({ path }: { readonly path: ReadonlyArray<string> }): string => Printable.line(path.join(" / "))

/** What a step asked for. */
const named = ({ path }: { readonly path: ReadonlyArray<string> }, what: string): string =>
  Printable.line([...path, what].join(" / "))

const modelOf = (event: { readonly path: ReadonlyArray<string>; readonly model: string }): string =>
  named(event, event.model)

const reason = (error: { readonly _tag: string; readonly message: string }): string =>
  `${Printable.line(error._tag)}: ${oneLine(error.message)}`

const oneLine = (text: string): string => Text.truncate(Printable.line(text.split("\n", 1)[0]!.slice(0, 2_000)), 500)

/** After this many lines, only failures and questions are printed. */
const mostLines = 1_000

const lines = Effect.map(Console.Console, (console): Sink => {
  let left = mostLines
  let hidden = 0
  return {
    event: (event) => {
      const text = line(event)
      if (text === undefined) return
      if (left-- > 0 || important.has(event._tag)) console.error(text)
      else hidden++
      if (event._tag === "RunEnded" && hidden > 0) console.error(`          ${Value.number(hidden)} lines are left out`)
    }
  }
})

const important: ReadonlySet<PipelineEvent["_tag"]> = new Set([
  "StepFailed",
  "ModelFailed",
  "ApprovalAsked",
  "ApprovalDecided",
  "RunEnded"
])

/**
 * Draws on standard error ten times a second until the scope closes, and then once more. The cursor is hidden meanwhile and
 * shown again, however the run ends. A question to the person at the terminal stays: the next frame stands below it.
 *
 * @category constructors
 */
export const live = Effect.fnUntraced(function*(
  { size, style }: Pick<Output.Output, "size" | "style">
): Effect.fn.Return<Sink, never, Scope.Scope> {
  const console = yield* Console.Console
  const clock = yield* Clock.Clock
  const said = new Map<string, string>()
  let run: Draft | undefined
  let began = 0n
  let agent = ""
  const turn = yield* Turn
  let asked = turn.questions
  let drawn = 0
  let spin = 0

  // the terminal may be resized between two frames
  const draw = (isLast: boolean) =>
    Effect.map(size, (size) => {
      if (run === undefined || (turn.isOpen && !isLast)) return
      if (asked !== turn.questions) {
        asked = turn.questions
        drawn = 0
      }
      const now = Number(clock.monotonicTimeNanosUnsafe() - began) / 1e6
      const lines = ProgressFrame.render(run.timeline.steps, now, { ...size, isLast, spin: spin++, style, said })
      if (lines.length === 0) return
      const home = drawn === 0 ? hideCursor : Screen.control(`${drawn}F`)
      drawn = lines.length
      const frame = lines.map((line) => `${line}${clearLine}`).join("\n")
      console.error(`${home}${frame}${clearBelow}${isLast ? showCursor : ""}`)
    })

  yield* Effect.addFinalizer(() => draw(true))
  yield* Effect.forkScoped(Effect.repeat(draw(false), Schedule.spaced("100 millis")))
  return {
    event: (event, draft) => {
      run = draft
      if (event._tag === "RunStarted") {
        began = clock.monotonicTimeNanosUnsafe()
        agent = event.agent
      }
      note(said, agent, event)
    }
  }
})

/** The end of the text that a model writes in a step, the tool that it called, or the question of the step to a person. */
const note = (said: Map<string, string>, agent: string, event: PipelineEvent): void => {
  // The one step of an agent without steps is named like the agent.
  const key = keyOf(event.path.length === 0 ? [agent] : event.path)
  switch (event._tag) {
    case "TextDelta":
      said.set(key, `${said.get(key) ?? ""}${event.text}`.slice(-400))
      break
    case "ToolCalled":
      said.set(key, `calls ${event.tool}`)
      break
    case "ToolAnswered":
      said.set(key, `${event.tool} answered`)
      break
    case "ToolFailed":
      said.set(key, `${event.tool} failed`)
      break
    case "ApprovalAsked":
      said.set(key, `asks: ${event.text.slice(0, 400)}`)
      break
    case "ModelCalled":
    case "ReasoningDelta":
      break
    default:
      said.delete(key)
  }
}

const hideCursor = Screen.control("?25l")
const showCursor = Screen.control("?25h")
const clearLine = Screen.control("K")
const clearBelow = Screen.control("J")
