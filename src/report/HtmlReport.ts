/**
 * One run as a page of HTML: its outcome, its answer, the drawing of the pipeline, the times and the citations.
 *
 * The page is one file without scripts and without requests: its own policy forbids both.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Pipeline, Step } from "greenlang"
 * import { HtmlReport } from "greenlang/report"
 *
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("double", [n], (n) => Effect.succeed(n * 2)))
 *
 * let page = ""
 * const write = (html: string) => Effect.sync(() => page = html)
 * const { value } = await Effect.runPromise(Twice.run(21).pipe(HtmlReport.record(Twice, write)))
 * value // => 42
 * page.startsWith("<!doctype html>") // => true
 * ```
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Deadline from "../internal/Deadline.ts"
import type * as Redaction from "../internal/Redaction.ts"
import * as SafeJson from "../internal/SafeJson.ts"
import type { Entry } from "../orchestrator/History.ts"
import * as RunRecorder from "../orchestrator/RunRecorder.ts"
import type * as StepScope from "../pipeline/internal/StepScope.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import type { Timeline } from "../pipeline/PipelineReport.ts"
import type * as Step from "../pipeline/Step.ts"
import * as Label from "../render/Label.ts"
import * as Selection from "../render/Selection.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { type Html, html, trusted } from "./Html.ts"
import * as HtmlCitations from "./HtmlCitations.ts"
import * as HtmlGraph from "./HtmlGraph.ts"
import * as HtmlSteps from "./HtmlSteps.ts"
import { sheet } from "./HtmlStyle.ts"
import * as HtmlUsage from "./HtmlUsage.ts"
import * as HtmlValue from "./HtmlValue.ts"
import * as HtmlWaterfall from "./HtmlWaterfall.ts"
import * as StepDetails from "./StepDetails.ts"

/**
 * What is known of a run besides its entry in the history. `agent` has the purpose of the run, the units of its numbers and
 * the policies of its steps; `events` have the attempts and the failures of steps.
 *
 * @category models
 */
export interface Known {
  readonly agent?: Agent.Any
  readonly events?: Iterable<PipelineEvent>
  readonly timeline?: Pick<Timeline, "oneMorePlace">
  /** The inputs, answers and citations of steps, by `StepDetails.keyOf` their path. */
  readonly records?: ReadonlyMap<string, StepDetails.StepRecord>
}

/**
 * Gives `write` the page of `self`, a run of `agent`, however it ends; then ends as it does. `write` cannot be interrupted, and is waited for
 * for 10 seconds at most.
 * The page has the answers of steps and the inputs of their agents where their schemas can encode them, with secrets masked.
 *
 * @category running
 */
export const record =
  <R2>(agent: Agent.Any, write: (page: string) => Effect.Effect<unknown, never, R2>) =>
  <A, E, R>(self: Effect.Effect<AgentResult<A>, E, R>): Effect.Effect<AgentResult<A>, E, R | R2> =>
    Effect.suspend(() => RunRecorder.make({ agent, sinks: [sink(agent, write)] }, () => self))

/**
 * Gives `write` the page of one run that a recorder records. Make one for each run.
 *
 * @category constructors
 */
export const sink = <R>(
  agent: Agent.Any,
  write: (page: string) => Effect.Effect<unknown, never, R>
): RunRecorder.Sink<R> => {
  const events: Array<PipelineEvent> = []
  const ended = new Map<string, StepScope.Ended>()
  return {
    isDetailed: false,
    event: (event) => {
      if (event._tag.startsWith("Step") || event._tag.startsWith("Approval")) events.push(event)
    },
    step: (path, step) => ended.set(StepDetails.keyOf(path), step),
    end: Effect.fnUntraced(function*({ entry, redact, timeline }) {
      const boxes = new Map(StepDetails.boxesOf(agent))
      const records = new Map<string, StepDetails.StepRecord>()
      for (const { path } of shownOf(entry)) {
        const key = StepDetails.keyOf(path)
        const step = ended.get(key)
        if (step !== undefined) records.set(key, yield* recordOf(boxes.get(key), step, redact))
      }
      const page = render(entry, { agent, events, records, timeline })
      yield* Deadline.beside(Effect.uninterruptible(write(page)), patience, () => late).pipe(
        Effect.catch((late) => Effect.logWarning(late))
      )
    })
  }
}

/** How long a run that has ended waits for its page. */
const patience = Duration.seconds(10)

const late = `the page of a run was not written within ${Duration.format(patience)}`

const recordOf = Effect.fnUntraced(function*(
  box: Step.Any | undefined,
  { citations, exit, given }: StepScope.Ended,
  redact: Redaction.Redact
) {
  const known = box?.output !== undefined && Exit.isSuccess(exit)
  const input = box?.agent && given && (yield* givenTo(box.agent, given))
  const answer = known ? yield* SafeJson.toJson(box.output, exit.value) : undefined
  return {
    given: input && redact(input),
    answer: answer && redact(answer),
    citations: redact(citations)
  }
})

/** The input of an agent, decoded by its schema, which knows what in it is secret. */
const givenTo = (agent: Agent.Any, given: () => unknown): Effect.Effect<Schema.Json | undefined> =>
  Effect.try(given).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(agent.input)),
    Effect.flatMap((read) => SafeJson.toJson(agent.input, read)),
    Effect.orElseSucceed(() => undefined)
  )

/** A page of every step of a large run would be too large to open. */
const mostSteps = 300

