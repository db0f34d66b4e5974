/**
 * Where the config file of a project is, and which copy of this package its imports lead to.
 */
import { existsSync, lstatSync, readFileSync, realpathSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"

const names = ["greenlang.config.ts", "greenlang.config.mts", "greenlang.config.js", "greenlang.config.mjs"]

/**
 * The nearest config file from the folder `from` upwards, as far as the root of a repository. What has its name is found, also
 * where it cannot be read: loading it then says why.
 *
 * @category searching
 */
export const nearest = (from: string): string | undefined => {
  for (let folder = resolve(from);; folder = dirname(folder)) {
    const found = names.map((name) => join(folder, name)).find(isThere)
    if (found !== undefined) return found
    if (dirname(folder) === folder || existsSync(join(folder, ".git"))) return undefined
  }
}

/** A link to nothing, or in a circle, is there, too. A folder without permission is passed by. */
const isThere = (path: string): boolean => {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}

/**
 * The config file that `args` name, which need not be there, or else the nearest one.
 *
 * @category searching
 */
export const ofArguments = (args: ReadonlyArray<string>): string | undefined => {
  const flag = args.findIndex((arg) => arg === "--config")
  const named = flag === -1
    ? args.find((arg) => arg.startsWith("--config="))?.slice("--config=".length)
    : args[flag + 1]
  return named === undefined ? nearest(".") : resolve(named)
}

/**
 * The command line of the copy of this package that the project of `args` has installed, where that is another one than this:
 * agents and the command line that runs them must be of one copy.
 *
 * @category searching
 */
export const otherCopy = (
  args: ReadonlyArray<string>
): { readonly url: string; readonly version: string } | undefined => {
  const config = ofArguments(args)
  const own = config === undefined ? undefined : packageOf(config)
  if (own === undefined || own === realpathSync(fileURLToPath(new URL("../../package.json", import.meta.url)))) {
    return undefined
  }
  const main = join(dirname(own), "dist/cli/Main.js")
  if (!existsSync(main)) return undefined
  return { url: pathToFileURL(main).href, version: versionOf(own) }
}

/** npm has read it before; it may have been changed since. */
const versionOf = (own: string): string => {
  try {
    const read: unknown = JSON.parse(readFileSync(own, "utf8"))
    return typeof read === "object" && read !== null && "version" in read ? String(read.version) : unknown
  } catch {
    return unknown
  }
}

const unknown = "unknown"

/** `undefined` where the project has not installed it: loading the config then says so. */
const packageOf = (config: string): string | undefined => {
  try {
    return realpathSync(createRequire(config).resolve("greenlang/package.json"))
  } catch {
    return undefined
  }
}
