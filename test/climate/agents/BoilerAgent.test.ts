import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BoilerAgent } from "greenlang/climate/BoilerAgent"
import { fieldsOf, Services } from "./services.ts"

const gas = { boiler_type: "condensing", fuel_type: "natural_gas" }
const heat = { thermal_output: { value: 100, unit: "MMBtu" } }

describe("BoilerAgent", () => {
  it.layer(Services)((it) => {
    it.effect.each([
      [0.9, 0.9],
      [90, 0.9],
      [1, 1],
      [100, 1],
      [20, 0.2]
    ])("reads an efficiency of %s as %s", ([given, read]) =>
      Effect.gen(function*() {
        const { value } = yield* BoilerAgent.run({ ...gas, ...heat, efficiency: given! })
        assert.strictEqual(value.efficiency, read)
      }))

    it.effect.each([1.05, 1.9, 19.9, 101])("refuses an efficiency of %s", (efficiency) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(BoilerAgent.run({ ...gas, ...heat, efficiency }))
        assert.strictEqual(error._tag, "ValidationError")
        assert.deepStrictEqual(fieldsOf(error), ["efficiency"])
      }))

    it.effect("takes the row in the unit of the bill, and keeps the notes of the factor", () =>
      Effect.gen(function*() {
        const oil = { boiler_type: "standard", fuel_type: "diesel", efficiency: 0.8, country: "UK" }
        const { value } = yield* BoilerAgent.run({ ...oil, fuel_consumption: { value: 1000, unit: "liter" } })
        assert.strictEqual(value.co2e_emissions_kg as number, 2583.54) // DESNZ 2026, by the litre
        assert.match(value.notes.join(), /published on AR5, not re-based/)
      }))

    it.effect("reads hydrogen by mass, at 141.8 GJ a tonne", () =>
      Effect.gen(function*() {
        const boiler = { boiler_type: "standard", fuel_type: "hydrogen", efficiency: 0.9 }
        const { value } = yield* BoilerAgent.run({ ...boiler, fuel_consumption: { value: 10, unit: "kg" } })
        assert.strictEqual(value.co2e_emissions_kg as number, 0)
        assert.approximately(value.thermal_output_mmbtu, 0.9 * 1.418 / 1.05505585262, 1e-6)
      }))

    it.effect("turns net efficiency into gross", () =>
      Effect.gen(function*() {
        const { value } = yield* BoilerAgent.run({ ...gas, ...heat, efficiency: 105, efficiency_basis: "net" })
        assert.strictEqual(value.efficiency, 0.945)
        assert.strictEqual(value.efficiency_basis, "gross")
      }))

    it.effect("takes a COP for a heat pump and counts its power", () =>
      Effect.gen(function*() {
        const pump = { boiler_type: "heat_pump", fuel_type: "electricity", ...heat }
        const { value } = yield* BoilerAgent.run({ ...pump, efficiency: 3 })
        assert.strictEqual(value.fuel_consumption_unit, "kWh")
        assert.approximately(value.fuel_consumption_value, 100 * 293.0711 / 3, 0.01)
        assert.approximately(value.co2e_emissions_kg, 100 * 293.0711 / 3 * 0.34967, 1)
        assert.strictEqual(value.performance_rating, "Excellent")
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BoilerAgent.run({ ...pump, efficiency: 300 }))), [
          "efficiency"
        ])
      }))

    it.effect("keeps biogenic CO2 of wood out of the emissions", () =>
      Effect.gen(function*() {
        const { value } = yield* BoilerAgent.run({ boiler_type: "modern", fuel_type: "biomass", ...heat })
        assert.isAbove(value.biogenic_co2_kg ?? 0, 10 * value.co2e_emissions_kg)
        assert.match(value.notes.join(), /medium modern boiler/)
      }))

    it.effect("works back from fuel to heat", () =>
      Effect.gen(function*() {
        const { value } = yield* BoilerAgent.run({
          ...gas,
          fuel_consumption: { value: 1000, unit: "therms" },
          efficiency: 0.9
        })
        assert.approximately(value.thermal_output_mmbtu, 90, 1e-6)
        assert.strictEqual(value.fuel_consumption_unit, "therms")
        assert.approximately(value.co2e_emissions_kg, 5311.43, 0.01)
      }))

    it.effect("wants exactly one of heat and fuel", () =>
      Effect.gen(function*() {
        const both = { ...gas, ...heat, fuel_consumption: { value: 1, unit: "therm" } }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BoilerAgent.run(both))), ["fuel_consumption"])
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BoilerAgent.run(gas))), ["thermal_output"])
        const wrong = { ...gas, thermal_output: { value: 1, unit: "gallon" } }
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(BoilerAgent.run(wrong))), ["thermal_output.unit"])
      }))
  })
})
