/**
 * Statistics on worker threads: the event loop stays free, and interruption ends the work.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { extname } from "node:path"
import { type CallFailed, CpuPool, WorkerLost } from "../cpu/CpuPool.ts"
import * as Bulk from "./Bulk.ts"

const { numbers } = Bulk

const module = (name: string) => new URL(`./statistics/${name}${extname(import.meta.url)}`, import.meta.url)

/** A thread can be lost, such as for lack of memory. @category errors */
export { WorkerLost }

/** What a function throws, or answers against its schema, is a bug of this library. */
const orDie = <A, R>(effect: Effect.Effect<A, CallFailed | Schema.SchemaError | WorkerLost, R>) =>
  effect.pipe(Effect.catchTags({ CallFailed: Effect.die, SchemaError: Effect.die }))

const forest = CpuPool.fn({
  module: module("IsolationForest"),
  export: "fitJob",
  input: Schema.Struct({
    rows: Bulk.make(Schema.Array(Schema.Array(Schema.Finite)), (u) => Bulk.every(u, Schema.is(numbers))),
    trees: Schema.Int,
    maxSamples: Schema.Int,
    maxFeatures: Schema.Finite,
    bootstrap: Schema.Boolean,
    seed: Schema.Int
  }),
  output: Schema.Struct({ scores: numbers, sampleSize: Schema.Int, heightLimit: Schema.Int })
})

/**
 * Grows an isolation forest and scores every row: `IsolationForest.fit` on a worker thread.
 *
 * @category calculations
 */
export const isolationForest = (job: Parameters<typeof forest>[0]) => orDie(forest(job))

/** Numbers of terms of a model. @category schemas */
export const Order = Schema.Struct({
  p: Schema.Int,
  d: Schema.Int,
  q: Schema.Int,
  P: Schema.Int,
  D: Schema.Int,
  Q: Schema.Int,
  period: Schema.Int,
  withMean: Schema.Boolean
})

const Fitted = Schema.Struct({
  order: Order,
  logLikelihood: Schema.Finite,
  aic: Schema.Finite,
  aicc: Schema.Finite,
  bic: Schema.Finite,
  variance: Schema.Finite,
  mean: Schema.Finite,
  coefficients: numbers,
  ar: numbers,
  ma: numbers,
  seasonalAr: numbers,
  seasonalMa: numbers
})

const sarima = CpuPool.fn({
  module: module("Sarima"),
  export: "forecast",
  input: Schema.Struct({
    values: numbers,
    period: Schema.Int,
    horizon: Schema.Int,
    search: Schema.Literals(["all", "preset"]),
    outside: Schema.Array(numbers)
  }),
  output: Schema.UndefinedOr(Schema.Struct({ model: Fitted, mean: numbers, standardErrors: numbers }))
})

/**
 * Chooses a seasonal ARIMA model and forecasts: `Sarima.forecast` on a worker thread. `undefined` where none could be
 * fitted.
 *
 * @category calculations
 */
export const forecast = (request: Parameters<typeof sarima>[0]) => orDie(sarima(request))

const holtWinters = CpuPool.fn({
  module: module("HoltWinters"),
  export: "forecast",
  input: Schema.Struct({
    values: numbers,
    period: Schema.Int,
    horizon: Schema.Int,
    confidence: Schema.Finite
  }),
  output: Schema.UndefinedOr(Schema.Struct({
    model: Schema.Struct({
      alpha: Schema.Finite,
      beta: Schema.Finite,
      gamma: Schema.Finite,
      squares: Schema.Finite
    }),
    mean: numbers,
    lower: numbers,
    upper: numbers,
    standardErrors: numbers
  }))
})

/**
 * Smooths and forecasts: `HoltWinters.forecast` on a worker thread. `undefined` where the series is too short.
 *
 * @category calculations
 */
export const smoothing = (request: Parameters<typeof holtWinters>[0]) => orDie(holtWinters(request))

const dickeyFuller = CpuPool.fn({
  module: module("Series"),
  export: "dickeyFuller",
  input: numbers,
  output: Schema.UndefinedOr(Schema.Struct({ statistic: Schema.Finite, lags: Schema.Int, observations: Schema.Int }))
})

/**
 * The augmented Dickey-Fuller test: `Series.dickeyFuller` on a worker thread. `undefined` where the series is constant.
 *
 * @category calculations
 */
export const stationarity = (values: ReadonlyArray<number>) => orDie(dickeyFuller(values))
