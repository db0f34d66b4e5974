/**
 * What is strange about anomalies: how they differ from the other rows, how severe they are, and what to do.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import * as Formulas from "./AnomalyFormulas.ts"
import { Data, matrix, Scores } from "./AnomalyTools.ts"
import * as Answer from "./Answer.ts"
import { ValidationError } from "./ClimateError.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as Series from "./statistics/Series.ts"

const severities = ["critical", "high", "medium", "low"] as const

/** @category schemas */
export const Severity = Schema.Literals(severities)
/** @category schemas */
export type Severity = typeof Severity.Type

/** The severity of an anomaly by its score. @category formulas */
export const severityOf = (score: number): Severity =>
  score >= 0.75 ? "critical" : score >= 0.65 ? "high" : score >= 0.55 ? "medium" : "low"

/** How one column differs. `relative_difference` is null where the normal mean is 0. @category schemas */
export const Pattern = Schema.Struct({
  feature: Schema.String,
  anomaly_mean: Schema.Finite,
  normal_mean: Schema.Finite,
  anomaly_std: Schema.NullOr(Schema.Finite),
  normal_std: Schema.NullOr(Schema.Finite),
  relative_difference: Schema.NullOr(Schema.Finite)
})
/** @category schemas */
export type Pattern = typeof Pattern.Type

const deviation = (values: ReadonlyArray<number>): number | null =>
  values.length < 2 ? null : Math.sqrt(Series.variance(values) * values.length / (values.length - 1))

const indicesField = Schema.Array(Field.integer("row, from 0", 0, Number.MAX_SAFE_INTEGER))

/** Rows apart by `indices`. Fails with `ValidationError` for a row that is not there. */
const split = Effect.fnUntraced(function*(rows: ReadonlyArray<ReadonlyArray<number>>, indices: ReadonlyArray<number>) {
  const beyond = indices.findIndex((index) => index >= rows.length)
  if (beyond >= 0) return yield* invalid(`anomaly_indices.${beyond}`, "is not a row", `0 to ${rows.length - 1}`)
  const strange = new Set(indices)
  return { anomalies: rows.filter((_, at) => strange.has(at)), normal: rows.filter((_, at) => !strange.has(at)) }
})

/** @category tools */
export const analyzePatterns = Tool.make("analyze_patterns", {
  description:
    "Means and standard deviations of anomalies and of normal rows for each column, the most different first",
  input: Schema.Struct({
    data: Data,
    anomaly_indices: indicesField,
    feature_columns: Field.optional(Schema.NonEmptyArray(Schema.String))
  }),
  output: Schema.Struct({ patterns: Schema.Array(Pattern) }),
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ anomaly_indices, data, feature_columns }) {
    const { columns, rows } = yield* matrix(data, feature_columns)
    const { anomalies, normal } = yield* split(rows, anomaly_indices)
    if (anomalies.length === 0 || normal.length === 0) return { patterns: [] }
    const patterns = columns.map((feature, at): Pattern => {
      const [strange, usual] = [anomalies.map((row) => row[at]!), normal.map((row) => row[at]!)]
      const [a, b] = [Series.mean(strange), Series.mean(usual)]
      const [c, d] = [deviation(strange), deviation(usual)]
      const relative = Math.abs(a - b) / Math.abs(b)
      return {
        feature,
        anomaly_mean: Answer.figure(a),
        normal_mean: Answer.figure(b),
        anomaly_std: c === null ? null : Answer.figure(c),
        normal_std: d === null ? null : Answer.figure(d),
        relative_difference: Number.isFinite(relative) ? Answer.figure(relative) : null
      }
    })
    const groups = { anomalies: anomalies.length, normal: normal.length, columns: columns.length }
    const numbers = (of: (pattern: Pattern) => ReadonlyArray<number | null>) =>
      patterns.flatMap(of).filter(Predicate.isNotNull)
    yield* Formulas.groupMean(groups, numbers((of) => [of.anomaly_mean, of.normal_mean]))
    yield* Formulas.groupDeviation(groups, numbers((of) => [of.anomaly_std, of.normal_std]))
    yield* Formulas.relativeDifference(groups, numbers((of) => [of.relative_difference]))
    return {
      patterns: patterns.toSorted((a, b) =>
        (b.relative_difference ?? -1) - (a.relative_difference ?? -1) || (a.feature < b.feature ? -1 : 1)
      )
    }
  })
})

