import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as Sendable from "../../../src/boundary/blocking/Sendable.ts"

const arrives = (value: unknown) => Sendable.unpack(structuredClone(Sendable.pack(value)))

describe("Sendable", () => {
  it.effect.prop(
    "brings JSON across as it was",
    [Schema.Json],
    ([value]) => Effect.sync(() => assert.deepStrictEqual(arrives(value), value))
  )

  it("sends many small values as text, and long strings as they are", () => {
    assert.isString(Sendable.pack({ a: 1, b: ["c"] }))
    assert.isObject(Sendable.pack({ text: "x".repeat(10_000) }))
    assert.isObject(Sendable.pack({ a: undefined }))
  })

  it("names the place of what would not arrive", () => {
    const places: ReadonlyArray<readonly [value: unknown, path: string, what: string]> = [
      [() => 1, "", "a function"],
      [{ a: [1, Symbol.iterator] }, "a.1", "a symbol"],
      [{ a: Option.none() }, "a", "an instance of"],
      [new Map([["key", new Error("x")]]), "key", "an instance of Error"],
      [new Set([Effect.void]), "(an object as key)", "an instance of"]
    ]
    for (const [value, path, what] of places) {
      try {
        Sendable.pack(value)
        assert.fail("it was sent")
      } catch (error) {
        assert.instanceOf(error, Sendable.Unsendable)
        assert.strictEqual(error.path, path)
        assert.include(error.what, what)
      }
    }
  })
})
