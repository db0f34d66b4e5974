/**
 * The arithmetic of a plant: what it emits, what heat it wastes, and what a measure avoids.
 */
import * as Formula from "./physics/Formula.ts"

const corporate = "GHG Protocol Corporate Standard (2004), chapter 6"
const project = "GHG Protocol for Project Accounting (2005): baseline less project emissions"
type In<Names extends string> = Readonly<Record<Names, number>>

/** Emissions of the fuel or power that supplies a heat. @category formulas */
export const baselineEmissions = Formula.make({
  id: "baseline_emissions",
  expression: "heat / boiler_efficiency * emission_factor",
  unit: "kg CO2e/yr",
  source: corporate,
  valid: "heat and factor in one unit of energy, both on the basis of the efficiency",
  compute: ({ boiler_efficiency, emission_factor, heat }: In<"heat" | "boiler_efficiency" | "emission_factor">) =>
    heat / boiler_efficiency * emission_factor
})

/** What solar heat avoids, less what making the collectors emits. @category formulas */
export const solarReduction = Formula.make({
  id: "solar_reduction",
  expression: "baseline * solar_fraction - heat * solar_fraction * lifecycle_factor",
  unit: "kg CO2e/yr",
  source: project,
  valid: "solar_fraction 0 to 1; below 0 where the collectors emit more than they avoid",
  compute: (
    { baseline, heat, lifecycle_factor, solar_fraction }: In<
      "baseline" | "heat" | "solar_fraction" | "lifecycle_factor"
    >
  ) => baseline * solar_fraction - heat * solar_fraction * lifecycle_factor
})

/** Emissions of power, less its share from renewables. @category formulas */
export const powerEmissions = Formula.make({
  id: "power_emissions",
  expression: "kwh * grid_factor * (1 - renewable_percent / 100)",
  unit: "kg CO2e/yr",
  source: "GHG Protocol Scope 2 Guidance (2015), chapter 6",
  valid: "renewable_percent 0 to 100; with more than 0 the figure is market-based",
  compute: ({ grid_factor, kwh, renewable_percent }: In<"kwh" | "grid_factor" | "renewable_percent">) =>
    kwh * grid_factor * (1 - renewable_percent / 100)
})

/** What a measure avoids. @category formulas */
export const avoidedEmissions = Formula.make({
  id: "avoided_emissions",
  expression: "baseline - after",
  unit: "kg CO2e/yr",
  source: project,
  valid: "both of the same year and scope",
  compute: ({ after, baseline }: In<"baseline" | "after">) => baseline - after
})

/** What recovered heat avoids, less the power of pumps and fans. @category formulas */
export const recoveryReduction = Formula.make({
  id: "recovery_reduction",
  expression: "(fuel_mmbtu * emission_factor - parasitic_kwh * grid_factor) / 1000",
  unit: "t CO2e/yr",
  source: project,
  valid: "fuel on gross energy, as the factor",
  compute: (
    { emission_factor, fuel_mmbtu, grid_factor, parasitic_kwh }: In<
      "fuel_mmbtu" | "emission_factor" | "parasitic_kwh" | "grid_factor"
    >
  ) => (fuel_mmbtu * emission_factor - parasitic_kwh * grid_factor) / 1000
})

/** Heat that a process wastes: a share of its fuel, of its heat or of its input. @category formulas */
export const wasteHeat = Formula.make({
  id: "waste_heat",
  expression: "base * share_percent / 100",
  unit: "MMBtu/yr",
  source: "definition of the share; the shares are screening values, each cited with its source",
  valid: "share_percent of the base that its unit names",
  compute: ({ base, share_percent }: In<"base" | "share_percent">) => base * share_percent / 100
})

/** Emissions of a plant by scope, added up. @category formulas */
export const inventory = Formula.make({
  id: "inventory",
  expression: "scope_1 + scope_2 + scope_3",
  unit: "kg CO2e/yr",
  source: corporate,
  valid: "scope_2 by location; biogenic CO2 and removals apart",
  compute: ({ scope_1, scope_2, scope_3 }: In<"scope_1" | "scope_2" | "scope_3">) => scope_1 + scope_2 + scope_3
})

/** How much of the baseline a measure avoids. @category formulas */
export const reductionPercent = Formula.make({
  id: "reduction_percent",
  expression: "100 * reduction / baseline",
  unit: "percent",
  source: project,
  valid: "baseline above 0",
  compute: ({ baseline, reduction }: In<"reduction" | "baseline">) => 100 * reduction / baseline
})

/** Emissions of a unit of heat. @category formulas */
export const heatIntensity = Formula.make({
  id: "heat_intensity",
  expression: "emissions / heat",
  unit: "kg CO2e for each unit of heat",
  source: "GHG Protocol Corporate Standard (2004), chapter 9: ratio indicators",
  valid: "heat above 0",
  compute: ({ emissions, heat }: In<"emissions" | "heat">) => emissions / heat
})

