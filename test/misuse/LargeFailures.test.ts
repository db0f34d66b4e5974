/** Failures that are large values: they are shown by their size. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as JsonOutput from "../../src/agent/internal/JsonOutput.ts"
import * as TaggedMessage from "../../src/agent/internal/TaggedMessage.ts"

describe("a failure", () => {
  it("that is a large bigint is shown by its size", () => {
    const large = 1n << 8_000_000n
    const shown = "a bigint of more than 1000 digits"
    assert.deepStrictEqual(TaggedMessage.of(large), { _tag: "bigint", message: shown })
    assert.strictEqual(TaggedMessage.of(-large).message, "a bigint below zero of more than 1000 digits")
    assert.strictEqual(
      TaggedMessage.of({ _tag: "Lost", at: large, in: [large] }).message,
      `at is ${shown}, in is [${shown}]`
    )
    assert.strictEqual(TaggedMessage.of(10n ** 999n).message, `1${"0".repeat(999)}`)
  })
})

describe("an answer that JSON cannot hold", () => {
  const unheld: ReadonlyArray<readonly [path: string, answer: unknown]> = [
    ["", Infinity],
    ["a", { a: Infinity }],
    ["a.1", { a: [1, NaN] }],
    ["a", { a: 1n }],
    ["a", { a: () => 1 }],
    ["b.c", { a: "Infinity", b: { c: new Map() } }]
  ]
  for (const [path, answer] of unheld) {
    it.effect(`is InvalidOutput that names ${path === "" ? "the whole value" : path}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(JsonOutput.encoder("Wide", Schema.Unknown)(answer))
        assert.strictEqual(error._tag, "InvalidOutput")
        assert.strictEqual(error.agent, "Wide")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), [path])
        const Inside = Schema.Struct({ at: Schema.Date, value: Schema.Unknown })
        const inside = yield* Effect.flip(JsonOutput.encoder("Wide", Inside)({ at: new Date(0), value: answer }))
        assert.deepStrictEqual(inside.issues.map(({ path }) => path), [path === "" ? "value" : `value.${path}`])
      }))
  }
})
