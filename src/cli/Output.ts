/**
 * How a command shows what it has to show: for programs or for people, with colour or without.
 */
import * as Cause from "effect/Cause"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Formatter from "effect/Formatter"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import type * as Agent from "../agent/Agent.ts"
import * as Failure from "./Failure.ts"
import * as Style from "./Style.ts"
import { Told, UsageError } from "./UsageError.ts"

/** `json` is for programs, `text` for people. @category models */
export const formats = ["json", "text"] as const
/** @category models */
export type Format = typeof formats[number]

/**
 * What was asked for on the command line. Without a word, a terminal gets text and anything else JSON.
 *
 * @category models
 */
export interface Choice {
  readonly format: Option.Option<Format>
  /** Short for the format `json`. */
  readonly json: boolean
}

/**
 * @category models
 */
export interface Output {
  readonly format: Format
  readonly style: Style.Style
  /** Whether progress can be redrawn in place. */
  readonly animated: boolean
  /** Cells of the terminal, now: 80 by 24 where there is none. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
}

/**
 * Fails with a `UsageError` when both formats are asked for.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  choice: Choice
): Effect.fn.Return<Output, UsageError, Stdio.Stdio | Terminal.Terminal> {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* Terminal.Terminal
  const { canAnimate, canColor } = yield* TerminalCapabilities
  if (choice.json && Option.contains(choice.format, "text")) {
    return yield* new UsageError({ problem: "--json and --format text contradict each other." })
  }
  const unasked: Format = (yield* stdio.stdoutIsTerminal) ? "text" : "json"
  return {
    format: choice.json ? "json" : Option.getOrElse(choice.format, () => unasked),
    style: canColor ? Style.ansi : Style.plain,
    animated: canAnimate && (yield* stdio.stderrIsTerminal),
    size: Effect.zipWith(terminal.columns, terminal.rows, (columns, rows) => ({
      columns: columns > 0 ? columns : 80,
      rows: rows > 0 ? rows : 24
    }))
  }
})

/**
 * Tells on standard error what `self` has to say besides its answer: what it logs, and, once, its failure, after which it fails
 * with `Told`. For people it is text. For programs it is one JSON object a line: a failure has its own tag and the fields that
 * `error` encodes, a log is tagged `Log`. Interruption goes through.
 *
 * @category running
 */
export const tell = (output: Output, error: Agent.AnySchema | undefined) => <A, E, R>(self: Effect.Effect<A, E, R>) => {
  const logged = output.format === "json" ? Effect.provide(self, Logger.layer([logLines])) : self
  return Effect.catchCause(logged, (cause): Effect.Effect<never, Told> => {
    if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(Cause.map(cause, () => new Told()))
    const told = output.format === "json"
      ? Effect.succeed(JSON.stringify(Failure.toJson(cause, error)))
      : Effect.map(output.size, ({ columns }) => `\n${Failure.toText(cause, output.style, columns)}`)
    return Effect.andThen(Effect.flatMap(told, Console.error), Effect.fail(new Told()))
  })
}

const logLines = Logger.withConsoleError(
  Logger.map(Logger.formatStructured, (entry) => Formatter.formatJson({ _tag: "Log", ...entry }))
)
