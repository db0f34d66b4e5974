/**
 * Seasonal ARIMA models: which one fits a series, and what it forecasts.
 *
 * Pure and without imports of Effect: a worker thread loads it. Differencing is chosen first, by tests, and is the same for
 * every candidate; only then are likelihoods compared. Deterministic.
 */
import * as Arma from "./Arma.ts"
import { leastSquares } from "./Linear.ts"
import { bfgs } from "./Minimize.ts"
import * as Polynomial from "./Polynomial.ts"
import * as Series from "./Series.ts"

/** Numbers of terms: `(p, d, q)` and seasonal `(P, D, Q)` of `period`. A period of 1 means that there is none. @category models */
export interface Order {
  readonly p: number
  readonly d: number
  readonly q: number
  readonly P: number
  readonly D: number
  readonly Q: number
  readonly period: number
  /** Whether the differenced series has a mean: a constant, or a drift where it is differenced. */
  readonly withMean: boolean
}

/** @category models */
export interface Fitted {
  readonly order: Order
  readonly logLikelihood: number
  readonly aic: number
  readonly aicc: number
  readonly bic: number
  readonly variance: number
  readonly mean: number
  /** Of each outside variable, in its unit. */
  readonly coefficients: ReadonlyArray<number>
  readonly ar: ReadonlyArray<number>
  readonly ma: ReadonlyArray<number>
  readonly seasonalAr: ReadonlyArray<number>
  readonly seasonalMa: ReadonlyArray<number>
}

/** @category models */
export interface Forecast {
  readonly model: Fitted
  readonly mean: ReadonlyArray<number>
  readonly standardErrors: ReadonlyArray<number>
}

/** Which models are tried: every small one, or the first of a short list that converges. @category models */
export type Search = "all" | "preset"

/** @category models */
export interface Request {
  readonly values: Series.Series
  /** 1 for no season. */
  readonly period: number
  readonly horizon: number
  readonly search: Search
  /** Outside variables: each has a value for every one of `values`, and then for every step of the horizon. */
  readonly outside?: ReadonlyArray<Series.Series>
}

/**
 * Chooses a model for `values` and forecasts `horizon` steps. With outside variables it is a regression on them whose
 * errors are the process. `undefined` where no candidate could be fitted, or the variables depend on each other.
 *
 * @category forecasting
 */
export const forecast = ({ horizon, outside = [], period, search, values }: Request): Forecast | undefined => {
  const known = outside.map((variable) => variable.slice(0, values.length))
  const model = select(values, period, search, known)
  if (model === undefined) return undefined
  const noise = less(values, known, model.coefficients)
  const ahead = extend(noise, model, horizon)
  const future = outside.map((variable) => variable.slice(values.length))
  return { ...ahead, mean: less(ahead.mean, future, model.coefficients.map((value) => -value)) }
}

/** The series less each variable times its coefficient. */
const less = (
  values: Series.Series,
  variables: ReadonlyArray<Series.Series>,
  coefficients: ReadonlyArray<number>
): Series.Series =>
  variables.length === 0 ?
    values :
    values.map((value, t) => variables.reduce((left, variable, at) => left - coefficients[at]! * variable[t]!, value))

/** What a plain regression on the variables leaves: its differences are chosen as those of the series. */
const unexplained = (values: Series.Series, variables: ReadonlyArray<Series.Series>): Series.Series | undefined => {
  if (variables.length === 0) return values
  const regression = leastSquares(values.map((_, t) => [...variables.map((variable) => variable[t]!), 1]), values)
  return regression && less(values, variables, regression.coefficients)
}

/**
 * `D` is 1 where the seasonal strength is 0.64 or more; then `d` is 1 where KPSS of what is left is above 0.463. What is
 * constant after the seasonal difference has `d` 0.
 *
 * @category choosing
 */
export const differencing = (values: Series.Series, period: number): { readonly d: number; readonly D: number } => {
  const D = period > 1 && Series.seasonalStrength(values, period) >= 0.64 ? 1 : 0
  const seasonal = D === 1 ? Series.difference(values, period) : values
  const d = isConstant(seasonal, values) || Series.kpss(seasonal) <= 0.463 ? 0 : 1
  return { d, D }
}

const isConstant = (differenced: Series.Series, values: Series.Series) =>
  Series.range(differenced) <= 1e-9 * Math.max(Series.range(values), Number.MIN_VALUE)

const presets = [[1, 1, 1, 1], [2, 1, 1, 1], [1, 2, 1, 1], [2, 2, 1, 1], [1, 1, 1, 1], [2, 2, 1, 1]] as const

