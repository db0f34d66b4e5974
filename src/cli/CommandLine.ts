/**
 * Carries out one command line, from its arguments to its exit code: 0 when the command succeeded, 1 when it failed, 2 when
 * the command line is wrong.
 */
import * as Cause from "effect/Cause"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as Stdio from "effect/Stdio"
import * as Described from "../internal/Described.ts"
import * as SecretName from "../internal/SecretName.ts"
import * as Printable from "../render/Printable.ts"
import type * as Catalog from "./Catalog.ts"
import * as Cli from "./Cli.ts"
import { InvalidConfig, UsageError } from "./CliError.ts"
import * as Failure from "./Failure.ts"
import * as Output from "./Output.ts"
import type { RunHistory } from "./RunHistory.ts"
import * as Screen from "./Screen.ts"

/**
 * `library` is what there is without a config file. `args` come without the name of the program. Everything is printed through `Console`, behind the door of `Screen`; logs
 * from warnings on go to standard error. Interruption interrupts the running agent, which then releases what it holds.
 *
 * @category running
 */
export const run = Effect.fnUntraced(
  function*(
    library: Catalog.Catalog,
    version: string,
    args: ReadonlyArray<string>,
    history?: RunHistory
  ): Effect.fn.Return<0 | 1 | 2, never, Command.Environment> {
    const terminal = yield* TerminalCapabilities.TerminalCapabilities
    const isTerminal = yield* (yield* Stdio.Stdio).stdoutIsTerminal
    const canColor = terminal.canColor && !args.includes("--no-color")
    return yield* Command.runWith(Cli.make(library, version, history), { version })(args).pipe(
      Effect.as(0 as const),
      Effect.catchTags({
        AlreadyReported: () => Effect.succeed(1 as const),
        InvalidConfig: report,
        UsageError: report
      }),
      // the remaining errors are those of the parser, which the presenter has printed
      Effect.orElseSucceed(() => 2 as const),
      Effect.provideService(Output.Chosen, { format: isTerminal ? "text" : "json" }),
      Effect.provideService(TerminalCapabilities.TerminalCapabilities, { ...terminal, canColor }),
      Effect.provideService(
        CliOutput.Formatter,
        CliOutput.defaultFormatter({ colors: canColor, globalFlags: "summary" })
      ),
      Effect.provideService(CliOutput.Presenter, presenter),
      Effect.provideService(CliConfig.CliConfig, CliConfig.make({ builtIns })),
      Effect.provideService(Logger.LogToStderr, true),
      Effect.provideService(References.MinimumLogLevel, "Warn")
    )
  },
  Screen.guard
)

/** What is wrong in one line, whatever text it quotes, and then the hint. */
const linesOf = (error: InvalidConfig | UsageError): ReadonlyArray<string> => {
  const place = error._tag === "UsageError" ? [] : [error.file, ...(error.field === undefined ? [] : [error.field])]
  return [[...place, error.problem].join(": "), ...(error.hint === undefined ? [] : [error.hint])]
}

/** What a user gave may be of any length, and a message repeats it: what looks like a secret is hidden before it is cut. */
const shortened = (text: string): string =>
  text.split("\n").map((line) => Described.cut(SecretName.without(line), mostLetters)).join("\n")

const mostLetters = 1_000

/** The same error, none of whose lines is long. What is wrong is one line, whatever it quotes. */
const brief = (error: InvalidConfig | UsageError): InvalidConfig | UsageError => {
  const problem = Described.cut(shortened(error.problem), mostLetters)
  const hint = error.hint === undefined ? {} : { hint: shortened(error.hint) }
  return error._tag === "UsageError"
    ? new UsageError({ problem, ...hint })
    : new InvalidConfig({ ...error, problem, ...hint })
}

/** In the format of the command: text for people, one tagged JSON object for programs. */
const report = Effect.fnUntraced(function*(given: InvalidConfig | UsageError) {
  const { format } = yield* Output.Chosen
  const error = brief(given)
  const [first = "", ...rest] = linesOf(error)
  yield* Console.error(
    format === "json"
      ? Screen.json(Failure.toJson(Cause.fail(error), undefined))
      : [`greenlang: ${Printable.line(first)}`, ...rest.map((line) => Printable.text(line))].join("\n")
  )
  return 2 as const
})

const builtIns = [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel] as const

/** Help on request goes to standard output; help after a mistake is an error. */
const presenter: CliOutput.Presenter = {
  present: Effect.fnUntraced(function*(event) {
    switch (event._tag) {
      case "Version":
        return yield* Console.log(`${event.name} ${event.version}`)
      case "Help": {
        const help = Screen.trusted((yield* CliOutput.Formatter).formatHelpDoc(event.helpDoc))
        return yield* event.reason === "Requested" ? Console.log(help) : Console.error(help)
      }
      case "InvalidInvocation": {
        // The value of an unknown flag is not a subcommand.
        const isOfFlag = event.errors.some(({ _tag }) => _tag === "UnrecognizedOption")
        const errors = event.errors.filter(({ _tag }) => !isOfFlag || _tag !== "UnknownSubcommand")
        const problems = errors.map(({ message }) =>
          `greenlang: ${Described.cut(Printable.line(shortened(message)), mostLetters)}`
        )
        const { commandPath, helpDoc: { usage } } = event
        return yield* Console.error([...problems, `Usage: ${usage}`, `See ${commandPath.join(" ")} --help`].join("\n"))
      }
    }
  })
}
