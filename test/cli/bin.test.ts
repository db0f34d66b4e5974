import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { PipelineEvent } from "greenlang"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { vi } from "vitest"
import * as Binary from "../support/Binary.ts"
import * as OpenAiServer from "../support/OpenAiServer.ts"

// processes are slow to start on a busy machine
vi.setConfig({ testTimeout: 60_000 })

const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm", country: "US" }
const facility = {
  country: "US",
  subregion: "CAMX",
  fuels: [{ fuel_type: "natural_gas", amount: 1000, unit: "therms" }],
  electricity_kwh: 250000,
  area_sqft: 50000
}

const run = (args: ReadonlyArray<string>, options?: Binary.Options) => Effect.promise(() => Binary.run(args, options))

/** What Node says about the modules it loads. */
const loading = (arg: string) =>
  spawnSync(process.execPath, [...Binary.nodeArguments, arg], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], NODE_DEBUG: "esm" },
    maxBuffer: 2 ** 28
  }).stderr

/** A model that is asked and never answers. */
const silentModel = Effect.gen(function*() {
  const server = yield* OpenAiServer.start
  server.script(OpenAiServer.silence)
  const env = {
    GREENLANG_MODEL: "openai/any",
    OPENAI_BASE_URL: server.baseUrl,
    OPENAI_API_KEY: "sk-very-secret"
  }
  return { env, server }
})

describe("greenlang", () => {
  it.live("tells its version without loading the runtime", () =>
    Effect.gen(function*() {
      const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"))
      const ended = yield* run(["--version"])
      assert.deepStrictEqual(ended, { code: 0, stdout: `greenlang ${version}\n`, stderr: "" })
      assert.notInclude(loading("--version"), "/effect/")
      assert.include(loading("--help"), "/effect/")
    }))

  it.live("computes the emissions of a purchase, and cites where the factor was published", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* run(["run", "FuelAgentAI", JSON.stringify(gas)])
      assert.strictEqual(stderr, "")
      assert.strictEqual(code, 0)
      const { metadata, value } = JSON.parse(stdout)
      // EPA GHG Emission Factors Hub (2025), natural gas: 53.06 kg CO2, 1 g CH4, 0.1 g N2O a MMBtu; IPCC AR6 potentials
      assert.approximately(value.co2e_emissions_kg, 5311.43, 5.3)
      assert.strictEqual(value.scope, "1")
      const epa = metadata.citations.find((citation: { source?: string }) => citation.source?.includes("EPA"))
      assert.isNumber(epa.year)
    }))

  it.live("names every field at fault, in one object", () =>
    Effect.gen(function*() {
      const input = `{"fuel_type":"natural_gas","amount":-5}`
      const { code, stderr, stdout } = yield* run(["run", "FuelAgentAI", input])
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      const { _tag, issues } = JSON.parse(stderr)
      assert.strictEqual(_tag, "InvalidInput")
      const expected = new Map(issues.map((issue: { path: string; expected: string }) => [issue.path, issue.expected]))
      assert.deepStrictEqual([...expected.keys()], ["amount", "unit"])
      assert.match(String(expected.get("amount")), /a number .*zero or more/)
      assert.match(String(expected.get("unit")), /therm, .*gallon/)
    }))

  it.live("lists what is available where no factor was published", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* run(["run", "FuelAgent", JSON.stringify({ ...gas, country: "Atlantis" })])
      assert.strictEqual(code, 1)
      const { _tag, available, lookedFor } = JSON.parse(stderr)
      assert.strictEqual(_tag, "DataError")
      assert.strictEqual(lookedFor.country, "Atlantis")
      assert.includeMembers(available, ["UK", "US"])
    }))

  it.live("ends with 2 where the command line is at fault", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
        [["run", "FuelAgntAI", "{}"], "FuelAgentAI"],
        [["tool", "FuelAgentAI", "energy_contnt", "{}"], "energy_content"],
        [["run", "FuelAgentAI", `{"amount":5,}`], "column 13"],
        [["run", "FuelAgentAI", "--input", "/no/such/file.json"], "/no/such/file.json"],
        [["run", "FuelAgentAI"], "needs an input"]
      ]
      yield* Effect.forEach(wrong, ([args, hint]) =>
        Effect.map(run(args), ({ code, stderr, stdout }) => {
          assert.strictEqual(code, 2, args.join(" "))
          assert.include(stderr, hint)
          assert.strictEqual(stdout, "")
        }), { concurrency: 2, discard: true })
    }))

  it.live("reads standard input, and prints events that decode", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* run(["run", "Footprint", "-", "--events"], { stdin: JSON.stringify(facility) })
      assert.strictEqual(code, 0)
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const events = yield* Schema.decodeEffect(Schema.Array(PipelineEvent))(lines.slice(0, -1))
      assert.deepInclude(events.at(-1), { _tag: "RunEnded", outcome: "completed" })
      assert.strictEqual(lines.at(-1)._tag, "Result")
      assert.strictEqual(lines.at(-1).value.total_co2e_kg, 54071.43)
    }))

  it.live("calls a tool alone", () =>
    Effect.gen(function*() {
      const input = `{"fuel_type":"diesel","amount":500,"unit":"gallons"}`
      const { code, stdout } = yield* run(["tool", "FuelAgentAI", "energy_content", input])
      assert.strictEqual(code, 0)
      // 0.138 MMBtu a gallon (EPA GHG Emission Factors Hub, 2025)
      assert.approximately(JSON.parse(stdout).value.energy_content_mmbtu, 69, 1e-9)
    }))

  it.live("needs no model where no model is asked", () =>
    Effect.gen(function*() {
      const env = { GREENLANG_MODEL: "nobody/nothing" }
      assert.strictEqual((yield* run(["run", "FuelAgent", JSON.stringify(gas)], { env })).code, 0)
      const { code, stderr } = yield* run(["run", "FuelAgentAI", JSON.stringify(gas)], { env })
      assert.strictEqual(code, 1)
      assert.strictEqual(JSON.parse(stderr)._tag, "UnusableModel")
    }))

  for (const [signal, expected] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    it.live(`closes its connections on ${signal}, and ends with ${expected}`, () =>
      Effect.gen(function*() {
        const { env, server } = yield* silentModel
        const { ended, process } = Binary.start(["run", "FuelAgentAI", JSON.stringify(gas)], { env })
        yield* server.arrival
        process.kill(signal)
        yield* server.hangUp
        assert.deepStrictEqual(yield* Effect.promise(() => ended), { code: expected, stdout: "", stderr: "" })
      }))
  }

  it.live("gives up after the time it was given, and closes its connections", () =>
    Effect.gen(function*() {
      const { env, server } = yield* silentModel
      const { ended } = Binary.start(["run", "FuelAgentAI", JSON.stringify(gas), "--timeout", "1s"], { env })
      yield* server.arrival
      yield* server.hangUp
      const { code, stderr } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 1)
      assert.strictEqual(JSON.parse(stderr)._tag, "TimedOut")
    }))

  it.live("tells no secret when it fails", () =>
    Effect.gen(function*() {
      // a port that nobody listens on
      const port = yield* Effect.promise(() =>
        new Promise<number>((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => {
            const address = server.address()
            server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
          })
        })
      )
      const model = yield* run(["run", "FuelAgentAI", JSON.stringify(gas), "--log-level", "all"], {
        env: {
          GREENLANG_MODEL: "openai/any",
          GREENLANG_HTTP_RETRIES: "0",
          OPENAI_BASE_URL: `http://127.0.0.1:${port}`,
          OPENAI_API_KEY: "very-secret"
        }
      })
      assert.strictEqual(model.code, 1)
      const database = yield* run(["run", "FuelAgent", JSON.stringify(gas), "--log-level", "all"], {
        env: { DATABASE_URL: `postgres://me:very-secret@127.0.0.1:${port}/any` }
      })
      assert.strictEqual(database.code, 1)
      assert.include(database.stderr, "DatabaseError")
      for (const { stderr, stdout } of [model, database]) assert.notInclude(stdout + stderr, "very-secret")
    }))

  it.live("stops when nobody reads what it prints any more", () =>
    Effect.gen(function*() {
      // that it ends at all is the point: the model never answers
      const { env } = yield* silentModel
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
      { encoding: "utf8", env: { PATH: process.env["PATH"], NODE_DEBUG: "esm" } }
    )
    assert.strictEqual(status, 2)
    assert.strictEqual(stdout, "")
    assert.include(stderr, "greenlang needs Node.js 22.19 or newer, and this is 20.19.0.")
    assert.notInclude(stderr, "/effect/")
  })
})

