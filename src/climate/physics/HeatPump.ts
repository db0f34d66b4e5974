/**
 * The coefficient of performance of industrial heat pumps, in one stage and in several.
 *
 * One model serves every agent: Carnot (or Lorenz, where the sink glides) between the sink's outlet and the source's inlet,
 * times fractions that contain the approaches of the exchangers. It is an estimate, not a manufacturer's figure.
 */
import * as Effect from "effect/Effect"
import { kwhPerMmbtu, kwPerTon } from "./Energy.ts"
import * as Formula from "./Formula.ts"

/** A lift below this is taken as this, K. @category constants */
export const minimumLift = 10
/** The largest lift of one stage, K. @category constants */
export const maximumLift = 120
/** No estimate goes above it. @category constants */
export const maximumCop = 6

/** Ideal efficiency between two temperatures. @category formulas */
export const carnotCop = Formula.make({
  id: "carnot_cop",
  expression: "Tk / (Tk - Ts)",
  unit: "ratio",
  source: "Carnot 1824; absolute temperatures of sink outlet and source inlet",
  valid: "Ts > 0 K, lift above 0 and at most 120 K in one stage; below 10 K the lift is taken as 10 K by its callers",
  check: ({ sink_k, source_k }: Temperatures) => liftFault(sink_k, source_k),
  compute: ({ sink_k, source_k }) => sink_k / (sink_k - source_k)
})
type Temperatures = Readonly<Record<"sink_k" | "source_k", number>>

const liftFault = (sink: number, source: number) =>
  source <= 0
    ? "temperatures must be above absolute zero"
    : sink <= source
    ? "the sink must be warmer than the source"
    : sink - source > maximumLift + 1e-9
    ? "one stage lifts at most 120 K (216 F): use a cascade"
    : undefined

/** Ideal efficiency where the sink is heated from an inlet to an outlet temperature. @category formulas */
export const lorenzCop = Formula.make({
  id: "lorenz_cop",
  expression: "Tm / (Tm - Ts), Tm = (Tout - Tin) / ln(Tout / Tin)",
  unit: "ratio",
  source: "Lorenz 1894; entropic mean temperature of a gliding sink",
  valid: "Tin < Tout, Tm > Ts > 0 K",
  check: ({ sink_inlet_k, sink_k, source_k }: Gliding) =>
    sink_inlet_k <= 0 || sink_inlet_k >= sink_k
      ? "the sink must enter colder than it leaves"
      : entropicMean(sink_k, sink_inlet_k) <= source_k
      ? "the mean temperature of the sink must be above the source"
      : liftFault(sink_k, source_k),
  compute: ({ sink_inlet_k, sink_k, source_k }) => {
    const mean = entropicMean(sink_k, sink_inlet_k)
    return mean / Math.max(mean - source_k, minimumLift)
  }
})
type Gliding = Readonly<Record<"sink_k" | "sink_inlet_k" | "source_k", number>>

const entropicMean = (outlet: number, inlet: number) => (outlet - inlet) / Math.log(outlet / inlet)

/** What a machine reaches of the ideal. @category formulas */
export const actualCop = Formula.make({
  id: "actual_cop",
  expression: "min(6, ideal * f_source * m_compressor * (0.9 + 0.1 * PLR))",
  unit: "ratio",
  source: "project constants of heat_pump_constants (secondary); estimate",
  valid: "PLR 0..1",
  check: ({ part_load_ratio: plr }: Actual) =>
    plr >= 0 && plr <= 1 ? undefined : "the part load must be between 0 and 1",
  compute: ({ compressor_multiplier, ideal, part_load_ratio, source_fraction }) =>
    Math.min(maximumCop, ideal * source_fraction * compressor_multiplier * (0.9 + 0.1 * part_load_ratio))
})
type Actual = Readonly<Record<"ideal" | "source_fraction" | "compressor_multiplier" | "part_load_ratio", number>>

/** @category models */
export interface Machine {
  readonly sourceKelvin: number
  /** At the sink's outlet. */
  readonly sinkKelvin: number
  /** Of a gliding sink, for a transcritical cycle. */
  readonly sinkInletKelvin?: number | undefined
  readonly sourceFraction: number
  readonly compressorMultiplier: number
  /** 0 to 1. */
  readonly partLoad: number
}

/** @category models */
export interface Performance {
  /** Of Carnot, or of Lorenz. */
  readonly ideal: number
  readonly cop: number
  /** K */
  readonly lift: number
  readonly notes: ReadonlyArray<string>
}

/**
 * The one COP model. A lift between 0 and 10 K counts as 10 K. Fails with `CalculationError` at a lift of 0 or less, and
 * above 120 K.
 *
 * @category calculations
 */
