/**
 * Draws a pipeline as a Mermaid flowchart.
 */
import type * as Agent from "../agent/Agent.ts"
import type * as Pipeline from "./Pipeline.ts"
import type * as Step from "./Step.ts"

/**
 * Boxes, then arrows, in running order. A pipeline inside a step is drawn inside its box. The policies of a step, such
 * as `retry`, stand below its name.
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Mermaid, Pipeline, Step } from "greenlang"
 *
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("double", [n], (n) => Effect.succeed(n * 2)))
 *
 * Mermaid.render(Twice).split("\n") // => ["flowchart LR", "  s0([input])", "  s1[double]", "  s0 --> s1"]
 * ```
 *
 * @category rendering
 */
export const render = (pipeline: Pipeline.Any): string =>
  ["flowchart LR", ...boxes(pipeline.steps, "s", "  ")].join("\n")

const boxes = (steps: ReadonlyArray<Step.Any>, prefix: string, indent: string): ReadonlyArray<string> => {
  const ids = new Map(steps.map((step, at) => [step, `${prefix}${at}`]))
  const nodes = steps.flatMap((step) => {
    const id = ids.get(step)!
    const text = label([step.name, ...step.policies.map((policy) => `(${policy})`)])
    if (step.after.length === 0 && step.name === "input") return [`${indent}${id}([${text}])`]
    const inner = stepsOf(step.agent)
    if (inner === undefined) return [`${indent}${id}[${text}]`]
    return [`${indent}subgraph ${id} [${text}]`, ...boxes(inner, `${id}_`, `${indent}  `), `${indent}end`]
  })
  const arrows = steps.flatMap((step) =>
    Array.from(new Set(step.after), (before) => `${indent}${ids.get(before)!} --> ${ids.get(step)!}`)
  )
  return [...nodes, ...arrows]
}

const stepsOf = (agent: Agent.Any | undefined): ReadonlyArray<Step.Any> | undefined =>
  agent !== undefined && "steps" in agent ? (agent as Pipeline.Any).steps : undefined

/** Text on lines. Mermaid takes an `end` without quotes for the end of a box, and nothing at all for a mistake. */
const label = (lines: ReadonlyArray<string>): string => {
  const [first = ""] = lines
  if (lines.length === 1 && /^(?!end$)[\w ]*\w[\w ]*$/i.test(first)) return first
  return `"${
    lines.map((line) => line.replaceAll(/\s+|\p{Cc}/gu, " ").replaceAll(/[#"<>&`]/g, entity) || " ").join("<br/>")
  }"`
}

/** As Mermaid spells it, for which a `#` begins a letter by its number. */
const entity = (letter: string): string => `#${letter.codePointAt(0)};`
