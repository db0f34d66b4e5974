/**
 * Emissions of a year for each square foot, person, hour, floor and unit made.
 */
import * as Formula from "./physics/Formula.ts"

/** Square feet of a square meter. @category constants */
export const sqftPerSqm = 10.76391

const source = "GHG Protocol Corporate Standard (2004), chapter 9: ratio indicators"

/** A figure of the period, scaled to a year. @category formulas */
export const yearly = Formula.make({
  id: "yearly",
  expression: "total * 12 / period_months",
  unit: "as the total",
  source: "arithmetic: months of equal length",
  valid: "0 < period_months <= 120",
  compute: ({ period_months, total }: Readonly<Record<"total" | "period_months", number>>) => total * 12 / period_months
})

/** `annual` over a divisor above 0. */
const quotient = (id: string, divisor: string, unit: string, scale = "", by = 1) =>
  Formula.make({
    id,
    expression: `annual${scale} / ${divisor}`,
    unit,
    source,
    valid: `${divisor} above 0`,
    compute: (inputs: Readonly<Record<string, number>>) => inputs["annual"]! * by / inputs[divisor]!
  })

/** @category formulas */
export const perSqftYear = quotient("per_sqft_year", "area_sqft", "kg CO2e/ft2/yr")
/** @category formulas */
export const perSqmYear = quotient("per_sqm_year", "area_sqft", "kg CO2e/m2/yr", " * 10.76391", sqftPerSqm)
/** @category formulas */
export const perSqftMonth = quotient("per_sqft_month", "area_sqft", "kg CO2e/ft2/month", " / 12", 1 / 12)
/** @category formulas */
export const energyPerSqftYear = quotient("energy_kwh_per_sqft_year", "area_sqft", "kWh/ft2/yr")
/** @category formulas */
export const perPersonYear = quotient("per_person_year", "occupancy", "kg CO2e/person/yr")
/** Of a year of 365 days. @category formulas */
export const perPersonDay = quotient("per_person_day", "occupancy", "kg CO2e/person/day", " / 365", 1 / 365)
/** @category formulas */
export const perFloorYear = quotient("per_floor_year", "floor_count", "kg CO2e/floor/yr")
/** @category formulas */
export const perOperatingHour = quotient("per_operating_hour", "operating_hours", "kg CO2e/h")
/** @category formulas */
export const perRevenue = quotient("per_revenue", "revenue", "kg CO2e/unit of revenue")
/** @category formulas */
export const perMillionRevenue = quotient("per_million_revenue", "revenue", "kg CO2e/million", " * 1e6", 1e6)
/** @category formulas */
export const perProductionUnit = quotient("per_production_unit", "production_units", "kg CO2e/unit")
/** @category formulas */
export const perKwh = quotient("emissions_per_kwh", "annual_kwh", "kg CO2e/kWh")
