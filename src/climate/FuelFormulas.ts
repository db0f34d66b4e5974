/**
 * The arithmetic of purchases of fuel, electricity, heat and cooling, and of leaks.
 */
import * as Formula from "./physics/Formula.ts"
import { product } from "./Quantity.ts"

const corporate = "GHG Protocol Corporate Standard (2004), chapter 6"
const scope2 = "GHG Protocol Scope 2 Guidance (2015), chapter 6"

/** Emissions of an amount by its factor; `efficiency` is the share of what was burnt that was useful. @category formulas */
export const emissions = Formula.make({
  id: "emissions",
  expression: "amount * emission_factor / efficiency",
  unit: "kg CO2e",
  source: corporate,
  valid: "efficiency above 0, at most 1",
  compute: (
    { amount, efficiency, emission_factor }: Readonly<Record<"amount" | "emission_factor" | "efficiency", number>>
  ) => product(amount, emission_factor) / efficiency
})

/** The mass of one gas, by the kilograms of it in a unit. @category formulas */
export const gasMass = Formula.make({
  id: "gas_mass",
  expression: "amount * kilograms_per_unit / efficiency",
  unit: "kg",
  source: corporate,
  valid: "efficiency above 0, at most 1",
  compute: (
    { amount, efficiency, kilograms_per_unit }: Readonly<Record<"amount" | "kilograms_per_unit" | "efficiency", number>>
  ) => product(amount, kilograms_per_unit) / efficiency
})

/** Market-based emissions: what no certificate covers takes the factor of its supplier or the residual mix. @category formulas */
export const marketEmissions = Formula.make({
  id: "market_based_emissions",
  expression: "(electricity_kwh - certificates_kwh) * rest_factor",
  unit: "kg CO2e",
  source: scope2,
  valid: "certificates_kwh at most electricity_kwh",
  compute: (
    { certificates_kwh, electricity_kwh, rest_factor }: Readonly<
      Record<"electricity_kwh" | "certificates_kwh" | "rest_factor", number>
    >
  ) => (electricity_kwh - certificates_kwh) * rest_factor
})

/** Electricity in kilowatt-hours, as it was bought. @category formulas */
export const boughtElectricity = Formula.make({
  id: "bought_electricity",
  expression: "amount * kwh_per_unit / efficiency",
  unit: "kWh",
  source: scope2,
  valid: "efficiency above 0, at most 1",
  compute: ({ amount, efficiency, kwh_per_unit }: Readonly<Record<"amount" | "kwh_per_unit" | "efficiency", number>>) =>
    amount * kwh_per_unit / efficiency
})

/** The factor of cooling from that of what drives the chiller. @category formulas */
export const coolingFactor = Formula.make({
  id: "cooling_factor",
  expression: "input_factor / cop",
  unit: "kg CO2e per unit of cooling",
  source: "definition of the coefficient of performance of a chiller",
  valid: "cop above 0",
  check: ({ cop }: Readonly<Record<"input_factor" | "cop", number>>) => cop > 0 ? undefined : "cop must be above 0",
  compute: ({ cop, input_factor }) => input_factor / cop
})

/** Energy of an amount of fuel. @category formulas */
export const energyContent = Formula.make({
  id: "energy_content",
  expression: "amount * heat_content",
  unit: "MMBtu",
  source: "US EPA GHG Emission Factors Hub; IPCC 2006 Guidelines, volume 2, chapter 1",
  valid: "heat content at the higher (gross) heating value",
  compute: ({ amount, heat_content }: Readonly<Record<"amount" | "heat_content", number>>) => amount * heat_content
})

/** What of a refrigerant leaked: what was topped up, less what the charge grew by. @category formulas */
export const leakedMass = Formula.make({
  id: "leaked_mass",
  expression: "mass_kg - charge_change_kg",
  unit: "kg",
  source: "GHG Protocol HFC tool, mass balance of top-ups; 40 CFR 98.123",
  valid: "the charge grows by no more than was topped up",
  compute: ({ charge_change_kg, mass_kg }: Readonly<Record<"mass_kg" | "charge_change_kg", number>>) =>
    mass_kg - charge_change_kg
})

/** CO2e of a leak. @category formulas */
export const leakEmissions = Formula.make({
  id: "leak_emissions",
  expression: "leaked_kg * gwp",
  unit: "kg CO2e",
  source: "IPCC 2006 Guidelines, volume 3, chapter 7",
  valid: "leaked_kg zero or more",
  compute: ({ gwp, leaked_kg }: Readonly<Record<"leaked_kg" | "gwp", number>>) => leaked_kg * gwp
})

/** A factor over several years of its table, by days. @category formulas */
export const dayWeightedFactor = Formula.make({
  id: "day_weighted_factor",
  expression: "sum of days * factor / sum of days",
  unit: "as the factors",
  source: "amounts spread evenly over the days of the period",
  valid: "days_1, factor_1, days_2, factor_2, ...",
  compute: (parts: Readonly<Record<string, number>>) => {
    const numbers = Object.keys(parts).flatMap((key) => key.startsWith("days_") ? [key.slice(5)] : [])
    const days = numbers.reduce((sum, at) => sum + parts[`days_${at}`]!, 0)
    return numbers.reduce((sum, at) => sum + parts[`days_${at}`]! * parts[`factor_${at}`]!, 0) / days
  }
})
