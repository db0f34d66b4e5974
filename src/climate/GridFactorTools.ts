/**
 * The factor of grid power or of a fuel, its course over a day, averages of several, and what to do about it.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as DataYear from "./DataYear.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as FuelType from "./FuelType.ts"
import * as GridFactor from "./GridFactor.ts"
import { ratio, round, UnitName } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** What `lookup_grid_intensity` reads. @category schemas */
export const Lookup = Schema.Struct({
  country: Country.Country,
  fuel_type: FuelType.FuelType.annotate({
    description: "electricity, or a fuel such as natural_gas; electricity when absent"
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("electricity"))),
  unit: UnitName.annotate({
    description: "unit that the factor is per: kWh, MWh or GWh of electricity, or a unit of the fuel; kWh when absent"
  }).pipe(Schema.withDecodingDefaultKey(Effect.succeed("kWh"))),
  subregion: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "of electricity: eGRID subregion (CAMX), US state (CA) or Canadian province (ON)"
    })
  ),
  year: Schema.optionalKey(DataYear.DataYear),
  basis: Schema.optionalKey(
    GridFactor.Basis.annotate({
      description: "of electricity: location (direct emissions, for scope 2) or lifecycle; location when absent"
    })
  )
})
/** @category schemas */
export type Lookup = typeof Lookup.Type

/**
 * A published factor per `unit`. `note` says what to know before use, such as an older year than was asked for.
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
  data_year: Schema.optionalKey(Schema.Int.annotate({ description: "year in which the emissions were measured" })),
  basis: Schema.optionalKey(GridFactor.Basis),
  gwp_set: Schema.optionalKey(Schema.String),
  confidence: Schema.optionalKey(Schema.String),
  note: Schema.optionalKey(Schema.String)
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

/**
 * What to do about power of `intensity` g CO2e/kWh. A share of renewables that nobody knows is no reason against
 * certificates, and none for storage.
 *
 * @category formulas
 */
