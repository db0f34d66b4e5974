/**
 * The factor of grid power or of a fuel, its course over a day, averages of several, and what to do about it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as EmissionQuery from "./EmissionQuery.ts"
import * as FuelType from "./FuelType.ts"
import * as GridFactor from "./GridFactor.ts"
import * as GridFormulas from "./GridFormulas.ts"
import { round } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import * as Subregion from "./Subregion.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

/** How a look-up can fail. @category errors */
export const LookupError = Schema.Union([ValidationError, DataError, DatabaseError, CalculationError])

/** The fields that say whose factor is wanted. @category schemas */
export const lookupFields = {
  country: Country.Country,
  fuel_type: FuelType.FuelType.annotate({
    description: "electricity, or a fuel such as natural_gas. Default: electricity"
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("electricity"))),
  unit: Schema.NonEmptyString.annotate({
    description: "unit that the factor is per: kWh, MWh or GWh of electricity, or a unit of the fuel. Default: kWh"
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("kWh"))),
  subregion: Schema.optionalKey(Subregion.Subregion),
  ...Vintage.fields,
  gwp_set: Schema.optionalKey(GwpSet),
  basis: Schema.optionalKey(
    GridFactor.Basis.annotate({
      description: "of electricity: location (direct emissions, for scope 2) or lifecycle. Default: location"
    })
  )
}

/** What `lookup_grid_intensity` reads. @category schemas */
export const Lookup = Strict.struct(lookupFields)
/** @category schemas */
export type Lookup = typeof Lookup.Type

/**
 * A published factor per `unit`. `notes` say what to know before use, such as another year than was asked for.
 *
 * @category schemas
 */
export const PublishedFactor = Schema.Struct({
  emission_factor: Schema.Finite.annotate({ description: "in the given unit, as published, never rounded" }),
  unit: Schema.String.annotate({ description: "such as kg CO2e/kWh" }),
  country: Schema.String,
  subregion: Schema.optionalKey(Schema.String),
  fuel_type: Schema.String,
  source: Schema.String,
  source_year: Schema.optionalKey(Schema.Int),
  data_year: Schema.optionalKey(Schema.Int.annotate({ description: "year that the row is for" })),
  edition: Schema.String,
  basis: Schema.optionalKey(GridFactor.Basis),
  gwp_set: GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
  confidence: Schema.optionalKey(Schema.String),
  parts: Schema.optionalKey(Schema.Array(EmissionFactor.Part)),
  notes: Schema.Array(Schema.String)
})
/** @category schemas */
export type PublishedFactor = typeof PublishedFactor.Type

/** Part of a day in which demand, and so the mix of power plants, is alike. @category models */
export const Period = Schema.Literals(["morning_peak", "midday", "evening_peak", "off_peak"])
/** @category models */
export type Period = typeof Period.Type

/**
 * The multiplier of an hour: peaks are met by fossil plants, midday has the sun, more so with a larger share of renewables.
 *
 * @category formulas
 */
export const hourly = (hour: number, renewableShare: number): readonly [multiplier: number, period: Period] => {
  if (hour >= 6 && hour < 10) return [1.15, "morning_peak"]
  if (hour >= 10 && hour < 17) return [0.95 - 0.15 * renewableShare, "midday"]
  if (hour >= 17 && hour < 21) return [1.2, "evening_peak"]
  return [0.9, "off_peak"]
}

const illustrative = "illustrative shape, not measured: its average over a day is not the base intensity"

/**
 * A recommendation, and what it avoids of each kilowatt-hour's emissions.
 *
 * @category models
 */
export const GridRecommendation = Schema.Struct({
  ...Recommendation.fields,
  reduction_g_per_kwh: Schema.Finite.annotate({ description: "typical reduction, g CO2e/kWh" })
})
/** @category models */
export type GridRecommendation = typeof GridRecommendation.Type

/** Where coal dominates and the choice of supply comes before anything else. */
const coalHeavy = new Set(["IN", "CN", "AU"])

