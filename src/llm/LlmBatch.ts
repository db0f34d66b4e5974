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
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as PromptDepth from "./internal/PromptDepth.ts"
import * as SubmittedBatch from "./internal/SubmittedBatch.ts"
import { LlmBudget, type Options as BudgetOptions } from "./layers/LlmBudget.ts"
import * as Llm from "./Llm.ts"
import { type BatchError, NotAnswered } from "./LlmBatchError.ts"
import type { Line, LlmBatchShape } from "./LlmBatchVendor.ts"
import * as LlmPrices from "./LlmPrices.ts"
import { LlmProvider, type LlmRequest } from "./LlmProvider.ts"

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
  const resume = options.resume ?? (yield* found(vendor, options.name))
  const state: SubmittedBatch.State = { batch: resume, isLost: false }
  const prices = LlmPrices.ofBatch(yield* LlmPrices.LlmPrices)
  const lines: Array<Line> = []
  const missed = new Map<number, NotAnswered>()
  const answers = yield* Deferred.make<SubmittedBatch.Answers>()
  const ready = yield* Deferred.make<void>()
  let waiting = calls.length
  const arrive = Effect.suspend(() => --waiting > 0 ? Effect.void : Deferred.succeed(ready, undefined))

  /** The model of one call, which waits for the batch. */
  const modelOf = Effect.fnUntraced(function*(index: number, arrived: { asked: boolean }) {
    const asking = LlmProvider.make({
      ...vendor,
      generate: Effect.fnUntraced(function*(request: LlmRequest) {
        if (arrived.asked) return yield* failure("a call of a batch asks once")
        const line = { id: idOf(index, request), request, body: yield* vendor.encode(request) }
        arrived.asked = true
        lines.push(line)
        yield* arrive
        // The call was interrupted and needs no answer.
        const leave = Effect.sync(() => lines.splice(lines.indexOf(line), 1))
        const { batch, outcomes } = yield* Effect.onInterrupt(Deferred.await(answers), () => leave)
        const outcome = outcomes.get(line.id)
        if (outcome !== undefined && Result.isSuccess(outcome)) return outcome.success
        const why = outcome === undefined ? "missing" : outcome.failure
        if (AiError.isAiError(why)) return yield* why
        const error = new NotAnswered({ ...SubmittedBatch.namesOf(vendor, batch), index, why })
        missed.set(index, error)
        return yield* failure(error.message)
      }),
      stream: () => Stream.fail(failure("a batch has no streams"))
    })
    const keyOf = (request: LlmRequest) => {
      const batch = options.name ?? state.batch
      return batch === undefined ? undefined : `${vendor.name}/${batch}/${idOf(index, request)}`
    }
    const provider = yield* LlmBudget.lasting(asking, {
      ...options.budget,
      keyOf,
      isResumed: resume !== undefined,
      remains: (request) => {
        if (state.batch === undefined && !state.isLost) return "nothing"
        const key = keyOf(request)
        return key === undefined ? "unknown" : { key }
      }
    })
    return yield* LanguageModel.make({
      generateText: (request) => {
        const refusal = PromptDepth.refusal(request, "generate")
        return refusal === undefined ? provider.generate(request) : Effect.fail(refusal)
      },
      streamText: provider.stream,
      codecTransformer: vendor.codecTransformer
    })
  })

  const run = Effect.fnUntraced(function*(call: Effect.Effect<A, E, R>, index: number) {
    const arrived = { asked: false }
    const result = yield* Effect.result(
      Effect.provideService(call, LanguageModel.LanguageModel, yield* modelOf(index, arrived))
    )
    if (!arrived.asked) yield* arrive
    return Result.mapError(result, (error): E | NotAnswered => missed.get(index) ?? error)
  })

  return yield* Effect.scoped(Effect.gen(function*() {
    if (calls.length === 0) return []
    const running = yield* Effect.forkScoped(
      Effect.forEach(calls, run, { concurrency: "unbounded" }).pipe(
        Effect.provideService(LlmPrices.LlmPrices, prices)
      )
    )
    // Go on when a call dies.
    yield* Effect.raceFirst(Deferred.await(ready), Fiber.join(running))
    if (lines.length > 0) {
      yield* Deferred.succeed(answers, yield* SubmittedBatch.answered(vendor, lines, state, options))
    }
    return yield* Fiber.join(running)
  }))
})

const found = (vendor: LlmBatchShape, name: string | undefined): Effect.Effect<string | undefined, AiError.AiError> => {
  if (name === undefined) return Effect.undefined
  return vendor.find === undefined
    ? Effect.fail(failure(`${vendor.name} keeps no names of batches, and would not find "${name}" again`))
    : Effect.map(vendor.find(name), Option.getOrUndefined)
}

/** The place, and what the prompt says, so that no answer goes to another prompt that has its place in a resumed batch. */
const idOf = (index: number, { prompt }: LlmRequest): string =>
  `${index}-${(Hash.string(JSON.stringify(encodePrompt(prompt))) >>> 0).toString(36)}`

const encodePrompt = Schema.encodeSync(Prompt.Prompt)

const failure = (description: string): AiError.AiError =>
  AiError.make({ module: "LlmBatch", method: "all", reason: new AiError.UnknownError({ description }) })
