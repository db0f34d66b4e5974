/**
 * What surrounds the forecast of a series: preparation, seasonality, stationarity, intervals, measures and dates.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import * as Answer from "./Answer.ts"
import * as Background from "./Background.ts"
import * as Bulk from "./Bulk.ts"
import { CalculationError, ValidationError } from "./ClimateError.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as Formulas from "./ForecastFormulas.ts"
import * as Normal from "./statistics/Normal.ts"
import * as Series from "./statistics/Series.ts"
import * as Timeline from "./Timeline.ts"

/** How the tools can fail besides `InvalidInput`. @category errors */
export const ForecastError = Schema.Union([ValidationError, CalculationError, Background.WorkerLost])

/** @category schemas */
export const values = Bulk.numbers.annotate({ description: "the series, at equal steps" })

/** @category schemas */
export const numbers = (description: string) => Bulk.numbers.annotate({ description })

/** @category schemas */
export const confidence = Field.number("level of the intervals, such as 0.95", { above: 0, below: 1 })

/** @category schemas */
export const Preprocessed = Schema.Struct({
  values: Bulk.numbers,
  missing_values_filled: Schema.Int,
  outliers_detected: Schema.Int
})

/** @category tools */
export const preprocessData = Tool.make("preprocess_data", {
  description: "Fills nulls on the line between their neighbours, and moves outliers to three interquartile ranges",
  input: Schema.Struct({
    values: Schema.NonEmptyArray(Schema.NullOr(Schema.Finite)),
    interpolation_method: Field.withDefault(Schema.Literals(["linear"]), "linear")
  }),
  output: Preprocessed,
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ values }) {
    const filled = Series.interpolate(values)
    if (filled === undefined) return yield* invalid("values", "are all null", "at least one number")
    const { outliers, values: clipped } = Series.clip(filled)
    const missing = values.filter((value) => value === null).length
    yield* Formulas.preparation({ values: values.length }, [missing, outliers])
    return {
      values: clipped,
      missing_values_filled: missing,
      outliers_detected: outliers
    }
  })
})

/** @category schemas */
export const Seasonality = Schema.Struct({
  seasonal_period: Schema.Int.annotate({ description: "1 where there is no season" }),
  has_seasonality: Schema.Boolean,
  strength: Schema.Finite
})

/** @category tools */
export const detectSeasonality = Tool.make("detect_seasonality", {
  description: "Period of a season: the first peak of the autocorrelation above 0.3, after a trend is taken off",
  input: Schema.Struct({
    values,
    max_period: Field.withDefault(Field.integer("longest period", 2, 366), 52)
  }),
  output: Seasonality,
  execute: Effect.fnUntraced(function*({ max_period, values }) {
    const found = Series.seasonality(values, max_period)
    if (found === undefined) return { seasonal_period: 1, has_seasonality: false, strength: 0 }
    const strength = Answer.figure(found.strength)
    yield* Formulas.seasonality({ values: values.length, seasonal_period: found.period }, strength)
    return { seasonal_period: found.period, has_seasonality: true, strength }
  })
})

const CriticalValues = Schema.Struct({
  one_percent: Schema.Finite,
  five_percent: Schema.Finite,
  ten_percent: Schema.Finite
})

const criticalValues = Effect.fnUntraced(function*(n: number) {
  const { fivePercent, onePercent, tenPercent } = Series.dickeyFullerCriticalValues(n)
  const of = {
    one_percent: Answer.figure(onePercent),
    five_percent: Answer.figure(fivePercent),
    ten_percent: Answer.figure(tenPercent)
  }
  yield* Formulas.criticalValues({ n }, Object.values(of))
  return of
})

/** @category tools */
export const adfCriticalValues = Tool.make("adf_critical_values", {
  description: "Critical values of the Dickey-Fuller test with a constant for n observations (MacKinnon 2010)",
  input: Schema.Struct({ n: Field.integer("number of observations", 2, Number.MAX_SAFE_INTEGER) }),
  output: CriticalValues,
  execute: ({ n }) => criticalValues(n)
})

/** @category schemas */
export const Stationarity = Schema.Struct({
  adf_statistic: Schema.Finite,
  lags: Schema.Int,
  critical_values: CriticalValues,
  is_stationary: Schema.Boolean,
  p_bracket: Schema.Literals(["<0.01", "<0.05", "<0.10", ">=0.10"])
})

