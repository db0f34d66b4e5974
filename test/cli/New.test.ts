import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, PlatformError } from "effect"
import * as NewProject from "greenlang/cli/NewProject"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CommandLine from "../support/CommandLine.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-new-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** A disk that is full after three files. */
const full = Layer.effect(
  FileSystem.FileSystem,
  Effect.map(FileSystem.FileSystem, (real) => {
    let left = 3
    return FileSystem.FileSystem.of({
      ...real,
      writeFileString: (path, text, options) =>
        left-- > 0
          ? real.writeFileString(path, text, options)
          : Effect.fail(
            PlatformError.systemError({
              _tag: "WriteZero",
              module: "FileSystem",
              method: "writeFile",
              pathOrDescriptor: path
            })
          )
    })
  })
)

describe("greenlang new", () => {
  it.effect.runIf(process.platform === "linux")(
    "ends where a file system takes no folders",
    () =>
      Effect.gen(function*() {
        for (const root of ["/proc/demo", "/proc/demo/inside", "/proc/self/fd/demo", "/dev/null/demo"]) {
          const { code, stderr } = yield* CommandLine.run(["new", root])
          assert.strictEqual(code, 2, root)
          assert.match(stderr, /cannot be made: \//, root)
        }
      })
  )

  it.effect("writes every file of the template, under a name that npm takes", () =>
    Effect.gen(function*() {
      const root = join(yield* folder, "My Agents!")
      const { code, stderr, stdout } = yield* CommandLine.run(["new", root], { terminal: true })
      assert.deepStrictEqual([code, stderr], [0, ""])
      assert.include(stdout, "npm test")
      assert.deepStrictEqual(readdirSync(root).toSorted(), [
        ".gitignore",
        "README.md",
        "greenlang.config.ts",
        "package.json",
        "src",
        "test",
        "tsconfig.json"
      ])
      const { dependencies, name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
      assert.strictEqual(name, "my-agents-")
      assert.match(dependencies.greenlang, /^\^\d+\.\d+\.\d+$/)
      assert.match(dependencies.effect, /\d/)
    }))

  it.effect("names what is wrong with a place where no directory can be, and writes into an empty repository", () =>
    Effect.gen(function*() {
      const root = yield* folder
      writeFileSync(join(root, "afile"), "")
      symlinkSync(join(root, "nowhere"), join(root, "dangling"))
      for (const name of ["afile/sub", "afile", "dangling", "x".repeat(300), "node_modules"]) {
        const { code, stderr } = yield* CommandLine.run(["new", join(root, name)])
        assert.strictEqual(code, 2, `${name}: ${stderr}`)
        assert.include(stderr, name)
        assert.notInclude(stderr, "PlatformError")
      }
      assert.deepStrictEqual(readdirSync(root).toSorted(), ["afile", "dangling"])
      mkdirSync(join(root, "repository/.git"), { recursive: true })
      const made = yield* CommandLine.run(["new", join(root, "repository")])
      assert.deepStrictEqual([made.code, made.stderr], [0, ""])
      assert.include(readdirSync(join(root, "repository")), "package.json")
    }))

  it.effect("refuses a name that is empty or has control characters", () =>
    Effect.gen(function*() {
      for (const name of ["", " ", "a\nb", "\u001b[2J"]) {
        const { code, stderr } = yield* CommandLine.run(["new", name], { terminal: true })
        assert.strictEqual(code, 2, JSON.stringify(name))
        assert.include(stderr, "cannot be the name of a directory")
      }
    }))

  it.effect("takes an empty directory, and refuses one that is not, and a file", () =>
    Effect.gen(function*() {
      const root = yield* folder
      assert.strictEqual((yield* CommandLine.run(["new", root])).code, 0)
      const again = yield* CommandLine.run(["new", root])
      assert.strictEqual(again.code, 2)
      assert.include(again.stderr, `This directory is not empty: ${root}`)
      const file = yield* CommandLine.run(["new", join(root, "README.md")])
      assert.strictEqual(file.code, 2)
      assert.include(file.stderr, "This is a file")
      const below = yield* CommandLine.run(["new", join(root, "README.md/demo"), "--json"])
      assert.strictEqual(below.code, 2)
      assert.include(below.stderr, "This directory cannot be made")
    }))

  it.effect("leaves nothing behind where it cannot write all", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const made = join(root, "made")
      const empty = join(root, "empty")
      mkdirSync(empty)
      for (const path of [made, empty]) {
        const error = yield* Effect.flip(Effect.provide(NewProject.write(path), Layer.fresh(full)))
        assert.strictEqual(error._tag, "PlatformError")
      }
      assert.isFalse(existsSync(made))
      assert.deepStrictEqual(readdirSync(empty), [])
    }).pipe(Effect.provide(NodeServices.layer)))
})
