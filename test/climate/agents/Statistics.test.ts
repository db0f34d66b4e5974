import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { AnomalyAgentIForest } from "greenlang/climate/AnomalyAgentIForest"
import * as AnomalyReportTools from "greenlang/climate/AnomalyReportTools"
import * as AnomalyTools from "greenlang/climate/AnomalyTools"
import { ForecastAgentSARIMA } from "greenlang/climate/ForecastAgentSARIMA"
import * as ForecastModelTools from "greenlang/climate/ForecastModelTools"
import * as ForecastTools from "greenlang/climate/ForecastTools"
import readings from "../../../examples/climate/AnomalyAgentIForest.json" with { type: "json" }
import series from "../../../examples/climate/ForecastAgentSARIMA.json" with { type: "json" }
import references from "../statistics/references.json" with { type: "json" }
import { fieldsOf, Services } from "./services.ts"

const monthly = (values: ReadonlyArray<number | null>, from = 2000) =>
  values.map((value, at) => ({
    timestamp: new Date(Date.UTC(from, at, 1)).toISOString().slice(0, 10),
    value
  }))

/** Lets the event loop turn so many times: work on this thread would have ended before the first. */
const turns = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }),
    () => Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void))),
    { discard: true }
  )

describe("AnomalyAgentIForest", () => {
  it.layer(Services)((it) => {
    it.effect("finds the rows that were planted, and says by which column", () =>
      Effect.gen(function*() {
        const { value } = yield* AnomalyAgentIForest.run(readings)
        assert.deepStrictEqual(value.anomaly_indices.filter((at) => [40, 77, 95].includes(at)), [40, 77, 95])
        assert.lengthOf(value.anomaly_indices, 4)
        assert.strictEqual(value.n_normal, 116)
        assert.match(value.alerts.find(({ index }) => index === 40)?.hints.join() ?? "", /kwh/)
        assert.include(value.provenance.toolsUsed, "detect")
        assert.isUndefined(value.metrics)
      }))

    it.effect("rates known anomalies, and gives the same twice", () =>
      Effect.gen(function*() {
        const labels = readings.data.map((_, at) => [40, 77, 95].includes(at))
        const input = { ...readings, contamination: 3 / 120, labels }
        const [first, second] = [yield* AnomalyAgentIForest.run(input), yield* AnomalyAgentIForest.run(input)]
        assert.deepStrictEqual(first.value.metrics, { precision: 1, recall: 1, f1_score: 1, roc_auc: 1 })
        assert.deepStrictEqual(first.value.anomaly_scores, second.value.anomaly_scores)
      }))

    it.effect("names the column that is not there, and the rows that are too few", () =>
      Effect.gen(function*() {
        const wrong = yield* Effect.flip(AnomalyAgentIForest.run({ ...readings, feature_columns: ["kwh", "power"] }))
        assert.deepStrictEqual(fieldsOf(wrong), ["feature_columns.1"])
        const few = yield* Effect.flip(AnomalyAgentIForest.run({ data: readings.data.slice(0, 99) }))
        assert.deepStrictEqual(fieldsOf(few), ["data"])
        const empty = yield* Effect.flip(
          AnomalyTools.detect.call({ data: readings.data.map((row) => ({ ...row, kwh: null })), contamination: 0.1 })
        )
        assert.match(empty.message, /kwh has no number/)
      }))

    it.effect("fills nulls with the mean of their column", () =>
      Effect.gen(function*() {
        const data = readings.data.map((row, at) => at === 3 ? { ...row, kwh: null } : row)
        const { missing_values_filled } = yield* AnomalyTools.fit.call({ data })
        assert.strictEqual(missing_values_filled, 1)
      }))

    it.effect("describes how anomalies differ, with null where the normal mean is 0", () =>
      Effect.gen(function*() {
        const { patterns } = yield* AnomalyReportTools.analyzePatterns.call({
          data: [{ a: 1, b: 0 }, { a: 3, b: 0 }, { a: 20, b: 5 }],
          anomaly_indices: [2]
        })
        assert.deepStrictEqual(patterns.map(({ feature, relative_difference }) => [feature, relative_difference]), [
          ["a", 9],
          ["b", null]
        ])
      }))

    it.effect("leaves the event loop free, and ends when it is interrupted", () =>
      Effect.gen(function*() {
        const rows = references.forests.flatMap(({ rows }) => rows)
        const data = Array.from({ length: 10 }, () => rows).flat().map(([x = 0, y = 0, z = 0]) => ({ x, y, z }))
        yield* AnomalyTools.score.call({ data, n_estimators: 10 })
        const fiber = yield* Effect.forkChild(AnomalyTools.score.call({ data, n_estimators: 1000, max_samples: 5000 }))
        yield* turns(50)
        assert.isUndefined(fiber.pollUnsafe())
        yield* Fiber.interrupt(fiber)
        assert.isDefined(fiber.pollUnsafe())
      }))
  })
})

