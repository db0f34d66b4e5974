/**
 * The exact Gaussian likelihood of an autoregressive moving-average process, and its forecasts.
 *
 * `x_t = phi_1 x_{t-1} + ... + e_t + theta_1 e_{t-1} + ...`, by a Kalman filter on Harvey's state space form. The covariance
 * is carried by the Chandrasekhar recursions (Morf and Kailath 1975; Herbst 2015): a step costs as much as the state has
 * elements, not its square.
 */
import { solvePositive } from "./Linear.ts"

/** @category models */
export interface Arma {
  /** `phi_1, phi_2, ...`; stationary. */
  readonly ar: ReadonlyArray<number>
  /** `theta_1, theta_2, ...`; invertible. */
  readonly ma: ReadonlyArray<number>
}

/**
 * Autocovariances at the lags 0 to `lags`, for innovations of variance 1: the autoregressive part by the inverse of
 * Levinson's recursion, the moving-average part as a filter of it. `undefined` where the process is not stationary.
 *
 * @category functions
 */
export const autocovariances = ({ ar, ma }: Arma, lags: number): Float64Array | undefined => {
  const partial = partialAutocorrelations(ar)
  if (partial === undefined) return undefined
  const reach = lags + ma.length
  const gamma = new Float64Array(reach + 1)
  let unexplained = 1
  for (const p of partial) unexplained /= 1 - p * p
  gamma[0] = unexplained
  // Levinson forwards: the autocorrelation at lag k from the predictor of order k - 1
  let predictor = new Float64Array(ar.length)
  let longer = new Float64Array(ar.length)
  for (let lag = 1; lag <= ar.length && lag <= reach; lag++) {
    const p = partial[lag - 1]!
    let sum = p * unexplained
    for (let at = 0; at < lag - 1; at++) sum += predictor[at]! * gamma[lag - 1 - at]!
    gamma[lag] = sum
    for (let at = 0; at < lag - 1; at++) longer[at] = predictor[at]! - p * predictor[lag - 2 - at]!
    longer[lag - 1] = p
    const before = predictor
    predictor = longer
    longer = before
    unexplained *= 1 - p * p
  }
  for (let lag = ar.length + 1; lag <= reach; lag++) {
    let sum = 0
    for (let at = 0; at < ar.length; at++) sum += ar[at]! * gamma[lag - 1 - at]!
    gamma[lag] = sum
  }
  return ma.length === 0 ? gamma : filtered(gamma, ma, lags)
}

/** Autocovariances of the moving average `1, ma` of a process that has `gamma`. */
const filtered = (gamma: Float64Array, ma: ReadonlyArray<number>, lags: number): Float64Array => {
  const of = new Float64Array(lags + 1)
  for (let shift = 0; shift <= ma.length; shift++) {
    // the sum over the products of weights that stand `shift` apart
    let weight = shift === 0 ? 1 : ma[shift - 1]!
    for (let at = 0; at + shift < ma.length; at++) weight += ma[at]! * ma[at + shift]!
    if (weight === 0) continue
    for (let lag = 0; lag <= lags; lag++) {
      of[lag]! += weight * (shift === 0 ? gamma[lag]! : gamma[lag + shift]! + gamma[Math.abs(lag - shift)]!)
    }
  }
  return of
}

/**
 * Partial autocorrelations of an autoregression, by Levinson's recursion backwards. `undefined` where one is not between
 * -1 and 1: the process is not stationary.
 *
 * @category functions
 */
export const partialAutocorrelations = (ar: ReadonlyArray<number>): Float64Array | undefined => {
  const partial = new Float64Array(ar.length)
  let phi = Float64Array.from(ar)
  let shorter = new Float64Array(ar.length)
  for (let order = ar.length; order > 0; order--) {
    const p = phi[order - 1]!
    if (!(Math.abs(p) < 1)) return undefined
    partial[order - 1] = p
    for (let at = 0; at < order - 1; at++) shorter[at] = (phi[at]! + p * phi[order - 2 - at]!) / (1 - p * p)
    const before = phi
    phi = shorter
    shorter = before
  }
  return partial
}

/**
 * The autoregression of these partial autocorrelations (Monahan 1984): stationary for any numbers between -1 and 1.
 *
 * @category functions
 */
export const fromPartialAutocorrelations = (partial: ReadonlyArray<number>): Array<number> =>
  partial.reduce<Array<number>>(
    (phi, p) => [...phi.map((value, at) => value - p * phi[phi.length - 1 - at]!), p],
    []
  )

/**
 * Weights of past innovations: `x_t = e_t + psi_1 e_{t-1} + ...`. Also for integrated processes.
 *
 * @category functions
 */
export const psiWeights = ({ ar, ma }: Arma, count: number): ReadonlyArray<number> => {
  const psi: Array<number> = []
  for (let at = 0; at < count; at++) {
    let value = at === 0 ? 1 : ma[at - 1] ?? 0
    for (let lag = 1; lag <= Math.min(at, ar.length); lag++) value += ar[lag - 1]! * psi[at - lag]!
    psi.push(value)
  }
  return psi
}

