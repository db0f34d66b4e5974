/**
 * Durable runs inside of durable runs, three levels deep, with and without a step of their own between them. They fail below 0.
 */
import { Effect, Schema } from "effect"
import { Pipeline, Step } from "greenlang"

export class Negative extends Schema.TaggedError<Negative>()("Negative", { n: Schema.Finite }) {}

export const finite = { output: Schema.Finite, error: Negative }
export const settings = { version: "1.0.0", input: Schema.Finite, ...finite }
export const lists = { version: "1.0.0", input: Schema.Array(Schema.Finite), ...finite }
export const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)

export const Leaf = Pipeline.make("Leaf", settings, (n) => {
  const read = Step.make("read", [n], (n) => n < 0 ? Effect.fail(new Negative({ n })) : Effect.succeed(n), finite)
  const pause = Step.sleep("pause", [read], "10 millis")
  return Step.pure("double", [read, pause], (n) => n * 2)
})
export const Middle = Pipeline.make("Middle", lists, (list) => {
  const leaves = Step.forEach("leaves", list, Leaf, { apart: true })
  return Step.pure("sum", [leaves], sum)
})
export const Top = Pipeline.make("Top", { ...lists, input: Schema.Array(Schema.Array(Schema.Finite)) }, (list) => {
  const middles = Step.forEach("middles", list, Middle, { apart: true, concurrency: 3 })
  const inner = Step.agent("inner", Middle, [list], () => [100, 200])
  return Step.pure("sum", [middles, inner], (middles, inner) => sum(middles) + inner)
})
