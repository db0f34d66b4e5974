/**
 * The arithmetic of replacing a boiler: what an option emits, saves, costs and scores.
 */
import * as Formula from "./physics/Formula.ts"

const convention = "convention of this library (original project rule, secondary)"
const balance = "first law of thermodynamics"
type In<Names extends string> = Readonly<Record<Names, number>>

/** Emissions of a fuel by its gross energy. @category formulas */
export const fuelEmissions = Formula.make({
  id: "fuel_emissions",
  expression: "fuel_mmbtu * emission_factor",
  unit: "kg CO2e/yr",
  source: "GHG Protocol Corporate Standard (2004), chapter 6",
  valid: "fuel and factor on gross energy",
  compute: ({ emission_factor, fuel_mmbtu }: In<"fuel_mmbtu" | "emission_factor">) => fuel_mmbtu * emission_factor
})

/** What is still emitted beside solar heat. @category formulas */
export const emissionsBesideSun = Formula.make({
  id: "emissions_beside_sun",
  expression: "baseline * (1 - solar_fraction)",
  unit: "kg CO2e/yr",
  source: balance,
  valid: "solar_fraction 0 to 1",
  compute: ({ baseline, solar_fraction }: In<"baseline" | "solar_fraction">) => baseline * (1 - solar_fraction)
})

/** Emissions avoided over the years of an analysis. @category formulas */
export const lifetimeAvoided = Formula.make({
  id: "lifetime_avoided",
  expression: "reduction * years",
  unit: "kg CO2e",
  source: "definition; emissions stay the same over the years",
  valid: "years above 0",
  compute: ({ reduction, years }: In<"reduction" | "years">) => reduction * years
})

/** Savings for each MMBtu that is burnt today. @category formulas */
export const savingsPerFuel = Formula.make({
  id: "savings_per_fuel",
  expression: "savings / fuel_mmbtu",
  unit: "USD/MMBtu",
  source: "definition",
  valid: "fuel_mmbtu above 0",
  compute: ({ fuel_mmbtu, savings }: In<"savings" | "fuel_mmbtu">) => savings / fuel_mmbtu
})

/** What an option saves in a year. @category formulas */
export const annualSavings = Formula.make({
  id: "annual_savings",
  expression: "fuel_mmbtu * fuel_price - kwh * electricity_price - maintenance - demand_charges",
  unit: "USD/yr",
  source: "definition",
  valid: "prices of one year",
  compute: ({ demand_charges, electricity_price, fuel_mmbtu, fuel_price, kwh, maintenance }: In<
    "fuel_mmbtu" | "fuel_price" | "kwh" | "electricity_price" | "maintenance" | "demand_charges"
  >) => fuel_mmbtu * fuel_price - kwh * electricity_price - maintenance - demand_charges
})

/** A tax credit or a grant. @category formulas */
export const incentive = Formula.make({
  id: "incentive",
  expression: "investment * rate",
  unit: "USD",
  source: "the rate of the input alone",
  valid: "rate 0 to 1",
  compute: ({ investment, rate }: In<"investment" | "rate">) => investment * rate
})

/** Heat that the sun gives. @category formulas */
export const solarHeat = Formula.make({
  id: "solar_heat",
  expression: "heat * solar_fraction",
  unit: "MWh/yr",
  source: balance,
  valid: "solar_fraction 0 to 1",
  compute: ({ heat, solar_fraction }: In<"heat" | "solar_fraction">) => heat * solar_fraction
})

/** What the heat pump and the backup give each, beside the sun. @category formulas */
export const halfOfRest = Formula.make({
  id: "half_of_rest",
  expression: "(heat - solar_heat) / 2",
  unit: "MWh/yr",
  source: convention,
  valid: "solar_heat at most heat",
  compute: ({ heat, solar_heat }: In<"heat" | "solar_heat">) => (heat - solar_heat) / 2
})

/** Power that a heat pump takes for its heat. @category formulas */
export const heatPumpPower = Formula.make({
  id: "heat_pump_power",
  expression: "heat / cop",
  unit: "the unit of the heat",
  source: "definition of the COP",
  valid: "cop above 0",
  compute: ({ cop, heat }: In<"heat" | "cop">) => heat / cop
})

/** Heat over all that goes in. @category formulas */
export const systemEfficiency = Formula.make({
  id: "system_efficiency",
  expression: "heat / (solar_heat + power + fuel)",
  unit: "ratio",
  source: "definition",
  valid: "all in one unit of energy; above 1 where a heat pump takes heat from its source",
  compute: ({ fuel, heat, power, solar_heat }: In<"heat" | "solar_heat" | "power" | "fuel">) =>
    heat / (solar_heat + power + fuel)
})

/** Cost of putting an option where a boiler stands. @category formulas */
export const integrationCost = Formula.make({
  id: "integration_cost",
  expression: "capacity_kw * usd_per_kw * (1 + building_age_years / 100)",
  unit: "USD",
  source: convention,
  valid: "usd_per_kw 150 for low, 350 for medium and 600 for high complexity",
  compute: (
    { building_age_years, capacity_kw, usd_per_kw }: In<"capacity_kw" | "usd_per_kw" | "building_age_years">
  ) => capacity_kw * usd_per_kw * (1 + building_age_years / 100)
})

/** Floor that an option takes. @category formulas */
export const space = Formula.make({
  id: "space",
  expression: "capacity_kw * m2_per_kw",
  unit: "m2",
  source: convention,
  valid: "capacity above 0",
  compute: ({ capacity_kw, m2_per_kw }: In<"capacity_kw" | "m2_per_kw">) => capacity_kw * m2_per_kw
})

/** Cost of a heat pump without its integration. @category formulas */
export const equipmentCost = Formula.make({
  id: "equipment_cost",
  expression: "capacity_kw * usd_per_kw",
  unit: "USD",
  source: convention,
  valid: "capacity above 0",
  compute: ({ capacity_kw, usd_per_kw }: In<"capacity_kw" | "usd_per_kw">) => capacity_kw * usd_per_kw
})

const aspects = ["efficiency", "cost", "emissions", "reliability", "maintenance"] as const

/** Points of a technology, of 100. @category formulas */
export const weightedScore = Formula.make({
  id: "weighted_score",
  expression: "sum of weight * score over efficiency, cost, emissions, reliability and maintenance",
  unit: "points",
  source: convention,
  valid: "weights that add up to 1, scores 0 to 100",
  compute: (of: Readonly<Record<string, number>>) =>
    aspects.reduce((total, aspect) => total + of[`${aspect}_weight`]! * of[aspect]!, 0)
})
