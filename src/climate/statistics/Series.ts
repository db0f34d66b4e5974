/**
 * A series of numbers at equal steps: gaps, outliers, seasonality, and tests for what makes it stationary.
 */
import { leastSquares } from "./Linear.ts"

/** @category models */
export type Series = ReadonlyArray<number>

/**
 * Fills nulls on the straight line between their neighbours; at the edges with the nearest number. `undefined` where every
 * value is null.
 *
 * @category preparing
 */
export const interpolate = (values: ReadonlyArray<number | null>): Series | undefined => {
  const known = values.flatMap((value, at) => value === null ? [] : [[at, value] as const])
  if (known.length === 0) return undefined
  let next = 0
  return values.map((value, at) => {
    while (next < known.length && known[next]![0] < at) next++
    if (value !== null) return value
    const [before, after] = [known[next - 1], known[next]]
    if (before === undefined) return after![1]
    if (after === undefined) return before[1]
    return before[1] + (after[1] - before[1]) * (at - before[0]) / (after[0] - before[0])
  })
}

/**
 * The quantile of type 7 (Hyndman and Fan 1996): on the line between the two nearest order statistics.
 *
 * @category preparing
 */
export const quantile = (values: Series, probability: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * probability
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place))
}

/**
 * Moves values beyond three interquartile ranges from the quartiles to that bound, and counts them.
 *
 * @category preparing
 */
export const clip = (values: Series): { readonly values: Series; readonly outliers: number } => {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)]
  const reach = 3 * (high - low)
  const clipped = values.map((value) => Math.min(high + reach, Math.max(low - reach, value)))
  return { values: clipped, outliers: clipped.filter((value, at) => value !== values[at]).length }
}

/** @category describing */
export const mean = (values: Series): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** With `n` in the denominator. @category describing */
export const variance = (values: Series): number => {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length
}

/** @category describing */
export const range = (values: Series): number =>
  values.reduce((most, value) => Math.max(most, value), -Infinity) -
  values.reduce((least, value) => Math.min(least, value), Infinity)

/** `x_t - x_{t-lag}`. @category describing */
export const difference = (values: Series, lag: number): Series =>
  values.slice(lag).map((value, at) => value - values[at]!)

/**
 * Autocorrelations at the lags 0 to `lags`. A constant series has 1 and then zeros.
 *
 * @category describing
 */
export const autocorrelations = (values: Series, lags: number): Series => {
  const middle = mean(values)
  const centred = values.map((value) => value - middle)
  const total = centred.reduce((sum, value) => sum + value * value, 0)
  return Array.from({ length: lags + 1 }, (_, lag) => {
    if (lag === 0) return 1
    let sum = 0
    for (let at = lag; at < centred.length; at++) sum += centred[at]! * centred[at - lag]!
    return total === 0 ? 0 : sum / total
  })
}

/** Correlation of the values with their place. @category describing */
export const trend = (values: Series): number => {
  const [n, middle] = [values.length, mean(values)]
  const centre = (n - 1) / 2
  let [xy, xx, yy] = [0, 0, 0]
  for (let at = 0; at < n; at++) {
    xy += (at - centre) * (values[at]! - middle)
    xx += (at - centre) ** 2
    yy += (values[at]! - middle) ** 2
  }
  return xx === 0 || yy === 0 ? 0 : xy / Math.sqrt(xx * yy)
}

/** @category models */
export interface Seasonality {
  readonly period: number
  /** The autocorrelation at the period. */
  readonly strength: number
}

/**
 * The first lag from 2 whose autocorrelation is above 0.3 and above that of its neighbours, after one difference where the
 * series has a trend. `undefined` where there is none, or the series is constant.
 *
 * @category describing
 */
export const seasonality = (values: Series, maxPeriod: number): Seasonality | undefined => {
  const level = Math.abs(trend(values)) > 0.3 ? difference(values, 1) : values
  if (level.length < 4 || range(level) <= 1e-9 * range(values)) return undefined
  const lags = Math.min(maxPeriod, Math.floor(level.length / 2) - 1)
  const r = autocorrelations(level, lags + 1)
  for (let period = 2; period <= lags; period++) {
    const strength = r[period]!
    if (strength > 0.3 && strength > r[period - 1]! && strength >= r[period + 1]!) return { period, strength }
  }
  return undefined
}

/**
 * How much of what a trend leaves is seasonal, 0 to 1: `max(0, 1 - var(R) / var(S + R))` of the classical additive
 * decomposition (Wang, Smith and Hyndman 2006). 0 for a series shorter than two periods.
 *
 * @category describing
 */
