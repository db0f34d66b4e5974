/**
 * Forecast of a series by a seasonal ARIMA model, with intervals and a back-test, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Bulk from "./Bulk.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as Formulas from "./ForecastFormulas.ts"
import * as Models from "./ForecastModelTools.ts"
import * as Tools from "./ForecastTools.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Series from "./statistics/Series.ts"
import * as Strict from "./Strict.ts"
import * as Timeline from "./Timeline.ts"
import type { ToolCall } from "./ToolCall.ts"

const isRow = (u: unknown) =>
  Predicate.isObject(u) && Object.keys(u).length === 2 && typeof u["timestamp"] === "string" && u["timestamp"] !== "" &&
  (u["value"] === null || Number.isFinite(u["value"]))

/** @category schemas */
export const ForecastInput = Schema.Struct({
  data: Bulk.make(
    Schema.Array(Schema.Struct({
      timestamp: Field.name("ISO 8601 date or time, rising"),
      value: Schema.NullOr(Schema.Finite)
    })).check(Schema.isMinLength(10)),
    (u) => Bulk.every(u, isRow) && u.length >= 10
  ),
  forecast_horizon: Field.integer("steps to forecast", 1, 500),
  seasonal_period: Field.optional(Field.integer("steps of a season; by the frequency when absent", 2, 366)),
  confidence_level: Field.withDefault(Tools.confidence, 0.95),
  auto_tune: Field.withDefault(
    Schema.Boolean.annotate({ description: "try every small model; else the first of a list that converges" }),
    true
  ),
  exog: Field.optional(Models.Exog)
})
/** @category schemas */
export type ForecastInput = typeof ForecastInput.Type

/** @category schemas */
export const ForecastOutput = Schema.Struct({
  forecast: Bulk.numbers,
  lower_bound: Bulk.numbers,
  upper_bound: Bulk.numbers,
  forecast_dates: Schema.Array(Schema.String),
  confidence_level: Schema.Finite,
  frequency: Timeline.Frequency,
  model_params: Models.ModelParams,
  metrics: Schema.NullOr(Tools.Metrics),
  seasonality: Tools.Seasonality,
  stationarity: Field.optional(Tools.Stationarity),
  preprocessing: Schema.Struct({
    rows: Schema.Int,
    gaps_filled: Schema.Int,
    missing_values_filled: Schema.Int,
    outliers_detected: Schema.Int
  }),
  recommendations: Schema.Array(Recommendation),
  notes: Field.notes
})
/** @category schemas */
export type ForecastOutput = typeof ForecastOutput.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const ForecastErrorAI = Schema.Union([...Tools.ForecastError.members, InvalidInput, ...AiTwin.TwinError.members])

const usual: Readonly<Partial<Record<Timeline.Frequency, number>>> = { month: 12, day: 7, hour: 24 }

/**
 * The values at equal steps, nulls where the data has a gap, and the outside variables beside them, on the line between
 * their neighbours there. Fails with `ValidationError`.
 */
const aligned = Effect.fnUntraced(function*({ data, exog, forecast_horizon }: ForecastInput) {
  const moments = yield* Effect.forEach(data, ({ timestamp }, at) => Timeline.parse(timestamp, `data.${at}.timestamp`))
  const { frequency, places } = yield* Timeline.steps(moments)
  const length = places.at(-1)! + 1
  if (length > 20 * data.length) return yield* invalid("data", "has gaps of more than 20 percent", "fewer gaps")
  const values = Array.from({ length }, (): number | null => null)
  for (const [at, place] of places.entries()) values[place] = data[at]!.value
  const nulls = values.filter((value) => value === null).length
  if (nulls > 0.2 * length) {
    return yield* invalid("data", `lacks ${nulls} of ${length} values`, "at most 20 percent")
  }
  const expected = "one for each row of data and each step ahead"
  const { columns, names } = yield* Models.variables(exog, data.length + forecast_horizon, expected)
  const spread = columns.map((column) => {
    const known = Array.from({ length }, (): number | null => null)
    for (const [at, place] of places.entries()) known[place] = column[at]!
    return [...Series.interpolate(known)!, ...column.slice(data.length)]
  })
  const rowOf = (at: number) => Object.fromEntries(names.map((name, of) => [name, spread[of]![at]!]))
  return {
    values,
    frequency,
    last: moments.at(-1)!,
    gaps: length - data.length,
    exog: names.length === 0 ? undefined : Array.from({ length: length + forecast_horizon }, (_, at) => rowOf(at))
  }
})

/** The tools that read the whole series: the model is shown their results alone. */
const seriesTools = [
  Tools.preprocessData,
  Tools.detectSeasonality,
  Tools.validateStationarity,
  Models.forecastFuture,
  Models.evaluateModel
]
  .map(({ name }) => name)

