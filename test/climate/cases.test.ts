import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Agent } from "greenlang"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { CarbonAgentAI } from "greenlang/climate/CarbonAgentAI"
import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
import { GridFactorAgentAI } from "greenlang/climate/GridFactorAgentAI"
import * as Database from "greenlang/database/Database"
import { ReferenceTables } from "greenlang/database/ReferenceTables"
import * as Offline from "greenlang/llm/Offline"
import cases from "./cases.json" with { type: "json" }

const Services = Layer.mergeAll(
  ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie),
  Offline.layer
)

type ClimateAgent = Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>

const agents: Readonly<Record<string, ClimateAgent>> = { CarbonAgent, CarbonAgentAI, FuelAgentAI, GridFactorAgentAI }

interface Tolerance {
  readonly rel?: number
  readonly abs?: number
}

/** Numbers of `expected` within the tolerance, everything else the same; `actual` may hold more. */
const assertNear = (actual: unknown, expected: unknown, { abs = 0, rel = 0 }: Tolerance, path: string): void => {
  if (typeof expected === "number") {
    assert.approximately(Number(actual), expected, Math.max(abs, Math.abs(expected) * rel), path)
  } else if (typeof expected === "object" && expected !== null && !Array.isArray(expected)) {
    for (const [key, value] of Object.entries(expected)) {
      assertNear((actual as Record<string, unknown>)[key], value, { abs, rel }, `${path}.${key}`)
    }
  } else assert.deepStrictEqual(actual, expected, path)
}

/** Two cases ask for the largest source by itself. */
const withTop = (answer: unknown) => {
  const [top] = (answer as { emissions_breakdown?: ReadonlyArray<{ source: string; percentage: number }> })
    .emissions_breakdown ?? []
  return top === undefined ? answer : { ...answer as object, top_source: top.source, top_percentage: top.percentage }
}

describe("climate", () => {
  it.layer(Services)((it) => {
    it.effect.each(cases)(
      "answers the worked case $id",
      ({ agent: name, expected, id, input, tolerance }) =>
        Effect.gen(function*() {
          const agent = agents[name]
          assert(agent !== undefined, name)
          const tool = agent.tools.find((tool) => tool.name === input.tool)
          const answer = input.tool === "run"
            ? Effect.map(agent.run(input.args as never), ({ value }) => withTop(value))
            : tool?.call(input.args as never) as Effect.Effect<unknown, unknown, ReferenceTables> | undefined
          assert(answer !== undefined, input.tool)
          assertNear(yield* answer, expected, tolerance as Tolerance, id)
        })
    )
  })
})
