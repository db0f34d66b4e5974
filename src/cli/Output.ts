/**
 * The form in which a command prints: for programs or for people, with colour or without.
 */
import * as Cause from "effect/Cause"
import * as Flag from "effect/cli/Flag"
import { TerminalCapabilities } from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Formatter from "effect/Formatter"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import type * as Agent from "../agent/Agent.ts"
import type * as Redaction from "../internal/Redaction.ts"
import { AlreadyReported, InvalidConfig, UsageError } from "./CliError.ts"
import * as Failure from "./Failure.ts"
import * as Screen from "./Screen.ts"
import * as Style from "./Style.ts"

/** `json` is for programs, `text` for people. @category models */
export const formats = ["json", "text"] as const
/** @category models */
export type Format = typeof formats[number]

/**
 * The flags with which a command chooses its format.
 *
 * @category flags
 */
export const flags = {
  format: Flag.Literals("format", formats).pipe(
    Flag.withDescription("text for people, json for programs. Default: text on a terminal, else json"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(Flag.withDescription("Short for --format json"), Flag.withDefault(false))
}

/**
 * The format that the command line chooses. Default: text on a terminal, else JSON.
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
  /** Cells of the terminal at this moment. Default: 80 by 24. */
  readonly size: Effect.Effect<{ readonly columns: number; readonly rows: number }>
}

/**
 * The format of the command that runs, which `make` sets: wrong usage and a wrong config are reported in it, too. Until then,
 * and for commands that do not choose, text on a terminal, else JSON.
 *
 * @category services
 */
export const Chosen = Context.Reference<{ format: Format }>("greenlang/cli/Output/Chosen", {
  defaultValue: () => ({ format: "text" })
})

/**
 * Fails with a `UsageError` when the command line chooses both formats.
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
  const byDefault: Format = (yield* stdio.stdoutIsTerminal) ? "text" : "json"
  const format = choice.json ? "json" : Option.getOrElse(choice.format, () => byDefault)
  const chosen = yield* Chosen
  chosen.format = format
  return {
    format,
    style: canColor ? Style.ansi : Style.plain,
    animated: canAnimate && (yield* stdio.stderrIsTerminal),
    size: Effect.zipWith(terminal.columns, terminal.rows, (columns, rows) => ({
      columns: columns > 0 ? columns : 80,
      rows: rows > 0 ? rows : 24
    }))
  }
})

/**
 * Reports the failure of `self` on standard error, once, and then fails with `AlreadyReported`. Text is for people. JSON is
 * one object a line: a failure has its own tag and the fields that `error` encodes; a log is tagged `Log`. Interruption goes
 * through, and so do wrong usage and a wrong config, which `CommandLine` reports. `redaction` hides the secrets of a run.
 *
 * @category running
 */
export const reportFailure =
  (output: Output, error: Agent.AnySchema | undefined, redaction?: () => Redaction.Redact) =>
  <A, E, R>(self: Effect.Effect<A, E, R>) => {
    const logged = output.format === "json" ? Effect.provide(self, Logger.layer([logLines])) : self
    return Effect.catchCause(logged, (cause): Effect.Effect<never, AlreadyReported | InvalidConfig | UsageError> => {
      if (Cause.hasInterruptsOnly(cause)) return Effect.failCause(Cause.map(cause, () => new AlreadyReported()))
      const failed = Option.getOrUndefined(Cause.findErrorOption(cause))
      if (failed instanceof InvalidConfig || failed instanceof UsageError) return Effect.fail(failed)
      const text = output.format === "json"
        ? Effect.succeed(Screen.json(Failure.toJson(cause, error, redaction?.())))
        : Effect.map(output.size, ({ columns }) => `\n${Failure.toText(cause, output.style, columns, redaction?.())}`)
      return Effect.andThen(Effect.flatMap(text, Console.error), Effect.fail(new AlreadyReported()))
    })
  }

const logLines = Logger.withConsoleError(
  Logger.map(
    Logger.formatStructured,
    (entry) => Screen.json(JSON.parse(Formatter.formatJson({ _tag: "Log", ...entry })))
  )
)
