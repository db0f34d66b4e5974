/**
 * Bundles `src` into `dist`, twice.
 *
 * The library: every module stays a file that can be imported, and re-exports from the chunk that holds its code. A program
 * that imports `greenlang` loads a few files instead of 150, which is most of what an import costs.
 *
 * 1. A folder is a chunk. What an agent needs is one, and what a blocking call needs beyond it is one, since a thread that
 *    starts should load nothing else.
 * 2. A module that only a dynamic import reaches stays alone, and so do the packages that it loads: a driver costs nothing
 *    before it is used.
 *
 * The command line without modules of a user (`cli/Standalone.ts`): the same code with its packages in it, Effect too, so
 * that it loads a tenth of the files.
 */
import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { defineConfig, type Plugin, type RolldownOptions } from "rolldown"

const source = join(import.meta.dirname, "src")
const modules = globSync("**/*.ts", { cwd: source }).map((file) => join(source, file))

const folderOf = (module: string) => relative(source, module).split("/")[0]!

type ModuleInfo = (module: string) => { readonly importedIds: ReadonlyArray<string> } | null

/** The module and all that it loads, near and far. */
const reachedFrom = (module: string, infoOf: ModuleInfo, reached = new Set<string>()): ReadonlySet<string> => {
  if (reached.has(module)) return reached
  reached.add(module)
  for (const one of infoOf(module)?.importedIds ?? []) reachedFrom(one, infoOf, reached)
  return reached
}

/** Chunks by name; a module belongs to the first that takes it. */
const assignment = (infoOf: ModuleInfo, takes: (module: string) => boolean) => {
  const chunks = new Map<string, string>()
  return {
    chunks,
    put: (chunk: string, modules: Iterable<string>) => {
      for (const module of modules) if (takes(module) && !chunks.has(module)) chunks.set(module, chunk)
    },
    reached: (file: string) => [...reachedFrom(join(source, file), infoOf)]
  }
}

/** The chunk of each module of the library that is not alone. */
const chunksOf = (infoOf: ModuleInfo): ReadonlyMap<string, string> => {
  const { chunks, put, reached } = assignment(infoOf, (module) => module.startsWith(source))
  // it chooses which of the two bundles to load
  put("start", reached("cli/Start.ts"))
  put("one-agent", reached("agent/Agent.ts"))
  put("blocking-call", reached("boundary/SyncAgent.ts"))
  for (const module of reached("index.ts")) put(folderOf(module), [module])
  for (
    const entry of ["*/index.ts", "cli/Main.ts"].flatMap((pattern) => globSync(pattern, { cwd: source })).toSorted()
  ) {
    const folder = dirname(entry)
    // an agent of the catalog is loaded when it runs
    if (folder !== "climate") put(`all-${folder}`, reached(entry).filter((module) => folderOf(module) === folder))
  }
  // what a vendor needs beyond that, the offline model, and pipelines that are files
  put("vendor", reached("llm/LlmWire.ts"))
  put("openai", reached("llm/openai/OpenAiCompatible.ts").filter((module) => folderOf(module) === "llm"))
  put("anthropic", reached("llm/anthropic/Anthropic.ts").filter((module) => folderOf(module) === "llm"))
  put("batch", reached("llm/internal/BatchedCalls.ts").filter((module) => folderOf(module) === "llm"))
  put("offline", reached("llm/offline/OfflineAnswer.ts").filter((module) => folderOf(module) === "llm"))
  put("pipeline-file", reached("pipeline/file/SpecText.ts").filter((module) => folderOf(module) === "pipeline"))
  return chunks
}
let chunks: ReadonlyMap<string, string> | undefined

/**
 * The chunks of the command line: what every command loads, and what a run loads beyond that. A chunk holds what it needs,
 * or an earlier one does.
 */
const partsOf = (infoOf: ModuleInfo): ReadonlyMap<string, string> => {
  const { chunks, put, reached } = assignment(infoOf, () => true)
  put("command-line", reached("cli/Main.ts"))
  put("run", ["cli/AgentRun.ts", "cli/SpecFile.ts"].flatMap(reached))
  put(
    "database",
    ["database/Database.ts", "database/Sqlite.ts", "database/internal/DataFile.ts", "orchestrator/History.ts"].flatMap(
      reached
    )
  )
  put("tables", ["climate/tables/ReferenceTables.ts", "climate/tables/DataPackFile.ts"].flatMap(reached))
  // other agents of the catalog ask it
  put("fuel", reached("climate/FuelAgent.ts"))
  return chunks
}
let parts: ReadonlyMap<string, string> | undefined

/** What a module finds beside itself is beside the file of its name, not beside its chunk, which is in `folder` of `dist`. */
const placesOfModules = (folder: string): Plugin => ({
  name: "places of modules",
  transform: {
    filter: { id: `${source}/**`, code: "import.meta.url" },
    handler: (_, module, { magicString }) => {
      const place = relative(folder, relative(source, module).replace(/\.ts$/, ".js"))
      return { code: magicString!.replaceAll("import.meta.url", `new URL("${place}", import.meta.url).href`) }
    }
  }
})

/** The licences of the packages in the bundle, beside it. */
const licences: Plugin = {
  name: "licences",
  generateBundle() {
    const folders = new Set(
      [...this.getModuleIds()].flatMap((module) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module) ?? [])
    )
    const texts = [...folders].toSorted().map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
      return `${name} ${version}\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`
    })
    this.emitFile({ type: "asset", fileName: "chunks/LICENSES.txt", source: texts.join("\n\n") })
  }
}

const standalone = join(source, "cli/Standalone.ts")

const common: RolldownOptions = {
  preserveEntrySignatures: "allow-extension",
  platform: "node",
  checks: { ineffectiveDynamicImport: false },
  experimental: { nativeMagicString: true }
}

export default defineConfig([
  {
    ...common,
    input: Object.fromEntries(
      modules.flatMap((module) =>
        module === standalone ? [] : [[relative(source, module).replace(/\.ts$/, ""), module]]
      )
    ),
    external: /^[^./]/,
    plugins: [
      placesOfModules("chunks"),
      {
        name: "the other bundle",
        resolveId: {
          filter: { id: /^\.\/Standalone\.ts$/ },
          // seen from a chunk
          handler: () => ({ id: "../cli/Standalone.js", external: true })
        }
      }
    ],
    output: {
      dir: "dist",
      sourcemap: true,
      // V8 reads a file of one byte a letter in less time
      charset: "ascii",
      // the declarations have them
      comments: { annotation: true, jsdoc: false, legal: true },
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{
          debugName: "folders",
          name: (module, graph) => (chunks ??= chunksOf((one) => graph.getModuleInfo(one))).get(module) ?? null
        }]
      }
    }
  },
  {
    ...common,
    input: { Standalone: standalone },
    // the drivers that it does not load, and what has no Effect in it
    external: [/^node:/, /^undici/, /^@effect\/sql-pg/],
    plugins: [placesOfModules("cli/chunks"), licences],
    output: {
      dir: "dist/cli",
      charset: "ascii",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name].js",
      comments: { annotation: false, jsdoc: false, legal: true },
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{
          debugName: "parts of a run",
          name: (module, graph) => (parts ??= partsOf((one) => graph.getModuleInfo(one))).get(module) ?? null
        }]
      }
    }
  }
])
