/**
 * How well predicted anomalies agree with known ones.
 */

/** @category models */
export interface Metrics {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/**
 * Precision, recall and their harmonic mean. Where nothing was predicted, or nothing was there, the share is 0.
 *
 * @category metrics
 */
export const metrics = (labels: ReadonlyArray<boolean>, predicted: ReadonlyArray<boolean>): Metrics => {
  const hits = labels.filter((label, at) => label && predicted[at]).length
  const share = (of: number) => of === 0 ? 0 : hits / of
  const precision = share(predicted.filter(Boolean).length)
  const recall = share(labels.filter(Boolean).length)
  return { precision, recall, f1: precision + recall === 0 ? 0 : 2 * precision * recall / (precision + recall) }
}

/**
 * The chance that an anomaly scores above a normal row, ties half (rank sum). `undefined` where one kind is missing.
 *
 * @category metrics
 */
export const rocAuc = (labels: ReadonlyArray<boolean>, scores: ReadonlyArray<number>): number | undefined => {
  const order = Array.from(scores, (_, at) => at).toSorted((a, b) => scores[a]! - scores[b]!)
  const ranks = new Float64Array(scores.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + to + 1) / 2
    from = to
  }
  const positives = labels.filter(Boolean).length
  const negatives = labels.length - positives
  if (positives === 0 || negatives === 0) return undefined
  const sum = ranks.reduce((total, rank, at) => labels[at] ? total + rank : total, 0)
  return (sum - positives * (positives + 1) / 2) / (positives * negatives)
}
