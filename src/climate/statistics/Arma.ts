/**
 * The exact Gaussian likelihood of an autoregressive moving-average process, and its forecasts.
 *
 * `x_t = phi_1 x_{t-1} + ... + e_t + theta_1 e_{t-1} + ...`, by a Kalman filter on Harvey's state space form. The covariance
 * is carried by the Chandrasekhar recursions (Morf and Kailath 1975; Herbst 2015): a step costs as much as the state has
 * elements, not its square.
 */

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
export const autocovariances = ({ ar, ma }: Arma, lags: number): ReadonlyArray<number> | undefined => {
  const partial = partialAutocorrelations(ar)
  if (partial === undefined) return undefined
  const theta = [1, ...ma]
  const reach = lags + ma.length
  const gamma = new Float64Array(reach + 1)
  gamma[0] = partial.reduce((variance, p) => variance / (1 - p * p), 1)
  // Levinson forwards: the autocorrelation at lag k from the predictor of order k - 1
  let predictor: Array<number> = []
  let unexplained = gamma[0]
  for (let lag = 1; lag <= reach; lag++) {
    if (lag > ar.length) {
      let sum = 0
      for (let at = 0; at < ar.length; at++) sum += ar[at]! * gamma[lag - 1 - at]!
      gamma[lag] = sum
      continue
    }
    const p = partial[lag - 1]!
    let sum = p * unexplained
    for (let at = 0; at < predictor.length; at++) sum += predictor[at]! * gamma[lag - 1 - at]!
    gamma[lag] = sum
    predictor = predictor.map((value, at) => value - p * predictor[predictor.length - 1 - at]!)
    predictor.push(p)
    unexplained *= 1 - p * p
  }
  const terms = theta.flatMap((value, lag) => value === 0 ? [] : [[lag, value] as const])
  return Array.from({ length: lags + 1 }, (_, lag) => {
    let sum = 0
    for (const [i, a] of terms) for (const [j, b] of terms) sum += a * b * gamma[Math.abs(lag + i - j)]!
    return sum
  })
}

/**
 * Partial autocorrelations of an autoregression, by Levinson's recursion backwards. `undefined` where one is not between
 * -1 and 1: the process is not stationary.
 *
 * @category functions
 */
export const partialAutocorrelations = (ar: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  const partial = Array.from({ length: ar.length }, () => 0)
  let phi = [...ar]
  for (let order = ar.length; order > 0; order--) {
    const p = phi[order - 1]!
    if (!(Math.abs(p) < 1)) return undefined
    partial[order - 1] = p
    phi = Array.from({ length: order - 1 }, (_, at) => (phi[at]! + p * phi[order - 2 - at]!) / (1 - p * p))
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
  /** The mean at its maximum; 0 where none was asked for. */
  readonly mean: number
  /** Best forecasts of what follows the series. */
  readonly forecast: (horizon: number) => ReadonlyArray<number>
}

/**
 * The likelihood of `x`, with variance (and the mean, where `withMean`) at their maxima, which have a closed form.
 * `undefined` where the process is not stationary or the variance is 0.
 *
 * @category fitting
 */
export const likelihood = (arma: Arma, x: ReadonlyArray<number>, withMean: boolean): Likelihood | undefined => {
  const n = x.length
  const size = Math.max(arma.ar.length, arma.ma.length + 1)
  const gamma = autocovariances(arma, size)
  if (gamma === undefined || n === 0) return undefined
  const phi = Float64Array.from({ length: size }, (_, at) => arma.ar[at] ?? 0)
  const step = transition(phi)
  const filter = gains(arma, gamma, phi, step)
  const innovations = new Float64Array(n)
  const ofOnes = new Float64Array(n)
  const variances = new Float64Array(n)
  const state = new Float64Array(size)
  const stateOfOnes = new Float64Array(size)
  let logs = 0
  for (let t = 0; t < n; t++) {
    const { f, k } = filter
    if (!(f > 0)) return undefined
    variances[t] = f
    logs += Math.log(f)
    innovations[t] = x[t]! - state[0]!
    advance(state, step, k, innovations[t]! / f)
    if (withMean) {
      ofOnes[t] = 1 - stateOfOnes[0]!
      advance(stateOfOnes, step, k, ofOnes[t]! / f)
    }
    proceed(filter, step)
  }
  let mean = 0
  if (withMean) {
    let [above, below] = [0, 0]
    for (let t = 0; t < n; t++) {
      above += innovations[t]! * ofOnes[t]! / variances[t]!
      below += ofOnes[t]! ** 2 / variances[t]!
    }
    mean = above / below
  }
  let squares = 0
  for (let t = 0; t < n; t++) squares += (innovations[t]! - mean * ofOnes[t]!) ** 2 / variances[t]!
  const variance = squares / n
  if (!(variance > 0)) return undefined
  return {
    logLikelihood: -0.5 * (n * (Math.log(2 * Math.PI * variance) + 1) + logs),
    variance,
    mean,
    forecast: (horizon) => {
      const at = Float64Array.from(state, (value, index) => value - mean * stateOfOnes[index]!)
      return Array.from({ length: horizon }, () => {
        const value = at[0]! + mean
        step(at)
        return value
      })
    }
  }
}

type Step = (state: Float64Array) => void

/** Multiplies by the transition matrix: the first column is `phi`, ones stand above the diagonal. */
const transition = (phi: Float64Array): Step => {
  const nonzero = Array.from(phi.keys()).filter((at) => phi[at] !== 0)
  const last = phi.length - 1
  return (state) => {
    const first = state[0]!
    for (let at = 0; at < last; at++) state[at] = state[at + 1]!
    state[last] = 0
    for (let at = 0; at < nonzero.length; at++) state[nonzero[at]!]! += phi[nonzero[at]!]! * first
  }
}

const advance = (state: Float64Array, step: Step, k: Float64Array, scaled: number) => {
  step(state)
  for (let at = 0; at < state.length; at++) state[at]! += k[at]! * scaled
}

/** Gain `k` and variance `f` of one step after another. Once they no longer move, they are kept. */
const gains = (arma: Arma, gamma: ReadonlyArray<number>, phi: Float64Array, step: Step): Gains => {
  const size = phi.length
  const psi = psiWeights(arma, size)
  // covariance of the state with its first element, which is the process itself
  const k = Float64Array.from({ length: size }, (_, i) => {
    let sum = 0
    for (let j = i; j < size; j++) if (phi[j] !== 0) sum += phi[j]! * gamma[j - i + 1]!
    for (let lag = i; lag <= arma.ma.length; lag++) sum += (lag === 0 ? 1 : arma.ma[lag - 1]!) * psi[lag - i]!
    return sum
  })
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
