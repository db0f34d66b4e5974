import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import * as Drawing from "greenlang/cli/Drawing"

const options = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const one = () => Effect.succeed(1)

describe("Drawing", () => {
  it("leads lanes past steps that do not wait for them", () => {
    const pipeline = Pipeline.make("P", options, (input) => {
      const a = Step.make("a", [input], one)
      const b = Step.make("b", [input], one)
      const c = Step.make("c", [input], one)
      return Step.make("last", [a, b, c], one)
    })
    assert.deepStrictEqual(Drawing.render(pipeline), [
      "●      input",
      "├─╮",
      "│ ●    a",
      "├─│─╮",
      "│ │ ●  b",
      "● │ │  c",
      "├─┴─╯",
      "●      last"
    ])
  })

  it("draws a chain as one lane, and says what was said about failure", () => {
    const pipeline = Pipeline.make("P", options, (input) => {
      const a = Step.make("a", [input], one).pipe(Step.retry(Schedule.recurs(1)))
      return Step.make("b", [a], one)
    })
    assert.deepStrictEqual(Drawing.render(pipeline), ["●  input", "●  a (retry)", "●  b"])
  })

  it("draws a step that waits for the same one twice, and one that waits for nothing", () => {
    const pipeline = Pipeline.make("P", options, (input) => {
      const alone = Step.make("alone", [], one)
      return Step.make("both", [input, input, alone], one)
    })
    assert.deepStrictEqual(Drawing.render(pipeline), ["●    input", "│ ●  alone", "├─╯", "●    both"])
  })
})
