/**
 * How well a heat pump works: its COP, what a changed lift costs, several stages, and which kind fits.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as HeatPumpModel from "./HeatPumpModel.ts"
import { btuPerHourPerTon, kwhPerMmbtu } from "./physics/Energy.ts"
import * as HeatPump from "./physics/HeatPump.ts"
import { celsiusToKelvin, fahrenheitToCelsius } from "./physics/Temperature.ts"

/** @category conversions */
export const kelvin = (fahrenheit: number) => celsiusToKelvin(fahrenheitToCelsius(fahrenheit))

/** A temperature above absolute zero. @category schemas */
export const temperature = (what: string) => Field.number(`${what}, F`, { above: -459.67 })

/** @category schemas */
export const PartLoad = Field.share("part load ratio, 0 to 1; 1 is full load")

/** @category tools */
export const calculateHeatPumpCop = ClimateTool.make("calculate_heat_pump_cop", {
  description: "COP of a heat pump by a fraction of Carnot (of Lorenz for R-744), with the refrigerant's suitability",
  input: Schema.Struct({
    heat_pump_type: HeatPumpModel.SourceKind,
    source_temperature_f: temperature("source inlet"),
    sink_temperature_f: temperature("sink outlet"),
    compressor_type: HeatPumpModel.Compressor,
    refrigerant: Field.name("refrigerant, such as R-134a, R-1234ze(E), R-717, R-744"),
    part_load_ratio: Field.withDefault(PartLoad, 1),
    sink_inlet_temperature_f: Field.optional(temperature("sink inlet, needed for R-744"))
  }),
  output: Schema.Struct({
    carnot_cop: Schema.Finite.annotate({ description: "of Lorenz, where the model says so" }),
    cop_heating: Schema.Finite,
    temperature_lift_f: Schema.Finite,
    suitability: HeatPumpModel.Suitability,
    model: Schema.Literals(["carnot", "lorenz"]),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { sink_inlet_temperature_f: inlet } = input
    const { cop, ideal, lift, model, notes, suitability } = yield* HeatPumpModel.performance({
      kind: input.heat_pump_type,
      compressor: input.compressor_type,
      refrigerant: input.refrigerant,
      partLoad: input.part_load_ratio,
      source: kelvin(input.source_temperature_f),
      sink: kelvin(input.sink_temperature_f),
      sinkInlet: inlet === undefined ? undefined : kelvin(inlet),
      sinkInletField: "sink_inlet_temperature_f"
    })
    return {
      carnot_cop: Answer.figure(ideal),
      cop_heating: Answer.figure(cop),
      temperature_lift_f: Answer.figure(lift * 9 / 5),
      suitability: suitability ?? "unsuitable",
      model,
      notes: ["an estimate of industrial machines, not a manufacturer's figure", ...notes]
    }
  })
})

