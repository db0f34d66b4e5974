/**
 * The pairs in `examples/practices`: the good program answers as the bad one does, and leaves nothing behind.
 */
import { assert, describe, it } from "@effect/vitest"
import { NoLeaks } from "greenlang/testing"
import { globSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import * as Grid from "../examples/support/Grid.ts"

const folder = join(import.meta.dirname, "../examples/practices")

interface Program {
  readonly main: (grid: string) => Promise<unknown>
}

describe("practices", () => {
  const practices = globSync("*/good.ts", { cwd: folder }).map((file) => file.replace("/good.ts", "")).toSorted()

  for (const practice of practices) {
    it(practice, async () => {
      const bad: Program = await import(join(folder, practice, "bad.ts"))
      const good: Program = await import(join(folder, practice, "good.ts"))
      await using theirs = await Grid.start({ delay: 20 })
      const expected = await bad.main(theirs.url)
      await using grid = await Grid.start({ delay: 20 })
      assert.deepStrictEqual(await NoLeaks.checkPromise(() => good.main(grid.url)), expected)
      while (grid.connections() > 0) await setTimeout(5)
    })
  }

  it("come in pairs", () => {
    for (const practice of practices) {
      assert.deepStrictEqual(readdirSync(join(folder, practice)).toSorted(), ["bad.ts", "good.ts"])
    }
    assert.strictEqual(practices.length, 5)
  })
})
