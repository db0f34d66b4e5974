import { assert, describe, it } from "@effect/vitest"
import { Effect, JsonSchema, Schema, SchemaRepresentation } from "effect"
import { readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parse } from "yaml"
import * as CommandLine from "../support/CommandLine.ts"

const run = (...args: ReadonlyArray<string>) => CommandLine.run(args)

const root = join(import.meta.dirname, "../..")
const example = join(root, "examples/footprint.yaml")
const facility = join(root, "examples/facility.json")

/** One of each kind. */
const faulty = `name: Faulty
version: "1"
colour: red
steps:
  - { name: fuel, agent: FulAgent }
  - { name: fuel, agent: CarbonAgent, input: { emissions: results.grid } }
  - name: grid
    agent: GridFactorAgent
    when: results.fuel.co2e_emissions_kg >
    timeout: soon
    input: { country: 3 }
  - { name: a, agent: CarbonAgent, after: b, input: { emissions: [] } }
  - { name: b, agent: CarbonAgent, after: [a, feul], input: { emissions: [] } }
`

const inFile = (name: string, text: string) =>
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.promise(() => mkdtemp(join(tmpdir(), "greenlang-check-"))),
      (folder) => Effect.promise(() => rm(folder, { recursive: true }))
    )
    const path = join(folder, name)
    yield* Effect.promise(() => writeFile(path, text))
    return path
  })

describe("greenlang check", () => {
  it.live("prints different faults at once with line and column, and fails", () =>
    Effect.gen(function*() {
      const file = yield* inFile("faulty.yaml", faulty)
      const { code, stderr, stdout } = yield* run("check", file)
      assert.strictEqual(code, 1)
      assert.deepStrictEqual(stdout.trimEnd().split("\n").map((line) => line.replace(`${file}:`, "")), [
        "3:1: colour: a spec has no colour. There is: name, version, description, inputs, concurrency, timeout, steps, output.",
        "5:26: steps.0.agent: there is no agent FulAgent. Did you mean FuelAgent?",
        "6:13: steps.1.name: there is a step fuel already, on line 5",
        "6:59: steps.1.input.emissions: emissions cannot be results.grid: it is an object, and should be a list",
        "9:43: steps.2.when: the condition is wrong: a value is missing before the end: input.NAME, results.STEP.NAME, a number, a text in quotes",
        "10:14: steps.2.timeout: \"soon\" is not a duration: write 500ms, 30s, 2m, 1h or \"5 minutes\"",
        "11:23: steps.2.input.country: country is 3, and should be a text",
        "13:44: steps.4.after.0: the steps wait for each other: a → b → a",
        "13:47: steps.4.after.1: there is no step feul. Did you mean fuel?"
      ])
      assert.strictEqual(stderr, "9 faults\n")
    }))

  it.live("hides a key that stands in the file", () =>
    Effect.gen(function*() {
      const key = "sk-live-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"
      const file = yield* inFile(
        "key.yaml",
        `name: k\nversion: "1"\nsteps:\n  - { name: a, agent: ${key} }\noutput: { a: "${key}" }\n`
      )
      for (const options of [[], ["--json"]]) {
        const { code, stderr, stdout } = yield* run("check", file, ...options)
        assert.strictEqual(code, 1)
        assert.include(stdout, "<redacted>")
        assert.notInclude(`${stdout}${stderr}`, key)
      }
    }))

  it.live("prints the same faults as JSON", () =>
    Effect.gen(function*() {
      const file = yield* inFile("faulty.yaml", faulty)
      const { code, stdout } = yield* run("check", file, "--json")
      assert.strictEqual(code, 1)
      const printed = JSON.parse(stdout)
      assert.strictEqual(printed.file, file)
      assert.deepStrictEqual(printed.issues[1], {
        path: "steps.0.agent",
        message: "there is no agent FulAgent. Did you mean FuelAgent?",
        line: 5,
        column: 26
      })
      assert.lengthOf(printed.issues, 9)
    }))

  it.live("prints the name and the steps of a file without faults", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* run("check", example)
      assert.deepStrictEqual({ code, stderr, stdout }, {
        code: 0,
        stderr: "",
        stdout: `${example}: FootprintSpec 1.0.0, 3 steps, no faults\n`
      })
      const json = yield* run("check", example, "--json")
      assert.deepStrictEqual([json.code, JSON.parse(json.stdout)], [0, { file: example, issues: [] }])
    }))

  it.live("ends with exit code 2 for a file that does not exist", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* run("check", "nowhere.yaml")
      assert.strictEqual(code, 2)
      assert.include(JSON.parse(stderr), { _tag: "UsageError", message: "There is no such file: nowhere.yaml" })
    }))
})

describe("greenlang schema", () => {
  it.live("prints the JSON Schema of pipeline files, with the names of the agents", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* run("schema")
      assert.strictEqual(code, 0)
      const schema = JSON.parse(stdout)
      assert.strictEqual(schema.$schema, "https://json-schema.org/draft/2020-12/schema")
      assert.includeMembers(schema.$defs.step.properties.agent.enum, ["FuelAgent", "CarbonAgent", "Footprint"])
      const accepts = Schema.is(
        SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaDraft2020_12(schema), {
          patterns: "apply"
        }) as unknown as Schema.Schema<unknown>
      )
      assert.isTrue(accepts(parse(readFileSync(example, "utf8"))))
      assert.isFalse(accepts(parse(faulty)))
    }))
})

describe("greenlang run FILE", () => {
  it.live("runs a file to the same total as the pipeline in code", () =>
    Effect.gen(function*() {
      const [drawn, coded] = yield* Effect.all([
        run("run", example, "--input", facility, "--events"),
        run("run", "Footprint", "--input", facility)
      ])
      assert.deepStrictEqual([drawn.code, drawn.stderr, coded.code], [0, "", 0])
      const lines = drawn.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
      const finished = lines.flatMap(({ _tag, path }) => _tag === "StepFinished" ? path.join("/") : [])
      assert.deepStrictEqual(finished.toSorted(), ["carbon", "electricity", "fuels", "fuels/0", "fuels/1", "output"])
      assert.strictEqual(lines.at(-1)._tag, "Result")
      assert.strictEqual(lines.at(-1).value.total_co2e_kg, JSON.parse(coded.stdout).value.total_co2e_kg)
    }))

  it.live("prints the faults of the file as one tagged object, and runs nothing", () =>
    Effect.gen(function*() {
      const file = yield* inFile("faulty.json", faulty)
      const { code, stderr, stdout } = yield* run("run", file, "{}")
      assert.deepStrictEqual([code, stdout], [1, ""])
      const printed = JSON.parse(stderr)
      assert.deepStrictEqual([printed._tag, printed.file, printed.issues.length], ["PipelineSpecInvalid", file, 9])
    }))

  it.live("draws the file with graph", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* run("graph", example)
      assert.strictEqual(code, 0)
      assert.include(stdout, "electricity<br/>(when)")
    }))
})
