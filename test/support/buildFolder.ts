/**
 * Makes a folder for the built package, one per run of the tests, and removes it at their end. `Installed.build` fills it.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the folder. */
    readonly buildFolder: string
  }
}

export default async ({ provide }: TestProject) => {
  const folder = await mkdtemp(join(tmpdir(), "greenlang-build-"))
  provide("buildFolder", folder)
  return () => rm(folder, { recursive: true, force: true })
}
