import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, HashMap, Option, Redacted, Schema } from "effect"
import * as Recorded from "../../src/internal/SafeJson.ts"

const Secret = Schema.Redacted(Schema.String)
const hidden = Redacted.make("hunter2")

class Account extends Schema.Class<Account>("Account")({ user: Schema.String, key: Secret }) {}

interface Tree {
  readonly key: Redacted.Redacted
  readonly below: ReadonlyArray<Tree>
}
const Tree = Schema.Struct({
  key: Secret,
  below: Schema.Array(Schema.suspend((): Schema.Codec<Tree, unknown> => Tree))
})

describe("JSON from outside", () => {
  const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`

  it("is refused where it has more than 1,000 levels, before it is parsed", () => {
    const deep = /nested more than 1000 levels deep/
    assert.throws(() => Recorded.parse(lists(1_001)), deep)
    assert.throws(() => Recorded.parse("[".repeat(8_000_000)), deep)
    assert.throws(() => Recorded.parse("{\"a\":".repeat(1_001)), deep)
    assert.throws(() => Recorded.parse(`${JSON.stringify("\\")}${"[".repeat(1_001)}`), deep)
  })

  it("is read where it is long, and where its texts hold brackets", () => {
    assert.deepStrictEqual(Recorded.parse(lists(1_000)), JSON.parse(lists(1_000)))
    for (const value of ["[".repeat(5_000), `\\"${"{".repeat(5_000)}`, Array.from({ length: 5_000 }, () => [{}])]) {
      assert.deepStrictEqual(Recorded.parse(JSON.stringify(value)), value)
    }
  })

  it("fails as `JSON.parse` does where it is not JSON, also where a text has no end", () => {
    for (const text of ["", "[1,]", "\"open", "\"open\\", "]]]"]) assert.throws(() => Recorded.parse(text), SyntaxError)
  })
})

describe("Recorded", () => {
  it.effect("encodes by the schema", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({
        at: Schema.DateTimeUtc,
        all: Schema.Array(Schema.Finite),
        none: Schema.Option(Schema.Finite)
      })
      const value = { at: DateTime.makeUnsafe(0), all: [1, 2], none: Option.none() }
      assert.deepInclude(yield* Recorded.toJson(schema, value), { at: "1970-01-01T00:00:00.000Z", all: [1, 2] })
    }))

  it.effect.each<{ place: string; schema: Schema.Constraint; value: unknown; json?: Schema.Json }>([
    { place: "alone", schema: Secret, value: hidden, json: "<redacted>" },
    {
      place: "in a class",
      schema: Account,
      value: new Account({ user: "ada", key: hidden }),
      json: { user: "ada", key: "<redacted>" }
    },
    {
      place: "in lists of structs",
      schema: Schema.Array(Schema.Struct({ n: Schema.Finite, key: Secret })),
      value: [{ n: 1, key: hidden }, { n: 2, key: hidden }],
      json: [{ n: 1, key: "<redacted>" }, { n: 2, key: "<redacted>" }]
    },
    {
      place: "of a number",
      schema: Schema.Struct({ pin: Schema.Redacted(Schema.Finite) }),
      value: { pin: Redacted.make(42) },
      json: { pin: "<redacted>" }
    },
    {
      place: "decoded from a plain value",
      schema: Schema.Struct({ key: Schema.RedactedFromValue(Schema.String) }),
      value: { key: hidden },
      json: { key: "<redacted>" }
    },
    {
      place: "in an option",
      schema: Schema.Struct({ key: Schema.Option(Secret) }),
      value: { key: Option.some(hidden) }
    },
    {
      place: "in a map",
      schema: Schema.Struct({ keys: Schema.ReadonlyMap(Schema.String, Secret) }),
      value: { keys: new Map([["a", hidden]]) }
    },
    {
      place: "as the key of a map",
      schema: Schema.ReadonlyMap(Secret, Schema.String),
      value: new Map([[hidden, "a"]])
    },
    { place: "in a hash map", schema: Schema.HashMap(Schema.String, Secret), value: HashMap.make(["a", hidden]) },
    {
      place: "that is optional",
      schema: Schema.Struct({ key: Schema.optionalKey(Secret), other: Schema.optional(Secret) }),
      value: { key: hidden },
      json: { key: "<redacted>" }
    },
    {
      place: "that is annotated and checked",
      schema: Schema.Struct({ key: Secret.check(Schema.makeFilter(() => true)).annotate({ description: "a key" }) }),
      value: { key: hidden },
      json: { key: "<redacted>" }
    },
    {
      place: "of a type that names itself",
      schema: Tree,
      value: { key: hidden, below: [{ key: hidden, below: [] }] },
      json: { key: "<redacted>", below: [{ key: "<redacted>", below: [] }] }
    },
    {
      place: "in a union",
      schema: Schema.Union([Schema.Finite, Schema.TaggedStruct("Key", { key: Secret })]),
      value: { _tag: "Key", key: hidden },
      json: { _tag: "Key", key: "<redacted>" }
    },
    { place: "in a set", schema: Schema.ReadonlySet(Secret), value: new Set([hidden]) },
    { place: "in unknown data", schema: Schema.Struct({ any: Schema.Unknown }), value: { any: { key: hidden } } }
  ])("masks a secret $place", ({ json, schema, value }) =>
    Effect.gen(function*() {
      const recorded = yield* Recorded.toJson(schema, value)
      assert.notInclude(JSON.stringify(recorded) ?? "", "hunter2")
      assert.notInclude(JSON.stringify(recorded) ?? "", "42")
      if (json !== undefined) assert.deepStrictEqual(recorded, json)
    }))

  it.effect("answers with nothing where JSON cannot hold the value", () =>
    Effect.gen(function*() {
      const loop: Record<string, unknown> = {}
      loop["self"] = loop
      assert.isUndefined(yield* Recorded.toJson(Schema.Unknown, () => 1))
      assert.isUndefined(yield* Recorded.toJson(Schema.Json, { at: new Date() }))
      assert.isUndefined(yield* Recorded.toJson(Schema.Unknown, loop))
    }))
})