/** Something to do, and which fraction of the intensity it typically avoids. */
interface Measure extends Omit<GridRecommendation, "reduction_g_per_kwh"> {
  readonly fraction: number
}

/**
 * What to do about power of `intensity` g CO2e/kWh. An unknown share of renewables speaks for certificates and not for
 * storage.
 *
 * @category formulas
 */
export const measures = (country: string, intensity: number, renewableShare?: number): ReadonlyArray<Measure> => {
  const share = renewableShare ?? 0
  const advice = (priority: Measure["priority"], action: string, fraction: number): Measure => ({
    priority,
    action,
    fraction
  })
  return [
    ...(coalHeavy.has(Country.code(country))
      ? [advice("critical", "Contract renewable supply first: this grid runs mostly on coal", 0.8)]
      : []),
    ...(intensity > 200 ? [advice("high", "Install solar PV on site", 0.9)] : []),
    ...(share < 0.5 ? [advice("medium", "Buy renewable energy certificates for the rest of the mix", 1 - share)] : []),
    ...(intensity > 300 ? [advice("medium", "Shift load away from the morning and evening peaks", 0.15)] : []),
    advice("high", "Use less: efficient equipment and controls", 0.25),
    ...(intensity > 400 && share > 0.2 ? [advice("low", "Store renewable power in batteries for the peaks", 0.3)] : [])
  ]
}

/**
 * The published factor of a place, or of a fuel. Fails with `DataError`, which lists what is available, when there is none,
 * and with `ValidationError` when electricity is asked for in a unit that is not of energy.
 *
 * @category tools
 */
export const lookupGridIntensity = Tool.make("lookup_grid_intensity", {
  description: "Published emission factor of grid electricity, or of a fuel, in a country, with its source and year",
  input: Lookup,
  output: PublishedFactor,
  error: LookupError,
  execute: Effect.fnUntraced(function*(lookup) {
    const query = yield* EmissionQuery.read(lookup)
    if (lookup.basis !== undefined && query.fuel.kind !== "electricity") {
      return yield* new ValidationError({
        issues: [{
          path: "basis",
          message: `${query.fuel.name} has none`,
          expected: "it only where fuel_type is electricity"
        }]
      })
    }
    const found = yield* EmissionFactor.answer(query)
    const factor: PublishedFactor = {
      emission_factor: found.factor,
      unit: found.unit,
      country: found.country,
      ...(found.region === found.country || query.fuel.kind !== "electricity" ? {} : { subregion: found.region }),
      fuel_type: found.fuel_type,
      source: found.source,
      ...(found.year === undefined ? {} : { source_year: found.year }),
      ...(found.data_year === undefined ? {} : { data_year: found.data_year }),
      edition: found.edition,
      ...(found.basis === undefined ? {} : { basis: found.basis }),
      gwp_set: found.gwp_set,
      ...(found.gwp_sets_used === undefined ? {} : { gwp_sets_used: found.gwp_sets_used }),
      ...(found.confidence === undefined ? {} : { confidence: found.confidence }),
      ...(found.parts === undefined ? {} : { parts: found.parts }),
      notes: found.notes
    }
    return factor
  })
})

/** @category schemas */
export const Hour = Schema.Int.annotate({ description: "hour of the day, 0 to 23" }).check(
  Schema.isBetween({ minimum: 0, maximum: 23 })
)
/** @category schemas */
export const Share = Schema.Finite.annotate({ description: "renewable share of the power, 0 to 1" }).check(
  Schema.isBetween({ minimum: 0, maximum: 1 })
)
/** Far above any intensity, and far below where arithmetic ends. */
const NonNegative = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1e15 }))

