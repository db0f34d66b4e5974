/**
 * Warns of whatever an Effect in a test holds the event loop with for longer than 100 milliseconds: one line on the
 * console, which test runners print with the name of the test. For the setup files of a test runner; with vitest:
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

BlockDetector.watchAll((block) => {
  const at = block.agent === undefined || block.span === undefined ? "" : `, at ${block.span}`
  console.warn(`${BlockDetector.format(block)}${at}`)
})
