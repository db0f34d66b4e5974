/**
 * One run as a page of HTML: what was run and how it ended, its answer, the drawing of the pipeline, where the time went,
 * and what the numbers rest on.
 *
 * The page is one file. It needs no script, and asks for nothing from anywhere: its own policy forbids both.
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
 * const { value } = await Effect.runPromise(Twice.run(21).pipe(HtmlReport.record(Twice, 21, write)))
 * value // => 42
 * page.startsWith("<!doctype html>") // => true
 * ```
 */
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Agent from "../agent/Agent.ts"
import type { AgentResult } from "../agent/AgentResult.ts"
import * as Recorded from "../internal/SafeJson.ts"
import type { Entry } from "../orchestrator/History.ts"
import * as RecordedRun from "../orchestrator/RunRecorder.ts"
import type * as StepScope from "../pipeline/internal/StepScope.ts"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"
import * as PipelineReport from "../pipeline/PipelineReport.ts"
import * as Label from "../render/Label.ts"
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
import * as StepStory from "./StepStory.ts"

/**
 * What is known of a run besides its entry in the history. `events` tell when attempts began and what steps failed with,
 * `agent` what it is for, the units of its numbers and the policies of its steps.
 *
 * @category models
 */
export interface Known {
  readonly agent?: Agent.Any
  readonly events?: Iterable<PipelineEvent>
  /** What steps were given, answered and cited, by `StepStory.keyOf` their path. */
  readonly records?: ReadonlyMap<string, StepStory.StepRecord>
}

/**
 * Gives `write` the page of `self`, a run of `agent` on `input`, however it ends; then ends as it does. `write` cannot be
 * interrupted. What steps answered, and their agents were given, is in it where the schemas can write it down: secrets are
 * masked.
 *
 * @category running
 */
export const record = <R2>(
  agent: Agent.Any,
  input: unknown,
  write: (page: string) => Effect.Effect<unknown, never, R2>
) =>
<A, E, R>(self: Effect.Effect<AgentResult<A>, E, R>): Effect.Effect<AgentResult<A>, E, R | R2> =>
  Effect.contextWith((context: Context.Context<R2>) => {
    const events: Array<PipelineEvent> = []
    const ended = new Map<string, StepScope.Ended>()
    const boxes = new Map(StepStory.boxesOf(agent))
    const keep = Effect.fnUntraced(function*(entry: Entry) {
      const records = new Map<string, StepStory.StepRecord>()
      for (const [key, { citations, exit, given }] of ended) {
        const box = boxes.get(key)
        const known = box?.output !== undefined && Exit.isSuccess(exit)
        records.set(key, {
          given: box?.agent && given && (yield* givenTo(box.agent, given)),
          answer: known ? yield* Recorded.toJson(box.output, exit.value) : undefined,
          citations
        })
      }
      yield* Effect.provideContext(write(render(entry, { agent, events, records })), context)
    })
    return RecordedRun.make(
      {
        agent,
        attributes: {},
        listen: (_, event) => event._tag === "StepToken" ? undefined : events.push(event),
        witness: (path, step) => ended.set(StepStory.keyOf(path), step),
        keep
      },
      // the run itself says what is wrong with its input
      (draft) => Effect.andThen(Effect.ignore(RecordedRun.read(agent, input, draft, "ignore")), self)
    )
  })

/** What an agent was given, as it read it: so is known what of it is secret. */
const givenTo = (agent: Agent.Any, given: () => unknown): Effect.Effect<Schema.Json | undefined> =>
  Effect.try(given).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(agent.input)),
    Effect.flatMap((read) => Recorded.toJson(agent.input, read)),
    Effect.orElseSucceed(() => undefined)
  )

/**
 * The page of a run. The same run always gives the same page.
 *
 * @category rendering
 */
export const render = (entry: Entry, known: Known = {}): string => {
  const { agent } = known
  const steps = StepStory.make(entry, { agent, events: known.events ?? [], records: known.records ?? new Map() })
  const idOf = (at: number) => `step-${at + 1}`
  const unitsOf = (schema: Agent.AnySchema | undefined) => Label.root(schema && Schema.toJsonSchemaDocument(schema))
  const value = (json: Schema.Json | undefined, schema: Agent.AnySchema | undefined) =>
    json === undefined
      ? undefined
      : html`<div class="sheet">${HtmlValue.render(Value.withoutCitations(json), unitsOf(schema))}</div>`

  const sections: ReadonlyArray<Section> = [
    ["failures", "What went wrong", HtmlSteps.failures(entry, steps, idOf)],
    ["answer", "Answer", value(entry.output, agent?.output)],
    [
      "pipeline",
      "Pipeline",
      steps.length === 0
        ? undefined
        : html`<div class="sheet drawing" role="region" tabindex="0" aria-label="Drawing, which can be scrolled">${
          HtmlGraph.render(entry.workflow, steps, idOf)
        }</div>`
    ],
    [
      "times",
      "Times",
      steps.every(({ report }) => report.startedAt === undefined)
        ? undefined
        : html`<div class="sheet">${HtmlWaterfall.render(steps, durationOf(entry), idOf)}${
          HtmlWaterfall.legend(steps)
        }${oneMoreSlot(known.events)}</div>`
    ],
    ["steps", "Steps", HtmlSteps.render(steps, idOf)],
    [
      "input",
      "Input",
      entry.input === undefined
        ? html`<p class="quiet">The input could not be read, and is not kept.</p>`
        : value(entry.input, agent?.input)
    ],
    ["sources", "Sources", HtmlCitations.render(entry.citations, steps, idOf)],
    ["usage", "Language models", HtmlUsage.render(entry.usage)],
    ["notes", "Notes", notes(entry)]
  ]
  return page(entry, agent?.description, steps.length, sections.filter(([, , content]) => content !== undefined)).markup
}

type Section = readonly [id: string, title: string, content: Html | undefined]

const page = (
  entry: Entry,
  description: string | undefined,
  steps: number,
  sections: ReadonlyArray<Section>
): Html => {
  const { durationMs, id, kind, outcome, startedAt, usage, version, workflow } = entry
  const started = DateTime.formatIso(startedAt)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${workflow} ${outcome}, ${started.slice(0, 16).replace("T", " ")}</title>
<style>${trusted(sheet)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<div class="title"><h1>${workflow} <small>${version}</small></h1><span class="badge ${outcome}">${outcome}</span></div>
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

/** On the clock of the steps, which is that of the pipeline inside the recorded run. */
const durationOf = ({ durationMs, steps }: Entry): number =>
  Math.max(durationMs, ...steps.map(({ duration = 0, startedAt = 0 }) => startedAt + duration))

const oneMoreSlot = (events: Iterable<PipelineEvent> | undefined): Html | undefined => {
  const saved = events === undefined ? 0 : PipelineReport.fold(events).oneMoreSlot
  return saved < 1
    ? undefined
    : html`<p class="aside">With room for one more step at a time it would have taken ${
      Time.format(saved)
    } less, if each step had taken as long as it did.</p>`
}

/** Failures among them stand with the other failures. */
const notes = ({ annotations, attributes }: Entry): Html | undefined => {
  const { failures: _, ...others } = annotations
  const all = { ...attributes, ...others }
  return Object.keys(all).length === 0
    ? undefined
    : html`<div class="sheet">${HtmlValue.render(all, Label.root(undefined))}</div>`
}
