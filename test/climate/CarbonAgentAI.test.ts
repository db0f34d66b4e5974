import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Struct } from "effect"
import { AiError } from "effect/ai"
import { Agent } from "greenlang"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { CarbonAgentAI } from "greenlang/climate/CarbonAgentAI"
import * as Offline from "greenlang/llm/offline/Offline"
import { Reply, ScriptedLlm } from "greenlang/testing"

const building = {
  emissions: [
    { fuel_type: "electricity", co2e_emissions_kg: 15000.5, scope: "2" as const },
    { fuel_type: "natural_gas", co2e_emissions_kg: 5000, scope: "1" as const }
  ],
  building_area: 50000,
  occupancy: 200
}
const numbers = (output: Agent.Output<typeof CarbonAgentAI>) =>
  Struct.omit(output, ["ai_summary", "citations", "explanation", "provenance"])
const kilograms = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e9 }))
const area = Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 1e9 }))

/** A vendor that does not know the key. */
const refused = new AiError.AuthenticationError({ kind: "InvalidKey" })

describe("CarbonAgentAI", () => {
  it.effect.prop("gives the numbers of its twin, offline", [
    Schema.Array(Schema.Tuple([Schema.Literals(["gas", "coal", "diesel"]), kilograms])),
    Schema.optionalKey(area).pipe((building_area) => Schema.Struct({ building_area }))
  ], ([records, divisors]) =>
    Effect.gen(function*() {
      const input = {
        emissions: records.map(([fuel_type, co2e_emissions_kg]) => ({ fuel_type, co2e_emissions_kg })),
        ...divisors
      }
      const twin = yield* CarbonAgent.run(input)
      const { value } = yield* CarbonAgentAI.run(input)
      assert.deepStrictEqual(numbers(value), twin.value)
      assert.deepStrictEqual(value.citations, twin.metadata.citations)
    }).pipe(Effect.provide(Offline.layer)), { arbitrary: { runs: 30 } })

  it.effect("explains offline what the tools found, under both names", () =>
    Effect.gen(function*() {
      const { value } = yield* CarbonAgentAI.run(building)
      assert.include(value.explanation, "20000.5")
      assert.strictEqual(value.ai_summary, value.explanation)
      assert.strictEqual(value.provenance.model, "offline")
      assert.deepStrictEqual(value.provenance.toolsCalledByModel, [
        "aggregate_emissions",
        "calculate_breakdown",
        "calculate_intensity",
        "generate_recommendations"
      ])
    }).pipe(Effect.provide(Offline.layer)))

  it.effect("lets no lie of a model into the numbers", () =>
    Effect.gen(function*() {
      const { value } = yield* CarbonAgentAI.run(building).pipe(Effect.provide(ScriptedLlm.layer(
        Reply.call("aggregate_emissions", { emissions: [{ fuel_type: "electricity", co2e_emissions_kg: 1 }] }),
        "total_co2e_kg: 1",
        "It is 1 kg in all."
      )))
      const twin = yield* CarbonAgent.run(building)
      assert.deepStrictEqual(numbers(value), twin.value)
      assert.deepStrictEqual(value.citations, twin.metadata.citations)
      assert.strictEqual(value.explanation, "It is 1 kg in all.")
      assert.strictEqual(value.provenance.refusedToolCalls, 1)
    }))

  it.effect("fails as its model does, with the numbers kept", () =>
    Effect.gen(function*() {
      const outcome = yield* Agent.outcome(CarbonAgentAI, building).pipe(Effect.provide(ScriptedLlm.layer(refused)))
      assert(!outcome.success && outcome.error._tag === "AiError")
      const kept = yield* Schema.decodeUnknownEffect(Schema.Struct({ total_co2e_kg: Schema.Finite }))(
        outcome.metadata.annotations["numbers"]
      )
      assert.strictEqual(kept.total_co2e_kg, 20000.5)
    }))

  it.effect("answers an empty list with zeros", () =>
    Effect.gen(function*() {
      const { value } = yield* CarbonAgentAI.run({ emissions: [] })
      assert.deepStrictEqual([value.total_co2e_kg, value.total_co2e_tons, value.emissions_breakdown], [0, 0, []])
      assert.match(value.summary, /^No data/)
    }).pipe(Effect.provide(Offline.layer)))
})
