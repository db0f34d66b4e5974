import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"
import { Cases, Difference } from "greenlang/testing"

class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", { size: Schema.Finite }) {}

const Box = Agent.make("Box", {
  version: "1",
  input: Schema.Struct({ size: Schema.Finite }),
  output: Schema.Struct({
    volume: Schema.Finite,
    sides: Schema.Array(Schema.Struct({ name: Schema.String, area: Schema.Finite }))
  }),
  error: TooLarge,
  execute: ({ size }) => {
    if (size > 100) return Effect.fail(new TooLarge({ size }))
    if (size < 0) return Effect.die(new Error("no such box"))
    return Effect.succeed({
      volume: size ** 3,
      sides: ["top", "bottom"].map((name) => ({ name, area: size ** 2 }))
    })
  }
})

describe("Cases", () => {
  it.effect("passes what is near enough, and asks for no field that is not expected", () =>
    Effect.gen(function*() {
      const report = yield* Cases.verify(Box, [
        { id: "relative", input: { size: 10 }, expected: { volume: 1009 }, tolerance: { rel: 0.01 } },
        { id: "absolute", input: { size: 10 }, expected: { volume: 990 }, tolerance: { abs: 10 } },
        { id: "deep", input: { size: 2 }, expected: { sides: [{ area: 4 }, { name: "bottom" }] } },
        { id: "fails", input: { size: 101 }, fails: "TooLarge" },
        { id: "unreadable", input: { size: NaN }, fails: "InvalidInput" }
      ])
      assert.deepStrictEqual([report.passed, report.failed], [5, 0])
      assert.strictEqual(Cases.render(report), "5 of 5 cases passed")
    }))

  it.effect("names each field that differs, and leaves the other cases", () =>
    Effect.gen(function*() {
      const { message, report } = yield* Effect.flip(Cases.verify(Box, [
        { id: "near", input: { size: 10 }, expected: { volume: 1001 } },
        { id: "exact", input: { size: 10 }, expected: { volume: 1001 }, tolerance: { rel: 1, exact: true } },
        { id: "two", input: { size: 2 }, expected: { volume: 9, sides: [{ name: "top" }, { name: "left", area: 4 }] } },
        { id: "more", input: { size: 2 }, expected: { sides: [{}, {}, { name: "third" }] } },
        { id: "fewer", input: { size: 2 }, expected: { sides: [{}] } },
        { id: "failed", input: { size: 101 }, expected: { volume: 1 } },
        { id: "died", input: { size: -1 }, expected: { volume: 1 } },
        { id: "lived", input: { size: 1 }, fails: "TooLarge" },
        { id: "well", input: { size: 1 }, expected: { volume: 1 } }
      ], { concurrency: 2 }))
      assert.deepStrictEqual([report.passed, report.failed], [1, 8])
      assert.deepStrictEqual(report.results.map(({ id }) => id).at(-1), "well")
      assert.deepStrictEqual(message.split("\n"), [
        "1 of 9 cases passed",
        "  near: volume: expected 1001, got 1000",
        "  exact: volume: expected 1001, got 1000",
        "  two: volume: expected 9, got 8",
        "  two: sides.1.name: expected \"left\", got \"bottom\"",
        "  more: sides.2: expected {\"name\":\"third\"}, got nothing",
        "  fewer: sides.1: expected nothing, got {\"name\":\"bottom\",\"area\":4}",
        "  failed: (the whole value): expected {\"volume\":1}, got TooLarge {\"_tag\":\"TooLarge\",\"size\":101}",
        "  died: (the whole value): expected {\"volume\":1}, got Error: no such box",
        "  lived: (the whole value): expected \"TooLarge\", got "
        + "{\"volume\":1,\"sides\":[{\"name\":\"top\",\"area\":1},{\"name\":\"bottom\",\"area\":1}]}"
      ])
    }))

  it.effect("takes no defect for the error of its tag", () =>
    Effect.gen(function*() {
      const report = yield* Cases.run((dies: boolean) => {
        const error = new TooLarge({ size: 1 })
        return dies ? Effect.die(error) : Effect.fail(error)
      }, [{ id: "fails", input: false, fails: "TooLarge" }, { id: "dies", input: true, fails: "TooLarge" }])
      assert.deepStrictEqual(report.results.map(({ differences }) => differences.length), [0, 1])
    }))

  it.effect("runs any function to an effect", () =>
    Effect.gen(function*() {
      const half = (n: number) => n === 0 ? Effect.fail("zero" as const) : Effect.succeed(n / 2)
      const report = yield* Cases.run(half, [{ id: "a", input: 4, expected: 2 }, { id: "b", input: 4, expected: 3 }])
      assert.deepStrictEqual(report.results, [
        { id: "a", differences: [] },
        { id: "b", differences: [{ path: "", expected: 3, actual: 2 }] }
      ])
    }))

  it("knows the fields of the agent", () => {
    type Row = Cases.Case<{ readonly size: number }, Agent.Output<typeof Box>>
    expectTypeOf<{ id: "a"; input: { size: 1 }; expected: { sides: [{ area: 1 }] } }>().toExtend<Row>()
    expectTypeOf<{ id: "a"; input: { size: 1 }; expected: { sides: [{ area: "1" }] } }>().not.toExtend<Row>()
    expectTypeOf<{ id: "a"; input: { size: 1 } }>().not.toExtend<Row>()
  })
})

describe("Difference", () => {
  it("sees fields that are too many, by default", () => {
    assert.deepStrictEqual(Difference.between({ a: 1 }, { a: 1, b: { c: 2 } }), [
      { path: "b", expected: undefined, actual: { c: 2 } }
    ])
    assert.deepStrictEqual(Difference.between({ a: 1 }, { a: 1, b: 2 }, { partial: true }), [])
  })

  it("takes no text for a number, and NaN for itself", () => {
    assert.lengthOf(Difference.between(1, "1", { tolerance: { abs: 1 } }), 1)
    assert.lengthOf(Difference.between(NaN, 1, { tolerance: { abs: 1 } }), 1)
    assert.lengthOf(Difference.between(NaN, NaN), 0)
  })
})
