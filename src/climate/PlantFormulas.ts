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
