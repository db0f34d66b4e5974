/**
 * Heat exchangers: mean temperature difference, its correction, transfer units and area.
 */
import * as Effect from "effect/Effect"
import { CalculationError } from "../ClimateError.ts"
import * as Formula from "./Formula.ts"

/** @category models */
export type Arrangement = "counterflow" | "parallel" | "shell_tube_1_2" | "crossflow"

/** Temperatures of both sides, in one unit. @category models */
export type Ends = Readonly<Record<"hot_in" | "hot_out" | "cold_in" | "cold_out", number>>

/** Logarithmic mean of the differences at the two ends. @category formulas */
export const lmtd = Formula.make({
  id: "lmtd",
  expression: "(dT1 - dT2) / ln(dT1 / dT2); equal differences: their value",
  unit: "F",
  source: "Incropera, Fundamentals of Heat and Mass Transfer, ch. 11",
  valid: "both differences above 0: no temperature cross",
  check: ({ end_1, end_2 }: Readonly<Record<"end_1" | "end_2", number>>) =>
    end_1 > 0 && end_2 > 0 ? undefined : "TemperatureCross: at an end the hot side is not warmer than the cold side",
  compute: ({ end_1, end_2 }) =>
    Math.abs(end_1 - end_2) < 1e-9 * Math.max(end_1, end_2) ? end_1 : (end_1 - end_2) / Math.log(end_1 / end_2)
})

/** The differences at both ends, for flow in one direction or in opposite ones. @category functions */
export const ends = ({ cold_in, cold_out, hot_in, hot_out }: Ends, arrangement: Arrangement) =>
  arrangement === "parallel"
    ? { end_1: hot_in - cold_in, end_2: hot_out - cold_out }
    : { end_1: hot_in - cold_out, end_2: hot_out - cold_in }

type PR = Readonly<Record<"p" | "r", number>>

/** Correction for one shell pass and two tube passes. @category formulas */
export const shellTubeCorrection = Formula.make({
  id: "shell_tube_correction",
  expression:
    "S/(R-1) * ln((1-P)/(1-PR)) / ln((2-P(R+1-S))/(2-P(R+1+S))), S = sqrt(R^2+1); R = 1: sqrt2*P/(1-P) / ln((2-P(2-sqrt2))/(2-P(2+sqrt2)))",
  unit: "ratio",
  source: "Bowman, Mueller and Nagle 1940; TEMA",
  valid: "0 < P < 1, P*R < 1, 2 - P(R+1+S) > 0",
  check: ({ p, r }: PR) => shellTubeFault(p, r),
  compute: ({ p, r }) => {
    const s = Math.sqrt(r * r + 1)
    const below = Math.log((2 - p * (r + 1 - s)) / (2 - p * (r + 1 + s)))
    // R = 1 is a removable singularity: log1p keeps the digits beside it.
    const above = Math.abs(r - 1) < 1e-6 ? p / (1 - p) : Math.log1p(p * (r - 1) / (1 - p * r)) / (r - 1)
    return s * above / below
  }
})

const shellTubeFault = (p: number, r: number) =>
  !(p > 0 && p < 1)
    ? "P = (Tco - Tci)/(Thi - Tci) must be between 0 and 1"
    : !(r > 0) || p * r >= 1 || 2 - p * (r + 1 + Math.sqrt(r * r + 1)) <= 0
    ? "one shell pass cannot reach these temperatures: use more shells"
    : undefined

/** Effectiveness of counterflow. @category functions */
export const counterflowNtu = (effectiveness: number, ratio: number): number =>
  Math.abs(ratio - 1) < 1e-9
    ? effectiveness / (1 - effectiveness)
    : Math.log((1 - effectiveness * ratio) / (1 - effectiveness)) / (1 - ratio)

/** Effectiveness of crossflow, both sides unmixed. @category functions */
export const crossflowEffectiveness = (ntu: number, ratio: number): number =>
  ratio === 0
    ? 1 - Math.exp(-ntu)
    : 1 - Math.exp(ntu ** 0.22 / ratio * (Math.exp(-ratio * ntu ** 0.78) - 1))

