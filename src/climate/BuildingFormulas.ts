/**
 * The arithmetic of buildings: what energy one of a type, age and climate is expected to use, and the limits of its rating.
 */
import { kwhPerMmbtu } from "./physics/Energy.ts"
import * as Formula from "./physics/Formula.ts"

type In<Names extends string> = Readonly<Record<Names, number>>

/** Energy of a year for each square foot, from the median of its type. @category formulas */
export const expectedEui = Formula.make({
  id: "expected_eui",
  expression: "median_eui * age_factor * climate_modifier",
  unit: "kBtu/ft2/yr",
  source: "convention of this library: factors of age and climate are project constants (secondary)",
  valid: "the median is that of the US",
  compute: ({ age_factor, climate_modifier, median_eui }: In<"median_eui" | "age_factor" | "climate_modifier">) =>
    median_eui * age_factor * climate_modifier
})

/** Energy of a year. @category formulas */
export const expectedEnergy = Formula.make({
  id: "expected_energy",
  expression: "eui * 0.2930711 * area_sqft",
  unit: "kWh/yr",
  source: "definition; 0.2930711 kWh are one kBtu",
  valid: "eui in kBtu/ft2, area in ft2",
  compute: ({ area_sqft, eui }: In<"eui" | "area_sqft">) => eui * kwhPerMmbtu / 1000 * area_sqft
})

/** Energy of a year of a data center, from its IT load. @category formulas */
export const dataCenterEnergy = Formula.make({
  id: "data_center_energy",
  expression: "it_load_kw * 8760 * pue",
  unit: "kWh/yr",
  source: "definition of power usage effectiveness (ISO/IEC 30134-2)",
  valid: "it_load_kw the mean of the year, pue 1 or more",
  compute: ({ it_load_kw, pue }: In<"it_load_kw" | "pue">) => it_load_kw * 8760 * pue
})

/** Persons of an area, rounded up. @category formulas */
export const occupants = Formula.make({
  id: "occupants",
  expression: "ceil(area_sqft / sqft_per_person)",
  unit: "persons",
  source: "density of the building's profile",
  valid: "both above 0",
  compute: ({ area_sqft, sqft_per_person }: In<"area_sqft" | "sqft_per_person">) =>
    Math.ceil(area_sqft / sqft_per_person)
})

/** A limit of a rating, from the median of a type. @category formulas */
export const threshold = Formula.make({
  id: "threshold",
  expression: "median * share",
  unit: "as the median",
  source: "convention of this library: 0.5, 0.75, 1 and 1.5 times the median",
  valid: "median above 0",
  compute: ({ median, share }: In<"median" | "share">) => median * share
})

/** An amount in another unit. @category formulas */
export const converted = Formula.make({
  id: "converted",
  expression: "value * ratio",
  unit: "the unit that is wanted",
  source: "NIST SP 811 (2008)",
  valid: "ratio of two units of one dimension",
  compute: ({ ratio, value }: In<"value" | "ratio">) => value * ratio
})