/** @category tools */
export const calculateCapacityDegradation = ClimateTool.make("calculate_capacity_degradation", {
  description: "Capacity and COP away from the rated point, by a line for each degree of lift",
  input: Schema.Struct({
    rated_capacity_tons: Field.positive("rated capacity, tons of refrigeration"),
    rated_cop: Field.positive("rated COP"),
    rated_source_temp_f: temperature("rated source"),
    rated_sink_temp_f: temperature("rated sink"),
    actual_source_temp_f: temperature("actual source"),
    actual_sink_temp_f: temperature("actual sink"),
    heat_pump_type: HeatPumpModel.SourceKind
  }),
  output: Schema.Struct({
    temperature_lift_change_f: Schema.Finite,
    capacity_degradation_percent: Schema.Finite.annotate({
      description: "negative where the lift is smaller than rated"
    }),
    cop_degradation_percent: Schema.Finite,
    actual_capacity_tons: Schema.Finite,
    actual_cop: Schema.Finite,
    operating_status: Schema.Literals(["optimal", "acceptable", "degraded", "critical"]),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const rated = input.rated_sink_temp_f - input.rated_source_temp_f
    const actual = input.actual_sink_temp_f - input.actual_source_temp_f
    if (rated <= 0 || actual <= 0) {
      return yield* ClimateTool.impossible("capacity_factor", "the sink must be warmer than the source", {})
    }
    const change = actual - rated
    const isAir = input.heat_pump_type === "air_source"
    const capacity = yield* HeatPump.capacityFactor({ lift_change_f: change, slope: isAir ? 0.008 : 0.004 })
    const cop = yield* HeatPump.copFactor({ lift_change_f: change, slope: isAir ? 0.012 : 0.006 })
    const least = Math.min(capacity, cop)
    const tons = input.rated_capacity_tons * capacity
    const actualCop = input.rated_cop * cop
    if (!Number.isFinite(tons) || !Number.isFinite(actualCop)) {
      return yield* ClimateTool.invalid(Number.isFinite(tons) ? "rated_cop" : "rated_capacity_tons", "is too large")
    }
    return {
      temperature_lift_change_f: Answer.figure(change),
      capacity_degradation_percent: Answer.percent(100 * (1 - capacity)),
      cop_degradation_percent: Answer.percent(100 * (1 - cop)),
      actual_capacity_tons: Answer.figure(tons),
      actual_cop: Answer.figure(actualCop),
      operating_status: least >= 0.9
        ? "optimal"
        : least >= 0.75
        ? "acceptable"
        : least >= 0.6
        ? "degraded"
        : "critical",
      notes: Math.abs(change) > 60 ? ["the lift is more than 60 F from the rated point: an extrapolation"] : []
    } as const
  })
})

/** @category tools */
export const designCascadeHeatPumpSystem = ClimateTool.make("design_cascade_heat_pump_system", {
  description: "Stages of equal lift: their COPs, refrigerants, heat and power, and the overall COP",
  input: Schema.Struct({
    source_temperature_f: temperature("source of the lowest stage"),
    final_sink_temperature_f: temperature("sink of the highest stage"),
    total_heating_capacity_mmbtu_hr: Field.positive("heat at the top, MMBtu/h"),
    number_of_stages: Field.integer("number of stages", 2, 4)
  }),
  output: Schema.Struct({
    stage_sink_temps_f: Schema.Array(Schema.Finite),
    stage_cops: Schema.Array(Schema.Finite),
    stage_refrigerants: Schema.Array(Schema.String),
    overall_system_cop: Schema.Finite,
    compressor_power_kw: Schema.Finite,
    estimated_capital_cost_usd: Schema.Finite,
    complexity: Schema.Literals(["moderate", "complex", "very complex"]),
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { final_sink_temperature_f, number_of_stages: stages, source_temperature_f } = input
    const lift = (final_sink_temperature_f - source_temperature_f) / stages
    if (lift < 18) {
      return yield* ClimateTool.impossible("cascade_cop", "each stage must lift by at least 18 F: use fewer stages", {})
    }
    const fraction = (yield* HeatPumpModel.constant("carnot_fraction_by_source", "water_source")) *
      (yield* HeatPumpModel.constant("compressor_multiplier", "screw"))
    const sinks = Array.from({ length: stages }, (_, at) => source_temperature_f + lift * (at + 1))
    const cops: Array<number> = []
    const refrigerants: Array<string> = []
    for (const sink of sinks) {
      const refrigerant = HeatPumpModel.cascadeRefrigerants.find(([upTo]) => sink <= upTo)?.[1]
      if (refrigerant === undefined) {
        return yield* ClimateTool.impossible("cascade_cop", "no refrigerant condenses above 280 F", {})
      }
      const ideal = yield* HeatPump.carnotCop({ sink_k: kelvin(sink), source_k: kelvin(sink - lift) })
      cops.push(Math.min(HeatPump.maximumCop, ideal * fraction))
      refrigerants.push(refrigerant)
    }
    const overall = yield* HeatPump.cascadeBalance(
      Object.fromEntries(cops.map((cop, at) => [`stage_${at + 1}_cop`, cop]))
    )
    const kilowatts = input.total_heating_capacity_mmbtu_hr * kwhPerMmbtu
    const perTon = yield* HeatPumpModel.constant("capex", "cascade_system")
    const usd = kilowatts / (kwhPerMmbtu * btuPerHourPerTon / 1e6) * perTon
    if (!Number.isFinite(usd)) return yield* ClimateTool.invalid("total_heating_capacity_mmbtu_hr", "is too large")
    return {
      stage_sink_temps_f: sinks.map(Answer.figure),
      stage_cops: cops.map(Answer.figure),
      stage_refrigerants: refrigerants,
      overall_system_cop: Answer.figure(overall),
      compressor_power_kw: Answer.figure(kilowatts / overall),
      estimated_capital_cost_usd: Answer.money(usd),
      complexity: stages === 2 ? "moderate" : stages === 3 ? "complex" : "very complex",
      notes: ["stages are water-source machines with screw compressors of the same model"]
    } as const
  })
})

