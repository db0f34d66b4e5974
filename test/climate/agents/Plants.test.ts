import { assert, describe, it } from "@effect/vitest"
import { Effect, Struct } from "effect"
import { calculateAnnualOperatingCosts, calculateThermalStorageSizing } from "greenlang/climate/HeatPumpCostTools"
import * as HeatPumpTools from "greenlang/climate/HeatPumpTools"
import { IndustrialHeatPumpAgentAI } from "greenlang/climate/IndustrialHeatPumpAgentAI"
import { IndustrialProcessHeatAgentAI } from "greenlang/climate/IndustrialProcessHeatAgentAI"
import * as ProcessEmissionTools from "greenlang/climate/ProcessEmissionTools"
import * as ProcessHeatTools from "greenlang/climate/ProcessHeatTools"
import * as Equipment from "greenlang/climate/WasteHeatEquipmentTools"
import { WasteHeatRecoveryAgentAI } from "greenlang/climate/WasteHeatRecoveryAgentAI"
import * as Streams from "greenlang/climate/WasteHeatStreamTools"
import heatPump from "../../../examples/climate/IndustrialHeatPumpAgentAI.json" with { type: "json" }
import processHeat from "../../../examples/climate/IndustrialProcessHeatAgentAI.json" with { type: "json" }
import wasteHeat from "../../../examples/climate/WasteHeatRecoveryAgentAI.json" with { type: "json" }
import { fieldsOf, Services } from "./services.ts"

describe("IndustrialHeatPumpAgentAI", () => {
  const run = (more: object = {}) => IndustrialHeatPumpAgentAI.run({ ...heatPump, ...more } as never)

  it.layer(Services)((it) => {
    it.effect("takes the average COP from the one model, and saves what the fuel costs less all of its own", () =>
      Effect.gen(function*() {
        const { value } = yield* run()
        const { cop_heating } = yield* HeatPumpTools.calculateHeatPumpCop.call({
          heat_pump_type: "waste_heat_recovery",
          source_temperature_f: 110,
          sink_temperature_f: 160,
          compressor_type: "screw",
          refrigerant: value.refrigerant
        })
        assert.strictEqual(value.average_cop, cop_heating)
        assert.isBelow(value.cop_range.low!, value.average_cop)
        assert.approximately(
          value.annual_cost_savings_usd,
          value.baseline_operating_cost_usd - value.annual_operating_cost_usd,
          0.02
        )
        assert.approximately(value.baseline_operating_cost_usd, 35000 / 0.8 * 9, 0.01)
        assert.strictEqual(value.provenance.provider, "offline")
      }))

    it.effect("goes to two stages above 180 F", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ process_temperature_f: 220 })
        assert.strictEqual(value.recommended_technology, "cascade_system")
        assert.match(value.notes.join(), /two stages/)
      }))

    it.effect("takes the next kind where the first is over budget, and says where none is within", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ budget_usd: 1, design_ambient_temp_f: 60 })
        assert.isTrue(value.over_budget)
        assert.strictEqual(value.heat_pump_type, "air_source")
      }))

    it.effect("wants the sink inlet for R-744, and knows its refrigerants", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ refrigerant: "R-744" }))), [
          "sink_inlet_temperature_f"
        ])
        const { value } = yield* run({ refrigerant: "R-744", sink_inlet_temperature_f: 80 })
        assert.strictEqual(value.refrigerant_suitability, "optimal")
        const unknown = yield* Effect.flip(run({ refrigerant: "R-999" }))
        assert.strictEqual(unknown._tag, "DataError")
        assert.deepStrictEqual(fieldsOf(unknown), ["refrigerant"])
      }))

    it.effect("keeps loud compressors from where noise matters", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(run({ noise_sensitivity: "high", compressor_type: "reciprocating" }))
        assert.deepStrictEqual(fieldsOf(error), ["compressor_type"])
      }))
  })

  it.effect("blends time of use, and wants a demand charge where the tariff has one", () =>
    Effect.gen(function*() {
      const machine = {
        heat_pump_capacity_tons: 100,
        average_cop: 3,
        annual_heat_delivered_mmbtu: 10000,
        energy_charge_usd_per_kwh: 0.1
      }
      const flat = yield* calculateAnnualOperatingCosts.call({ ...machine, electricity_rate_structure: "flat_rate" })
      const timed = yield* calculateAnnualOperatingCosts.call({ ...machine, electricity_rate_structure: "time_of_use" })
      assert.approximately(timed.annual_energy_cost_usd, 1.25 * flat.annual_energy_cost_usd, 0.02)
      const error = yield* Effect.flip(
        calculateAnnualOperatingCosts.call({ ...machine, electricity_rate_structure: "demand_charge" })
      )
      assert.deepStrictEqual(fieldsOf(error), ["demand_charge_usd_per_kw"])
    }))

  it.layer(Services)((it) => {
    it.effect("refuses a tank that boils, freezes or has no range", () =>
      Effect.gen(function*() {
        const tank = (min_temp_f: number, max_temp_f: number) =>
          Effect.flip(calculateThermalStorageSizing.call({
            peak_heating_load_mmbtu_hr: 2,
            average_heating_load_mmbtu_hr: 1,
            storage_medium: "water",
            storage_temperature_range_f: { min_temp_f, max_temp_f }
          }))
        for (const [min, max] of [[150, 150], [160, 150], [20, 150], [150, 230]] as const) {
          assert.strictEqual((yield* tank(min, max))._tag, "ValidationError")
        }
      }))

    it.effect("draws a curve with nulls where the sink is not warmer", () =>
      Effect.gen(function*() {
        const curve = yield* HeatPumpTools.generatePerformanceCurve.call({
          heat_pump_type: "water_source",
          compressor_type: "screw",
          refrigerant: "R-134a",
          source_range_f: { min: 50, max: 150 },
          sink_range_f: { min: 120, max: 160 }
        })
        assert.lengthOf(curve.points, 25)
        assert.isTrue(curve.points.some(({ cop }) => cop === null))
        assert.strictEqual(curve.best_cop, 6)
      }))

    it.effect("gives a smaller lift than rated more than the rated COP", () =>
      Effect.gen(function*() {
        const at = yield* HeatPumpTools.calculateCapacityDegradation.call({
          rated_capacity_tons: 100,
          rated_cop: 3,
          rated_source_temp_f: 50,
          rated_sink_temp_f: 150,
          actual_source_temp_f: 70,
          actual_sink_temp_f: 150,
          heat_pump_type: "water_source"
        })
        assert.strictEqual(at.actual_cop, 3.36)
        assert.strictEqual(at.cop_degradation_percent, -12)
        assert.strictEqual(at.operating_status, "optimal")
      }))
  })
})

