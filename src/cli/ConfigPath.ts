/**
 * Where the config file of a project is, and which copy of this package its imports lead to.
 */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const names = ["greenlang.config.ts", "greenlang.config.mts", "greenlang.config.js", "greenlang.config.mjs"]

/**
 * The nearest config file from the folder `from` upwards, as far as the root of a repository.
 *
 * @category searching
 */
export const nearest = (from: string): string | undefined => {
  for (let folder = resolve(from);; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find(isFile)
    if (found !== undefined) return found
    if (dirname(folder) === folder || existsSync(join(folder, ".git"))) return undefined
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/**
 * The command line of the copy of this package that the project of `args` has installed, where that is another one than this:
 * agents and the command line that runs them must be of one copy.
 *
 * @category searching
 */
export const otherCopy = (
  args: ReadonlyArray<string>
): { readonly url: string; readonly version: string } | undefined => {
  const flag = args.findIndex((arg) => arg === "--config")
  const named = flag === -1
    ? args.find((arg) => arg.startsWith("--config="))?.slice("--config=".length)
    : args[flag + 1]
  const config = named === undefined ? nearest(".") : resolve(named)
  const own = config === undefined ? undefined : packageOf(config)
  if (own === undefined || own === realpathSync(fileURLToPath(new URL("../../package.json", import.meta.url)))) {
    return undefined
  }
  const main = join(dirname(own), "dist/cli/Main.js")
  if (!existsSync(main)) return undefined
  const { version }: { readonly version: string } = JSON.parse(readFileSync(own, "utf8"))
  return { url: pathToFileURL(main).href, version }
}

/** `undefined` where the project has not installed it: loading the config then says so. */
const packageOf = (config: string): string | undefined => {
  try {
    return realpathSync(createRequire(config).resolve("greenlang/package.json"))
  } catch {
    return undefined
  }
}
