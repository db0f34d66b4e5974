/**
 * Exponential smoothing with a trend and an additive season (Holt 1957, Winters 1960): for a series that no seasonal ARIMA
 * model fits.
 *
 * Pure and without imports of Effect: a worker thread loads it. Deterministic, the draws of the intervals too.
 */
import { leastSquares } from "./Linear.ts"
import { bfgs } from "./Minimize.ts"
import * as Random from "./Random.ts"
import * as Series from "./Series.ts"

/** @category models */
export interface Request {
  readonly values: Series.Series
  /** 1 for no season. A season needs two periods of values. */
  readonly period: number
  readonly horizon: number
  /** The level of the intervals, such as 0.95. */
  readonly confidence: number
}

/** Shares of the newest value in level, trend and season, 0 to 1, and the sum of the squared errors. @category models */
export interface Fitted {
  readonly alpha: number
  readonly beta: number
  /** 0 where there is no season. */
  readonly gamma: number
  readonly squares: number
}

/** @category models */
export interface Forecast {
  readonly model: Fitted
  readonly mean: Series.Series
  readonly lower: Series.Series
  readonly upper: Series.Series
  readonly standardErrors: Series.Series
}

interface State {
  level: number
  slope: number
  /** The last `period` seasonal terms, the oldest at `at`. */
  readonly season: Float64Array
  at: number
}

/** What is known before the first forecast, and where that is. */
interface Start {
  readonly level: number
  readonly slope: number
  readonly season: ReadonlyArray<number>
  readonly from: number
}

/**
 * Fits by the least squares of the forecasts one step ahead, and forecasts. `undefined` for fewer than two periods, or
 * fewer than four values.
 *
 * Intervals are the quantiles of 1000 continuations whose errors are drawn from those of the fit.
 *
 * @category forecasting
 */
export const forecast = ({ confidence, horizon, period, values }: Request): Forecast | undefined => {
  if (values.length < Math.max(4, 2 * period + 1)) return undefined
  const start = startOf(values, period)
  const scale = Series.variance(values) || 1
  const cost = (at: ReadonlyArray<number>) => smooth(values, start, sharesOf(at)).squares / (scale * values.length)
  const first = [logit(0.3), logit(0.1), ...(period > 1 ? [logit(0.1)] : [])]
  const shares = sharesOf(bfgs(cost, first, 500).at)
  const { errors, squares, state } = smooth(values, start, shares)
  const model = { ...shares, squares }
  const mean = Array.from({ length: horizon }, (_, step) => ahead(state, step + 1))
  const paths = continuations(state, shares, errors, horizon)
  const bound = (probability: number) => paths.map((values) => Series.quantile(values, probability))
  return {
    model,
    mean,
    lower: bound((1 - confidence) / 2),
    upper: bound((1 + confidence) / 2),
    standardErrors: paths.map((values) => Math.sqrt(Series.variance(values)))
  }
}

type Shares = Omit<Fitted, "squares">

const logit = (share: number) => Math.log(share / (1 - share))

const sharesOf = ([alpha = 0, beta = 0, gamma]: ReadonlyArray<number>): Shares => ({
  alpha: share(alpha),
  beta: share(beta),
  gamma: gamma === undefined ? 0 : share(gamma)
})

const share = (logit: number) => 1 / (1 + Math.exp(-logit))

/** From the first two periods, as R's `HoltWinters` does: a line through their moving average, and what is left of it. */
const startOf = (values: Series.Series, period: number): Start => {
  if (period === 1) return { level: values[1]!, slope: values[1]! - values[0]!, season: [0], from: 2 }
  const early = values.slice(0, 2 * period)
  const { from, trend } = Series.movingAverage(early, period)
  const line = leastSquares(trend.map((_, at) => [1, at + 1]), trend)!
  const sums = Array.from({ length: period }, () => ({ sum: 0, count: 0 }))
  for (const [at, value] of trend.entries()) {
    const of = sums[(from + at) % period]!
    of.sum += early[from + at]! - value
    of.count++
  }
  const raw = sums.map(({ count, sum }) => count === 0 ? 0 : sum / count)
  const middle = Series.mean(raw)
  const [level = 0, slope = 0] = line.coefficients
  return { level, slope, season: raw.map((value) => value - middle), from: period }
}

const smooth = (values: Series.Series, start: Start, shares: Shares) => {
  const state: State = { level: start.level, slope: start.slope, season: Float64Array.from(start.season), at: 0 }
  const errors: Array<number> = []
  let squares = 0
  for (let t = start.from; t < values.length; t++) {
    const error = values[t]! - ahead(state, 1)
    errors.push(error)
    squares += error * error
    learn(state, shares, values[t]!)
  }
  return { state, errors, squares }
}

const ahead = ({ at, level, season, slope }: State, steps: number) =>
  level + steps * slope + season[(at + steps - 1) % season.length]!

const learn = (state: State, { alpha, beta, gamma }: Shares, value: number) => {
  const { at, level, season, slope } = state
  const seasonal = season[at]!
  state.level = alpha * (value - seasonal) + (1 - alpha) * (level + slope)
  state.slope = beta * (state.level - level) + (1 - beta) * slope
  season[at] = gamma * (value - state.level) + (1 - gamma) * seasonal
  state.at = (at + 1) % season.length
}

const draws = 1000

/** For each step ahead, the values of all continuations. */
const continuations = (state: State, shares: Shares, errors: Series.Series, horizon: number) => {
  const words = Random.xoshiro128(Random.treeStates(42, 1)[0]!)
  const steps = Array.from({ length: horizon }, (): Array<number> => [])
  const middle = Series.mean(errors)
  for (let draw = 0; draw < draws; draw++) {
    const path: State = { ...state, season: Float64Array.from(state.season) }
    for (const values of steps) {
      const value = ahead(path, 1) + errors[Random.below(words, errors.length)]! - middle
      values.push(value)
      learn(path, shares, value)
    }
  }
  return steps
}
