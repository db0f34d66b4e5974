/**
 * What the commands for durable runs share: the database with the runs, and how runs are printed.
 */
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { existsSync } from "node:fs"
import type * as Agent from "../agent/Agent.ts"
import type { Location } from "../database/Database.ts"
import type * as Durable from "../durable/Durable.ts"
import type { RunFailure, Status, Wait } from "../durable/DurableRun.ts"
import * as Printable from "../render/Printable.ts"
import { type AlreadyReported, type InvalidConfig, UsageError } from "./CliError.ts"
import * as Lazy from "./Lazy.ts"
import * as Output from "./Output.ts"
import * as Screen from "./Screen.ts"

/**
 * The flag that names the database.
 *
 * @category flags
 */
export const fileFlag = Flag.String("file").pipe(
  Flag.withDescription("SQLite file with the runs. Default: DATABASE_URL, GREENLANG_DATABASE, or your data folder"),
  Flag.withMetavar("FILE"),
  Flag.optional
)

/**
 * The database of all commands for durable runs: the SQLite file `file`, else the one that the environment names, else the
 * file in the data folder of the user. Fails with a `UsageError` for a database in memory, which no other process reaches.
 *
 * @category running
 */
export const locate = Effect.fnUntraced(function*(output: Output.Output, file: Option.Option<string>) {
  const Database = yield* Lazy.load(() => import("../database/Database.ts"))
  const location: Location = Option.isSome(file)
    ? { _tag: "SQLite", filename: file.value }
    : yield* Output.reportFailure(output, undefined)(Database.configured)
  if (location._tag === "SQLite" && location.filename === ":memory:") {
    return yield* new UsageError({
      problem: "A database in memory ends with its process, and durable runs outlive theirs.",
      hint: "--file FILE names a SQLite file."
    })
  }
  return location
})

/** Where the runs are, in words. @category printing */
export const placeOf = (location: Location): string =>
  location._tag === "SQLite" ? `the file ${Printable.line(location.filename)}` : "the database at DATABASE_URL"

/** Only `submit` and `worker` make the file. @category checking */
export const checkFile = (location: Location): Effect.Effect<void, UsageError> =>
  location._tag === "PostgreSQL" || existsSync(location.filename)
    ? Effect.void
    : Effect.fail(
      new UsageError({
        problem: `There are no durable runs: ${placeOf(location)} does not exist.`,
        hint: "--file FILE names another one; greenlang submit and greenlang worker make it."
      })
    )

/**
 * Asks the database with the runs: in this process nothing runs. A run, a step or an approval that is not there is a
 * `UsageError`, which names the database, and so is a file that does not exist, except with `makes`. Any other failure is
 * printed, by the schema `error`, and is `AlreadyReported`.
 *
 * @category running
 */
export const ask = Effect.fnUntraced(function*<A, E>(
  output: Output.Output,
  file: Option.Option<string>,
  question: (durable: typeof Durable) => Effect.Effect<A, E, Durable.Durable>,
  { error, makes = false }: { readonly error?: Agent.AnySchema | undefined; readonly makes?: boolean } = {}
) {
  const [durable, Database] = yield* Lazy.load(() =>
    Promise.all([import("../durable/Durable.ts"), import("../database/Database.ts")])
  )
  const location = yield* locate(output, file)
  if (!makes) yield* checkFile(location)
  return yield* question(durable).pipe(
    Effect.provide(Layer.provide(durable.layerClient(), Database.layer(location))),
    Effect.catch((failure): Effect.Effect<never, AlreadyReported | InvalidConfig | UsageError> =>
      isRefusal(failure)
        ? Effect.fail(
          new UsageError({
            problem: `${Printable.line(failure.message)}.`,
            ...hintOf(failure, location)
          })
        )
        : Output.reportFailure(output, error)(Effect.fail(failure))
    )
  )
})

/** Where else a run may be that is not there. */
const hintOf = ({ _tag }: { readonly _tag: string }, location: Location): { readonly hint?: string } => {
  if (_tag !== "RunNotFound") return {}
  const other = location._tag === "SQLite" ? ", and --file FILE names another one" : ""
  return { hint: `This is ${placeOf(location)}: greenlang runs lists its runs${other}.` }
}

/** Letters of a whole id, and the fewest of a beginning: fewer are a slip, or are of every run. */
const idLetters = { all: 36, fewest: 4 }

/**
 * The flag of commands on one run. @category flags
 */
export const idArgument = Argument.String("id").pipe(
  Argument.withDescription("Id of the run, or 4 letters or more of its beginning that no other id has")
)

/**
 * As `ask`, on the run whose id is `id` or begins with it. Fails with a `UsageError` where several ids do.
 *
 * @category running
 */
export const askOf = <A, E>(
  output: Output.Output,
  file: Option.Option<string>,
  id: string,
  question: (durable: typeof Durable, id: string) => Effect.Effect<A, E, Durable.Durable>
) =>
  ask(output, file, (durable) =>
    Effect.gen(function*() {
      if (id.length >= idLetters.all || id.length < idLetters.fewest) return yield* question(durable, id)
      const found = yield* durable.runs({ idPrefix: id.toLowerCase(), limit: mostNamed + 1 })
      const [first, second] = found
      if (first !== undefined && second === undefined) return yield* question(durable, first.id)
      if (first === undefined) return yield* question(durable, id)
      const more = found.length > mostNamed ? ", and more" : ""
      return yield* new UsageError({
        problem: `${
          found.length > mostNamed ? `More than ${mostNamed}` : found.length
        } runs have an id that begins with ${Printable.line(id)}.`,
        hint: `They are: ${found.slice(0, mostNamed).map(({ id }) => id).join(", ")}${more}.`
      })
    }))

