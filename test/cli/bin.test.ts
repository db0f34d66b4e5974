import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PipelineEvent } from "greenlang"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { facility, gas } from "../support/Bills.ts"
import * as Binary from "../support/Binary.ts"
import * as OpenAiServer from "../support/OpenAiServer.ts"

// Only what needs a process of its own is here: processes are slow to start on a busy machine.

describe("greenlang", () => {
  it("prints its version without loading the runtime", () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"))
    const { status, stderr, stdout } = spawnSync(process.execPath, [...Binary.nodeArguments, "--version"], {
      encoding: "utf8",
      env: Binary.environment({ NODE_DEBUG: "esm" }),
      maxBuffer: 2 ** 28
    })
    assert.deepStrictEqual([status, stdout], [0, `greenlang ${version}\n`])
    // the modules that Node loads
    assert.match(stderr, /cli\/bin\.[jt]s/)
    assert.notInclude(stderr, "/effect/")
  })

  it.live("reads standard input, and prints events that decode", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* Effect.promise(() =>
        Binary.run(["run", "Footprint", "-", "--events"], { stdin: JSON.stringify(facility) })
      )
      assert.deepStrictEqual([code, stderr], [0, ""])
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const events = yield* Schema.decodeEffect(Schema.Array(PipelineEvent))(lines.slice(0, -1))
      assert.deepInclude(events.at(-1), { _tag: "RunEnded", outcome: "completed" })
      assert.strictEqual(lines.at(-1)._tag, "Result")
      assert.strictEqual(lines.at(-1).value.total_co2e_kg, 54071.43)
    }))

  it.live("closes its connections on SIGTERM, and ends with 143", () =>
    Effect.gen(function*() {
      const { env, server } = yield* OpenAiServer.silentModel
      const { ended, process } = Binary.start(["run", "FuelAgentAI", JSON.stringify(gas)], { env })
      yield* server.arrival
      process.kill("SIGTERM")
      yield* server.hangUp
      assert.deepStrictEqual(yield* Effect.promise(() => ended), { code: 143, stdout: "", stderr: "" })
    }))

  it.live("stops when the reader of its output has gone", () =>
    Effect.gen(function*() {
      // that it ends at all is the point: the model never answers
      const { env } = yield* OpenAiServer.silentModel
      const { ended, process } = Binary.start(["run", "Footprint", JSON.stringify(facility), "--events"], { env })
      process.stdout.destroy()
      const { code, stderr } = yield* Effect.promise(() => ended)
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 1)
    }))

  it("refuses an old Node before it loads anything", () => {
    const versions = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })`
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${encodeURIComponent(versions)}`, ...Binary.nodeArguments, "agents"],
      { encoding: "utf8", env: Binary.environment({ NODE_DEBUG: "esm" }) }
    )
    assert.strictEqual(status, 2)
    assert.strictEqual(stdout, "")
    assert.include(stderr, "greenlang needs Node.js 22.19 or newer, and this is 20.19.0.")
    assert.notInclude(stderr, "/effect/")
  })
})

describe.runIf(existsSync("/usr/bin/script"))("greenlang on a terminal", () => {
  it.live("draws progress in colour, and shows the cursor again on Ctrl-C, with exit code 130", () =>
    Effect.gen(function*() {
      const { env, server } = yield* OpenAiServer.silentModel
      const { ended, process } = Binary.startOnTerminal([
        "run",
        "Footprint",
        JSON.stringify(facility),
        "--log-level",
        "error"
      ], { env })
      yield* server.arrival
      process.stdin.write("\x03")
      yield* server.hangUp
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 130)
      assert.include(stdout, "\x1b[?25l")
      assert.include(stdout, "\x1b[32m✓")
      assert.isAbove(stdout.lastIndexOf("\x1b[?25h"), stdout.lastIndexOf("\x1b[?25l"))
      const lines = stripVTControlCharacters(stdout).split(/\r*\n/)
      for (const line of lines) assert.isAtMost(line.replace(/^\r/, "").length, 80, line)
      assert.match(lines.join("\n"), /■ explanation .*interrupted/)
    }))

  it.live("honours NO_COLOR and TERM=dumb", () =>
    Effect.gen(function*() {
      for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
        const { stdout } = yield* Effect.promise(() => Binary.startOnTerminal(["agents"], { env }).ended)
        assert.include(stdout, "FuelAgentAI")
        assert.notInclude(stdout, "\x1b")
      }
    }))
})