describe("IndustrialProcessHeatAgentAI", () => {
  const north = { ...Struct.omit(processHeat, ["annual_irradiance"]), latitude: 65 }
  const run = (more: object = {}) => IndustrialProcessHeatAgentAI.run({ ...processHeat, ...more } as never)

  it.layer(Services)((it) => {
    it.effect("uses one number of hours for demand, area and backup", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ operating_hours_per_day: 8, days_per_week: 5 })
        assert.strictEqual(value.operating_hours_per_year, 2080)
        assert.approximately(value.annual_energy_mwh, value.heat_demand_kw * 2.08, 1e-6)
        assert.approximately(value.annual_backup_energy_mwh, value.annual_energy_mwh * (1 - value.solar_fraction), 1e-6)
      }))

    it.effect("uses each efficiency once", () =>
      Effect.gen(function*() {
        const { value: base } = yield* run({ boiler_efficiency: 0.8 })
        const { value: better } = yield* run({ boiler_efficiency: 1 })
        assert.strictEqual(better.heat_demand_kw, base.heat_demand_kw)
        assert.approximately(better.baseline_emissions_kg_co2e, 0.8 * base.baseline_emissions_kg_co2e, 0.02)
      }))

    it.effect("has no sun at 500 degC, and says so", () =>
      Effect.gen(function*() {
        const { value } = yield* run({ process_type: "metal_treating", temperature_requirement: 500 })
        assert.strictEqual(value.solar_fraction, 0)
        assert.match(value.notes.join(), /no sun/)
      }))

    it.effect("asks for the sun beyond 60 degrees, for what evaporates, and for a single subregion", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          fieldsOf(yield* Effect.flip(IndustrialProcessHeatAgentAI.run(north as never))),
          ["annual_irradiance"]
        )
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ process_type: "drying" }))), ["latent_heat"])
        assert.deepStrictEqual(
          fieldsOf(yield* Effect.flip(run({ process_type: "drying", latent_heat: 2257 }))),
          ["evaporated_kg_h"]
        )
        const pjm = yield* Effect.flip(run({ current_fuel_type: "electricity_grid", grid_region: "PJM" }))
        assert.deepStrictEqual(fieldsOf(pjm), ["grid_region"])
      }))

    it.effect("counts power at the grid of its region", () =>
      Effect.gen(function*() {
        const heat = { annual_heat_demand_mwh: 98, current_fuel_type: "electricity_grid" } as const
        const { annual_emissions_kg_co2e } = yield* ProcessEmissionTools.estimateEmissionsBaseline.call(heat)
        assert.approximately(annual_emissions_kg_co2e, 100_000 * 0.34967, 0.01)
        const sweden = yield* ProcessEmissionTools.estimateEmissionsBaseline.call({ ...heat, grid_region: "Sweden" })
        assert.isBelow(sweden.annual_emissions_kg_co2e, 0.2 * annual_emissions_kg_co2e)
      }))

    it.effect("keeps the best temperature within the process", () =>
      Effect.gen(function*() {
        const at = yield* ProcessHeatTools.calculateTemperatureRequirements.call({
          process_type: "sterilization",
          quality_requirements: "pharmaceutical_grade"
        })
        assert.strictEqual(at.optimal_temperature_c, 133.1)
        assert.isAtMost(at.optimal_temperature_c, at.max_temperature_c)
      }))
  })
})

