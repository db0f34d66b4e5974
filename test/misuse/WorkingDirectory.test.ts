/** Without HOME and XDG_DATA_HOME, no command makes anything in the working directory: each names the settings instead. */
import { assert, describe, it } from "@effect/vitest"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Binary from "../support/Binary.ts"

const homeless = {
  GREENLANG_DATABASE: undefined,
  DATABASE_URL: undefined,
  HOME: undefined,
  USERPROFILE: undefined,
  XDG_DATA_HOME: undefined
}

const input = `{"fuel_type":"natural_gas","amount":1,"unit":"therms","country":"US"}`
const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["run", "FuelAgent", input],
  ["history"],
  ["history", "show", "x"],
  ["approvals"],
  ["runs"],
  ["submit", "Footprint", "{}"],
  ["worker"]
]

describe("the working directory", () => {
  for (const args of commands) {
    it(`stays empty without HOME: ${args.join(" ").slice(0, 40)}`, async () => {
      const cwd = mkdtempSync(join(tmpdir(), "homeless-"))
      try {
        const { code, stderr } = await Binary.run(args, { cwd, env: homeless })
        assert.deepStrictEqual(readdirSync(cwd), [])
        // An agent answers without a place for its history.
        if (args[0] !== "run") assert.strictEqual(code, 1)
        if (args[0] !== "submit" && args[0] !== "worker") assert.match(stderr, /HOME is not set.*GREENLANG_DATABASE/)
        assert.notMatch(stderr, /\n\s+at .*\.[jt]s:\d+/)
      } finally {
        rmSync(cwd, { recursive: true })
      }
    })
  }

  const homes = process.platform === "linux" ? ["", ".", "relative/home"] : []
  for (const home of homes) {
    it(`stays empty where HOME is ${home === "" ? "an empty text" : home}`, async () => {
      const cwd = mkdtempSync(join(tmpdir(), "homeless-"))
      try {
        for (const XDG_CACHE_HOME of [undefined, "", "cache"]) {
          const env = { ...homeless, HOME: home, XDG_CACHE_HOME, NODE_COMPILE_CACHE: undefined }
          await Binary.run(["history"], { cwd, env })
          assert.deepStrictEqual(readdirSync(cwd), [])
        }
      } finally {
        rmSync(cwd, { recursive: true })
      }
    })
  }
})
