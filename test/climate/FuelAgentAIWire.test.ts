/**
 * FuelAgentAI over real HTTP, against a server that speaks the wire format of OpenAI's chat completions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { Agent } from "greenlang"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { FuelAgentAI } from "greenlang/climate/FuelAgentAI"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault, NoLeaks, type Reply } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm" }

const served = (...lines: ReadonlyArray<Line>) =>
  Layer.unwrap(
    Effect.map(FakeProvider, ({ baseUrl }) =>
      OpenAiCompatible.layer({ baseUrl, model: "any", apiKey: Redacted.make("sk-test") }))
  ).pipe(
    Layer.provide(Http.layer({ retries: 1 })),
    Layer.provideMerge(FakeProvider.layer(...lines)),
    Layer.merge(Tables)
  )

const calls: Reply.Reply = {
  toolCalls: [
    { name: "lookup_emission_factor", input: { fuel_type: "natural_gas", unit: "therm", country: "US" } },
    { name: "calculate_emissions", input: { ...gas, country: "US" } },
    { name: "energy_content", input: gas },
    { name: "generate_recommendations", input: { fuel_type: "natural_gas", emissions_kg: 5311.43 } }
  ]
}

describe("FuelAgentAI over HTTP", () => {
  it.live("answers the server's tool calls, and hands it the results", () =>
    Effect.gen(function*() {
      const { value } = yield* FuelAgentAI.run(gas)
      const twin = yield* FuelAgent.run(gas)
      assert.strictEqual(value.co2e_emissions_kg, twin.value.co2e_emissions_kg)
      assert.strictEqual(value.explanation, "About five tonnes.")
      assert.strictEqual(value.provenance.toolsCalledByModel.length, 4)
      const [first, second] = yield* (yield* FakeProvider).journal
      assert.include(JSON.stringify(first?.body), "lookup_emission_factor")
      assert.include(JSON.stringify(second?.body), "5311.43")
    }).pipe(Effect.provide(served(calls, "About five tonnes."))))

  it.live("obeys a 429 with Retry-After", () =>
    Effect.gen(function*() {
      const began = performance.now()
      const { value } = yield* FuelAgentAI.run(gas)
      assert.strictEqual(value.explanation, "About five tonnes.")
      assert.isAtLeast(performance.now() - began, 1_000)
    }).pipe(Effect.provide(served(Fault.rateLimited("1 second"), calls, "About five tonnes."))))

  it.live("fails with a typed error when the server dies, and keeps the numbers", () =>
    Effect.gen(function*() {
      const outcome = yield* Agent.outcome(FuelAgentAI, gas)
      assert(!outcome.success)
      assert.strictEqual(outcome.error._tag, "AiError")
      assert.include(JSON.stringify(outcome.metadata.annotations), "5311.43")
    }).pipe(Effect.provide(served(calls, Fault.reset("About five")))))

  it.live("closes the connection when it is interrupted, and leaves nothing", () =>
    NoLeaks.check(
      Effect.gen(function*() {
        const server = yield* FakeProvider
        const run = yield* Effect.forkChild(FuelAgentAI.run(gas))
        yield* server.until((journal) => journal.length === 1)
        yield* Fiber.interrupt(run)
        const [exchange] = yield* server.until(([exchange]) => exchange?.ending !== "open")
        assert.strictEqual(exchange?.ending, "abandoned")
      }).pipe(Effect.provide(served(Fault.silence)))
    ))
})