/** Fuel in the unit it is bought in. @category formulas */
export const fuelBought = Formula.make({
  id: "fuel_bought",
  expression: "mmbtu / mmbtu_per_unit",
  unit: "the unit of the bill",
  source: "heat content of the fuel, gross",
  valid: "mmbtu_per_unit above 0",
  compute: ({ mmbtu, mmbtu_per_unit }: In<"mmbtu" | "mmbtu_per_unit">) => mmbtu / mmbtu_per_unit
})

/** Heat for each kilogram made. @category formulas */
export const heatPerUnit = Formula.make({
  id: "heat_per_unit",
  expression: "heat_demand_kw / production_rate",
  unit: "kWh/kg",
  source: "definition",
  valid: "production_rate in kg/h, above 0",
  compute: ({ heat_demand_kw, production_rate }: In<"heat_demand_kw" | "production_rate">) =>
    heat_demand_kw / production_rate
})

/** Capacity of the backup beside the sun. @category formulas */
export const backupCapacity = Formula.make({
  id: "backup_capacity",
  expression: "peak_kw * (1 - solar_fraction) * coincidence",
  unit: "kW",
  source: "convention of this library (original project rule, secondary)",
  valid: "solar_fraction 0 to 1, coincidence above 0 to 1",
  compute: ({ coincidence, peak_kw, solar_fraction }: In<"peak_kw" | "solar_fraction" | "coincidence">) =>
    peak_kw * (1 - solar_fraction) * coincidence
})

/** Heat that the backup gives. @category formulas */
export const backupHeat = Formula.make({
  id: "backup_heat",
  expression: "annual_mwh * (1 - solar_fraction)",
  unit: "MWh/yr",
  source: "first law of thermodynamics",
  valid: "solar_fraction 0 to 1",
  compute: ({ annual_mwh, solar_fraction }: In<"annual_mwh" | "solar_fraction">) => annual_mwh * (1 - solar_fraction)
})

/** What the fuel of a year costs. @category formulas */
export const fuelCost = Formula.make({
  id: "fuel_cost",
  expression: "fuel_mmbtu * price",
  unit: "USD/yr",
  source: "definition",
  valid: "price in USD/MMBtu",
  compute: ({ fuel_mmbtu, price }: In<"fuel_mmbtu" | "price">) => fuel_mmbtu * price
})

/** What running a machine costs in a year. @category formulas */
export const runningCost = Formula.make({
  id: "running_cost",
  expression: "energy_cost + om_fraction * capex",
  unit: "USD/yr",
  source: "definition; operation and maintenance as a share of the investment",
  valid: "om_fraction 0 to 1",
  compute: ({ capex, energy_cost, om_fraction }: In<"energy_cost" | "om_fraction" | "capex">) =>
    energy_cost + om_fraction * capex
})

/** What can be taken from waste heat. @category formulas */
export const usableHeat = Formula.make({
  id: "usable_heat",
  expression: "waste_heat * share",
  unit: "MMBtu/yr",
  source: "convention of this library: 0.80 is recoverable and 0.70 economic (original project rule, secondary)",
  valid: "share 0 to 1",
  compute: ({ share, waste_heat }: In<"waste_heat" | "share">) => waste_heat * share
})

/** Heat of an hour, from that of a year. @category formulas */
export const hourlyHeat = Formula.make({
  id: "hourly_heat",
  expression: "annual / hours",
  unit: "MMBtu/h",
  source: "definition",
  valid: "hours above 0",
  compute: ({ annual, hours }: In<"annual" | "hours">) => annual / hours
})

/** Figures of several sources, added up. @category formulas */
export const sumOfParts = Formula.make({
  id: "sum_of_parts",
  expression: "part_1 + part_2 + ...",
  unit: "as the parts",
  source: "arithmetic",
  valid: "any parts of one unit",
  compute: (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((sum, part) => sum + part, 0)
})

/** The same of a list. @category formulas */
export const sum = (parts: ReadonlyArray<number>) =>
  sumOfParts(Object.fromEntries(parts.map((part, at) => [`part_${at + 1}`, part])))

/** Points of a recovery by what it brings and takes. @category formulas */
export const priority = Formula.make({
  id: "priority",
  expression: "payback + energy + complexity + carbon + capital",
  unit: "points",
  source: "convention of this library (original project rule, secondary)",
  valid: "each part scaled by its weight over its default",
  compute: (
    { capital, carbon, complexity, energy, payback }: In<"payback" | "energy" | "complexity" | "carbon" | "capital">
  ) => payback + energy + complexity + carbon + capital
})
