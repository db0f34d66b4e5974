/**
 * Emissions for each square foot, person, hour, floor and unit made.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BuildingBenchmark from "./BuildingBenchmark.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as Formulas from "./IntensityFormulas.ts"
import type * as Formula from "./physics/Formula.ts"

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
  country: Country.KnownOrUs
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

type Quotient = Formula.Formula<Readonly<Record<string, number>>>

/** What is divided, by what, and the formulas that do it. A divisor that is missing or 0 gives no figures. */
interface Share {
  readonly annual: number | undefined
  readonly divisor: string
  readonly by: number | undefined
  readonly formulas: ReadonlyArray<Quotient>
}

/**
 * Yearly figures: emissions and energy of the period times 12 over its months.
 *
 * @category formulas
 */
export const intensities = Effect.fnUntraced(function*(input: IntensityInput) {
  const { floor_count, occupancy, period_months, production_units, revenue, total_energy_kwh } = input
  const annual = yield* Formulas.yearly({ total: input.total_emissions_kg, period_months })
  const energy = total_energy_kwh === undefined
    ? undefined
    : yield* Formulas.yearly({ total: total_energy_kwh, period_months })
  const area_sqft = input.area === undefined || input.area_unit === "sqft"
    ? input.area
    : input.area * Formulas.sqftPerSqm
  const hours = input.operating_hours_per_day * input.operating_days_per_year
  const shares: ReadonlyArray<Share> = [
    {
      annual,
      divisor: "area_sqft",
      by: area_sqft,
      formulas: [Formulas.perSqftYear, Formulas.perSqmYear, Formulas.perSqftMonth]
    },
    { annual: energy, divisor: "area_sqft", by: area_sqft, formulas: [Formulas.energyPerSqftYear] },
    { annual, divisor: "occupancy", by: occupancy, formulas: [Formulas.perPersonYear, Formulas.perPersonDay] },
    { annual, divisor: "floor_count", by: floor_count, formulas: [Formulas.perFloorYear] },
    { annual, divisor: "operating_hours", by: hours, formulas: [Formulas.perOperatingHour] },
    { annual, divisor: "revenue", by: revenue, formulas: [Formulas.perRevenue, Formulas.perMillionRevenue] },
    { annual, divisor: "production_units", by: production_units, formulas: [Formulas.perProductionUnit] },
    { annual, divisor: "annual_kwh", by: energy, formulas: [Formulas.perKwh] }
  ]
  const found: Record<string, number> = {}
  for (const { annual, by, divisor, formulas } of shares) {
    if (annual === undefined || by === undefined || by === 0) continue
    for (const formula of formulas) found[formula.id] = Answer.figure(yield* formula({ annual, [divisor]: by }))
  }
  const of: typeof Intensities.Type = found
  return { annual, of }
})

/** @category tools */
export const calculateIntensities = ClimateTool.make("calculate_intensities", {
  description: "Yearly emissions by area, person, floor, operating hour, revenue, unit made and kWh, with a rating",
  input: IntensityInput,
  output: IntensityOutput,
  execute: Effect.fnUntraced(function*(input) {
    const { annual, of } = yield* intensities(input)
    const rated = input.building_type === undefined || of.per_sqft_year === undefined
      ? { notes: input.building_type === undefined ? [] : ["no rating without an area"] }
      : yield* Effect.catchIf(
        rate(input.building_type, Country.code(input.country), of.per_sqft_year),
        (error) => error._tag === "DataError" && error.what.startsWith("median energy use"),
        ({ message }) => Effect.succeed({ notes: [`no rating: ${message}`] })
      )
    return {
      annual_emissions_kg: Answer.kilograms(annual),
      intensities: of,
      ...rated
    }
  })
})

const rate = Effect.fnUntraced(function*(buildingType: string, country: string, perSqft: number) {
  const benchmark = yield* BuildingBenchmark.find(buildingType, country)
  const { percentile, rating } = BuildingBenchmark.rate(
    perSqft,
    yield* BuildingBenchmark.derivedThresholds(benchmark.kgPerSqft)
  )
  return { rating, rating_percentile: percentile, benchmark_unit: "kg CO2e/ft2/yr", notes: benchmark.notes }
})

/** @category tools */
export const tools = [calculateIntensities] as const
