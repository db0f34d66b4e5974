/**
 * Rates the emissions intensity of a building against thresholds.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"

const Rated = Schema.Struct({
  rating: BuildingBenchmark.Rating,
  percentile: Schema.Finite.annotate({ description: "coarse: 90, 70, 50, 30 or 10" })
})

/** @category tools */
export const rate = ClimateTool.make("rate", {
  description: "Rating of an intensity by four rising limits, with a coarse percentile",
  input: Schema.Struct({
    intensity: Field.amount("intensity, in the unit of the thresholds"),
    thresholds: BuildingBenchmark.Thresholds
  }),
  output: Rated,
  execute: ({ intensity, thresholds }) =>
    Effect.as(BuildingBenchmark.checkOrder(thresholds), BuildingBenchmark.rate(intensity, thresholds))
})

/** @category tools */
export const deriveThresholds = ClimateTool.make("derive_thresholds", {
  description: "Limits at 0.5, 0.75, 1 and 1.5 times the US median of a type of building",
  input: Schema.Struct({
    building_type: Field.name("type of building, such as office or k12_school"),
    area_unit: Field.withDefault(Schema.Literals(["sqft", "sqm"]), "sqft"),
    country: Country.KnownOrUs
  }),
  output: Schema.Struct({
    thresholds: BuildingBenchmark.Thresholds,
    median: Schema.Finite,
    unit: Schema.String,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*({ area_unit, building_type, country }) {
    const { kgPerSqft, kgPerSqm, notes } = yield* BuildingBenchmark.find(building_type, Country.code(country))
    const median = area_unit === "sqft" ? kgPerSqft : kgPerSqm
    return {
      thresholds: yield* BuildingBenchmark.derivedThresholds(median),
      median,
      unit: `kg CO2e/${area_unit}/yr`,
      notes: [...notes, "limits at 0.5, 0.75, 1 and 1.5 times the median are a convention of this library"]
    }
  })
})

/** @category tools */
export const annualIntensity = ClimateTool.make("annual_intensity", {
  description: "Emissions of a period for each unit of area, in a year",
  input: Schema.Struct({
    total_emissions_kg: Field.amount("emissions of the period, kg CO2e"),
    area: Field.positive("floor area"),
    period_months: Field.withDefault(Field.number("length of the period, months", { above: 0, max: 120 }), 12)
  }),
  output: Schema.Struct({ intensity: Schema.Finite }),
  execute: ({ area, period_months, total_emissions_kg }) => {
    const intensity = Answer.figure(total_emissions_kg / period_months * 12 / area)
    return Number.isFinite(intensity)
      ? Effect.succeed({ intensity })
      : Effect.fail(ClimateTool.invalid("area", "the intensity is too large for a number"))
  }
})

/** In the order in which the agent calls them. @category tools */
export const tools = [annualIntensity, deriveThresholds, rate] as const
