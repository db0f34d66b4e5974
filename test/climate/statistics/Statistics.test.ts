import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Arma from "greenlang/climate/statistics/Arma"
import * as Classification from "greenlang/climate/statistics/Classification"
import * as HoltWinters from "greenlang/climate/statistics/HoltWinters"
import * as IsolationForest from "greenlang/climate/statistics/IsolationForest"
import { leastSquares } from "greenlang/climate/statistics/Linear"
import * as Normal from "greenlang/climate/statistics/Normal"
import * as Random from "greenlang/climate/statistics/Random"
import * as Sarima from "greenlang/climate/statistics/Sarima"
import * as Series from "greenlang/climate/statistics/Series"
import references from "./references.json" with { type: "json" }

const settings = { trees: 100, maxSamples: 256, maxFeatures: 1, bootstrap: false, seed: 42 }
const near = (actual: number, expected: number, relative: number) =>
  assert.approximately(actual, expected, relative * Math.abs(expected))

describe("random numbers", () => {
  it("are those of SplitMix64 and xoshiro128**", () => {
    const next = Random.splitMix64(42)
    assert.deepStrictEqual([next(), next()], [13679457532755275413n, 2949826092126892291n])
    const [state] = Random.treeStates(42, 1)
    assert.deepStrictEqual(state, [803958421, 3184996902, 2993090819, 686809907])
    const words = Random.xoshiro128(state!)
    assert.deepStrictEqual([words(), words()], [1776835114, 4165204688])
  })

  it.prop("draw every row once", [Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))], ([n]) => {
    const drawn = Random.sample(Random.xoshiro128([1, 2, 3, n]), n, n)
    assert.deepStrictEqual(drawn.toSorted((a, b) => a - b), Array.from({ length: n }, (_, at) => at))
  })
})

describe("IsolationForest", () => {
  it("gives the scores of the reference vector", () => {
    const rows = Array.from(
      { length: 200 },
      (_, at) => at === 50 || at === 150 ? [1000, -1000] : [at % 20, 2 * (at % 20)]
    )
    const { scores } = IsolationForest.fit(rows, settings)
    const expected = [[0, 0.55500405], [10, 0.48708849], [50, 0.86255565], [150, 0.86255565], [
      199,
      0.55784698
    ]] as const
    for (const [row, score] of expected) assert.approximately(scores[row]!, score, 5e-9)
    assert.approximately(scores.reduce((sum, score) => sum + score, 0), 99.76633203, 5e-9)
    assert.deepStrictEqual(IsolationForest.detect(scores, 0.01).indices, [50, 150])
  })

  it.each(references.forests)("agrees with scikit-learn on 8 of the 10 strangest rows, set $seed", (set) => {
    const { scores } = IsolationForest.fit(set.rows, settings)
    const ours = IsolationForest.rank(scores).slice(0, 10)
    const agreed = ours.filter((row) => set.mostAnomalous.includes(row))
    assert.isAtLeast(agreed.length, 8)
    const difference = scores.map((score, row) => Math.abs(score - set.scores[row]!))
    assert.isBelow(Math.max(...difference), 0.06)
  })

  it("takes exactly the share that is asked for, of equal scores the lower row", () => {
    assert.deepStrictEqual(IsolationForest.detect([0.5, 0.7, 0.7, 0.7], 0.5).indices, [1, 2])
    assert.lengthOf(IsolationForest.detect(Array.from({ length: 104 }, () => 0.5), 0.1).indices, 10)
    assert.deepStrictEqual(IsolationForest.detect([0.5, 0.6], 0.1), { indices: [], threshold: undefined })
  })

  it("rates predictions", () => {
    const labels = [true, true, false, false, false]
    assert.deepStrictEqual(Classification.metrics(labels, [true, false, true, false, false]), {
      precision: 0.5,
      recall: 0.5,
      f1: 0.5
    })
    assert.strictEqual(Classification.rocAuc(labels, [0.9, 0.8, 0.3, 0.2, 0.1]), 1)
    assert.strictEqual(Classification.rocAuc(labels, [0.5, 0.5, 0.5, 0.5, 0.5]), 0.5)
    assert.isUndefined(Classification.rocAuc([true, true], [0.1, 0.2]))
  })
})

