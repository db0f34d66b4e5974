import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, type InvalidInput, type RunError, Tool } from "greenlang"

class Never extends Schema.TaggedError<Never>()("Never", {}) {}

const divide = Tool.make("divide", {
  description: "Divides a by b",
  input: Schema.Struct({ a: Schema.FiniteFromString, b: Schema.Finite }),
  output: Schema.Finite,
  error: Never,
  execute: ({ a, b }) => b === 0 ? Effect.fail(new Never()) : Effect.succeed(a / b)
})

describe("a tool", () => {
  it.effect("answers with what it computed from what it read", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* divide.call({ a: "6", b: 3 }), 2)
      assert.strictEqual((yield* Effect.flip(divide.call({ a: "6", b: 0 })))._tag, "Never")
    }))

  it.effect("names every field that it cannot read, and those that it does not know", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(divide.call({ a: 6, c: 1 } as never))
      assert(error._tag === "InvalidInput")
      assert.strictEqual(error.agent, "divide")
      assert.deepStrictEqual(error.issues, [
        { path: "c", message: "is not a known field", expected: "one of a, b" },
        { path: "a", message: "Expected string", expected: "a string" },
        { path: "b", message: "is missing", expected: "a number" }
      ])
    }))

  it("has exact types", () => {
    expectTypeOf(divide).toEqualTypeOf<
      Tool.Tool<{ readonly a: string; readonly b: number }, number, Never | InvalidInput>
    >()
    const Half = Agent.make("Half", {
      version: "1.0.0",
      input: Schema.Finite,
      output: Schema.Finite,
      tools: [divide],
      execute: (n) => divide.call({ a: `${n}`, b: 2 })
    })
    expectTypeOf(Agent.tool(Half)).toEqualTypeOf<Tool.Tool<number, number, Never | InvalidInput | RunError>>()
    assert.deepStrictEqual(Half.tools, [divide])
  })
})
