import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, type Tool } from "greenlang"
import * as FuelTools from "greenlang/climate/FuelTools"
import { ratio, type Unit, units } from "greenlang/climate/Quantity"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
type Input<T> = T extends Tool.Tool<infer In, infer _Out, infer _E, infer _R> ? In : never
type OfUs<In> = Omit<In, "country"> & { readonly country?: string }

const lookup = (input: OfUs<Input<typeof FuelTools.lookupEmissionFactor>>) =>
  FuelTools.lookupEmissionFactor.call({ country: "US", ...input })
const calculate = (input: OfUs<Input<typeof FuelTools.calculateEmissions>>) =>
  FuelTools.calculateEmissions.call({ country: "US", ...input })
const energy = FuelTools.energyContent.call

const near = (actual: number, expected: number, relative = 0.001) =>
  assert.approximately(actual, expected, Math.abs(expected) * relative)

/** The unit that each fuel is bought in, and its emissions as published there, in kg CO2e per unit (US EPA 2025, AR6). */
const bought: ReadonlyArray<readonly [fuel: string, unit: Unit, factor: number]> = [
  ["natural_gas", "mcf", 54.4953],
  ["diesel", "gallon", 10.2403],
  ["gasoline", "gallon", 8.8081],
  ["propane", "gallon", 5.74345],
  ["lpg", "gallon", 5.69984],
  ["fuel_oil", "gallon", 10.2403],
  ["residual_fuel_oil", "gallon", 11.3017],
  ["kerosene", "gallon", 10.185],
  ["coal", "short_ton", 2132.27],
  ["coal_anthracite", "short_ton", 2619.99],
  ["coal_bituminous", "short_ton", 2343.76],
  ["coal_subbituminous", "short_ton", 1688.84],
  ["coal_lignite", "short_ton", 1399.03],
  ["biomass_wood", "short_ton", 20.5775],
  ["biodiesel", "gallon", 0.00764544],
  ["ethanol", "gallon", 0.00501732],
  ["electricity", "kWh", 0.34967],
  ["steam", "MMBtu", 66.3979]
]

