import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schema } from "effect"
import { Entry } from "greenlang/orchestrator/History"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import * as CommandLine from "../support/CommandLine.ts"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const root = join(import.meta.dirname, "../..")
const facility = ["--input", join(root, "examples/facility.json")]

/** A command line with a database of its own. */
const machine = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-history-"))),
    (folder) => Effect.promise(() => rm(folder, { recursive: true }))
  )
  const env = { GREENLANG_DATABASE: join(folder, "runs.db") }
  const run = (...args: ReadonlyArray<string>) => CommandLine.run(args, { env })
  const entries = (...args: ReadonlyArray<string>) =>
    Effect.map(
      Effect.flatMap(run("history", ...args), ({ stdout }) =>
        Schema.decodeUnknownEffect(Schema.Array(Entry))(JSON.parse(stdout))),
      (entries) =>
        entries
    )
  return { env, run, entries }
})

describe("greenlang history", () => {
  it.live("names the steps of a file that an earlier run has answered", () =>
    Effect.gen(function*() {
      const { entries, env, run } = yield* machine
      const file = join(dirname(env.GREENLANG_DATABASE), "cached.yaml")
      yield* Effect.promise(() =>
        writeFile(
          file,
          `name: Cached
version: "1"
steps:
  - { name: fuel, agent: FuelAgent, cache: 1 hour }
output: results.fuel.co2e_emissions_kg
`
        )
      )
      const fuel = `{"fuel_type":"diesel","amount":500,"unit":"gallon"}`
      const first = yield* run("run", file, fuel)
      const second = yield* run("run", file, fuel, "--events")
      const lines = second.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      assert.deepStrictEqual(lines.map(({ _tag }) => _tag), [
        "RunStarted",
        "PipelineStarted",
        "StepStarted",
        "StepCached",
        "StepStarted",
        "StepFinished",
        "RunEnded",
        "Result"
      ])
      const answer = JSON.parse(first.stdout)
      assert.strictEqual(lines.at(-1).value, answer.value)
      assert.deepStrictEqual(lines.at(-1).metadata.citations, answer.metadata.citations)
      const [newer, older] = yield* entries()
      assert.deepStrictEqual([older?.steps[0]?.state, newer?.steps[0]?.state], ["finished", "cached"])
      const [cached] = yield* Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ step: Schema.String })))(
        newer?.annotations["cached"]
      )
      assert.strictEqual(cached?.step, "fuel")
    }))

  it.live("keeps every run, and shows it by its id", () =>
    Effect.gen(function*() {
      const { entries, run } = yield* machine
      assert.deepStrictEqual((yield* run("history")).stdout, "[]\n")
      const done = yield* run("run", "Footprint", ...facility)
      yield* run("run", join(root, "examples/footprint.yaml"), ...facility)
      yield* run("run", "FuelAgent", "{}")
      yield* run("run", "GridFactorAgent", `{"country":"Nowhere"}`)
      const kept = yield* entries()
      assert.deepStrictEqual(kept.map(({ outcome, agent }) => `${agent} ${outcome}`), [
        "GridFactorAgent failed",
        "FuelAgent rejected",
        "FootprintSpec completed",
        "Footprint completed"
      ])
      const { metadata, value } = JSON.parse(done.stdout)
      assert.strictEqual(kept[3]?.id, metadata.runId)
      assert.isFalse("input" in kept[1]!)
      assert.deepStrictEqual((yield* entries("--outcome", "failed", "--agent", "GridFactorAgent")).length, 1)
      assert.lengthOf(yield* entries("--limit", "2"), 2)

      for (const id of [metadata.runId, metadata.runId.slice(-12)]) {
        const { code, stdout } = yield* run("history", "show", id)
        assert.strictEqual(code, 0)
        const shown = JSON.parse(stdout)
        assert.strictEqual(shown.id, metadata.runId)
        assert.strictEqual(shown.output.total_co2e_kg, value.total_co2e_kg)
        assert.strictEqual(shown.steps.length, 11)
      }
    }))

  it.live("keeps interrupted runs, and none with --no-history", () =>
    Effect.gen(function*() {
      const { entries, env, run } = yield* machine
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence)
      const model = { GREENLANG_MODEL: "openai/any", OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: "sk-very-secret" }
      const started = yield* Effect.forkChild(
        CommandLine.run(["run", "Footprint", ...facility], { env: { ...env, ...model } })
      )
      yield* server.arrival
      yield* Fiber.interrupt(started)
      yield* run("run", "CarbonAgent", `{"emissions":[]}`, "--no-history")
      const [only, ...others] = yield* entries()
      assert.deepInclude(only, { agent: "Footprint", outcome: "interrupted", failures: [] })
      assert.isTrue(only?.steps.some(({ state }) => state === "interrupted"))
      assert.lengthOf(others, 0)
      assert.notInclude(JSON.stringify(only), "sk-very-secret")
    }))

  it.live("is a table on a terminal, and a report of one run", () =>
    Effect.gen(function*() {
      const { entries, env, run } = yield* machine
      yield* run("run", "Footprint", ...facility)
      yield* run("run", "FuelAgent", "{}")
      const [, first] = yield* entries()
      const onTerminal = (...args: ReadonlyArray<string>) =>
        Effect.map(
          CommandLine.run(args, { env, terminal: true }),
          ({ stdout }) => stripVTControlCharacters(stdout).replaceAll("\r", "").trimEnd().split("\n")
        )
      const table = yield* onTerminal("history")
      assert.lengthOf(table, 3)
      assert.match(table[0]!, /^run +agent +outcome +started \(UTC\) +took$/)
      assert.match(table[1]!, /^[0-9a-f]{12} +FuelAgent +rejected +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +[\d.]+ m?s$/)
      assert.match(table[2]!, /Footprint +completed/)
      const report = (yield* onTerminal("history", "show", first!.id)).join("\n")
      for (const part of ["Footprint 1.0.0  completed", first!.id, "Bakersfield plant", "EPA", "* report"]) {
        assert.include(report, part)
      }
    }))

  it.live("reports an unknown id and a wrong limit", () =>
    Effect.gen(function*() {
      const { run } = yield* machine
      const { code, stderr } = yield* run("history", "show", "nothing", "--format", "text")
      assert.deepStrictEqual([code, stderr], [
        2,
        "greenlang: There is no run nothing in the history.\ngreenlang history lists the runs.\n"
      ])
      assert.strictEqual((yield* run("history", "--limit", "0")).code, 2)
    }))

  it.live("lets a run answer though its history cannot be written, and logs it", () =>
    Effect.gen(function*() {
      const env = { GREENLANG_DATABASE: join(root, "package.json", "runs.db") }
      const { code, stderr, stdout } = yield* CommandLine.run(["run", "CarbonAgent", `{"emissions":[]}`], { env })
      assert.strictEqual(code, 0)
      assert.strictEqual(JSON.parse(stdout).value.total_co2e_kg, 0)
      assert.include(stderr, "the run could not be kept in the history")
      const list = yield* CommandLine.run(["history"], { env })
      assert.strictEqual(list.code, 1)
      assert.strictEqual(JSON.parse(list.stderr)._tag, "DatabaseError")
    }))
})
