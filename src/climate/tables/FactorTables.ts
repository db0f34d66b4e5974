/**
 * Published emission factors and what they are read by: fuels, power, heat, warming potentials, units, editions.
 */
import { edition, flag, integer, make, maybe, number, published, text } from "./Table.ts"

/**
 * Emission factors of a fuel in a region for a `unit`: kilograms of each gas and of CO2e. CO2 of biogenic fuels is
 * `biogenic_co2`, never part of a CO2e column.
 *
 * @category tables
 */
export const fuelFactors = make("fuel", {
  fuel: text,
  unit: text,
  co2: maybe(number),
  ch4: maybe(number),
  n2o: maybe(number),
  co2e_ar5: number,
  co2e_ar6: number,
  value_unit: text,
  scope: integer,
  biogenic: flag,
  note: maybe(text),
  year: integer,
  biogenic_co2: maybe(number),
  ...published,
  ...edition
})

/**
 * EPA's Table 1: heat content in mmBtu (gross) for each `native_unit`, CO2 in kg and CH4 and N2O in g for each mmBtu.
 *
 * @category tables
 */
export const epaFuels = make("fuel_epa", {
  fuel: text,
  native_unit: text,
  heat_content: number,
  heat_content_unit: text,
  co2: number,
  co2_unit: text,
  ch4: number,
  ch4_unit: text,
  n2o: number,
  n2o_unit: text,
  co2_per_native_unit: number,
  co2_per_native_unit_unit: text,
  co2e_ar5: number,
  co2e_ar6: number,
  co2e_unit: text,
  biogenic: flag,
  edition: text,
  confidence: maybe(text),
  ...published
})

/**
 * Names of fuels on bills, the fuel's canonical name, and the row of EPA's table.
 *
 * @category tables
 */
export const fuelNames = make("fuel_name", {
  alias: text,
  fuel: text,
  epa_row: maybe(text),
  note: maybe(text)
})

/**
 * Density, net and gross heat of fuels by country.
 *
 * @category tables
 */
export const fuelProperties = make("fuel_property", {
  fuel: text,
  density: maybe(number),
  density_unit: maybe(text),
  ncv: maybe(number),
  gcv: maybe(number),
  cv_unit: maybe(text),
  ncv_over_gcv: maybe(number),
  gcv_per_volume: maybe(number),
  gcv_volume_unit: maybe(text),
  edition: text,
  where_read: maybe(text),
  confidence: maybe(text),
  note: maybe(text),
  ...published
})

/**
 * Power of an eGRID subregion (`CAMX`), a US state (`US-CA`) or the nation (`US`), kg CO2e/kWh; gases in lb/MWh.
 *
 * @category tables
 */
export const egridFactors = make("grid_us", {
  code: text,
  level: text,
  name: maybe(text),
  factor: number,
  unit: text,
  factor_lb_mwh: number,
  factor_lb_unit: text,
  basis: text,
  gwp_set: text,
  data_year: integer,
  co2_lb_mwh: maybe(number),
  ch4_lb_mwh: maybe(number),
  n2o_lb_mwh: maybe(number),
  factor_ar6: maybe(number),
  ...published,
  ...edition
})

/**
 * Power of a country (`DE`), a part of one (`CA-ON`) or a group (`EU`) in one year, kg/kWh as `unit` says, on one
 * `basis`.
 *
 * @category tables
 */
export const gridFactors = make("grid", {
  level: text,
  year: integer,
  factor: number,
  unit: text,
  basis: text,
  preferred_for_scope2: flag,
  note: maybe(text),
  ...published,
  ...edition
})

/**
 * Power that no certificate covers, by `code`, kg/kWh: for market-based figures.
 *
 * @category tables
 */
export const residualMixes = make("residual", {
  code: text,
  year: integer,
  factor: number,
  unit: text,
  basis: text,
  gwp_set: text,
  redistribute: text,
  note: maybe(text),
  ...published,
  ...edition
})

/**
 * Bought steam, hot water and district heating.
 *
 * @category tables
 */
export const heatFactors = make("heat", {
  energy: text,
  year: integer,
  factor: number,
  unit: text,
  co2: maybe(number),
  ch4: maybe(number),
  n2o: maybe(number),
  gas_unit: maybe(text),
  co2e_ar5: number,
  co2e_ar6: number,
  scope: integer,
  note: maybe(text),
  ...published,
  ...edition
})

/**
 * What kind of chiller makes bought cooling: its input, and cooling for each input.
 *
 * @category tables
 */
export const chillers = make("cooling", {
  chiller: text,
  input: text,
  default_cop: number,
  unit: text,
  confidence: maybe(text),
  ...published
})

/**
 * Losses and supply of energy, for scope 3 category 3.
 *
 * @category tables
 */
export const scope3Energy = make("scope3_energy", {
  code: text,
  energy: text,
  kind: text,
  year: integer,
  factor: number,
  unit: text,
  edition: text,
  where_read: maybe(text),
  confidence: maybe(text),
  note: maybe(text),
  ...published
})

/**
 * Global warming potentials of gases and refrigerants, kg CO2e/kg.
 *
 * @category tables
 */
export const warmingPotentials = make("gwp", {
  gas: text,
  name: text,
  composition_mass: maybe(text),
  gwp100_ar4: maybe(number),
  gwp100_ar5: maybe(number),
  gwp100_ar6: number,
  gwp20_ar6: number,
  unit: text,
  kind: text,
  ...published
})

/**
 * One `from_unit` is `factor` times `to_unit`.
 *
 * @category tables
 */
export const unitConversions = make("unit", {
  from_unit: text,
  to_unit: text,
  factor: maybe(number),
  kind: text,
  unit: text,
  ...published
})

/**
 * Units as bills write them. An empty `unit` is refused, and `note` says why.
 *
 * @category tables
 */
export const unitLabels = make("unit_label", {
  label: text,
  unit: maybe(text),
  factor: maybe(number),
  note: maybe(text)
})

/**
 * Every edition of the factor tables: publisher, span, status, licence.
 *
 * @category tables
 */
export const factorEditions = make("edition", {
  edition: text,
  publisher: text,
  kind: text,
  region: text,
  year: integer,
  applies_from: maybe(text),
  applies_to: maybe(text),
  data_year: maybe(text),
  published: maybe(text),
  corrected: maybe(text),
  status: text,
  rule: maybe(text),
  files: text,
  licence: text
})
