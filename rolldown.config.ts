/**
 * Bundles `src` into `dist`: every module stays a file that can be imported, and re-exports from the chunk that holds its
 * code. A program that imports `greenlang` loads a few files instead of 150, which is most of what an import costs.
 *
 * 1. A folder is a chunk. What an agent needs is one, and what a blocking call needs beyond it is one, since a thread that
 *    starts should load nothing else.
 * 2. A module that only a dynamic import reaches stays alone, and so do the packages that it loads: a driver costs nothing
 *    before it is used.
 */
import { globSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { defineConfig } from "rolldown"

const source = join(import.meta.dirname, "src")
const modules = globSync("**/*.ts", { cwd: source }).map((file) => join(source, file))

const folderOf = (module: string) => relative(source, module).split("/")[0]!

type ModuleInfo = (module: string) => { readonly importedIds: ReadonlyArray<string> } | null

/** The module and all of ours that it loads, near and far. */
const reachedFrom = (module: string, infoOf: ModuleInfo, reached = new Set<string>()): ReadonlySet<string> => {
  if (reached.has(module) || !module.startsWith(source)) return reached
  reached.add(module)
  for (const one of infoOf(module)?.importedIds ?? []) reachedFrom(one, infoOf, reached)
  return reached
}

/** The chunk of each module that is not alone. */
const chunksOf = (infoOf: ModuleInfo): ReadonlyMap<string, string> => {
  const chunks = new Map<string, string>()
  const put = (chunk: string, modules: Iterable<string>) => {
    for (const module of modules) if (!chunks.has(module)) chunks.set(module, chunk)
  }
  const reached = (file: string) => [...reachedFrom(join(source, file), infoOf)]
  put("one-agent", reached("agent/Agent.ts"))
  put("blocking-call", reached("boundary/SyncAgent.ts"))
  for (const module of reached("index.ts")) put(folderOf(module), [module])
  for (
    const entry of ["*/index.ts", "cli/Main.ts"].flatMap((pattern) => globSync(pattern, { cwd: source })).toSorted()
  ) {
    const folder = dirname(entry)
    // an agent of the catalog is loaded when it runs
    if (folder !== "climate") put(folder, reached(entry).filter((module) => folderOf(module) === folder))
  }
  return chunks
}
let chunks: ReadonlyMap<string, string> | undefined

export default defineConfig({
  input: Object.fromEntries(modules.map((module) => [relative(source, module).replace(/\.ts$/, ""), module])),
  external: /^[^./]/,
  platform: "node",
  preserveEntrySignatures: "allow-extension",
  checks: { ineffectiveDynamicImport: false },
  experimental: { nativeMagicString: true },
  plugins: [
    {
      name: "places of modules",
      // what a module finds beside itself is beside the file of its name, not beside its chunk
      transform: {
        filter: { code: "import.meta.url" },
        handler: (_, module, { magicString }) => {
          const place = `../${relative(source, module).replace(/\.ts$/, ".js")}`
          return { code: magicString!.replaceAll("import.meta.url", `new URL("${place}", import.meta.url).href`) }
        }
      }
    }
  ],
  output: {
    dir: "dist",
    sourcemap: true,
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
})
