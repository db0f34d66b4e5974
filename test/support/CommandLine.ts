/**
 * The command line in this process, with a terminal, a standard input and an environment of its own.
 */
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Console, Effect, Layer, Stdio, Stream, Terminal } from "effect"
import { TerminalCapabilities } from "effect/cli"
import type * as Catalog from "greenlang/cli/Catalog"
import { climate, history } from "greenlang/cli/ClimateCatalog"
import * as CommandLine from "greenlang/cli/CommandLine"
import type { RunHistory } from "greenlang/cli/RunHistory"

export interface Printed {
  stdout: string
  stderr: string
}

export interface Machine {
  /** Default: the climate library, and the history in its database. */
  readonly catalog?: Catalog.Catalog
  readonly history?: RunHistory
  /** Default: no terminal. */
  readonly terminal?: boolean
  /** Default: 80. */
  readonly columns?: number
  /** Default: a database in memory. `undefined` takes a setting away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin?: string
  /** Default: that of this process. It is that of the whole process while the command runs. */
  readonly cwd?: string
  /** Gets the output, also that of an interrupted command. */
  readonly printed?: Printed
}

const settingsOf = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))

const inFolder = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.cwd()
      process.chdir(folder)
      return before
    }),
    (before) => Effect.sync(() => process.chdir(before))
  )

export const run = Effect.fnUntraced(function*(args: ReadonlyArray<string>, machine: Machine = {}) {
  const { catalog, columns = 80, env, stdin = "", terminal = false } = machine
  const printed = machine.printed ?? { stdout: "", stderr: "" }
  const recorder: Console.Console = Object.assign(Object.create(console), {
    log: (...text: ReadonlyArray<unknown>) => printed.stdout += `${text.join(" ")}\n`,
    error: (...text: ReadonlyArray<unknown>) => printed.stderr += `${text.join(" ")}\n`
  })
  const stdio = Stdio.layerTest({
    stdin: Stream.make(new TextEncoder().encode(stdin)),
    stdoutIsTerminal: Effect.succeed(terminal),
    stderrIsTerminal: Effect.succeed(terminal)
  })
  const screen = Layer.effect(
    Terminal.Terminal,
    Effect.map(
      Terminal.Terminal,
      (real) => Terminal.make({ ...real, columns: Effect.succeed(columns), rows: Effect.succeed(24) })
    )
  )
  const code = yield* CommandLine.run(
    catalog ?? climate,
    "9.9.9",
    args,
    machine.history ?? (catalog === undefined ? history : undefined)
  ).pipe(
    Effect.provide(Layer.provideMerge(Layer.merge(stdio, screen), NodeServices.layer)),
    Effect.provideService(Console.Console, recorder),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: settingsOf({ GREENLANG_DATABASE: ":memory:", ...env }) })
    ),
    Effect.provideService(TerminalCapabilities.TerminalCapabilities, {
      canColor: terminal && env?.["NO_COLOR"] === undefined && env?.["TERM"] !== "dumb",
      canAnimate: terminal && env?.["TERM"] !== "dumb",
      canPrompt: false
    })
  )
  return { code, ...printed }
}, (running, _, { cwd } = {}) => cwd === undefined ? running : Effect.scoped(Effect.andThen(inFolder(cwd), running)))

/** As `run`, for tests that await promises. */
export const runPromise = (args: ReadonlyArray<string>, machine?: Machine) => Effect.runPromise(run(args, machine))