/** @category tools */
export const generatePerformanceCurve = ClimateTool.make("generate_performance_curve", {
  description: "COP over ranges of source and sink temperature; null where the sink is not warmer",
  input: Schema.Struct({
    heat_pump_type: HeatPumpModel.SourceKind,
    compressor_type: HeatPumpModel.Compressor,
    refrigerant: Field.name("refrigerant, such as R-134a"),
    source_range_f: Schema.Struct({ min: temperature("coldest source"), max: temperature("warmest source") }),
    sink_range_f: Schema.Struct({ min: temperature("coldest sink"), max: temperature("warmest sink") }),
    points: Field.withDefault(Field.integer("points of each range", 2, 20), 5),
    sink_inlet_temperature_f: Field.optional(temperature("sink inlet, needed for R-744"))
  }),
  output: Schema.Struct({
    points: Schema.Array(Schema.Struct({
      source_temperature_f: Schema.Finite,
      sink_temperature_f: Schema.Finite,
      cop: Schema.NullOr(Schema.Finite)
    })),
    best_cop: Schema.NullOr(Schema.Finite),
    worst_cop: Schema.NullOr(Schema.Finite)
  }),
  execute: Effect.fnUntraced(function*(input) {
    const {
      compressor_type,
      heat_pump_type,
      points,
      refrigerant,
      sink_inlet_temperature_f,
      sink_range_f,
      source_range_f
    } = input
    for (const [path, range] of [["source_range_f", source_range_f], ["sink_range_f", sink_range_f]] as const) {
      if (range.min > range.max) return yield* ClimateTool.invalid(`${path}.max`, "is below min", "min or more")
    }
    const along = ({ max, min }: { readonly min: number; readonly max: number }) =>
      Array.from({ length: points }, (_, at) => Answer.figure(min + (max - min) * at / (points - 1)))
    const grid = along(source_range_f).flatMap((source) => along(sink_range_f).map((sink) => [source, sink] as const))
    const curve = yield* Effect.forEach(
      grid,
      ([source_temperature_f, sink_temperature_f]) =>
        calculateHeatPumpCop.call({
          heat_pump_type,
          compressor_type,
          refrigerant,
          source_temperature_f,
          sink_temperature_f,
          ...(sink_inlet_temperature_f === undefined ? {} : { sink_inlet_temperature_f })
        }).pipe(
          Effect.map(({ cop_heating }) => cop_heating),
          Effect.catchTag("CalculationError", () => Effect.succeed(null)),
          Effect.map((cop) => ({ source_temperature_f, sink_temperature_f, cop }))
        )
    )
    const cops = curve.flatMap(({ cop }) => cop === null ? [] : [cop])
    return {
      points: curve,
      best_cop: cops.length === 0 ? null : Math.max(...cops),
      worst_cop: cops.length === 0 ? null : Math.min(...cops)
    }
  })
})
