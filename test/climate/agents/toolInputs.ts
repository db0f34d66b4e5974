/**
 * An input for each tool that a made-up one does not suit: names, units and temperatures that are in the tables.
 */
import type { Tool } from "greenlang"
import { type Json, sample } from "./samples.ts"

const gas = { fuel_type: "natural_gas", unit: "MMBtu" }
const series = Array.from({ length: 48 }, (_, at) => 100 + at + 20 * Math.sin(at * Math.PI / 6) + at * 7919 % 13)
const rows = Array.from({ length: 40 }, (_, at) => ({ kwh: at === 17 ? 900 : 100 + at * 31 % 23 }))
const carbon_data = { total_co2e_tons: 120, by_scope: { "1": 70, "2_location": 50, "2_market": 40 } }
const technology = {
  technology: "controls",
  reduction_potential_kg_co2e: 50_000,
  capex_usd: 100_000,
  payback_years: 2,
  complexity: "Low"
}
const stream = { temperature_f: 600, mass_flow_rate_lb_hr: 10_000, fluid_type: "exhaust_gas" }

const inputs: Readonly<Record<string, Json>> = {
  lookup_emission_factor: { ...gas, country: "US" },
  calculate_emissions: { ...gas, amount: 10, country: "US" },
  energy_content: { ...gas, amount: 10 },
  refrigerant_leak: { gas: "R-410A", mass_kg: 2 },
  lookup_grid_intensity: { country: "DE" },
  calculate_weighted_average: { intensities: [0.2, 0.4], weights: [1, 3] },
  fuel_for_thermal_output: { thermal_mmbtu: 100, fuel_type: "natural_gas", efficiency: 0.85 },
  resolve_efficiency: { boiler_type: "condensing", fuel_type: "natural_gas" },
  rate_performance: { boiler_type: "condensing", fuel_type: "natural_gas", efficiency: 0.95 },
  check_unit: { fuel_type: "natural_gas", unit: "therms" },
  normalize_area: { value: 100, unit: "sqm" },
  normalize_energy: { value: 3, unit: "MWh" },
  annual_intensity: { total_emissions_kg: 120_000, area: 10_000 },
  derive_thresholds: { building_type: "office" },
  rate: { intensity: 5, thresholds: { excellent: 2, good: 4, average: 6, poor: 9 } },
  expected_energy: { building_type: "office", area: 10_000, building_age: 10 },
  load_shares: { building_type: "office" },
  identify_waste_heat_sources: {
    processes: [{ process_name: "boiler", process_type: "boiler_exhaust", annual_fuel_consumption_mmbtu: 40_000 }],
    total_annual_fuel_mmbtu: 60_000
  },
  calculate_heat_recovery_potential: {
    waste_heat_stream: stream,
    recovery_temperature_f: 300,
    heat_exchanger_effectiveness: 0.7
  },
  select_heat_recovery_technology: {
    temperature_f: 400,
    heat_load_mmbtu_hr: 2,
    service: "gas_liquid",
    fouling_risk: "low"
  },
  size_heat_exchanger: {
    heat_load_btu_hr: 1_000_000,
    hot_side_in_f: 400,
    hot_side_out_f: 250,
    cold_side_in_f: 80,
    cold_side_out_f: 180,
    technology: "economizer",
    service: "gas_liquid",
    flow_arrangement: "counterflow"
  },
  calculate_energy_savings: {
    recovered_heat_mmbtu_yr: 5000,
    displaced_fuel_type: "natural_gas",
    fuel_price_usd_per_mmbtu: 8,
    boiler_efficiency: 0.8
  },
  assess_fouling_corrosion_risk: {
    waste_heat_stream: {
      temperature_f: 400,
      fluid_type: "exhaust_gas",
      sulfur_content_ppm: 100,
      particulate_content_ppm: 10,
      chloride_content_ppm: 5
    },
    material_of_construction: "stainless_steel_316"
  },
  prioritize_waste_heat_opportunities: {
    opportunities: [{
      name: "economizer",
      payback_years: 2,
      energy_savings_mmbtu_yr: 5000,
      implementation_complexity: "low",
      co2_reduction_metric_tons_yr: 265,
      capital_cost_usd: 80_000
    }]
  },
  "IndustrialHeatPumpAgentAI calculate_heat_pump_cop": {
    heat_pump_type: "water_source",
    source_temperature_f: 80,
    sink_temperature_f: 160,
    compressor_type: "screw",
    refrigerant: "R-134a"
  },
  select_heat_pump_technology: {
    process_temperature_f: 150,
    available_heat_sources: ["ambient_air"],
    design_ambient_temp_f: 40,
    capacity_tons: 100
  },
  calculate_annual_operating_costs: {
    heat_pump_capacity_tons: 100,
    average_cop: 3,
    annual_heat_delivered_mmbtu: 8000,
    electricity_rate_structure: "flat_rate",
    energy_charge_usd_per_kwh: 0.1
  },
  calculate_capacity_degradation: {
    rated_capacity_tons: 100,
    rated_cop: 3,
    rated_source_temp_f: 60,
    rated_sink_temp_f: 140,
    actual_source_temp_f: 45,
    actual_sink_temp_f: 150,
    heat_pump_type: "air_source"
  },
  design_cascade_heat_pump_system: {
    source_temperature_f: 60,
    final_sink_temperature_f: 220,
    total_heating_capacity_mmbtu_hr: 2,
    number_of_stages: 2
  },
  calculate_thermal_storage_sizing: {
    peak_heating_load_mmbtu_hr: 3,
    average_heating_load_mmbtu_hr: 1,
    storage_medium: "water",
    storage_temperature_range_f: { min_temp_f: 120, max_temp_f: 180 }
  },
  calculate_emissions_reduction: {
    annual_heat_delivered_mmbtu: 8000,
    heat_pump_cop: 3,
    baseline_fuel_type: "natural_gas",
    baseline_efficiency: 0.8,
    grid_emissions_factor_kg_co2e_per_kwh: 0.4
  },
  generate_performance_curve: {
    heat_pump_type: "air_source",
    compressor_type: "scroll",
    refrigerant: "R-410A",
    source_range_f: { min: 30, max: 60 },
    sink_range_f: { min: 110, max: 140 }
  },
  calculate_process_heat_demand: {
    process_type: "pasteurization",
    production_rate: 5000,
    temperature_requirement: 72,
    inlet_temperature: 10
  },
  calculate_temperature_requirements: { process_type: "pasteurization" },
  calculate_energy_intensity: { heat_demand_kw: 400, production_rate: 5000 },
  estimate_solar_thermal_fraction: {
    process_temperature: 72,
    load_profile: "daytime_only",
    latitude: 40,
    heat_demand_kw: 400
  },
  calculate_backup_fuel_requirements: {
    peak_heat_demand_kw: 400,
    solar_fraction: 0.4,
    backup_type: "natural_gas",
    annual_energy_mwh: 2000
  },
  calculate_boiler_efficiency: { boiler_type: "firetube", age_years: 20, stack_temperature_c: 250 },
  calculate_annual_fuel_consumption: {
    rated_capacity_kw: 1500,
    average_load_factor: 0.65,
    annual_operating_hours: 6000,
    boiler_efficiency: 0.7
  },
  calculate_solar_thermal_sizing: { annual_heat_demand_mwh: 1000, process_temperature_c: 80, latitude: 40 },
  "BoilerReplacementAgentAI calculate_heat_pump_cop": {
    sink_temperature_c: 80,
    source_temperature_c: 15,
    heat_pump_type: "water_source",
    compressor_type: "screw"
  },
  calculate_hybrid_system_performance: {
    annual_heat_demand_mwh: 1000,
    solar_fraction: 0.4,
    heat_pump_cop: 3,
    backup_fuel_type: "natural_gas",
    backup_efficiency: 0.8
  },
  calculate_retrofit_integration_requirements: {
    existing_boiler_type: "firetube",
    new_technology: "heat_pump",
    capacity_kw: 500
  },
  fit: { data: rows },
  detect: { data: rows, contamination: 0.05 },
  score: { data: rows },
  analyze_patterns: { data: rows, anomaly_indices: [17] },
  generate_alerts: { data: rows, anomaly_scores: rows.map((_, at) => at === 17 ? 0.8 : 0.4), anomaly_indices: [17] },
  validate_stationarity: { values: series },
  fit_sarima_model: { values: series, seasonal_period: 12, auto_tune: false },
  forecast_future: { values: series, seasonal_period: 12, auto_tune: false, forecast_horizon: 6 },
  evaluate_model: { values: series, seasonal_period: 12, auto_tune: false },
  forecast_dates: { last: "2026-01-31", frequency: "month", horizon: 3 },
  analyze_energy_usage: { emissions_by_source: { electricity: 50_000, natural_gas: 70_000 } },
  fetch_emissions_data: { carbon_data },
  generate_charts: { carbon_data },
  check_compliance: { framework: "GHG_PROTOCOL", carbon_data },
  generate_executive_summary: { carbon_data },
  assess_technologies: {
    baseline_emissions_kg_co2e: 500_000,
    technologies: [{ ...technology, feasibility: 0.9, annual_savings_usd: 50_000, on_defaults: false, note: "quoted" }],
    capital_budget_usd: 200_000
  },
  model_scenarios: {
    baseline_emissions_kg_co2e: 500_000,
    technologies: [technology],
    current_year: 2026,
    target_year: 2036
  }
}

/** An input that the tool of an agent answers. */
export const inputOf = (agent: string, tool: Tool.Any): Json =>
  inputs[`${agent} ${tool.name}`] ?? inputs[tool.name] ?? sample(tool.input)
