/**
 * Packs the package, installs it in an empty project, and uses it there as a stranger would.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { globSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as ExampleProgram from "./support/ExampleProgram.ts"
import * as Installed from "./support/Installed.ts"

const root = join(import.meta.dirname, "..")
const tsc = join(root, "node_modules/.bin/tsc")
const execute = promisify(execFile)

let folder: string
let project: string
/** What `npm install` printed. */
let installing: string

/** What `command` prints in the folder `cwd`. */
const run = async (cwd: string, command: string, ...args: ReadonlyArray<string>) => {
  try {
    return (await execute(command, args, { cwd })).stdout.trim()
  } catch (cause) {
    const { stderr, stdout } = cause as { readonly stderr: string; readonly stdout: string }
    throw new Error([command, ...args, stdout, stderr].join(" "), { cause })
  }
}

/** Packs what `npm run build` would build, outside of the repository: its `dist` may be in use. */
const pack = async () => {
  const printed = await run(await Installed.build(), "npm", "pack", "--ignore-scripts", "--pack-destination", folder)
  return join(folder, printed.split("\n").at(-1)!)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "greenlang-package-"))
  project = join(folder, "project")
  await mkdir(project)
  await writeFile(join(project, "package.json"), `{ "name": "stranger", "private": true, "type": "module" }`)
  const { effect } = JSON.parse(await readFile(join(root, "package.json"), "utf8")).devDependencies
  const flags = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=warn"]
  const { stderr, stdout } = await execute("npm", [...flags, await pack(), `effect@${effect}`], { cwd: project })
  installing = stdout + stderr
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe("the package", () => {
  it("holds what was built, its source and its papers", async () => {
    assert.deepStrictEqual((await readdir(join(project, "node_modules/greenlang"))).toSorted(), [
      "CHANGELOG.md",
      "LICENSE",
      "NOTICE",
      "README.md",
      "dist",
      "docs",
      "examples",
      "package.json",
      "src",
      "templates"
    ])
  })

  it("installs without a warning", () => {
    assert.notMatch(installing, /warn|deprecated/i)
  })

  it("brings its examples, which run where they are copied to and print what they did", async ({ expect }) => {
    const packed = join(project, "node_modules/greenlang")
    const files = (cwd: string) => globSync("examples/**/*.*", { cwd }).toSorted()
    assert.deepStrictEqual(files(packed), files(root))
    await cp(join(packed, "examples"), join(project, "examples"), { recursive: true })
    // What some of them show beside greenlang, a user has.
    const beside = ["@ai-sdk", "ai"].map((
      name
    ) => [join(root, "node_modules", name), join(project, "node_modules", name)])
    await Promise.all(beside.map(([from, to]) => symlink(from!, to!)))
    const programs = globSync("examples/*.ts", { cwd: project })
    assert.isAbove(programs.length, 5)
    for (const program of programs) await ExampleProgram.printsAsBefore(expect, project, program)
    await Promise.all(beside.map(([, to]) => rm(to!)))
  })

  it("has a tsconfig for its users, under which the examples compile", async () => {
    await writeFile(
      join(project, "tsconfig.json"),
      `{ "extends": "greenlang/tsconfig.json", "include": ["examples/*.ts"], "exclude": ["examples/vercel-provider.ts"] }`
    )
    assert.strictEqual(await run(project, tsc, "--singleThreaded"), "")
    await rm(join(project, "tsconfig.json"))
  })

  it("imports as a whole, by folder and by module", async () => {
    await writeFile(
      join(project, "main.js"),
      `import { Effect, Schema } from "effect"
       import { Agent } from "greenlang"
       import { Pipeline } from "greenlang/pipeline"
       import * as Step from "greenlang/pipeline/Step"
       const options = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
       const Twice = Agent.make("Twice", { ...options, execute: (n) => Effect.succeed(n * 2) })
       const Four = Pipeline.make("Four", options, (n) =>
         Step.agent("again", Twice, [Step.agent("once", Twice, [n], (n) => n)], (n) => n))
       console.log((await Effect.runPromise(Four.run(3))).value)`
    )
    assert.strictEqual(await run(project, "node", "main.js"), "12")
  })

  it("imports its bridge to the AI SDK where no package of that is installed", async () => {
    await writeFile(
      join(project, "bridge.js"),
      `import { AiSdk } from "greenlang/ai-sdk"
       console.log(typeof AiSdk.layer)`
    )
    assert.strictEqual(await run(project, "node", "bridge.js"), "function")
    assert.notInclude(await readdir(join(project, "node_modules")), "@ai-sdk")
  })

  it("names the driver of PostgreSQL where that is not installed, and needs it for nothing else", async () => {
    assert.notInclude(await readdir(join(project, "node_modules/@effect")), "sql-pg")
    await writeFile(
      join(project, "database.js"),
      `import { Effect, Layer, Redacted } from "effect"
       import { Database } from "greenlang/database"
       const open = (layer) => Effect.runPromise(Effect.scoped(Effect.flip(Layer.build(layer))))
       const error = await open(Database.layerPostgres({ url: Redacted.make("postgresql://me@localhost/db") }))
       console.log(error.message)`
    )
    assert.strictEqual(
      await run(project, process.execPath, "database.js"),
      "the package @effect/sql-pg cannot be loaded; install it with: npm install @effect/sql-pg"
    )
    assert.include(
      await run(project, process.execPath, "node_modules/greenlang/dist/cli/bin.js", "agents"),
      "Footprint"
    )
  })

  it("has types, also without exactOptionalPropertyTypes", async () => {
    await writeFile(
      join(project, "main.ts"),
      `import { Effect, Schema } from "effect"
       import { Agent, type InvalidInput } from "greenlang"
       import { Pipeline } from "greenlang/pipeline"
       import * as Step from "greenlang/pipeline/Step"
       const options = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
       const Twice = Agent.make("Twice", { ...options, execute: (n) => Effect.succeed(n * 2) })
       const Two: Pipeline.Pipeline<number, number> = Pipeline.make("Two", options, (n) =>
         Step.agent("once", Twice, [n], (n) => n))
       export const run: Effect.Effect<{ readonly value: number }, InvalidInput | { readonly _tag: string }> = Two.run(1)
       // @ts-expect-error it reads a number
       Twice.run("three")
       import { Durable } from "greenlang/durable"
       const finite = { output: Schema.Finite }
       const Kept = Pipeline.make("Kept", options, (n) => Step.make("one", [n], (n) => Effect.succeed(n), finite))
       const Lists = Pipeline.make("Lists", { ...options, input: Schema.Array(Schema.Finite) }, (n) => {
         const items = Step.forEach("items", n, Kept, { apart: true })
         const inner = Step.agent("inner", Kept, [items], (items) => items.length)
         return Step.pure("sum", [inner], (n) => n)
       })
       export const durable = Durable.layerMemory({ pipelines: [Kept, Lists] })
       const Lost = Pipeline.make("Lost", options, (n) => Step.make("one", [n], (n) => Effect.succeed(n)))
       const Around = Pipeline.make("Around", options, (n) => Step.agent("inner", Lost, [n], (n) => n))
       // @ts-expect-error no schema for the answer of the step "one"
       Durable.layerMemory({ pipelines: [Lost] })
       export const why: Durable.Recordable<typeof Around> =
         "no schema for the answer of the step \\"inner/one\\": state output, or compute it by Step.pure"
       // @ts-expect-error internal modules are not exported
       import "greenlang/pipeline/internal/ReadySet"`
    )
    const flags = [
      "--noEmit",
      "--singleThreaded",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "main.ts"
    ]
    assert.strictEqual(await run(project, tsc, ...flags), "")
  })

  it("has a command", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"))
    assert.include(await run(project, "node_modules/.bin/greenlang", "--version"), version)
    assert.include(await run(project, "node_modules/.bin/greenlang", "agents"), "FuelAgent")
  })

  it("writes a project whose test passes and whose agent answers without a key, and nothing over another [B143]", async () => {
    const bin = join(project, "node_modules/.bin/greenlang")
    const greenlang = (cwd: string, ...args: ReadonlyArray<string>) => run(cwd, bin, ...args)
    const { files } = JSON.parse(await greenlang(project, "new", "demo", "--json"))
    assert.includeMembers(files, [
      "package.json",
      ".gitignore",
      "greenlang.config.ts",
      "src/Triage.ts",
      "test/Triage.test.ts"
    ])
    const demo = join(project, "demo")
    assert.strictEqual(JSON.parse(await readFile(join(demo, "package.json"), "utf8")).name, "demo")
    assert.match(await run(demo, "npm", "test"), /pass 1/)
    assert.strictEqual(await run(demo, tsc, "--singleThreaded", "--typeRoots", join(root, "node_modules/@types")), "")

    const { metadata, value } = JSON.parse(
      await run(demo, "npx", "--offline", "greenlang", "run", "Triage", `{"letter":"The last reminder"}`)
    )
    assert.strictEqual(value.urgent, false)
    assert.include(value.why, "offline, without a language model")
    assert.strictEqual(metadata.usage.calls, 1)

    await writeFile(join(demo, "src/Triage.ts"), "mine")
    const error = await greenlang(project, "new", "demo").then(() => assert.fail("it wrote over another"), String)
    assert.include(error, "This directory is not empty: demo")
    assert.strictEqual(await readFile(join(demo, "src/Triage.ts"), "utf8"), "mine")
  })
})
