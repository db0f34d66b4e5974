/**
 * The page of the benchmarks is what the commands write from what they measured.
 */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { pageFiles } from "../../bench/page/page.ts"

describe("the page of the benchmarks", () => {
  it("is what the figures in bench/results make of it", async () => {
    const root = join(import.meta.dirname, "../..")
    for (const [path, text] of Object.entries(await pageFiles())) {
      assert.strictEqual(readFileSync(join(root, path), "utf8"), text, path)
    }
  })
})
