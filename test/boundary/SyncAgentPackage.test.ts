/**
 * Blocking agents as they are shipped: built to JavaScript, and in bundles.
 */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { build as esbuild } from "esbuild"
import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { build as vite } from "vite"
import * as Installed from "../support/Installed.ts"

const execute = promisify(execFile)
const sources = join(import.meta.dirname, "fixtures/bundle")
const entries = {
  caller: join(sources, "caller.ts"),
  "agent.worker": join(sources, "agent.worker.ts"),
  byModule: join(sources, "byModule.ts"),
  agent: join(sources, "agent.ts")
}

/** Runs a file on plain Node, without a condition or any other option, and answers with what it prints. */
const run = async (file: string) => {
  const { stderr, stdout } = await execute(process.execPath, [file])
  assert.strictEqual(stderr, "")
  return stdout.trim()
}

describe("SyncAgent in a package", () => {
  let installed: Awaited<ReturnType<typeof Installed.make>>
  let folder = ""
  beforeAll(async () => {
    installed = await Installed.make(["effect"])
    folder = installed.path
  })
  afterAll(() => installed[Symbol.asyncDispose]())

  it("runs as built JavaScript, for ES modules and CommonJS", async () => {
    const agent = `import * as Effect from "effect/Effect"
      import * as Schema from "effect/Schema"
      import * as Agent from "greenlang/agent/Agent"
      const one = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
      export const double = Agent.make("Double", { ...one, execute: (n) => Effect.succeed(n * 2) })`
    writeFileSync(join(folder, "agent.js"), agent)
    const call = (url: string) =>
      `SyncAgent.fromModule(${url}, { export: "double" }).use((double) => console.log(double.execute(21).value))`
    writeFileSync(
      join(folder, "caller.js"),
      `import * as SyncAgent from "greenlang/boundary/SyncAgent"
      ${call(`new URL("./agent.js", import.meta.url)`)}`
    )
    writeFileSync(
      join(folder, "caller.cjs"),
      `const SyncAgent = require("greenlang/boundary/SyncAgent")
      ${call(`require("node:path").join(__dirname, "agent.js")`)}`
    )
    assert.strictEqual(await run(join(folder, "caller.js")), "42")
    assert.strictEqual(await run(join(folder, "caller.cjs")), "42")
  })

  /** What holds of every bundle of the four files. */
  const runs = async (bundle: string) => {
    assert.strictEqual(await run(join(bundle, "caller.js")), "42")
    assert.match(await run(join(bundle, "byModule.js")), /a bundler left it out: use SyncAgent\.fromWorker/)
  }

  it("runs in a bundle of esbuild with the worker as an entry, and explains how when the worker is missing", async () => {
    const outdir = join(folder, "esbuild")
    await esbuild({
      entryPoints: entries,
      outdir,
      bundle: true,
      splitting: true,
      minify: true,
      format: "esm",
      platform: "node",
      conditions: ["@greenlang/source"]
    })
    await runs(outdir)
  })

  it("runs in a bundle of Vite for servers with the worker as an entry, and explains how when the worker is missing", async () => {
    const outDir = join(folder, "vite")
    await vite({
      configFile: false,
      root: sources,
      logLevel: "error",
      build: { ssr: true, outDir, rolldownOptions: { input: entries, output: { entryFileNames: "[name].js" } } },
      ssr: { noExternal: true, resolve: { conditions: ["@greenlang/source", "node"] } }
    })
    await runs(outDir)
  })
})