describe("Arma", () => {
  const arma = { ar: [0.5, -0.2, 0, 0.3, -0.15, 0.06], ma: [0.4, 0, 0, 0.5, 0.2] }
  const x = Array.from({ length: 40 }, (_, at) => Math.sin(at * 1.7) * 3 + ((at * 7919) % 13) / 4)

  it("has the autocovariances that its psi weights add up to", () => {
    const psi = Arma.psiWeights(arma, 3000)
    const gamma = Arma.autocovariances(arma, 20)!
    for (const lag of [0, 1, 7, 20]) {
      near(gamma[lag]!, psi.reduce((sum, weight, at) => sum + weight * (psi[at + lag] ?? 0), 0), 1e-10)
    }
  })

  it("has the likelihood and the forecast of the Durbin-Levinson recursion", () => {
    const gamma = Arma.autocovariances(arma, 60)!
    let phi: Array<number> = []
    let [variance, squares, logs] = [gamma[0]!, 0, 0]
    for (let t = 0; t < x.length; t++) {
      const predicted = phi.reduce((sum, value, at) => sum + value * x[t - 1 - at]!, 0)
      squares += (x[t]! - predicted) ** 2 / variance
      logs += Math.log(variance)
      const partial = phi.reduce((sum, value, at) => sum - value * gamma[t - at]!, gamma[t + 1]!) / variance
      phi = [...phi.map((value, at) => value - partial * phi[phi.length - 1 - at]!), partial]
      variance *= 1 - partial * partial
    }
    const n = x.length
    const of = Arma.likelihood(arma, x)!
    near(of.logLikelihood, -0.5 * (n * (Math.log(2 * Math.PI * squares / n) + 1) + logs), 1e-10)
    near(of.forecast(1)[0]!, phi.reduce((sum, value, at) => sum + value * x[n - 1 - at]!, 0), 1e-8)
  })

  it.prop("is stationary for any partial autocorrelations", [
    Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -0.95, maximum: 0.95 }))).check(Schema.isMaxLength(4))
  ], ([partial]) => {
    const back = Arma.partialAutocorrelations(Arma.fromPartialAutocorrelations(partial))
    assert(back !== undefined)
    for (const [at, value] of partial.entries()) assert.approximately(back[at]!, value, 1e-6)
  })

  it("has no likelihood where it is not stationary", () =>
    assert.isUndefined(Arma.likelihood({ ar: [1.1], ma: [] }, x)))
})

describe("Sarima", () => {
  it.each(references.series)("forecasts $name as statsmodels does", (series) => {
    const train = series.values.slice(0, -12)
    const found = Sarima.forecast({ values: train, period: 12, horizon: 12, search: "all" })!
    assert.deepStrictEqual(found.model.order, { ...series.order, period: 12 })
    near(found.model.logLikelihood, series.logLikelihood, 1e-4)
    near(found.model.aicc, series.aicc, 1e-4)
    for (const [at, value] of series.forecast.entries()) near(found.mean[at]!, value, 0.005)
    for (const [at, value] of series.standardErrors.entries()) near(found.standardErrors[at]!, value, 0.05)
  })

  it.each(references.series)("tests $name as statsmodels does", (series) => {
    near(Series.kpss(series.values), series.kpss, 1e-9)
    const { lags, statistic } = Series.dickeyFuller(series.values)!
    near(statistic, series.dickeyFuller.statistic, 1e-6)
    assert.strictEqual(lags, series.dickeyFuller.lags)
  })

  it("forecasts AirPassengers by the weekdays of its months, as statsmodels does", () => {
    const { regression: of, series: [series] } = references
    const found = Sarima.forecast({
      values: series!.values.slice(0, -12),
      period: 12,
      horizon: 12,
      search: "all",
      outside: [of.weekdays]
    })!
    assert.deepStrictEqual(found.model.order, { ...of.order, period: 12 })
    near(found.model.logLikelihood, of.logLikelihood, 1e-4)
    near(found.model.aicc, of.aicc, 1e-4)
    near(found.model.coefficients[0]!, of.coefficient, 0.005)
    for (const [at, value] of of.forecast.entries()) near(found.mean[at]!, value, 0.005)
  })

  it("finds the coefficients of outside variables without noise, and refuses variables that depend on each other", () => {
    const first = Array.from({ length: 60 }, (_, t) => Math.sin(t * t))
    const second = Array.from({ length: 60 }, (_, t) => Math.cos(3 * t * t))
    const noise = Array.from({ length: 48 }, (_, t) => 1e-6 * Math.sin(7 * t * t))
    const values = noise.map((value, t) => 5 + 3 * first[t]! - 2 * second[t]! + value)
    const of = (outside: ReadonlyArray<ReadonlyArray<number>>) =>
      Sarima.forecast({ values, period: 1, horizon: 12, search: "all", outside })
    const { mean, model } = of([first, second])!
    near(model.coefficients[0]!, 3, 1e-5)
    near(model.coefficients[1]!, -2, 1e-5)
    assert.approximately(mean[5]!, 5 + 3 * first[53]! - 2 * second[53]!, 1e-4)
    assert.isUndefined(of([first, first.map((value) => 2 * value)]))
  })

  it("continues a series without noise exactly", () => {
    const truth = (t: number) => 100 + 0.5 * t + 20 * Math.sin(2 * Math.PI * t / 12)
    const values = Array.from({ length: 72 }, (_, t) => truth(t))
    const { mean, model, standardErrors } = Sarima.forecast({ values, period: 12, horizon: 12, search: "all" })!
    assert.deepInclude(model.order, { d: 0, D: 1, withMean: true })
    for (const [at, value] of mean.entries()) assert.approximately(value, truth(72 + at), 1e-9)
    assert.isTrue(standardErrors.every((error) => error === 0))
  })

  it("continues a constant series, and a line", () => {
    const constant = Sarima.forecast({
      values: Array.from({ length: 20 }, () => 7),
      period: 1,
      horizon: 3,
      search: "all"
    })!
    assert.deepStrictEqual(constant.mean, [7, 7, 7])
    const line = Sarima.forecast({
      values: Array.from({ length: 30 }, (_, t) => 3 * t),
      period: 1,
      horizon: 2,
      search: "all"
    })!
    assert.approximately(line.mean[1]!, 93, 1e-6)
  })
})

