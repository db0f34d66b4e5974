import { NodeFileSystem } from "@effect/platform-node"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import type { PlatformError } from "effect/PlatformError"
import { Agent, Manifest } from "greenlang"
import { readdir } from "node:fs/promises"

const fuel = `
name: FuelAgent
version: 1.2.0
description: Emissions of one fuel purchase
inputs:
  type: object
  properties:
    fuel: { type: string, enum: [natural gas, coal] }
    amount: { type: number, minimum: 0, description: in therms }
    lots:
      type: array
      items: { type: integer }
  required: [fuel, amount]
`

/** Loads a manifest that holds `text`. */
const load = (text: string) =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const path = `${yield* files.makeTempDirectoryScoped()}/agent.yaml`
    yield* files.writeFileString(path, text)
    return { path, manifest: yield* Effect.result(Manifest.load(path)) }
  })

const invalid = (text: string) =>
  Effect.map(load(text), ({ manifest, path }) => {
    assert(manifest._tag === "Failure" && manifest.failure._tag === "ManifestInvalid")
    assert.strictEqual(manifest.failure.path, path)
    assert.include(manifest.failure.message, `${path} does not describe an agent:`)
    return manifest.failure.issues
  })

describe("a manifest", () => {
  it.effect("gives the agent its name, version and description [B2]", () =>
    Effect.gen(function*() {
      const { manifest } = yield* load(fuel)
      assert(manifest._tag === "Success")
      const { description, input, name, version } = manifest.success
      const agent = Agent.make(name, { version, description, input, output: input, execute: Effect.succeed })
      const { metadata } = yield* agent.run({ fuel: "coal", amount: 1 })
      assert.strictEqual(metadata.agent, "FuelAgent")
      assert.strictEqual(metadata.version, "1.2.0")
      assert.strictEqual(agent.description, "Emissions of one fuel purchase")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("checks the input as its inputs section says [B2] [B30]", () =>
    Effect.gen(function*() {
      const { manifest } = yield* load(fuel)
      assert(manifest._tag === "Success")
      const { input, name, version } = manifest.success
      const agent = Agent.make(name, { version, input, output: input, execute: Effect.succeed })
      const error = yield* Effect.flip(agent.run({ fuel: "wood", lots: [1, "2"] }))
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues.map(({ expected, path }) => [path, expected]), [
        ["fuel", "one of natural gas, coal"],
        ["amount", "a number (in therms)"],
        ["lots.1", "an integer"]
      ])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("that is not there is named [B5]", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Manifest.load("/no/such/folder/agent.yaml"))
      assert(error._tag === "ManifestNotFound")
      assert.strictEqual(error.path, "/no/such/folder/agent.yaml")
      assert.include(error.message, "/no/such/folder/agent.yaml")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("that cannot be read fails as the file system does [B5]", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const error = yield* Effect.flip(Manifest.load(yield* files.makeTempDirectoryScoped()))
      assert.strictEqual(error._tag, "PlatformError")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("that lacks something is named, with every issue [B6]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* invalid("version: 1.0\ndescription: [1]\ninputs: none"), [
        { path: "name", message: "is missing", expected: "a string" },
        { path: "version", message: "Expected a string", expected: `a string (put a number in quotes, as "1.0")` },
        { path: "description", message: "Expected a string", expected: "a string" },
        { path: "inputs", message: "Expected an object", expected: "an object" }
      ])
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("that is not YAML, or empty, or has no JSON Schema for its inputs, is named [B6]", () =>
    Effect.gen(function*() {
      const [broken] = yield* invalid(`name: "unterminated`)
      assert.strictEqual(broken?.path, "")
      assert.match(broken?.message ?? "", /Unterminated/)
      assert.strictEqual((yield* invalid(""))[0]?.path, "")
      const [schema] = yield* invalid(
        "{ name: A, version: v1, inputs: { type: object, if: { type: string }, then: false } }"
      )
      assert.strictEqual(schema?.path, "inputs")
      assert.include(schema?.message, "if")
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.live("is read without blocking, and its file handle released [B7]", () =>
    Effect.gen(function*() {
      const open = () => readdir("/proc/self/fd").then(({ length }) => length)
      const files = yield* FileSystem.FileSystem
      const path = `${yield* files.makeTempDirectoryScoped()}/agent.yaml`
      yield* files.writeFileString(path, fuel)
      yield* Manifest.load(path)
      const before = yield* Effect.promise(open)
      let turns = 0
      const ticking = setInterval(() => turns++, 0)
      yield* Effect.forEach(Array.from({ length: 50 }), () => Manifest.load(path), { concurrency: 50 })
      clearInterval(ticking)
      assert.isAbove(turns, 0)
      assert.isAtMost(yield* Effect.promise(open), before)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it.effect("without inputs accepts any [B8]", () =>
    Effect.gen(function*() {
      const { manifest } = yield* load("{ name: Any, version: 1.0.0 }")
      assert(manifest._tag === "Success")
      const { description, input, name, version } = manifest.success
      assert.strictEqual(description, "")
      const agent = Agent.make(name, { version, input, output: input, execute: Effect.succeed })
      for (const given of [1, "a", { b: [null] }]) assert.deepStrictEqual((yield* agent.run(given)).value, given)
    }).pipe(Effect.provide(NodeFileSystem.layer)))

  it("says in its type what may go wrong", () => {
    expectTypeOf(Manifest.load).returns.toEqualTypeOf<
      Effect.Effect<Manifest.Manifest, Manifest.ManifestNotFound | Manifest.ManifestInvalid | PlatformError>
    >()
  })
})
