/**
 * The drawing of a pipeline as a part of a page: boxes with the state of each step, arrows, pipelines inside steps.
 */
import { displayWidth } from "effect/cli/CliOutput"
import * as GraphLayout from "../render/GraphLayout.ts"
import * as Text from "../render/Text.ts"
import { type Html, html } from "./Html.ts"
import { keyOf, type StepDetails } from "./StepDetails.ts"
import * as StepState from "./StepState.ts"

/** Pixels of a letter, and letters of a box. */
const letter = 7.4
const mostLetters = 26
const height = 46
const padding = 14
/** Above the steps of a pipeline inside a step stands its name. */
const head = 48

/** Something with a size, and how it is drawn once its place is known. */
interface Figure extends GraphLayout.Box {
  readonly draw: (at: GraphLayout.Place) => Html
}

/**
 * An SVG. Each box links to the details of its step.
 *
 * @category rendering
 */
export const render = (name: string, steps: ReadonlyArray<StepDetails>, idOf: (at: number) => string): Html => {
  const inside = new Map<string, Array<number>>()
  steps.forEach(({ report }, at) => {
    const key = keyOf(report.path.slice(0, -1))
    const others = inside.get(key)
    if (others === undefined) inside.set(key, [at])
    else others.push(at)
  })

  const group = (members: ReadonlyArray<number>, first: ReadonlyArray<Figure>): Drawn => {
    const places = new Map(members.map((at, place) => [at, place + first.length]))
    return arrange([
      ...first,
      ...members.map((at): Figure => {
        const step = steps[at]!
        const fromInput = first.length > 0 && step.report.after.includes("input")
        const after = [...(fromInput ? [0] : []), ...step.after.flatMap((before) => places.get(before) ?? [])]
        const inner = inside.get(keyOf(step.report.path))
        return { after, ...box(step, idOf(at), inner === undefined ? undefined : group(inner, [])) }
      })
    ])
  }

  const whole = group(inside.get(keyOf([])) ?? [], [input])
  const [width, tall] = [whole.width + 2, whole.height + 2]
  return html`<svg class="graph" role="group" aria-label="Drawing of ${name}: ${steps.length} ${
    steps.length === 1 ? "step" : "steps"
  }" viewBox="-1 -1 ${width} ${tall}" style="max-width:${width}px;min-width:${Math.round(width * 0.75)}px">
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5 8 4 0 7.5z"/></marker></defs>
${whole.content}
</svg>`
}

interface Drawn {
  readonly width: number
  readonly height: number
  readonly content: Html
}

const arrange = (figures: ReadonlyArray<Figure>): Drawn => {
  const { arrows, height, places, width } = figures.every(({ after }) => after.length === 0)
    ? GraphLayout.grid(figures)
    : GraphLayout.make(figures)
  return {
    width,
    height,
    content: html`<g class="arrows" aria-hidden="true">${arrows.map(arrow)}</g>${
      figures.map(({ draw }, at) => draw(places[at]!))
    }`
  }
}

const arrow = ({ points }: GraphLayout.Arrow): Html => {
  const [start, ...rest] = points
  let path = `M${start!.x} ${start!.y}`
  let from = start!
  rest.forEach((to, at) => {
    const half = (from.x + to.x) / 2
    path += at % 2 === 0 ? `H${to.x}` : `C${half} ${from.y} ${half} ${to.y} ${to.x} ${to.y}`
    from = to
  })
  return html`<path d="${path}"/>`
}

const input: Figure = {
  width: 76,
  height: 34,
  after: [],
  draw: ({ x, y }) =>
    html`<g class="input" transform="translate(${x} ${y})"><rect width="76" height="34" rx="17"/><text x="38" y="22">input</text></g>`
}

const box = (step: StepDetails, id: string, inner: Drawn | undefined): Omit<Figure, "after"> => {
  const { name, report } = step
  const mark = StepState.markOf(step, html`x="${padding}" y="9.5" width="12" height="12"`)
  const label = Text.truncate(name, mostLetters)
  const note = Text.truncate([...(step.box?.policies ?? []), StepState.timeOf(step)].join(" · "), mostLetters + 4)
  const own = Math.max(displayWidth(label) + 2, displayWidth(note) * 0.86) * letter + 2 * padding
  const width = Math.round(Math.max(own, inner === undefined ? 0 : inner.width + 2 * padding))
  const tall = inner === undefined ? height : head + inner.height + padding
  const waits = report.after.length === 0 ? "" : `, after ${StepState.namesOf(report.after)}`
  return {
    width,
    height: tall,
    draw: ({ x, y }) =>
      html`
<g transform="translate(${x} ${y})"><a href="#${id}" class="box ${StepState.classOf(step)}${
        inner === undefined ? "" : " outer"
      }" aria-label="${name}: ${
        StepState.timeOf(step)
      }${waits}"><title>${name}</title><rect width="${width}" height="${tall}" rx="8"/>${mark}<text class="label" x="${
        padding + 17
      }" y="20">${label}</text><text class="note" x="${padding}" y="36">${note}</text></a>${
        inner === undefined ? undefined : html`<g transform="translate(${padding} ${head})">${inner.content}</g>`
      }</g>`
  }
}
