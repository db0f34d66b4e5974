/**
 * The model of a forecast: a seasonal ARIMA, with outside variables where there are some, its forecast and its back-test.
 * Where no such model fits, exponential smoothing stands in, and the answer says so.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import * as Answer from "./Answer.ts"
import * as Background from "./Background.ts"
import { CalculationError } from "./ClimateError.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as Formulas from "./ForecastFormulas.ts"
import * as Tools from "./ForecastTools.ts"

const period = Field.withDefault(Field.integer("steps of a season; 1 for none", 1, 366), 1)
const autoTune = Field.withDefault(
  Schema.Boolean.annotate({ description: "try every small model; else the first of a list that converges" }),
  true
)

/** Outside variables, such as temperature, row by row. @category schemas */
export const Exog = Schema.Array(Schema.Record(Schema.NonEmptyString, Schema.Finite)).annotate({
  description: "outside variables: one record for each value, in the same order, and then one for each step ahead"
})
const exog = Field.optional(Exog)

/** @category models */
export interface Variables {
  readonly names: ReadonlyArray<string>
  /** The values of each, in the order of the rows. */
  readonly columns: ReadonlyArray<ReadonlyArray<number>>
}

/**
 * The variables of `rows`. Fails with `ValidationError` where their number is not `length`, where a row lacks a variable
 * of the first one or has another, and where a variable is constant.
 *
 * @category reading
 */
export const variables = Effect.fnUntraced(function*(rows: typeof Exog.Type = [], length: number, expected: string) {
  const none: Variables = { names: [], columns: [] }
  const [first] = rows
  if (first === undefined) return none
  if (rows.length !== length) return yield* invalid("exog", `has ${rows.length} rows`, `${length}: ${expected}`)
  const names = Object.keys(first)
  for (const [at, row] of rows.entries()) {
    const other = Object.keys(row).find((name) => !(name in first)) ?? names.find((name) => !(name in row))
    if (other !== undefined) return yield* invalid(`exog.${at}.${other}`, "is not in every row", names.join(", "))
  }
  const columns = names.map((name) => rows.map((row) => row[name]!))
  const constant = columns.findIndex((column) => column.every((value) => value === column[0]))
  if (constant >= 0) return yield* invalid(`exog.0.${names[constant]}`, "is the same in every row", "values that vary")
  const of: Variables = { names, columns }
  return of
})

const SarimaParams = Schema.Struct({
  method: Schema.Literal("sarima"),
  order: Schema.Tuple([Schema.Int, Schema.Int, Schema.Int]),
  seasonal_order: Schema.Tuple([Schema.Int, Schema.Int, Schema.Int, Schema.Int]),
  has_constant: Schema.Boolean,
  exog_coefficients: Field.optional(Schema.Record(Schema.String, Schema.Finite)),
  aic: Schema.Finite,
  aicc: Schema.Finite,
  bic: Schema.Finite,
  log_likelihood: Schema.Finite,
  variance: Schema.Finite
})

const SmoothingParams = Schema.Struct({
  method: Schema.Literal("holt_winters"),
  seasonal_period: Schema.Int,
  alpha: Schema.Finite.annotate({ description: "share of the newest value in the level" }),
  beta: Schema.Finite.annotate({ description: "share of the newest step in the trend" }),
  gamma: Schema.Finite.annotate({ description: "share of the newest value in the season" }),
  squares: Schema.Finite.annotate({ description: "sum of the squared errors one step ahead" })
})

/** The model behind a forecast, by its `method`. @category schemas */
export const ModelParams = Schema.Union([SarimaParams, SmoothingParams])
/** @category schemas */
export type ModelParams = typeof ModelParams.Type

type Found = Exclude<Effect.Success<ReturnType<typeof Background.forecast>>, undefined>

