/**
 * Rows of a table that do not belong: an isolation forest, how its anomalies differ, and alerts.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import * as Formulas from "./AnomalyFormulas.ts"
import * as Answer from "./Answer.ts"
import * as Background from "./Background.ts"
import * as Bulk from "./Bulk.ts"
import { ValidationError } from "./ClimateError.ts"
import { invalid } from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import * as Classification from "./statistics/Classification.ts"
import * as IsolationForest from "./statistics/IsolationForest.ts"
import * as Random from "./statistics/Random.ts"
import * as Series from "./statistics/Series.ts"

/** How the tools can fail besides `InvalidInput`. @category errors */
export const AnomalyError = Schema.Union([ValidationError, Background.WorkerLost])

/** The square of a larger number, and so the deviation of a column, may be none. */
const largest = 1e100

/** A number of at most 1e100 in size; null is missing. */
const Value = Schema.NullOr(Schema.Finite.check(Schema.isBetween({ minimum: -largest, maximum: largest })))

/** Rows of numbers by column, at least so many; null and absent are missing. @category schemas */
export const rowsOf = (least: number) =>
  Bulk.make(
    Schema.Array(Schema.Record(Schema.String, Value)).annotate({
      description: "rows of numbers by column; null is missing"
    }).check(Schema.isMinLength(least)),
    (u) => Bulk.every(u, isRow) && u.length >= least
  )

const isRow = (u: unknown) => {
  if (!Predicate.isObject(u)) return false
  for (const value of Object.values(u)) {
    if (value !== null && !(typeof value === "number" && Math.abs(value) <= largest)) return false
  }
  return true
}

/** Rows of numbers by column; null and absent are missing. @category schemas */
export const Data = rowsOf(0)
type Data = typeof Data.Type

/** @category schemas */
export const seed = Field.integer("seed of the random numbers", 0, Number.MAX_SAFE_INTEGER)

/** @category schemas */
export const forestFields = {
  feature_columns: Field.optional(
    Schema.NonEmptyArray(Schema.String).annotate({ description: "columns; all when absent" })
  ),
  n_estimators: Field.withDefault(Field.integer("number of trees", 10, 1000), 100),
  max_samples: Field.withDefault(Field.integer("rows of each tree, at most all", 2, 1_000_000), 256),
  max_features: Field.withDefault(Field.efficiency("share of the columns of each tree, above 0 to 1"), 1),
  bootstrap: Field.withDefault(Schema.Boolean.annotate({ description: "draw rows with replacement" }), false),
  seed: Field.withDefault(seed, 42)
}

/** @category schemas */
export const contamination = Field.number("share of rows that are anomalies", { above: 0, below: 0.5 })

/**
 * The columns as rows of numbers, nulls at the mean of their column. Fails with `ValidationError` where a column is not
 * there or has no number.
 *
 * @category reading
 */
export const matrix = Effect.fnUntraced(function*(data: Data, wanted: ReadonlyArray<string> | undefined) {
  const [first] = data
  if (first === undefined) return yield* invalid("data", "has no rows", "at least one row")
  const columns = wanted ?? Object.keys(first)
  if (columns.length === 0) return yield* invalid("data", "has no column", "at least one column of numbers")
  const issues = columns.flatMap((column, at) => {
    const path = wanted === undefined ? "data" : `feature_columns.${at}`
    if (data.every((row) => !Object.hasOwn(row, column))) {
      return [{ path, message: `${column} is not a column`, expected: Object.keys(first).join(", ") }]
    }
    return data.some((row) => typeof row[column] === "number")
      ? []
      : [{ path, message: `${column} has no number`, expected: "at least one number" }]
  })
  if (issues.length > 0) return yield* new ValidationError({ issues })
  const means = columns.map((column) =>
    Series.mean(data.flatMap((row) => typeof row[column] === "number" ? [row[column]] : []))
  )
  const rows = data.map((row) => columns.map((column, at) => row[column] ?? means[at]!))
  const missing = data.reduce((sum, row) => sum + columns.filter((column) => typeof row[column] !== "number").length, 0)
  return { columns, rows, missing }
})

