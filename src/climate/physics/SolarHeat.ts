/**
 * How much of a heat demand solar collectors could supply. Rules of thumb for a first look, not f-Chart.
 */
import * as Effect from "effect/Effect"
import { CalculationError } from "../ClimateError.ts"
import * as Formula from "./Formula.ts"

/** Yearly sum of the sun on a collector, where none was measured. @category formulas */
export const solarResource = Formula.make({
  id: "solar_resource",
  expression: "2200 * cos(|latitude|)",
  unit: "kWh/m2 yr",
  source: "convention of this library: against measured sums -12 to +37 percent",
  valid: "|latitude| <= 60 degrees",
  check: ({ latitude }: { readonly latitude: number }) =>
    Math.abs(latitude) <= 60 ? undefined : "beyond 60 degrees of latitude the resource must be given",
  compute: ({ latitude }) => 2200 * Math.cos(Math.abs(latitude) * Math.PI / 180)
})

/** @category models */
export type Collector = "flat_plate" | "evacuated_tube" | "parabolic_trough"

/** @category models */
export interface CollectorChoice {
  readonly collector: Collector
  /** Share of the sun that becomes heat over a year. */
  readonly efficiency: number
  /** Installed, USD/m2. */
  readonly costPerM2: number
}

/**
 * The one choice of collectors: flat plates to 80 degC, evacuated tubes to 150, parabolic troughs to 400. Fails with
 * `CalculationError` below 30 and above 400 degC.
 *
 * @category calculations
 */
export const collectorFor = (temperature: number): Effect.Effect<CollectorChoice, CalculationError> => {
  if (!(temperature >= 30 && temperature <= 400)) {
    const reason = "collectors work between 30 and 400 degC"
    return Effect.fail(
      new CalculationError({ calculation: "collector", reason, inputs: { temperature_c: temperature } })
    )
  }
  if (temperature <= 80) return Effect.succeed({ collector: "flat_plate", efficiency: 0.55, costPerM2: 650 })
  if (temperature <= 150) return Effect.succeed({ collector: "evacuated_tube", efficiency: 0.45, costPerM2: 650 })
  return Effect.succeed({ collector: "parabolic_trough", efficiency: 0.35, costPerM2: 900 })
}

/** Share of a yearly demand, retrofit with storage for a day. @category formulas */
export const retrofitFraction = Formula.make({
  id: "solar_retrofit_fraction",
  expression: "T <= 100: 0.60; <= 150: 0.40; <= 200: 0.25; above: 0.10",
  unit: "fraction",
  source: "convention of this library (original project rule, secondary)",
  valid: "30 <= T <= 400 degC",
  compute: ({ temperature_c: t }: { readonly temperature_c: number }) =>
    t <= 100 ? 0.6 : t <= 150 ? 0.4 : t <= 200 ? 0.25 : 0.1
})

/** Share of a demand by process temperature, load profile, storage and sun. @category formulas */
export const processFraction = Formula.make({
  id: "solar_process_fraction",
  expression: "clamp(base(T) * load_factor * min(1, 0.6 + h/20) * min(1, I/1800), 0, 0.9); base 0.70, 0.50, 0.35, 0.20",
  unit: "fraction",
  source: "convention of this library (original project rule, secondary); not f-Chart",
  valid: "30 <= T <= 400 degC, 0 <= h <= 72, I in kWh/m2 yr",
  compute: ({ irradiance, load_factor, storage_hours, temperature_c: t }: Readonly<
    Record<"temperature_c" | "load_factor" | "storage_hours" | "irradiance", number>
  >) => {
    const base = t <= 100 ? 0.7 : t <= 150 ? 0.5 : t <= 200 ? 0.35 : 0.2
    const product = base * load_factor * Math.min(1, 0.6 + storage_hours / 20) * Math.min(1, irradiance / 1800)
    return Math.min(0.9, Math.max(0, product))
  }
})

/** Area of collectors that supplies a share of a demand. @category formulas */
export const collectorArea = Formula.make({
  id: "collector_area",
  expression: "heat * 1000 * fraction / (resource * efficiency)",
  unit: "m2",
  source: "energy balance of a year",
  valid: "heat in MWh/yr, resource in kWh/m2 yr, both efficiency and resource above 0",
  check: ({ efficiency, resource }: Area) =>
    efficiency > 0 && resource > 0 ? undefined : "resource and efficiency must be above 0",
  compute: ({ efficiency, fraction, heat_mwh, resource }) => heat_mwh * 1000 * fraction / (resource * efficiency)
})
type Area = Readonly<Record<"heat_mwh" | "fraction" | "resource" | "efficiency", number>>

/** Storage of a solar plant. @category formulas */
export const storageVolume = Formula.make({
  id: "solar_storage_volume",
  expression: "0.06 * area",
  unit: "m3",
  source: "rule of thumb: 60 liters for each square meter of collector",
  valid: "area >= 0",
  compute: ({ area_m2 }: { readonly area_m2: number }) => 0.06 * area_m2
})
