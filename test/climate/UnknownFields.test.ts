/**
 * A misspelt field is an error, in whatever record it stands and by whatever way the input comes in. [C4]
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Agent, PipelineSpec, PromiseAgent, type Tool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import * as Database from "greenlang/database/Database"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import { run as runCommand } from "../support/CommandLine.ts"
import { example, type Json, records, sample, withField } from "./agents/samples.ts"
import { Services } from "./agents/services.ts"

type ClimateAgent = Agent.Agent<unknown, unknown, unknown, Layer.Success<typeof Services>>

const load = Effect.map(Catalog.agents, (agents) => agents as unknown as ReadonlyArray<ClimateAgent>)

interface Misspelt {
  readonly input: Json
  readonly path: string
  readonly meant: string
}

/** The value with a slip of the pen beside each known field of each record, once a record. */
const misspellings = (schema: unknown, value: Json): ReadonlyArray<Misspelt> =>
  records(schema, value).flatMap(({ fields, path }) => {
    const meant = fields.toSorted((a, b) => b.length - a.length)[0]
    if (meant === undefined) return []
    const slip = `${meant}z`
    return [{ input: withField(value, path, slip), path: [...path, slip].join("."), meant }]
  })

interface Refusal {
  readonly _tag: string
  readonly issues: ReadonlyArray<{ readonly path: string; readonly message: string; readonly expected?: string }>
}

const assertRefused = (error: unknown, { meant, path }: Misspelt, place: string) => {
  const { _tag, issues } = error as Refusal
  assert.strictEqual(_tag, "InvalidInput", place)
  const issue = issues.find((issue) => issue.path === path || issue.path.endsWith(`.${path}`))
  assert(issue !== undefined, `${place}: ${JSON.stringify(issues)} does not name ${path}`)
  assert.include(issue.message, `did you mean \`${meant}\`?`, place)
  // The only field that there is has been said.
  if (issue.expected !== undefined) assert.match(issue.expected, new RegExp(`^one of ${meant}, `), place)
}

describe("an unknown field", () => {
  it.layer(Services)((it) => {
    it.effect("is refused by a run of every agent, in every record of its input", () =>
      Effect.gen(function*() {
        for (const agent of yield* load) {
          for (const misspelt of misspellings(agent.input, example(agent.name))) {
            assertRefused(yield* Effect.flip(agent.run(misspelt.input)), misspelt, agent.name)
            assertRefused(yield* Effect.flip(Agent.tool(agent).call(misspelt.input)), misspelt, `tool ${agent.name}`)
          }
        }
      }))

    it.effect("is refused by every tool of every agent, in every record of its input", () =>
      Effect.gen(function*() {
        for (const agent of yield* load) {
          for (const tool of agent.tools as ReadonlyArray<Tool.Tool<unknown, unknown, unknown, never>>) {
            for (const misspelt of misspellings(tool.input, sample(tool.input))) {
              assertRefused(yield* Effect.flip(tool.call(misspelt.input)), misspelt, `${agent.name} ${tool.name}`)
            }
          }
        }
      }))

    it.effect("is refused by the orchestrator", () =>
      Effect.gen(function*() {
        const agents = yield* load
        const orchestrated = Orchestrator.layer({ agents }).pipe(
          Layer.provide(History.layer()),
          Layer.provide(Database.layerMemory)
        )
        yield* Effect.gen(function*() {
          const { run } = yield* Orchestrator
          for (const agent of agents) {
            for (const misspelt of misspellings(agent.input, example(agent.name))) {
              assertRefused(yield* Effect.flip(run(agent.name, misspelt.input)), misspelt, agent.name)
            }
          }
        }).pipe(Effect.provide(orchestrated))
      }))

    it.effect("is refused by the step of a pipeline file", () =>
      Effect.gen(function*() {
        const agents = yield* load
        for (const agent of agents) {
          const pipeline = yield* PipelineSpec.fromYaml(
            `name: One\nversion: 1.0.0\nsteps:\n  - { name: only, agent: ${agent.name} }\noutput: results.only\n`,
            { agents }
          )
          for (const misspelt of misspellings(agent.input, example(agent.name))) {
            assertRefused(yield* Effect.flip(pipeline.run(misspelt.input)), misspelt, `file with ${agent.name}`)
          }
        }
      }))

    it.effect("is refused by a promise", () =>
      Effect.gen(function*() {
        for (const agent of yield* load) {
          const [misspelt] = misspellings(agent.input, example(agent.name))
          const error = yield* Effect.promise(async () => {
            await using opened = await PromiseAgent.open(agent, Services)
            return await opened.execute(misspelt!.input).then(() => undefined, (error: unknown) => error)
          })
          assertRefused(error, misspelt!, `execute ${agent.name}`)
        }
      }))
  })

  it.live("is refused by the command line, with the nearest field in its JSON", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* runCommand(["run", "GridFactorAgent", `{"contry":"UK"}`])
      assert.strictEqual(code, 1)
      const contry = JSON.parse(stderr).issues.find(({ path }: { path: string }) => path === "contry")
      assert.strictEqual(contry.message, "is not a known field, did you mean `country`?")
      assert.match(contry.expected, /^one of country, /)
    }))
})
