import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BenchmarkAgent } from "greenlang/climate/BenchmarkAgent"
import { BuildingProfileAgent } from "greenlang/climate/BuildingProfileAgent"
import { loadShares } from "greenlang/climate/BuildingProfileTools"
import { IntensityAgent } from "greenlang/climate/IntensityAgent"
import { fieldsOf, Services } from "./services.ts"

describe("IntensityAgent", () => {
  it.layer(Services)((it) => {
    it.effect("scales a period to a year, and leaves out what has no divisor", () =>
      Effect.gen(function*() {
        const { value } = yield* IntensityAgent.run({
          total_emissions_kg: 1000,
          area: 100,
          area_unit: "sqm",
          occupancy: 0,
          period_months: 3,
          operating_hours_per_day: 0
        })
        assert.strictEqual(value.annual_emissions_kg, 4000)
        assert.strictEqual(value.intensities.per_sqm_year, 40)
        assert.strictEqual(value.intensities.per_sqft_year, 3.716121744)
        assert.notProperty(value.intensities, "per_person_year")
        assert.notProperty(value.intensities, "per_operating_hour")
        assert.notProperty(value, "rating")
      }))

    it.effect("rates against the median of the type, and says whose it is", () =>
      Effect.gen(function*() {
        const { value } = yield* IntensityAgent.run({
          total_emissions_kg: 4.53 * 1000,
          area: 1000,
          building_type: "commercial_office",
          country: "DE"
        })
        assert.strictEqual(value.rating, "Average")
        assert.match(value.notes.join(), /read as office.*not of DE/)
      }))

    it.effect("finds no median for a type of building that no table has", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(
          IntensityAgent.run({ total_emissions_kg: 1, area: 1, building_type: "lighthouse" })
        )
        assert.strictEqual(error._tag, "DataError")
        assert.deepStrictEqual(fieldsOf(error), ["building_type"])
      }))
  })
})

describe("BenchmarkAgent", () => {
  it.layer(Services)((it) => {
    it.effect("derives thresholds in the unit of the area", () =>
      Effect.gen(function*() {
        const { value } = yield* BenchmarkAgent.run({
          total_emissions_kg: 48700,
          area: 1000,
          area_unit: "sqm",
          building_type: "office"
        })
        assert.strictEqual(value.unit, "kg CO2e/sqm/yr")
        assert.strictEqual(value.rating, "Average")
        assert.strictEqual(value.thresholds.poor, 73.05)
      }))

    it.effect("wants limits that rise, and one of type and limits", () =>
      Effect.gen(function*() {
        const building = { total_emissions_kg: 1, area: 1 }
        const thresholds = { excellent: 20, good: 20, average: 50, poor: 70 }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BenchmarkAgent.run({ ...building, thresholds }))), [
          "thresholds.good"
        ])
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BenchmarkAgent.run(building))), ["building_type"])
      }))
  })
})

describe("BuildingProfileAgent", () => {
  it.layer(Services)((it) => {
    it.effect("multiplies the median by age and climate, in kWh", () =>
      Effect.gen(function*() {
        const { value } = yield* BuildingProfileAgent.run({
          building_type: "commercial_office",
          area: 10000,
          building_age: 20,
          climate_zone: "5B"
        })
        assert.strictEqual(value.expected_eui_kbtu_sqft, 63.87675)
        assert.approximately(value.annual_energy_kwh, 63.87675 * 0.2930711 * 10000, 1)
        assert.strictEqual(value.occupancy, 50)
        assert.deepStrictEqual(value.load_shares, { hvac: 0.45, lighting: 0.25, plug: 0.2, other: 0.1 })
        assert.match(value.notes.join(), /5B is read as 5A/)
      }))

    it.effect("takes the IT load of a data center, and the PUE into its share", () =>
      Effect.gen(function*() {
        const center = { building_type: "data_center", area: 1000, building_age: 3 }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BuildingProfileAgent.run(center))), ["it_load_kw"])
        const { value } = yield* BuildingProfileAgent.run({ ...center, it_load_kw: 100, pue: 1.25 })
        assert.strictEqual(value.annual_energy_kwh, 1095000)
        assert.deepStrictEqual(value.load_shares, { it: 0.8, other: 0.2 })
        assert.notProperty(value, "occupancy")
      }))

    it.effect("has no shares for a type with a median alone, and refuses any other", () =>
      Effect.gen(function*() {
        const { value } = yield* BuildingProfileAgent.run({ building_type: "restaurant", area: 1000, building_age: 3 })
        assert.notProperty(value, "load_shares")
        const error = yield* Effect.flip(
          BuildingProfileAgent.run({ building_type: "castle", area: 1, building_age: 3 })
        )
        assert.deepStrictEqual(fieldsOf(error), ["building_type"])
        assert.deepStrictEqual(
          fieldsOf(
            yield* Effect.flip(BuildingProfileAgent.run({ building_type: "office", area: 1, building_age: 3, pue: 2 }))
          ),
          ["pue"]
        )
      }))

    it.effect("reads the same building by either name", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* loadShares.call({ building_type: "k12_school" }),
          yield* loadShares.call({ building_type: "Education" })
        )
      }))
  })
})