const compute = Effect.fnUntraced(function*(input: ForecastInput, call: ToolCall) {
  // the first run of a process compiles schemas: each part has a turn of its own
  yield* Effect.yieldNow
  const { exog, frequency, gaps, last, values } = yield* aligned(input)
  yield* Effect.yieldNow
  const [first, ...rest] = values
  const prepared = yield* Tools.preprocessData.call({ values: [first!, ...rest] })
  yield* Effect.yieldNow
  const detected = yield* Tools.detectSeasonality.call({ values: prepared.values })
  const n = prepared.values.length
  const given = input.seasonal_period
  if (given !== undefined && n < 2 * given) {
    return yield* invalid("seasonal_period", `${n} values are less than two periods`, `at most ${Math.floor(n / 2)}`)
  }
  const wanted = given ?? usual[frequency] ?? detected.seasonal_period
  const period = n < 2 * wanted ? 1 : wanted
  const settings = { values: prepared.values, seasonal_period: period, auto_tune: input.auto_tune }
  yield* Effect.yieldNow
  const [stationarity, found, tested] = yield* Effect.all([
    Tools.validateStationarity.call({ values: prepared.values }).pipe(
      Effect.catchTags({ ValidationError: () => Effect.undefined, InvalidInput: Effect.die })
    ),
    Models.forecastFuture.call({
      ...settings,
      ...(exog === undefined ? {} : { exog }),
      forecast_horizon: input.forecast_horizon,
      confidence_level: input.confidence_level
    }),
    Models.evaluateModel.call({ ...settings, ...(exog === undefined ? {} : { exog: exog.slice(0, n) }) })
  ], { concurrency: "unbounded" })
  const { forecast_dates } = yield* call(Tools.forecastDates, {
    last: input.data.at(-1)!.timestamp,
    frequency,
    horizon: input.forecast_horizon
  })
  if (found.z_score !== undefined) {
    yield* call(Tools.calculateConfidenceIntervals, {
      forecast: found.forecast,
      std_errors: found.std_errors,
      confidence_level: input.confidence_level
    })
  }
  const notes = [
    ...found.notes,
    ...(last.offset === "" && !last.isDate ? ["timestamps without an offset are taken as UTC"] : []),
    ...(given === undefined && period === 1 && wanted > 1 ? ["shorter than two periods: no season"] : []),
    ...(period > 1 && n < 3 * period ? ["short: less than three periods, so the season has no terms of its own"] : []),
    ...(input.forecast_horizon > n ? ["the horizon is longer than the data"] : []),
    ...(stationarity === undefined ? ["too short or too even for a test of stationarity"] : []),
    ...(tested.reason === undefined ? [] : [`no back-test: ${tested.reason}`])
  ]
  yield* Formulas.seasonalPeriod({ frequency, values: n }, period)
  yield* Formulas.alignment({ frequency }, [input.data.length, gaps])
  const output: ForecastOutput = {
    forecast: found.forecast,
    lower_bound: found.lower_bound,
    upper_bound: found.upper_bound,
    forecast_dates,
    confidence_level: input.confidence_level,
    frequency,
    model_params: found.model_params,
    metrics: tested.metrics,
    seasonality: { ...detected, seasonal_period: period },
    ...(stationarity === undefined ? {} : { stationarity }),
    preprocessing: {
      rows: input.data.length,
      gaps_filled: gaps,
      missing_values_filled: prepared.missing_values_filled,
      outliers_detected: prepared.outliers_detected
    },
    recommendations: prepared.outliers_detected > 0
      ? [{ priority: "medium", action: `Check ${prepared.outliers_detected} values beyond three interquartile ranges` }]
      : [],
    notes
  }
  return output
})

/**
 * Needs a `CpuPool` and a language model. Models are fitted on a worker thread: the event loop stays free, and interruption
 * ends the work. Deterministic. A run may cost 1.00 US dollar.
 *
 * @category agents
 */
export const ForecastAgentSARIMA = Agent.make("ForecastAgentSARIMA", {
  version: "1.0.0",
  description:
    "Forecast of an hourly, daily, weekly, monthly, quarterly or yearly series, with intervals and a back-test",
  input: Strict.make(ForecastInput),
  output: Schema.Struct({ ...ForecastOutput.fields, ...AiTwin.fields }),
  error: ForecastErrorAI,
  tools: [
    Tools.preprocessData,
    Tools.detectSeasonality,
    Tools.validateStationarity,
    Models.fitSarimaModel,
    Models.forecastFuture,
    Tools.calculateConfidenceIntervals,
    Models.evaluateModel,
    Tools.evaluateMetrics,
    Tools.adfCriticalValues,
    Tools.forecastDates
  ],
  execute: (input) =>
    AiTwin.run({
      agent: "ForecastAgentSARIMA",
      purpose: "You explain a forecast of energy or emissions and how sure it is.",
      input: { rows: input.data.length, forecast_horizon: input.forecast_horizon },
      output: ForecastOutput,
      budgetUsd: 1,
      compute: (call) => compute(input, call)
    }).pipe(Effect.map(({ provenance, ...answer }) => ({
      ...answer,
      provenance: { ...provenance, toolsUsed: [...seriesTools, ...provenance.toolsUsed] }
    })))
})
