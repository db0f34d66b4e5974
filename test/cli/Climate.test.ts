import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:net"
import { stripVTControlCharacters } from "node:util"
import { facility, gas } from "../support/Bills.ts"
import { run } from "../support/CommandLine.ts"
import * as OpenAiServer from "../support/OpenAiServer.ts"

describe("greenlang with the climate library", () => {
  it.live("computes the emissions of a purchase, and cites the publisher of the factor", () =>
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

  it.live("names every wrong field, in one object", () =>
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

  it.live("lists the available countries where no factor is published", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* run(["run", "FuelAgent", JSON.stringify({ ...gas, country: "Atlantis" })])
      assert.strictEqual(code, 1)
      const { _tag, available, lookedFor } = JSON.parse(stderr)
      assert.strictEqual(_tag, "DataError")
      assert.strictEqual(lookedFor.country, "ATLANTIS")
      assert.includeMembers(available, ["AT"])
    }))

  it.live("ends with exit code 2 when the command line is wrong", () =>
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

  it.live("calls one tool", () =>
    Effect.gen(function*() {
      const input = `{"fuel_type":"diesel","amount":500,"unit":"gallons"}`
      const { code, stdout } = yield* run(["tool", "FuelAgentAI", "energy_content", input])
      assert.strictEqual(code, 0)
      // 0.138 MMBtu a gallon (EPA GHG Emission Factors Hub, 2025)
      assert.approximately(JSON.parse(stdout).value.energy_content_mmbtu, 69, 1e-9)
    }))

  it.live("needs no model for an agent without one", () =>
    Effect.gen(function*() {
      const env = { GREENLANG_MODEL: "no-vendor/no-model" }
      assert.strictEqual((yield* run(["run", "FuelAgent", JSON.stringify(gas)], { env })).code, 0)
      const { code, stderr } = yield* run(["run", "FuelAgentAI", JSON.stringify(gas)], { env })
      assert.strictEqual(code, 2)
      assert.include(JSON.parse(stderr), {
        _tag: "UsageError",
        problem: JSON.parse(stderr).message
      })
      assert.include(JSON.parse(stderr).message, `GREENLANG_MODEL "no-vendor/no-model" cannot be used`)
    }))

  it.live("ends after --timeout, and closes its connections", () =>
    Effect.gen(function*() {
      const { env, server } = yield* OpenAiServer.silentModel
      // A slow machine may need more time to call the model.
      const attempt = (seconds: number): ReturnType<typeof run> =>
        Effect.suspend(() => {
          server.script(OpenAiServer.silence)
          const args = ["run", "FuelAgentAI", JSON.stringify(gas), "--timeout", `${seconds}s`]
          return Effect.filterOrElse(run(args, { env }), () => server.asked.length > 0, () => attempt(2 * seconds))
        })
      const { code, stderr } = yield* attempt(1)
      yield* server.hangUp
      assert.strictEqual(code, 1)
      assert.strictEqual(JSON.parse(stderr)._tag, "TimedOut")
    }))

  it.live("prints no secret when it fails", () =>
    Effect.gen(function*() {
      // a port without a listener
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

  it.live("prints progress, the report and the times in colour, within 80 cells", () =>
    Effect.gen(function*() {
      const args = ["run", "Footprint", JSON.stringify(facility), "--log-level", "error"]
      const { code, stderr, stdout } = yield* run(args, { terminal: true })
      assert.strictEqual(code, 0)
      assert.include(stdout, "\x1b[1m")
      const lines = stripVTControlCharacters(stderr + stdout).split("\n")
      for (const line of lines) assert.isAtMost(line.length, 80, line)
      const text = lines.join("\n")
      for (
        const part of ["✓ carbon", "scope 1  5,311.43 kg CO2e", "per sqft", "EPA", "●  ", "(* critical path)", "█"]
      ) {
        assert.include(text, part)
      }
    }))
})
