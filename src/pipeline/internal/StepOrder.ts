/**
 * The steps of a drawing in running order, and what is wrong with a drawing.
 */
import { mostNested } from "../../agent/internal/Lifecycle.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Described from "../../internal/Described.ts"
import * as NearestName from "../../internal/NearestName.ts"
import type { Drawing } from "./Drawing.ts"
import { type Any, isStep, Origin } from "./StepBox.ts"

/**
 * The input, then every step that `last` waits for, each after the steps that it waits for itself.
 *
 * Throws `InvalidDefinition`, which names the steps, where a step waits for something that is not a step, where steps wait
 * for each other, where a step belongs to another pipeline, where two steps have one name, and where `last` does not wait
 * for a step that `drawing` made.
 */
export const order = (input: Any, last: unknown, drawing: Drawing): ReadonlyArray<Any> => {
  if (!isStep(last)) {
    throw new InvalidDefinition({
      subject: `pipeline \`${drawing.pipeline}\``,
      problem: `its drawing function returned ${Described.kind(last)}`,
      expected: "the last step"
    })
  }
  const seen = new Set([input])
  /** The names, by how they look. */
  const names = new Map([[NearestName.look(input.name), input.name]])
  const open: Array<{ readonly step: Any; next: number }> = [{ step: last, next: 0 }]
  checkAlternatives(last, drawing)
  const isOpen = new Set<Any>([last])
  while (open.length > 0) {
    const top = open.at(-1)!
    const { step } = top
    if (top.next < step.after.length) {
      const before: unknown = step.after[top.next++]
      if (!isStep(before)) throw wrong(step, `it waits for ${Described.kind(before)}`, "a step")
      if (seen.has(before)) continue
      if (isOpen.has(before)) throw circle(drawing, [...open.map(({ step }) => step), before])
      checkHome(before, step, drawing)
      checkAlternatives(before, drawing)
      open.push({ step: before, next: 0 })
      isOpen.add(before)
      continue
    }
    open.pop()
    isOpen.delete(step)
    if (seen.has(step)) continue
    const look = NearestName.look(step.name)
    const same = names.get(look)
    if (same !== undefined) {
      const problem = same === step.name ? "another step has the same name" : "the name of another step looks the same."
      throw wrong(step, problem + NearestName.difference(step.name, same).replace(/\.$/, ""))
    }
    seen.add(step)
    names.set(look, step.name)
  }
  checkHome(last, last, drawing)
  checkReached(seen, drawing)
  return [...seen]
}

/** How many pipelines are inside each other, this one included. Throws `InvalidDefinition` where they are too many. */
export const nesting = (pipeline: string, steps: ReadonlyArray<Any>, nestingOf: (agent: unknown) => number): number => {
  let most = 1
  for (const step of steps) {
    most = Math.max(most, 1 + nestingOf(step.agent))
    if (most > mostNested) {
      throw new InvalidDefinition({
        subject: `step \`${step.name}\` of pipeline \`${pipeline}\``,
        problem: `its pipeline has more than ${mostNested - 1} pipelines inside each other`,
        expected: `at most ${mostNested}, this one included`
      })
    }
  }
  return most
}

const wrong = (step: Any, problem: string, expected?: string) =>
  new InvalidDefinition({ subject: `step \`${step.name}\``, problem, ...(expected === undefined ? {} : { expected }) })

/** `path` ends with a step that is in it already. */
const circle = ({ pipeline }: Drawing, path: ReadonlyArray<Any>) => {
  const from = path.indexOf(path.at(-1)!)
  const names = path.slice(from).map(({ name }) => name)
  return new InvalidDefinition({
    subject: `pipeline \`${pipeline}\``,
    problem: `its steps wait for each other: ${names.join(" → ")}`
  })
}

/** A step that was made in the drawing of another pipeline waits for the input of that one. */
const checkHome = (step: Any, waiting: Any, drawing: Drawing, how = "it waits for"): void => {
  const home = step[Origin].drawing
  if (home === undefined || home === drawing) return
  throw wrong(
    waiting,
    waiting === step
      ? `it was made in the drawing function of pipeline \`${home.pipeline}\``
      : `${how} \`${step.name}\`, a step of pipeline \`${home.pipeline}\``,
    `a step of pipeline \`${drawing.pipeline}\``
  )
}

/** Before the steps that a race waits for: an alternative of another pipeline brings some of them along. */
const checkAlternatives = (step: Any, drawing: Drawing): void => {
  if (step.alternatives.length === 0) return
  const open: Array<{ readonly step: Any; next: number }> = [{ step, next: 0 }]
  const isOpen = new Set<Any>([step])
  const seen = new Set<Any>()
  while (open.length > 0) {
    const top = open.at(-1)!
    if (top.next === top.step.alternatives.length) {
      open.pop()
      isOpen.delete(top.step)
      seen.add(top.step)
      continue
    }
    const alternative: unknown = top.step.alternatives[top.next++]
    if (!isStep(alternative)) {
      throw wrong(top.step, `one of its alternatives is ${Described.kind(alternative)}`, "a step")
    }
    if (seen.has(alternative)) continue
    if (isOpen.has(alternative)) throw wrong(alternative, "it is an alternative of itself")
    checkHome(alternative, top.step, drawing, "one of its alternatives is")
    open.push({ step: alternative, next: 0 })
    isOpen.add(alternative)
  }
}

const checkReached = (steps: ReadonlySet<Any>, drawing: Drawing): void => {
  const all = new Set(steps)
  // A set goes on with what is added meanwhile.
  for (const step of all) {
    for (const alternative of step.alternatives) all.add(alternative)
  }
  const reached = new Set<unknown>(Array.from(all, (step) => step[Origin]))
  const unreached = drawing.origins.filter((origin) => !reached.has(origin)).map(({ name }) => `\`${name}\``)
  if (unreached.length === 0) return
  const [subject, problem] = unreached.length === 1
    ? [`step ${unreached[0]}`, "it was made, but the last step does not wait for it, so it would not run"]
    : [
      `steps ${Described.list(unreached)}`,
      "they were made, but the last step does not wait for them, so they would not run"
    ]
  throw new InvalidDefinition({
    subject: `${subject} of pipeline \`${drawing.pipeline}\``,
    problem,
    expected: "a later step that waits for it, or `Step.last` around the answer"
  })
}
