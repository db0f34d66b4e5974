/**
 * The times of a run as a part of a page: a bar for each step, to scale.
 */
import * as Time from "../render/Time.ts"
import { type Html, html } from "./Html.ts"
import type { StepDetails } from "./StepDetails.ts"
import * as StepState from "./StepState.ts"

/**
 * A list with a row for each step. Bars of the critical path are darker and named; a mark on a bar is where another attempt
 * began. `idOf` is the place of the details of a step. `duration` is that of the run, in milliseconds.
 *
 * @category rendering
 */
export const render = (
  steps: ReadonlyArray<StepDetails>,
  duration: number,
  idOf: (at: number) => string
): Html => {
  const percent = (millis: number) => share(millis, duration)
  const tick = tickOf(duration)
  const ticks = Array.from({ length: Math.floor(duration / tick) + 1 }, (_, at) => at * tick)
  return html`<div class="waterfall" role="group" aria-label="Times of the steps, each from its start to its end" style="--tick:${
    percent(tick)
  }">
<div class="axis" aria-hidden="true"><div class="track">${
    ticks.map((tick) => html`<span style="left:${percent(tick)}">${tick === 0 ? "0" : Time.format(tick)}</span>`)
  }</div></div>
<ol>${steps.map((step, at) => row(step, duration, idOf(at)))}
</ol>
</div>`
}

const row = (step: StepDetails, duration: number, id: string): Html => {
  const { critical, depth, name, report: { startedAt } } = step
  const wait = step.wait
  const hidden = [
    ...(wait === undefined
      ? []
      : [`, ready after ${Time.format(wait.readyAt)}, waited ${Time.format(wait.waited)} for ${wait.reason}`]),
    ...(startedAt === undefined ? [] : [`, started after ${Time.format(startedAt)}`]),
    ...(critical ? [", on the critical path"] : [])
  ]
  return html`
<li><a class="name" href="#${id}" style="--depth:${depth}" title="${name}">${name}</a><span class="track" aria-hidden="true">${
    wait === undefined
      ? undefined
      : html`<span class="gap" style="left:${share(wait.readyAt, duration)};width:${
        share(wait.waited, duration)
      }"></span>`
  }${startedAt === undefined ? undefined : bar(step, startedAt, duration)}</span><span class="time">${
    StepState.timeOf(step)
  }<span class="hidden">${hidden}</span></span></li>`
}

const bar = (step: StepDetails, startedAt: number, duration: number): Html => {
  const { report: { duration: took = 0 }, retries, waits } = step
  const mark = (kind: string) => ({ at }: { readonly at: number }) =>
    html`<i class="${kind}" style="left:${share(at - startedAt, took)}"></i>`
  const width = share(Math.min(took, Math.max(0, duration - startedAt)), duration)
  return html`<span class="bar ${StepState.classOf(step)}" style="left:${share(startedAt, duration)};width:${width}">${
    retries.map(mark("retry"))
  }${waits.map(mark("wait"))}</span>`
}

/**
 * The meaning of the bars of these steps.
 *
 * @category rendering
 */
export const legend = (steps: ReadonlyArray<StepDetails>): Html => {
  const started = steps.filter(({ report }) => report.startedAt !== undefined)
  const kinds = new Map(started.map((step) => {
    const { critical, report: { state } } = step
    return critical && state === "finished"
      ? ["finished critical", "on the critical path, which the answer waited for"]
      : [state, state]
  }))
  const mark = (kind: string, meaning: string) =>
    html`<li><span class="bar finished"><i class="${kind}" style="left:45%"></i></span>${meaning}</li>`
  return html`<ul class="legend">${
    Array.from(kinds, ([kind, meaning]) => html`<li><span class="bar ${kind}"></span>${meaning}</li>`)
  }${started.some(({ retries }) => retries.length > 0) ? mark("retry", "another attempt began") : undefined}${
    started.some(({ waits }) => waits.length > 0)
      ? mark("wait", "it began to wait, for a place or for a person")
      : undefined
  }${
    started.some(({ wait }) => wait !== undefined)
      ? html`<li><span class="gap"></span>ready, but waiting for a worker, a place or the event loop</li>`
      : undefined
  }</ul>`
}

const share = (part: number, whole: number): string =>
  `${(whole > 0 ? Math.min(1, Math.max(0, part / whole)) * 100 : 0).toFixed(3)}%`

/** A round number: four to ten of them make the whole. */
const tickOf = (duration: number): number => {
  if (!(duration > 0)) return 1
  const rough = duration / 4
  const unit = 10 ** Math.floor(Math.log10(rough))
  return [5, 2, 1].map((factor) => factor * unit).find((tick) => tick <= rough)!
}