const paramsOf = Effect.fnUntraced(function*({ model }: Found, names: ReadonlyArray<string>) {
  const { aic, aicc, bic, coefficients, logLikelihood, order, variance } = model
  const of: typeof SarimaParams.Type = {
    method: "sarima",
    order: [order.p, order.d, order.q],
    seasonal_order: [order.P, order.D, order.Q, order.period],
    has_constant: order.withMean,
    ...(names.length === 0 ? {} : {
      exog_coefficients: Object.fromEntries(names.map((name, at) => [name, Answer.figure(coefficients[at]!)]))
    }),
    aic: Answer.figure(aic),
    aicc: Answer.figure(aicc),
    bic: Answer.figure(bic),
    log_likelihood: Answer.figure(logLikelihood),
    variance: Answer.figure(variance)
  }
  yield* Formulas.modelOrder({}, [...of.order, ...of.seasonal_order])
  yield* Formulas.outsideCoefficients({}, Object.values(of.exog_coefficients ?? {}))
  yield* Formulas.logLikelihood({}, of.log_likelihood)
  yield* Formulas.variance({}, of.variance)
  yield* Formulas.aic({ log_likelihood: of.log_likelihood }, of.aic)
  yield* Formulas.aicc({ aic: of.aic }, of.aicc)
  yield* Formulas.bic({ log_likelihood: of.log_likelihood }, of.bic)
  return of
})

interface Wanted {
  readonly period: number
  readonly horizon: number
  readonly tuned: boolean
  readonly outside: Variables
}

/** Chooses, fits and forecasts. Fails with `CalculationError` where no model fits, `WorkerLost`, `ValidationError`. */
const modelled = Effect.fnUntraced(function*(
  values: ReadonlyArray<number>,
  { horizon, outside, period, tuned }: Wanted
) {
  if (values.length < 10) return yield* invalid("values", `has ${values.length} entries`, "at least 10")
  if (period > 1 && values.length < 2 * period) {
    const expected = `at least ${2 * period}: two periods of ${period}`
    return yield* invalid("values", `has ${values.length} entries`, expected)
  }
  const search = tuned ? "all" : "preset"
  const found = yield* Background.forecast({ values, period, horizon, search, outside: outside.columns })
  if (found === undefined || found.mean.some((value) => !Number.isFinite(value))) {
    return yield* new CalculationError({
      calculation: "sarima",
      reason: "no model fits this series",
      inputs: { length: values.length, seasonal_period: period }
    })
  }
  return found
})

/** @category tools */
export const fitSarimaModel = Tool.make("fit_sarima_model", {
  description: "Seasonal ARIMA model with the least AICc, by exact likelihood",
  input: Schema.Struct({ values: Tools.values, seasonal_period: period, auto_tune: autoTune, exog }),
  output: SarimaParams,
  error: Tools.ForecastError,
  execute: Effect.fnUntraced(function*({ auto_tune, exog, seasonal_period, values }) {
    const known = yield* variables(exog, values.length, "one for each value")
    // the forecast of one step is not used
    const outside = { ...known, columns: known.columns.map((column) => [...column, 0]) }
    const found = yield* modelled(values, { period: seasonal_period, horizon: 1, tuned: auto_tune, outside })
    return yield* paramsOf(found, outside.names)
  })
})

/** @category schemas */
export const Forecast = Schema.Struct({
  forecast: Tools.numbers("means"),
  std_errors: Tools.numbers("standard errors"),
  lower_bound: Tools.numbers("lower"),
  upper_bound: Tools.numbers("upper"),
  z_score: Field.optional(Schema.Finite.annotate({ description: "of seasonal ARIMA: the normal quantile" })),
  model_params: ModelParams,
  notes: Field.notes
})
/** @category schemas */
export type Forecast = typeof Forecast.Type

/** @category tools */
export const forecastFuture = Tool.make("forecast_future", {
  description: "Forecast of a series with intervals, and the model behind it",
  input: Schema.Struct({
    values: Tools.values,
    seasonal_period: period,
    forecast_horizon: Field.integer("steps to forecast", 1, 500),
    confidence_level: Field.withDefault(Tools.confidence, 0.95),
    auto_tune: autoTune,
    exog
  }),
  output: Forecast,
  error: Tools.ForecastError,
  execute: Effect.fnUntraced(
    function*({ auto_tune, confidence_level, exog, forecast_horizon: horizon, seasonal_period, values }) {
      const outside = yield* variables(exog, values.length + horizon, "one for each value and each step ahead")
      const wanted = { period: seasonal_period, horizon, tuned: auto_tune, outside }
      return yield* modelled(values, wanted).pipe(
        Effect.flatMap((found) => withIntervals(found, outside.names, confidence_level)),
        Effect.catchTag("CalculationError", (error) => smoothed(values, wanted, confidence_level, error))
      )
    }
  )
})

