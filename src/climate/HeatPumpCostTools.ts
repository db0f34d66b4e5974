/**
 * What a heat pump costs to run, the tank beside it, and the emissions it avoids.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as FuelUse from "./FuelUse.ts"
import { hoursPerYear, kwhPerMmbtu } from "./physics/Energy.ts"
import * as HeatPump from "./physics/HeatPump.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { storageTechnologies } from "./tables/EquipmentTables.ts"

/** @category schemas */
export const RateStructure = Schema.Literals(["flat_rate", "time_of_use", "demand_charge", "tou_plus_demand"])

/** @category tools */
export const calculateAnnualOperatingCosts = ClimateTool.make("calculate_annual_operating_costs", {
  description: "Electricity of a heat pump in a year, its energy and demand charges, and the cost of its heat",
  input: Schema.Struct({
    heat_pump_capacity_tons: Field.positive("capacity, tons of refrigeration"),
    average_cop: Field.positive("mean COP"),
    annual_heat_delivered_mmbtu: Field.positive("heat delivered, MMBtu a year"),
    electricity_rate_structure: RateStructure,
    energy_charge_usd_per_kwh: Field.amount("energy charge, USD/kWh"),
    demand_charge_usd_per_kw: Field.optional(Field.amount("demand charge, USD/kW a month; for demand structures")),
    peak_hours_percent: Field.withDefault(
      Field.number("share of use in peak hours, percent", { min: 0, max: 100 }),
      50
    ),
    peak_multiplier: Field.withDefault(Field.number("price of peak hours over the charge", { min: 1 }), 1.5)
  }),
  output: Schema.Struct({
    annual_energy_consumption_kwh: Schema.Finite,
    annual_energy_cost_usd: Schema.Finite,
    annual_demand_charge_usd: Schema.Finite,
    total_annual_cost_usd: Schema.Finite,
    levelized_cost_per_mmbtu: Schema.Finite,
    peak_power_kw: Schema.Finite,
    load_factor: Schema.Finite,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const structure = input.electricity_rate_structure
    const demands = structure === "demand_charge" || structure === "tou_plus_demand"
    if (demands && input.demand_charge_usd_per_kw === undefined) {
      return yield* ClimateTool.invalid("demand_charge_usd_per_kw", "is missing", `USD/kW a month, for ${structure}`)
    }
    const kwh = yield* HeatPump.electricityForHeat({
      heat_mmbtu: input.annual_heat_delivered_mmbtu,
      cop: input.average_cop
    })
    const peak = yield* HeatPump.peakPower({ tons: input.heat_pump_capacity_tons, cop: input.average_cop })
    const share = input.peak_hours_percent / 100
    const timed = structure === "time_of_use" || structure === "tou_plus_demand"
    const rate = input.energy_charge_usd_per_kwh * (timed ? input.peak_multiplier * share + 1 - share : 1)
    const energy = kwh * rate
    const demand = demands ? peak * (input.demand_charge_usd_per_kw ?? 0) * 12 : 0
    const heat = input.annual_heat_delivered_mmbtu
    if (!Number.isFinite((energy + demand) / heat)) {
      return yield* ClimateTool.invalid("energy_charge_usd_per_kwh", "the cost is too large for a number")
    }
    const load = kwh / hoursPerYear / peak
    return {
      annual_energy_consumption_kwh: Answer.figure(kwh),
      annual_energy_cost_usd: Answer.money(energy),
      annual_demand_charge_usd: Answer.money(demand),
      total_annual_cost_usd: Answer.money(energy + demand),
      levelized_cost_per_mmbtu: Answer.figure((energy + demand) / heat),
      peak_power_kw: Answer.figure(peak),
      load_factor: Answer.figure(load),
      notes: load > 1 ? ["the heat is more than the capacity gives in 8760 hours"] : []
    }
  })
})

