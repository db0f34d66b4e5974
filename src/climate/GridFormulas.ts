/**
 * The arithmetic of grid intensities.
 */
import * as Formula from "./physics/Formula.ts"

const convention = "convention of this library: an illustrative shape, which does not average to 1 over a day"

/** The intensity of an hour, from the average by the multiplier of its part of the day. @category formulas */
export const hourlyIntensity = Formula.make({
  id: "hourly_intensity",
  expression: "base_intensity * multiplier",
  unit: "unit of base_intensity",
  source: convention,
  valid: "hour 0 to 23, renewable_share 0 to 1",
  compute: (
    { base_intensity, multiplier }: Readonly<
      Record<"base_intensity" | "multiplier" | "hour" | "renewable_share", number>
    >
  ) => base_intensity * multiplier
})

/** The average of intensities by weights that add up to 1. @category formulas */
export const weightedAverage = Formula.make({
  id: "weighted_average",
  expression: "sum of intensity * weight",
  unit: "unit of the intensities",
  source: "definition of the weighted mean",
  valid: "intensity_1, weight_1, intensity_2, weight_2, ...; the weights add up to 1",
  compute: (terms: Readonly<Record<string, number>>) =>
    Object.keys(terms).reduce(
      (sum, key) => key.startsWith("intensity_") ? sum + terms[key]! * terms[`weight_${key.slice(10)}`]! : sum,
      0
    )
})

/** How far the intensities are apart. @category formulas */
export const range = Formula.make({
  id: "range",
  expression: "max - min",
  unit: "unit of the intensities",
  source: "definition",
  valid: "max at least min",
  compute: ({ max, min }: Readonly<Record<"max" | "min", number>>) => max - min
})

/** What a measure typically avoids of each kilowatt-hour's emissions. @category formulas */
export const avoided = Formula.make({
  id: "avoided_intensity",
  expression: "fraction * intensity",
  unit: "g CO2e/kWh",
  source: "convention of this library: typical reductions, rules of thumb",
  valid: "fraction 0 to 1",
  compute: ({ fraction, intensity }: Readonly<Record<"fraction" | "intensity", number>>) => fraction * intensity
})
