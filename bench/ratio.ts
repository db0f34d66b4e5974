/**
 * What a benchmark prints: one line a comparison, with the ratio of the medians and the figure it is held against.
 */
import { type BenchResult } from "vitest"

/** Milliseconds of the median call of `ours`, of `theirs`, and how many times longer ours takes. */
export const ratio = (what: string, ours: BenchResult, theirs: BenchResult, target: string): number => {
  const times = ours.latency.p50 / theirs.latency.p50
  const millis = (result: BenchResult) => `${result.latency.p50.toPrecision(3)} ms`
  report(what, `${ours.name} ${millis(ours)}, ${theirs.name} ${millis(theirs)}`, `${times.toFixed(2)}x`, target)
  return times
}

/** One line of the table: what was measured, in which figures, the result, and the target. */
export const report = (what: string, figures: string, result: string, target: string): void =>
  console.log(`| ${what} | ${figures} | ${result} | ${target} |`)
