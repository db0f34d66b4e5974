/**
 * Bundles `src` into `dist`: every module stays a file that can be imported, and re-exports from the chunk that holds its
 * code. A program that imports `greenlang` loads a few files instead of 150, which is most of what an import costs.
 *
 * 1. What `greenlang` loads is one chunk, and what a folder's index loads beyond it is one more.
 * 2. A module that only a dynamic import reaches stays alone, and so do the packages that it loads: nobody pays for a driver
 *    before it is used.
 */
import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { defineConfig } from "rolldown"

const source = join(import.meta.dirname, "src")
const modules = globSync("**/*.ts", { cwd: source }).map((file) => join(source, file))

/** What a module loads when it is loaded. */
const loadedBy = (module: string): ReadonlyArray<string> =>
  [...readFileSync(module, "utf8").matchAll(/^(?:import|export)\s(?!type\s)[^"]*?from "(\.[^"]+)"/gm)]
    .map(([, path]) => resolve(dirname(module), path!))

/** The module and all that it loads, near and far. */
const reachedFrom = (module: string, reached = new Set<string>()): ReadonlySet<string> => {
  if (reached.has(module)) return reached
  reached.add(module)
  for (const one of loadedBy(module)) reachedFrom(one, reached)
  return reached
}

const chunks = new Map<string, string>()
for (const module of reachedFrom(join(source, "index.ts"))) chunks.set(module, "greenlang")
for (const entry of ["*/index.ts", "cli/Main.ts"].flatMap((pattern) => globSync(pattern, { cwd: source })).toSorted()) {
  const folder = dirname(entry)
  // an agent of the catalog is loaded when it runs
  if (folder === "climate") continue
  for (const module of reachedFrom(join(source, entry))) {
    if (module.startsWith(join(source, folder, "/")) && !chunks.has(module)) chunks.set(module, folder)
  }
}

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
      groups: [{ debugName: "folders", name: (module) => chunks.get(module) ?? null }]
    }
  }
})
