/**
 * The process of `greenlang`: Node's services, signals and exit codes.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Printable from "../render/Printable.ts"
import { climate, history } from "./ClimateCatalog.ts"
import * as CommandLine from "./CommandLine.ts"
import * as ConfigPath from "./ConfigPath.ts"
import * as Failure from "./Failure.ts"
import { Stop } from "./Stop.ts"

/**
 * Runs the command line of this process, by the copy of the package that the project has installed, then ends it with the
 * exit code of `CommandLine.run`.
 *
 * 1. SIGINT ends it with 130 and SIGTERM with 143, as soon as everything is released; a server with 0. A second signal ends
 *    it at once, and so does the first where all that is left is output that nothing takes.
 * 2. Where the reader of the output has gone, it ends with 1 and says nothing: each further write would fail the same way.
 *    Output that cannot be written for another reason, such as a full disk, is reported.
 *
 * @category running
 */
export const main = (version: string): void => {
  hideWarnings()
  const other = ConfigPath.otherCopy(process.argv.slice(2))
  if (other === undefined) return start(version)
  void import(other.url).then((copy: { readonly main: typeof main }) => copy.main(other.version))
}

const start = (version: string): void => {
  const stopping = { succeeds: false }
  const fiber = CommandLine.run(climate, version, process.argv.slice(2), history).pipe(
    Effect.provide(NodeServices.layer),
    Effect.provideService(Stop, stopping),
    Effect.runFork
  )
  let stopped: number | undefined
  let ended: number | undefined
  const stop = (code: number) => {
    stopped ??= stopping.succeeds ? 0 : code
    fiber.interruptUnsafe()
  }
  const onSignal = (code: number) => () => {
    if (stopped !== undefined || ended !== undefined) process.exit(stopped ?? code)
    stop(code)
  }
  process.on("SIGINT", onSignal(130))
  process.on("SIGTERM", onSignal(143))
  const onBroken = (error: NodeJS.ErrnoException) => {
    // a command that has failed keeps its code
    if (ended !== undefined && ended !== 0) return
    if (error.code !== "EPIPE" && stopped === undefined) reportUnwritable(error)
    stop(1)
  }
  process.stdout.on("error", onBroken)
  process.stderr.on("error", () => stop(1))
  // a fiber that waits for another one does not keep the process alive
  const alive = setInterval(() => {}, 2 ** 31 - 1)

  fiber.addObserver((exit) => {
    clearInterval(alive)
    const code = Exit.isSuccess(exit) ? exit.value : reportDefect(exit.cause, stopped)
    ended = code
    // the errors of earlier writes are known when this one is done
    process.stdout.write("", () => setImmediate(() => process.exit(stopped ?? code)))
  })
}

const reportUnwritable = ({ message }: Error): void => {
  process.stderr.write(`greenlang: the output cannot be written: ${Printable.line(message)}\n`)
}

/** A defect of this program: the commands report the failures of what they run. */
const reportDefect = (cause: Cause.Cause<never>, stopped: number | undefined): 1 => {
  if (stopped !== undefined) return 1
  const defect = Cause.hasInterruptsOnly(cause)
    ? { _tag: "Interrupted", message: "The run interrupted itself" }
    : Failure.toJson(cause, undefined)
  process.stderr.write(`${Printable.json(defect)}\n`)
  return 1
}

/**
 * Node 22 warns on every run that `node:sqlite` and the removal of types are experimental, and each Node of a project whose
 * package.json has no `type`. Other warnings go through.
 */
const hideWarnings = () => {
  const emit = process.emitWarning
  process.emitWarning = (...args: ReadonlyArray<unknown>) => {
    const [warning, second, third] = args
    const { code = third, type = second }: { readonly code?: unknown; readonly type?: unknown } =
      typeof second === "object" && second !== null ? second : {}
    const hidden = code === "MODULE_TYPELESS_PACKAGE_JSON"
      || (type === "ExperimentalWarning" && /SQLite|Type Stripping/.test(String(warning)))
    if (!hidden) Reflect.apply(emit, process, args)
  }
}
