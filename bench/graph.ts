/**
 * Pipelines of the graphs that benchmarks run.
 */
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { type Graph, sum } from "./shapes.ts"

/** What a step does with the sum of its inputs; `at` is its place in the graph. */
export type Work = (n: number, at: number) => Effect.Effect<number>

export const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
export const bare: Work = (n) => Effect.succeed(n + 1)
export const awaits: Work = (n) => Effect.promise(async () => n + 1)

export const pipelineOf = (graph: Graph, work: Work) =>
  Pipeline.make("Bench", numbers, (input) => {
    const steps: Array<Step.Step<number>> = [input]
    for (let at = 1; at < graph.length; at++) {
      const after = graph[at]!.map((before) => steps[before]!)
      steps.push(Step.make(`${at}`, after, (...inputs) => work(sum(inputs), at)))
    }
    return steps.at(-1)!
  })

/** The same of steps that are promises. */
export const promisesOf = (graph: Graph, work: (n: number) => Promise<number>) =>
  Pipeline.make("Bench", numbers, (input) => {
    const steps: Array<Step.Step<number, Step.PromiseRejected, never, Step.PromiseRejected>> = [input]
    for (let at = 1; at < graph.length; at++) {
      const after = graph[at]!.map((before) => steps[before]!)
      steps.push(Step.promise(`${at}`, after, (inputs) => work(sum(inputs))))
    }
    return steps.at(-1)!
  })
