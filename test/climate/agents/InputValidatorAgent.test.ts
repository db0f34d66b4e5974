import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { InputValidatorAgent } from "greenlang/climate/InputValidatorAgent"
import example from "../../../examples/climate/InputValidatorAgent.json" with { type: "json" }
import { Services } from "./services.ts"

describe("InputValidatorAgent", () => {
  it.layer(Services)((it) => {
    it.effect("puts a good inventory into common units", () =>
      Effect.gen(function*() {
        const { value } = yield* InputValidatorAgent.run(example as never)
        assert.isTrue(value.is_valid)
        assert.deepStrictEqual(value.normalized.fuels[1], {
          type: "electricity",
          consumption: 1_500_000,
          unit: "kWh",
          region: "US"
        })
        assert.strictEqual(value.normalized.area_sqft, 53819.55)
      }))

    it.effect("lists every error at once, with the number of the fuel", () =>
      Effect.gen(function*() {
        const { value } = yield* InputValidatorAgent.run({
          fuels: [
            { type: "natural_gas", consumption: 0, unit: "mcf" },
            { type: "natural_gas", consumption: -5, unit: "MBtu" },
            { type: "diesel", consumption: 5, unit: "gallon", region: "UK" },
            { type: "moonshine", consumption: 5, unit: "gallon" }
          ],
          building_info: { area: 0, area_unit: "acre", occupancy: -1 },
          period: { start_date: "2025-12-31", end_date: "2025-01-01" }
        })
        assert.isFalse(value.is_valid)
        assert.deepStrictEqual(value.errors.map(({ field, index }) => [index, field]), [
          [2, "consumption"],
          [2, "unit"],
          [3, "unit"],
          [4, "type"],
          [undefined, "building_info.area"],
          [undefined, "building_info.occupancy"],
          [undefined, "period.end_date"]
        ])
        assert.deepStrictEqual(value.warnings.slice(0, 2).map(({ field }) => field), ["consumption", "unit"])
      }))

    it.effect("warns where the energy for each area is far from the median", () =>
      Effect.gen(function*() {
        const { value } = yield* InputValidatorAgent.run({
          fuels: [{ type: "natural_gas", consumption: 1e6, unit: "therm" }],
          building_info: { type: "office", area: 1000 }
        })
        assert.match(value.warnings.at(-1)?.reason ?? "", /times the median/)
      }))

    it.effect("accepts the units that FuelAgent accepts, and no others", () =>
      Effect.gen(function*() {
        const fuels = ["natural_gas", "diesel", "propane", "electricity", "coal", "biomass_wood", "steam"]
        const units = [
          "kWh",
          "GJ",
          "therm",
          "Dth",
          "scf",
          "mcf",
          "Nm3",
          "m3",
          "gallon",
          "liter",
          "barrel",
          "lb",
          "kg",
          "tonne",
          "ton",
          "MBtu",
          "MMBtu",
          "furlong"
        ]
        for (const fuel_type of fuels) {
          for (const unit of units) {
            for (const country of ["US", "UK"]) {
              const used = yield* Effect.exit(FuelAgent.run({ fuel_type, amount: 1, unit, country }))
              const { value } = yield* InputValidatorAgent.run({
                fuels: [{ type: fuel_type, consumption: 1, unit, region: country }]
              })
              assert.strictEqual(value.is_valid, used._tag === "Success", `${fuel_type} ${unit} ${country}`)
            }
          }
        }
      }))
  })
})