/** @category tools */
export const interpolateHourlyData = Tool.make("interpolate_hourly_data", {
  description: "Illustrative intensity of grid power at an hour of the day, from the average",
  input: Strict.struct({
    base_intensity: NonNegative.annotate({ description: "average intensity, zero or more, in any unit" }),
    hour: Hour,
    renewable_share: Share.pipe(Schema.withDecodingDefaultKey(Effect.succeed(0)))
  }),
  output: Schema.Struct({
    interpolated_intensity: Schema.Finite.annotate({ description: "in the unit of base_intensity, 4 decimals" }),
    period: Period,
    multiplier: Schema.Finite,
    note: Schema.String
  }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ base_intensity, hour, renewable_share }) {
    const [multiplier, period] = hourly(hour, renewable_share)
    const interpolated = yield* GridFormulas.hourlyIntensity({ base_intensity, multiplier, hour, renewable_share })
    return { interpolated_intensity: round(interpolated, 4), period, multiplier, note: illustrative }
  })
})

/**
 * Weights that do not add up to 1 (within 0.001) are divided by their sum. Fails with `ValidationError` unless there is one
 * weight for each intensity and their sum is above 0.
 *
 * @category tools
 */
export const calculateWeightedAverage = Tool.make("calculate_weighted_average", {
  description: "Average of intensities by weight, such as of several grids by energy bought, with minimum and maximum",
  input: Strict.struct({
    intensities: Schema.Array(NonNegative.annotate({ description: "an intensity, zero or more" })).annotate({
      description: "intensities, all in one unit"
    }),
    weights: Schema.Array(NonNegative.annotate({ description: "a weight, zero or more" })).annotate({
      description: "one weight for each intensity, zero or more, not all zero"
    })
  }),
  output: Schema.Struct({
    weighted_average: Schema.Finite,
    min_intensity: Schema.Finite,
    max_intensity: Schema.Finite,
    range: Schema.Finite,
    normalized_weights: Schema.Array(Schema.Finite)
  }),
  error: Schema.Union([ValidationError, CalculationError]),
  execute: Effect.fnUntraced(function*({ intensities, weights }) {
    const sum = weights.reduce((a, b) => a + b, 0)
    const message = intensities.length !== weights.length
      ? `there are ${weights.length} weights for ${intensities.length} intensities`
      : sum > 0
      ? undefined
      : "the weights add up to zero"
    if (message !== undefined) {
      return yield* new ValidationError({
        issues: [{ path: "weights", message, expected: "one weight for each intensity, with a sum above zero" }]
      })
    }
    const normalized = Math.abs(sum - 1) > 0.001 ? weights.map((weight) => weight / sum) : weights
    const min = intensities.reduce((a, b) => Math.min(a, b))
    const max = intensities.reduce((a, b) => Math.max(a, b))
    const average = yield* GridFormulas.weightedAverage(Object.fromEntries(
      intensities.flatMap((intensity, at) => [
        [`intensity_${at + 1}`, intensity],
        [`weight_${at + 1}`, normalized[at] ?? 0]
      ])
    ))
    const range = yield* GridFormulas.range({ max, min })
    return {
      weighted_average: average,
      min_intensity: min,
      max_intensity: max,
      range,
      normalized_weights: normalized
    }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the carbon intensity of grid power, with typical reductions",
  input: Strict.struct({
    country: Country.Country,
    intensity: NonNegative.annotate({
      description: "intensity of the power in g CO2e/kWh, 0 or 1 and more: grams, not kilograms"
    }).check(
      Schema.makeFilter((grams: number) =>
        grams === 0 || grams >= 1 ||
        `${grams} looks like kg CO2e/kWh: ${grams * 1000} g CO2e/kWh; expected g CO2e/kWh, 0 or at least 1`
      )
    ),
    renewable_share: Schema.optionalKey(Share)
  }),
  output: Schema.Struct({ recommendations: Schema.Array(GridRecommendation) }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ country, intensity, renewable_share }) {
    const recommendations = yield* Effect.forEach(
      measures(country, intensity, renewable_share),
      ({ fraction, ...measure }) =>
        Effect.map(GridFormulas.avoided({ fraction, intensity }), (avoided) => ({
          ...measure,
          reduction_g_per_kwh: round(avoided, 2)
        }))
    )
    return { recommendations }
  })
})

/** Those of the AI twin, in the order in which it calls them. @category tools */
export const tools = [
  lookupGridIntensity,
  interpolateHourlyData,
  calculateWeightedAverage,
  generateRecommendations
] as const
