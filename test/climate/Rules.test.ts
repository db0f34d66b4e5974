/**
 * The rules of the fuel, grid and carbon agents and of the footprint, on worked examples of the publishers.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { Footprint } from "greenlang/climate/Footprint"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { batch } from "greenlang/climate/FuelBatch"
import * as FuelTools from "greenlang/climate/FuelTools"
import { GridFactorAgent } from "greenlang/climate/GridFactorAgent"
import { refrigerantLeak } from "greenlang/climate/RefrigerantTools"
import * as DataPack from "greenlang/climate/tables/DataPack"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const Services = Layer.merge(Tables, Offline.layer)

type Input = Parameters<typeof FuelTools.calculateEmissions.call>[0]
const calculate = FuelTools.calculateEmissions.call
const kilograms = (input: Input) => Effect.map(calculate(input), (answer) => answer.emissions_kg_co2e)
const near = (actual: number | undefined, expected: number, relative = 1e-4) =>
  assert.approximately(actual ?? NaN, expected, Math.abs(expected) * relative)

const examples: ReadonlyArray<readonly [name: string, kg: number, input: Input]> = [
  ["AR4: 1000 therm at 5.306 + 25 CH4 + 298 N2O [C1]", 5311.48, us("natural_gas", 1000, "therm", { gwp_set: "AR4" })],
  ["an Indian fiscal year across March [C3]", 720.4, {
    ...power("IN", 1000),
    period: { start_date: "2023-04-01", end_date: "2025-03-31" }
  }],
  ["an Australian activity year, July to June [C3]", 620, {
    ...power("AU", 1000),
    period: { start_date: "2025-07-01", end_date: "2026-06-30" }
  }],
  ["the year with most days [C3]", 177, {
    ...power("UK", 1000),
    period: { start_date: "2025-04-01", end_date: "2026-03-31" },
    period_rule: "majority"
  }],
  ["an edition by its name [C2]", 8, { ...power("SE", 1000), edition: "EEA 2024 release" }],
  ["kWh (Gross CV) of DESNZ [C6]", 182.31, of("UK", "natural_gas", 1000, "kWh (Gross CV)")],
  ["kWh (Net CV) of DESNZ [C6]", 202.7, of("UK", "natural_gas", 1000, "kWh (Net CV)", { year: 2025 })],
  ["a thousand cubic feet, as US bills write it [C6]", 54.4953, us("natural_gas", 1, "Mcf")],
  [
    "a million cubic feet, as Portfolio Manager writes it [C6]",
    54495.3,
    us("natural_gas", 1, "MCF(million cubic feet)")
  ],
  ["terajoules [C6]", 51530, of("AU", "natural_gas", 1, "TJ")],
  ["a barrel of 42 gallons [C6]", 42 * 10.2403, us("fuel oil no 2", 1, "bbl")],
  ["kiloliters [C6]", 2709.72, of("AU", "diesel", 1, "kL")],
  ["steam by a thousand pounds [C6] [C11]", 1.194 * 66.3979, us("steam", 1, "klb")],
  ["an imperial gallon by its short label [C7]", 4.54609 * 2.58354, of("UK", "diesel", 1, "gal (UK)")],
  ["a US gallon by its short label [C7]", 3.785411784 * 2.69812, of("DE", "diesel", 1, "gal(US)")],
  ["a US gallon in Guam [C7]", 10.2403, of("GU", "diesel", 1, "gallon")],
  ["a US gallon in Germany, by its full name [C7]", 3.785411784 * 2.69812, of("DE", "diesel", 1, "US gallon")],
  ["gas in France by the cubic meter [C8]", 2.0541, of("FR", "natural_gas", 1, "m3")],
  ["gas in Canada by the gigajoule [C8]", 1.93155 / 0.03852, of("CA", "natural_gas", 1, "GJ")],
  ["propane vapour in the US [C8]", 15.525, us("propane", 100, "scf")],
  ["Alberta before Ontario [C9]", 1.972554, of("CA", "natural_gas", 1, "m3", { subregion: "Alberta" })],
  ["EPA before IPCC: jet fuel [C9]", 0.135 * 72.4648, us("jet fuel", 1, "gallon")],
  ["EPA before IPCC: tires [C9]", 28 * 87.9806, us("tires", 1, "short_ton")],
  ["IPCC for the mass of a liquid in the US [C9]", 3.19683, us("diesel", 1, "kg")],
  ["biogas is other biomass gases of EPA [C9]", 258.39, us("biogas", 1000, "MMBtu")],
  ["heating oil of the IPCC [C9]", 2.73009, of("DE", "heating oil", 1, "liter")],
  ["gas oil takes its kin's row [C9]", 2.73009, of("DE", "gas_oil", 1, "liter")],
  ["certificates in kWh [C10]", 0, { ...power("FR", 1000), certificates_kwh: 1000 }],
  ["a supplier's factor [C10]", 120, { ...power("DE", 1000), supplier_factor_kg_per_kwh: 0.12 }],
  ["75 percent green in DE, residual mix given [C10]", 18114, {
    ...power("DE", 100_000),
    year: 2024,
    renewable_percentage: 75,
    residual_mix_kg_per_kwh: 0.72456
  }],
  ["Green-e by subregion [C10]", 98.48, { ...power("US", 1000), subregion: "CAMX", renewable_percentage: 50 }],
  ["the residual mix of Australia [C10]", 790, { ...power("AU", 1000), subregion: "NSW", renewable_percentage: 0 }],
  ["heat in the UK [C11]", 175.29, of("UK", "district_heating", 1000, "kWh")],
  [
    "heat by the supplier's factor [C11]",
    80,
    of("DE", "district_heating", 1000, "kWh", {
      heat_source_factor_kg_per_kwh: 0.08
    })
  ],
  [
    "cooling by an electric chiller [C11]",
    1000 / 5 * 0.34967,
    us("district_cooling", 1000, "kWh", { chiller: "electric" })
  ],
  [
    "cooling by its ton hours and a given COP [C11]",
    100 * 3.51685284 / 4 * 0.34967,
    us("district_cooling", 100, "ton hours", {
      chiller: "electric",
      cop: 4
    })
  ],
  ["hydrogen, nothing in use", 0, of("JP", "hydrogen", 100, "kg")],
  ["Sweden is 0.006, not a lifecycle figure [C15]", 6, power("Sweden", 1000)],
  ["Puerto Rico is PRMS [C15]", 702.4, power("Puerto Rico", 1000)],
  ["an eGRID subregion of a year [C15]", 1000 * 0.2718, { ...power("US", 1000), subregion: "RFCE", year: 2023 }],
  ["New South Wales [C15]", 600, { ...power("AU", 1000), subregion: "New South Wales" }],
  ["Scotland is the UK [C15]", 130.96, power("Scotland", 1000)]
]

function of(country: string, fuel_type: string, amount: number, unit: string, more: Partial<Input> = {}): Input {
  return { country, fuel_type, amount, unit, ...more }
}
function us(fuel_type: string, amount: number, unit: string, more: Partial<Input> = {}): Input {
  return of("US", fuel_type, amount, unit, more)
}
function power(country: string, amount: number): Input {
  return of(country, "electricity", amount, "kWh")
}

layer(Services, { excludeTestServices: true })("the rules of the climate agents", (it) => {
  for (const [name, kg, input] of examples) {
    it.effect(`answers ${name}`, () => Effect.map(kilograms(input), (found) => near(found, kg, 2e-3)))
  }

  it.effect("refuses what can be read in two ways, and says what would be right [C6] [C7]", () =>
    Effect.gen(function*() {
      const refused: ReadonlyArray<readonly [Input, RegExp]> = [
        [of("UK", "diesel", 1, "gallon"), /us_gallon or imperial_gallon/],
        [us("coal", 1, "ton"), /short_ton/],
        [us("coal", 1, "tons"), /short_ton/],
        [us("natural_gas", 1, "MBtu"), /kBtu \(thousand\) or MMBtu \(million\)/],
        [us("steam", 1, "Mlb"), /klb/],
        [us("wood", 1, "cords"), /short_ton/],
        [us("natural_gas", 748, "gallons"), /scf/],
        [us("diesel", 1, "ccf"), /liter/],
        [us("propane", 1, "m3"), /gallon/],
        [{ ...power("US", 1), subregion: "94105" }, /Power Profiler/]
      ]
      for (const [input, expected] of refused) {
        const error = yield* Effect.flip(calculate(input))
        assert(error._tag === "ValidationError", JSON.stringify(input))
        assert.match(error.message, expected)
      }
    }))

  it.effect("asks for a residual mix that may not be shipped, and takes it from a data pack [C5] [C10]", () =>
    Effect.gen(function*() {
      const green = { ...power("DE", 1000), year: 2024, renewable_percentage: 50 }
      const error = yield* Effect.flip(calculate(green))
      assert(error._tag === "DataError")
      assert.match(error.message, /AIB's European Residual Mixes.*residual_mix_kg_per_kwh/)
      const csv = "region,code,year,factor,unit,basis,gwp_set,redistribute\nDE,DE,2024,0.7,kg CO2/kWh,market,AR5,no\n"
      const pack = { name: "AIB 2024", kind: "residual", csv, source: "AIB 2024", year: 2025, licence: "own use" }
      const { metadata, value } = yield* FuelAgent.run(green).pipe(
        Effect.provide(DataPack.layer(pack).pipe(Layer.provide(Tables)))
      )
      assert.strictEqual(value.co2e_emissions_kg, 350)
      const cited = metadata.citations.find((citation) => citation.kind === "factor" && citation.pack === "AIB 2024")
      assert.deepInclude(cited, { value: 0.7, licence: "own use" })
      const broken = { ...pack, csv: "regoin,factor\nDE,1\n" }
      const invalid = yield* Effect.flip(Layer.build(DataPack.layer(broken).pipe(Layer.provide(Tables))))
      assert.match(invalid.message, /regoin: not columns of residual/)
    }))

  it.effect("gives both figures of scope 2, and why one is missing [C10]", () =>
    Effect.gen(function*() {
      const plain = yield* calculate({ ...power("DE", 1000), year: 2024 })
      assert.deepStrictEqual([plain.location_based_kg_co2e as number, plain.market_based_kg_co2e], [291, undefined])
      assert.match(plain.notes.join(), /no market-based figure: it takes AIB/)
      const austria = yield* Effect.flip(calculate({ ...power("AT", 1000), renewable_percentage: 10 }))
      assert.match(austria.message, /supplier_factor_kg_per_kwh/)
      const twice = yield* Effect.flip(
        calculate({ ...power("DE", 1000), certificates_kwh: 1, renewable_percentage: 10 })
      )
      assert.strictEqual(twice._tag, "ValidationError")
    }))

  it.effect("weighs a leak by its gas, and sets what Kyoto does not count apart [C12]", () =>
    Effect.gen(function*() {
      const leak = refrigerantLeak.call
      assert.strictEqual((yield* leak({ gas: "r410a", mass_kg: 10 })).co2e_kg as number, 22_555)
      assert.strictEqual((yield* leak({ gas: "HFC-134a", mass_kg: 1, gwp_set: "AR5" })).co2e_kg as number, 1300)
      assert.strictEqual((yield* leak({ gas: "R-22", mass_kg: 1 })).outside_scopes, true)
      assert.strictEqual((yield* leak({ gas: "R-32", mass_kg: 5, charge_change_kg: 2 })).co2e_kg as number, 3 * 771)
      assert.strictEqual((yield* Effect.flip(leak({ gas: "R-290", mass_kg: 1, gwp_set: "AR5" })))._tag, "DataError")
      const grown = yield* Effect.flip(leak({ gas: "R-32", mass_kg: 1, charge_change_kg: 2 }))
      assert.strictEqual(grown._tag, "ValidationError")
    }))

  it.effect("keeps removals out of the total and the shares [C13]", () =>
    Effect.gen(function*() {
      const gas = { fuel_type: "natural_gas", co2e_emissions_kg: 5311.43, scope: "1" as const }
      const forest = { fuel_type: "forest", co2e_emissions_kg: -10_000, kind: "removal" as const }
      const { value } = yield* CarbonAgent.run({ emissions: [gas, forest] })
      assert.deepStrictEqual(
        [
          value.total_co2e_kg,
          value.removals_co2e_kg,
          value.net_co2e_kg,
          value.emissions_breakdown[0]?.percentage
        ] as Array<number>,
        [5311.43, 10_000, -4688.57, 100]
      )
    }))

  it.effect("carries biogenic CO2, both figures and one set of potentials through a footprint [C1] [C14]", () =>
    Effect.gen(function*() {
      const { value } = yield* Footprint.run({
        country: "US",
        subregion: "CAMX",
        gwp_set: "AR5",
        fuels: [
          { fuel_type: "wood", amount: 10, unit: "short_ton" },
          { fuel_type: "electricity", amount: 1000, unit: "kWh", renewable_percentage: 100 }
        ],
        electricity_kwh: 1000
      })
      assert.strictEqual(value.gwp_set, "AR5")
      assert.strictEqual(value.biogenic_co2_kg, 16396.2)
      near(value.total_co2e_kg, 201.999 + 2 * 195.04)
      near(value.market_based_total_co2e_kg, 201.999 + 196.96)
      const mixed = yield* Effect.flip(Footprint.run({
        gwp_set: "AR5",
        fuels: [{ fuel_type: "diesel", amount: 1, unit: "gallon", gwp_set: "AR6" }]
      }))
      assert.match(mixed.message, /fuels.0.gwp_set/)
    }))

  it.effect("names the purchase that fails, or lists it as a gap [C14]", () =>
    Effect.gen(function*() {
      const site = {
        fuels: [
          { fuel_type: "diesel", amount: 100, unit: "gallon" },
          { fuel_type: "plutonium", amount: 1, unit: "kg" }
        ]
      }
      const error = yield* Effect.flip(Footprint.run(site))
      assert.match(error.message, /fuels\.1\.fuel_type/)
      const { value } = yield* Footprint.run({ ...site, partial: true })
      assert.strictEqual(value.total_co2e_kg as number, 1024.03)
      assert.deepStrictEqual(value.gaps?.map(({ error, purchase }) => [purchase, error.tag]), [[
        "fuels.1",
        "DataError"
      ]])
    }))

  it.effect("answers each item of a batch, unless all or nothing is asked for [C16]", () =>
    Effect.gen(function*() {
      const items = [us("diesel", 1, "gallon"), us("plutonium", 1, "kg"), us("diesel", 2, "gallon"), { contry: "UK" }]
      const answer = yield* batch.call({ items })
      assert.deepStrictEqual(answer.items.map(({ ok }) => ok), [true, false, true, false])
      assert.deepStrictEqual([answer.total_kg_co2e as number, answer.count], [30.72, 2])
      assert.strictEqual((yield* Effect.flip(batch.call({ items, all_or_nothing: true })))._tag, "DataError")
    }))

  it.effect("refuses an unknown field by run and by tool, in records inside too [C4]", () =>
    Effect.gen(function*() {
      const gas = us("natural_gas", 1, "therm")
      const errors = [
        yield* Effect.flip(FuelAgent.run({ ...gas, contry: "UK" } as never)),
        yield* Effect.flip(calculate({ ...gas, contry: "UK" } as never)),
        yield* Effect.flip(GridFactorAgent.run({ country: "UK", contry: "UK" } as never)),
        yield* Effect.flip(Footprint.run({ contry: "UK" } as never)),
        yield* Effect.flip(Footprint.run({ fuels: [{ ...gas, contry: "UK" }] } as never)),
        yield* Effect.flip(
          CarbonAgent.run({ emissions: [{ fuel_type: "gas", co2e_emissions_kg: 1, contry: "UK" }] } as never)
        )
      ]
      for (const error of errors) {
        assert(error._tag === "InvalidInput")
        assert.match(error.issues[0]?.path ?? "", /contry$/)
      }
    }))
})
