/**
 * Sends many prompts as one batch to a vendor's batch API: cheaper than separate calls, and answered within a day.
 *
 * The vendor stores the batch under an id. A program that stores the id can resume after a crash:
 *
 * ```ts
 * import { Effect, Layer, Option, Ref } from "effect"
 * import { LlmBatch } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
 * import { FakeBatch, FakeProvider } from "greenlang/testing"
 *
 * const answers = Effect.gen(function*() {
 *   const kept = yield* Ref.make(Option.none<string>()) // in production a row or a file that outlives the process
 *   const ask = Effect.gen(function*() {
 *     const resume = Option.getOrUndefined(yield* Ref.get(kept))
 *     return yield* LlmBatch.generate(["diesel?", "coal?"], {
 *       onSubmitted: (id) => Ref.set(kept, Option.some(id)),
 *       ...(resume === undefined ? {} : { resume })
 *     })
 *   })
 *   yield* ask
 *   return yield* ask // reads the answers of the same batch
 * })
 *
 * const batch = Layer.unwrap(
 *   Effect.map(FakeProvider, ({ baseUrl }) => OpenAiBatch.layer({ baseUrl, model: "any" }))
 * ).pipe(
 *   Layer.provide(Http.layer({ retries: 0 })),
 *   Layer.provide(FakeProvider.layer(FakeBatch.make({ answers: ["10 kg", "it depends"] })))
 * )
 * const both = await Effect.runPromise(Effect.provide(answers, batch))
 * both.map((answer) => answer._tag === "Success" ? answer.success.text : "none") // => ["10 kg", "it depends"]
 * ```
 */
import type * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import type * as Prompt from "effect/ai/Prompt"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type * as SubmittedBatch from "./internal/SubmittedBatch.ts"
import type { Options as BudgetOptions } from "./layers/LlmBudget.ts"
import * as Llm from "./Llm.ts"
import type { BatchError, NotAnswered } from "./LlmBatchError.ts"
import type { LlmBatchShape } from "./LlmBatchVendor.ts"

export { type BatchError, BatchRejected, BatchTimedOut, BatchUnreachable, NotAnswered } from "./LlmBatchError.ts"
export type { Line, LlmBatchShape, Outcome, Standing } from "./LlmBatchVendor.ts"

/**
 * A vendor's batch API: `OpenAiBatch.layer` or `AnthropicBatch.layer`. Its calls bypass the layers around an `LlmProvider`
 * (limits, caches, recorders). They count in the budgets around the place where the batch is submitted: the `LlmBudget`
 * there, and those of `LlmBudget.within`.
 *
 * @category services
 */
export class LlmBatch extends Context.Service<LlmBatch, LlmBatchShape>()("greenlang/llm/LlmBatch") {}

/** @category models */
export interface Options<out E = never, out R = never> extends SubmittedBatch.Options<E, R> {
  /** What each call reserves in the budgets around it. */
  readonly budget?: BudgetOptions
}

/**
 * Asks every prompt in one batch, and answers in their order. A call that fails leaves the others; so does a call without an
 * answer, which fails with `NotAnswered`. `all` describes the rest.
 *
 * @category calling
 */
export const generate = <E = never, R = never>(
  prompts: ReadonlyArray<Prompt.RawInput>,
  options: Options<E, R> = {}
): Effect.Effect<
  ReadonlyArray<Result.Result<Llm.Answer, AiError.AiError | NotAnswered>>,
  AiError.AiError | BatchError | E,
  LlmBatch | R
> => all(prompts.map((prompt) => Llm.generate(prompt)), options)

/**
 * Runs calls, each of which asks a language model once, in one batch, and answers in their order. A call that fails leaves
 * the others; so does a call without an answer, which fails with `NotAnswered`.
 *
 * The batch is submitted when each call has asked or has ended without asking, and not at all when none has asked. It fails
 * as a whole with `AiError` when it could not be submitted, and with a `BatchError`, which holds its id, after that. A failed
 * poll is repeated where that can help, up to five times in a row. Usage is priced with the `batchShare` of `LlmPrices`.
 *
 * Each call reserves in the budgets around it when it asks, at the price of a batch. A call that may exceed a budget is left
 * out of the batch and fails with an `AiError` that carries a `BudgetExceeded`. What a batch that runs on without the program
 * may take stays reserved until the batch is resumed.
 *
 * The `HttpClient` below should not retry (`Http.layer({ retries: 0 })`): a retried submission may be a second batch.
 * Submitting is not interrupted, since the id would be lost; it ends with the timeout of the `HttpClient`.
 *
 * @category calling
 */
export const all = Effect.fn("LlmBatch.all")(function*<A, E, R, E2 = never, R2 = never>(
  calls: ReadonlyArray<Effect.Effect<A, E, R>>,
  options: Options<E2, R2> = {}
): Effect.fn.Return<
  ReadonlyArray<Result.Result<A, E | NotAnswered>>,
  AiError.AiError | BatchError | E2,
  Exclude<R, LanguageModel.LanguageModel> | R2 | LlmBatch
> {
  const vendor = yield* LlmBatch
  // loaded with the first batch: few programs submit any
  const { answered } = yield* Effect.promise(() => import("./internal/BatchedCalls.ts"))
  return yield* answered(vendor, calls, options)
})
