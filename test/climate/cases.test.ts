import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Agent } from "greenlang"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { CarbonAgentAI } from "greenlang/climate/CarbonAgentAI"
import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
import { GridFactorAgentAI } from "greenlang/climate/GridFactorAgentAI"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
import { Cases } from "greenlang/testing"
import table from "./cases.json" with { type: "json" }

const Services = Layer.mergeAll(
  ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie),
  Offline.layer
)

type ClimateAgent = Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>

const agents: Readonly<Record<string, ClimateAgent>> = { CarbonAgent, CarbonAgentAI, FuelAgentAI, GridFactorAgentAI }

/** Two cases ask for the largest source by itself. */
const withTop = (answer: unknown) => {
  const [top] = (answer as { emissions_breakdown?: ReadonlyArray<{ source: string; percentage: number }> })
    .emissions_breakdown ?? []
  return top === undefined ? answer : { ...answer as object, top_source: top.source, top_percentage: top.percentage }
}

/** A case is for the agent itself, or for one of its tools. */
const answer = ({ agent: name, args, tool: toolName }: { agent: string; tool: string; args: unknown }) => {
  const agent = agents[name]
  assert(agent !== undefined, name)
  if (toolName === "run") return Effect.map(agent.run(args as never), ({ value }) => withTop(value))
  const tool = agent.tools.find(({ name }) => name === toolName)
  assert(tool !== undefined, toolName)
  return tool.call(args as never) as Effect.Effect<unknown, unknown, ReferenceTables>
}

describe("climate", () => {
  it.effect("answers every worked case", () =>
    Effect.gen(function*() {
      assert.isAbove(table.length, 10)
      const cases = table.map(({ agent, expected, id, input, tolerance }) => ({
        id,
        input: { agent, ...input },
        expected,
        tolerance
      }))
      yield* Cases.verify(answer, cases)
    }).pipe(Effect.provide(Services)))
})
