/**
 * Before the tests: a folder for the built package, which `Installed.build` fills, and for a run of all tests the build
 * itself. Child processes then start on `dist`, which takes half the CPU of starting on the source. They and the worker threads
 * share the code that Node has compiled: a thread that loads the source starts with half the CPU. Test files that start PostgreSQL
 * share the data of an empty server.
 */
import { execFileSync } from "node:child_process"
import { globSync, statSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import { isWholeRun } from "./WholeRun.ts"

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the folder. */
    readonly buildFolder: string
    /** Whether `dist` is built from the source as it is. A run of some tests does not wait for that. */
    readonly isBuilt: boolean
  }
}

const root = join(import.meta.dirname, "../..")

const changedAt = (pattern: string) =>
  Math.max(0, ...globSync(pattern, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs))

export default async ({ provide }: TestProject) => {
  const built = changedAt("dist/cli/bin.js")
  if (isWholeRun && ["src/**/*", "package.json", "rolldown.config.ts"].some((pattern) => changedAt(pattern) > built)) {
    execFileSync("npm", ["run", "build"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] })
  }
  const folder = await mkdtemp(join(tmpdir(), "greenlang-build-"))
  process.env["NODE_COMPILE_CACHE"] ??= join(folder, "compiled")
  process.env["TEST_POSTGRES_DATA"] = join(folder, "postgres")
  provide("buildFolder", folder)
  provide("isBuilt", isWholeRun)
  // A process that ends keeps what it has compiled.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