const shownOf = ({ criticalPath, steps }: Entry) => Selection.steps(steps, criticalPath, mostSteps)

/**
 * The page of a run. The same run always gives the same page.
 *
 * @category rendering
 */
export const render = (entry: Entry, known: Known = {}): string => {
  const { agent } = known
  const shown = shownOf(entry)
  const steps = StepDetails.make({ steps: shown, all: entry.steps, criticalPath: entry.criticalPath }, {
    agent,
    events: known.events ?? [],
    records: known.records ?? new Map()
  })
  const hidden = entry.steps.length - shown.length
  const leftOut = hidden === 0
    ? undefined
    : html`<p class="aside">These are the first, the slowest and the failed steps. ${
      Value.number(hidden)
    } more are left out.</p>`
  const idOf = (at: number) => `step-${at + 1}`
  const unitsOf = (schema: Agent.AnySchema | undefined) => Label.root(schema && Schema.toJsonSchemaDocument(schema))
  const value = (json: Schema.Json | undefined, schema: Agent.AnySchema | undefined) =>
    json === undefined
      ? undefined
      : html`<div class="sheet">${HtmlValue.render(Value.withoutCitations(json), unitsOf(schema))}</div>`

  const sections: ReadonlyArray<Section> = [
    ["failures", "Failures", HtmlSteps.failures(entry, steps, idOf)],
    ["answer", "Answer", value(entry.output, agent?.output)],
    [
      "pipeline",
      "Pipeline",
      steps.length === 0 || entry.kind === "agent"
        ? undefined
        : html`<div class="sheet drawing" role="region" tabindex="0" aria-label="Drawing, which can be scrolled">${
          HtmlGraph.render(entry.agent, steps, idOf)
        }${leftOut}</div>`
    ],
    [
      "times",
      "Times",
      steps.every(({ report }) => report.startedAt === undefined)
        ? undefined
        : html`<div class="sheet">${HtmlWaterfall.render(steps, durationOf(entry), idOf)}${
          HtmlWaterfall.legend(steps)
        }${oneMorePlace(known.timeline)}${leftOut}</div>`
    ],
    ["steps", "Steps", steps.length === 0 ? undefined : html`${HtmlSteps.render(steps, idOf)}${leftOut}`],
    [
      "input",
      "Input",
      entry.input === undefined
        ? html`<p class="quiet">The input could not be read, and is not kept.</p>`
        : value(entry.input, agent?.input)
    ],
    ["citations", "Citations", HtmlCitations.render(entry.citations, steps, idOf)],
    ["usage", "Language models", HtmlUsage.render(entry.usage)],
    ["notes", "Notes", notes(entry)]
  ]
  const filled = sections.filter(([, , content]) => content !== undefined)
  return page(entry, agent?.description, entry.steps.length, filled).markup
}

type Section = readonly [id: string, title: string, content: Html | undefined]

const page = (
  entry: Entry,
  description: string | undefined,
  steps: number,
  sections: ReadonlyArray<Section>
): Html => {
  const { durationMs, id, kind, outcome, startedAt, usage, version, agent } = entry
  const started = DateTime.formatIso(startedAt)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${agent} ${outcome}, ${started.slice(0, 16).replace("T", " ")}</title>
<style>${trusted(sheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<div class="title"><h1>${agent} <small>${version}</small></h1><span class="badge ${outcome}">${outcome}</span></div>
${description === undefined || description === "" ? undefined : html`<p class="quiet">${description}</p>`}
<dl class="facts">
<div><dt>Started</dt><dd><time datetime="${started}">${started.slice(0, 19).replace("T", " ")} UTC</time></dd></div>
<div><dt>Took</dt><dd>${Time.format(durationMs)}</dd></div>
${steps === 0 ? undefined : html`<div><dt>Steps</dt><dd>${Value.number(steps)}</dd></div>`}
${usage.calls === 0 ? undefined : html`<div><dt>Model calls</dt><dd>${Value.number(usage.calls)}</dd></div>`}
${usage.calls === 0 ? undefined : html`<div><dt>Cost</dt><dd>${HtmlUsage.cost(usage)}</dd></div>`}
<div><dt>Run of the ${kind}</dt><dd class="id">${id}</dd></div>
</dl>
<nav aria-label="Sections"><ul>${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main id="content" tabindex="-1">
${
    sections.map(([id, title, content]) =>
      html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`
    )
  }</main>
<footer>Written by greenlang. Times are in UTC and on the monotonic clock; secrets are masked.</footer>
</body>
</html>
`
}

/** At least as long as the steps, whose clock starts with the pipeline inside the recorded run. */
const durationOf = ({ durationMs, steps }: Entry): number =>
  steps.reduce((longest, { duration = 0, startedAt = 0 }) => Math.max(longest, startedAt + duration), durationMs)

const oneMorePlace = (timeline: Known["timeline"]): Html | undefined =>
  timeline === undefined || timeline.oneMorePlace < 1
    ? undefined
    : html`<p class="aside">With one more step at a time the run would have taken ${
      Time.format(timeline.oneMorePlace)
    } less, if each step had taken as long as it did.</p>`

/** The failures among the annotations have a section of their own. */
const notes = ({ annotations, attributes }: Entry): Html | undefined => {
  const { failures: _, ...others } = annotations
  const all = { ...attributes, ...others }
  return Object.keys(all).length === 0
    ? undefined
    : html`<div class="sheet">${HtmlValue.render(all, Label.root(undefined))}</div>`
}
