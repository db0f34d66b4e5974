/**
 * What an accountant tries: units, places, sets of warming potentials and both figures of scope 2.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AnomalyInput } from "greenlang/climate/AnomalyAgentIForest"
import { deriveThresholds } from "greenlang/climate/BenchmarkTools"
import { BoilerAgent } from "greenlang/climate/BoilerAgent"
import { calculateBoilerEfficiency } from "greenlang/climate/BoilerEfficiencyTools"
import { BuildingProfileAgent } from "greenlang/climate/BuildingProfileAgent"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import * as FuelBatch from "greenlang/climate/FuelBatch"
import * as FuelTools from "greenlang/climate/FuelTools"
import { lookupGridIntensity } from "greenlang/climate/GridFactorTools"
import { listFuels } from "greenlang/climate/GridListingTools"
import { normalizeEnergy } from "greenlang/climate/InputValidatorTools"
import { IntensityAgent } from "greenlang/climate/IntensityAgent"
import { ReportAgentAI } from "greenlang/climate/ReportAgentAI"
import { checkCompliance, generateExecutiveSummary } from "greenlang/climate/ReportTools"
import { analyzeComplianceRequirements } from "greenlang/climate/RoadmapRiskTools"
import * as DataPack from "greenlang/climate/tables/DataPack"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
import { fieldsOf } from "./agents/services.ts"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)

const energyOf = (fuel_type: string, amount: number, unit: string, country: string) =>
  Effect.map(
    FuelTools.energyContent.call({ fuel_type, amount, unit, country }),
    ({ energy_content_mmbtu }) => energy_content_mmbtu as number
  )

describe("the energy of a fuel", () => {
  it.live.each(
    [
      // 4.50 kg CO2 a gallon over 53.06 kg CO2 an MMBtu (EPA Hub 2025, Tables 2 and 1)
      ["lng", 100, "gallon", "US", 8.481],
      ["lng", 378.5411784, "liter", "US", 8.481],
      ["lng", 100, "scf", "US", 0.1026],
      ["cng", 100, "ccf", "US", 10.26],
      // 22.931 GJ/m3 (DESNZ 2025)
      ["lng", 1000, "liter", "UK", 22.931 / 1.05505585262],
      ["b20", 100, "gallon", "US", 100 * (0.8 * 0.138 + 0.2 * 0.128)],
      ["e85", 100, "gallon", "US", 100 * (0.15 * 0.125 + 0.85 * 0.084)],
      ["steam", 1000, "lb", "US", 1.194],
      ["steam", 1, "tonne", "UK", 1.194 * 2.20462262],
      // 2.75541 kg a liter over 0.2565 kg a kWh (DESNZ 2025)
      ["gas_oil", 1000, "liter", "UK", 2755.41 / 0.2565 * 0.003412142]
    ] as const
  )("is that behind its factor: %s, %d %s in the %s", ([fuel, amount, unit, country, mmbtu]) =>
    Effect.gen(function*() {
      assert.approximately(yield* energyOf(fuel, amount, unit, country), mmbtu, mmbtu * 2e-4)
    }).pipe(Effect.provide(Tables)))

  it.live("leads to the same emissions by the gallon and by the MMBtu of liquefied gas", () =>
    Effect.gen(function*() {
      const gallons = { fuel_type: "lng", amount: 100, unit: "gallon", country: "US" }
      const byGallon = yield* FuelTools.calculateEmissions.call(gallons)
      const mmbtu = yield* energyOf("lng", 100, "gallon", "US")
      const byEnergy = yield* FuelTools.calculateEmissions.call({ ...gallons, amount: mmbtu, unit: "MMBtu" })
      assert.approximately(byEnergy.emissions_kg_co2e, byGallon.emissions_kg_co2e, 0.1)
      const boiler = yield* BoilerAgent.run({
        boiler_type: "standard",
        fuel_type: "lng",
        efficiency: 0.8,
        fuel_consumption: { value: 100, unit: "gallon" }
      })
      assert.approximately(boiler.value.fuel_mmbtu, 8.481, 0.001)
      assert.approximately(boiler.value.thermal_output_mmbtu, 8.481 * 0.8, 0.001)
    }).pipe(Effect.provide(Tables)))
})

describe("a data pack", () => {
  const residual = (factor: string, unit: string) =>
    `region,code,year,factor,unit,basis,gwp_set,redistribute,edition
DE,DE,2024,0.5,kg CO2/kWh,"market, residual mix",AR5,no,Own
FR,FR,2024,${factor},${unit},"market, residual mix",AR5,no,Own`
  const fuel = (co2e: string, unit: string) =>
    `region,fuel,unit,co2e_ar5,co2e_ar6,value_unit,scope,biogenic,year
FR,fuel_oil,liter,${co2e},${co2e},${unit},1,false,2025`
  const pack = (kind: string, csv: string) => ({ name: "Own", kind, csv, source: "Own", year: 2025, licence: "own" })
  const power = { fuel_type: "electricity", amount: 1000, unit: "kWh", country: "FR", year: 2024 }
  const oil = { fuel_type: "fuel_oil", amount: 100, unit: "liter", country: "FR" }
  const run = (kind: string, csv: string, input: typeof FuelAgent.input.Type) =>
    FuelAgent.run(input).pipe(
      Effect.provide(Layer.provide(DataPack.layer(pack(kind, csv)), Tables)),
      Effect.map(({ value }) => value.co2e_emissions_kg as number)
    )

  it.live.each(
    [
      ["700", "g CO2/kWh"],
      ["0.7", "kg CO2e/kWh"],
      ["0.7", "t CO2e/MWh"],
      ["700", "kg CO2e per MWh"],
      ["194.4444444444", "kg CO2/GJ"],
      ["1543.2358353", "lb CO2e/MWh"]
    ]
  )("is read in the unit of its row: %s %s", ([factor, unit]) =>
    Effect.gen(function*() {
      const kilograms = yield* run("residual", residual(factor!, unit!), { ...power, renewable_percentage: 0 })
      assert.approximately(kilograms, 700, 0.01)
    }))

  it.live("is read in grams, kilograms or tonnes of a fuel", () =>
    Effect.gen(function*() {
      const cases = [["2700", "g CO2e per liter"], ["2.7", "kg CO2e per liter"], ["0.0027", "t CO2e/liter"]] as const
      for (const [co2e, unit] of cases) assert.approximately(yield* run("fuel", fuel(co2e, unit), oil), 270, 1e-6)
    }))

  it.live.each(
    [
      ["residual", residual("0.7", "kg CO2e/therm gas"), 2, "unit"],
      ["residual", residual("0.7", "EUR/kWh"), 2, "unit"],
      ["residual", residual("0.7", "kg CO2e/kWh_ncv"), 2, "unit"],
      ["residual", residual("-0.7", "kg CO2e/kWh"), 2, "factor"],
      ["residual", residual("abc", "kg CO2e/kWh"), 2, "factor"],
      ["residual", residual("", "kg CO2e/kWh"), 2, "factor"],
      ["fuel", fuel("2.7", "kg CO2e per gallon"), 1, "value_unit"],
      ["fuel", fuel("-2.7", "kg CO2e per liter"), 1, "co2e_ar5"],
      ["gwp", "gas,name,gwp100_ar6,gwp20_ar6,unit,kind,region\nX-1,X,1,2,g CO2e/kg,single,GLOBAL", 1, "unit"]
    ] as const
  )(
    "is refused by row and column, before it answers: %s, case of\n%s",
    ([kind, csv, row, column]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(DataPack.read(pack(kind, csv)))
        assert(error._tag === "InvalidDataPack")
        const faults = (error.faults ?? []).map((fault) => [fault.row, fault.column])
        assert.deepInclude(faults, [row, column])
        assert.isTrue(faults.every(([faulty]) => faulty === row), error.message)
      })
  )
})

describe("an edition that is not official", () => {
  const asked = { country: "US", subregion: "AKGD", edition: "eGRID2024 (Cornerstone)" }

  it.live("is used where it is asked for by name, and refused beside officialOnly", () =>
    Effect.gen(function*() {
      const { emission_factor, notes } = yield* lookupGridIntensity.call(asked)
      assert.strictEqual(emission_factor, 0.41764)
      assert.match(notes.join(), /is not an official edition/)
      const refused = yield* Effect.flip(lookupGridIntensity.call({ ...asked, officialOnly: true }))
      assert.match(refused.message, /official edition, as officialOnly wants it/)
      assert.deepStrictEqual(fieldsOf(refused), ["country", "subregion", "edition"])
    }).pipe(Effect.provide(Tables)))
})

describe("the stack of a boiler", () => {
  const boiler = { boiler_type: "firetube", age_years: 10, stack_temperature_c: 200 } as const

  it.live("loses the same by excess air and by the oxygen that it leaves, by both methods", () =>
    Effect.gen(function*() {
      for (const method of [{ method: "empirical" }, { method: "siegert", fuel_type: "natural_gas" }] as const) {
        const byAir = yield* calculateBoilerEfficiency.call({ ...boiler, ...method, excess_air_percent: 50 })
        const byOxygen = yield* calculateBoilerEfficiency.call({ ...boiler, ...method, flue_o2_percent: 7 })
        assert.approximately(byOxygen.stack_loss_percent, byAir.stack_loss_percent, 1e-9)
        const usual = yield* calculateBoilerEfficiency.call({ ...boiler, ...method })
        assert.isBelow(usual.stack_loss_percent, byAir.stack_loss_percent)
      }
    }).pipe(Effect.provide(Tables)))

  it.live("cannot have more oxygen than the empirical method holds for", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(calculateBoilerEfficiency.call({ ...boiler, flue_o2_percent: 15 }))
      assert.deepStrictEqual(fieldsOf(error), ["flue_o2_percent"])
    }).pipe(Effect.provide(Tables)))
})

describe("the rules of a company", () => {
  const appliesOf = (input: Parameters<typeof analyzeComplianceRequirements.call>[0], rule: string) =>
    Effect.map(
      analyzeComplianceRequirements.call(input),
      ({ rules }) => rules.find((one) => one.rule.includes(rule))?.applies
    )

  it.live.each(
    [
      ["Germany", "unknown"],
      ["france", "unknown"],
      ["The Netherlands", "unknown"],
      ["DEU", "unknown"],
      ["EU", "unknown"],
      ["Réunion", "unknown"],
      ["Atlantis", "unknown"],
      ["worldwide", "unknown"],
      ["Global", "unknown"],
      ["Japan", "no"],
      ["United Kingdom", "no"],
      ["Texas", "no"]
    ] as const
  )("take exports to %s: CBAM applies %s", ([market, applies]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* appliesOf({ export_markets: ["Canada", market] }, "CBAM"), applies)
    }).pipe(Effect.provide(Tables)))

  it.live("are unknown, and say why, where nothing is named", () =>
    Effect.gen(function*() {
      const { rules } = yield* analyzeComplianceRequirements.call({})
      const [cbam, csrd] = rules
      assert.deepStrictEqual([cbam?.applies, csrd?.applies], ["unknown", "unknown"])
      assert.match(cbam?.why ?? "", /export_markets names no country/)
      assert.match(csrd?.why ?? "", /legal_entities names no place/)
    }).pipe(Effect.provide(Tables)))

  it.live("name a place that is not a country, and the place that an entity is not in", () =>
    Effect.gen(function*() {
      const whyOf = (legal_entities: ReadonlyArray<string>) =>
        Effect.map(analyzeComplianceRequirements.call({ legal_entities }), ({ rules }) => rules[1]?.why ?? "")
      assert.match(yield* whyOf(["Germny"]), /Germny is not a known country/)
      assert.match(yield* whyOf(["California"]), /no entity in the EU is named/)
      const error = yield* Effect.flip(analyzeComplianceRequirements.call({ net_turnover: 400_000_000 }))
      assert.deepStrictEqual(fieldsOf(error), ["net_turnover"])
    }).pipe(Effect.provide(Tables)))

  it.live.each(
    [
      [["Germany"], "CSRD", "yes"],
      [["Österreich GmbH"], "CSRD", "unknown"],
      [["Japan"], "CSRD", "no"],
      [["England"], "UK SECR", "unknown"],
      [["Atlantis"], "UK SECR", "unknown"],
      [["France"], "UK SECR", "no"],
      [["United States of America"], "SB 253", "unknown"],
      [["California"], "SB 253", "yes"],
      [["Georgia"], "SB 253", "unknown"],
      [["Spain"], "SB 253", "no"]
    ] as const
  )("take entities in %s: %s applies %s", ([legal_entities, rule, applies]) =>
    Effect.gen(function*() {
      const company = { legal_entities: [...legal_entities], employees: 5000, net_turnover: 2000 }
      assert.strictEqual(yield* appliesOf(company, rule), applies)
    }).pipe(Effect.provide(Tables)))
})

describe("a country that does not exist", () => {
  it.live("is refused with the one that was perhaps meant, where no table would miss it", () =>
    Effect.gen(function*() {
      const errors = [
        yield* Effect.flip(deriveThresholds.call({ building_type: "office", country: "Germny" })),
        yield* Effect.flip(listFuels.call({ country: "Germny" })),
        yield* Effect.flip(
          BuildingProfileAgent.run({ building_type: "office", area: 1000, country: "Germny" } as never)
        )
      ]
      for (const error of errors) assert.match(error.message, /country: .*did you mean Germany\?/)
    }).pipe(Effect.provide(Tables)))
})

describe("a report", () => {
  const data = { total_co2e_tons: 10, by_scope: { "1": 5, "2_location": 5, "2_market": 5 } }
  const statusOf = (framework: string, carbon_data: object, wanted: string) =>
    Effect.map(
      checkCompliance.call({ framework, carbon_data: { ...data, ...carbon_data } }),
      ({ items }) => items.find(({ id }) => id === wanted)?.status
    )

  it.live.each(
    [
      ["CDP", { verification: "no" }, "CDP-VER", "not_assessed"],
      ["CDP", { verification: "Not verified" }, "CDP-VER", "not_assessed"],
      ["CDP", { verification: "limited assurance by TUV" }, "CDP-VER", "pass"],
      ["GHG_PROTOCOL", { base_year: 2090 }, "GHGP-BASE", "fail"],
      ["GHG_PROTOCOL", { base_year: 2019 }, "GHGP-BASE", "pass"],
      ["ESRS_E1", { by_scope: { "1": 5, "3": 0 }, scope3_categories: { "1": 5 } }, "E1-6-44c", "fail"],
      ["ESRS_E1", { by_scope: { "1": 5, "3": 5 }, scope3_categories: { "1": 2, "4": 3 } }, "E1-6-44c", "pass"]
    ] as const
  )("for %s says of %o: %s %s", ([framework, of, id, status]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* statusOf(framework, of, id), status)
    }).pipe(Effect.provide(Tables)))

  it.live.each(
    [
      { start_date: "2025-12-31", end_date: "2025-01-01" },
      { start_date: "2025-02-30" }
    ]
  )("is refused for the period %o", (period) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ReportAgentAI.run({ carbon_data: data, period }))
      assert.match(fieldsOf(error).join(), /^period\.(start|end)_date$/)
    }).pipe(Effect.provide(Layer.merge(Tables, Offline.layer))))
})

describe("one inventory", () => {
  const gas = { fuel_type: "natural_gas", amount: 1000, unit: "therm", country: "US" }
  const power = { fuel_type: "electricity", amount: 1000, unit: "kWh", country: "US", subregion: "CAMX", year: 2023 }

  it.live("has one set of warming potentials, in records and in a batch", () =>
    Effect.gen(function*() {
      const record = (gwp_set: "AR4" | "AR6") => ({ fuel_type: "gas", co2e_emissions_kg: 1, gwp_set })
      const mixed = yield* Effect.flip(CarbonAgent.run({ emissions: [record("AR6"), record("AR4")] }))
      assert(mixed._tag === "ValidationError")
      assert.deepStrictEqual(mixed.issues.map(({ path }) => path), ["emissions.1.gwp_set"])
      assert.strictEqual((yield* CarbonAgent.run({ emissions: [record("AR4")] })).value.gwp_set, "AR4")
      const items = [gas, { ...gas, gwp_set: "AR4" }, { ...gas, gwp_set: "AR5" }]
      const batch = yield* Effect.flip(FuelBatch.batch.call({ items }))
      assert(batch._tag === "ValidationError")
      assert.deepStrictEqual(batch.issues.map(({ path }) => path), ["items.2.gwp_set"])
      const one = yield* FuelBatch.batch.call({ items: items.slice(0, 2) })
      assert.strictEqual(one.gwp_set, "AR4")
      assert.isTrue(one.items.every((item) => item.ok && item.value.gwp_set === "AR4"))
    }).pipe(Effect.provide(Tables)))

  it.live("says which figures stay on AR5: Green-e, of a purchase, a batch and a sum of records", () =>
    Effect.gen(function*() {
      const { value } = yield* FuelAgent.run({ ...power, renewable_percentage: 0 })
      assert.deepStrictEqual(value.gwp_sets_used, ["AR5"])
      assert.include(value.notes.join("; "), "published on AR5, not re-based")
      const batch = yield* FuelBatch.batch.call({ items: [gas, power] })
      assert.deepStrictEqual(batch.gwp_sets_used, ["AR5"])
      const { value: sum } = yield* CarbonAgent.run({ emissions: [value as never] })
      assert.deepStrictEqual([sum.gwp_set, sum.gwp_sets_used], ["AR6", ["AR5"]])
      const ar5 = yield* FuelAgent.run({ ...power, gwp_set: "AR5" })
      assert.isUndefined(ar5.value.gwp_sets_used)
    }).pipe(Effect.provide(Tables)))

  it.live("keeps both figures of a purchase from FuelAgent to CarbonAgent, and says the basis", () =>
    Effect.gen(function*() {
      const green = {
        ...power,
        country: "DE",
        subregion: undefined,
        renewable_percentage: 75,
        residual_mix_kg_per_kwh: 0.7
      }
      const { subregion: _, ...bought } = green
      const { value: half } = yield* FuelAgent.run(bought)
      const { value: grid } = yield* FuelAgent.run(power)
      const { value: burnt } = yield* FuelAgent.run(gas)
      const { value } = yield* CarbonAgent.run({ emissions: [half as never, grid as never, burnt as never] })
      const location = half.location_based_kg_co2e! + grid.location_based_kg_co2e! + burnt.co2e_emissions_kg
      const market = half.market_based_kg_co2e! + grid.market_based_kg_co2e! + burnt.co2e_emissions_kg
      assert.approximately(value.total_co2e_kg, location, 0.01)
      assert.approximately(value.market_based_total_co2e_kg ?? 0, market, 0.01)
      assert.include((value.notes ?? []).join("; "), "location-based")
      const shares = value.emissions_breakdown.reduce((sum, { co2e_kg }) => sum + co2e_kg, 0)
      assert.approximately(shares, value.total_co2e_kg, 0.02)
    }).pipe(Effect.provide(Tables)))

  it.live("names set, edition and year of a boiler, and the country that is assumed", () =>
    Effect.gen(function*() {
      const heat = { boiler_type: "condensing", fuel_type: "natural_gas", thermal_output: { value: 1, unit: "MMBtu" } }
      const { value } = yield* BoilerAgent.run(heat)
      assert.deepStrictEqual([value.gwp_set, value.edition, value.data_year], ["AR6", "EPA Hub 2025", 2025])
      assert.include(value.notes, "no country is given: the US is assumed")
      const { value: uk } = yield* BoilerAgent.run({ ...heat, country: "UK" })
      assert.deepStrictEqual(uk.gwp_sets_used, ["AR5"])
      assert.notInclude(uk.notes, "no country is given: the US is assumed")
    }).pipe(Effect.provide(Tables)))

  it.live("names the item of a batch that fails as a whole", () =>
    Effect.gen(function*() {
      const wrong = [{ ...gas, amount: -1 }, { ...gas, unit: "ton" }, { ...gas, country: "Atlantis" }]
      for (const item of wrong) {
        const error = yield* Effect.flip(FuelBatch.batch.call({ items: [gas, item], all_or_nothing: true }))
        assert.match(error.message, /items\.1\.(amount|unit|country)/)
      }
    }).pipe(Effect.provide(Tables)))
})

describe("a part of a country", () => {
  it.live.each(
    [
      ["natural_gas", "US", "ZZZZ"],
      ["natural_gas", "AU", "Bavaria"],
      ["steam", "US", "ZZZZ"],
      ["diesel", "CA", "XX"],
      ["diesel", "UK", "Kent"]
    ] as const
  )(
    "that does not exist fails for every fuel: %s in %s, %s",
    ([fuel_type, country, subregion]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(FuelAgent.run({ fuel_type, amount: 1, unit: "MMBtu", country, subregion }))
        assert.strictEqual(error._tag, "DataError")
        assert.include(error.message, subregion)
      }).pipe(Effect.provide(Tables))
  )

  it.live("that exists is taken for every fuel", () =>
    Effect.gen(function*() {
      const places = [["US", "CAMX"], ["US", "California"], ["AU", "NSW"], ["CA", "AB"]] as const
      for (const [country, subregion] of places) {
        yield* FuelAgent.run({ fuel_type: "diesel", amount: 1, unit: "liter", country, subregion })
      }
    }).pipe(Effect.provide(Tables)))
})

describe("labels of energy", () => {
  it.live.each(
    [["Dth", 10 * 29.30711], ["dekatherms", 10 * 29.30711], ["kBtu", 0.2930711], ["MMBtu", 293.0711], [
      "therms",
      29.30711
    ]] as const
  )("are read for heat of a boiler and by normalize_energy: %s", ([unit, kwh]) =>
    Effect.gen(function*() {
      const { value } = yield* normalizeEnergy.call({ value: 1, unit })
      assert.approximately(value, kwh, kwh * 1e-5)
      const boiler = yield* BoilerAgent.run({
        boiler_type: "condensing",
        fuel_type: "natural_gas",
        thermal_output: { value: 1, unit }
      })
      assert.approximately(boiler.value.thermal_output_mmbtu, kwh / 293.0711, kwh * 1e-7)
    }).pipe(Effect.provide(Tables)))

  it.live("that mean several things, or no energy, are refused with the choices", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(normalizeEnergy.call({ value: 1, unit: "MBtu" }))
      assert.match(error.message, /kBtu \(thousand\) or MMBtu \(million\)/)
      for (const unit of ["gallon", "kg", "kWh_ncv", "furlong"]) {
        const heat = { boiler_type: "condensing", fuel_type: "natural_gas", thermal_output: { value: 1, unit } }
        assert.include((yield* Effect.flip(BoilerAgent.run(heat))).message, "thermal_output.unit")
      }
    }).pipe(Effect.provide(Tables)))
})

it.live("a building without a median has intensities and no rating", () =>
  Effect.gen(function*() {
    const building = { total_emissions_kg: 50_000, area: 10_000 }
    for (const building_type of ["data_center", "Data Center"]) {
      const { value } = yield* IntensityAgent.run({ ...building, building_type })
      assert.strictEqual(value.intensities.per_sqft_year, 5)
      assert.isUndefined(value.rating)
      assert.match(value.notes.join(), /no rating/)
    }
  }).pipe(Effect.provide(Tables)))

it.live("evidence that is blank, unknown or above the total fails its requirement", () =>
  Effect.gen(function*() {
    const status = (data: Readonly<Record<string, unknown>>, id: string) =>
      Effect.map(
        checkCompliance.call({ framework: "GHG_PROTOCOL", carbon_data: { total_co2e_tons: 100, ...data } as never }),
        ({ items }) => items.find((item) => item.id === id)?.status
      )
    assert.strictEqual(yield* status({ gwp_set: "AR6" }, "GHGP-GWP"), "pass")
    assert.strictEqual(yield* status({ gwp_set: "AR99" }, "GHGP-GWP"), "fail")
    assert.strictEqual(yield* status({ boundary: "  " }, "GHGP-BND"), "fail")
    assert.strictEqual(yield* status({ factor_editions: [" "] }, "GHGP-EF"), "fail")
    assert.strictEqual(yield* status({ by_scope: { "1": 40, "2_location": 60 } }, "GHGP-S1"), "pass")
    assert.strictEqual(yield* status({ by_scope: { "1": 400, "2_location": 60 } }, "GHGP-S1"), "fail")
  }))

it.live("sources that add up to more than the total are refused in a report", () =>
  Effect.gen(function*() {
    const emissions_breakdown = [{ source: "gas", co2e_tons: 70 }, { source: "power", co2e_kg: 60_000 }]
    const of = (total_co2e_tons: number) =>
      generateExecutiveSummary.call({ carbon_data: { total_co2e_tons, emissions_breakdown } })
    const error = yield* Effect.flip(of(100))
    assert.match(error.message, /carbon_data\.emissions_breakdown: adds up to 130 t, above the total of 100 t/)
    assert.include((yield* of(130)).executive_summary, "130")
  }))

describe("rows of numbers", () => {
  it.each([1e308, -1e101, Infinity])("refuse %s by the field of the caller", (x) => {
    const data = Array.from({ length: 100 }, (_, at) => ({ x: at === 3 ? x : at }))
    const error = Effect.runSync(Effect.flip(Schema.decodeUnknownEffect(AnomalyInput)({ data })))
    assert.include(error.message, `["data"][3]["x"]`)
  })
})
