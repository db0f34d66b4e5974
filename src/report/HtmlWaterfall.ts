/**
 * Where the time of a run went, as a part of a page: a bar for each step, to scale.
 */
import { type Html, html } from "./Html.ts"
import * as StepState from "./StepState.ts"
import type { StepStory } from "./StepStory.ts"
import * as Time from "./Time.ts"

/**
 * A row a step, in a list. Bars of the critical path are darker, and say so; marks on a bar are where another attempt
 * began. `idOf` is where a step is told in full. `duration` is that of the run, in milliseconds.
 *
 * @category rendering
 */
export const render = (
  steps: ReadonlyArray<StepStory>,
  duration: number,
  idOf: (at: number) => string
): Html => {
  const percent = (millis: number) => share(millis, duration)
  const ticks = ticksOf(duration)
  return html`<div class="waterfall" role="group" aria-label="Times of the steps, each from its start to its end">
<div class="axis" aria-hidden="true"><div class="track">${
    ticks.map((tick) => html`<span style="left:${percent(tick)}">${tick === 0 ? "0" : Time.format(tick)}</span>`)
  }</div></div>
<ol>${
    steps.map((step, at) => {
      const { critical, depth, name, report, retries, waits } = step
      const { duration: took = 0, startedAt } = report
      const bar = startedAt === undefined ?
        undefined :
        html`<span class="bar ${StepState.classOf(step)}" style="left:${percent(startedAt)};width:${
          percent(Math.min(took, Math.max(0, duration - startedAt)))
        }">${
          [...retries.map(({ at }) => ["retry", at] as const), ...waits.map(({ at }) => ["wait", at] as const)].map((
            [kind, at]
          ) => html`<i class="${kind}" style="left:${share(at - startedAt, took)}"></i>`)
        }</span>`
      const started = startedAt === undefined ? "" : `, started after ${Time.format(startedAt)}`
      return html`
<li><a class="name" href="#${
        idOf(at)
      }" style="--depth:${depth}" title="${name}">${name}</a><span class="track" aria-hidden="true">${
        ticks.map((tick) => html`<b style="left:${percent(tick)}"></b>`)
      }${bar}</span><span class="time">${StepState.timeOf(step)}<span class="hidden">${started}${
        critical ? ", on the critical path" : ""
      }</span></span></li>`
    })
  }
</ol>
</div>`
}

/**
 * What the bars of these steps mean.
 *
 * @category rendering
 */
export const legend = (steps: ReadonlyArray<StepStory>): Html => {
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
  }</ul>`
}

const share = (part: number, whole: number): string =>
  `${(whole > 0 ? Math.min(1, Math.max(0, part / whole)) * 100 : 0).toFixed(3)}%`

/** Four to eight round numbers. */
const ticksOf = (duration: number): ReadonlyArray<number> => {
  if (!(duration > 0)) return [0]
  const rough = duration / 4
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = [5, 2, 1].map((factor) => factor * unit).find((step) => step <= rough)!
  return Array.from({ length: Math.floor(duration / step) + 1 }, (_, at) => at * step)
}
