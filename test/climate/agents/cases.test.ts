/**
 * The worked cases of the agents for buildings, plants, reports and statistics, each by its name.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Layer, type Scope, Struct } from "effect"
import type { Agent, CpuPool } from "greenlang"
import * as Catalog from "greenlang/climate/Catalog"
import type { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import { Cases } from "greenlang/testing"
import cases from "./cases.json" with { type: "json" }
import { Services } from "./services.ts"

type ClimateAgent = Agent.Agent<never, unknown, unknown, Layer.Success<typeof Services>>

interface Call {
  readonly agent: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
}

/** Some cases describe their data, or ask for a part of the answer. */
const special: Readonly<
  Record<string, (call: Call) => Effect.Effect<unknown, unknown, Layer.Success<typeof Services>>>
> = {
  "AnomalyAgentIForest.detect": ({ args, ...call }) =>
    ask({
      ...call,
      args: {
        ...Struct.omit(args, ["generator"]),
        data: Array.from({ length: 200 }, (_, at) =>
          at === 50 || at === 150 ? { x: 1000, y: -1000 } : { x: at % 20, y: 2 * (at % 20) })
      }
    }),
  "AnomalyAgentIForest.run": ({ args, ...call }) =>
    ask({ ...call, args: { data: Array.from({ length: Number(args["n_observations"]) }, (_, x) => ({ x })) } }),
  "ForecastAgentSARIMA.forecast_shape": ({ agent, args }) =>
    Effect.gen(function*() {
      const truth = (t: number) => 100 + 0.5 * t + 20 * Math.sin(2 * Math.PI * t / 12)
      const answer = yield* ask({
        agent,
        tool: "run",
        args: {
          data: Array.from({ length: 72 }, (_, t) => ({
            timestamp: new Date(Date.UTC(2020, t, 1)).toISOString(),
            value: truth(t)
          })),
          seasonal_period: args["seasonal_period"],
          forecast_horizon: args["forecast_horizon"],
          confidence_level: args["confidence_level"]
        }
      })
      const { forecast, lower_bound, upper_bound } = answer as Record<string, ReadonlyArray<number>>
      const errors = forecast!.map((value, at) => Math.abs(value - truth(72 + at)))
      assert.isAtMost(Math.max(...errors), 2)
      return {
        length: forecast!.length,
        intervals_ordered: forecast!.every((value, at) => lower_bound![at]! <= value && value <= upper_bound![at]!)
      }
    }),
  "IntensityAgent.run": (call) =>
    Effect.map(ask(call), (answer) => (answer as { readonly intensities: unknown }).intensities)
}

const ask = Effect.fnUntraced(function*({ agent: name, args, tool: toolName }: Call) {
  const entry = Catalog.entries.find((entry) => entry.name === name)
  assert(entry !== undefined, name)
  const agent = (yield* entry.load) as ClimateAgent
  if (toolName === "run") return (yield* agent.run(args as never)).value
  const tool = agent.tools.find(({ name }) => name === toolName)
  assert(tool !== undefined, toolName)
  return yield* tool.call(args as never) as Effect.Effect<unknown, unknown, ReferenceTables | CpuPool | Scope.Scope>
}) as (call: Call) => Effect.Effect<unknown, unknown, Layer.Success<typeof Services>>

/** A field that cannot be read fails before the agent sees it: `InvalidInput` is a ValidationError to a caller. */
const tag = (error: unknown) => {
  const name = (error as { readonly _tag: string })._tag
  return name === "InvalidInput" ? "ValidationError" : name
}

const built = new Set<string>(Catalog.entries.map(({ name }) => name))

describe("worked cases", () => {
  it.layer(Services)((it) => {
    for (const { agent, expected, id, input, tolerance } of cases.filter(({ agent }) => built.has(agent))) {
      it.effect(`answers ${id}`, () =>
        Effect.gen(function*() {
          const call = { agent, tool: input.tool, args: input.args }
          const answer = (special[`${agent}.${input.tool}`] ?? ask)(call)
          if ("error" in expected) {
            assert.strictEqual(tag(yield* Effect.flip(answer)), expected.error)
            return
          }
          const rest = Struct.omit(expected as Readonly<Record<string, unknown>>, ["max_abs_error", "truth_formula"])
          yield* Cases.verify(() => answer, [{ id, input: call, expected: rest, tolerance: tolerance as never }])
        }))
    }
  })
})
