/**
 * The heat pump model with its published constants: source fractions, compressor multipliers, limits of refrigerants.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { invalid } from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as HeatPump from "./physics/HeatPump.ts"
import { heatPumpConstants, refrigerantLimits } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const SourceKind = Schema.Literals(["air_source", "water_source", "ground_source", "waste_heat_recovery"])
  .annotate({ description: "what the heat pump takes its heat from" })
/** @category schemas */
export type SourceKind = typeof SourceKind.Type

/** @category schemas */
export const Compressor = Schema.Literals(["scroll", "screw", "centrifugal", "reciprocating"])
/** @category schemas */
export type Compressor = typeof Compressor.Type

/** Whether a refrigerant can condense at the sink. @category schemas */
export const Suitability = Schema.Literals(["optimal", "acceptable", "unsuitable"])
/** @category schemas */
export type Suitability = typeof Suitability.Type

/**
 * A constant of the model by its parameter and key. Cited. Fails with `DatabaseError` alone: the keys are those above.
 *
 * @category reading
 */
export const constant = Effect.fnUntraced(function*(parameter: string, key: string) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(heatPumpConstants)
  const row = rows.find((row) => row.parameter === parameter && row.key === key)
  if (row === undefined) return yield* Effect.die(new Error(`heat_pump_constants has no ${parameter} ${key}`))
  yield* Constant.cite(`${parameter} ${key}`, row.value, row.unit, row)
  return row.value
})

/** @category models */
export interface Wanted {
  readonly kind: SourceKind
  readonly compressor: Compressor
  /** K */
  readonly source: number
  /** At the sink's outlet, K. */
  readonly sink: number
  /** Of a sink that is heated from here, K. */
  readonly sinkInlet?: number | undefined
  /** Path of `sinkInlet` in the input, for the error where R-744 lacks it. */
  readonly sinkInletField: string
  readonly partLoad: number
  readonly refrigerant?: string | undefined
}

/** Sink inlets of R-744, K: optimal to 30 degC (86 F), acceptable to 40 degC (104 F). */
const transcritical = { refrigerant: "R-744", optimal: 303.15, acceptable: 313.15 }

/**
 * How well a refrigerant suits a sink, by its condensing limit; R-744, which has none, by the inlet of the sink, which it
 * needs. Fails with `ValidationError` at `inletField` where that is missing, and with `DataError` for an unknown
 * refrigerant.
 *
 * @category calculations
 */
export const suitability = Effect.fnUntraced(function*(
  refrigerant: string,
  sink: number,
  sinkInlet: number | undefined,
  inletField: string
) {
  const row = yield* Constant.find(refrigerantLimits, "refrigerant", "refrigerant", refrigerant)
  if (row.refrigerant === transcritical.refrigerant) {
    return sinkInlet === undefined
      ? yield* invalid(inletField, "is missing", "the inlet of the sink: R-744 works transcritically")
      : suitable(sinkInlet, transcritical.optimal, transcritical.acceptable)
  }
  yield* Constant.cite(`condensing limit of ${row.refrigerant}`, row.max_practical_condensing_f, "degF", row)
  const limit = row.max_practical_condensing_c + 273.15
  return suitable(sink, limit - 100 / 9, limit)
})

/**
 * The COP of a machine, with the suitability of its refrigerant. The sink of R-744 glides. Fails with `CalculationError`
 * where the lift is 0 or less or above 120 K, and as `suitability` does.
 *
 * @category calculations
 */
export const performance = Effect.fnUntraced(function*(wanted: Wanted) {
  const { refrigerant, sink, sinkInlet } = wanted
  const suits = refrigerant === undefined
    ? undefined
    : yield* suitability(refrigerant, sink, sinkInlet, wanted.sinkInletField)
  const glides = refrigerant !== undefined && Constant.canonical(refrigerant) === "r_744"
  const machine = yield* HeatPump.performance({
    sourceKelvin: wanted.source,
    sinkKelvin: sink,
    sinkInletKelvin: glides ? sinkInlet : undefined,
    sourceFraction: yield* constant("carnot_fraction_by_source", wanted.kind),
    compressorMultiplier: yield* constant("compressor_multiplier", wanted.compressor),
    partLoad: wanted.partLoad
  })
  return { ...machine, model: glides ? "lorenz" as const : "carnot" as const, suitability: suits }
})

/** Room for rounding: a sink at the limit is within it. */
const epsilon = 1e-9

const suitable = (at: number, optimal: number, acceptable: number): Suitability =>
  at <= optimal + epsilon ? "optimal" : at <= acceptable + epsilon ? "acceptable" : "unsuitable"

/** Refrigerants of the stages of a cascade by their sink, F. Above the last there is none. @category constants */
export const cascadeRefrigerants: ReadonlyArray<readonly [upTo: number, refrigerant: string]> = [
  [140, "R-134a"],
  [200, "R-1234ze(E)"],
  [280, "R-1233zd(E)"]
]
