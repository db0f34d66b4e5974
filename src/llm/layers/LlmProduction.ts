/**
 * The layers around a provider, in the order in which they hold in production.
 *
 * ```text
 *   agents
 *     |
 *   LanguageModel   tools, structured output, spans
 *     |
 *   LlmCache        First, as an answer that is known needs nothing below: no budget, no turn, no vendor.
 *     |
 *   LlmFallback     Above all that belongs to one provider: where one has tried everything, the next one begins afresh,
 *     |             with limits and a circuit of its own. `- - -` is one such column for each provider.
 *   - - - - - - -
 *   LlmRetry        Above the limits, as every attempt takes a turn of its own: retries that pass the limits would be
 *     |             answered with the next 429. In its pauses a call holds no place, no tokens and no money.
 *   LlmLimits       Above the budget, as a call may wait here for minutes: money is reserved only by calls that start.
 *     |             Who is turned away below gives turn and tokens back, so that a queue before a closed door is gone at once.
 *   LlmBudget       Below the retries, as every attempt may cost. One account for all columns: it is the same money.
 *     |
 *   LlmBreaker      Below the queue, so that those who waited while the vendor went down do not go on to it, and below the
 *     |             retries, so that it sees each attempt, and those in a pause stop trying, too. What it rejects is not
 *     |             retried: it goes on to the next provider.
 *   LlmRecorder     Last, so that it sees what is really sent, each attempt of it, and no more.
 *     |
 *   - - - - - - -
 *   vendor          `HttpClient` without retries of its own: they would be seen by none of the above.
 * ```
 *
 * A batch (`LlmBatch`) goes past all of them and to the vendor, but for the budget, which it keeps, too.
 *
 * A stack of one's own is the same layers by hand, top to bottom:
 * `LlmCache.layer(...).pipe(Layer.provide(LlmRetry.layer()), Layer.provide(vendor))`.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Layer from "effect/Layer"
import * as StatedLayer from "../internal/StatedLayer.ts"
import { LlmProvider } from "../LlmProvider.ts"
import * as LlmBreaker from "./LlmBreaker.ts"
import { type Limits as BudgetLimits, LlmBudget, type Options as BudgetOptions } from "./LlmBudget.ts"
import * as LlmFallback from "./LlmFallback.ts"
import * as LlmLimits from "./LlmLimits.ts"
import * as LlmRecorder from "./LlmRecorder.ts"
import * as LlmRetry from "./LlmRetry.ts"

/** A provider, and what its vendor allows. @category models */
export interface Column<E, R> {
  /** As `OpenAiCompatible.layerProvider(...)`, over an `HttpClient` without retries. */
  readonly provider: Layer.Layer<LlmProvider, E, R>
  /** Without them, calls are only limited in that a `Retry-After` holds for all of them. */
  readonly limits?: LlmLimits.Options
}

/** What is absent has the defaults of its module; cache and recorder are there only when they are asked for. @category models */
export interface Options<E, R, E2, R2, E3, R3> extends Column<E, R> {
  /** Providers that are asked when the one before cannot answer. */
  readonly fallback?: ReadonlyArray<Column<E2, R2>>
  /** When the next one is asked, see `LlmFallback.isElsewhere`. */
  readonly fallbackWhen?: LlmFallback.Options<never, never>["when"]
  /** As `LlmCache.layer(...)` or `LlmCache.layerSql(...)`. */
  readonly cache?: Layer.Layer<LlmProvider, E3, LlmProvider | R3>
  readonly retry?: LlmRetry.Options
  /** For all calls together. `LlmBudget.within` sets further ones for parts of a program. */
  readonly budget?: BudgetLimits & BudgetOptions
  readonly breaker?: LlmBreaker.Options
  readonly recorder?: LlmRecorder.Options
}

/**
 * The whole stack over `options.provider`. Throws `InvalidDefinition` where a part of it is something else than its type says, as a
 * layer in `fallback` in place of `{ provider: layer }`.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Llm, LlmPrices } from "greenlang"
 * import * as LlmCache from "greenlang/llm/layers/LlmCache"
 * import * as LlmProduction from "greenlang/llm/layers/LlmProduction"
 * import { ScriptedLlm } from "greenlang/testing"
 *
 * const model = LlmProduction.layer({
 *   provider: ScriptedLlm.layerAs({ provider: "acme", model: "small" }, "About 10 kg."),
 *   limits: { inFlight: 20, requestsPerMinute: 60, tokensPerMinute: 10_000 },
 *   cache: LlmCache.layer({ timeToLive: "1 day" }),
 *   budget: { costUsd: 0.1 }
 * })
 *
 * const ask = Llm.generate("How much CO2 is in a gallon of diesel?")
 * const [first, second] = await Effect.runPromise(
 *   Effect.all([ask, ask]).pipe(
 *     Effect.provide(model),
 *     Effect.provideService(LlmPrices, {
 *       "acme/small": { inputPerMillion: 1, outputPerMillion: 2, source: "acme.example/prices", date: "2025-01-31" }
 *     })
 *   )
 * )
 * first.cached // => undefined
 * second.cached // => true
 * ```
 *
 * @category layers
 */
export const layer = <E, R, E2 = never, R2 = never, E3 = never, R3 = never>(
  options: Options<E, R, E2, R2, E3, R3>
): Layer.Layer<
  LanguageModel.LanguageModel | LlmProvider | LlmBudget,
  E | E2 | E3,
  R | R2 | Exclude<R3, LlmProvider>
> => {
  StatedLayer.check("LlmProduction", "provider", options.provider)
  StatedLayer.checkList("LlmProduction", "fallback", options.fallback ?? [], StatedLayer.checkColumn)
  if (options.cache !== undefined) StatedLayer.check("LlmProduction", "cache", options.cache)
  const column = <E, R>({ limits = {}, provider }: Column<E, R>): Layer.Layer<LlmProvider, E, R | LlmBudget> =>
    LlmRetry.layer(options.retry).pipe(
      Layer.provide(LlmLimits.layer(limits)),
      Layer.provide(LlmBudget.layerProvider(options.budget)),
      Layer.provide(LlmBreaker.layer(options.breaker)),
      Layer.provide(
        options.recorder === undefined ? provider : Layer.provide(LlmRecorder.layer(options.recorder), provider)
      )
    )
  const columns = LlmFallback.layer({
    to: (options.fallback ?? []).map(column),
    ...(options.fallbackWhen === undefined ? {} : { when: options.fallbackWhen })
  }).pipe(Layer.provide(column(options)))
  const top = options.cache === undefined ? columns : Layer.provide(options.cache, columns)
  return LlmProvider.languageModel.pipe(
    Layer.provideMerge(top),
    Layer.provideMerge(LlmBudget.layerAccount(options.budget ?? {}))
  )
}
