/**
 * How the emissions of a building compare: a rating by given thresholds, or by those of the US median of its type.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as BenchmarkTools from "./BenchmarkTools.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as Strict from "./Strict.ts"

/** `thresholds`, or `building_type` to derive them from. @category schemas */
export const BenchmarkInput = Schema.Struct({
  total_emissions_kg: Field.amount("emissions of the period, kg CO2e"),
  area: Field.positive("floor area, in area_unit"),
  area_unit: Field.withDefault(Schema.Literals(["sqft", "sqm"]), "sqft"),
  period_months: Field.withDefault(Field.number("length of the period, months", { above: 0, max: 120 }), 12),
  building_type: Field.optional(Field.name("type of building, such as office or k12_school")),
  country: Country.CountryOrUs,
  thresholds: Field.optional(BuildingBenchmark.Thresholds)
})

/** @category schemas */
export const BenchmarkOutput = Schema.Struct({
  intensity: Schema.Finite,
  unit: Schema.String,
  rating: BuildingBenchmark.Rating,
  percentile: Schema.Finite,
  thresholds: BuildingBenchmark.Thresholds,
  median: Field.optional(Schema.Finite),
  notes: Field.notes
})

/**
 * Needs the reference tables. Fails with `ValidationError` where there is neither a type of building nor thresholds, and
 * with `DataError` for a type without a median.
 *
 * @category agents
 */
export const BenchmarkAgent = Agent.make("BenchmarkAgent", {
  version: "1.0.0",
  description: "Rating of the yearly emissions of a building for each unit of area",
  input: Strict.make(BenchmarkInput),
  output: BenchmarkOutput,
  error: ClimateTool.ToolError,
  tools: BenchmarkTools.tools,
  execute: Effect.fnUntraced(function*({ area, area_unit, building_type, country, period_months, thresholds, ...of }) {
    const { intensity } = yield* BenchmarkTools.annualIntensity.call({ ...of, area, period_months })
    if (thresholds !== undefined) {
      const rated = yield* BenchmarkTools.rate.call({ intensity, thresholds })
      return { intensity, unit: `kg CO2e/${area_unit}/yr`, ...rated, thresholds, notes: [] }
    }
    if (building_type === undefined) {
      return yield* ClimateTool.invalid("building_type", "is missing", "building_type or thresholds")
    }
    const derived = yield* BenchmarkTools.deriveThresholds.call({ building_type, area_unit, country })
    const rated = yield* BenchmarkTools.rate.call({ intensity, thresholds: derived.thresholds })
    return { intensity, ...rated, ...derived }
  })
})
