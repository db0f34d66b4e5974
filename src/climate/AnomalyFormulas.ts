/**
 * What the isolation forest and its anomalies are computed by. A worker thread computes the scores; these cite them.
 */
import * as Formula from "./physics/Formula.ts"

const paper = "Liu, Ting and Zhou, Isolation Forest, ICDM 2008"
const convention = "convention of this library (original project rule, secondary)"
const measures = "van Rijsbergen, Information Retrieval (1979)"

/** One score for each row. @category formulas */
export const scores = Formula.recorded({
  id: "anomaly_scores",
  expression: "2^(-E(h(x)) / c(sample_size)), c(n) = 2 * (ln(n-1) + 0.5772156649) - 2 * (n-1) / n",
  unit: "score of each row, 0 to 1",
  source: paper,
  valid: "0.5 where a tree has fewer than two rows"
})

/** How deep a tree grows. @category formulas */
export const heightLimit = Formula.recorded({
  id: "height_limit",
  expression: "ceil(log2(sample_size)), sample_size = min(max_samples, rows)",
  unit: "splits",
  source: paper,
  valid: "0 where a tree has fewer than two rows"
})

/** Cells without a number. @category formulas */
export const missingValues = Formula.recorded({
  id: "missing_values",
  expression: "number of cells without a number; each takes the mean of its column",
  unit: "cells",
  source: convention,
  valid: "a column has one number or more"
})

/** The anomalies by their row. @category formulas */
export const detectedRows = Formula.recorded({
  id: "anomalous_rows",
  expression: "the floor(contamination * rows + 0.5) rows with the largest scores; of equal ones the first",
  unit: "row, from 0",
  source: paper,
  valid: "contamination above 0, below 0.5"
})

/** How many rows are anomalies. @category formulas */
export const anomalyCount = Formula.recorded({
  id: "anomaly_count",
  expression: "floor(contamination * rows + 0.5)",
  unit: "rows",
  source: paper,
  valid: "contamination above 0, below 0.5"
})

/** How many rows are not. @category formulas */
export const normalCount = Formula.recorded({
  id: "normal_count",
  expression: "rows - anomalies",
  unit: "rows",
  source: "definition",
  valid: "anomalies at most rows"
})

/** Share of the rows that are anomalies. @category formulas */
export const anomalyRate = Formula.recorded({
  id: "anomaly_rate",
  expression: "anomalies / rows",
  unit: "share",
  source: "definition",
  valid: "rows above 0"
})

/** How many anomalies have each severity. @category formulas */
export const severityCounts = Formula.recorded({
  id: "severity_counts",
  expression: "anomalies by score: critical 0.75, high 0.65, medium 0.55 and above, else low",
  unit: "rows, as severity_distribution",
  source: convention,
  valid: "scores 0 to 1"
})

/** How sure an alert is. @category formulas */
export const alertConfidence = Formula.recorded({
  id: "alert_confidence",
  expression: "clamp(2 * (score - 0.5), 0, 1)",
  unit: "share, of each alert",
  source: convention,
  valid: "scores 0 to 1"
})

/** Means of the anomalies and of the other rows. @category formulas */
export const groupMean = Formula.recorded({
  id: "group_mean",
  expression: "sum of x / n",
  unit: "as the column",
  source: "arithmetic mean",
  valid: "n above 0"
})

/** Standard deviations of the anomalies and of the other rows. @category formulas */
export const groupDeviation = Formula.recorded({
  id: "group_standard_deviation",
  expression: "sqrt(sum of (x - mean)^2 / (n - 1))",
  unit: "as the column",
  source: "sample standard deviation (Bessel)",
  valid: "n 2 or more"
})

/** How far the means of both are apart. @category formulas */
export const relativeDifference = Formula.recorded({
  id: "relative_difference",
  expression: "abs(anomaly_mean - normal_mean) / abs(normal_mean)",
  unit: "ratio, of each column",
  source: "definition",
  valid: "normal_mean not 0"
})

/** Share of the predicted anomalies that are known ones. @category formulas */
export const precision = Formula.recorded({
  id: "precision",
  expression: "hits / predicted; 0 where none is predicted",
  unit: "share",
  source: measures,
  valid: "one label for each row"
})

/** Share of the known anomalies that are predicted. @category formulas */
export const recall = Formula.recorded({
  id: "recall",
  expression: "hits / known; 0 where none is known",
  unit: "share",
  source: measures,
  valid: "one label for each row"
})

/** Harmonic mean of both. @category formulas */
export const f1 = Formula.recorded({
  id: "f1_score",
  expression: "2 * precision * recall / (precision + recall); 0 where both are 0",
  unit: "share",
  source: measures,
  valid: "one label for each row"
})

/** Area under the curve of both rates. @category formulas */
export const rocAuc = Formula.recorded({
  id: "roc_auc",
  expression: "(rank sum of known - k * (k+1) / 2) / (k * (rows - k)), k known anomalies",
  unit: "share",
  source: "Hanley and McNeil, Radiology 143 (1982)",
  valid: "labels of both kinds"
})
