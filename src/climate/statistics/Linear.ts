/**
 * Small linear algebra for regressions: nothing larger than a few dozen unknowns.
 */

/**
 * Ordinary least squares by Householder reflections.
 *
 * @category models
 */
export interface LeastSquares {
  readonly coefficients: ReadonlyArray<number>
  readonly standardErrors: ReadonlyArray<number>
  /** Sum of the squares of the residuals. */
  readonly residualSum: number
}

/**
 * Fits `y` on the columns of `rows`. `undefined` where the columns depend on each other, or there are fewer rows than
 * columns.
 *
 * @category regressions
 */
export const leastSquares = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  y: ReadonlyArray<number>
): LeastSquares | undefined => {
  const n = rows.length
  const k = rows[0]?.length ?? 0
  if (n < k || k === 0) return undefined
  const a = rows.map((row) => Float64Array.from(row))
  const b = Float64Array.from(y)
  const sizes = Array.from({ length: k }, (_, column) => Math.hypot(...a.map((row) => row[column]!)))
  for (let column = 0; column < k; column++) {
    let norm = 0
    for (let row = column; row < n; row++) norm = Math.hypot(norm, a[row]![column]!)
    if (norm <= 1e-11 * sizes[column]! || norm === 0) return undefined
    const pivot = a[column]![column]! > 0 ? -norm : norm
    const v = Array.from({ length: n - column }, (_, at) => a[column + at]![column]!)
    v[0]! -= pivot
    const square = v.reduce((sum, value) => sum + value * value, 0)
    for (let target = column; target < k; target++) {
      let dot = 0
      for (let at = 0; at < v.length; at++) dot += v[at]! * a[column + at]![target]!
      const by = 2 * dot / square
      for (let at = 0; at < v.length; at++) a[column + at]![target]! -= by * v[at]!
    }
    let dot = 0
    for (let at = 0; at < v.length; at++) dot += v[at]! * b[column + at]!
    const by = 2 * dot / square
    for (let at = 0; at < v.length; at++) b[column + at]! -= by * v[at]!
  }
  const coefficients = backSubstitute(a, b, k)
  const residualSum = b.subarray(k).reduce((sum, value) => sum + value * value, 0)
  const variance = n > k ? residualSum / (n - k) : 0
  const standardErrors = Array.from({ length: k }, (_, column) => {
    // The rows of the inverse of R: (X'X)^-1 = R^-1 R^-T.
    let sum = 0
    for (let other = column; other < k; other++) {
      const unit = Float64Array.from({ length: k }, (_, at) => at === other ? 1 : 0)
      sum += backSubstitute(a, unit, k)[column]! ** 2
    }
    return Math.sqrt(variance * sum)
  })
  return { coefficients, standardErrors, residualSum }
}

const backSubstitute = (r: ReadonlyArray<Float64Array>, b: Float64Array, k: number): Array<number> => {
  const x = Array.from({ length: k }, () => 0)
  for (let row = k - 1; row >= 0; row--) {
    let value = b[row]!
    for (let column = row + 1; column < k; column++) value -= r[row]![column]! * x[column]!
    x[row] = value / r[row]![row]!
  }
  return x
}

/**
 * Solves `a x = b` by Cholesky's decomposition, `a` positive definite and given by its lower triangle. `undefined` where it
 * is not, or nearly not.
 *
 * @category regressions
 */
export const solvePositive = (
  a: ReadonlyArray<Float64Array>,
  b: Float64Array
): ReadonlyArray<number> | undefined => {
  const n = b.length
  const l = a.map((row) => Float64Array.from(row))
  const x = Array.from(b)
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = a[row]![column]!
      for (let at = 0; at < column; at++) sum -= l[row]![at]! * l[column]![at]!
      if (column < row) l[row]![column] = sum / l[column]![column]!
      else if (sum > 1e-10 * a[row]![row]!) l[row]![row] = Math.sqrt(sum)
      else return undefined
    }
    for (let at = 0; at < row; at++) x[row]! -= l[row]![at]! * x[at]!
    x[row]! /= l[row]![row]!
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let below = row + 1; below < n; below++) x[row]! -= l[below]![row]! * x[below]!
    x[row]! /= l[row]![row]!
  }
  return x
}
