import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option, Schema } from "effect"
import { Agent, Manifest, PipelineSpec } from "greenlang"
import * as DataPackFile from "greenlang/climate/tables/DataPackFile"
import * as Printable from "greenlang/render/Printable"
import { readdirSync, unlinkSync, writeFileSync } from "node:fs"
import { open } from "node:fs/promises"
import { join } from "node:path"
import * as ForeignFile from "../../src/internal/ForeignFile.ts"
import * as CassetteFile from "../../src/testing/CassetteFile.ts"
import * as Unreadable from "../support/Unreadable.ts"

const MiB = 1024 * 1024

/** Files of this process that are open. */
const openFiles = () => readdirSync("/proc/self/fd").length

describe("a file from elsewhere", () => {
  it.live("is text, or says what stands at its path", () =>
    Effect.gen(function*() {
      const { folder, kinds } = yield* Unreadable.make(".txt")
      writeFileSync(join(folder, "fine.txt"), "\ufeffgrün")
      assert.strictEqual(yield* ForeignFile.text(join(folder, "fine.txt"), { mostBytes: MiB }), "grün")
      for (const { path, words } of kinds) {
        const { reason } = yield* Effect.flip(ForeignFile.text(path, { mostBytes: MiB }))
        assert.match(reason.description!, words, path)
        assert.strictEqual("pathOrDescriptor" in reason && reason.pathOrDescriptor, path)
      }
    }).pipe(Effect.scoped))

  it.live("is refused by every reader of the library with its own error, which names it", () =>
    Effect.gen(function*() {
      const agents = [
        Agent.make("A", { version: "1", input: Schema.Json, output: Schema.Json, execute: Effect.succeed })
      ]
      const readers: ReadonlyArray<
        readonly [name: string, read: (path: string) => Effect.Effect<unknown, { readonly message: string }>]
      > = [
        ["pipeline file", (path) => PipelineSpec.load(path, { agents })],
        ["manifest", Manifest.load],
        ["data pack", DataPackFile.read],
        ["cassette", (path) => CassetteFile.read(path, CassetteFile.CassetteFile)]
      ]
      const { kinds } = yield* Unreadable.make(".yaml")
      const before = openFiles()
      let tried = 0
      yield* Effect.forEach(readers, ([name, read]) =>
        Effect.forEach(kinds, ({ path }) =>
          Effect.gen(function*() {
            const { message } = yield* Effect.flip(read(path))
            // Without what a terminal would obey, in the one message or the other.
            assert.include(Printable.text(message), Printable.text(path), name)
            tried++
          }), { concurrency: "unbounded" }), { concurrency: "unbounded" })
      assert.isAtLeast(tried, 40)
      assert.isAtMost(openFiles(), before)
    }).pipe(Effect.scoped))

  it.live("is bounded by what is read, not by what it claims", () =>
    Effect.gen(function*() {
      // a file without an end that claims to be empty
      const { reason } = yield* Effect.flip(ForeignFile.text("/proc/self/pagemap", { mostBytes: MiB }))
      assert.strictEqual(reason.description, "it is larger than 1 MiB")
    }))

  it.live("may be a pipe with a writer, also a late one", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".txt")
      const path = yield* Unreadable.pipe(folder, "late.txt")
      const reading = yield* Effect.forkChild(ForeignFile.text(path, { mostBytes: MiB }))
      const writer = yield* Effect.promise(() => open(path, "w"))
      yield* Effect.promise(() => writer.write("first, "))
      yield* Effect.promise(() => writer.write("x".repeat(200_000)))
      yield* Effect.promise(() => writer.close())
      assert.lengthOf(yield* Fiber.join(reading), 200_007)
    }).pipe(Effect.scoped))

  it.live("is let go when its reader is interrupted", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".txt")
      const path = yield* Unreadable.pipe(folder, "quiet.txt")
      const before = openFiles()
      const reading = yield* Effect.forkChild(ForeignFile.text(path, { mostBytes: MiB }))
      const writer = yield* Effect.promise(() => open(path, "w"))
      yield* Fiber.interrupt(reading)
      yield* Effect.promise(() => writer.close())
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => openFiles() <= before }))
      assert.isAtMost(openFiles(), before)
    }).pipe(Effect.scoped))

  it.live("may go while it is read", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".txt")
      const path = join(folder, "gone.txt")
      const text = "x".repeat(MiB - 1)
      for (let round = 0; round < 20; round++) {
        writeFileSync(path, text)
        const reading = yield* Effect.forkChild(Effect.result(ForeignFile.text(path, { mostBytes: MiB })))
        for (let turn = 0; turn < round; turn++) yield* Effect.yieldNow
        unlinkSync(path)
        const read = yield* Fiber.join(reading)
        if (read._tag === "Success") assert.strictEqual(read.success, text)
        else assert.strictEqual(read.failure.reason._tag, "NotFound")
      }
    }).pipe(Effect.scoped))

  it.live("has a size that is checked at its limit", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".txt")
      const path = join(folder, "limit.txt")
      for (const [size, fits] of [[100_000, true], [100_001, false]] as const) {
        writeFileSync(path, "x".repeat(size))
        const read = yield* Effect.option(ForeignFile.text(path, { mostBytes: 100_000 }))
        assert.strictEqual(Option.isSome(read), fits)
      }
    }).pipe(Effect.scoped))
})
