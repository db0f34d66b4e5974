/**
 * Isolation forest: rows that random cuts separate early are anomalies (Liu, Ting and Zhou 2008).
 *
 * Pure and without imports of Effect: a worker thread loads it. The order of all random draws is fixed (see `Random`), so
 * the same rows and settings give the same scores everywhere.
 */
import * as Random from "./Random.ts"

/** @category models */
export interface Settings {
  /** Number of trees. */
  readonly trees: number
  /** Rows of each tree, at most as many as there are. */
  readonly maxSamples: number
  /** Share of the columns that each tree uses, above 0 to 1. */
  readonly maxFeatures: number
  /** Whether the rows of a tree are drawn with replacement. */
  readonly bootstrap: boolean
  /** A whole number from 0 to 2^53 - 1. */
  readonly seed: number
}

/** @category models */
export interface Scored {
  /** One for each row, between 0 and 1: the larger, the stranger. */
  readonly scores: ReadonlyArray<number>
  /** Rows that each tree used. */
  readonly sampleSize: number
  readonly heightLimit: number
}

/** Euler's constant to ten decimals, as the paper's implementations have it. */
const euler = 0.5772156649

/**
 * The mean path length of a search that fails in a binary search tree of `n` rows: what remains below a leaf.
 *
 * ```ts
 * import { averagePathLength } from "greenlang/climate/statistics/IsolationForest"
 *
 * averagePathLength(2) // => 1
 * averagePathLength(64).toFixed(3) // => "7.472"
 * ```
 *
 * @category formulas
 */
export const averagePathLength = (n: number): number =>
  n > 2 ? 2 * (Math.log(n - 1) + euler) - 2 * (n - 1) / n : n === 2 ? 1 : 0

/**
 * `2^(-mean path / c(n))`: 1 is an anomaly, 0.5 is a row like the others. With fewer than two rows in a tree no path says
 * anything, and the score is 0.5.
 *
 * @category formulas
 */
export const score = (meanPathLength: number, n: number): number =>
  n < 2 ? 0.5 : 2 ** (-meanPathLength / averagePathLength(n))

type Node =
  | { readonly size: number }
  | { readonly feature: number; readonly split: number; readonly left: Node; readonly right: Node }

/**
 * Grows the forest and scores every row. Rows have the same columns, all finite.
 *
 * @category fitting
 */
export const fit = (rows: ReadonlyArray<ReadonlyArray<number>>, settings: Settings): Scored => {
  const n = rows.length
  const columns = rows[0]?.length ?? 0
  const sampleSize = Math.min(settings.maxSamples, n)
  const heightLimit = sampleSize < 2 ? 0 : Math.ceil(Math.log2(sampleSize))
  const used = Math.max(1, Math.floor(settings.maxFeatures * columns + 0.5))
  const paths = new Float64Array(n)
  for (const state of Random.treeStates(settings.seed, settings.trees)) {
    const words = Random.xoshiro128(state)
    const drawn = settings.bootstrap
      ? Array.from({ length: sampleSize }, () => Random.below(words, n))
      : Random.sample(words, n, sampleSize)
    const features = used < columns
      ? Random.sample(words, columns, used).toSorted((a, b) => a - b)
      : Array.from({ length: columns }, (_, at) => at)
    const root = grow(rows, drawn, features, 0, heightLimit, words)
    for (let at = 0; at < n; at++) paths[at]! += pathLength(root, rows[at]!)
  }
  return {
    scores: Array.from(paths, (sum) => score(sum / settings.trees, sampleSize)),
    sampleSize,
    heightLimit
  }
}

const grow = (
  rows: ReadonlyArray<ReadonlyArray<number>>,
  held: ReadonlyArray<number>,
  features: ReadonlyArray<number>,
  depth: number,
  limit: number,
  words: Random.Words
): Node => {
  if (depth >= limit || held.length <= 1) return { size: held.length }
  const varying: Array<readonly [feature: number, min: number, max: number]> = []
  for (const feature of features) {
    let min = Infinity
    let max = -Infinity
    for (const row of held) {
      const value = rows[row]![feature]!
      if (value < min) min = value
      if (value > max) max = value
    }
    if (max > min) varying.push([feature, min, max])
  }
  if (varying.length === 0) return { size: held.length }
  const [feature, min, max] = varying[Random.below(words, varying.length)]!
  const split = min + Random.unit(words) * (max - min)
  const left: Array<number> = []
  const right: Array<number> = []
  for (const row of held) (rows[row]![feature]! <= split ? left : right).push(row)
  return {
    feature,
    split,
    left: grow(rows, left, features, depth + 1, limit, words),
    right: grow(rows, right, features, depth + 1, limit, words)
  }
}

const pathLength = (root: Node, row: ReadonlyArray<number>): number => {
  let node = root
  let depth = 0
  while ("left" in node) {
    node = row[node.feature]! <= node.split ? node.left : node.right
    depth++
  }
  return depth + averagePathLength(node.size)
}

/** @category models */
export interface Detected {
  /** Row numbers from 0, ascending. */
  readonly indices: ReadonlyArray<number>
  /** The smallest score among the anomalies. `undefined` where there are none. */
  readonly threshold: number | undefined
}

/**
 * Exactly `floor(contamination * n + 0.5)` rows, those with the largest scores; of equal scores the lower row.
 *
 * @category detecting
 */
export const detect = (scores: ReadonlyArray<number>, contamination: number): Detected => {
  const count = Math.floor(contamination * scores.length + 0.5)
  const chosen = rank(scores).slice(0, count)
  const last = chosen.at(-1)
  return {
    indices: chosen.toSorted((a, b) => a - b),
    threshold: last === undefined ? undefined : scores[last]
  }
}

/** Row numbers by falling score; of equal scores the lower row first. @category detecting */
export const rank = (scores: ReadonlyArray<number>): Array<number> =>
  Array.from(scores, (_, row) => row).toSorted((a, b) => scores[b]! - scores[a]! || a - b)

/** What a worker thread is given. @category models */
export interface Job extends Settings {
  readonly rows: ReadonlyArray<ReadonlyArray<number>>
}

/** `fit` for a worker thread, which takes one argument. @category fitting */
export const fitJob = ({ rows, ...settings }: Job): Scored => fit(rows, settings)