export const recommend = (
  country: string,
  intensity: number,
  renewableShare?: number
): ReadonlyArray<GridRecommendation> => {
  const share = renewableShare ?? 0
  const advice = (priority: GridRecommendation["priority"], action: string, fraction: number): GridRecommendation => ({
    priority,
    action,
    reduction_g_per_kwh: round(fraction * intensity, 2)
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
 * and with `ValidationError` when electricity is asked for in a unit that is no energy.
 *
 * @category tools
 */
export const lookupGridIntensity = Tool.make("lookup_grid_intensity", {
  description: "Published emission factor of grid electricity, or of a fuel, in a country, with its source and year",
  input: Lookup,
  output: PublishedFactor,
  error: Schema.Union([ValidationError, DataError, DatabaseError]),
  execute: Effect.fnUntraced(function*(lookup) {
    yield* DataYear.check(lookup.year)
    const fuel = FuelType.canonical(lookup.fuel_type)
    return yield* FuelType.kind(fuel) === "electricity" ? findPower(lookup) : findFuel(fuel, lookup)
  })
})

const findPower = Effect.fnUntraced(function*(lookup: Lookup) {
  const kilowattHours = ratio(lookup.unit, "kWh")
  if (Option.isNone(kilowattHours)) {
    return yield* new ValidationError({
      issues: [{ path: "unit", message: `${lookup.unit} is no energy`, expected: "kWh, MWh or GWh of electricity" }]
    })
  }
  const found = yield* GridFactor.find(lookup)
  const factor: PublishedFactor = {
    emission_factor: times(found.factor, kilowattHours.value),
    unit: found.unit.replace("kWh", lookup.unit),
    country: found.country,
    ...(found.region === found.country ? {} : { subregion: found.region }),
    fuel_type: "electricity",
    source: found.source,
    source_year: found.source_year,
    data_year: found.data_year,
    basis: found.basis,
    ...(found.gwp_set === undefined ? {} : { gwp_set: found.gwp_set }),
    ...(found.confidence === undefined ? {} : { confidence: found.confidence }),
    ...(found.note === undefined ? {} : { note: found.note })
  }
  return factor
})

/** In decimal arithmetic, so that a published 0.34967 per kWh is 349.67 per MWh. */
const times = (factor: number, units: number): number =>
  BigDecimal.toNumberUnsafe(
    BigDecimal.multiply(BigDecimal.fromNumberUnsafe(factor), BigDecimal.fromNumberUnsafe(units))
  )

const findFuel = Effect.fnUntraced(function*(fuel: string, { country, unit, year }: Lookup) {
  const found = yield* EmissionFactor.find({ fuel_type: fuel, unit, country, ...(year === undefined ? {} : { year }) })
  const factor: PublishedFactor = {
    emission_factor: found.factor,
    unit: found.unit,
    country: found.country,
    fuel_type: found.fuel_type,
    source: found.source,
    ...(found.year === undefined ? {} : { source_year: found.year }),
    ...(found.gwpSet === undefined ? {} : { gwp_set: found.gwpSet }),
    ...(found.confidence === undefined ? {} : { confidence: found.confidence }),
    ...(found.notes.length === 0 ? {} : { note: found.notes.join("; ") })
  }
  return factor
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
  input: Schema.Struct({
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
  execute: Effect.fnUntraced(function*({ base_intensity, hour, renewable_share }) {
    const [multiplier, period] = hourly(hour, renewable_share)
    const interpolated_intensity = round(base_intensity * multiplier, 4)
    yield* Run.cite({
      kind: "calculation",
      step: "interpolate_hourly_data",
      formula: `base_intensity * multiplier of ${period} (${illustrative})`,
      inputs: { base_intensity, hour, renewable_share, multiplier },
      output: interpolated_intensity,
      unit: "unit of base_intensity"
    })
    return { interpolated_intensity, period, multiplier, note: illustrative }
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
  input: Schema.Struct({
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
  error: ValidationError,
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
    const average = intensities.reduce((average, intensity, at) => average + intensity * (normalized[at] ?? 0), 0)
    const min = intensities.reduce((a, b) => Math.min(a, b))
    const max = intensities.reduce((a, b) => Math.max(a, b))
    yield* Run.cite({
      kind: "calculation",
      step: "calculate_weighted_average",
      formula: "average = sum of intensity * weight / sum of weights",
      inputs: Object.fromEntries(intensities.map((intensity, at) => [`intensity ${at + 1}`, intensity])),
      output: average,
      unit: "unit of intensities"
    })
    return {
      weighted_average: average,
      min_intensity: min,
      max_intensity: max,
      range: max - min,
      normalized_weights: normalized
    }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the carbon intensity of grid power, with typical reductions",
  input: Schema.Struct({
    country: Country.Country,
    intensity: NonNegative.annotate({ description: "intensity of the power in g CO2e/kWh: grams, not kilograms" }),
    renewable_share: Schema.optionalKey(Share)
  }),
  output: Schema.Struct({ recommendations: Schema.Array(GridRecommendation) }),
  execute: ({ country, intensity, renewable_share }) =>
    Effect.succeed({ recommendations: recommend(country, intensity, renewable_share) })
})

/** @category tools */
export const listCountries = Tool.make("list_countries", {
  description:
    "Every country with a factor of grid electricity, and the regions of the United States with one of their own",
  input: Schema.Struct({}),
  output: Schema.Struct({
    countries: Schema.Array(Schema.String),
    egrid_subregions: Schema.Array(Schema.String),
    us_states: Schema.Array(Schema.String)
  }),
  error: DatabaseError,
  execute: Effect.fnUntraced(function*() {
    const tables = yield* ReferenceTables
    const regions = yield* tables.egridFactors
    const codes = (level: string) => regions.filter((row) => row.level === level).map((row) => row.code)
    return {
      countries: yield* tables.countries,
      egrid_subregions: codes("egrid_subregion"),
      us_states: codes("state")
    }
  })
})

/** @category tools */
export const listFuels = Tool.make("list_fuels", {
  description: "Every fuel with an emission factor, anywhere or in one country; electricity has factors by grid",
  input: Schema.Struct({
    country: Schema.optionalKey(
      Schema.NonEmptyString.annotate({
        description: "country, or GLOBAL for the IPCC's defaults; anywhere when absent"
      })
    )
  }),
  output: Schema.Struct({ fuels: Schema.Array(Schema.String) }),
  error: DatabaseError,
  execute: Effect.fnUntraced(function*({ country }) {
    const tables = yield* ReferenceTables
    const fuels = yield* tables.fuels
    if (country === undefined) return { fuels }
    const region = country.trim().toUpperCase() === "GLOBAL" ? "GLOBAL" : Country.code(country)
    const inRegion = yield* Effect.filter(
      fuels,
      (fuel) => Effect.map(tables.regionsWithFuel(fuel), (regions) => regions.includes(region))
    )
    return { fuels: inRegion }
  })
})

/** Those of the AI twin, in the order in which it calls them. @category tools */
export const tools = [
  lookupGridIntensity,
  interpolateHourlyData,
  calculateWeightedAverage,
  generateRecommendations
] as const

/** Those that tell what can be asked for. @category tools */
export const listing = [listCountries, listFuels] as const
