/**
 * Benchmarks and profiles of buildings, measures that save energy, screening factors of scope 3.
 */
import { make, maybe, number, published, text } from "./Table.ts"

/**
 * Median energy use and derived emissions by type of building (US).
 *
 * @category tables
 */
export const buildingBenchmarks = make("building_eui_benchmarks", {
  building_type: text,
  site_eui_median: maybe(number),
  source_eui_median: maybe(number),
  eui_unit: text,
  site_eui_kwh_ft2: maybe(number),
  site_eui_kwh_unit: maybe(text),
  electric_share_of_site_energy_derived: maybe(number),
  co2e_intensity_derived: maybe(number),
  co2e_unit: maybe(text),
  co2e_intensity_derived_m2: maybe(number),
  co2e_m2_unit: maybe(text),
  check: text,
  ...published
})

/**
 * Occupancy, hours and shares of load by type of building.
 *
 * @category tables
 */
export const buildingProfiles = make("building_profiles", {
  building_type: text,
  occupancy_density: maybe(number),
  density_unit: maybe(text),
  operating_hours_per_day: number,
  hvac_share: maybe(number),
  lighting_share: maybe(number),
  plug_share: maybe(number),
  equipment_share: maybe(number),
  it_share: maybe(number),
  water_heating_share: maybe(number),
  unit: text,
  ...published
})

/**
 * Thresholds of the older library, 5 to 10 times too high: for regression only.
 *
 * @category tables
 */
export const legacyThresholds = make("building_thresholds_legacy", {
  used_by: text,
  building_type: text,
  excellent: number,
  good: number,
  average: number,
  poor: number,
  unit: text,
  check: text,
  ...published
})

/**
 * How a climate zone changes energy use.
 *
 * @category tables
 */
export const climateZones = make("climate_zone_modifiers", {
  climate_zone: text,
  eui_modifier: number,
  unit: text,
  description: maybe(text),
  ...published
})

/**
 * Measures that save energy: trigger, range, cost class, payback, priority.
 *
 * @category tables
 */
export const measures = make("recommendation_measures", {
  measure_id: text,
  category: text,
  trigger: text,
  saving_low: number,
  saving_high: number,
  unit: text,
  saving_base: text,
  cost_class: text,
  payback_low_years: maybe(number),
  payback_high_years: maybe(number),
  priority: text,
  ...published
})

/**
 * EPA's screening factors of scope 3; freight and travel are CO2 only.
 *
 * @category tables
 */
export const scope3Screening = make("scope3_screening_epa", {
  category: text,
  factor: maybe(number),
  unit: text,
  original_value: maybe(number),
  flag: maybe(text),
  ...published
})
