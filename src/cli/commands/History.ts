/**
 * `greenlang history` lists past runs, and `greenlang history show` prints one of them.
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { History, Outcome } from "../../orchestrator/History.ts"
import { UsageError } from "../CliError.ts"
import * as Lazy from "../Lazy.ts"
import * as Output from "../Output.ts"
import type { RunHistory } from "../RunHistory.ts"
import * as Screen from "../Screen.ts"

/**
 * Prints the newest runs first: as a table, or in JSON as a list of `{ id, agent, outcome, ... }`. Fails with
 * `AlreadyReported` when the database cannot be read.
 *
 * @category commands
 */
export const command = (history: RunHistory | undefined) =>
  Command.make(
    "history",
    {
      ...Output.flags,
      agent: Flag.String("agent").pipe(
        Flag.withDescription("Only runs of this agent or pipeline"),
        Flag.withMetavar("NAME"),
        Flag.optional
      ),
      outcome: Flag.Literals("outcome", outcomes).pipe(
        Flag.withDescription("Only runs with this outcome"),
        Flag.optional
      ),
      limit: Flag.Int("limit").pipe(
        Flag.withDescription("Print at most this many runs. Default: 20"),
        Flag.filter((limit) => limit >= 1, () => "a number of 1 or more"),
        Flag.withDefault(20)
      )
    },
    ({ format, json, limit, outcome, agent }) =>
      list(history, { format, json }, {
        limit,
        ...(Option.isSome(agent) ? { agent: agent.value } : {}),
        ...(Option.isSome(outcome) ? { outcome: outcome.value } : {})
      })
  ).pipe(
    Command.withDescription("List past runs, newest first. A table on a terminal, JSON in a pipe."),
    Command.withShortDescription("List past runs"),
    Command.withExamples([
      { command: "greenlang history --outcome failed", description: "The runs that failed" },
      { command: "greenlang history show ID", description: "One run: input, output, times, failures, citations" },
      { command: "greenlang history --limit 1 | jq -r '.[0].id'", description: "The id of the last run" }
    ]),
    Command.withSubcommands([show(history)])
  )

/** Prints one run in full. Fails with a `UsageError` when there is no run with that id. */
const show = (history: RunHistory | undefined) =>
  Command.make(
    "show",
    {
      id: Argument.String("id").pipe(Argument.withDescription("Id of the run, or its last 12 characters")),
      ...Output.flags
    },
    Effect.fnUntraced(function*({ format, id, json }) {
      const output = yield* Output.make({ format, json })
      const found = yield* ask(history, output, (history) => history.find(id))
      if (Option.isNone(found)) {
        return yield* new UsageError({
          problem: `There is no run ${id} in the history.`,
          hint: "greenlang history lists the runs."
        })
      }
      const HistoryText = yield* text
      if (output.format === "json") return yield* Console.log(Screen.json(HistoryText.toJson(found.value), 2))
      const { columns } = yield* output.size
      yield* Console.log(HistoryText.one(found.value, columns, output.style).join("\n"))
    })
  ).pipe(Command.withDescription("Print one run in full"))

const list = Effect.fnUntraced(function*(
  history: RunHistory | undefined,
  choice: Output.Choice,
  query: { readonly agent?: string; readonly outcome?: Outcome; readonly limit: number }
) {
  const output = yield* Output.make(choice)
  const entries = yield* ask(history, output, (history) => history.list(query))
  const HistoryText = yield* text
  if (output.format === "json") return yield* Console.log(Screen.json(entries.map(HistoryText.toJson), 2))
  if (entries.length === 0) return yield* Console.log("No runs.")
  const { columns } = yield* output.size
  yield* Console.log(HistoryText.list(entries, columns, output.style).join("\n"))
})

const ask = Effect.fnUntraced(function*<A, E>(
  history: RunHistory | undefined,
  output: Output.Output,
  question: (history: History["Service"]) => Effect.Effect<A, E>
) {
  if (history === undefined) return yield* new UsageError({ problem: "This command line keeps no history." })
  const { History } = yield* Lazy.load(() => import("../../orchestrator/History.ts"))
  return yield* Effect.flatMap(History, question).pipe(
    Effect.provide(history),
    Output.reportFailure(output, undefined)
  )
})

const text = Lazy.load(() => import("../HistoryText.ts"))

/** The same as `History.Outcome`, whose module loads the database. */
const outcomes = [
  "completed",
  "incomplete",
  "failed",
  "rejected",
  "denied",
  "interrupted"
] as const satisfies ReadonlyArray<Outcome>
