/**
 * What an import of the package loads, what it can reach, and who imports whom inside it.
 */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "..")
const execute = promisify(execFile)

/** Runs `script` as a module in a process of its own, and answers with what it prints. */
const run = async (script: string, ...args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const flags = ["--conditions=@greenlang/source", "--input-type=module", "--eval", script, ...args]
  const { stdout } = await execute(process.execPath, flags, { cwd: root })
  return JSON.parse(stdout)
}

const loads = new Map<string, ReturnType<typeof run>>()

/** The addresses of everything that an import of `name` loads. */
const load = (name: string) => {
  const before = loads.get(name)
  if (before !== undefined) return before
  const loading = run(
    `import { registerHooks } from "node:module"
     const loaded = []
     registerHooks({
       resolve: (name, context, next) => {
         const found = next(name, context)
         loaded.push(found.url)
         return found
       }
     })
     await import(process.argv[1])
     console.log(JSON.stringify(loaded))`,
    name
  )
  loads.set(name, loading)
  return loading
}

/** Where each of `names` leads, below the root of the repository. Empty for those that lead nowhere. */
const resolve = async (names: ReadonlyArray<string>) => {
  const urls = await run(
    `import { existsSync } from "node:fs"
     const resolve = (name) => {
       try {
         const url = import.meta.resolve(name)
         return existsSync(new URL(url)) ? url : ""
       } catch (error) {
         if (error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return ""
         throw error
       }
     }
     console.log(JSON.stringify(process.argv.slice(1).map(resolve)))`,
    ...names
  )
  return urls.map((url) => url.split(`${root}/`).at(-1))
}

const driver =
  /node_modules\/(@effect\/(platform|sql)-|@ai-sdk\/|undici\/|pg\/|yaml\/|effect\/dist\/sql\/)|^node:(sqlite|http|net)$/

describe.concurrent("importing", () => {
  it("loads no driver with the package, nor with modules whose drivers come as layers [B184]", async () => {
    for (
      const [name, file] of [
        ["greenlang", "src/agent/Agent.ts"],
        ["greenlang/llm/McpTools", "src/agent/Tool.ts"],
        ["greenlang/ai-sdk", "src/ai-sdk/AiSdk.ts"]
      ] as const
    ) {
      const loaded = await load(name)
      assert(loaded.some((url) => url.endsWith(file)))
      assert.deepStrictEqual(loaded.filter((url) => driver.test(url)), [])
    }
  })

  it("loads the bridge to the AI SDK with no other module", async () => {
    assert.deepStrictEqual((await load("greenlang")).filter((url) => url.includes("ai-sdk")), [])
  })

  it("loads a driver with the module that is named after it", async () => {
    const loaded = await load("greenlang/database/Postgres")
    assert(loaded.some((url) => driver.test(url)))
  })

  it("leads every folder and module to src, and nothing internal anywhere", async () => {
    const modules = globSync("src/*/**/*.ts", { cwd: root }).toSorted()
    const hidden = /^src\/((\w+\/)?internal\/|boundary\/blocking\/|pipeline\/file\/|cli\/(?:bin|Standalone)\.ts$)/
    const found = await resolve(
      modules.map((file) => file.replace("src/", "greenlang/").replace(/(\/index)?\.ts$/, ""))
    )
    assert.deepStrictEqual(found, modules.map((file) => hidden.test(file) ? "" : file))
    assert.deepStrictEqual(await resolve(["greenlang", "greenlang/index", "greenlang/agent/index"]), [
      "src/index.ts",
      "",
      ""
    ])
  })

  it("leads wherever the README and docs say", async () => {
    const pages = ["README.md", ...globSync("docs/*.md", { cwd: root })]
    const text = pages.map((file) => readFileSync(join(root, file), "utf8")).join("\n")
    const names = [...text.matchAll(/[`"]((?:effect|greenlang)(?:\/[\w-]+)+)[`"]/g)].map(([, name = ""]) => name)
    assert.isAbove(names.length, 10)
    const found = await resolve(names)
    assert.deepStrictEqual(names.filter((_, at) => found[at] === ""), [])
  })
})

/** From the top down. A folder imports only folders of the rows below its own, and `internal`. */
const rows = [
  ["cli"],
  ["project"],
  ["server"],
  ["report", "eval"],
  ["orchestrator"],
  ["durable"],
  ["boundary", "testing", "climate", "ai-sdk", "mcp", "http-api"],
  ["pipeline", "llm", "cpu", "observability", "render"],
  ["http"],
  ["agent", "database"],
  ["internal"]
]

describe("imports in src", () => {
  const files = globSync("src/**/*.ts", { cwd: root })
  const imports = files.flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/^(?:import|export|\}) .*?"(\.[^"]+)"/gm)].map((
      [, path = ""]
    ) => ({
      file,
      target: join(file, "..", path)
    }))
  )
  const isIndex = (file: string) => file.endsWith("index.ts")
  const row = (file: string) => {
    const [, folder = ""] = file.split("/")
    return isIndex(folder) ? -1 : rows.findIndex((folders) => folders.includes(folder))
  }
  const folderOf = (file: string) => file.split("/")[1]!

  it("point downwards", () => {
    const upwards = imports.filter(({ file, target }) =>
      folderOf(file) !== folderOf(target) && row(file) >= row(target)
    )
    assert.isAbove(imports.length, 0)
    assert.deepStrictEqual(upwards, [])
  })

  it("keep the internal modules of a folder inside it and the rows above", () => {
    const outwards = imports.filter(({ file, target }) =>
      folderOf(file) === "internal" && folderOf(target) !== "internal"
    )
    assert.deepStrictEqual(outwards, [])
  })

  it("form no circle, types included", () => {
    const next = Map.groupBy(imports, ({ file }) => file)
    const done = new Set<string>()
    const circles: Array<ReadonlyArray<string>> = []
    const visit = (file: string, path: ReadonlyArray<string>): void => {
      if (path.includes(file)) return void circles.push([...path.slice(path.indexOf(file)), file])
      if (done.has(file)) return
      for (const { target } of next.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    assert.deepStrictEqual(circles.map((circle) => circle.join(" > ")), [])
  })

  it("name modules, not the folders that users import", () => {
    assert.deepStrictEqual(imports.filter(({ file, target }) => !isIndex(file) && isIndex(target)), [])
  })

  it("know every folder", () => {
    assert.deepStrictEqual(files.filter((file) => !isIndex(folderOf(file)) && row(file) === -1), [])
  })
})