const ForestSettings = Schema.Struct(forestFields)
type Forest = typeof ForestSettings.Type

/**
 * Scores of the rows on a worker thread, with what the forest was. Fails with `ValidationError`, and with `WorkerLost`.
 *
 * @category calculations
 */
export const scored = Effect.fnUntraced(function*(data: Data, settings: Forest) {
  const { columns, missing, rows } = yield* matrix(data, settings.feature_columns)
  // reading many rows and sending them each take a turn of their own
  yield* Effect.yieldNow
  const { heightLimit, sampleSize, scores } = yield* Background.isolationForest({
    rows,
    trees: settings.n_estimators,
    maxSamples: settings.max_samples,
    maxFeatures: settings.max_features,
    bootstrap: settings.bootstrap,
    seed: settings.seed
  })
  const info = {
    algorithm: "isolation forest (Liu, Ting and Zhou 2008)",
    feature_columns: columns,
    n_estimators: settings.n_estimators,
    max_samples: sampleSize,
    height_limit: heightLimit,
    seed: settings.seed,
    missing_values_filled: missing
  }
  yield* Effect.yieldNow
  const rounded = scores.map((score) => Math.round(score * 1e8) / 1e8)
  const forest = { rows: rows.length, trees: settings.n_estimators, sample_size: sampleSize, seed: settings.seed }
  yield* Formulas.heightLimit({ sample_size: sampleSize }, heightLimit)
  yield* Formulas.missingValues({ rows: rows.length, columns: columns.length }, missing)
  yield* Formulas.scores(forest, rounded)
  return { scores: rounded, rows, columns, info }
})

/** @category schemas */
export const ModelInfo = Schema.Struct({
  algorithm: Schema.String,
  feature_columns: Schema.Array(Schema.String),
  n_estimators: Schema.Int,
  max_samples: Schema.Int,
  height_limit: Schema.Int,
  seed: Schema.Int,
  missing_values_filled: Schema.Int
})

/** @category tools */
export const averagePathLength = Tool.make("average_path_length", {
  description: "Mean path length of a search that fails among n rows: c(n)",
  input: Schema.Struct({ n: Field.integer("number of rows", 0, Number.MAX_SAFE_INTEGER) }),
  output: Schema.Struct({ c: Schema.Finite }),
  execute: ({ n }) => Effect.succeed({ c: Answer.figure(IsolationForest.averagePathLength(n)) })
})

/** @category tools */
export const anomalyScore = Tool.make("anomaly_score", {
  description: "Score of a mean path length among n rows: 2^(-h / c(n))",
  input: Schema.Struct({
    mean_path_length: Field.amount("mean path length over the trees"),
    n: Field.integer("rows of each tree", 2, Number.MAX_SAFE_INTEGER)
  }),
  output: Schema.Struct({ score: Schema.Finite }),
  execute: ({ mean_path_length, n }) =>
    Effect.succeed({ score: Answer.figure(IsolationForest.score(mean_path_length, n)) })
})

/** @category tools */
export const randomWords = Tool.make("random_words", {
  description: "Random words of one tree: xoshiro128** seeded by SplitMix64",
  input: Schema.Struct({
    seed,
    tree: Field.integer("number of the tree, from 0", 0, 9999),
    count: Field.integer("how many words", 0, 100_000)
  }),
  output: Schema.Struct({ words: Schema.Array(Schema.Int) }),
  execute: ({ count, seed, tree }) => {
    const words = Random.xoshiro128(Random.treeStates(seed, tree + 1)[tree]!)
    return Effect.succeed({ words: Array.from({ length: count }, words) })
  }
})

/** @category tools */
export const fit = Tool.make("fit", {
  description: "Grows an isolation forest over rows and answers with what it is",
  input: Schema.Struct({ data: Data, ...forestFields }),
  output: ModelInfo,
  error: AnomalyError,
  execute: ({ data, ...settings }) => Effect.map(scored(data, settings), ({ info }) => info)
})