/** @category schemas */
export const Alert = Schema.Struct({
  index: Schema.Int,
  score: Schema.Finite,
  severity: Severity,
  confidence: Schema.Finite.annotate({ description: "0 to 1: twice the score above 0.5" }),
  hints: Schema.Array(Schema.String),
  advice: Schema.String
})
/** @category schemas */
export type Alert = typeof Alert.Type

const advice: Readonly<Record<Severity, string>> = {
  critical: "Check the meter and the plant today",
  high: "Check the reading and what ran at that time this week",
  medium: "Compare with the next readings",
  low: "Keep an eye on it"
}

/** @category tools */
export const generateAlerts = Tool.make("generate_alerts", {
  description: "An alert for each anomaly of a severity or above, with the columns that are far from normal",
  input: Schema.Struct({
    data: Data,
    anomaly_scores: Scores,
    anomaly_indices: indicesField,
    min_severity: Field.withDefault(Severity, "high"),
    feature_columns: Field.optional(Schema.NonEmptyArray(Schema.String))
  }),
  output: Schema.Struct({ alerts: Schema.Array(Alert) }),
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ anomaly_indices, anomaly_scores, data, feature_columns, min_severity }) {
    if (anomaly_scores.length !== data.length) {
      return yield* invalid(
        "anomaly_scores",
        `has ${anomaly_scores.length} entries`,
        `${data.length}, one for each row`
      )
    }
    const { columns, rows } = yield* matrix(data, feature_columns)
    const { normal } = yield* split(rows, anomaly_indices)
    const usual = columns.map((_, at) => {
      const values = normal.map((row) => row[at]!)
      return values.length === 0 ? undefined : { mean: Series.mean(values), std: deviation(values) ?? 0 }
    })
    const alerts = anomaly_indices.flatMap((index): ReadonlyArray<Alert> => {
      const score = anomaly_scores[index]!
      const severity = severityOf(score)
      if (severities.indexOf(severity) > severities.indexOf(min_severity)) return []
      const hints = columns.flatMap((column, at) => {
        const of = usual[at]
        if (of === undefined || of.std === 0) return []
        const z = (rows[index]![at]! - of.mean) / of.std
        return Math.abs(z) > 3
          ? [
            `${column} is ${Answer.figure(Math.abs(z)).toFixed(1)} standard deviations ${
              z > 0 ? "above" : "below"
            } normal`
          ]
          : []
      })
      const confidence = Answer.figure(Math.min(1, Math.max(0, (score - 0.5) * 2)))
      return [{ index, score, severity, confidence, hints, advice: advice[severity] }]
    })
    const ordered = alerts.toSorted((a, b) => b.score - a.score || a.index - b.index)
    yield* Formulas.alertConfidence({ alerts: alerts.length }, ordered.map(({ confidence }) => confidence))
    return { alerts: ordered }
  })
})

/** @category schemas */
export const TopAnomaly = Schema.Struct({
  index: Schema.Int,
  score: Schema.Finite,
  severity: Severity,
  features: Schema.Record(Schema.String, Schema.NullOr(Schema.Finite))
})

/** @category tools */
export const summarize = Tool.make("summarize", {
  description: "How many anomalies there are, how severe, which are the strangest and by which columns",
  input: Schema.Struct({
    rows: Field.integer("number of rows", 0, Number.MAX_SAFE_INTEGER),
    severities: Schema.Array(Severity).annotate({ description: "severity of each anomaly" }),
    alerts: Field.integer("number of alerts", 0, Number.MAX_SAFE_INTEGER),
    threshold: Schema.NullOr(Schema.Finite),
    top_anomalies: Schema.Array(TopAnomaly),
    patterns: Schema.Array(Pattern)
  }),
  output: Schema.Struct({
    alert_summary: Schema.String,
    severity_distribution: Schema.Record(Schema.String, Schema.Int)
  }),
  execute: Effect.fnUntraced(function*({ alerts, rows, severities: of }) {
    const counts = severities.flatMap((severity) => {
      const count = of.filter((each) => each === severity).length
      return count === 0 ? [] : [[severity, count] as const]
    })
    const words = counts.map(([severity, count]) => `${count} ${severity}`).join(", ")
    const normal = rows - of.length
    yield* Formulas.normalCount({ rows, anomalies: of.length }, normal)
    yield* Formulas.severityCounts({ anomalies: of.length }, counts.map(([, count]) => count))
    return {
      alert_summary: of.length === 0
        ? `no anomalies in ${rows} rows`
        : `${of.length} anomalies in ${rows} rows (${words}); ${alerts} alerts`,
      severity_distribution: { ...Object.fromEntries(counts), normal }
    }
  })
})