/** @category tools */
export const validateStationarity = Tool.make("validate_stationarity", {
  description: "Augmented Dickey-Fuller test with a constant, lags by AIC",
  input: Schema.Struct({ values }),
  output: Stationarity,
  error: ForecastError,
  execute: Effect.fnUntraced(function*({ values }) {
    if (values.length < 20) return yield* invalid("values", `has ${values.length} entries`, "at least 20")
    const test = yield* Background.stationarity(values)
    if (test === undefined) return yield* invalid("values", "are constant or on a line", "values that vary")
    const critical = yield* criticalValues(test.observations)
    const { statistic } = test
    yield* Formulas.dickeyFuller(
      { values: values.length, observations: test.observations, lags: test.lags },
      Answer.figure(statistic)
    )
    return {
      adf_statistic: Answer.figure(statistic),
      lags: test.lags,
      critical_values: critical,
      is_stationary: statistic < critical.five_percent,
      p_bracket: statistic < critical.one_percent
        ? "<0.01"
        : statistic < critical.five_percent
        ? "<0.05"
        : statistic < critical.ten_percent
        ? "<0.10"
        : ">=0.10"
    } as const
  })
})

/** @category tools */
export const calculateConfidenceIntervals = Tool.make("calculate_confidence_intervals", {
  description: "Intervals of a forecast: mean plus and minus a normal quantile of the standard errors",
  input: Schema.Struct({
    forecast: numbers("means"),
    std_errors: Schema.Array(Field.amount("standard error")),
    confidence_level: Field.withDefault(confidence, 0.95)
  }),
  output: Schema.Struct({ lower_bound: numbers("lower"), upper_bound: numbers("upper"), z_score: Schema.Finite }),
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ confidence_level, forecast, std_errors }) {
    if (forecast.length !== std_errors.length) {
      return yield* invalid("std_errors", `has ${std_errors.length} entries`, `${forecast.length}, as forecast`)
    }
    const z = Normal.quantile(0.5 + confidence_level / 2)
    if (!Number.isFinite(z)) return yield* invalid("confidence_level", "is too close to 1", "less")
    const bound = (sign: number) => forecast.map((mean, at) => Answer.figure(mean + sign * z * std_errors[at]!))
    const [lower_bound, upper_bound] = [bound(-1), bound(1)]
    if (![...lower_bound, ...upper_bound].every(Number.isFinite)) {
      return yield* invalid("std_errors", "make an interval that is too large for a number")
    }
    const z_score = Answer.figure(z)
    yield* Formulas.zScore({ confidence_level }, z_score)
    yield* Formulas.interval({ z_score, end: "lower" }, lower_bound)
    yield* Formulas.interval({ z_score, end: "upper" }, upper_bound)
    return { lower_bound, upper_bound, z_score }
  })
})

/** `mape` leaves out actual values of 0, and is null where all are. @category schemas */
export const Metrics = Schema.Struct({
  rmse: Schema.Finite,
  mae: Schema.Finite,
  mape: Schema.NullOr(Schema.Finite.annotate({ description: "percent" })),
  zeros_left_out: Schema.Int
})

/** How far `predicted` is from what came. Cited. @category measures */
export const measure = Effect.fnUntraced(function*(actual: ReadonlyArray<number>, predicted: ReadonlyArray<number>) {
  const errors = actual.map((value, at) => value - predicted[at]!)
  const nonzero = actual.flatMap((value, at) => value === 0 ? [] : [Math.abs(errors[at]! / value)])
  const of: typeof Metrics.Type = {
    rmse: Answer.figure(Math.sqrt(Series.mean(errors.map((error) => error * error)))),
    mae: Answer.figure(Series.mean(errors.map(Math.abs))),
    mape: nonzero.length === 0 ? null : Answer.figure(100 * Series.mean(nonzero)),
    zeros_left_out: actual.length - nonzero.length
  }
  const values = { values: actual.length }
  yield* Formulas.rmse(values, of.rmse)
  yield* Formulas.mae(values, of.mae)
  if (of.mape !== null) yield* Formulas.mape({ ...values, zeros_left_out: of.zeros_left_out }, of.mape)
  return of
})

/** @category tools */
export const evaluateMetrics = Tool.make("evaluate_metrics", {
  description: "Root mean square error, mean absolute error and mean absolute percentage error",
  input: Schema.Struct({ actual: Schema.NonEmptyArray(Schema.Finite), predicted: numbers("predictions") }),
  output: Metrics,
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ actual, predicted }) {
    if (actual.length !== predicted.length) {
      return yield* invalid("predicted", `has ${predicted.length} entries`, `${actual.length}, as actual`)
    }
    const of = yield* measure(actual, predicted)
    return [of.rmse, of.mae, of.mape ?? 0].every(Number.isFinite)
      ? of
      : yield* invalid("actual", "is too large for these measures")
  })
})

/** @category tools */
export const forecastDates = Tool.make("forecast_dates", {
  description: "The dates after a last one, at a frequency; month ends stay month ends",
  input: Schema.Struct({
    last: Field.name("ISO 8601 date or time"),
    frequency: Timeline.Frequency,
    horizon: Field.integer("how many", 1, 500)
  }),
  output: Schema.Struct({ forecast_dates: Schema.Array(Schema.String) }),
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ frequency, horizon, last }) {
    const moment = yield* Timeline.parse(last, "last")
    return { forecast_dates: Timeline.following(moment, frequency, horizon) }
  })
})