/** @category tools */
export const score = Tool.make("score", {
  description: "Anomaly score of each row, between 0 and 1: the larger, the stranger",
  input: Schema.Struct({ data: Data, ...forestFields }),
  output: Schema.Struct({ anomaly_scores: Bulk.numbers }),
  error: AnomalyError,
  execute: ({ data, ...settings }) => Effect.map(scored(data, settings), ({ scores }) => ({ anomaly_scores: scores }))
})

/** @category tools */
export const detect = Tool.make("detect", {
  description: "The share of rows with the largest anomaly scores",
  input: Schema.Struct({ data: Data, contamination, ...forestFields }),
  output: Schema.Struct({
    anomaly_indices: Schema.Array(Schema.Int),
    n_anomalies: Schema.Int,
    anomaly_scores: Bulk.numbers,
    threshold: Schema.NullOr(Schema.Finite),
    model_info: ModelInfo
  }),
  error: AnomalyError,
  execute: ({ contamination, data, ...settings }) =>
    Effect.gen(function*() {
      const { info, scores } = yield* scored(data, settings)
      const { indices, threshold } = IsolationForest.detect(scores, contamination)
      yield* Formulas.detectedRows({ contamination, rows: scores.length }, indices)
      return {
        anomaly_indices: indices,
        n_anomalies: indices.length,
        anomaly_scores: scores,
        threshold: threshold ?? null,
        model_info: info
      }
    })
})

/** Scores of rows, 0 to 1. @category schemas */
export const Scores = Bulk.make(
  Schema.Array(Field.number("score of a row", { min: 0, max: 1 })),
  (u) => Bulk.every(u, (score) => typeof score === "number" && score >= 0 && score <= 1)
)

/** @category tools */
export const rank = Tool.make("rank", {
  description: "Rows by falling score, the first so many",
  input: Schema.Struct({
    anomaly_scores: Scores,
    top_k: Field.withDefault(Field.integer("how many", 1, 1_000_000), 10)
  }),
  output: Schema.Struct({ top: Schema.Array(Schema.Struct({ index: Schema.Int, score: Schema.Finite })) }),
  execute: ({ anomaly_scores, top_k }) =>
    Effect.succeed({
      top: IsolationForest.rank(anomaly_scores).slice(0, top_k).map((index) => ({
        index,
        score: anomaly_scores[index]!
      }))
    })
})

const Label = Schema.Union([Schema.Boolean, Schema.Literals([0, 1])])
const isAnomaly = (label: typeof Label.Type) => label === true || label === 1

/** Known anomalies: true or 1. @category schemas */
export const Labels = Schema.Array(Label).annotate({ description: "true or 1 where a row is a known anomaly" })

/** @category schemas */
export const Metrics = Schema.Struct({
  precision: Schema.Finite,
  recall: Schema.Finite,
  f1_score: Schema.Finite,
  roc_auc: Field.optional(Schema.NullOr(Schema.Finite))
})

/** @category tools */
export const metrics = Tool.make("metrics", {
  description: "Precision, recall and F1 of predicted anomalies against known ones",
  input: Schema.Struct({ labels: Labels, predicted: Labels, anomaly_scores: Field.optional(Scores) }),
  output: Metrics,
  error: ValidationError,
  execute: Effect.fnUntraced(function*({ anomaly_scores, labels, predicted }) {
    for (const [path, of] of [["predicted", predicted], ["anomaly_scores", anomaly_scores]] as const) {
      if (of !== undefined && of.length !== labels.length) {
        return yield* invalid(path, `has ${of.length} entries`, `${labels.length}, as labels`)
      }
    }
    const known = labels.map(isAnomaly)
    const { f1, precision, recall } = Classification.metrics(known, predicted.map(isAnomaly))
    const rows = { rows: labels.length }
    const auc = anomaly_scores === undefined ? undefined : Classification.rocAuc(known, anomaly_scores)
    yield* Formulas.precision(rows, precision)
    yield* Formulas.recall(rows, recall)
    yield* Formulas.f1({ precision, recall }, f1)
    if (auc !== undefined) yield* Formulas.rocAuc(rows, auc)
    return {
      precision: Answer.figure(precision),
      recall: Answer.figure(recall),
      f1_score: Answer.figure(f1),
      ...(anomaly_scores === undefined ? {} : { roc_auc: auc ?? null })
    }
  })
})
