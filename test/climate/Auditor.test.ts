/**
 * What an auditor asks of each figure: the right scope, the biogenic CO2 beside it, one set of dates, and names that mean one
 * thing.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BoilerAgent } from "greenlang/climate/BoilerAgent"
import { BoilerReplacementAgentAI } from "greenlang/climate/BoilerReplacementAgentAI"
import * as Country from "greenlang/climate/Country"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import * as FuelTools from "greenlang/climate/FuelTools"
import * as GridFactorTools from "greenlang/climate/GridFactorTools"
import * as HeatPumpCostTools from "greenlang/climate/HeatPumpCostTools"
import { aggregateGhgInventory } from "greenlang/climate/RoadmapInventory"
import { WasteHeatRecoveryAgentAI } from "greenlang/climate/WasteHeatRecoveryAgentAI"
import * as WasteHeatSavingsTools from "greenlang/climate/WasteHeatSavingsTools"
import boiler from "../../examples/climate/BoilerReplacementAgentAI.json" with { type: "json" }
import wasteHeat from "../../examples/climate/WasteHeatRecoveryAgentAI.json" with { type: "json" }
import { fieldsOf, Services } from "./agents/services.ts"

const sumOf = (sources: Readonly<Record<string, number>>) => Object.values(sources).reduce((sum, kg) => sum + kg, 0)

/** EPA eGRID2023 (revision 2), CAMX, kg CO2e/kWh on AR6. */
const camx = 0.19504

/** kWh in an MMBtu. */
const kwh = 293.0711

/** EPA Table C-1, wood and wood residuals, kg of biogenic CO2/MMBtu. */
const wood = 93.8

describe("the inventory of a plant", () => {
  it.layer(Services)((it) => {
    it.effect("counts bought steam and power in scope 2, at the factor of the region, and its sources add up", () =>
      Effect.gen(function*() {
        const inventory = yield* aggregateGhgInventory.call({
          fuel_consumption_mmbtu: { natural_gas: 10, steam: 1000, Electricity: 100 },
          electricity_kwh: 1000,
          grid_region: "CAMX"
        })
        const power = (1000 + 100 * kwh) * camx
        // 10 * 53.1143 (EPA Hub 2025, AR6); steam 66.33 kg CO2, 1.25 g CH4 and 0.125 g N2O/MMBtu (EPA Hub 2025, Table 7)
        const steam = 1000 * (66.33 + 0.00125 * 27 + 0.000125 * 273)
        assert.approximately(inventory.scope1_kg_co2e, 531.14, 0.01)
        assert.approximately(inventory.by_source["steam"]!, steam, 0.5)
        assert.approximately(inventory.by_source["electricity"]!, power, 0.2)
        assert.approximately(inventory.scope2_kg_co2e, steam + power, 0.5)
        assert.approximately(sumOf(inventory.by_source), inventory.total_emissions_kg_co2e, 0.02)
        assert.match(inventory.notes.join(), /steam is bought: it counts in scope 2/)
        assert.match(inventory.notes.join(), /electricity among the fuels counts in scope 2/)
      }))

    it.effect("takes a given factor of the grid for all power", () =>
      Effect.gen(function*() {
        const inventory = yield* aggregateGhgInventory.call({
          fuel_consumption_mmbtu: { electricity: 100, electricity_grid: 100 },
          electricity_kwh: 1000,
          grid_factor_kg_per_kwh: 0.1
        })
        assert.approximately(inventory.scope2_kg_co2e, (1000 + 200 * kwh) * 0.1, 0.01)
        assert.strictEqual(inventory.scope1_kg_co2e, 0)
        assert.deepStrictEqual(Object.keys(inventory.by_source), ["electricity"])
      }))

    it.effect("adds a fuel up that is given under two names", () =>
      Effect.gen(function*() {
        const inventory = yield* aggregateGhgInventory.call({
          fuel_consumption_mmbtu: { natural_gas: 10, "Natural Gas": 10 },
          electricity_kwh: 0
        })
        assert.approximately(inventory.by_source["natural_gas"]!, 1062.29, 0.01)
        assert.approximately(sumOf(inventory.by_source), inventory.total_emissions_kg_co2e, 0.01)
      }))
  })
})