describe("WasteHeatRecoveryAgentAI", () => {
  const run = (more: object = {}) => WasteHeatRecoveryAgentAI.run({ ...wasteHeat, ...more } as never)

  it.layer(Services)((it) => {
    it.effect("takes each share of its own base, and keeps to the budget", () =>
      Effect.gen(function*() {
        const { value } = yield* run()
        const [boiler, oven, wash] = value.waste_heat_sources
        assert.strictEqual(boiler?.waste_heat_mmbtu_yr, 9000)
        assert.strictEqual(oven?.waste_heat_mmbtu_yr, 6250)
        assert.strictEqual(wash?.waste_heat_mmbtu_yr, 12000 * 0.8 * 0.4)
        assert.isTrue(value.opportunities.every(({ payback_years }) => payback_years !== null && payback_years > 0))
        const poor = yield* run({ budget_usd: 60000 })
        assert.isAtMost(poor.value.total_capital_cost_usd, 60000)
      }))

    it.effect("wants the input of compressors, and known processes, and reports both", () =>
      Effect.gen(function*() {
        const processes = [
          { process_name: "A", process_type: "compressor_cooling", annual_fuel_consumption_mmbtu: 0 },
          { process_name: "B", process_type: "nonsense", annual_fuel_consumption_mmbtu: 1 }
        ]
        assert.deepStrictEqual(fieldsOf(yield* Effect.flip(run({ processes }))), [
          "processes.0.input_mmbtu",
          "processes.1.process_type"
        ])
      }))

    it.effect("finds no more waste heat of fuel than fuel", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(run({ total_annual_fuel_mmbtu: 1000 }))
        assert.strictEqual(error._tag, "CalculationError")
      }))

    it.effect("condenses acid near the dew point, and breaks steel above its limit", () =>
      Effect.gen(function*() {
        const stream = {
          fluid_type: "flue_gas",
          sulfur_content_ppm: 600,
          particulate_content_ppm: 0,
          chloride_content_ppm: 0
        }
        const assess = (temperature_f: number, material_of_construction: string) =>
          Streams.assessFoulingCorrosionRisk.call({
            waste_heat_stream: { ...stream, temperature_f },
            material_of_construction
          })
        assert.strictEqual((yield* assess(310, "carbon_steel")).risk_score, 0)
        assert.strictEqual((yield* assess(300, "carbon_steel")).risk_score, 40)
        assert.strictEqual((yield* assess(700, "carbon_steel")).overall_risk_level, "critical")
        assert.strictEqual((yield* Effect.flip(assess(300, "wood")))._tag, "DataError")
      }))

    it.effect("has no coefficient for a service that the equipment is not for", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Equipment.sizeHeatExchanger.call({
          heat_load_btu_hr: 1e6,
          hot_side_in_f: 500,
          hot_side_out_f: 300,
          cold_side_in_f: 100,
          cold_side_out_f: 200,
          technology: "plate_hx",
          service: "gas_gas",
          flow_arrangement: "counterflow"
        }))
        assert(error._tag === "DataError")
        assert.deepStrictEqual(error.available, ["liquid_liquid"])
      }))
  })
})
