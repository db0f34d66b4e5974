/**
 * Outliers in a table of energy or emissions, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as AiTwin from "./AiTwin.ts"
import * as Formulas from "./AnomalyFormulas.ts"
import * as Report from "./AnomalyReportTools.ts"
import * as Tools from "./AnomalyTools.ts"
import * as Answer from "./Answer.ts"
import * as Bulk from "./Bulk.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"

/** @category schemas */
export const AnomalyInput = Schema.Struct({
  data: Tools.rowsOf(100),
  contamination: Field.withDefault(Tools.contamination, 0.1),
  ...Tools.forestFields,
  labels: Field.optional(Tools.Labels)
})
/** @category schemas */
export type AnomalyInput = typeof AnomalyInput.Type

/** @category schemas */
export const AnomalyOutput = Schema.Struct({
  anomalies: Bulk.booleans,
  anomaly_scores: Bulk.numbers,
  anomaly_indices: Schema.Array(Schema.Int),
  n_anomalies: Schema.Int,
  n_normal: Schema.Int,
  anomaly_rate: Schema.Finite,
  threshold: Schema.NullOr(Schema.Finite),
  severity_distribution: Schema.Record(Schema.String, Schema.Int),
  top_anomalies: Schema.Array(Report.TopAnomaly),
  patterns: Schema.Array(Report.Pattern),
  alerts: Schema.Array(Report.Alert),
  alert_summary: Schema.String,
  metrics: Field.optional(Tools.Metrics),
  model_info: Tools.ModelInfo,
  recommendations: Schema.Array(Recommendation)
})
/** @category schemas */
export type AnomalyOutput = typeof AnomalyOutput.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const AnomalyErrorAI = Schema.Union([...Tools.AnomalyError.members, InvalidInput, ...AiTwin.TwinError.members])

/** The tools that read every row: the model is shown their summary instead. */
const rowTools = [Tools.detect, Report.analyzePatterns, Report.generateAlerts].map(({ name }) => name)

const compute = Effect.fnUntraced(function*(input: AnomalyInput, call: ToolCall) {
  yield* Effect.yieldNow
  const { contamination, data, labels, ...settings } = input
  const detected = yield* Tools.detect.call({ data, contamination, ...settings })
  const { anomaly_indices, anomaly_scores, model_info: model, threshold } = detected
  const columns = input.feature_columns === undefined ? {} : { feature_columns: input.feature_columns }
  const strange = new Set(anomaly_indices)
  const anomalies = data.map((_, at) => strange.has(at))
  yield* Effect.yieldNow
  const { patterns } = yield* Report.analyzePatterns.call({ data, anomaly_indices, ...columns })
  yield* Effect.yieldNow
  const { alerts } = yield* Report.generateAlerts.call({ data, anomaly_scores, anomaly_indices, ...columns })
  yield* Effect.yieldNow
  const rated = labels === undefined
    ? undefined
    : yield* Tools.metrics.call({ labels, predicted: anomalies, anomaly_scores })
  const severities = anomaly_indices.map((index) => Report.severityOf(anomaly_scores[index]!))
  const top = anomaly_indices.map((index) => ({ index, score: anomaly_scores[index]! }))
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, 10)
    .map((of) => ({ ...of, severity: Report.severityOf(of.score), features: data[of.index]! }))
  const { alert_summary, severity_distribution } = yield* call(Report.summarize, {
    rows: data.length,
    severities,
    alerts: alerts.length,
    threshold,
    top_anomalies: top,
    patterns: patterns.slice(0, 5)
  })
  const rows = data.length
  const rate = Answer.figure(anomaly_indices.length / rows)
  yield* Formulas.anomalyCount({ contamination, rows }, anomaly_indices.length)
  yield* Formulas.anomalyRate({ anomalies: anomaly_indices.length, rows }, rate)
  const output: AnomalyOutput = {
    anomalies,
    anomaly_scores,
    anomaly_indices,
    n_anomalies: anomaly_indices.length,
    n_normal: data.length - anomaly_indices.length,
    anomaly_rate: rate,
    threshold,
    severity_distribution,
    top_anomalies: top,
    patterns,
    alerts,
    alert_summary,
    ...(rated === undefined ? {} : { metrics: rated }),
    model_info: model,
    recommendations: alerts.slice(0, 3).map(({ advice, index, severity }) => ({
      priority: severity === "critical" ? "critical" as const : "high" as const,
      action: `Row ${index}: ${advice}`
    }))
  }
  return output
})

/** Labels are one for each row, and a tree has no more rows than there are. Fails with `ValidationError`. */
const validate = (input: AnomalyInput) =>
  input.labels !== undefined && input.labels.length !== input.data.length
    ? Effect.fail(invalid("labels", `has ${input.labels.length} entries`, `${input.data.length}, one for each row`))
    : Effect.succeed(input)

/**
 * Needs a `CpuPool` and a language model. The forest grows on a worker thread: the event loop stays free, and
 * interruption ends the work. The same rows and settings give the same scores everywhere. A run may cost 1.00 US dollar.
 *
 * @category agents
 */
export const AnomalyAgentIForest = Agent.make("AnomalyAgentIForest", {
  version: "1.0.0",
  description:
    "Outliers in a table by an isolation forest: scores, severity, patterns and alerts, explained by a model",
  input: Strict.make(AnomalyInput),
  output: Schema.Struct({ ...AnomalyOutput.fields, ...AiTwin.fields }),
  error: AnomalyErrorAI,
  tools: [
    Tools.fit,
    Tools.detect,
    Tools.score,
    Tools.rank,
    Report.analyzePatterns,
    Report.generateAlerts,
    Report.summarize,
    Tools.metrics,
    Tools.averagePathLength,
    Tools.anomalyScore,
    Tools.randomWords
  ],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "AnomalyAgentIForest",
      purpose: "You explain which rows of a table of energy or emissions do not belong.",
      input: { rows: input.data.length, contamination: input.contamination, seed: input.seed },
      output: AnomalyOutput,
      budgetUsd: 1,
      compute: (call) => compute(input, call)
    }).pipe(Effect.map(({ provenance, ...answer }) => ({
      ...answer,
      provenance: { ...provenance, toolsUsed: [...rowTools, ...provenance.toolsUsed] }
    })))
})
