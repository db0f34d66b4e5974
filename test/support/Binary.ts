/**
 * The command `greenlang` as a process of its own.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { join } from "node:path"
import { inject } from "vitest"
import * as NodeFlags from "./NodeFlags.ts"

export const bin = join(import.meta.dirname, "../..", inject("isBuilt") ? "dist/cli/bin.js" : "src/cli/bin.ts")

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly process: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
}

export interface Options {
  /** `undefined` takes a setting away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin?: string
  /** Default: that of this process. */
  readonly cwd?: string
}

/** No settings of this machine, and a database of its own. */
export const environment = (env: Options["env"] = {}): NodeJS.ProcessEnv =>
  NodeFlags.environment({ GREENLANG_DATABASE: ":memory:", ...env })

const watch = (child: ChildProcessWithoutNullStreams): Started => {
  const output = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.stdout += text)
  child.stderr.setEncoding("utf8").on("data", (text: string) => output.stderr += text)
  return {
    process: child,
    ended: new Promise((resolve, reject) => {
      child.on("error", reject)
      child.on("close", (code) => resolve({ code, ...output }))
    })
  }
}

export const nodeArguments: ReadonlyArray<string> = [...NodeFlags.forChild, bin]

export const start = (args: ReadonlyArray<string>, options: Options = {}): Started => {
  const { cwd, env } = options
  const started = watch(spawn(process.execPath, [...nodeArguments, ...args], { cwd, env: environment(env) }))
  if (options.stdin !== undefined) started.process.stdin.end(options.stdin)
  return started
}

export const run = (args: ReadonlyArray<string>, options?: Options): Promise<Ended> => start(args, options).ended

/** On a terminal of 80 by 24 cells, all of whose output is `stdout`, through the tool `script` of util-linux. */
export const startOnTerminal = (args: ReadonlyArray<string>, options: Options = {}): Started => {
  const command = [process.execPath, ...nodeArguments, ...args].map((part) => `'${part}'`).join(" ")
  return watch(
    spawn("script", ["-qec", `stty cols 80 rows 24; exec ${command}`, "/dev/null"], {
      cwd: options.cwd,
      env: environment({ TERM: "xterm-256color", SHELL: "/bin/sh", ...options.env })
    })
  )
}
