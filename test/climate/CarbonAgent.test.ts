import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"

describe("CarbonAgent", () => {
  it.effect("adds a building up", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* CarbonAgent.run({
        emissions: [
          { fuel_type: "electricity", co2e_emissions_kg: 15000.123456, scope: "2" },
          { fuel_type: "natural_gas", co2e_emissions_kg: 5000, scope: "1" }
        ],
        building_area: 50000,
        occupancy: 200
      })
      assert.strictEqual(value.total_co2e_kg, 20000.123456) // totals keep full precision
      assert.strictEqual(value.total_co2e_tons, 20.000123456)
      assert.deepStrictEqual(value.by_scope, { "1": 5000, "2": 15000.123456 } as never)
      assert.deepStrictEqual(value.carbon_intensity, { per_sqft: 0.4, per_person: 100 })
      assert.deepStrictEqual(value.emissions_breakdown.map((item) => [item.source, item.co2e_kg, item.percentage]), [
        ["electricity", 15000.12, 75],
        ["natural_gas", 5000, 25]
      ])
      assert.strictEqual(
        value.summary,
        "20,000.12 kg CO2e (20 t) from 2 sources. The largest is electricity: 75 percent."
      )
      assert.deepStrictEqual(value.recommendations.map(({ source }) => source), ["electricity", "natural_gas"])
      assert.deepStrictEqual(
        metadata.citations.flatMap((citation) =>
          citation.kind === "calculation" && citation.step !== "share" ? [[citation.step, citation.output]] : []
        ),
        [
          ["total_emissions", 20000.123456],
          ["total_emissions", 0],
          ["total_emissions", 0],
          ["net_emissions", 20000.123456],
          ["total_emissions", 15000.123456],
          ["total_emissions", 5000],
          ["area_intensity", 20000.123456 / 50000],
          ["person_intensity", 20000.123456 / 200]
        ]
      )
    }))

  it.effect("answers an empty list with zeros, and says that there is no data", () =>
    Effect.gen(function*() {
      const { value } = yield* CarbonAgent.run({ emissions: [], building_area: 100 })
      assert.strictEqual(value.total_co2e_kg, 0)
      assert.strictEqual(value.total_co2e_tons, 0)
      assert.deepStrictEqual(value.emissions_breakdown, [])
      assert.deepStrictEqual(value.recommendations, [])
      assert.match(value.summary, /^No data/)
    }))

  it.effect("names the list when it is missing, and every field it cannot use", () =>
    Effect.gen(function*() {
      const missing = yield* Effect.flip(CarbonAgent.run({ building_area: 0, occupancy: 1.5 } as never))
      assert(missing._tag === "InvalidInput")
      assert.deepStrictEqual(missing.issues.map(({ path }) => path), ["emissions", "building_area", "occupancy"])
      const infinite = yield* Effect.flip(
        CarbonAgent.run({ emissions: [{ fuel_type: "gas", co2e_emissions_kg: Infinity }] })
      )
      assert.strictEqual(infinite._tag, "InvalidInput")
    }))
})
