/**
 * Minimum of a smooth function of a few variables.
 */

/** @category models */
export interface Minimum {
  readonly at: ReadonlyArray<number>
  readonly value: number
  /** Whether it ended because nothing smaller was near, rather than because the iterations were used up. */
  readonly converged: boolean
}

/**
 * BFGS (Broyden, Fletcher, Goldfarb and Shanno) with forward differences and backtracking. `f` answers `Infinity` where it
 * is not defined. Deterministic.
 *
 * @category minimizing
 */
export const bfgs = (
  f: (x: ReadonlyArray<number>) => number,
  start: ReadonlyArray<number>,
  maxIterations: number
): Minimum => {
  const n = start.length
  let x = [...start]
  let value = f(x)
  if (n === 0) return { at: x, value, converged: Number.isFinite(value) }
  if (!Number.isFinite(value)) return { at: x, value, converged: false }
  let slope = gradient(f, x, value)
  let inverse = identity(n)
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    let direction = inverse.map((row) => -dot(row, slope))
    let descent = dot(direction, slope)
    if (!(descent < 0)) {
      inverse = identity(n)
      direction = slope.map((s) => -s)
      descent = dot(direction, slope)
      if (descent === 0) return { at: x, value, converged: true }
    }
    const longest = Math.max(...direction.map(Math.abs))
    let step = Math.min(1, 2 / longest)
    let next = x
    let nextValue = Infinity
    for (let halving = 0; halving < 40; halving++, step /= 2) {
      next = x.map((xi, at) => xi + step * direction[at]!)
      nextValue = f(next)
      if (nextValue <= value + 1e-4 * step * descent) break
    }
    if (!(nextValue < value)) return { at: x, value, converged: true }
    const nextSlope = gradient(f, next, nextValue)
    const s = next.map((xi, at) => xi - x[at]!)
    const y = nextSlope.map((gi, at) => gi - slope[at]!)
    const gain = value - nextValue
    x = next
    value = nextValue
    slope = nextSlope
    if (gain <= 1e-9 * (Math.abs(value) + 1)) return { at: x, value, converged: true }
    const sy = dot(s, y)
    if (sy > 1e-12) inverse = update(inverse, s, y, sy)
  }
  return { at: x, value, converged: false }
}

const update = (
  inverse: ReadonlyArray<ReadonlyArray<number>>,
  s: ReadonlyArray<number>,
  y: ReadonlyArray<number>,
  sy: number
) => {
  const hy = inverse.map((row) => dot(row, y))
  const scale = (1 + dot(y, hy) / sy) / sy
  return inverse.map((row, i) => row.map((h, j) => h + scale * s[i]! * s[j]! - (hy[i]! * s[j]! + s[i]! * hy[j]!) / sy))
}

/** By forward differences: half the calls of central ones, and near a minimum as good. */
const gradient = (f: (x: ReadonlyArray<number>) => number, x: ReadonlyArray<number>, value: number) => {
  const moved = [...x]
  return x.map((xi, at) => {
    const h = 1e-6 * (1 + Math.abs(xi))
    moved[at] = xi + h
    const difference = (f(moved) - value) / h
    moved[at] = xi
    return Number.isFinite(difference) ? difference : 0
  })
}

const dot = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => a.reduce((sum, ai, at) => sum + ai * b[at]!, 0)

const identity = (n: number): Array<Array<number>> =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => i === j ? 1 : 0))
