import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Option, Schema, Stdio, Stream } from "effect"
import * as Input from "greenlang/cli/Input"

const reader = {
  name: "FuelAgent",
  input: Schema.Struct({
    amount: Schema.Finite.annotate({ description: "how much, in therms" }),
    country: Schema.optionalKey(Schema.String)
  })
}

const fault = (text: string) => Effect.map(Effect.flip(Input.parse(text, "The input")), ({ message }) => message)

const standardInput = (text: string) =>
  Layer.merge(
    NodeServices.layer,
    Stdio.layerTest({ stdin: Stream.make(new TextEncoder().encode(text)) })
  )

describe("Input", () => {
  it.effect("points at the place of the first mistake", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* fault(`{"amount":5,}`),
        `The input is not JSON that can be read: expected the name of a field in double quotes, at line 1, column 13.\n`
          + `  {"amount":5,}\n              ^`
      )
      assert.strictEqual(
        yield* fault(`{\n  "amount": five\n}`),
        `The input is not JSON that can be read: expected a value, at line 2, column 13.\n    "amount": five\n              ^`
      )
      assert.include(yield* fault(`{"a":"x","b":x}`), "column 14.")
      assert.include(yield* fault(`{"amount":5\n`), "line 1, column 12.")
      assert.include(yield* fault(`[1, 2`), "line 1, column 6.")
      assert.include(yield* fault(`{"amount":5} 6`), "line 1, column 14.")
      assert.strictEqual(yield* fault(" \n"), "The input is empty.\nIt should be JSON.")
    }))

  it.effect("shows the wrong part of a long line", () =>
    Effect.gen(function*() {
      const [, excerpt = "", arrow = ""] = (yield* fault(`[${"1,".repeat(500)}]`)).split("\n")
      assert.isBelow(excerpt.length, 100)
      assert.strictEqual(excerpt[arrow.indexOf("^")], "]")
    }))

  it.effect("reads a file", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = `${yield* fileSystem.makeTempDirectoryScoped()}/input.json`
      yield* fileSystem.writeFileString(path, `{"amount":5}`)
      const value = yield* Input.read({ json: Option.none(), file: Option.some(path) }, reader)
      assert.deepStrictEqual(value, { amount: 5 })
      yield* fileSystem.writeFileString(path, `{"amount":}`)
      const broken = yield* Effect.flip(Input.read({ json: Option.none(), file: Option.some(path) }, reader))
      assert.include(broken.message, `${path} is not JSON`)
      const missing = yield* Effect.flip(Input.read({ json: Option.none(), file: Option.some(`${path}x`) }, reader))
      assert.strictEqual(missing.message, `There is no such file: ${path}x`)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("stops reading at the limit, and names it", () =>
    Effect.gen(function*() {
      const chunk = new Uint8Array(2 ** 20).fill(0x20)
      const endless = Layer.merge(NodeServices.layer, Stdio.layerTest({ stdin: Stream.forever(Stream.make(chunk)) }))
      const read = Input.read({ json: Option.some("-"), file: Option.none() }, reader)
      const { message } = yield* Effect.flip(Effect.provide(read, endless))
      assert.strictEqual(message, "Standard input is larger than 64 MiB, the limit of an input.")
    }))

  it.effect("reads standard input for a dash", () =>
    Effect.gen(function*() {
      const dash = Option.some("-")
      assert.deepStrictEqual(yield* Input.read({ json: dash, file: Option.none() }, reader), { amount: 7 })
      assert.deepStrictEqual(yield* Input.read({ json: Option.none(), file: dash }, reader), { amount: 7 })
    }).pipe(Effect.provide(standardInput(`{"amount":7}`))))

  it.effect("needs exactly one input, and lists its fields", () =>
    Effect.gen(function*() {
      const none = yield* Effect.flip(Input.read({ json: Option.none(), file: Option.none() }, reader))
      assert.include(none.message, "FuelAgent needs an input.")
      assert.match(none.message, /^ {2}amount {4}how much, in therms$/m)
      assert.match(none.message, /^ {2}country\? {2}string$/m)
      const two = yield* Effect.flip(Input.read({ json: Option.some("{}"), file: Option.some("x") }, reader))
      assert.include(two.message, "There are two inputs.")
    }).pipe(Effect.provide(NodeServices.layer)))
})
