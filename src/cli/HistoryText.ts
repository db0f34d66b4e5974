/**
 * Past runs as text.
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { Entry } from "../orchestrator/History.ts"
import * as Printable from "../render/Printable.ts"
import * as Selection from "../render/Selection.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import * as Answer from "./Answer.ts"
import * as Citations from "./Citations.ts"
import type * as Style from "./Style.ts"
import * as Table from "./Table.ts"
import * as Waterfall from "./Waterfall.ts"

/** @category encoding */
export const toJson: (entry: Entry) => typeof Entry.Encoded = Schema.encodeSync(Entry)

/**
 * A row for each run.
 *
 * @category rendering
 */
export const list = (entries: ReadonlyArray<Entry>, width: number, style: Style.Style): ReadonlyArray<string> =>
  Table.render(
    [
      { title: "run" },
      { title: "agent", flexible: true },
      { title: "outcome" },
      { title: "started (UTC)" },
      { title: "took", align: "right" }
    ],
    entries.map((entry) => [
      Printable.line(entry.id.slice(-12)),
      Printable.line(entry.agent),
      outcomeOf(entry, style),
      DateTime.formatIso(entry.startedAt).slice(0, 19).replace("T", " "),
      Time.format(entry.durationMs)
    ]),
    width,
    style.dim
  )

/**
 * One run: its failures, input, output, citations and times. Sections without content are left out.
 *
 * @category rendering
 */
export const one = (entry: Entry, width: number, style: Style.Style): ReadonlyArray<string> => {
  const inner = width - 2
  const section = (title: string, lines: ReadonlyArray<string>) =>
    lines.length === 0 ? [] : ["", style.bold(title), ...lines.map((line) => line === "" ? "" : `  ${line}`)]
  const json = (value: Schema.Json | undefined) =>
    value === undefined ? [] : Answer.render(value, { width: inner, style })
  const failures = entry.failures.slice(0, mostFailures).flatMap(({ _tag, message, step }) =>
    Table.wrap(Printable.text(`${step === undefined ? "" : `${step}: `}${_tag}: ${message}`), inner)
  )
  const moreFailures = entry.failures.length - mostFailures
  const steps = Selection.steps(entry.steps, entry.criticalPath, mostSteps)
  const moreSteps = entry.steps.length - steps.length
  return [
    `${style.bold(Printable.line(entry.agent))} ${style.dim(Printable.line(entry.version))}  ${
      outcomeOf(entry, style)
    }`,
    style.dim(Printable.line(
      `run ${entry.id} · ${DateTime.formatIso(entry.startedAt)} · ${Time.format(entry.durationMs)}`
    )),
    ...section("failures", [...failures, ...leftOut(moreFailures, style)]),
    ...section("attributes", json(entry.attributes)),
    ...section("input", json(entry.input)),
    ...section("output", json(entry.output)),
    ...section("citations", Citations.factors(entry.citations, inner, style)),
    ...section("calculations", Citations.calculations(entry.citations, inner, style)),
    ...section(
      "times",
      steps.length === 0
        ? []
        : [
          ...Waterfall.render({ ...entry, steps, duration: entry.durationMs }, inner, style),
          ...leftOut(moreSteps, style)
        ]
    )
  ]
}

const mostFailures = 20
const mostSteps = 60

const leftOut = (count: number, style: Style.Style): ReadonlyArray<string> =>
  count > 0 ? [style.dim(`${Value.number(count)} more are left out; --json prints all.`)] : []

const outcomeOf = ({ outcome }: Entry, style: Style.Style): string => {
  const color = outcome === "completed" ? style.green : outcome === "incomplete" ? style.yellow : style.red
  return color(outcome)
}