describe.runIf(existsSync("/usr/bin/script"))("greenlang on a terminal", () => {
  it.live("shows progress, the report and the times, in colour and 80 cells wide", () =>
    Effect.gen(function*() {
      const { ended } = Binary.startOnTerminal(["run", "Footprint", JSON.stringify(facility)])
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 0)
      assert.include(stdout, "\x1b[?25l")
      assert.isAbove(stdout.lastIndexOf("\x1b[?25h"), stdout.lastIndexOf("\x1b[?25l"))
      assert.include(stdout, "\x1b[1m")
      const lines = stripVTControlCharacters(stdout).split(/\r*\n/)
      for (const line of lines) assert.isAtMost(line.replace(/^\r/, "").length, 80, line)
      const text = lines.join("\n")
      for (const part of ["✓ carbon", "scope 1  5311.43 kg CO2e", "per sqft", "EPA", "●  ", "(* critical path)", "█"]) {
        assert.include(text, part)
      }
    }))

  it.live("honours NO_COLOR and TERM=dumb", () =>
    Effect.gen(function*() {
      const args = ["run", "FuelAgent", JSON.stringify(gas)]
      const plain = yield* Effect.promise(() => Binary.startOnTerminal(args, { env: { NO_COLOR: "1" } }).ended)
      assert.include(plain.stdout, "5311.43 kg")
      assert.notInclude(plain.stdout, "\x1b[1m")
      assert.notInclude(plain.stdout, "\x1b[32m")
      const dumb = yield* Effect.promise(() => Binary.startOnTerminal(args, { env: { TERM: "dumb" } }).ended)
      assert.include(dumb.stdout, "5311.43 kg")
      assert.notInclude(dumb.stdout, "\x1b")
    }))

  it.live("gives the cursor back on Ctrl-C", () =>
    Effect.gen(function*() {
      const { env, server } = yield* silentModel
      const { ended, process } = Binary.startOnTerminal(["run", "Footprint", JSON.stringify(facility)], { env })
      yield* server.arrival
      process.stdin.write("\x03")
      yield* server.hangUp
      const { code, stdout } = yield* Effect.promise(() => ended)
      assert.strictEqual(code, 130)
      assert.isAbove(stdout.lastIndexOf("\x1b[?25h"), stdout.lastIndexOf("\x1b[?25l"))
      assert.match(stripVTControlCharacters(stdout), /■ explanation .*interrupted/)
    }))
})