/** @category models */
export interface Likelihood {
  readonly logLikelihood: number
  /** Variance of the innovations, at its maximum. */
  readonly variance: number
  /** Of each regressor, at the maximum: generalized least squares. */
  readonly coefficients: ReadonlyArray<number>
  /** Best forecasts of what follows the series, less its regressors. */
  readonly forecast: (horizon: number) => ReadonlyArray<number>
}

/**
 * The likelihood of `x` as its regressors, such as ones for a mean, and the process around them. Coefficients and variance
 * are at their maxima, which have a closed form. `undefined` where the process is not stationary, the variance is 0 or the
 * regressors depend on each other.
 *
 * @category fitting
 */
export const likelihood = (
  arma: Arma,
  x: ReadonlyArray<number>,
  regressors: ReadonlyArray<ReadonlyArray<number>> = []
): Likelihood | undefined => {
  const n = x.length
  const size = Math.max(arma.ar.length, arma.ma.length + 1)
  const gamma = autocovariances(arma, size)
  if (gamma === undefined || n === 0) return undefined
  const phi = new Float64Array(size)
  phi.set(arma.ar)
  const step = transition(phi)
  const filter = gains(arma, gamma, phi, step)
  const state = new Float64Array(size)
  const count = regressors.length
  const states = regressors.map(() => new Float64Array(size))
  const surprises = new Float64Array(count)
  const products = new Float64Array(count)
  const squaresOf = Array.from({ length: count }, () => new Float64Array(count))
  let [logs, squares] = [0, 0]
  for (let t = 0; t < n; t++) {
    const { f, k } = filter
    if (!(f > 0)) return undefined
    logs += Math.log(f)
    const innovation = x[t]! - state[0]!
    squares += innovation * innovation / f
    advance(state, step, k, innovation / f)
    for (let at = 0; at < count; at++) {
      const surprise = regressors[at]![t]! - states[at]![0]!
      surprises[at] = surprise
      products[at]! += innovation * surprise / f
      for (let other = 0; other <= at; other++) squaresOf[at]![other]! += surprise * surprises[other]! / f
      advance(states[at]!, step, k, surprise / f)
    }
    proceed(filter, step)
  }
  const coefficients = solvePositive(squaresOf, products)
  if (coefficients === undefined) return undefined
  const explained = coefficients.reduce((sum, value, at) => sum + value * products[at]!, 0)
  const variance = (squares - explained) / n
  if (!(variance > 0)) return undefined
  return {
    logLikelihood: -0.5 * (n * (Math.log(2 * Math.PI * variance) + 1) + logs),
    variance,
    coefficients,
    forecast: (horizon) => {
      const now = Float64Array.from(
        state,
        (value, index) => coefficients.reduce((left, of, at) => left - of * states[at]![index]!, value)
      )
      return Array.from({ length: horizon }, () => {
        const value = now[0]!
        step(now)
        return value
      })
    }
  }
}

type Step = (state: Float64Array) => void

/** Multiplies by the transition matrix: the first column is `phi`, ones stand above the diagonal. */
const transition = (phi: Float64Array): Step => {
  const nonzero: Array<number> = []
  for (let at = 0; at < phi.length; at++) if (phi[at] !== 0) nonzero.push(at)
  const last = phi.length - 1
  return (state) => {
    const first = state[0]!
    state.copyWithin(0, 1)
    state[last] = 0
    for (let at = 0; at < nonzero.length; at++) state[nonzero[at]!]! += phi[nonzero[at]!]! * first
  }
}

const advance = (state: Float64Array, step: Step, k: Float64Array, scaled: number) => {
  step(state)
  for (let at = 0; at < state.length; at++) state[at]! += k[at]! * scaled
}

/** Gain `k` and variance `f` of one step after another. Once they no longer move, they are kept. */
const gains = (arma: Arma, gamma: Float64Array, phi: Float64Array, step: Step): Gains => {
  const size = phi.length
  const psi = psiWeights(arma, size)
  // covariance of the state with its first element, which is the process itself
  const k = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let j = i; j < size; j++) if (phi[j] !== 0) sum += phi[j]! * gamma[j - i + 1]!
    for (let lag = i; lag <= arma.ma.length; lag++) sum += (lag === 0 ? 1 : arma.ma[lag - 1]!) * psi[lag - i]!
    k[i] = sum
  }
  step(k)
  return { f: gamma[0]!, k, w: Float64Array.from(k), m: -1 / gamma[0]!, settled: false }
}

interface Gains {
  f: number
  readonly k: Float64Array
  readonly w: Float64Array
  m: number
  settled: boolean
}

const proceed = (gains: Gains, step: Step) => {
  if (gains.settled) return
  const { f: before, k, m, w } = gains
  const first = w[0]!
  step(w)
  const f = before + first * first * m
  const [toGain, toChange] = [m * first, first / f]
  const next = m + m * first * first * m / before
  let largest = 0
  for (let at = 0; at < k.length; at++) {
    k[at]! += w[at]! * toGain
    w[at]! -= k[at]! * toChange
    if (Math.abs(w[at]!) > largest) largest = Math.abs(w[at]!)
  }
  gains.f = f
  gains.m = next
  gains.settled = Math.abs(next) * largest * largest < 1e-13 * f
}
