/**
 * The arithmetic of footprints: totals, shares, intensities.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Formula from "./physics/Formula.ts"

const corporate = "GHG Protocol Corporate Standard (2004), chapter 9"

/**
 * The sum in decimal arithmetic: exact, so the order does not matter.
 *
 * ```ts
 * import { sum } from "greenlang/climate/CarbonFormulas"
 *
 * sum([0.1, 0.2, 0.3]) // => 0.6
 * ```
 *
 * @category formulas
 */
export const sum = (kilograms: Iterable<number>): number =>
  BigDecimal.toNumberUnsafe(BigDecimal.sumAll(Array.from(kilograms, BigDecimal.fromNumberUnsafe)))

/** The exact sum of named kilograms. @category formulas */
export const totalOf = Formula.make({
  id: "total_emissions",
  expression: "sum of co2e_emissions_kg",
  unit: "kg CO2e",
  source: corporate,
  valid: "any amounts",
  compute: (kilograms: Readonly<Record<string, number>>) => sum(Object.values(kilograms))
})

/** The exact sum of a list of kilograms. @category formulas */
export const total = (kilograms: ReadonlyArray<number>) =>
  totalOf(Object.fromEntries(kilograms.map((kg, at) => [`item_${at + 1}`, kg])))

/** The share of one source in the gross emissions. @category formulas */
export const share = Formula.make({
  id: "share",
  expression: "100 * co2e_kg / total_kg",
  unit: "percent",
  source: corporate,
  valid: "total_kg is the sum of gross emissions; a share of a total of zero is zero",
  compute: ({ co2e_kg, total_kg }: Readonly<Record<"co2e_kg" | "total_kg", number>>) =>
    total_kg === 0 ? 0 : 100 * (co2e_kg / total_kg)
})

/** Emissions for each square foot of building. @category formulas */
export const areaIntensity = Formula.make({
  id: "area_intensity",
  expression: "total_kg / building_area",
  unit: "kg CO2e/ft2",
  source: corporate,
  valid: "building_area above 0",
  compute: ({ building_area, total_kg }: Readonly<Record<"total_kg" | "building_area", number>>) =>
    total_kg / building_area
})

/** Emissions for each person. @category formulas */
export const personIntensity = Formula.make({
  id: "person_intensity",
  expression: "total_kg / occupancy",
  unit: "kg CO2e/person",
  source: corporate,
  valid: "occupancy above 0",
  compute: ({ occupancy, total_kg }: Readonly<Record<"total_kg" | "occupancy", number>>) => total_kg / occupancy
})

/** Emissions less removals and offsets: information, never the total. @category formulas */
export const net = Formula.make({
  id: "net_emissions",
  expression: "total_kg - removals_kg - offsets_kg",
  unit: "kg CO2e",
  source: "GHG Protocol: removals and offsets are reported apart from the total",
  valid: "information only",
  compute: (
    { offsets_kg, removals_kg, total_kg }: Readonly<Record<"total_kg" | "removals_kg" | "offsets_kg", number>>
  ) => sum([total_kg, -removals_kg, -offsets_kg])
})

/** Change of emissions against an earlier period. @category formulas */
export const change = Formula.make({
  id: "change",
  expression: "current - earlier",
  unit: "t CO2e",
  source: "GHG Protocol Corporate Standard (2004), chapter 5: tracking emissions over time",
  valid: "both of the same boundary and length",
  compute: ({ current, earlier }: Readonly<Record<"current" | "earlier", number>>) => current - earlier
})

/** The same in percent of the earlier one. @category formulas */
export const changePercent = Formula.make({
  id: "change_percent",
  expression: "100 * (current - earlier) / earlier",
  unit: "percent",
  source: "GHG Protocol Corporate Standard (2004), chapter 5: tracking emissions over time",
  valid: "earlier above 0",
  compute: ({ current, earlier }: Readonly<Record<"current" | "earlier", number>>) =>
    100 * (current - earlier) / earlier
})
