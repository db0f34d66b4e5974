import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as PlainJson from "../../../src/boundary/blocking/PlainJson.ts"
import * as Sendable from "../../../src/boundary/blocking/Sendable.ts"
import { stopClocks } from "../../support/SpentTime.ts"

const arrives = (value: unknown) => Sendable.unpack(structuredClone(Sendable.pack(value)))

describe("Sendable", () => {
  it.effect.prop(
    "brings JSON across as it was",
    [Schema.Json],
    ([value]) => Effect.sync(() => assert.deepStrictEqual(arrives(value), value))
  )

  it("brings objects of many keys across as they were, alone and in a field", () => {
    const wide = (field: (at: number) => unknown, keys = 2_000) =>
      Object.fromEntries(Array.from({ length: keys }, (_, at) => [`key ${at}`, field(at)]))
    const fields: ReadonlyArray<(at: number) => unknown> = [
      (at) => at,
      (at) => `text ${at}`,
      (at) => [null, true, "x", 0.5][at % 4],
      (at) => at === 1_999 ? -0 : at,
      (at) => at === 1_999 ? Number.NaN : at,
      (at) => at === 1_999 ? undefined : at,
      (at) => at === 1_999 ? { a: [1] } : at,
      (at) => at === 1_999 ? new Date(1) : at,
      (at) => at === 1_999 ? 12n : at
    ]
    for (const field of fields) {
      const object = wide(field)
      for (const value of [object, { value: object, more: { a: 1 } }, { first: [1], value: object, wide: object }]) {
        const arrived = arrives(value)
        assert.deepStrictEqual(arrived, value)
        assert.deepStrictEqual(JSON.stringify(Object.keys(arrived as object)), JSON.stringify(Object.keys(value)))
      }
    }
    const numbered = Object.fromEntries(Array.from({ length: 2_000 }, (_, at) => [`${(at * 7) % 2_000}`, at]))
    assert.deepStrictEqual(arrives(numbered), numbered)
    const owned = JSON.parse(`{"__proto__": 1, ${JSON.stringify(wide((at) => at)).slice(1)}`)
    assert.deepStrictEqual(Object.entries(arrives(owned) as object), Object.entries(owned))
    const inside = { ["__proto__x"]: 1, value: owned }
    assert.deepStrictEqual(Object.keys((arrives(inside) as typeof inside).value), Object.keys(owned))
    assert.isObject(Sendable.pack(wide(() => "x".repeat(10_000))))
  })

  it("stops at an object of many keys whose getters take longer than the limit", () => {
    const spend = stopClocks()
    const slow = Object.defineProperties(
      {},
      Object.fromEntries(
        Array.from({ length: 20_000 }, (_, at) => [`key ${at}`, {
          enumerable: true,
          get: () => {
            spend(1)
            return 1
          }
        }])
      )
    )
    assert.throws(() => Sendable.pack(slow, performance.now() + 5), PlainJson.PackedLate)
    assert.throws(() => Sendable.pack({ value: slow }, performance.now() + 5), PlainJson.PackedLate)
  })

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
