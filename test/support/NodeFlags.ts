/**
 * How child processes of the tests are started: they find `greenlang` built where all tests run, else from its source, and
 * keep the modules that Node has compiled.
 */
import { inject } from "vitest"

/** Flags of `node` for a program that imports `greenlang`. */
export const forChild: ReadonlyArray<string> = inject("isBuilt") ? [] : ["--conditions=@greenlang/source"]

/** An environment without the settings of this machine, but for `env`. `undefined` takes a setting away. */
export const environment = (env: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
  ...env
})