describe("ForecastAgentSARIMA", () => {
  it.layer(Services)((it) => {
    it.effect("forecasts months with intervals, dates and a back-test", () =>
      Effect.gen(function*() {
        const { value } = yield* ForecastAgentSARIMA.run(series)
        assert.lengthOf(value.forecast, 12)
        assert.strictEqual(value.forecast_dates[0], "1961-01-01")
        assert(value.model_params.method === "sarima")
        assert.strictEqual(value.model_params.seasonal_order[3], 12)
        assert.isTrue(
          value.forecast.every((mean, at) => value.lower_bound[at]! < mean && mean < value.upper_bound[at]!)
        )
        assert.isBelow(value.metrics?.mape ?? 100, 10)
        const cited = value.citations.find((citation) =>
          citation.kind === "calculation" && citation.step === "sarima_forecast"
        )
        assert(cited?.kind === "calculation")
        assert.deepStrictEqual(cited.outputs, value.forecast)
      }))

    it.effect.each(
      [
        ["2025-01-31", "month", ["2025-02-28", "2025-03-31", "2025-04-30"]],
        ["2024-01-30", "month", ["2024-02-29", "2024-03-30", "2024-04-30"]],
        ["2024-02-29", "year", ["2025-02-28", "2026-02-28", "2027-02-28"]],
        ["2025-12-31T23:00:00Z", "hour", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z"]],
        ["2025-03-29T12:00:00+01:00", "day", [
          "2025-03-30T12:00:00+01:00",
          "2025-03-31T12:00:00+01:00",
          "2025-04-01T12:00:00+01:00"
        ]],
        ["2025-11-30", "quarter", ["2026-02-28", "2026-05-31", "2026-08-31"]]
      ] as const
    )("continues %s by the %s", ([last, frequency, expected]) =>
      Effect.gen(function*() {
        const { forecast_dates } = yield* ForecastTools.forecastDates.call({ last, frequency, horizon: 3 })
        assert.deepStrictEqual(forecast_dates, expected)
      }))

    it.effect(
      "fills a missing month, and refuses uneven, falling or too many missing ones",
      () =>
        Effect.gen(function*() {
          const all = monthly(Array.from({ length: 40 }, (_, t) => 50 + (t % 12)))
          const { value } = yield* ForecastAgentSARIMA.run({ data: all.toSpliced(7, 1), forecast_horizon: 2 })
          assert.strictEqual(value.preprocessing.gaps_filled, 1)
          const flip = (data: typeof all) => Effect.flip(ForecastAgentSARIMA.run({ data, forecast_horizon: 2 }))
          const falling = all.with(5, { ...all[5]!, timestamp: "1990-01-01" })
          assert.deepStrictEqual(fieldsOf(yield* flip(falling)), ["data.5.timestamp"])
          assert.deepStrictEqual(fieldsOf(yield* flip(all.with(5, { ...all[5]!, timestamp: "2000-06-31" }))), [
            "data.5.timestamp"
          ])
          const holes = all.map((row, at) => at % 3 === 1 ? { ...row, value: null as never } : row)
          assert.deepStrictEqual(fieldsOf(yield* flip(holes)), ["data"])
        })
    )

    it.effect(
      "wants two periods of a season that is given, and does without one that is not",
      () =>
        Effect.gen(function*() {
          const data = monthly([3, 5, 4, 6, 5, 7, 6, 8, 7, 9, 8, 10, 9, 11])
          const error = yield* Effect.flip(ForecastAgentSARIMA.run({ data, forecast_horizon: 2, seasonal_period: 12 }))
          assert.deepStrictEqual(fieldsOf(error), ["seasonal_period"])
          const { value } = yield* ForecastAgentSARIMA.run({ data, forecast_horizon: 20 })
          assert.match(value.notes.join(), /no season.*longer than the data/)
        })
    )

    it.effect("follows an outside variable, whose rows reach over the horizon", () =>
      Effect.gen(function*() {
        const heat = Array.from({ length: 60 }, (_, t) => 10 + 8 * Math.sin(t) + (t * 37) % 11)
        const data = monthly(heat.slice(0, 48).map((degrees, t) => 200 + 7 * degrees + ((t * 13) % 5)))
        const input = {
          data: data.toSpliced(20, 1),
          forecast_horizon: 12,
          exog: heat.toSpliced(20, 1).map((degrees) => ({ degrees }))
        }
        const { value } = yield* ForecastAgentSARIMA.run(input)
        assert(value.model_params.method === "sarima")
        assert.approximately(value.model_params.exog_coefficients?.["degrees"] ?? 0, 7, 0.2)
        for (const [at, mean] of value.forecast.entries()) {
          assert.approximately(mean, 202 + 7 * heat[48 + at]!, 6)
        }
        const flip = (exog: typeof input.exog) => Effect.flip(ForecastAgentSARIMA.run({ ...input, exog }))
        assert.deepStrictEqual(fieldsOf(yield* flip(input.exog.slice(1))), ["exog"])
        const misnamed = input.exog.with(3, { degree: 1 } as never)
        assert.deepStrictEqual(fieldsOf(yield* flip(misnamed)), ["exog.3.degree"])
        const constant = input.exog.map(() => ({ degrees: 1 }))
        assert.deepStrictEqual(fieldsOf(yield* flip(constant)), ["exog.0.degrees"])
      }))

    it.effect("smooths, and says so, where no seasonal ARIMA model fits", () =>
      Effect.gen(function*() {
        const data = Array.from({ length: 11 }, (_, t) => ({
          timestamp: `${2000 + t}-12-31`,
          value: [3, 9, 4, 1, 6][t % 5]! + t + ((7 * t) % 3) / 10
        }))
        const input = { data, forecast_horizon: 5, seasonal_period: 5, auto_tune: false }
        const { value } = yield* ForecastAgentSARIMA.run(input)
        assert.strictEqual(value.model_params.method, "holt_winters")
        assert.match(value.notes.join(), /Holt-Winters/)
        assert.isTrue(value.forecast.every((mean, at) => value.lower_bound[at]! <= mean + 1e-9))
        const { values } = yield* ForecastTools.preprocessData.call({ values: [1, ...data.map(({ value }) => value)] })
        const none = yield* Effect.flip(
          ForecastModelTools.fitSarimaModel.call({ values: values.slice(1), seasonal_period: 5, auto_tune: false })
        )
        assert.strictEqual(none._tag, "CalculationError")
      }))

    it.effect("tests stationarity, and does not on what is constant", () =>
      Effect.gen(function*() {
        const { p_bracket } = yield* ForecastTools.validateStationarity.call({ values: references.series[2]!.values })
        assert.strictEqual(p_bracket, "<0.01")
        const flat = yield* Effect.flip(
          ForecastTools.validateStationarity.call({ values: Array.from({ length: 30 }, () => 1) })
        )
        assert.deepStrictEqual(fieldsOf(flat), ["values"])
      }))

    it.effect("leaves zeros out of the percentage error", () =>
      Effect.gen(function*() {
        const of = yield* ForecastTools.evaluateMetrics.call({ actual: [0, 10], predicted: [1, 11] })
        assert.deepStrictEqual(of, { rmse: 1, mae: 1, mape: 10, zeros_left_out: 1 })
      }))

    it.effect("leaves the event loop free while it fits", () =>
      Effect.gen(function*() {
        const values = references.series[1]!.values
        yield* ForecastModelTools.fitSarimaModel.call({
          values: values.slice(0, 40),
          seasonal_period: 12,
          auto_tune: false
        })
        const fiber = yield* Effect.forkChild(ForecastModelTools.fitSarimaModel.call({ values, seasonal_period: 12 }))
        yield* turns(50)
        assert.isUndefined(fiber.pollUnsafe())
        yield* Fiber.interrupt(fiber)
        assert.isDefined(fiber.pollUnsafe())
      }))
  })
})
