/**
 * The package as users get it: built to JavaScript, and installed in a folder of their own.
 */
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { inject } from "vitest"

const root = join(import.meta.dirname, "../..")
const { files, scripts }: {
  readonly files: ReadonlyArray<string>
  readonly scripts: { readonly build: string }
} = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
/** What the build reads, and what npm packs. */
const sources = [
  "package.json",
  "README.md",
  "LICENSE",
  "tsconfig.json",
  "rolldown.config.ts",
  ...files.filter((name) => name !== "dist")
]
/** `npm run build`. `npm run check` looks for errors of types. */
const command = scripts.build
  .replace("tsc -p src", "node_modules/.bin/tsc -p src --noCheck --singleThreaded")
  .replace("rolldown -c", "node_modules/.bin/rolldown -c")

/** The repository, built: a folder with what `npm pack` reads. All tests of a run share it. */
export const build = async (): Promise<string> => {
  if (inject("isBuilt")) return root
  const folder = inject("buildFolder")
  const built = join(folder, "package")
  if (existsSync(built)) return built
  const own = await mkdtemp(join(folder, "source-"))
  await Promise.all(sources.map((name) => cp(join(root, name), join(own, name), { recursive: true })))
  await symlink(join(root, "node_modules"), join(own, "node_modules"))
  await promisify(execFile)("sh", ["-c", command], { cwd: own }).catch((error: { readonly stdout: string }) => {
    throw new Error(`the build failed: ${error.stdout}`, { cause: error })
  })
  // Another worker may have built it meanwhile.
  await rename(own, built).catch((error: unknown) => {
    if (!existsSync(built)) throw error
  })
  return built
}

/** A folder in which the package is installed, and beside it `others`, which are names of packages. */
export const make = async (others: ReadonlyArray<string>) => {
  const path = await mkdtemp(join(tmpdir(), "greenlang-"))
  await writeFile(join(path, "package.json"), `{ "type": "module" }`)
  const built = await build()
  const installed = join(path, "node_modules/greenlang")
  await cp(join(built, "dist"), join(installed, "dist"), { recursive: true })
  await cp(join(built, "package.json"), join(installed, "package.json"))
  for (const name of others) {
    const link = join(path, "node_modules", name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, "node_modules", name), link)
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