export const seasonalStrength = (values: Series, period: number): number => {
  if (values.length < 2 * period) return 0
  const { from, trend } = movingAverage(values, period)
  const detrended = trend.map((level, at) => [(from + at) % period, values[from + at]! - level] as const)
  const seasons = Map.groupBy(detrended, ([season]) => season)
  const seasonal = new Map(Array.from(seasons, ([season, of]) => [season, mean(of.map(([, value]) => value))]))
  const remainder = variance(detrended.map(([season, value]) => value - seasonal.get(season)!))
  const both = variance(detrended.map(([, value]) => value))
  return both === 0 ? 0 : Math.max(0, 1 - remainder / both)
}

/**
 * The trend of the classical decomposition: the centred mean over a period, half weights at the ends of an even one. It
 * begins at the place `from` of the series.
 *
 * @category describing
 */
export const movingAverage = (values: Series, period: number): { readonly from: number; readonly trend: Series } => {
  const half = Math.floor(period / 2)
  const trend: Array<number> = []
  for (let at = half; at < values.length - half; at++) {
    let sum = 0
    for (let by = -half; by <= half; by++) {
      sum += values[at + by]! * (period % 2 === 0 && Math.abs(by) === half ? 0.5 : 1)
    }
    trend.push(sum / period)
  }
  return { from: half, trend }
}

/**
 * The statistic of Kwiatkowski, Phillips, Schmidt and Shin for a level, Bartlett weights up to the lag
 * `floor(4 (n/100)^0.25)`. Above 0.463 (5 percent) the level moves. 0 for a constant series.
 *
 * @category testing
 */
export const kpss = (values: Series): number => {
  const n = values.length
  const middle = mean(values)
  const residuals = values.map((value) => value - middle)
  const lags = Math.floor(4 * (n / 100) ** 0.25)
  let cumulated = 0
  let squares = 0
  for (const residual of residuals) {
    cumulated += residual
    squares += cumulated ** 2
  }
  let longRun = residuals.reduce((sum, value) => sum + value * value, 0)
  for (let lag = 1; lag <= lags; lag++) {
    let sum = 0
    for (let at = lag; at < n; at++) sum += residuals[at]! * residuals[at - lag]!
    longRun += 2 * (1 - lag / (lags + 1)) * sum
  }
  return longRun <= 0 ? 0 : squares / (n * longRun)
}

/** @category models */
export interface DickeyFuller {
  readonly statistic: number
  readonly lags: number
  readonly observations: number
}

/**
 * The augmented Dickey-Fuller test with a constant: below the critical value the series has no unit root. The number of
 * lagged differences, up to `12 (n/100)^0.25`, is the one of the smallest AIC, all compared on the same rows. `undefined`
 * for a series too short or constant.
 *
 * @category testing
 */
export const dickeyFuller = (values: Series): DickeyFuller | undefined => {
  const n = values.length
  const steps = difference(values, 1)
  const most = Math.min(Math.ceil(12 * (n / 100) ** 0.25), Math.floor(n / 2) - 2)
  if (most < 0 || range(values) === 0) return undefined
  const regress = (lags: number, from: number) => {
    const rows: Array<ReadonlyArray<number>> = []
    const y: Array<number> = []
    for (let at = from; at < steps.length; at++) {
      const lagged = Array.from({ length: lags }, (_, lag) => steps[at - 1 - lag]!)
      rows.push([values[at]!, 1, ...lagged])
      y.push(steps[at]!)
    }
    const fit = leastSquares(rows, y)
    return fit && { ...fit, observations: rows.length }
  }
  let best: { readonly lags: number; readonly aic: number } | undefined
  for (let lags = 0; lags <= most; lags++) {
    const fit = regress(lags, most)
    if (fit === undefined) continue
    const aic = fit.observations * Math.log(fit.residualSum / fit.observations) + 2 * (lags + 2)
    if (best === undefined || aic < best.aic) best = { lags, aic }
  }
  const chosen = best && regress(best.lags, best.lags)
  if (best === undefined || chosen === undefined || chosen.standardErrors[0] === 0) return undefined
  return {
    statistic: chosen.coefficients[0]! / chosen.standardErrors[0]!,
    lags: best.lags,
    observations: chosen.observations
  }
}

/**
 * Critical values of the Dickey-Fuller test with a constant for `n` observations (MacKinnon 2010).
 *
 * @category testing
 */
export const dickeyFullerCriticalValues = (n: number) => ({
  onePercent: -3.43035 - 6.5393 / n - 16.786 / n ** 2 - 79.433 / n ** 3,
  fivePercent: -2.86154 - 2.8903 / n - 4.234 / n ** 2 - 40.040 / n ** 3,
  tenPercent: -2.56677 - 1.5384 / n - 2.809 / n ** 2
})
