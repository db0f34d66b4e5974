/**
 * Loads the command line of this process: the one that shares Effect with the modules of a user, or the one that has it built in.
 * It runs before Effect is loaded, and so loads none of it.
 */
import * as Module from "node:module"
import { homedir } from "node:os"
import { isAbsolute, join } from "node:path"
import * as ConfigPath from "./ConfigPath.ts"

/**
 * Runs the command line. Node keeps the compiled code in the user's cache folder, which takes half of the loading from the next
 * run; `NODE_COMPILE_CACHE` names another folder, and `NODE_DISABLE_COMPILE_CACHE=1` keeps none.
 *
 * @category running
 */
export const start = async (version: string): Promise<void> => {
  enableCache()
  const { main } = await (meetsOthers(process.argv.slice(2)) ? import("./Main.ts") : import("./Standalone.ts"))
  main(version)
}

/** Modules that do not ship with this package and use Effect: those of a config file, and the driver of PostgreSQL. */
const meetsOthers = (args: ReadonlyArray<string>): boolean =>
  Boolean(process.env["DATABASE_URL"]) || ConfigPath.ofArguments(args) !== undefined

/** Not the folder for temporary files that Node would take: on Linux, others may write there what this process would run. */
const enableCache = (): void => {
  if (process.platform !== "linux") {
    Module.enableCompileCache()
    return
  }
  const folder = [process.env["XDG_CACHE_HOME"], inHome(".cache")].find((folder) => folder && isAbsolute(folder))
  // Nothing is kept where there is no such folder: a relative one would be in the working directory.
  if (folder !== undefined) Module.enableCompileCache(join(folder, "greenlang"))
}

/** Node throws where neither the environment nor the system knows a home folder. */
const inHome = (name: string): string | undefined => {
  try {
    return join(homedir(), name)
  } catch {
    return undefined
  }
}
