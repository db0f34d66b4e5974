/**
 * The steps of a run as parts of a page: a table of all, each in full, and what failed.
 */
import * as DateTime from "effect/DateTime"
import type { Entry } from "../orchestrator/History.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"
import * as HtmlUsage from "./HtmlUsage.ts"
import * as HtmlValue from "./HtmlValue.ts"
import * as StepState from "./StepState.ts"
import type { Failure, StepStory, Told } from "./StepStory.ts"

/**
 * A row a step, then each step with what is known of it, which can be opened. Nothing where there are none.
 *
 * @category rendering
 */
export const render = (steps: ReadonlyArray<StepStory>, idOf: (at: number) => string): Html | undefined => {
  if (steps.length === 0) return undefined
  const asked = steps.some(({ report }) => report.usage !== undefined)
  const columns = [
    { title: "Step", numeric: false },
    { title: "State", numeric: false },
    { title: "Started at", numeric: true },
    { title: "Took", numeric: true },
    { title: "Attempts", numeric: true },
    { title: "Critical path", numeric: false },
    ...(asked ? usageColumns : [])
  ]
  const rows = steps.map((step, at) => {
    const { attempts, duration, path, startedAt, state } = step.report
    return [
      html`<a href="#${idOf(at)}">${path.join(" / ")}</a>`,
      html`<span class="short state-${state}">${StepState.markOf(step)} ${StepState.wordOf(step)}</span>`,
      startedAt === undefined ? "" : Time.format(startedAt),
      duration === undefined ? "" : Time.format(duration),
      startedAt === undefined ? "" : Value.number(attempts),
      step.critical ? "yes" : "",
      ...(asked ? usageOf(step) : [])
    ]
  })
  return html`<div class="sheet">${HtmlValue.table("Steps", columns, rows)}</div>
<h3>Each step in full</h3>
<div class="sheet">${steps.map((step, at) => whole(step, at, steps, idOf))}</div>`
}

const usageColumns = ["Model calls", "Tokens", "Cost"].map((title) => ({ title, numeric: true }))

const usageOf = ({ report: { usage } }: StepStory): ReadonlyArray<string> =>
  usage === undefined
    ? ["", "", ""]
    : [Value.number(usage.calls), Value.number(usage.inputTokens + usage.outputTokens), HtmlUsage.cost(usage)]

const whole = (
  step: StepStory,
  at: number,
  steps: ReadonlyArray<StepStory>,
  idOf: (at: number) => string
): Html => {
  const { after, answer, box, decisions, failure, given, keptAt, recoveredFrom, report, retries, waits } = step
  const inputs = [
    ...after.map((before) => html`<a href="#${idOf(before)}">${steps[before]!.name}</a>`),
    ...(report.after.includes("input") ? [html`the input`] : [])
  ]
  const waited = inputs.length === 0
    ? undefined
    : html`Waits for ${inputs.map((input, place) => html`${place === 0 ? "" : ", "}${input}`)}.`
  const agent = box?.agent === undefined ? undefined : html` Runs ${box.agent.name} ${box.agent.version}.`
  const policies = box === undefined || box.policies.length === 0 ? "" : ` Policies: ${box.policies.join(", ")}.`
  return html`
<details class="step"><summary>${StepState.markOf(step)} ${report.path.join(" / ")} <span class="took">${
    StepState.timeOf(step)
  }</span></summary><div id="${idOf(at)}"><div class="about">${waited}${agent}${policies}</div>${
    keptAt === undefined
      ? undefined
      : html`<div class="about">It did not run: its answer was kept at ${DateTime.formatIso(keptAt)}.</div>`
  }${
    waits.map((wait) =>
      wait._tag === "StepWaiting"
        ? html`<div class="about">Waited for ${wait.what}, from ${Time.format(wait.at)} on.</div>`
        : html`<div class="about">Asked a person after ${Time.format(wait.at)}: ${HtmlValue.prose(wait.text)}</div>`
    )
  }${
    decisions.map(({ approved, at, by, comment }) =>
      html`<div class="about">${approved ? "Approved" : "Refused"}${by === undefined ? "" : ` by ${by}`} after ${
        Time.format(at)
      }${comment === undefined ? "." : html`: ${HtmlValue.prose(comment)}`}</div>`
    )
  }${
    retries.map(({ at, attempt, error }) =>
      html`<div class="about">Attempt ${attempt} began after ${Time.format(at)}: ${error._tag}, ${
        HtmlValue.prose(error.message)
      }</div>`
    )
  }${failure === undefined ? undefined : failed(failure, "")}${
    recoveredFrom === undefined ? undefined : failed(recoveredFrom, " recovered")
  }${told("Input", given)}${told("Answer", answer)}</div></details>`
}

const told = (title: string, { json, node }: Told): Html | undefined =>
  json === undefined ? undefined : html`<h4>${title}</h4>${HtmlValue.render(Value.withoutCitations(json), node)}`

/**
 * What failed the run and its steps, and what steps recovered from. Nothing where nothing did.
 *
 * @category rendering
 */
export const failures = (
  entry: Entry,
  steps: ReadonlyArray<StepStory>,
  idOf: (at: number) => string
): Html | undefined => {
  const ofSteps = steps.flatMap((step, at) => {
    const failure = step.failure ?? step.recoveredFrom
    return failure === undefined ? [] : [{ step, at, failure, recovered: step.failure === undefined }]
  }).filter(({ failure, step }, _, all) =>
    // a step fails with what failed inside of it
    !all.some((other) =>
      other.step.depth > step.depth && textOf(other.failure) === textOf(failure)
      && step.report.path.every((name, at) => other.step.report.path[at] === name)
    )
  ).toSorted((a, b) => Number(a.recovered) - Number(b.recovered))
  const told = new Set(ofSteps.map(({ failure }) => textOf(failure)))
  const others = entry.failures.filter((failure) => !told.has(textOf(failure)))
  if (ofSteps.length === 0 && others.length === 0) return undefined
  return html`${
    others.map(({ _tag, message, step }) =>
      failed({ _tag, message }, "", step === undefined ? undefined : html`${step}: `)
    )
  }${
    ofSteps.map(({ at, failure, recovered, step }) =>
      failed(
        failure,
        recovered ? " recovered" : "",
        html`<a href="#${idOf(at)}">${step.report.path.join(" / ")}</a>${recovered ? " went on in spite of " : ": "}`
      )
    )
  }`
}

const textOf = ({ _tag, message }: Failure): string => `${_tag}: ${message}`

const failed = ({ _tag, message }: Failure, kind: string, where?: Html): Html =>
  html`<div class="failure${kind}">${where}<strong>${_tag}</strong><div>${HtmlValue.prose(message)}</div></div>`