describe("the biogenic CO2 of wood", () => {
  it.layer(Services)((it) => {
    it.effect("stands beside the inventory, in no total", () =>
      Effect.gen(function*() {
        const inventory = yield* aggregateGhgInventory.call({
          fuel_consumption_mmbtu: { biomass_wood: 1000 },
          electricity_kwh: 0
        })
        assert.strictEqual(inventory.biogenic_co2_kg, 1000 * wood)
        // 7.2 g CH4 and 3.6 g N2O/MMBtu (EPA Hub 2025, Table 1) on AR6
        assert.approximately(inventory.total_emissions_kg_co2e, 7.2 * 27 + 3.6 * 273, 0.01)
      }))

    it.effect("stands beside each boiler that burns it, and beside the one that is recommended", () =>
      Effect.gen(function*() {
        const input = { ...boiler, replacement_options: ["biomass", "condensing_gas"] }
        const { value } = yield* BoilerReplacementAgentAI.run(input as never)
        const heat = value.current_annual_fuel_consumption_mmbtu * value.current_efficiency
        const [biomass, gas] = value.technology_comparison
        assert.approximately(biomass!.biogenic_co2_kg!, heat / 0.85 * wood, heat * 1e-3)
        assert.isUndefined(gas!.biogenic_co2_kg)
        assert.strictEqual(
          value.biogenic_co2_kg,
          value.recommended_technology === "biomass" ? biomass!.biogenic_co2_kg : undefined
        )
        assert.match(value.notes.join(), /the CO2 of biomass is biogenic/)
      }))

    it.effect("stands beside a boiler of today that burns it", () =>
      Effect.gen(function*() {
        const input = { ...boiler, fuel_type: "biomass", replacement_options: ["solar_hybrid", "condensing_gas"] }
        const { value } = yield* BoilerReplacementAgentAI.run(input as never)
        const fuel = value.current_annual_fuel_consumption_mmbtu
        assert.approximately(value.current_biogenic_co2_kg!, fuel * wood, 0.01)
        const solar = value.technology_comparison[0]!
        assert.approximately(solar.biogenic_co2_kg!, fuel * (1 - solar.solar_fraction!) * wood, fuel * 1e-3)
      }))

    it.effect("is in the notes of heat pumps and of recovered heat that replace it", () =>
      Effect.gen(function*() {
        const pump = yield* HeatPumpCostTools.calculateEmissionsReduction.call({
          annual_heat_delivered_mmbtu: 1000,
          heat_pump_cop: 3,
          baseline_fuel_type: "biomass_wood",
          baseline_efficiency: 0.8,
          grid_emissions_factor_kg_co2e_per_kwh: 0.35
        })
        const saved = yield* WasteHeatSavingsTools.calculateEnergySavings.call({
          recovered_heat_mmbtu_yr: 1000,
          displaced_fuel_type: "biomass_wood",
          fuel_price_usd_per_mmbtu: 5,
          boiler_efficiency: 0.8
        })
        const { value } = yield* WasteHeatRecoveryAgentAI.run({
          ...wasteHeat,
          processes: wasteHeat.processes.map((process) => ({ ...process, fuel_type: "biomass_wood" }))
        } as never)
        for (const { notes } of [pump, saved, value]) {
          assert.match(notes.join(), /the biogenic CO2 of biomass_wood, 93\.8 kg\/MMBtu, stands apart from CO2e/)
        }
      }))
  })
})

describe("a name", () => {
  it("that two countries share is neither of them", () => {
    assert.strictEqual(Country.code("Congo"), "CONGO")
    assert.strictEqual(Country.code("the congo"), "CONGO")
    assert.strictEqual(Country.code("Republic of the Congo"), "CG")
    assert.strictEqual(Country.code("Democratic Republic of the Congo"), "CD")
    assert.strictEqual(Country.code("Guinea"), "GN")
  })

  it.layer(Services)((it) => {
    it.effect("that two countries share is refused with both", () =>
      Effect.gen(function*() {
        const input = { fuel_type: "electricity", amount: 1, unit: "kWh", country: "Congo" }
        const { message } = yield* Effect.flip(FuelTools.calculateEmissions.call(input))
        assert.include(message, "Republic of the Congo")
        assert.include(message, "Democratic Republic of the Congo")
      }))

    it.effect("of a boiler that no table has is refused, with the one that is meant", () =>
      Effect.gen(function*() {
        const input = { fuel_type: "natural_gas", thermal_output: { value: 100, unit: "MMBtu" } }
        const error = yield* Effect.flip(BoilerAgent.run({ ...input, boiler_type: "condensig" }))
        assert.deepStrictEqual(fieldsOf(error), ["boiler_type"])
        assert.match(error.message, /condensig is not a known type of boiler.*condensing/)
        const { value } = yield* BoilerAgent.run({ ...input, boiler_type: "modern" })
        assert.strictEqual(value.efficiency, 0.75)
        assert.match(value.notes.join(), /0\.75 is assumed/)
      }))
  })
})