describe("FuelTools", () => {
  it.layer(Tables)((it) => {
    it.effect.each(bought)("finds %s by the %s, as published", ([fuel_type, unit, factor]) =>
      Effect.gen(function*() {
        const found = yield* lookup({ fuel_type, unit, country: "US" })
        assert.strictEqual(found.factor, factor)
        assert.strictEqual(found.region, "US")
        assert.include(found.source, "US EPA")
        assert.strictEqual(found.scope, fuel_type === "electricity" || fuel_type === "steam" ? "2" : "1")
      }))

    it.effect.prop(
      "gives an amount the same emissions for its energy in every unit that its fuel is sold by",
      [Schema.Literals(bought.map(([fuel]) => fuel)), Schema.Literals(units), Schema.Literals(units)],
      ([fuel_type, one, other]) =>
        Effect.gen(function*() {
          const [a, b] = [
            yield* Effect.option(lookup({ fuel_type, unit: one })),
            yield* Effect.option(
              lookup({ fuel_type, unit: other })
            )
          ]
          const [energyA, energyB] = [
            yield* Effect.option(energy({ fuel_type, unit: one, amount: 1 })),
            yield* Effect.option(energy({ fuel_type, unit: other, amount: 1 }))
          ]
          if (a._tag === "None" || b._tag === "None" || a.value.region !== b.value.region) return
          // by the cubic foot, propane is vapour, which has a row of its own
          if (fuel_type === "propane" && [one, other].some((unit) => unit.endsWith("cf"))) return
          // by EPA's heat content, energy is what two units have in common
          if (energyA._tag === "None" || energyB._tag === "None") return
          const perEnergy = (factor: number, mmbtu: number) => factor / mmbtu
          near(
            perEnergy(a.value.factor, energyA.value.energy_content_mmbtu),
            perEnergy(b.value.factor, energyB.value.energy_content_mmbtu)
          )
        }),
      { arbitrary: { runs: 300 } }
    )

    it.effect("converts exactly within a dimension", () =>
      Effect.gen(function*() {
        const therm = yield* lookup({ fuel_type: "natural_gas", unit: "therm" })
        for (const unit of ["kWh", "MWh", "GJ", "MJ", "GWh", "MMBtu"] as const) {
          const found = yield* lookup({ fuel_type: "natural_gas", unit })
          const therms = ratio(unit, "therm")
          assert(therms._tag === "Some")
          near(found.factor, therm.factor * therms.value, 1e-5)
          assert.strictEqual(found.unit, `kg CO2e/${unit}`)
        }
      }))

    it.effect("keeps LPG apart from propane, and heating oil is fuel oil", () =>
      Effect.gen(function*() {
        const factor = (fuel_type: string) => Effect.map(lookup({ fuel_type, unit: "gallon" }), ({ factor }) => factor)
        assert.strictEqual(yield* factor("LPG"), 5.69984)
        assert.strictEqual(yield* factor("propane"), 5.74345) // 62.87 kg CO2 per mmBtu
        assert.strictEqual(yield* factor("Heating Oil"), yield* factor("fuel_oil"))
        assert.strictEqual((yield* lookup({ fuel_type: "wood", unit: "short tons" })).fuel_type, "biomass_wood")
        assert.strictEqual((yield* lookup({ fuel_type: "electric", unit: "kWh" })).fuel_type, "electricity")
      }))

    it.effect("counts combustion methane by 27.0 (AR6) or 28 (AR5)", () =>
      Effect.gen(function*() {
        const { ch4 = 0, co2 = 0, factor, gwp_set, n2o = 0 } = yield* lookup({ fuel_type: "coal", unit: "short_ton" })
        near(factor, co2 + 27 * ch4 + 273 * n2o, 1e-5)
        assert.strictEqual(gwp_set, "AR6")
        const ar5 = yield* lookup({ fuel_type: "coal", unit: "short_ton", gwp_set: "AR5" })
        near(ar5.factor, co2 + 28 * ch4 + 265 * n2o, 1e-5)
        assert.strictEqual(ar5.gwp_set, "AR5")
        // published as one figure, on AR5: it does not become AR6 by asking for it
        const uk = yield* lookup({ fuel_type: "diesel", unit: "liter", country: "UK", gwp_set: "AR6" })
        assert.deepStrictEqual([uk.gwp_set, uk.gwp_sets_used], ["AR6", ["AR5"]])
        assert.match(uk.notes.join(), /published on AR5, not re-based/)
        assert.strictEqual(uk.factor, 2.58354) // UK DESNZ 2026
        assert.isUndefined(uk.co2)
        assert.include(uk.source, "Open Government Licence v3.0")
      }))

    it.effect("prefers the country's own row, in another unit if need be", () =>
      Effect.gen(function*() {
        const gas = yield* lookup({ fuel_type: "natural_gas", unit: "MWh", country: "United Kingdom" })
        near(gas.factor, 182.31, 1e-9) // UK DESNZ 2026: 0.18231 kg per kWh, gross
        assert.strictEqual(gas.region, "UK")
        const canada = yield* lookup({ fuel_type: "natural_gas", unit: "GJ", country: "CA" })
        assert.strictEqual(canada.region, "CA") // by the cubic metre, so by Canada's own heat content
        assert.match(canada.notes.join(), /converted at 0.03852 GJ\/m3 \(gross\)/)
        near(canada.factor, 1.93155 / 0.03852, 1e-9)
      }))

    it.effect("takes the default of the IPCC for a country without factors of its own, and says so", () =>
      Effect.gen(function*() {
        const diesel = yield* lookup({ fuel_type: "diesel", unit: "liter", country: "DE" })
        assert.strictEqual(diesel.country, "DE")
        assert.strictEqual(diesel.region, "GLOBAL")
        assert.strictEqual(diesel.factor, 2.69812)
        assert.match(diesel.notes.join(), /DE has no factor of its own/)
        // its energy is net, that of invoices gross: a tenth more for gas (IPCC 2006, volume 2, section 1.4.1.2)
        const gas = yield* lookup({ fuel_type: "natural_gas", unit: "GJ", country: "DE" })
        near(gas.factor, 56.1543 * 0.9, 1e-9)
        assert.match(gas.notes.join(), /net energy is 0.9 of gross energy/)
      }))

    it.effect("never takes the US for a country that is not known", () =>
      Effect.gen(function*() {
        for (const fuel_type of ["natural_gas", "diesel", "electricity", "steam", "biodiesel"]) {
          const unit = fuel_type === "diesel" || fuel_type === "biodiesel" ? "liter" : "kWh"
          const error = yield* Effect.flip(lookup({ fuel_type, unit, country: "Atlantis" }))
          assert(error._tag === "DataError", fuel_type)
          assert.match(String(error.lookedFor["country"]), /atlantis/i)
          assert.isNotEmpty(error.available)
        }
      }))

    it.effect("lets another place stand in only where that is allowed, and says which", () =>
      Effect.gen(function*() {
        const allowed = { country: "Atlantis", allowFallback: true }
        const gas = yield* lookup({ fuel_type: "natural_gas", unit: "GJ", ...allowed })
        assert.strictEqual(gas.region, "GLOBAL")
        assert.strictEqual(gas.country, "ATLANTIS")
        const power = yield* lookup({ fuel_type: "electricity", unit: "kWh", ...allowed })
        assert.strictEqual(power.region, "WORLD")
        assert.match(power.notes.join(), /the world's average stands in, as allowed/)
        assert.match(power.notes.join(), /lifecycle/)
        const nowhere = yield* lookup({ fuel_type: "electricity", unit: "kWh", subregion: "XXXX", allowFallback: true })
        assert.strictEqual(nowhere.factor, 0.34967)
        assert.match(nowhere.notes.join(), /XXXX has no grid factor: that of US stands in, as allowed/)
        const biodiesel = yield* lookup({ fuel_type: "biodiesel", unit: "liter", ...allowed })
        assert.strictEqual(biodiesel.region, "US") // the IPCC publishes none
        assert.match(biodiesel.notes.join(), /that of US stands in, as allowed/)
        const steam = yield* lookup({ fuel_type: "steam", unit: "GJ", ...allowed })
        assert.match(steam.notes.join(), /that of US stands in, as allowed/)
      }))

    it.effect("lists what there is when a fuel is not known", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(lookup({ fuel_type: "plutonium", unit: "kg" }))
        assert(error._tag === "DataError")
        assert.isAtMost(error.available.length, 10)
        assert.include(error.message, "plutonium")
        const typo = yield* Effect.flip(lookup({ fuel_type: "natural_gass", unit: "therm" }))
        assert(typo._tag === "DataError")
        assert.strictEqual(typo.available[0], "natural_gas")
        const cooling = yield* Effect.flip(lookup({ fuel_type: "district_cooling", unit: "MWh" }))
        assert(cooling._tag === "DataError")
      }))

    it.effect("refuses a unit that does not measure the fuel, and lists those that do", () =>
      Effect.gen(function*() {
        for (
          const [fuel_type, unit] of [["electricity", "gallon"], ["steam", "liter"], ["electricity", "liter"]] as const
        ) {
          const error = yield* Effect.flip(lookup({ fuel_type, unit }))
          assert(error._tag === "ValidationError")
          assert.strictEqual(error.issues[0]?.path, "unit")
          assert.match(error.issues[0]?.expected ?? "", /MWh/)
        }
        for (const [fuel_type, unit] of [["natural_gas", "gallon"], ["diesel", "ccf"], ["coal", "liter"]] as const) {
          const error = yield* Effect.flip(lookup({ fuel_type, unit, allowFallback: true }))
          assert(error._tag === "ValidationError")
          assert.match(error.issues[0]?.expected ?? "", /^one of .*MMBtu/)
          const heat = yield* Effect.flip(energy({ fuel_type, unit, amount: 1 }))
          assert.strictEqual(heat._tag, "ValidationError")
        }
        const ton = yield* Effect.flip(lookup({ fuel_type: "coal", unit: "ton" }))
        assert(ton._tag === "ValidationError")
        assert.match(ton.message, /unit: ton alone means several things; expected short_ton/)
      }))

    it.effect("takes the nearest year for one without a row, and says so", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 5, 1))
        const old = yield* lookup({ fuel_type: "diesel", unit: "gallon", year: 1995 })
        assert.match(old.notes.join(), /no row for 1995: the nearest, of 2025 \(EPA Hub 2025\), is used/)
        const same = yield* lookup({ fuel_type: "diesel", unit: "gallon", year: 2025 })
        assert.deepStrictEqual(same.notes, [])
        const india = (year: number) => lookup({ fuel_type: "electricity", unit: "kWh", country: "IN", year })
        assert.strictEqual((yield* india(2021)).factor, 0.7152) // India CEA v21.0
        assert.strictEqual((yield* india(2021)).unit, "kg CO2/kWh")
        assert.match((yield* india(1999)).notes.join(), /no row for 1999: the nearest, of 2020 \(CEA v21.0\)/)
        const future = yield* Effect.flip(lookup({ fuel_type: "diesel", unit: "gallon", year: 2028 }))
        assert(future._tag === "ValidationError")
        assert.strictEqual(future.issues[0]?.path, "year")
        const before = yield* Effect.flip(lookup({ fuel_type: "diesel", unit: "gallon", year: 1989 }))
        assert(before._tag === "InvalidInput")
      }))

    it.effect("counts renewable electricity in the market-based figure only", () =>
      Effect.gen(function*() {
        const use = { fuel_type: "electricity", amount: 1000, unit: "kWh" }
        const half = yield* calculate({ ...use, renewable_percentage: 50 })
        assert.strictEqual(half.location_based_kg_co2e, 349.67)
        assert.strictEqual(half.market_based_kg_co2e, 174.84)
        assert.strictEqual(half.emissions_kg_co2e, 174.84)
        assert.strictEqual(half.renewable_offset_applied, true)
        const none = yield* calculate(use)
        assert.strictEqual(none.emissions_kg_co2e, 349.67)
        assert.strictEqual(none.renewable_offset_applied, false)
        assert.strictEqual((yield* calculate({ ...use, renewable_percentage: 100 })).emissions_kg_co2e, 0)
        assert.strictEqual(half.market_basis, "certificates, grid average, no residual mix published")
        const gas = yield* Effect.flip(
          calculate({ fuel_type: "natural_gas", amount: 1, unit: "therm", renewable_percentage: 10 })
        )
        assert(gas._tag === "ValidationError")
        assert.strictEqual(gas.issues[0]?.path, "renewable_percentage")
      }))

    it.effect("divides by the efficiency when the amount is useful energy", () =>
      Effect.gen(function*() {
        const useful = yield* calculate({ fuel_type: "natural_gas", amount: 800, unit: "therm", efficiency: 0.8 })
        near(useful.emissions_kg_co2e, 5311.43, 1e-6)
        near(useful.co2_kg ?? 0, 5306, 1e-6)
        assert.strictEqual(useful.efficiency_adjusted, true)
        const full = yield* calculate({ fuel_type: "natural_gas", amount: 800, unit: "therm", efficiency: 1 })
        assert.strictEqual(full.efficiency_adjusted, false)
        for (const efficiency of [0, -0.5, 1.01, NaN]) {
          const error = yield* Effect.flip(calculate({ fuel_type: "diesel", amount: 1, unit: "gallon", efficiency }))
          assert(error._tag === "InvalidInput", String(efficiency))
        }
      }))

    it.effect("says which numbers are too large to compute with", () =>
      Effect.gen(function*() {
        const use = { fuel_type: "diesel", amount: 1e308, unit: "gallon" }
        const error = yield* Effect.flip(calculate(use))
        assert(error._tag === "CalculationError")
        assert.strictEqual(error.inputs["amount"], 1e308)
        const mwh = yield* Effect.flip(energy({ fuel_type: "electricity", amount: 1e308, unit: "GWh" }))
        assert.strictEqual(mwh._tag, "CalculationError")
      }))

    it.effect("counts the carbon of biomass apart", () =>
      Effect.gen(function*() {
        const wood = yield* calculate({ fuel_type: "biomass_wood", amount: 10, unit: "short_ton" })
        assert.strictEqual(wood.biogenic_co2_kg, 16396.2)
        assert.strictEqual(wood.emissions_kg_co2e, 205.78) // CH4 and N2O alone
        assert.isUndefined(wood.co2_kg)
      }))

    it.effect("lets only what generates on site be negative, and counts it as nothing", () =>
      Effect.gen(function*() {
        for (const fuel_type of ["solar_pv", "wind", "Solar PV"]) {
          const generated = yield* calculate({ fuel_type, amount: -500, unit: "kWh" })
          assert.strictEqual(generated.emissions_kg_co2e, 0)
          assert.strictEqual(generated.generation, true)
        }
        const burnt = yield* Effect.flip(calculate({ fuel_type: "diesel", amount: -1, unit: "gallon" }))
        assert(burnt._tag === "InvalidInput")
        assert.deepStrictEqual(burnt.issues.map(({ path }) => path), ["amount"])
      }))

    it.effect.each([
      // US EPA GHG Emission Factors Hub 2025
      { fuel_type: "diesel", amount: 500, unit: "gallon", mmbtu: 69 },
      { fuel_type: "gasoline", amount: 1, unit: "gallon", mmbtu: 0.125 },
      { fuel_type: "propane", amount: 1, unit: "gallon", mmbtu: 0.091 },
      { fuel_type: "natural_gas", amount: 1, unit: "mcf", mmbtu: 1.026 },
      { fuel_type: "natural_gas", amount: 1000, unit: "therm", mmbtu: 100 },
      { fuel_type: "electricity", amount: 1000, unit: "kWh", mmbtu: 3.412142 },
      { fuel_type: "coal_anthracite", amount: 1, unit: "short_ton", mmbtu: 25.09 }
    ])(
      "holds $mmbtu MMBtu in $amount $unit of $fuel_type",
      ({ mmbtu, ...purchase }) =>
        Effect.map(energy(purchase), ({ energy_content_mmbtu }) => near(energy_content_mmbtu, mmbtu, 1e-6))
    )

    it.effect("recommends another fuel, then efficiency, then energy management", () =>
      Effect.gen(function*() {
        const recommend = (fuel_type: string, emissions_kg = 1000) =>
          Effect.map(
            FuelTools.generateRecommendations.call({ fuel_type, emissions_kg }),
            ({ recommendations }) => recommendations
          )
        const ranges = (fuel_type: string) =>
          Effect.map(recommend(fuel_type), (list) =>
            list.map(({ reduction_percent: percent }) => [percent?.low, percent?.high]))
        assert.deepStrictEqual(yield* ranges("coal"), [[45, 45], [10, 20], [5, 15]])
        assert.deepStrictEqual(yield* ranges("fuel_oil"), [[25, 60], [10, 20], [5, 15]])
        assert.deepStrictEqual(yield* ranges("natural_gas"), [[20, 100], [10, 20], [5, 15]])
        assert.deepStrictEqual(yield* ranges("electricity"), [[0, 100], [0, 100], [10, 20], [5, 15]])
        assert.deepStrictEqual(yield* recommend("diesel", 0), [])
        assert.deepStrictEqual(yield* recommend("wind"), [])
      }))

    it.effect("cites the factor and the calculation", () =>
      Effect.gen(function*() {
        const Cited = Agent.make("Cited", {
          version: "1.0.0",
          input: FuelTools.calculateEmissions.input as Schema.Codec<unknown>,
          output: Schema.Unknown,
          execute: (input) => calculate(input as never)
        })
        const { metadata } = yield* Cited.run({ fuel_type: "natural_gas", amount: 1000, unit: "therm", country: "US" })
        assert.deepStrictEqual(metadata.citations, [
          {
            kind: "factor",
            name: "natural_gas",
            value: 5.31143,
            unit: "kg CO2e/therm",
            source: "US EPA GHG Emission Factors Hub (Table 1; 40 CFR 98 Tables C-1/C-2)",
            year: 2025,
            region: "US",
            gwpSet: "AR6",
            version: "EPA Hub 2025",
            confidence: "primary",
            licence: "public domain"
          },
          {
            kind: "calculation",
            step: "emissions",
            formula: "amount * emission_factor / efficiency",
            inputs: { amount: 1000, emission_factor: 5.31143, efficiency: 1 },
            output: 5311.43,
            unit: "kg CO2e"
          },
          ...(["co2", "ch4", "n2o"] as const).map((gas) => {
            const kilograms_per_unit = { co2: 5.306, ch4: 0.0001, n2o: 0.00001 }[gas]
            return {
              kind: "calculation" as const,
              step: "gas_mass",
              formula: "amount * kilograms_per_unit / efficiency",
              inputs: { amount: 1000, kilograms_per_unit, efficiency: 1 },
              output: 1000 * kilograms_per_unit,
              unit: "kg"
            }
          })
        ])
      }))
  })
})
