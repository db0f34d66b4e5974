/**
 * Starts the worker threads of the library from the library's own file, with the options of Node that they inherit.
 */
import { existsSync } from "node:fs"
import { extname } from "node:path"
import { fileURLToPath } from "node:url"
import { type ResourceLimits, Worker } from "node:worker_threads"
import type { ModuleData } from "../worker/Module.ts"

/** Starts a worker that serves the agents of `module`. Throws if the worker's own file is missing. */
export const start = (module: string, options: {
  readonly layer?: string
  readonly resourceLimits?: ResourceLimits
  readonly execArgv?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
}): Worker => {
  // In the source tree both files are TypeScript.
  const extension = extname(import.meta.url)
  const file = new URL(`../worker/Module${extension}`, import.meta.url)
  if (!existsSync(fileURLToPath(file))) {
    throw new Error(
      `the worker's own file is not at ${file.href}, most likely because a bundler left it out: use SyncAgent.fromWorker `
        + "with a worker file of your own, which bundlers find, or keep greenlang out of the bundle"
    )
  }
  const workerData: ModuleData = { greenlang: { module, layer: options.layer } }
  const source = extension === ".ts" ? ["--conditions=@greenlang/source"] : []
  return new Worker(file, {
    workerData,
    name: `greenlang ${module}`,
    execArgv: options.execArgv === undefined ? [...source, ...carriedOver(process.execArgv)] : [...options.execArgv],
    ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
    ...(options.env && { env: options.env })
  })
}

/** The options that concern modules. A worker refuses those of the process, and would start a debugger or tests. */
const carriedOver = (flags: ReadonlyArray<string>): Array<string> => {
  const kept: Array<string> = []
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at]!
    if (!concernsModules.test(flag)) continue
    kept.push(flag)
    const next = flags[at + 1]
    if (takesValue.test(flag) && next !== undefined) kept.push(next)
  }
  return kept
}

const concernsModules = /^(-C|-r|--(conditions|require|import|loader|experimental-loader|enable-source-maps))(=|$)/
const takesValue = /^(-C|-r|--(conditions|require|import|loader|experimental-loader))$/