describe("HoltWinters", () => {
  const request = { period: 12, horizon: 12, confidence: 0.95 }

  it("forecasts AirPassengers as the published output of R's HoltWinters(AirPassengers)", () => {
    const [level, slope] = [477.827781, 3.127627]
    const season = [
      -27.457685,
      -54.692464,
      -20.174608,
      12.919120,
      18.873607,
      75.294426,
      152.888368,
      134.613464,
      33.778349,
      -18.379060,
      -87.772408,
      -45.827781
    ]
    const { mean, model } = HoltWinters.forecast({ ...request, values: references.series[0]!.values })!
    near(model.alpha, 0.2479595, 1e-3)
    near(model.beta, 0.03453373, 2e-3)
    near(model.gamma, 1, 1e-4)
    for (const [at, value] of season.entries()) near(mean[at]!, level + (at + 1) * slope + value, 1e-4)
  })

  it("continues a line exactly, and a season on a line nearly so", () => {
    const wave = (t: number) => 10 + 2 * t + [3, -1, 4, -6][t % 4]!
    const values = Array.from({ length: 24 }, (_, t) => wave(t))
    const { mean } = HoltWinters.forecast({ ...request, period: 4, values })!
    for (const [at, value] of mean.entries()) assert.approximately(value, wave(24 + at), 0.01)
    const line = HoltWinters.forecast({ ...request, period: 1, values: values.map((_, t) => 5 - t) })!
    assert.approximately(line.mean[2]!, 5 - 26, 1e-9)
  })

  it("spreads its intervals around the forecast, wider with each step, and the same twice", () => {
    const of = HoltWinters.forecast({ ...request, values: references.series[0]!.values })!
    assert.isTrue(of.mean.every((value, at) => of.lower[at]! < value && value < of.upper[at]!))
    assert.isAbove(of.standardErrors[11]!, of.standardErrors[0]!)
    near(of.standardErrors[0]!, Math.sqrt(of.model.squares / 132), 0.1)
    assert.deepStrictEqual(HoltWinters.forecast({ ...request, values: references.series[0]!.values }), of)
  })

  it("has no forecast of less than two periods and a value", () => {
    assert.isUndefined(HoltWinters.forecast({ ...request, values: references.series[0]!.values.slice(0, 24) }))
  })
})

describe("Series", () => {
  it("fills gaps on the line between their neighbours, and edges with the nearest", () => {
    assert.deepStrictEqual(Series.interpolate([null, 1, null, null, 4, null]), [1, 1, 2, 3, 4, 4])
    assert.isUndefined(Series.interpolate([null, null]))
  })

  it("moves outliers to three interquartile ranges", () => {
    const { outliers, values } = Series.clip([1, 2, 3, 4, 5, 100])
    assert.strictEqual(outliers, 1)
    assert.strictEqual(values[5], 4.75 + 3 * 2.5)
  })

  it("finds the period of a series, after its trend", () => {
    const wave = (slope: number) => Array.from({ length: 60 }, (_, t) => slope * t + Math.sin(2 * Math.PI * t / 7))
    assert.strictEqual(Series.seasonality(wave(0), 30)?.period, 7)
    assert.strictEqual(Series.seasonality(wave(3), 30)?.period, 7)
    assert.isUndefined(Series.seasonality(Array.from({ length: 20 }, () => 1), 10))
    assert.isUndefined(Series.seasonality([1, 2], 10))
  })

  it("has MacKinnon's critical values", () => {
    const { fivePercent, onePercent, tenPercent } = Series.dickeyFullerCriticalValues(24)
    assert.deepStrictEqual([onePercent, fivePercent, tenPercent].map((value) => value.toFixed(7)), [
      "-3.7377092",
      "-2.9922163",
      "-2.6357467"
    ])
  })
})

describe("numbers", () => {
  it("have normal quantiles", () => {
    assert.strictEqual(Normal.quantile(0.975).toFixed(6), "1.959964")
    assert.strictEqual(Normal.quantile(0.995).toFixed(6), "2.575829")
    assert.strictEqual(Normal.quantile(0.5), 0)
    assert.approximately(Normal.quantile(1e-10), -6.361340902404056, 1e-12)
  })

  it("regress exactly on a line, and not on columns that are the same", () => {
    const rows = [1, 2, 3, 4].map((x) => [x, 1])
    const { coefficients, residualSum } = leastSquares(rows, [5, 7, 9, 11])!
    assert.approximately(coefficients[0]!, 2, 1e-12)
    assert.approximately(residualSum, 0, 1e-20)
    assert.isUndefined(leastSquares(rows.map(([x]) => [x!, 2 * x!]), [5, 7, 9, 11]))
  })
})