const select = (
  values: Series.Series,
  period: number,
  search: Search,
  variables: ReadonlyArray<Series.Series>
): Fitted | undefined => {
  const left = unexplained(values, variables)
  if (left === undefined) return undefined
  const { D, d } = differencing(left, period)
  const w = differenced(values, { d, D, period })
  const outside = variables.map((variable) => differenced(variable, { d, D, period }))
  const drift = d + D === 1
  if (isConstant(w, values)) {
    return exact({ p: 0, d, q: 0, P: 0, D, Q: 0, period, withMean: d + D <= 1 }, w, outside.length)
  }
  const seasonal = period > 1 && values.length >= 3 * period
  const means = d + D === 0 ? [true] : drift ? [false, true] : [false]
  const orders = (search === "preset" ? presets : everyOrder).flatMap(([p, q, P, Q]) =>
    means.map((withMean): Order => ({ p, d, q, P: seasonal ? P : 0, D, Q: seasonal ? Q : 0, period, withMean }))
  )
  const candidates = orders.filter((order, at) =>
    w.length >= 3 * (parameters(order) + outside.length + 1) &&
    orders.findIndex((other) => sameOrder(order, other)) === at
  )
  if (search === "preset") return firstOf(candidates, w, outside)
  let best: Fitted | undefined
  for (const order of candidates) {
    const model = fit(order, w, outside)
    if (model !== undefined && (best === undefined || isBetter(model, best))) best = model
  }
  return best
}

const firstOf = (
  candidates: ReadonlyArray<Order>,
  w: Series.Series,
  outside: ReadonlyArray<Series.Series>
) => {
  for (const order of candidates) {
    const model = fit(order, w, outside)
    if (model !== undefined) return model
  }
  return undefined
}

const small = [0, 1, 2]
const everyOrder = small.flatMap((p) =>
  small.flatMap((q) => [0, 1].flatMap((P) => [0, 1].map((Q) => [p, q, P, Q] as const)))
)

const sameOrder = (a: Order, b: Order) =>
  a.p === b.p && a.q === b.q && a.P === b.P && a.Q === b.Q && a.withMean === b.withMean

/** Terms and mean; the variance is one more. */
const parameters = ({ P, Q, p, q, withMean }: Order) => p + q + P + Q + (withMean ? 1 : 0)

const isBetter = (a: Fitted, b: Fitted) => {
  const gain = b.aicc - a.aicc
  if (Math.abs(gain) > 1e-9) return gain > 0
  return parameters(a.order) < parameters(b.order)
}

const differenced = (values: Series.Series, { D, d, period }: Pick<Order, "D" | "d" | "period">): Series.Series => {
  const seasonal = D === 1 ? Series.difference(values, period) : values
  return d === 1 ? Series.difference(seasonal, 1) : seasonal
}

/**
 * Fits one order to a series that is differenced already, as the `outside` variables beside it are: by conditional least
 * squares first, from there by the exact likelihood. `undefined` where the likelihood has no maximum in reach.
 *
 * @category fitting
 */
export const fit = (
  order: Order,
  w: Series.Series,
  outside: ReadonlyArray<Series.Series> = []
): Fitted | undefined => {
  const { P, Q, p, q, withMean } = order
  const scale = Math.sqrt(Series.variance(w))
  const scaled = w.map((value) => value / scale)
  const scales = outside.map((variable) => Math.sqrt(Series.variance(variable)))
  if (scales.includes(0)) return undefined
  const variables = outside.map((variable, at) => variable.map((value) => value / scales[at]!))
  const regressors = withMean ? [w.map(() => 1), ...variables] : variables
  const plain = regressors.length === 0
    ? { coefficients: [] }
    : leastSquares(w.map((_, t) => regressors.map((regressor) => regressor[t]!)), scaled)
  if (plain === undefined) return undefined
  const noise = less(scaled, regressors, plain.coefficients)
  const conditional = bfgs((x) => conditionalSquares(expand(terms(order, x)), noise), start(p + q + P + Q), 50)
  const negative = (x: ReadonlyArray<number>) => {
    const of = Arma.likelihood(expand(terms(order, x)), scaled, regressors)
    return of === undefined || !Number.isFinite(of.logLikelihood) ? Infinity : -of.logLikelihood / w.length
  }
  // away from the unit circle, where the likelihood is flat
  const found = bfgs(negative, conditional.at.map((value) => Math.max(-1.5, Math.min(1.5, value))), 200)
  if (!found.converged || !Number.isFinite(found.value)) return undefined
  const best = terms(order, found.at)
  const of = Arma.likelihood(expand(best), scaled, regressors)
  if (of === undefined) return undefined
  const logLikelihood = of.logLikelihood - w.length * Math.log(scale)
  const k = parameters(order) + outside.length + 1
  const aic = 2 * k - 2 * logLikelihood
  const [mean, coefficients] = withMean
    ? [of.coefficients[0]! * scale, of.coefficients.slice(1)]
    : [0, of.coefficients]
  return {
    order,
    logLikelihood,
    aic,
    aicc: aic + 2 * k * (k + 1) / (w.length - k - 1),
    bic: k * Math.log(w.length) - 2 * logLikelihood,
    variance: of.variance * scale ** 2,
    mean,
    coefficients: coefficients.map((value, at) => value * scale / scales[at]!),
    ...best
  }
}

