/**
 * Warns when an Effect in a test holds the event loop for longer than 100 milliseconds: one line on the console, which test
 * runners print with the name of the test. For the setup files of a test runner; with vitest:
 *
 * ```js
 * import { defineConfig } from "vitest/config"
 *
 * export default defineConfig({ test: { setupFiles: ["greenlang/testing/BlockWarnings"] } })
 * ```
 *
 * For another limit, or to fail instead, call `BlockDetector.watchAll` in a setup file of your own.
 */
import * as BlockDetector from "../observability/BlockDetector.ts"

/** Runners that share a process between test files load this module once per file. */
const key = Symbol.for("greenlang/testing/BlockWarnings")
const global = globalThis as { [key]?: Disposable }

global[key] ??= BlockDetector.watchAll((block) => {
  const at = block.agent === undefined || block.span === undefined ? "" : `, at ${block.span}`
  console.warn(`${BlockDetector.format(block)}${at}`)
})
