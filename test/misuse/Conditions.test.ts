/**
 * Conditions of pipeline files as no author means them, over inputs with names of prototypes, getters and other kinds: each ends in an
 * answer or in a tagged error, and none reads what is not in the data.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, PipelineSpec } from "greenlang"
import { settled } from "./modules/settled.ts"

const Takes = Agent.make("Takes", {
  version: "1.0.0",
  input: Schema.Unknown,
  output: Schema.Unknown,
  execute: (value) => Effect.succeed(value)
})

const pipeline = (when: string) =>
  PipelineSpec.fromYaml(
    JSON.stringify({
      name: "A",
      version: "1",
      steps: [{ name: "a", agent: "Takes", input: "input" }, { name: "b", agent: "Takes", input: 1, when }],
      output: "results.b"
    }),
    { agents: [Takes] }
  )

const inputs: ReadonlyArray<() => unknown> = [
  () => ({ a: "x" }),
  () => ({ a: [1, 2] }),
  () => JSON.parse(`{"a":{"b":1},"__proto__":{"z":1},"constructor":2}`),
  () => 5,
  () => null,
  () => ({
    get a() {
      throw new Error("boom")
    }
  })
]

const conditions = [
  "input.__proto__ == null",
  "input.constructor == null",
  "input[\"__proto__\"] == null",
  "input[\"constructor\"] == null",
  "input.a.constructor == null",
  "input.toString == null",
  "input.a.length > 0",
  "input.a.0.length == null",
  "results.__proto__ == null",
  "results.constructor == null",
  "results.a.__proto__ == null",
  "results[\"a\"] == null",
  "results.hasOwnProperty == null",
  "\"__proto__\" in input",
  "\"constructor\" in input.a",
  "input in input",
  "input == input",
  "input.a == input.a",
  "not not not true",
  "1e999 == 1e999",
  "-0 == 0",
  "1e999 > 0",
  "9007199254740993 == 9007199254740992",
  "\"\\u0061\" == \"a\"",
  "\"\\x\" == \"x\"",
  "'it''s' == 'a'",
  "\"a\" < \"b\" and \"B\" < \"a\"",
  "\"é\" == \"e\u0301\"",
  "\"\ud800\" == \"\ud800\"",
  "[] == []",
  "[[]] == [[]]",
  "[1,2] in [[1,2]]",
  "null in [null]",
  "null == null",
  "null < 1",
  "true and null",
  "1 and 1",
  "input and true",
  "[1,]",
  "[,]",
  "()",
  "",
  "   ",
  "true true",
  "true and",
  "and true",
  "a",
  "input",
  "input.",
  "input..a",
  "input[",
  "input[\"",
  "input[\"a]",
  "input[0]",
  "input.0",
  "item.a == 1",
  "index == 0",
  "input.a in \"abc\"",
  "\"\" in \"\"",
  "\"a\" in 5",
  "5 in \"5\"",
  "not in",
  "1 == 2 == 3",
  "(((((((((true)))))))))",
  "true" + " and true".repeat(2000),
  "not ".repeat(999) + "true",
  "input.a" + ".b".repeat(3000) + " == null",
  "\"" + "a".repeat(9990) + "\" == \"a\"",
  "[" + "1,".repeat(400) + "1] == 1",
  "0x10 == 16",
  "1_000 == 1000",
  ".5 > 0",
  "5. > 0",
  "+5 > 0",
  "--5 > 0",
  "1e5e5 > 0",
  "NaN == NaN",
  "Infinity > 0",
  "undefined == null",
  "input.a ?? 1",
  "input.a && true",
  "input.a = 1",
  "input.a === 1",
  "!true",
  "a.b",
  "process.exit(1)",
  "input.a; true",
  "`a`",
  "${input}",
  "{{input}}",
  "#true",
  "true # c",
  "true // c",
  "/(a+)+$/ == \"a\"",
  "results.b == 1",
  "results.a > 1 or results.a < 1",
  "\u202etrue",
  "tru\u0435",
  "ｔrue",
  "true\u0000",
  "true\u2028and true",
  "\ttrue\n"
]

/** Holds where nothing stands at the place: what a prototype has is not in the data. */
const absent = ["input.toString == null", "results.hasOwnProperty == null", "input.a.constructor == null"]

describe("a condition", () => {
  for (const condition of conditions) {
    it.live(`ends as it should: ${JSON.stringify(condition.slice(0, 40))}`, () =>
      Effect.gen(function*() {
        for (const input of inputs) {
          const ending = yield* settled(
            Effect.flatMap(pipeline(condition), (pipeline) => pipeline.run(input() as never))
          )
          assert.include(["answered", "PipelineSpecInvalid", "InvalidInput", "ConditionFailed"], ending)
        }
      }))
  }

  it.live("finds nothing in prototypes", () =>
    Effect.gen(function*() {
      for (const condition of absent) {
        const exit = yield* Effect.exit(
          Effect.flatMap(pipeline(condition), (pipeline) => pipeline.run({ a: {} } as never))
        )
        if (exit._tag === "Success") {
          assert.strictEqual(exit.value.value, 1, condition)
        }
      }
    }))
})
