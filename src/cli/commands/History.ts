/**
 * `greenlang history`: what became of the runs before.
 */
import * as Console from "effect/Console"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Entry, History, type Outcome } from "../../orchestrator/History.ts"
import * as Time from "../../render/Time.ts"
import * as Answer from "../Answer.ts"
import * as Output from "../Output.ts"
import type { RunHistory } from "../RunHistory.ts"
import * as Sources from "../Sources.ts"
import type * as Style from "../Style.ts"
import * as Table from "../Table.ts"
import { UsageError } from "../UsageError.ts"
import * as Waterfall from "../Waterfall.ts"

/**
 * Prints the newest runs first: as a table, or as a list of `{ id, workflow, outcome, ... }` in JSON. Fails with `Told` when
 * the database cannot be read.
 *
 * @category commands
 */
export const list = Effect.fnUntraced(function*(history: RunHistory | undefined, options: {
  readonly choice: Output.Choice
  readonly workflow: Option.Option<string>
  readonly outcome: Option.Option<Outcome>
  readonly limit: number
}) {
  const output = yield* Output.make(options.choice)
  const entries = yield* ask(history, output, (history) =>
    history.list({
      limit: options.limit,
      ...(Option.isSome(options.workflow) ? { workflow: options.workflow.value } : {}),
      ...(Option.isSome(options.outcome) ? { outcome: options.outcome.value } : {})
    }))
  if (output.format === "json") {
    return yield* Console.log(JSON.stringify(entries.map((entry) => toJson(entry)), null, 2))
  }
  if (entries.length === 0) return yield* Console.log("No runs.")
  const { columns } = yield* output.size
  const rows = entries.map((entry) => [
    entry.id.slice(-12),
    entry.workflow,
    mark(entry, output.style),
    DateTime.formatIso(entry.startedAt).slice(0, 19).replace("T", " "),
    Time.format(entry.durationMs)
  ])
  const titles = [{ title: "run" }, { title: "workflow", flexible: true }, { title: "outcome" }, {
    title: "started (UTC)"
  }]
  const lines = Table.render([...titles, { title: "took", align: "right" }], rows, columns, output.style.dim)
  yield* Console.log(lines.join("\n"))
})

/**
 * Prints all that is known of one run. Fails with a `UsageError` when there is none of that id.
 *
 * @category commands
 */
export const show = Effect.fnUntraced(function*(history: RunHistory | undefined, options: {
  readonly choice: Output.Choice
  readonly id: string
}) {
  const output = yield* Output.make(options.choice)
  const found = yield* ask(history, output, (history) => history.find(options.id))
  if (Option.isNone(found)) {
    return yield* new UsageError({
      problem: `There is no run ${options.id} in the history.`,
      hint: "greenlang history lists the runs."
    })
  }
  if (output.format === "json") return yield* Console.log(JSON.stringify(toJson(found.value), null, 2))
  const { columns } = yield* output.size
  yield* Console.log(render(found.value, columns, output.style).join("\n"))
})

const ask = Effect.fnUntraced(function*<A, E>(
  history: RunHistory | undefined,
  output: Output.Output,
  question: (history: History["Service"]) => Effect.Effect<A, E>
) {
  if (history === undefined) return yield* new UsageError({ problem: "There is no history here." })
  return yield* Effect.flatMap(History, question).pipe(Effect.provide(history), Output.tell(output, undefined))
})

const toJson = Schema.encodeSync(Entry)

const render = (entry: Entry, width: number, style: Style.Style): ReadonlyArray<string> => {
  const inner = width - 2
  const section = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : ["", style.bold(title), ...lines.map((line) => line === "" ? "" : `  ${line}`)]
  const json = (value: Schema.Json | undefined) =>
    value === undefined ? [] : Answer.render(value, { width: inner, style })
  const cited = (kind: Sources.Kind) => entry.citations.filter((citation) => citation.kind === kind)
  const failures = entry.failures.flatMap(({ _tag, message, step }) =>
    Table.wrap(`${step === undefined ? "" : `${step}: `}${_tag}: ${message}`, inner)
  )
  return [
    `${style.bold(entry.workflow)} ${style.dim(entry.version)}  ${mark(entry, style)}`,
    style.dim(`run ${entry.id} · ${DateTime.formatIso(entry.startedAt)} · ${Time.format(entry.durationMs)}`),
    ...section("failures", failures),
    ...section("attributes", json(entry.attributes)),
    ...section("input", json(entry.input)),
    ...section("output", json(entry.output)),
    ...section("sources", Sources.factors(cited("factor"), inner, style)),
    ...section("calculations", Sources.calculations(cited("calculation"), inner, style)),
    ...section(
      "times",
      entry.steps.length === 0
        ? []
        : Waterfall.render({ ...entry, duration: entry.durationMs }, inner, style)
    )
  ]
}

const mark = ({ outcome }: Entry, style: Style.Style): string => {
  const color = outcome === "completed" ? style.green : outcome === "incomplete" ? style.yellow : style.red
  return color(outcome)
}