export const performance = Effect.fnUntraced(function*(machine: Machine) {
  const { compressorMultiplier, partLoad, sinkInletKelvin, sinkKelvin, sourceFraction, sourceKelvin } = machine
  const lift = sinkKelvin - sourceKelvin
  const isSmall = lift > 0 && lift < minimumLift
  const ideal = sinkInletKelvin === undefined
    ? yield* carnotCop({ sink_k: sinkKelvin, source_k: isSmall ? sinkKelvin - minimumLift : sourceKelvin })
    : yield* lorenzCop({ sink_k: sinkKelvin, sink_inlet_k: sinkInletKelvin, source_k: sourceKelvin })
  const cop = yield* actualCop({
    ideal,
    source_fraction: sourceFraction,
    compressor_multiplier: compressorMultiplier,
    part_load_ratio: partLoad
  })
  const notes = [
    ...(isSmall ? ["a lift below 10 K (18 F) is taken as 10 K"] : []),
    ...(cop === maximumCop ? ["the COP is capped at 6"] : [])
  ]
  const result: Performance = { ideal, cop, lift, notes }
  return result
})

/**
 * Stages that lift by equal amounts, from the source up. `sinks` and `cops` are in that order.
 *
 * @category formulas
 */
export const cascadeCop = (cops: ReadonlyArray<number>): number => {
  // From the top: the next stage down supplies what the work of this one does not.
  let heat = 1
  let work = 0
  for (const cop of cops.toReversed()) {
    work += heat / cop
    heat -= heat / cop
  }
  return 1 / work
}

/** Two and more stages: energy balance from the top. @category formulas */
export const cascadeBalance = Formula.make({
  id: "cascade_cop",
  expression: "Q_top / sum(W_i), W = Q / COP, the stage below supplies Q - W; two stages: c1 * c2 / (c1 + c2 - 1)",
  unit: "ratio",
  source: "first law of thermodynamics over all stages",
  valid: "every stage's COP above 1, stage_1 is the coldest",
  check: (cops: Formula.Inputs) =>
    Object.values(cops).every((cop) => cop > 1) ? undefined : "every stage needs a COP above 1",
  compute: (cops) => cascadeCop(Object.values(cops))
})

/** Electricity of a heat pump for an amount of heat. @category formulas */
export const electricityForHeat = Formula.make({
  id: "electricity_for_heat",
  expression: "MMBtu * 293.0711 / COP",
  unit: "kWh",
  source: "definition of the COP",
  valid: "COP > 0",
  check: ({ cop }: Readonly<Record<"heat_mmbtu" | "cop", number>>) => cop > 0 ? undefined : "a COP is above 0",
  compute: ({ cop, heat_mmbtu }) => heat_mmbtu * kwhPerMmbtu / cop
})

/** Electric power of a heat pump at its full capacity. @category formulas */
export const peakPower = Formula.make({
  id: "peak_power",
  expression: "tons * 3.516853 / COP",
  unit: "kW",
  source: "definition of the COP and of the ton of refrigeration",
  valid: "COP > 0",
  check: ({ cop }: Readonly<Record<"tons" | "cop", number>>) => cop > 0 ? undefined : "a COP is above 0",
  compute: ({ cop, tons }) => tons * kwPerTon / cop
})

const degrading = (id: string, what: string, slopes: string) => ({
  id,
  expression: `clamp(1 - slope * dL, low, 1.2), slope ${slopes} per F`,
  unit: "ratio",
  source: `convention of this library: a screening line of ${what} about the rated point`,
  valid: "|dL| <= 60 F; beyond, an extrapolation that is noted"
})

/** Capacity that a changed lift leaves, of the rated one. @category formulas */
export const capacityFactor = Formula.make({
  ...degrading("capacity_factor", "capacity", "0.008 for air, 0.004 else"),
  compute: ({ lift_change_f, slope }: Slope) => Math.min(1.2, Math.max(0.3, 1 - slope * lift_change_f))
})

/** COP that a changed lift leaves, of the rated one. @category formulas */
export const copFactor = Formula.make({
  ...degrading("cop_factor", "COP", "0.012 for air, 0.006 else"),
  compute: ({ lift_change_f, slope }: Slope) => Math.min(1.2, Math.max(0.5, 1 - slope * lift_change_f))
})
type Slope = Readonly<Record<"lift_change_f" | "slope", number>>

/** Volume of a water tank. @category formulas */
export const tankVolume = Formula.make({
  id: "tank_volume",
  expression: "MMBtu * 1e6 / (8.34 * dT)",
  unit: "US gallons",
  source: "first law; 8.34 lb/gal is water at 60 F (8.16 at 160 F: 2.2 percent more volume)",
  valid: "dT > 0 F, liquid water between 33 and 210 F",
  check: ({ range_f }: Readonly<Record<"energy_mmbtu" | "range_f", number>>) =>
    range_f > 0 ? undefined : "the tank's warmest must be above its coldest",
  compute: ({ energy_mmbtu, range_f }) => energy_mmbtu * 1e6 / (8.34 * range_f)
})