const withIntervals = Effect.fnUntraced(function*(
  found: Found,
  names: ReadonlyArray<string>,
  confidence_level: number
) {
  const forecast = found.mean.map(Answer.figure)
  const std_errors = found.standardErrors.map(Answer.figure)
  const model_params = yield* paramsOf(found, names)
  const { order, seasonal_order } = model_params
  const model = { model: `SARIMA (${order.join(", ")})(${seasonal_order.join(", ")})` }
  yield* Formulas.sarimaForecast(model, forecast)
  yield* Formulas.standardErrors({ ...model, variance: model_params.variance }, std_errors)
  const bounds = yield* Effect.catchTag(
    Tools.calculateConfidenceIntervals.call({ forecast, std_errors, confidence_level }),
    "InvalidInput",
    Effect.die
  )
  const of: Forecast = { forecast, std_errors, ...bounds, model_params, notes: [] }
  return of
})

const fallback = "no seasonal ARIMA model fits: Holt-Winters exponential smoothing, with intervals of resampled errors"

const smoothed = Effect.fnUntraced(function*(
  values: ReadonlyArray<number>,
  { horizon, outside, period }: Wanted,
  confidence: number,
  error: CalculationError
) {
  const found = yield* Background.smoothing({
    values,
    // a season needs a value after its two periods
    period: values.length > 2 * period ? period : 1,
    horizon,
    confidence
  })
  if (found === undefined || found.mean.some((value) => !Number.isFinite(value))) return yield* error
  const { alpha, beta, gamma, squares } = found.model
  const of: Forecast = {
    forecast: found.mean.map(Answer.figure),
    std_errors: found.standardErrors.map(Answer.figure),
    lower_bound: found.lower.map(Answer.figure),
    upper_bound: found.upper.map(Answer.figure),
    model_params: {
      method: "holt_winters",
      seasonal_period: values.length > 2 * period ? period : 1,
      alpha: Answer.figure(alpha),
      beta: Answer.figure(beta),
      gamma: Answer.figure(gamma),
      squares: Answer.figure(squares)
    },
    notes: [fallback, ...(outside.names.length === 0 ? [] : ["the outside variables are not used"])]
  }
  const model = { alpha: Answer.figure(alpha), beta: Answer.figure(beta), gamma: Answer.figure(gamma) }
  yield* Formulas.smoothingWeights({ values: values.length }, [...Object.values(model), Answer.figure(squares)])
  yield* Formulas.smoothedForecast(model, of.forecast)
  yield* Formulas.resampledErrors(model, of.std_errors)
  yield* Formulas.resampledInterval({ confidence_level: confidence, end: "lower" }, of.lower_bound)
  yield* Formulas.resampledInterval({ confidence_level: confidence, end: "upper" }, of.upper_bound)
  return of
})

/** @category tools */
export const evaluateModel = Tool.make("evaluate_model", {
  description: "Back-test: a model of the first part of the series forecasts the rest",
  input: Schema.Struct({
    values: Tools.values,
    seasonal_period: period,
    split: Field.withDefault(Field.number("share of the first part", { above: 0, below: 1 }), 0.8),
    auto_tune: autoTune,
    exog
  }),
  output: Schema.Struct({ metrics: Schema.NullOr(Tools.Metrics), reason: Field.optional(Schema.String) }),
  error: Tools.ForecastError,
  execute: Effect.fnUntraced(function*({ auto_tune, exog, seasonal_period, split, values }) {
    const train = Math.floor(values.length * split)
    const least = Math.max(10, seasonal_period > 1 ? 2 * seasonal_period : 0)
    if (train < least || train >= values.length) {
      return { metrics: null, reason: `the first part has ${train} rows, and needs ${least} and one less than all` }
    }
    const outside = yield* variables(exog, values.length, "one for each value")
    const wanted = { period: seasonal_period, horizon: values.length - train, tuned: auto_tune, outside }
    const first = values.slice(0, train)
    const predicted = yield* modelled(first, wanted).pipe(
      Effect.map(({ mean }) => mean),
      Effect.catchTag(
        "CalculationError",
        (error) => Effect.map(smoothed(first, wanted, 0.95, error), ({ forecast }) => forecast)
      )
    )
    return { metrics: yield* Tools.measure(values.slice(train), predicted) }
  })
})
