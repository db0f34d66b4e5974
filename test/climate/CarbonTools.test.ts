import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { sum } from "greenlang/climate/CarbonFormulas"
import * as CarbonRecommendations from "greenlang/climate/CarbonRecommendations"
import * as CarbonTools from "greenlang/climate/CarbonTools"
import { KilogramsCo2e } from "greenlang/climate/Quantity"

const kg = (co2e_emissions_kg: number) => KilogramsCo2e.make(co2e_emissions_kg)
const record = (fuel_type: string, kilograms: number, source?: string) => ({
  fuel_type,
  co2e_emissions_kg: kg(kilograms),
  ...(source === undefined ? {} : { source })
})
const item = (source: string, co2e_kg: number) => ({ source, co2e_kg: kg(co2e_kg) })
const cents = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e11 }))

describe("CarbonTools", () => {
  it.prop("adds up exactly, in any order", [Schema.Array(cents)], ([amounts]) => {
    const exact = amounts.reduce((total, cents) => total + BigInt(cents), 0n)
    const kilograms = amounts.map((cents) => cents / 100)
    assert.strictEqual(sum(kilograms), Number(exact) / 100)
    assert.strictEqual(sum(kilograms.toReversed()), sum(kilograms))
  })

  it("adds up what floating point loses", () => {
    assert.strictEqual(sum([0.1, 0.2]), 0.3)
    assert.strictEqual(sum([1e16, 1, 1, -1e16]), 2)
  })

  it("merges equal sources, the largest first", () => {
    const emissions = [record("gas", 10), record("diesel", 30), record("gas", 25)]
    assert.deepStrictEqual(CarbonTools.breakdown(emissions, 65), [
      { source: "gas", co2e_kg: kg(35), co2e_tons: 0.035, percentage: 53.85 },
      { source: "diesel", co2e_kg: kg(30), co2e_tons: 0.03, percentage: 46.15 }
    ] as never)
  })

  it("keeps sources of one fuel apart by their names, and says what they burn", () => {
    const emissions = [record("diesel", 10, "Generator"), record("diesel", 30, "Forklift")]
    assert.deepStrictEqual(
      CarbonTools.breakdown(emissions, 40).map(({ fuel_type, source }) => [source, fuel_type]),
      [["Forklift", "diesel"], ["Generator", "diesel"]]
    )
    const mixed = [record("diesel", 10, "Boiler"), record("natural_gas", 30, "Boiler")]
    assert.notProperty(CarbonTools.breakdown(mixed, 40)[0], "fuel_type")
  })

  it("gives a share of nothing as zero percent", () => {
    assert.deepStrictEqual(CarbonTools.breakdown([record("gas", 0)], 0).map((item) => item.percentage), [0])
  })

  it.prop("shares a total of emissions out to 100 percent", [
    Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })))
  ], ([amounts]) => {
    const emissions = amounts.map((amount, at) => record(`source ${at}`, amount))
    const shares = CarbonTools.breakdown(emissions, sum(amounts)).map((item) => item.percentage)
    assert.approximately(sum(shares), 100, 0.005 * amounts.length + 1e-9)
  })

  it.effect("adds up by scope, and what states none on its own", () =>
    Effect.gen(function*() {
      const { by_scope } = yield* CarbonTools.aggregateEmissions.call({
        emissions: [
          { ...record("gas", 10), scope: "1" },
          { ...record("diesel", 5), scope: "1" },
          { ...record("electricity", 20), scope: "2" },
          record("paper", 1)
        ]
      })
      assert.deepStrictEqual(by_scope, { "1": kg(15), "2": kg(20), unspecified: kg(1) })
      assert.notProperty(yield* CarbonTools.aggregateEmissions.call({ emissions: [record("gas", 1)] }), "by_scope")
    }))

  it.effect("keeps removals and offsets apart from the total, and lets nothing else be negative [C13]", () =>
    Effect.gen(function*() {
      const removal = { fuel_type: "forest", co2e_emissions_kg: -30, kind: "removal" as const }
      const offset = { ...removal, kind: "offset" as const, co2e_emissions_kg: -5 }
      const emissions = [record("gas", 100), removal, offset]
      const totals = yield* CarbonTools.aggregateEmissions.call({ emissions })
      assert.deepStrictEqual([totals.total_kg, totals.removals_kg, totals.offsets_kg, totals.net_kg], [
        kg(100),
        kg(30),
        kg(5),
        kg(65)
      ])
      const { breakdown } = yield* CarbonTools.calculateBreakdown.call({ emissions, total_kg: 100 })
      assert.deepStrictEqual(breakdown.map(({ percentage, source }) => [source, percentage]), [["gas", 100]])
      const netted = yield* Effect.flip(CarbonTools.calculateBreakdown.call({ emissions, total_kg: 65 }))
      assert.strictEqual(netted._tag, "ValidationError")

      const wrong = { emissions: [record("gas", 1), record("diesel", -1), { ...removal, co2e_emissions_kg: 30 }] }
      const error = yield* Effect.flip(CarbonTools.aggregateEmissions.call(wrong))
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues.map(({ path }) => path), [
        "emissions.1.co2e_emissions_kg",
        "emissions.2.co2e_emissions_kg"
      ])
      assert.include(error.message, "kg CO2e")
    }))

  it.effect("fails where an answer is beyond any number", () =>
    Effect.gen(function*() {
      const emissions = [record("gas", 1.7e308), record("coal", 1.7e308)]
      const error = yield* Effect.flip(CarbonTools.aggregateEmissions.call({ emissions }))
      assert.strictEqual(error._tag, "CalculationError")
      const breakdown = yield* Effect.flip(CarbonTools.calculateBreakdown.call({ emissions, total_kg: 0 }))
      assert.strictEqual(breakdown._tag, "CalculationError")
      const tiny = yield* Effect.flip(CarbonTools.calculateIntensity.call({ total_kg: 1e9, building_area: 1e-300 }))
      assert(tiny._tag === "CalculationError")
      assert.deepStrictEqual(tiny.inputs, { total_kg: 1e9, building_area: 1e-300 })
    }))

  it.effect("rounds intensities to 4 and 2 decimals, and has none without a divisor", () =>
    Effect.gen(function*() {
      const intensity = (total_kg: number, divisors: { building_area?: number; occupancy?: number }) =>
        Effect.map(CarbonTools.calculateIntensity.call({ total_kg, ...divisors }), ({ intensity }) => intensity)
      assert.deepStrictEqual(yield* intensity(12345.678, { building_area: 7000, occupancy: 13 }), {
        per_sqft: 1.7637,
        per_person: 949.67
      })
      assert.deepStrictEqual(yield* intensity(1, { building_area: 0, occupancy: -1 }), {})
      assert.deepStrictEqual(yield* intensity(1, {}), {})
    }))

  it.each([
    ["Electricity", /solar PV/],
    ["Natural Gas", /heat pumps/],
    ["natural_gas", /heat pumps/],
    ["Coal", /Phase out coal/],
    ["coal_bituminous", /Phase out coal/],
    ["coal gas", /Phase out coal/],
    ["Diesel", /electric vehicles/],
    ["Gasoline", /electric vehicles/],
    ["Fuel", /electric vehicles/],
    ["fuel_gas", /heat pumps/],
    ["Fuel Oil", /biodiesel in place of the oil/],
    ["gas_oil", /biodiesel in place of the oil/],
    ["LPG", /Use less/],
    ["biodiesel", /Use less/],
    ["Charcoal", /Use less/]
  ])("advises on %s by what it is", (source, action) => {
    assert.match(CarbonRecommendations.recommend([item(source, 1)])[0]!.action, action)
  })

  it("advises on the three largest, by what they burn, and on nothing that emits nothing", () => {
    const advice = CarbonRecommendations.recommend([
      item("LPG", 1),
      { ...item("Boiler 1", 40), fuel_type: "coal" },
      item("Electricity", 30),
      item("Diesel", 20)
    ])
    assert.deepStrictEqual(advice.map(({ priority, source }) => [priority, source]), [
      ["high", "Boiler 1"],
      ["medium", "Electricity"],
      ["low", "Diesel"]
    ])
    assert.deepStrictEqual(advice[0]!.reduction_percent, { low: 80, high: 100 })
    assert.deepStrictEqual(advice[0]!.payback_years, { low: 2, high: 5 })
    assert.deepStrictEqual(CarbonRecommendations.recommend([item("gas", 0), item("forest", -5)]), [])
  })
})
