/**
 * What a boiler loses through its stack, and the efficiency that is left.
 */
import * as Formula from "./Formula.ts"

/** Oxygen in dry flue gas for an amount of excess air. @category formulas */
export const flueOxygen = Formula.make({
  id: "flue_oxygen",
  expression: "21 * EA / (100 + EA)",
  unit: "percent by volume",
  source: "combustion stoichiometry; 21 percent oxygen in air",
  valid: "EA in percent, 0..200",
  check: ({ excess_air_percent: ea }: { readonly excess_air_percent: number }) =>
    ea >= 0 && ea <= 200 ? undefined : "excess air must be between 0 and 200 percent",
  compute: ({ excess_air_percent }) => 21 * excess_air_percent / (100 + excess_air_percent)
})

/** Excess air that leaves so much oxygen in dry flue gas: the inverse of `flueOxygen`. @category formulas */
export const excessAir = Formula.make({
  id: "excess_air",
  expression: "100 * O2 / (21 - O2)",
  unit: "percent",
  source: "combustion stoichiometry; 21 percent oxygen in air",
  valid: "O2 in percent by volume, 0..14",
  check: ({ oxygen_percent: o2 }: { readonly oxygen_percent: number }) =>
    o2 >= 0 && o2 <= 14 ? undefined : "oxygen must be between 0 and 14 percent",
  compute: ({ oxygen_percent }) => 100 * oxygen_percent / (21 - oxygen_percent)
})

/** Stack loss after Siegert, on net calorific value. @category formulas */
export const siegertLoss = Formula.make({
  id: "siegert_loss",
  expression: "(Ts - Ta) * (A2 / (21 - O2) + B)",
  unit: "percent of net energy",
  source: "1. BImSchV, annex; A2 and B of siegert_coefficients",
  valid: "dry flue gas, 65 <= Ts <= 450 degC, Ts > Ta, 0 <= O2 <= 18 percent; not for condensing boilers",
  check: ({ ambient_c, oxygen_percent, stack_c }: Siegert) =>
    stack_c < 65 || stack_c > 450
      ? "the stack must be between 65 and 450 degC; use a measured efficiency"
      : stack_c <= ambient_c
      ? "the stack must be warmer than the air"
      : oxygen_percent < 0 || oxygen_percent > 18
      ? "oxygen must be between 0 and 18 percent"
      : undefined,
  compute: ({ a2, ambient_c, b, oxygen_percent, stack_c }) => (stack_c - ambient_c) * (a2 / (21 - oxygen_percent) + b)
})
type Siegert = Readonly<Record<"stack_c" | "ambient_c" | "oxygen_percent" | "a2" | "b", number>>

/** Correction of a boiler's base efficiency for its stack. @category formulas */
export const stackCorrection = Formula.make({
  id: "stack_correction",
  expression: "0.01 * (Ts - Ta) * (1 + 0.02 * EA)",
  unit: "percent",
  source: "convention of this library, on top of a base that holds a normal stack loss; not ASME PTC 4",
  valid: "Ts >= Ta, Ts <= 600 degC, EA 0..200 percent",
  check: ({ ambient_c, excess_air_percent: ea, stack_c }: Correction) =>
    stack_c < ambient_c || stack_c > 600
      ? "the stack must be between the air's temperature and 600 degC"
      : ea < 0 || ea > 200
      ? "excess air must be between 0 and 200 percent"
      : undefined,
  compute: ({ ambient_c, excess_air_percent, stack_c }) =>
    0.01 * (stack_c - ambient_c) * (1 + 0.02 * excess_air_percent)
})
type Correction = Readonly<Record<"stack_c" | "ambient_c" | "excess_air_percent", number>>

/** What age leaves of an efficiency. @category formulas */
export const degradation = Formula.make({
  id: "degradation",
  expression: "max(0.5, 1 - 0.005 * age)",
  unit: "ratio",
  source: "convention of this library: half a percent a year",
  valid: "age 0..100 years",
  check: ({ age_years }: { readonly age_years: number }) =>
    age_years >= 0 && age_years <= 100 ? undefined : "the age must be between 0 and 100 years",
  compute: ({ age_years }) => Math.max(0.5, 1 - 0.005 * age_years)
})

/** Efficiency of a boiler by the empirical method, gross. @category formulas */
export const empiricalEfficiency = Formula.make({
  id: "empirical_efficiency",
  expression: "clamp(base * D * (1 - SL/100 - RL/100), 0.40, 0.99)",
  unit: "fraction of gross energy",
  source: "convention of this library; base and RL of boiler_base_and_radiation_loss; not ASME PTC 4",
  valid: "as its parts",
  compute: ({ base, degradation, radiation_percent, stack_percent }: Readonly<
    Record<"base" | "degradation" | "stack_percent" | "radiation_percent", number>
  >) => Math.min(0.99, Math.max(0.4, base * degradation * (1 - stack_percent / 100 - radiation_percent / 100)))
})

/** Efficiency that a stack loss and a radiation loss leave, on the basis of the losses. @category formulas */
export const lossEfficiency = Formula.make({
  id: "loss_efficiency",
  expression: "(1 - SL/100 - RL/100) * D",
  unit: "fraction of net energy",
  source: "indirect method; 1. BImSchV",
  valid: "losses below 100 percent",
  check: ({ radiation_percent, stack_percent }: Losses) =>
    stack_percent + radiation_percent < 100 ? undefined : "the losses must stay below 100 percent",
  compute: ({ degradation, radiation_percent, stack_percent }) =>
    (1 - stack_percent / 100 - radiation_percent / 100) * degradation
})
type Losses = Readonly<Record<"stack_percent" | "radiation_percent" | "degradation", number>>

/** @category formulas */
export const netToGross = Formula.make({
  id: "net_to_gross_efficiency",
  expression: "net_efficiency * net_over_gross",
  unit: "fraction of gross energy",
  source: "IPCC 2006 Guidelines, volume 2, section 1.4.1.2",
  valid: "0 < net_over_gross <= 1",
  check: ({ net_over_gross: ratio }: Readonly<Record<"net_efficiency" | "net_over_gross", number>>) =>
    ratio > 0 && ratio <= 1 ? undefined : "net energy is at most gross energy",
  compute: ({ net_efficiency, net_over_gross }) => net_efficiency * net_over_gross
})