describe("the energy of gas in the UK", () => {
  const gas = { fuel_type: "natural_gas", amount: 1, unit: "Nm3", country: "UK" }
  it.layer(Services, { excludeTestServices: true })((it) => {
    // kg CO2e/m3 and kg CO2e/kWh (gross) of DESNZ's conversion factors, by edition; 1 Nm3 is 1.054915 m3 at 15 C
    it.effect.each(
      [
        [{}, 2.02633, 0.18231],
        [{ year: 2025 }, 2.06672, 0.18296],
        [{ year: 2024 }, 2.04542, 0.1829],
        [{ edition: "DESNZ 2025" }, 2.06672, 0.18296]
      ] as const
    )("is that of the edition of its factor: %o", ([wanted, perM3, perKwh]) =>
      Effect.gen(function*() {
        const { value } = yield* FuelAgent.run({ ...gas, amount: 1000, ...wanted })
        assert.approximately(value.co2e_emissions_kg, 1054.915 * perM3, 0.05)
        assert.approximately(value.co2e_emissions_kg / (value.energy_content_mmbtu! * kwh), perKwh, 1e-5)
      }))

    it.effect("is the mean of the days of a period", () =>
      Effect.gen(function*() {
        const period = { start_date: "2025-12-15", end_date: "2026-01-14" }
        const { value } = yield* FuelAgent.run({ ...gas, unit: "m3", amount: 1000, period })
        const energy = (17 * 2.06672 / 0.18296 + 14 * 2.02633 / 0.18231) / 31
        assert.approximately(value.energy_content_mmbtu!, energy * 1000 / kwh, 1e-3)
      }))

    it.effect("leads a boiler to the same emissions by the m3 and by the kWh", () =>
      Effect.gen(function*() {
        const { value } = yield* BoilerAgent.run({
          boiler_type: "standard",
          fuel_type: "natural_gas",
          efficiency: 0.8,
          country: "UK",
          year: 2026,
          fuel_consumption: { value: 1000, unit: "m3" }
        })
        assert.approximately(value.co2e_emissions_kg / (value.fuel_mmbtu * kwh), 0.18231, 1e-5)
      }))
  })
})

describe("a factor in grams where kilograms are asked for", () => {
  const power = { fuel_type: "electricity", amount: 1000, unit: "kWh", country: "DE" }
  const heat = { fuel_type: "district_heating", amount: 1000, unit: "kWh", country: "DE" }
  it.layer(Services)((it) => {
    it.effect.each(
      [
        [
          { ...power, residual_mix_kg_per_kwh: 724.56 },
          "residual_mix_kg_per_kwh",
          /724\.56 looks like g CO2e\/kWh: 0\.72456/
        ],
        [{ ...power, supplier_factor_kg_per_kwh: 250 }, "supplier_factor_kg_per_kwh", /0\.25 kg CO2e\/kWh/],
        [{ ...heat, heat_source_factor_kg_per_kwh: 180 }, "heat_source_factor_kg_per_kwh", /0\.18 kg CO2e\/kWh/]
      ] as const
    )("is refused: %o", ([input, field, message]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(FuelAgent.run(input))
        assert.deepStrictEqual(fieldsOf(error), [field])
        assert.match(error.message, message)
      }))

    it.effect("is refused by the tools of plants, and kilograms where grams are asked for", () =>
      Effect.gen(function*() {
        const inventory = { fuel_consumption_mmbtu: {}, electricity_kwh: 1000, grid_factor_kg_per_kwh: 400 }
        assert.match((yield* Effect.flip(aggregateGhgInventory.call(inventory))).message, /400 looks like g CO2e\/kWh/)
        const advice = GridFactorTools.generateRecommendations
        const error = yield* Effect.flip(advice.call({ country: "IN", intensity: 0.711 }))
        assert.match(error.message, /0\.711 looks like kg CO2e\/kWh: 711 g/)
        // Quebec: 1.9 g/kWh (ECCC 2026)
        yield* advice.call({ country: "CA", intensity: 1.9 })
      }))
  })
})
