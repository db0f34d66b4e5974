/**
 * The steps of a run as parts of a page: a table, the details of each, and the failures.
 */
import * as DateTime from "effect/DateTime"
import type { Entry } from "../orchestrator/History.ts"
import * as Time from "../render/Time.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"
import * as HtmlUsage from "./HtmlUsage.ts"
import * as HtmlValue from "./HtmlValue.ts"
import type { Failure, LabelledJson, StepDetails } from "./StepDetails.ts"
import * as StepState from "./StepState.ts"

/**
 * A row for each step, then the details of each step, which can be opened. Nothing where there are no steps.
 *
 * @category rendering
 */
export const render = (steps: ReadonlyArray<StepDetails>, idOf: (at: number) => string): Html | undefined => {
  if (steps.length === 0) return undefined
  const waited = steps.some(({ wait }) => wait !== undefined)
  const asked = steps.some(({ report }) => report.usage !== undefined)
  const columns = [
    { title: "Step", numeric: false },
    { title: "State", numeric: false },
    ...(waited ? [{ title: "Ready at", numeric: true }] : []),
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
      ...(waited ? [startedAt === undefined ? "" : Time.format(step.wait?.readyAt ?? startedAt)] : []),
      startedAt === undefined ? "" : Time.format(startedAt),
      duration === undefined ? "" : Time.format(duration),
      startedAt === undefined ? "" : Value.number(attempts),
      step.critical ? "yes" : "",
      ...(asked ? usageOf(step) : [])
    ]
  })
  return html`<div class="sheet">${HtmlValue.table("Steps", columns, rows)}</div>
<h3>Details of each step</h3>
<div class="sheet">${steps.map((step, at) => details(step, at, steps, idOf))}</div>`
}

const usageColumns = ["Model calls", "Tokens", "Cost"].map((title) => ({ title, numeric: true }))

const usageOf = ({ report: { usage } }: StepDetails): ReadonlyArray<string> =>
  usage === undefined
    ? ["", "", ""]
    : [Value.number(usage.calls), Value.number(usage.inputTokens + usage.outputTokens), HtmlUsage.cost(usage)]

const details = (
  step: StepDetails,
  at: number,
  steps: ReadonlyArray<StepDetails>,
  idOf: (at: number) => string
): Html => {
  const { after, answer, box, decisions, failure, given, keptAt, recoveredFrom, report, retries, wait, waits } = step
  const inputs = [
    ...after.slice(0, mostInputs).map((before) => html`<a href="#${idOf(before)}">${steps[before]!.name}</a>`),
    ...(report.after.includes("input") ? [html`the input`] : [])
  ]
  const left = report.after.length - inputs.length
  const others = left > 0 ? [...inputs, html`${Value.number(left)} more`] : inputs
  const waited = others.length === 0
    ? undefined
    : html`Waits for ${others.map((input, place) => html`${place === 0 ? "" : ", "}${input}`)}.`
  const agent = box?.agent === undefined ? undefined : html` Runs ${box.agent.name} ${box.agent.version}.`
  const policies = box === undefined || box.policies.length === 0 ? "" : ` Policies: ${box.policies.join(", ")}.`
  const gap = wait === undefined
    ? undefined
    : html`<div class="about">Ready after ${Time.format(wait.readyAt)}, then waited ${
      Time.format(wait.waited)
    } for ${wait.reason}.</div>`
  return html`
<details class="step"><summary>${StepState.markOf(step)} ${report.path.join(" / ")} <span class="took">${
    StepState.timeOf(step)
  }</span></summary><div id="${idOf(at)}"><div class="about">${waited}${agent}${policies}</div>${gap}${
    keptAt === undefined
      ? undefined
      : html`<div class="about">It did not run: its answer is from an earlier run, of ${
        DateTime.formatIso(keptAt)
      }.</div>`
  }${
    waits.slice(0, mostEvents).map((wait) =>
      wait._tag === "StepWaiting"
        ? html`<div class="about">Waited for ${wait.what}, from ${Time.format(wait.at)} on.</div>`
        : html`<div class="about">Asked a person after ${Time.format(wait.at)}: ${HtmlValue.prose(wait.text)}</div>`
    )
  }${
    decisions.slice(0, mostEvents).map(({ approved, at, by, comment }) =>
      html`<div class="about">${approved ? "Approved" : "Refused"}${by === undefined ? "" : ` by ${by}`} after ${
        Time.format(at)
      }${comment === undefined ? "." : html`: ${HtmlValue.prose(comment)}`}</div>`
    )
  }${
    retries.slice(0, mostEvents).map(({ at, attempt, error }) =>
      html`<div class="about">Attempt ${attempt} began after ${Time.format(at)}: ${error._tag}, ${
        HtmlValue.prose(error.message)
      }</div>`
    )
  }${failure === undefined ? undefined : failed(failure, "")}${
    recoveredFrom === undefined ? undefined : failed(recoveredFrom, " recovered")
  }${labelled("Input", given)}${labelled("Answer", answer)}</div></details>`
}

const labelled = (title: string, { json, node }: LabelledJson): Html | undefined =>
  json === undefined ?
    undefined :
    html`<h4>${title}</h4>${HtmlValue.render(Value.withoutCitations(json), node, HtmlValue.frugal)}`

const mostInputs = 20
const mostEvents = 50
const mostFailures = 50

/**
 * The failures of the run and its steps, and those that steps recovered from. Nothing where there are none.
 *
 * @category rendering
 */
export const failures = (
  entry: Entry,
  steps: ReadonlyArray<StepDetails>,
  idOf: (at: number) => string
): Html | undefined => {
  const ofSteps = steps.flatMap((step, at) => {
    const failure = step.failure ?? step.recoveredFrom
    return failure === undefined ? [] : [{ step, at, failure, recovered: step.failure === undefined }]
  }).filter(({ failure, step }, _, all) =>
    // a step fails with the failure of a step inside it
    !all.some((other) =>
      other.step.depth > step.depth && textOf(other.failure) === textOf(failure)
      && step.report.path.every((name, at) => other.step.report.path[at] === name)
    )
  ).toSorted((a, b) => Number(a.recovered) - Number(b.recovered))
  const shown = new Set(ofSteps.map(({ failure }) => textOf(failure)))
  const others = entry.failures.filter((failure) => !shown.has(textOf(failure)))
  if (ofSteps.length === 0 && others.length === 0) return undefined
  const left = Math.max(0, others.length - mostFailures) + Math.max(0, ofSteps.length - mostFailures)
  return html`${
    others.slice(0, mostFailures).map(({ _tag, message, step }) =>
      failed({ _tag, message }, "", step === undefined ? undefined : html`${step}: `)
    )
  }${
    ofSteps.slice(0, mostFailures).map(({ at, failure, recovered, step }) =>
      failed(
        failure,
        recovered ? " recovered" : "",
        html`<a href="#${idOf(at)}">${step.report.path.join(" / ")}</a>${recovered ? " recovered from " : ": "}`
      )
    )
  }${left > 0 ? html`<p class="aside">${Value.number(left)} more failures are left out.</p>` : undefined}`
}

const textOf = ({ _tag, message }: Failure): string => `${_tag}: ${message}`

const failed = ({ _tag, message }: Failure, kind: string, where?: Html): Html =>
  html`<div class="failure${kind}">${where}<strong>${_tag}</strong><div>${HtmlValue.prose(message)}</div></div>`