const start = (count: number) => Array.from({ length: count }, () => 0.1)

/** A model without noise: the mean alone. Its likelihood has no bound, so its criteria are 0. */
const exact = (order: Order, w: Series.Series, variables: number): Fitted => ({
  order,
  logLikelihood: 0,
  aic: 0,
  aicc: 0,
  bic: 0,
  variance: 0,
  mean: order.withMean ? Series.mean(w) : 0,
  coefficients: Array.from({ length: variables }, () => 0),
  ar: [],
  ma: [],
  seasonalAr: [],
  seasonalMa: []
})

type Terms = Pick<Fitted, "ar" | "ma" | "seasonalAr" | "seasonalMa"> & { readonly period: number }

/** Any numbers make a stationary and invertible model: each is a partial autocorrelation after `tanh`. */
const terms = ({ P, Q, p, period, q }: Order, x: ReadonlyArray<number>): Terms => {
  let from = 0
  const take = (count: number) => {
    const partial = x.slice(from, from + count).map((value) => 0.9999 * Math.tanh(value))
    from += count
    return Arma.fromPartialAutocorrelations(partial)
  }
  const [ar, ma, seasonalAr, seasonalMa] = [take(p), take(q), take(P), take(Q)]
  return { ar, ma: negated(ma), seasonalAr, seasonalMa: negated(seasonalMa), period }
}

const negated = (values: ReadonlyArray<number>) => values.map((value) => -value)

/** The product of the plain and the seasonal polynomials. */
const expand = ({ ar, ma, period, seasonalAr, seasonalMa }: Terms): Arma.Arma => ({
  ar: Polynomial.withSeason(ar, seasonalAr, period, -1),
  ma: Polynomial.withSeason(ma, seasonalMa, period, 1)
})

/** Squares of the innovations, those before the series taken as zero. */
const conditionalSquares = ({ ar, ma }: Arma.Arma, w: Series.Series): number => {
  const [past, shocks] = [lagsOf(ar), lagsOf(ma)]
  const innovations = new Float64Array(w.length)
  let sum = 0
  for (let t = ar.length; t < w.length; t++) {
    let value = w[t]!
    for (const lag of past) value -= ar[lag - 1]! * w[t - lag]!
    for (const lag of shocks) if (t >= lag) value -= ma[lag - 1]! * innovations[t - lag]!
    innovations[t] = value
    sum += value * value
  }
  return Math.log(sum / Math.max(1, w.length - ar.length))
}

const lagsOf = (coefficients: ReadonlyArray<number>): ReadonlyArray<number> => {
  const lags: Array<number> = []
  for (let at = 0; at < coefficients.length; at++) if (coefficients[at] !== 0) lags.push(at + 1)
  return lags
}

/**
 * Forecasts of a fitted model: means from the filter, added up along the differences; standard errors from the psi weights.
 *
 * @category forecasting
 */
export const extend = (values: Series.Series, model: Fitted, horizon: number): Forecast => {
  const { order: { D, d, period } } = model
  const arma = expand({ ...model, period })
  const w = differenced(values, { d, D, period })
  const ahead = model.variance === 0
    ? Array.from({ length: horizon }, () => model.mean)
    : (Arma.likelihood(arma, w.map((value) => value - model.mean))?.forecast(horizon) ?? []).map((value) =>
      value + model.mean
    )
  const seasonal = D === 1 ? Series.difference(values, period) : values
  const level = d === 1 ? integrate(seasonal, ahead, 1) : ahead
  const mean = D === 1 ? integrate(values, level, period) : level
  const differences = Polynomial.product(
    d === 1 ? [1, -1] : [1],
    D === 1 ? Polynomial.seasonalPolynomial([-1], period) : [1]
  )
  const integrated = negated(Polynomial.product([1, ...negated(arma.ar)], differences).slice(1))
  let sum = 0
  const standardErrors = Arma.psiWeights({ ar: integrated, ma: arma.ma }, horizon).map((psi) => {
    sum += psi * psi
    return Math.sqrt(sum * model.variance)
  })
  return { model, mean, standardErrors }
}

/** What follows `values` when its differences at `lag` are `ahead`. */
const integrate = (values: Series.Series, ahead: Series.Series, lag: number): Series.Series => {
  const all = values.slice(-lag)
  for (const step of ahead) all.push(all[all.length - lag]! + step)
  return all.slice(lag)
}
