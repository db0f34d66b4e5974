/**
 * Engineering constants of boilers, heat pumps, heat exchangers, storage and processes.
 */
import { flag, make, maybe, number, published, text } from "./Table.ts"

/**
 * Base efficiency and radiation loss (percent) by type of boiler.
 *
 * @category tables
 */
export const boilerLosses = make("boiler_base_and_radiation_loss", {
  boiler_type: text,
  base_efficiency: number,
  radiation_loss_percent: number,
  unit: text,
  ...published
})

/**
 * Gross seasonal efficiency by fuel, type and age.
 *
 * @category tables
 */
export const boilerEfficiencies = make("boiler_efficiency", {
  fuel: text,
  boiler_type: text,
  age_class: text,
  efficiency: number,
  unit: text,
  ...published
})

/**
 * Coefficients of Siegert's formula for the loss of flue gas.
 *
 * @category tables
 */
export const siegertCoefficients = make("siegert", {
  fuel: text,
  a2: number,
  b: number,
  a1: number,
  basis: text,
  unit: text,
  confidence: maybe(text),
  ...published
})

/**
 * Constants of the heat pump model, by `parameter` and `key`.
 *
 * @category tables
 */
export const heatPumpConstants = make("heat_pump_constants", {
  parameter: text,
  key: text,
  value: number,
  unit: text,
  ...published
})

/**
 * Critical and practical condensing temperatures of refrigerants.
 *
 * @category tables
 */
export const refrigerantLimits = make("refrigerant_limits", {
  refrigerant: text,
  critical_temp_c: number,
  critical_temp_f: number,
  max_practical_condensing_c: number,
  max_practical_condensing_f: number,
  unit: text,
  original_limit_f: maybe(number),
  flag: maybe(text),
  ...published
})

/**
 * Effectiveness, heat transfer and cost of heat exchangers.
 *
 * @category tables
 */
export const heatExchangers = make("heat_exchanger_technologies", {
  technology: text,
  effectiveness: number,
  u_gas_gas: maybe(number),
  u_gas_liquid: maybe(number),
  u_liquid_liquid: maybe(number),
  u_unit: text,
  cost_per_ft2: maybe(number),
  cost_per_ft2_unit: text,
  cost_per_mmbtu_h: maybe(number),
  cost_per_mmbtu_h_unit: text,
  base_cost: number,
  base_cost_unit: text,
  maintenance: text,
  fouling_tolerance: text,
  temp_min: number,
  temp_max: number,
  temp_unit: text,
  space_class: text,
  ...published
})

/**
 * Specific heat, density and molar mass of fluids.
 *
 * @category tables
 */
export const fluids = make("fluid_properties", {
  phase: text,
  fluid: text,
  specific_heat: number,
  specific_heat_unit: text,
  density: number,
  density_unit: text,
  molar_mass: maybe(number),
  molar_mass_unit: maybe(text),
  note: maybe(text),
  ...published
})

/**
 * Conductivity, limits and cost of insulation.
 *
 * @category tables
 */
export const insulations = make("insulation_materials", {
  material: text,
  conductivity: number,
  conductivity_unit: text,
  max_temp: number,
  temp_unit: text,
  density: number,
  density_unit: text,
  cost: number,
  cost_unit: text,
  r_value_per_inch: number,
  r_unit: text,
  ...published
})

/**
 * The highest temperature of materials of construction.
 *
 * @category tables
 */
export const materialLimits = make("material", {
  material: text,
  max_temp_f: number,
  max_temp_c: number,
  austenitic: flag,
  unit: text,
  confidence: maybe(text),
  note: maybe(text),
  ...published
})

/**
 * Temperatures of industrial processes, degrees Celsius.
 *
 * @category tables
 */
export const processTemperatures = make("process_temperatures", {
  process: text,
  min_c: number,
  max_c: number,
  optimal_c: number,
  tolerance_c: number,
  unit: text,
  ...published
})

/**
 * Peak efficiency, temperature range and cost of solar collectors.
 *
 * @category tables
 */
export const solarCollectors = make("solar_collectors", {
  collector: text,
  peak_efficiency: number,
  temp_min: number,
  temp_max: number,
  temp_unit: text,
  cost_low: number,
  cost_high: number,
  cost_unit: text,
  concentration_ratio: number,
  ...published
})

/**
 * Properties of heat storage media.
 *
 * @category tables
 */
export const storageMedia = make("thermal_storage_media", {
  class: text,
  medium: text,
  specific_heat: number,
  specific_heat_unit: text,
  density: number,
  density_unit: text,
  conductivity: number,
  conductivity_unit: text,
  temp_min: number,
  temp_max: number,
  temp_unit: text,
  latent_heat: maybe(number),
  latent_heat_unit: text,
  cost: number,
  cost_unit: text,
  note: maybe(text),
  ...published
})

/**
 * Range, density, efficiency and cost of heat storage.
 *
 * @category tables
 */
export const storageTechnologies = make("thermal_storage_technologies", {
  technology: text,
  temp_min: number,
  temp_max: number,
  temp_unit: text,
  energy_density: number,
  energy_density_unit: text,
  round_trip_efficiency: number,
  capex_low: number,
  capex_high: number,
  capex_unit: text,
  opex_fraction_capex: number,
  lifetime_years: number,
  maturity: text,
  ...published
})

/**
 * Temperature and share of waste heat by process.
 *
 * @category tables
 */
export const wasteHeatProcesses = make("waste_heat_processes", {
  process_type: text,
  temperature: number,
  temperature_unit: text,
  waste_heat_share: number,
  waste_heat_share_unit: text,
  stream_type: text,
  fouling_risk: text,
  particulate: maybe(number),
  particulate_unit: text,
  corrosion_risk: text,
  accessibility: text,
  ...published
})
