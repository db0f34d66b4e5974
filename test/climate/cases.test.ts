import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import type { Agent, Tool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import type { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import { Cases } from "greenlang/testing"
import plants from "./agents/cases.json" with { type: "json" }
import { Services } from "./agents/services.ts"
import table from "./cases.json" with { type: "json" }

type ClimateAgent = Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>

/** Two cases ask for the largest source by itself, one for the intensities. */
const withTop = (value: unknown) => {
  const answer = { ...value as object, ...(value as { intensities?: object }).intensities }
  const [top] = (value as { emissions_breakdown?: ReadonlyArray<{ source: string; percentage: number }> })
    .emissions_breakdown ?? []
  return top === undefined ? answer : { ...answer, top_source: top.source, top_percentage: top.percentage }
}

interface Question {
  readonly agent: string
  readonly tool: string
  readonly args: unknown
}

/** A case is for the agent itself, or for one of its tools. */
const answer = Effect.fnUntraced(function*({ agent: name, args, tool: toolName }: Question) {
  const entry = Catalog.entries.find((entry) => entry.name === name)
  assert(entry !== undefined, name)
  const agent = (yield* entry.load) as unknown as ClimateAgent
  if (toolName === "run") return withTop((yield* agent.run(args as never)).value)
  const tool = agent.tools.find(({ name }) => name === toolName)
  assert(tool !== undefined, `${name} has no tool ${toolName}`)
  return yield* (tool as Tool.Tool<unknown, unknown, unknown, ReferenceTables>).call(args)
})

/** A field that cannot be read is a validation error, too. */
const failure = (error: unknown) =>
  Effect.fail(
    (error as { _tag: string })._tag === "InvalidInput" ? { _tag: "ValidationError", issues: error } : error
  )

const cases = table.map(({ agent, expected, id, input, tolerance }) => {
  const question: Question = { agent, ...input }
  return expected.error === undefined
    ? { id, input: question, expected: expected as unknown, tolerance }
    : { id, input: question, fails: expected.error }
})

describe("climate", () => {
  it("has an agent for each worked case", () => {
    const names = new Set<string>(Catalog.entries.map(({ name }) => name))
    for (const { agent, id } of table) assert(names.has(agent), `${id}: ${agent}`)
  })

  // those of buildings, plants, reports and statistics are answered in agents/cases.test.ts
  const answeredThere = new Set(plants.map(({ id }) => id))
  for (const row of cases.filter(({ id }) => !answeredThere.has(id))) {
    it.live(`answers the worked case ${row.id}`, () =>
      Cases.verify((question: Question) => Effect.catch(answer(question), failure), [row]).pipe(
        Effect.provide(Services)
      ))
  }
})
