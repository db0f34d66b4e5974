import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Struct } from "effect"
import { Footprint } from "greenlang/climate/Footprint"
import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
import { GridFactorAgentAI } from "greenlang/climate/GridFactorAgentAI"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { History } from "greenlang/orchestrator/History"
import { Orchestrator } from "greenlang/orchestrator/Orchestrator"
import { Cassette, FakeProvider, NoNetwork, type Reply, Script } from "greenlang/testing"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import facility from "../../examples/facility.json" with { type: "json" }
import { atHome } from "../support/AtHome.ts"

const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm" }

/** A model that thinks, calls tools, one of them with a number of its own first, and then writes prose. */
const turns: ReadonlyArray<Reply.Reply> = [
  {
    reasoning: "First the factor.",
    toolCalls: [
      { name: "lookup_emission_factor", input: { fuel_type: "natural_gas", unit: "therm", country: "US" } },
      { name: "calculate_emissions", input: { ...gas, country: "US" } },
      { name: "energy_content", input: gas }
    ]
  },
  { toolCalls: [{ name: "generate_recommendations", input: { fuel_type: "natural_gas", emissions_kg: 1 } }] },
  { toolCalls: [{ name: "generate_recommendations", input: { fuel_type: "natural_gas", emissions_kg: 5311.43 } }] },
  { text: "About five tonnes, by the factor of the US EPA.", usage: { inputTokens: 900, outputTokens: 12 } }
]

const runs = [
  ["FuelAgentAI", { ...gas, country: "US" }],
  ["Footprint", facility],
  ["GridFactorAgentAI", { country: "US", hour: 18 }]
] as const

const agents = Orchestrator.layer({ agents: [Footprint, FuelAgentAI, GridFactorAgentAI] }).pipe(
  Layer.provide(ReferenceTables.layer),
  Layer.provide(History.layer()),
  Layer.provide(Database.layerMemory)
)

/** What all runs answered and used, as bytes. Ids and times are those of a run, and no result. */
const results = Effect.flatMap(Orchestrator, ({ run }) => Effect.forEach(runs, ([name, input]) => run(name, input)))
  .pipe(
    Effect.map((all) =>
      Buffer.from(JSON.stringify(all.map(({ json, metadata, ...rest }) => ({
        ...Struct.pick(rest, ["agent", "success", "failures"]),
        json,
        ...Struct.pick(metadata, ["citations", "usage", "annotations"])
      }))))
    )
  )

describe("A cassette of the footprint", () => {
  for (
    const [vendor, provider] of [
      ["openai", (baseUrl: string) => OpenAiCompatible.layerProvider({ baseUrl, model: "m" })],
      ["anthropic", (baseUrl: string) => Anthropic.layerProvider({ baseUrl, model: "m" })]
    ] as const
  ) {
    it.live(
      `replays to the same bytes as were recorded from ${vendor}, without a network`,
      () =>
        Effect.gen(function*() {
          const folder = yield* Effect.acquireRelease(
            Effect.sync(() => mkdtempSync(join(tmpdir(), "replay-"))),
            (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
          )
          const record = (path: string) =>
            Effect.gen(function*() {
              const { baseUrl, journal, script } = yield* FakeProvider
              yield* script(...turns, Script.always("It is what the tools say."))
              const bytes = yield* Effect.provide(
                results,
                agents.pipe(
                  Layer.provide(Cassette.layerRecord({ path })),
                  Layer.provide(provider(baseUrl)),
                  Layer.provide(Http.layer({ retries: 0 }))
                )
              )
              return { bytes, asked: (yield* journal).length }
            }).pipe(Effect.provide(FakeProvider.layer()))
          const path = join(folder, "cassette.json")
          const { asked, bytes } = yield* record(path)
          assert.isAtLeast(asked, turns.length + 3)
          assert.include(bytes.toString(), "About five tonnes")
          assert.include(bytes.toString(), `"refusedToolCalls":1`)

          // Recording the same again gives the same file.
          const again = join(folder, "again.json")
          assert.isTrue((yield* record(again)).bytes.equals(bytes))
          assert.strictEqual(readFileSync(again, "utf8"), readFileSync(path, "utf8"))

          for (let replay = 0; replay < 2; replay++) {
            const replayed = yield* Effect.gen(function*() {
              const bytes = yield* results
              assert.deepStrictEqual(yield* Cassette.unused, [])
              return bytes
            }).pipe(
              Effect.provide(Layer.merge(Layer.provideMerge(agents, Cassette.layerReplay({ path })), NoNetwork.guard))
            )
            assert.isTrue(replayed.equals(bytes))
          }
        }).pipe(atHome)
    )
  }
})
