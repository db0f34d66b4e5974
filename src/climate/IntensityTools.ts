/**
 * Emissions for each square foot, person, hour, floor and unit made.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Answer from "./Answer.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"

/** Square feet of a square meter. @category constants */
export const sqftPerSqm = 10.76391

/** @category schemas */
export const AreaUnit = Schema.Literals(["sqft", "sqm"]).annotate({ description: "unit of the area: sqft or sqm" })

/** What the agent and its tool read. @category schemas */
export const IntensityInput = Schema.Struct({
  total_emissions_kg: Field.amount("emissions of the period, kg CO2e"),
  area: Field.optional(Field.amount("floor area, in area_unit; without it, or at 0, no intensity by area")),
  area_unit: Field.withDefault(AreaUnit, "sqft"),
  occupancy: Field.optional(Field.amount("number of persons")),
  floor_count: Field.optional(Field.amount("number of floors")),
  period_months: Field.withDefault(Field.number("length of the period, months", { above: 0, max: 120 }), 12),
  operating_hours_per_day: Field.withDefault(Field.number("hours a day", { min: 0, max: 24 }), 10),
  operating_days_per_year: Field.withDefault(Field.number("days a year", { min: 0, max: 366 }), 260),
  revenue: Field.optional(Field.amount("revenue of a year, in any currency")),
  production_units: Field.optional(Field.amount("units made in a year")),
  total_energy_kwh: Field.optional(Field.amount("energy of the same period, kWh")),
  building_type: Field.optional(Field.name("type of building, such as office; without it no rating")),
  country: Country.CountryOrUs
})
/** @category schemas */
export type IntensityInput = typeof IntensityInput.Type

const intensity = (description: string) => Field.optional(Schema.Finite.annotate({ description }))

/** A key without a divisor is absent. @category schemas */
export const Intensities = Schema.Struct({
  per_sqft_year: intensity("kg CO2e/ft2 a year"),
  per_sqm_year: intensity("kg CO2e/m2 a year"),
  per_sqft_month: intensity("kg CO2e/ft2 a month"),
  per_person_year: intensity("kg CO2e/person a year"),
  per_person_day: intensity("kg CO2e/person a day, of 365 days"),
  per_floor_year: intensity("kg CO2e/floor a year"),
  per_operating_hour: intensity("kg CO2e for each operating hour"),
  per_revenue: intensity("kg CO2e for each unit of revenue"),
  per_million_revenue: intensity("kg CO2e for each million of revenue"),
  per_production_unit: intensity("kg CO2e for each unit made"),
  energy_kwh_per_sqft_year: intensity("kWh/ft2 a year"),
  emissions_per_kwh: intensity("kg CO2e for each kWh used")
})

/** @category schemas */
export const IntensityOutput = Schema.Struct({
  annual_emissions_kg: Schema.Finite,
  intensities: Intensities,
  rating: Field.optional(BuildingBenchmark.Rating),
  rating_percentile: Field.optional(Schema.Finite),
  benchmark_unit: Field.optional(Schema.String),
  notes: Field.notes
})

/** Both quotients and nothing where the divisor is missing or 0. */
const per = (divisor: number | undefined, keys: Readonly<Record<string, number>>) =>
  divisor === undefined || divisor === 0
    ? {}
    : Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, value / divisor]))

/**
 * Yearly figures: emissions and energy of the period times 12 over its months.
 *
 * @category formulas
 */
export const intensities = (input: IntensityInput): typeof Intensities.Type => {
  const annual = input.total_emissions_kg * 12 / input.period_months
  const energy = (input.total_energy_kwh ?? 0) * 12 / input.period_months
  const sqft = input.area === undefined ? undefined : input.area_unit === "sqm" ? input.area * sqftPerSqm : input.area
  const hours = input.operating_hours_per_day * input.operating_days_per_year
  return {
    ...per(sqft, {
      per_sqft_year: annual,
      per_sqm_year: annual * sqftPerSqm,
      per_sqft_month: annual / 12,
      ...(input.total_energy_kwh === undefined ? {} : { energy_kwh_per_sqft_year: energy })
    }),
    ...per(input.occupancy, { per_person_year: annual, per_person_day: annual / 365 }),
    ...per(input.floor_count, { per_floor_year: annual }),
    ...per(hours, { per_operating_hour: annual }),
    ...per(input.revenue, { per_revenue: annual, per_million_revenue: annual * 1e6 }),
    ...per(input.production_units, { per_production_unit: annual }),
    ...per(input.total_energy_kwh === undefined ? undefined : energy, { emissions_per_kwh: annual })
  }
}

/** @category tools */
export const calculateIntensities = ClimateTool.make("calculate_intensities", {
  description: "Yearly emissions by area, person, floor, operating hour, revenue, unit made and kWh, with a rating",
  input: IntensityInput,
  output: IntensityOutput,
  execute: Effect.fnUntraced(function*(input) {
    const found = Object.entries(intensities(input)).map(([key, value]) => [key, Answer.figure(value)] as const)
    const beyond = found.find(([, value]) => !Number.isFinite(value))
    if (beyond !== undefined) {
      return yield* ClimateTool.invalid("total_emissions_kg", `${beyond[0]} is too large for a number`)
    }
    for (const [key, output] of found) {
      yield* Run.cite({
        kind: "calculation",
        step: key,
        formula: "total * 12 / period_months / divisor",
        inputs: { total_emissions_kg: input.total_emissions_kg, period_months: input.period_months },
        output,
        unit: key.startsWith("energy") ? "kWh" : "kg CO2e"
      })
    }
    const of: typeof Intensities.Type = Object.fromEntries(found)
    const rated = input.building_type === undefined || of.per_sqft_year === undefined
      ? { notes: input.building_type === undefined ? [] : ["no rating without an area"] }
      : yield* rate(input.building_type, Country.code(input.country), of.per_sqft_year)
    return {
      annual_emissions_kg: Answer.kilograms(input.total_emissions_kg * 12 / input.period_months),
      intensities: of,
      ...rated
    }
  })
})

const rate = Effect.fnUntraced(function*(buildingType: string, country: string, perSqft: number) {
  const benchmark = yield* BuildingBenchmark.find(buildingType, country)
  const { percentile, rating } = BuildingBenchmark.rate(
    perSqft,
    BuildingBenchmark.derivedThresholds(benchmark.kgPerSqft)
  )
  return { rating, rating_percentile: percentile, benchmark_unit: "kg CO2e/ft2/yr", notes: benchmark.notes }
})

/** @category tools */
export const tools = [calculateIntensities] as const