/** Correction for crossflow, both sides unmixed: transfer units of counterflow over those that are needed. @category formulas */
export const crossflowCorrection = Formula.make({
  id: "crossflow_correction",
  expression: "NTU_counterflow / NTU, eps = 1 - exp(NTU^0.22/C * (exp(-C*NTU^0.78) - 1))",
  unit: "ratio",
  source: "Incropera, ch. 11, eq. 11.32: both fluids unmixed",
  valid: "0 < effectiveness < 1, reached below NTU 20",
  check: ({ capacity_ratio, effectiveness }: Readonly<Record<"effectiveness" | "capacity_ratio", number>>) =>
    effectiveness > 0 && effectiveness < 1
      ? crossflowEffectiveness(20, capacity_ratio) < effectiveness
        ? "crossflow cannot reach these temperatures below NTU 20"
        : undefined
      : "the effectiveness must be between 0 and 1",
  compute: ({ capacity_ratio, effectiveness }) => {
    let [low, high] = [0, 20]
    for (let step = 0; step < 100; step++) {
      const middle = (low + high) / 2
      if (crossflowEffectiveness(middle, capacity_ratio) < effectiveness) low = middle
      else high = middle
    }
    return Math.min(1, counterflowNtu(effectiveness, capacity_ratio) / high)
  }
})

/** Area of transfer. @category formulas */
export const area = Formula.make({
  id: "exchanger_area",
  expression: "Q / (U * F * LMTD)",
  unit: "ft2",
  source: "definition of the overall coefficient U",
  valid: "Q in Btu/h, U in Btu/h ft2 F, all above 0",
  check: ({ correction, heat_btu_h, lmtd_f, u }: Area) =>
    heat_btu_h > 0 && u > 0 && correction > 0 && lmtd_f > 0 ? undefined : "load, U, F and LMTD must be above 0",
  compute: ({ correction, heat_btu_h, lmtd_f, u }) => heat_btu_h / (u * correction * lmtd_f)
})
type Area = Readonly<Record<"heat_btu_h" | "u" | "correction" | "lmtd_f", number>>

/** Area to build, with a margin. @category formulas */
export const designArea = Formula.make({
  id: "design_area",
  expression: "1.15 * area",
  unit: "ft2",
  source: "convention of this library: a margin of 15 percent",
  valid: "area above 0",
  compute: ({ area }: Readonly<Record<"area", number>>) => 1.15 * area
})

/** Heat transferred, of the most that could be. @category formulas */
export const effectiveness = Formula.make({
  id: "exchanger_effectiveness",
  expression: "larger temperature change / (Thi - Tci)",
  unit: "ratio",
  source: "Kays and London; the side with the larger change has the smaller capacity rate",
  valid: "Thi > Tci, changes above 0",
  check: ({ inlet_difference, larger_change }: Readonly<Record<"larger_change" | "inlet_difference", number>>) =>
    inlet_difference > 0 && larger_change > 0 && larger_change <= inlet_difference
      ? undefined
      : "no side can change by more than the difference of the inlets",
  compute: ({ inlet_difference, larger_change }) => larger_change / inlet_difference
})

/** Number of transfer units. @category formulas */
export const transferUnits = Formula.make({
  id: "transfer_units",
  expression: "U * A / Cmin, Cmin = Q / larger temperature change",
  unit: "ratio",
  source: "Kays and London",
  valid: "as the area",
  compute: ({ area_ft2, heat_btu_h, larger_change, u }: Readonly<
    Record<"u" | "area_ft2" | "heat_btu_h" | "larger_change", number>
  >) => u * area_ft2 * larger_change / heat_btu_h
})

/** @category models */
export interface Sized {
  readonly lmtd: number
  readonly correction: number
  readonly area: number
  readonly effectiveness: number
  readonly ntu: number
}

/**
 * Sizes an exchanger by LMTD. Fails with `CalculationError` where temperatures cross, a side does not change in its
 * direction, or the arrangement cannot reach the temperatures.
 *
 * @category calculations
 */
export const size = Effect.fnUntraced(function*(
  heat: number,
  at: Ends,
  arrangement: Arrangement,
  u: number
): Effect.fn.Return<Sized, CalculationError> {
  const cooled = at.hot_in - at.hot_out
  const warmed = at.cold_out - at.cold_in
  if (cooled <= 0 || warmed <= 0) {
    const reason = "the hot side must leave colder, and the cold side warmer, than it came"
    return yield* new CalculationError({ calculation: "size_heat_exchanger", reason, inputs: at })
  }
  const difference = yield* lmtd(ends(at, arrangement))
  const inlet = at.hot_in - at.cold_in
  const larger = Math.max(cooled, warmed)
  const reached = yield* effectiveness({ larger_change: larger, inlet_difference: inlet })
  const correction = arrangement === "shell_tube_1_2"
    ? yield* shellTubeCorrection({ p: warmed / inlet, r: cooled / warmed })
    : arrangement === "crossflow"
    ? yield* crossflowCorrection({ effectiveness: reached, capacity_ratio: Math.min(cooled, warmed) / larger })
    : 1
  const required = yield* area({ heat_btu_h: heat, u, correction, lmtd_f: difference })
  const ntu = yield* transferUnits({ u, area_ft2: required, heat_btu_h: heat, larger_change: larger })
  return { lmtd: difference, correction, area: required, effectiveness: reached, ntu }
})
