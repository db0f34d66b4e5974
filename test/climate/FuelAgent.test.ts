import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, type RunError } from "greenlang"
import type { CalculationError, DataError, ValidationError } from "greenlang/climate/ClimateError"
import { FuelAgent, FuelError, FuelInput } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import type { DatabaseError } from "greenlang/database/DatabaseError"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const near = (actual: number, expected: number) => assert.approximately(actual, expected, expected * 0.001)

describe("FuelAgent", () => {
  it("fails with nothing but climate errors, those of the tables, and those of every run", () => {
    expectTypeOf<Agent.Failure<typeof FuelAgent>>().toEqualTypeOf<
      ValidationError | DataError | CalculationError | DatabaseError | Extract<RunError, { _tag: "InvalidInput" }>
    >()
    expectTypeOf<Agent.Services<typeof FuelAgent>>().toEqualTypeOf<ReferenceTables>()
    expectTypeOf(FuelAgent.input).toEqualTypeOf<typeof FuelInput>()
  })

  it.layer(Tables)((it) => {
    it.effect("answers 1000 therms of US gas", () =>
      Effect.gen(function*() {
        const { metadata, value } = yield* FuelAgent.run({ fuel_type: "natural_gas", amount: 1000, unit: "therms" })
        near(value.co2e_emissions_kg, 5311.43) // 53.06 kg CO2 per mmBtu, and CH4 and N2O, by US EPA
        assert.strictEqual(value.scope, "1")
        assert.strictEqual(value.country, "US") // the default, which a note says
        assert.include(value.notes, "no country is given: the US is assumed")
        assert.strictEqual(value.consumption_unit, "therm")
        assert.strictEqual(value.emission_factor, 5.31143)
        assert.strictEqual(value.emission_factor_unit, "kg CO2e/therm")
        near(value.energy_content_mmbtu ?? 0, 100)
        assert.isNotEmpty(value.recommendations)
        const factor = metadata.citations.find((citation) => citation.kind === "factor")
        assert.include(factor?.source, "US EPA")
        assert.strictEqual(factor?.year, 2025)
        const steps = metadata.citations.flatMap((citation) => citation.kind === "calculation" ? [citation.step] : [])
        assert.deepStrictEqual(steps, ["emissions", "gas_mass", "gas_mass", "gas_mass", "energy_content"])
      }))

    it.effect("answers 500 gallons of diesel", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgent.run({ fuel_type: "diesel", amount: 500, unit: "gallon" })
        near(value.co2e_emissions_kg, 5120.1)
        near(value.co2_kg ?? 0, 5105) // 10.21 kg per gallon, as EPA rounds it
        near(value.energy_content_mmbtu ?? 0, 69)
        near((value.co2_kg ?? 0) + 27 * (value.ch4_kg ?? 0) + 273 * (value.n2o_kg ?? 0), value.co2e_emissions_kg)
      }))

    it.effect("answers electricity by subregion, state and nation", () =>
      Effect.gen(function*() {
        const power = (amount: number, subregion?: string) =>
          Effect.map(
            FuelAgent.run({ fuel_type: "electricity", amount, unit: "kWh", ...(subregion && { subregion }) }),
            ({ value }) => value
          )
        // US EPA eGRID2023 Rev 2
        const camx = yield* power(250_000, "CAMX")
        near(camx.co2e_emissions_kg, 48_760)
        assert.strictEqual(camx.region, "CAMX")
        assert.strictEqual(camx.scope, "2")
        assert.strictEqual(camx.gwp_set, "AR6")
        near((yield* power(1000)).co2e_emissions_kg, 349.67)
        near((yield* power(1000, "CA")).co2e_emissions_kg, 179.1)
        const unknown = yield* Effect.flip(power(1000, "XXXX"))
        assert.strictEqual(unknown._tag, "DataError")
      }))

    it.effect("names every field that is wrong, and says what each should be", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(FuelAgent.run({ fuel_type: "natural_gas", amount: -5 } as never))
        assert(error._tag === "InvalidInput")
        assert.deepStrictEqual(error.issues.map(({ path }) => path), ["amount", "unit"])
        assert.match(error.issues[0]?.expected ?? "", /zero or more/)
        assert.match(error.issues[1]?.expected ?? "", /unit as the bill writes it, such as kWh, .*therm/)
        const empty = yield* Effect.flip(FuelAgent.run({} as never))
        assert(empty._tag === "InvalidInput")
        assert.deepStrictEqual(empty.issues.map(({ path }) => path), ["fuel_type", "amount", "unit"])
      }))

    it.effect.each([NaN, Infinity, "12"])("refuses %s as an amount", (amount) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(FuelAgent.run({ fuel_type: "diesel", amount, unit: "gallon" } as never))
        assert(error._tag === "InvalidInput")
        assert.isTrue(error.issues.every(({ path }) => path === "amount"))
      }))

    it.effect("refuses what two fields together cannot mean", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 5, 1))
        const gas = { fuel_type: "natural_gas", amount: 1, unit: "therm" }
        const renewable = yield* Effect.flip(FuelAgent.run({ ...gas, renewable_percentage: 50 }))
        assert(renewable._tag === "ValidationError")
        assert.strictEqual(renewable.issues[0]?.path, "renewable_percentage")
        const future = yield* Effect.flip(FuelAgent.run({ ...gas, year: 2028 }))
        assert(future._tag === "ValidationError")
        assert.strictEqual(future.issues[0]?.path, "year")
        assert.strictEqual((yield* FuelAgent.run({ ...gas, year: 2027 })).value.co2e_emissions_kg, 5.31)
      }))

    it.effect("flags what is generated on site", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgent.run({ fuel_type: "solar_pv", amount: -1200, unit: "kWh", country: "DE" })
        assert.strictEqual(value.co2e_emissions_kg, 0)
        assert.strictEqual(value.generation, true)
        assert.strictEqual(value.consumption_amount, -1200)
        assert.deepStrictEqual(value.recommendations, [])
        assert.isUndefined(value.emission_factor_year)
      }))

    it.effect("takes the energy of a liquid's mass from the IPCC", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgent.run({ fuel_type: "LPG", amount: 100, unit: "kg", country: "IN" })
        near(value.co2e_emissions_kg, 298.72) // IPCC 2006: 47.3 TJ/Gg, 63.1 t CO2/TJ
        near(value.energy_content_mmbtu ?? 0, 4.73 / 0.931 / 1.05505585262)
      }))

    it.effect("leaves the energy out where no heat content is published, and says so", () =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgent.run({ fuel_type: "charcoal", amount: 100, unit: "kg", country: "IN" })
        near(value.co2e_emissions_kg, 19.15) // IPCC 2006, CH4 and N2O alone: its CO2 is biogenic
        assert.isUndefined(value.energy_content_mmbtu)
        assert.match(value.notes.join(), /there is no heat content for fuel_type charcoal, unit kg/)
      }))

    it.effect("answers many at once, in order, and one that fails leaves the others", () =>
      Effect.gen(function*() {
        const amounts = Array.from({ length: 50 }, (_, i) => i)
        const outcomes = yield* Agent.batch(
          FuelAgent,
          amounts.map((amount) => ({
            fuel_type: "natural_gas",
            amount,
            unit: "therm",
            country: amount === 7 ? "Atlantis" : "US"
          })),
          { concurrency: 8 }
        )
        for (const [i, outcome] of outcomes.entries()) {
          if (i === 7) assert(!outcome.success && outcome.error._tag === "DataError")
          else {
            assert(outcome.success)
            near(outcome.value.co2e_emissions_kg, i * 5.31143 || 0)
            assert.strictEqual(outcome.value.consumption_amount, i)
          }
        }
      }))

    it.effect("sends its errors", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(FuelAgent.run({ fuel_type: "plutonium", amount: 1, unit: "kg" }))
        assert(error._tag === "DataError")
        const codec = Schema.toCodecJson(FuelError)
        const sent: unknown = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(error)))
        assert.deepStrictEqual((yield* Schema.decodeUnknownEffect(codec)(sent)).message, error.message)
      }))

    it.effect("reads its input back from the journal, negative amounts too", () =>
      Effect.gen(function*() {
        const codec = Schema.toCodecJson(FuelInput)
        const input = { fuel_type: "wind", amount: -5, unit: "MWh", country: "US" } as const
        const journaled: unknown = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(codec)(input)))
        assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(codec)(journaled), input)
      }))
  })
})
