import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Installed from "../support/Installed.ts"

const input = `{ "fuel_type": "natural_gas", "amount": 1000, "unit": "therms", "country": "US" }`

/** No package beside greenlang, not even Effect. */
let alone: Awaited<ReturnType<typeof Installed.make>>
/** As npm installs it. */
let whole: Awaited<ReturnType<typeof Installed.make>>
let home: string

beforeAll(async () => {
  alone = await Installed.make([])
  whole = await Installed.make(["effect", "@effect/platform-node", "i18n-iso-countries", "csv-parse", "yaml"])
  home = await mkdtemp(join(tmpdir(), "greenlang-home-"))
})

afterAll(() => Promise.all([alone[Symbol.asyncDispose](), whole[Symbol.asyncDispose](), rm(home, { recursive: true })]))

/** The command in the folder, which keeps its tables in memory and its cache in `home`. */
const run = async (
  folder: string,
  args: ReadonlyArray<string>,
  env: Record<string, string> = {},
  flags: ReadonlyArray<string> = []
) => {
  const bin = join(folder, "node_modules/greenlang/dist/cli/bin.js")
  const { stderr, stdout } = await promisify(execFile)(process.execPath, [...flags, bin, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: home, GREENLANG_DATABASE: ":memory:", ...env },
    maxBuffer: 2 ** 24
  })
  return { stderr, stdout }
}

const listing = `data:text/javascript,${
  encodeURIComponent(`
    import { registerHooks } from "node:module"
    import { appendFileSync } from "node:fs"
    const list = process.env.LOADED_FILES
    registerHooks({ load: (url, context, next) => (appendFileSync(list, url + "\\n"), next(url, context)) })
  `)
}`

/** The files that a run loads. */
const loaded = async (folder: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) => {
  const list = join(folder, "loaded-files")
  await writeFile(list, "")
  await run(folder, args, { ...env, LOADED_FILES: list }, ["--import", listing])
  return Array.from(new Set((await readFile(list, "utf8")).split("\n").filter((url) => url.startsWith("file:"))))
}

describe("the start of greenlang", () => {
  it("needs no package but greenlang where no config and no PostgreSQL is named", async () => {
    const { stdout } = await run(alone.path, ["run", "FuelAgent", input])
    assert.strictEqual(JSON.parse(stdout).value.co2e_emissions_kg, 5311.43)
  })

  it("loads at most 12 files for a run of FuelAgent", async () => {
    const files = await loaded(alone.path, ["run", "FuelAgent", input])
    assert.isAtLeast(files.length, 5)
    assert.isAtMost(files.length, 12, files.join("\n"))
  })

  it("shares Effect with the modules of a config file", async () => {
    const config = join(whole.path, "elsewhere/greenlang.config.js")
    await mkdir(join(whole.path, "elsewhere"))
    await writeFile(
      config,
      `import { Effect, Schema } from "effect"
       import { Agent } from "greenlang"
       import { Project } from "greenlang/project"
       const Twice = Agent.make("Twice", {
         version: "1.0.0", input: Schema.Finite, output: Schema.Finite, execute: (n) => Effect.succeed(n * 2)
       })
       export default Project.make({ agents: [Twice] })`
    )
    for (const args of [["--config", config], [`--config=${config}`]]) {
      const { stdout } = await run(whole.path, ["run", "Twice", "21", ...args])
      assert.strictEqual(JSON.parse(stdout).value, 42)
      const files = await loaded(whole.path, ["run", "Twice", "21", ...args])
      assert.isTrue(files.some((file) => file.includes("/effect/dist/")))
      assert.isFalse(files.some((file) => file.includes("/cli/Standalone.js")))
    }
  })

  it("shares Effect with the driver of PostgreSQL", async () => {
    const files = await loaded(whole.path, ["agents"], { DATABASE_URL: "postgres://localhost/none" })
    assert.isTrue(files.some((file) => file.includes("/effect/dist/")))
    assert.isFalse(files.some((file) => file.includes("/cli/Standalone.js")))
  })

  it("keeps compiled code in the cache folder of the user, or none", async () => {
    const folder = join(home, ".cache/greenlang")
    await rm(folder, { recursive: true, force: true })
    await run(alone.path, ["agents"], { NODE_DISABLE_COMPILE_CACHE: "1" })
    assert.isFalse(existsSync(folder))
    await run(alone.path, ["agents"])
    assert.strictEqual(existsSync(folder), process.platform === "linux")
    const stated = join(home, "stated")
    await run(alone.path, ["agents"], { XDG_CACHE_HOME: stated })
    assert.strictEqual(existsSync(join(stated, "greenlang")), process.platform === "linux")
  })

  it("brings the licences of the packages that are built in", async () => {
    assert.isTrue(existsSync(join(alone.path, "node_modules/greenlang/dist/cli/chunks/LICENSES.txt")))
  })
})
