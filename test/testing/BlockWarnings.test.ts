import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { cpSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Installed from "../support/Installed.ts"

describe("BlockWarnings", () => {
  it("names the test, the agent and the span that held the event loop", async () => {
    await using folder = await Installed.make(["effect", "vitest", "@effect/vitest"])
    cpSync(join(import.meta.dirname, "fixtures/blocks"), folder.path, { recursive: true })
    const { stderr } = await promisify(execFile)(join(folder.path, "node_modules/vitest/vitest.mjs"), ["run"], {
      cwd: folder.path,
      env: { ...process.env, NO_COLOR: "1" }
    })
    for (const name of ["holds the event loop", "holds it for promises"]) {
      assert.match(stderr, new RegExp(`hog\\.ts > ${name}\\nHog held the event loop for \\d+ ms, at parse`))
    }
    assert.notInclude(stderr, "is done in a moment")
  })
})
