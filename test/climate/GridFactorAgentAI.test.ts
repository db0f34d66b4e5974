import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AiError } from "effect/ai"
import { Agent } from "greenlang"
import { GridFactorAgent } from "greenlang/climate/GridFactorAgent"
import { GridFactorAgentAI } from "greenlang/climate/GridFactorAgentAI"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
import { ScriptedLlm } from "greenlang/testing"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const Services = Layer.merge(Tables, Offline.layer)

/** A vendor that does not know the key. */
const refused = new AiError.AuthenticationError({ kind: "InvalidKey" })

describe("GridFactorAgentAI", () => {
  it.layer(Services)((it) => {
    it.effect.prop("gives the factor of its twin", [
      Schema.Literals(["US", "UK", "IN", "DE", "JP", "CA", "Atlantis"]),
      Schema.Literals(["kWh", "MWh", "GWh", "GJ"]),
      Schema.Literals(["location", "lifecycle"])
    ], ([country, unit, basis]) =>
      Effect.gen(function*() {
        const input = { country, unit, basis }
        const twin = yield* Agent.outcome(GridFactorAgent, input)
        const ai = yield* Agent.outcome(GridFactorAgentAI, input)
        assert.strictEqual(ai.success, twin.success)
        if (!ai.success || !twin.success) return
        const { citations, explanation, provenance, recommendations, ...factor } = ai.value
        assert.deepStrictEqual(factor, twin.value)
        assert.deepStrictEqual(citations.slice(0, twin.metadata.citations.length), twin.metadata.citations)
        assert.isNotEmpty(recommendations)
        assert.isNotEmpty(explanation)
        assert.deepStrictEqual(provenance.toolsUsed, ["lookup_grid_intensity", "generate_recommendations"])
      }), { arbitrary: { runs: 30 } })

    it.effect.each(["kWh", "MWh", "GWh"])(
      "shapes the hour and advises in grams for each kWh, whatever %s it is per",
      (unit) =>
        Effect.gen(function*() {
          const { value } = yield* GridFactorAgentAI.run({
            country: "US",
            unit,
            hour: 8,
            month: 7,
            renewable_share: 0.3
          })
          assert.deepInclude(value.temporal_variation, {
            month: 7,
            hour: 8,
            interpolated_intensity: 402.1205, // 349.67 * 1.15
            period: "morning_peak"
          })
          assert.include(value.temporal_variation?.note, "illustrative")
          assert.deepStrictEqual(
            value.recommendations.map(({ reduction_g_per_kwh }) => reduction_g_per_kwh),
            [314.7, 244.77, 52.45, 87.42]
          )
        })
    )

    it.effect("repeats the mix of the input, and makes up none", () =>
      Effect.gen(function*() {
        const known = yield* GridFactorAgentAI.run({ country: "FR", renewable_share: 0.3 })
        assert.deepStrictEqual(known.value.grid_mix, { renewable: 0.3 }) // the rest of France's is mostly nuclear
        const unknown = yield* GridFactorAgentAI.run({ country: "FR" })
        assert.notProperty(unknown.value, "grid_mix")
        assert.notProperty(unknown.value, "temporal_variation")
      }))

    it.effect("has no hours and no shares of fuels", () =>
      Effect.gen(function*() {
        const gas = { country: "US", fuel_type: "natural_gas", unit: "therm" }
        const { value } = yield* GridFactorAgentAI.run(gas)
        assert.approximately(value.emission_factor, 5.31143, 1e-5)
        assert.deepStrictEqual(value.recommendations, [])
        const error = yield* Effect.flip(GridFactorAgentAI.run({ ...gas, hour: 8, renewable_share: 0.5 }))
        assert(error._tag === "ValidationError")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), ["hour", "renewable_share"])
      }))

    it.effect("refuses hours, months and shares that do not exist", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          GridFactorAgentAI.run({ country: "US", hour: 24, month: 0, renewable_share: 1.1 })
        )
        assert(error._tag === "InvalidInput")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), ["month", "hour", "renewable_share"])
      }))
  })

  it.layer(Tables)((it) => {
    it.effect("lets no lie of a model into the numbers", () =>
      Effect.gen(function*() {
        const { value } = yield* GridFactorAgentAI.run({ country: "IN", hour: 8 }).pipe(
          Effect.provide(ScriptedLlm.layer(
            {
              toolCalls: [
                { name: "lookup_grid_intensity", input: { country: "US" } },
                { name: "interpolate_hourly_data", input: { base_intensity: 1, hour: 3 } }
              ]
            },
            "emission_factor: 0.1",
            "Clean power."
          ))
        )
        assert.deepStrictEqual([value.country, value.emission_factor], ["IN", 0.7117])
        assert.strictEqual(value.temporal_variation?.period, "morning_peak")
        assert.strictEqual(value.provenance.refusedToolCalls, 2)
        assert.isTrue(value.citations.every((citation) => citation.kind === "calculation" || citation.region === "IN"))
      }))

    it.effect("fails as its model does", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          GridFactorAgentAI.run({ country: "US" }).pipe(Effect.provide(ScriptedLlm.layer(refused)))
        )
        assert.strictEqual(error._tag, "AiError")
      }))
  })
})
