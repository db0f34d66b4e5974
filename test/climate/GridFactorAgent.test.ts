import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { GridFactorAgent } from "greenlang/climate/GridFactorAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)

describe("GridFactorAgent", () => {
  it.layer(Tables)((it) => {
    it.effect("cites what it found, as published", () =>
      Effect.gen(function*() {
        const { metadata, value } = yield* GridFactorAgent.run({ country: "US", subregion: "CAMX", unit: "MWh" })
        assert.strictEqual(value.emission_factor, 195.04)
        assert.deepStrictEqual(metadata.citations, [{
          kind: "factor",
          name: "electricity, location",
          value: 195.04,
          unit: "kg CO2e/MWh",
          source: "US EPA eGRID2023 Rev 2, total output CO2e rate (June 2025; AR5 GWPs)",
          year: 2023,
          version: "eGRID2023 rev 2",
          region: "CAMX",
          gwpSet: "AR6",
          licence: "public domain",
          confidence: "two readings"
        }])
      }))

    it.effect("assumes a kilowatt-hour of electricity, and no country", () =>
      Effect.gen(function*() {
        const { value } = yield* GridFactorAgent.run({ country: "US" })
        assert.deepStrictEqual([value.fuel_type, value.unit], ["electricity", "kg CO2e/kWh"])
        const error = yield* Effect.flip(GridFactorAgent.run({} as never))
        assert(error._tag === "InvalidInput")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), ["country"])
      }))

    it.effect("fails by the country that has no factor", () =>
      Effect.map(Effect.flip(GridFactorAgent.run({ country: "Atlantis" })), (error) => {
        assert(error._tag === "DataError")
        assert.include(error.message, "there is no grid emission factor for country ATLANTIS; available: ")
      }))

    it("lists the tools that can be called alone", () => {
      assert.includeMembers(GridFactorAgent.tools.map(({ name }) => name), [
        "lookup_grid_intensity",
        "interpolate_hourly_data",
        "calculate_weighted_average",
        "list_countries",
        "list_fuels"
      ])
    })
  })
})
