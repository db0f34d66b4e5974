/**
 * Which kind of heat pump fits the heat sources at hand.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as HeatPumpModel from "./HeatPumpModel.ts"
import { designCascadeHeatPumpSystem, kelvin, temperature } from "./HeatPumpTools.ts"
import { btuPerHourPerTon } from "./physics/Energy.ts"

/** Temperatures that a source is taken to have where none is measured, F. @category constants */
export const assumedSources = {
  groundwater: 55,
  ground_loop: 45,
  cooling_water: 85,
  waste_heat_liquid: 110,
  waste_heat_gas: 140
} as const

/** @category schemas */
export const HeatSource = Schema.Literals([
  "ambient_air",
  "groundwater",
  "ground_loop",
  "cooling_water",
  "waste_heat_liquid",
  "waste_heat_gas"
])
/** @category schemas */
export type HeatSource = typeof HeatSource.Type

/** The kinds of machine in the order in which they are preferred, with the sources that each can use. */
const preference: ReadonlyArray<readonly [HeatPumpModel.SourceKind, ReadonlyArray<HeatSource>]> = [
  ["waste_heat_recovery", ["waste_heat_gas", "waste_heat_liquid"]],
  ["water_source", ["cooling_water"]],
  ["ground_source", ["groundwater", "ground_loop"]],
  ["air_source", ["ambient_air"]]
]

/** @category tools */
export const selectHeatPumpTechnology = ClimateTool.make("select_heat_pump_technology", {
  description: "Kind of heat pump for the heat sources at hand, with its source temperature, COP and cost",
  input: Schema.Struct({
    process_temperature_f: temperature("sink outlet"),
    available_heat_sources: Schema.NonEmptyArray(HeatSource),
    design_ambient_temp_f: temperature("coldest air"),
    source_temperature_f: Field.optional(temperature("source, where measured")),
    capacity_tons: Field.positive("capacity, tons of refrigeration"),
    compressor_type: Field.withDefault(HeatPumpModel.Compressor, "screw"),
    space_constraints: Field.withDefault(Schema.Literals(["ample", "moderate", "limited"]), "ample"),
    budget_usd: Field.optional(Field.positive("most that the machine may cost, USD"))
  }),
  output: Schema.Struct({
    heat_pump_type: HeatPumpModel.SourceKind,
    technology: Schema.Literals([
      "air_source",
      "water_source",
      "ground_source",
      "waste_heat_recovery",
      "cascade_system"
    ]),
    source_temperature_f: Schema.Finite,
    cop: Schema.Finite,
    capex_usd: Schema.Finite,
    over_budget: Schema.Boolean,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*(input) {
    const { available_heat_sources: available, budget_usd, capacity_tons, process_temperature_f } = input
    const options = preference.flatMap(([kind, sources]) => {
      const usable = sources.filter((source) =>
        available.includes(source) && !(source === "ground_loop" && input.space_constraints === "limited")
      )
      return usable.length === 0 ? [] : [[kind, usable] as const]
    })
    if (options.length === 0) {
      return yield* ClimateTool.invalid("available_heat_sources", "a ground loop needs more space", "another source")
    }
    const candidates = yield* Effect.forEach(
      options,
      Effect.fnUntraced(function*([kind, sources]) {
        const source = input.source_temperature_f ??
          Math.max(
            ...sources.map((source) => source === "ambient_air" ? input.design_ambient_temp_f : assumedSources[source])
          )
        const cascade = process_temperature_f > 180 || process_temperature_f - source > 120
        const technology = cascade ? "cascade_system" as const : kind
        const capex = capacity_tons * (yield* HeatPumpModel.constant("capex", technology))
        return { kind, technology, source, cascade, capex }
      })
    )
    const within = candidates.find(({ capex }) => budget_usd === undefined || capex <= budget_usd)
    const chosen = within ?? candidates.toSorted((a, b) => a.capex - b.capex)[0]!
    const cop = chosen.cascade
      ? (yield* designCascadeHeatPumpSystem.call({
        source_temperature_f: chosen.source,
        final_sink_temperature_f: process_temperature_f,
        total_heating_capacity_mmbtu_hr: capacity_tons * btuPerHourPerTon / 1e6,
        number_of_stages: 2
      })).overall_system_cop
      : (yield* HeatPumpModel.performance({
        kind: chosen.kind,
        compressor: input.compressor_type,
        partLoad: 1,
        source: kelvin(chosen.source),
        sink: kelvin(process_temperature_f),
        sinkInletField: "sink_inlet_temperature_f"
      })).cop
    const assumed = input.source_temperature_f === undefined
    if (assumed && chosen.kind !== "air_source") {
      yield* Constant.assume(`assumed temperature of the ${chosen.kind} source`, chosen.source, "degF")
    }
    return {
      heat_pump_type: chosen.kind,
      technology: chosen.technology,
      source_temperature_f: chosen.source,
      cop: Answer.figure(cop),
      capex_usd: Answer.money(chosen.capex),
      over_budget: within === undefined,
      notes: [
        ...(assumed && chosen.kind === "air_source" ? ["the air is taken at its coldest hour: conservative"] : []),
        ...(assumed && chosen.kind !== "air_source" ? [`a source of ${chosen.source} F is assumed`] : []),
        ...(chosen.cascade ? ["above 180 F or a lift of 120 F: two stages"] : [])
      ]
    }
  })
})