const mostNamed = 5

const refusals = new Set([
  "RunNotFound",
  "NotWaiting",
  "NotRetriable",
  "StepNotFound",
  "KeyConflict",
  "QueueFull",
  "WrongPipeline"
])

const isRefusal = (error: unknown): error is Error & { readonly _tag: string } =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string" && refusals.has(error._tag)

/** A status as JSON. @category printing */
export const toJson = (status: Status) => ({
  ...status,
  submittedAt: DateTime.formatIso(status.submittedAt),
  ...(status.startedAt === undefined ? {} : { startedAt: DateTime.formatIso(status.startedAt) }),
  ...(status.endedAt === undefined ? {} : { endedAt: DateTime.formatIso(status.endedAt) }),
  waitingFor: status.waitingFor.map((wait) =>
    wait.for === "approval"
      ? { ...wait, since: DateTime.formatIso(wait.since) }
      : wait.for === "time"
      ? { ...wait, until: DateTime.formatIso(wait.until) }
      : wait.for === "worker" && wait.lastSeen !== undefined
      ? { ...wait, lastSeen: DateTime.formatIso(wait.lastSeen) }
      : wait
  )
})

/** What a run waits for, in words. @category printing */
export const waitText = (wait: Wait): string => {
  switch (wait.for) {
    case "approval":
      return `an approval of ${wait.step}: ${wait.text}`
    case "time":
      return `${wait.step}, until ${DateTime.formatIso(wait.until)}`
    case "runs":
      return `${wait.open} ${wait.open === 1 ? "run" : "runs"} of ${wait.step}`
    case "turn":
      return "a worker with room"
    case "worker":
      return `a worker that has ${wait.pipeline} ${wait.version}${
        wait.lastSeen === undefined ? "" : `; the last sign of one came at ${DateTime.formatIso(wait.lastSeen)}`
      }`
    case "version":
      return `a worker with the same steps: ${wait.difference}`
  }
}

/** The command that decides what the run asks. @category printing */
export const approveCommand = (id: string, step: string, file: Option.Option<string>): string => {
  const quoted = (text: string) => /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
  const where = Option.isSome(file) ? ` --file ${quoted(file.value)}` : ""
  return `greenlang approve ${id} ${quoted(step)}${where}`
}

/** How often a command that waits for a run looks what that waits for. */
const lookEvery = "1 second"

/**
 * Prints on standard error, once each, what the run waits for, and what would let it go on. JSON is one object a line, tagged
 * `Waiting`. Never ends.
 *
 * @category printing
 */
export const announce = <E, R>(
  output: Output.Output,
  file: Option.Option<string>,
  status: Effect.Effect<Status, E, R>
): Effect.Effect<never, E, R> => {
  const said = new Set<string>()
  const look = Effect.gen(function*() {
    const { id, waitingFor } = yield* status
    for (const wait of waitingFor) {
      // A worker with room, and the ends of runs, come by themselves.
      if (wait.for === "turn" || wait.for === "runs") continue
      const text = `waits for ${waitText(wait)}`
      if (said.has(text)) continue
      said.add(text)
      const next = nextOf(id, wait, file)
      const line = Printable.line(next === undefined ? text : `${text}; ${next.what} with \`${next.command}\``)
      const object = { _tag: "Waiting", id, message: line, ...wait, ...(next && { command: next.command }) }
      yield* Console.error(output.format === "json" ? Screen.json(object) : line)
    }
  })
  return Effect.andThen(Effect.repeat(look, Schedule.spaced(lookEvery)), Effect.never)
}

const nextOf = (id: string, wait: Wait, file: Option.Option<string>) => {
  switch (wait.for) {
    case "approval":
      return { what: "answer", command: approveCommand(id, wait.step, file) }
    case "worker":
      return { what: "start one", command: `greenlang worker${Option.isSome(file) ? ` --file ${file.value}` : ""}` }
    default:
      return undefined
  }
}

const failureLines = ({ _tag, message, step }: RunFailure): ReadonlyArray<string> => [
  `  failure   ${Printable.line(_tag)}${step === undefined ? "" : ` at step ${Printable.line(step)}`}`,
  ...message.split("\n").map((line) => `            ${line}`)
]

/** Prints a run. @category printing */
export const print = (output: Output.Output, status: Status) => {
  if (output.format === "json") return Console.log(Screen.json(toJson(status), 2))
  const lines = [
    `${Printable.line(status.pipeline)} ${Printable.line(status.version)}, ${status.state}`,
    `  id        ${status.id}`,
    ...(status.key === status.id ? [] : [`  key       ${Printable.line(status.key)}`]),
    `  steps     ${status.steps} recorded, attempt ${status.attempt}`,
    `  submitted ${DateTime.formatIso(status.submittedAt)}`,
    ...(status.endedAt === undefined ? [] : [`  ended     ${DateTime.formatIso(status.endedAt)}`]),
    ...status.waitingFor.map((wait) => `  waits for ${Printable.line(waitText(wait))}`),
    ...(status.parent === undefined ? [] : [`  run of    ${status.parent}`]),
    ...(status.children ?? []).map(({ id, state, step }) => `  run       ${id}, ${Printable.line(step)}: ${state}`),
    ...(status.failure === undefined ? [] : failureLines(status.failure)),
    ...(status.value === undefined ? [] : [`  value     ${Printable.json(status.value, 2).replaceAll("\n", "\n  ")}`])
  ]
  return Console.log(lines.map((line) => Printable.text(line)).join("\n"))
}