/** @category tools */
export const calculateThermalStorageSizing = ClimateTool.make("calculate_thermal_storage_sizing", {
  description: "Tank that carries peaks, the heat pump beside it, and what that saves in demand charges",
  input: Schema.Struct({
    peak_heating_load_mmbtu_hr: Field.positive("peak load, MMBtu/h"),
    average_heating_load_mmbtu_hr: Field.positive("mean load, MMBtu/h"),
    storage_hours: Field.withDefault(Field.number("hours that the tank carries the peak", { above: 0, max: 168 }), 8),
    storage_medium: Field.name("water"),
    storage_temperature_range_f: Schema.Struct({
      min_temp_f: Field.number("coldest, F", { above: -459.67 }),
      max_temp_f: Field.number("warmest, F", { above: -459.67 })
    }),
    cop: Field.optional(Field.positive("COP; without it no demand is saved")),
    demand_charge_usd_per_kw: Field.withDefault(Field.amount("USD/kW a month"), 15),
    storage_capex_usd_per_kwh: Field.optional(Field.amount("USD/kWh of heat stored; that of water tanks when absent"))
  }),
  output: Schema.Struct({
    storage_capacity_mmbtu: Schema.Finite,
    storage_volume_gallons: Schema.Finite,
    heat_pump_capacity_mmbtu_hr: Schema.Finite.annotate({ description: "1.1 of the mean load" }),
    demand_saved_kw: Field.optional(Schema.Finite),
    annual_demand_savings_usd: Field.optional(Schema.Finite),
    storage_capex_usd: Schema.Finite,
    storage_payback_years: Field.optional(Schema.NullOr(Schema.Finite)),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { average_heating_load_mmbtu_hr: average, peak_heating_load_mmbtu_hr: peak } = input
    const { max_temp_f, min_temp_f } = input.storage_temperature_range_f
    if (peak < average) return yield* ClimateTool.invalid("peak_heating_load_mmbtu_hr", "is below the mean", "more")
    if (max_temp_f <= min_temp_f) {
      return yield* ClimateTool.invalid("storage_temperature_range_f.max_temp_f", "is not above min_temp_f", "more")
    }
    if (Constant.canonical(input.storage_medium) !== "water") {
      return yield* ClimateTool.invalid(
        "storage_medium",
        `${input.storage_medium} is not a medium of this tool`,
        "water"
      )
    }
    if (min_temp_f < 33 || max_temp_f > 210) {
      return yield* ClimateTool.invalid("storage_temperature_range_f", "water is liquid in a tank", "33 to 210 F")
    }
    const energy = (peak - average) * input.storage_hours
    const volume = yield* HeatPump.tankVolume({ energy_mmbtu: energy, range_f: max_temp_f - min_temp_f })
    const machine = 1.1 * average
    const tank = yield* Constant.find(storageTechnologies, "storage", "technology", "hot_water_tank")
    const perKwh = input.storage_capex_usd_per_kwh ?? tank.capex_high
    if (input.storage_capex_usd_per_kwh === undefined) {
      yield* Constant.cite("capital cost of hot water tanks", tank.capex_high, tank.capex_unit, tank)
    }
    const capex = energy * kwhPerMmbtu * perKwh
    const saved = input.cop === undefined ? undefined : Math.max(0, peak - machine) * kwhPerMmbtu / input.cop
    const usd = saved === undefined ? undefined : saved * input.demand_charge_usd_per_kw * 12
    if (![capex, usd ?? 0].every(Number.isFinite)) {
      return yield* ClimateTool.invalid("peak_heating_load_mmbtu_hr", "is too large")
    }
    return {
      storage_capacity_mmbtu: Answer.figure(energy),
      storage_volume_gallons: Answer.figure(volume),
      heat_pump_capacity_mmbtu_hr: Answer.figure(machine),
      ...(saved === undefined || usd === undefined ? {} : {
        demand_saved_kw: Answer.figure(saved),
        annual_demand_savings_usd: Answer.money(usd),
        storage_payback_years: usd > 0 ? Answer.figure(capex / usd) : null
      }),
      storage_capex_usd: Answer.money(capex),
      notes: ["8.34 lb/gal is water at 60 F: at 160 F the tank needs 2.2 percent more volume"]
    }
  })
})

/** @category tools */
export const calculateEmissionsReduction = ClimateTool.make("calculate_emissions_reduction", {
  description: "Emissions of the fuel that a heat pump replaces, and of its power, by the grid and by contracts",
  input: Schema.Struct({
    annual_heat_delivered_mmbtu: Field.positive("heat delivered, MMBtu a year"),
    heat_pump_cop: Field.positive("COP"),
    baseline_fuel_type: Field.name("fuel that is replaced, such as natural_gas"),
    baseline_efficiency: Field.efficiency("gross efficiency of the boiler, above 0 to 1"),
    grid_emissions_factor_kg_co2e_per_kwh: Field.kilogramsPerKilowattHour("kg CO2e/kWh"),
    renewable_electricity_percent: Field.withDefault(
      Field.number("power from renewable contracts, percent: market-based", { min: 0, max: 100 }),
      0
    )
  }),
  output: Schema.Struct({
    baseline_emissions_kg_co2e: Schema.Finite,
    heat_pump_emissions_kg_co2e: Schema.Finite.annotate({ description: "market-based: less renewable power" }),
    heat_pump_emissions_location_kg_co2e: Schema.Finite,
    emissions_reduction_kg_co2e: Schema.Finite,
    emissions_reduction_location_kg_co2e: Schema.Finite,
    emissions_reduction_percent: Schema.NullOr(Schema.Finite),
    cars_equivalent: Schema.Finite.annotate({ description: "US EPA: 4.6 t CO2e a car and year" }),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { factor, notes } = yield* FuelUse.kgPerMmbtu(input.baseline_fuel_type)
    const heat = input.annual_heat_delivered_mmbtu
    const baseline = yield* PlantFormulas.baselineEmissions({
      heat,
      boiler_efficiency: input.baseline_efficiency,
      emission_factor: factor
    })
    const kwh = yield* HeatPump.electricityForHeat({ heat_mmbtu: heat, cop: input.heat_pump_cop })
    const grid_factor = input.grid_emissions_factor_kg_co2e_per_kwh
    const location = yield* PlantFormulas.powerEmissions({ kwh, grid_factor, renewable_percent: 0 })
    const renewable_percent = input.renewable_electricity_percent
    const market = yield* PlantFormulas.powerEmissions({ kwh, grid_factor, renewable_percent })
    const avoided = yield* PlantFormulas.avoidedEmissions({ baseline, after: market })
    const percent = baseline === 0
      ? null
      : yield* PlantFormulas.reductionPercent({ reduction: avoided, baseline })
    const avoidedByLocation = yield* PlantFormulas.avoidedEmissions({ baseline, after: location })
    return {
      baseline_emissions_kg_co2e: Answer.kilograms(baseline),
      heat_pump_emissions_kg_co2e: Answer.kilograms(market),
      heat_pump_emissions_location_kg_co2e: Answer.kilograms(location),
      emissions_reduction_kg_co2e: Answer.kilograms(avoided),
      emissions_reduction_location_kg_co2e: Answer.kilograms(avoidedByLocation),
      emissions_reduction_percent: percent === null ? null : Answer.percent(percent),
      cars_equivalent: Answer.figure(avoided / 4600),
      notes
    }
  })
})
