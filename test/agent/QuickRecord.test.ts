/** Records by any key, which are read in one walk where their schema allows it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"

const read = <A>(values: Schema.Codec<A>, input: unknown) =>
  Effect.gen(function*() {
    let seen: unknown
    const Reads = Agent.make("Reads", {
      version: "1.0.0",
      input: Schema.Record(Schema.String, values),
      output: Schema.Finite,
      execute: (record) =>
        Effect.sync(() => {
          seen = record
          return 1
        })
    })
    const exit = yield* Effect.exit(Reads.run(input as never))
    return exit._tag === "Success" ? seen : String(exit)
  })

const bySchema = (values: Schema.Codec<unknown>, input: unknown) =>
  Schema.decodeUnknownSync(Schema.Record(Schema.String, values))(input)

const own = (key: string, value: unknown) =>
  Object.defineProperty({ a: 1 }, key, { value, enumerable: true, configurable: true, writable: true })

describe("a record by any key", () => {
  it.effect("is read as its schema reads it", () =>
    Effect.gen(function*() {
      const symbol = Symbol("s")
      for (
        const [values, input] of [
          [Schema.Finite, {}],
          [Schema.Finite, { b: 1, a: 2, 7: 3 }],
          [Schema.Number, { a: NaN, b: Infinity }],
          [Schema.String, { a: "x", password: "hx7-Qm2-Lp9Zt" }],
          [Schema.Boolean, { a: true }],
          [Schema.Finite, Object.assign(Object.create(null), { a: 1 })],
          [Schema.Finite, Object.create({ inherited: 1 }, { a: { value: 1, enumerable: true } })],
          [Schema.Finite, { a: 1, [symbol]: 2 }],
          [Schema.Finite, own("__proto__", 2)],
          [Schema.Finite, new Proxy({ a: 1 }, {})]
        ] as ReadonlyArray<readonly [Schema.Codec<unknown>, object]>
      ) {
        const seen = yield* read(values, input)
        assert.deepStrictEqual(seen, bySchema(values, input))
        assert.deepStrictEqual(Object.keys(seen as object), Object.keys(input))
        assert.notStrictEqual(seen, input)
      }
    }))

  it.effect("is refused with each of its issues", () =>
    Effect.gen(function*() {
      const wrong = yield* read(Schema.Finite, { a: "x", b: 1, c: NaN })
      assert.match(String(wrong), /InvalidInput.*a: .*c: /s)
      assert.include(String(yield* read(Schema.String, { a: 1 })), "InvalidInput")
      assert.include(String(yield* read(Schema.Int, { a: 1.5 })), "InvalidInput")
      const throws = {
        get a() {
          throw new Error("no")
        }
      }
      assert.match(String(yield* read(Schema.Finite, throws)), /InvalidInput.*a: .*cannot be read/s)
    }))
})
