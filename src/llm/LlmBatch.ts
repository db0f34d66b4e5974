/**
 * Asks many things at once by the batch API of a vendor: cheaper than one by one, and answered within a day.
 *
 * The vendor keeps the batch under an id. Whoever keeps that id gets the answers after a crash, too:
 *
 * ```ts
 * import { Effect, Layer, Option, Ref } from "effect"
 * import { Llm } from "greenlang"
 * import * as Http from "greenlang/http/Http"
 * import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
 * import { FakeBatch, FakeProvider } from "greenlang/testing"
 *
 * const answers = Effect.gen(function*() {
 *   const kept = yield* Ref.make(Option.none<string>()) // in truth a row or a file that outlives the process
 *   const ask = Effect.gen(function*() {
 *     const resume = Option.getOrUndefined(yield* Ref.get(kept))
 *     return yield* Llm.batchGenerate(["diesel?", "coal?"], {
 *       onSubmitted: (id) => Ref.set(kept, Option.some(id)),
 *       ...(resume === undefined ? {} : { resume })
 *     })
 *   })
 *   yield* ask
 *   return yield* ask // asks for the answers of the batch that is there
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
import type * as Response from "effect/ai/Response"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { LlmBudget, type Options as BudgetOptions } from "./layers/LlmBudget.ts"
import { type BatchError, BatchRejected, BatchTimedOut, BatchUnreachable, NotAnswered } from "./LlmBatchError.ts"
import { retryAfterOf } from "./LlmHttpError.ts"
import * as LlmPrices from "./LlmPrices.ts"
import { LlmProvider, type LlmProviderShape, type LlmRequest } from "./LlmProvider.ts"

export { type BatchError, BatchRejected, BatchTimedOut, BatchUnreachable, NotAnswered } from "./LlmBatchError.ts"

/** One call of a batch. `id` has letters, digits and `-` only, and fits into 64 of them. @category models */
export interface Line {
  readonly id: string
  readonly request: LlmRequest
  /** As `encode` has written it. */
  readonly body: object
}

/** What became of one call. @category models */
export type Outcome = Result.Result<Array<Response.PartEncoded>, AiError.AiError | "expired" | "cancelled">

/**
 * How a batch stands. One that has ended gives what became of the lines, by their ids; lines that it knows nothing about are
 * not in it.
 *
 * @category models
 */
export type Standing =
  | { readonly _tag: "Running" }
  | { readonly _tag: "Rejected"; readonly issues: ReadonlyArray<string> }
  | {
    readonly _tag: "Ended"
    readonly collect: (lines: ReadonlyArray<Line>) => Effect.Effect<ReadonlyMap<string, Outcome>, AiError.AiError>
  }

/** What a vendor's batch API is. @category models */
export interface LlmBatchShape extends Pick<LlmProviderShape, "name" | "model" | "codecTransformer"> {
  /** The body of a request, with the settings of this place in the program. */
  readonly encode: (request: LlmRequest) => Effect.Effect<object, AiError.AiError>
  /** Makes all ready, and answers with what begins the batch and gives its id. */
  readonly stage: (
    lines: ReadonlyArray<Line>,
    name: string | undefined
  ) => Effect.Effect<Effect.Effect<string, AiError.AiError>, AiError.AiError>
  /** The last batch of this name that may have answers. Nothing of it where a vendor keeps no names. */
  readonly find?: (name: string) => Effect.Effect<Option.Option<string>, AiError.AiError>
  readonly standing: (batch: string) => Effect.Effect<Standing, AiError.AiError>
  readonly cancel: (batch: string) => Effect.Effect<void, AiError.AiError>
}

/**
 * A vendor's batch API, given by `OpenAiBatch.layer` or `AnthropicBatch.layer`. The layers around an `LlmProvider` (limits,
 * caches, recorders) do not see its calls. The budgets around the place where a batch is begun are kept: the `LlmBudget` there,
 * and those of `LlmBudget.within`.
 *
 * @category services
 */
export class LlmBatch extends Context.Service<LlmBatch, LlmBatchShape>()("greenlang/llm/LlmBatch") {}

/** @category models */
export interface Options<out E = never, out R = never> {
  /**
   * Is told the id of a new batch before anything else can fail or be interrupted. When it fails itself, the batch is
   * cancelled, as nobody would find it again, and the whole fails with `E`.
   */
  readonly onSubmitted?: (batch: string) => Effect.Effect<void, E, R>
  /** The id of a batch that was begun with the same calls, in the same order. Nothing is submitted then. */
  readonly resume?: string
  /**
   * What to call the batch, of which there is to be one. If the vendor has a batch of this name that was neither rejected nor
   * cancelled, it is resumed, also when a crash came before `onSubmitted` was told its id. OpenAI finds names, in the
   * `metadata` of its batches. Anthropic keeps none, so that a batch whose id was lost is lost there: a name is refused
   * with an `AiError` before anything is submitted.
   */
  readonly name?: string
  /** What each call reserves in the budgets around it, if there are any. */
  readonly budget?: BudgetOptions
  /**
   * The first pause between two questions how the batch stands, of which each further one is half as long again. 5 seconds
   * unless said otherwise.
   */
  readonly pause?: Duration.Input
  /** No pause is longer, unless the vendor asks for it. 1 minute unless said otherwise. */
  readonly maxPause?: Duration.Input
  /** For all of the waiting. 25 hours unless said otherwise: vendors let batches expire after 24. */
  readonly within?: Duration.Input
  /** What becomes of the batch when this is interrupted. It is left running unless said otherwise, so that it can be resumed. */
  readonly onInterrupt?: "leave" | "cancel"
}

/**
 * Runs the calls, of which each asks a language model once, by one batch. Answers in their order; one that fails leaves the
 * others, and so do those that the batch has no answer to, which fail with `NotAnswered`.
 *
 * The batch begins when each call has asked or has ended without, and not at all when none has asked. It fails as a whole
 * with `AiError` when it could not be begun, else with a `BatchError`, which has its id. A question how it stands is asked
 * again when that can help, five times in a row. Usage is priced with the `batchShare` of `LlmPrices`.
 *
 * Where there is a budget, each call reserves in it when it asks, at the price of a batch. One that may pass it is not in the
 * batch and fails with an `AiError` that carries a `BudgetExceeded`; the others go on. What a batch that goes on without us
 * may take stays reserved until it is resumed.
 *
 * The `HttpClient` below should not retry (`Http.layer({ retries: 0 })`): a retried submission may be a second batch.
 * Submitting is not interrupted, since nobody would know the id; it ends with the timeout of the `HttpClient`.
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
  const state: State = { batch: resume, isLost: false }
  const prices = LlmPrices.ofBatch(yield* LlmPrices.LlmPrices)
  const lines: Array<Line> = []
  const missed = new Map<number, NotAnswered>()
  const answers = yield* Deferred.make<Answers>()
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
        // Nobody waits for its answer any more.
        const leave = Effect.sync(() => lines.splice(lines.indexOf(line), 1))
        const { batch, outcomes } = yield* Effect.onInterrupt(Deferred.await(answers), () => leave)
        const outcome = outcomes.get(line.id)
        if (outcome !== undefined && Result.isSuccess(outcome)) return outcome.success
        const why = outcome === undefined ? "missing" : outcome.failure
        if (AiError.isAiError(why)) return yield* why
        const error = new NotAnswered({ ...namesOf(vendor, batch), index, why })
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
      generateText: provider.generate,
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
    // A call that dies is not waited for.
    yield* Effect.raceFirst(Deferred.await(ready), Fiber.join(running))
    if (lines.length > 0) yield* Deferred.succeed(answers, yield* answered(vendor, lines, state, options))
    return yield* Fiber.join(running)
  }))
})

interface Answers {
  readonly batch: string
  readonly outcomes: ReadonlyMap<string, Outcome>
}

/** What is known of the batch. */
interface State {
  /** Its id, as long as the vendor may go on with it. */
  batch: string | undefined
  /** It was submitted, and what the vendor said to that did not arrive. */
  isLost: boolean
}

const found = (vendor: LlmBatchShape, name: string | undefined): Effect.Effect<string | undefined, AiError.AiError> => {
  if (name === undefined) return Effect.undefined
  return vendor.find === undefined
    ? Effect.fail(failure(`${vendor.name} keeps no names of batches, and would not find "${name}" again`))
    : Effect.map(vendor.find(name), Option.getOrUndefined)
}

const answered = <E, R>(
  vendor: LlmBatchShape,
  lines: ReadonlyArray<Line>,
  state: State,
  options: Options<E, R>
): Effect.Effect<Answers, AiError.AiError | BatchError | E, R> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const batch = state.batch ?? (yield* submitted(vendor, lines, state, options, restore))
    const waiting = Effect.tapErrorTag(
      restore(outcomesOf(vendor, batch, lines, options)),
      "BatchRejected",
      () => Effect.sync(() => (state.batch = undefined))
    )
    const outcomes = yield* options.onInterrupt === "cancel"
      ? Effect.onInterrupt(waiting, () => cancelled(vendor, batch, state))
      : waiting
    return { batch, outcomes }
  }))

/** From the vendor's answer to the end of `onSubmitted` nothing comes between. */
const submitted = Effect.fnUntraced(function*<E, R>(
  vendor: LlmBatchShape,
  lines: ReadonlyArray<Line>,
  state: State,
  { name, onSubmitted }: Options<E, R>,
  restore: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
) {
  const begin = yield* restore(vendor.stage(lines, name))
  const batch = yield* Effect.tapError(
    begin,
    ({ reason }) =>
      Effect.sync(() => (state.isLost = reason._tag === "NetworkError" || reason._tag === "InvalidResponseError"))
  )
  state.batch = batch
  if (onSubmitted !== undefined) {
    yield* Effect.onError(onSubmitted(batch), () => cancelled(vendor, batch, state))
  }
  return batch
})

/** Whoever cancels has something else to tell already. */
const cancelled = (vendor: LlmBatchShape, batch: string, state: State) =>
  vendor.cancel(batch).pipe(
    Effect.andThen(Effect.sync(() => (state.batch = undefined))),
    Effect.catch((error) => Effect.logWarning(`the batch ${batch} was not cancelled`, error))
  )

const outcomesOf = Effect.fnUntraced(function*<E, R>(
  vendor: LlmBatchShape,
  batch: string,
  lines: ReadonlyArray<Line>,
  { maxPause = "1 minute", pause: first = "5 seconds", within = "25 hours" }: Options<E, R>
): Effect.fn.Return<ReadonlyMap<string, Outcome>, BatchError> {
  const names = namesOf(vendor, batch)
  const limit = Duration.toMillis(within)
  const began = yield* Clock.currentTimeMillis
  const ask = Effect.gen(function*() {
    const standing = yield* vendor.standing(batch)
    switch (standing._tag) {
      case "Running":
        return undefined
      case "Rejected":
        return yield* new BatchRejected({ ...names, issues: standing.issues })
      case "Ended":
        return yield* standing.collect(lines)
    }
  })
  let pause = Duration.toMillis(first)
  let failures = 0
  while (true) {
    const told = yield* Effect.result(ask)
    let asked = 0
    if (Result.isFailure(told)) {
      const error = told.failure
      if (error._tag === "BatchRejected") return yield* error
      if (!error.isRetryable || ++failures > 5) return yield* new BatchUnreachable({ ...names, error })
      asked = Duration.toMillis(retryAfterOf(error) ?? Duration.zero)
    } else if (told.success === undefined) failures = 0
    else return told.success
    const left = began + limit - (yield* Clock.currentTimeMillis)
    if (left <= 0) return yield* new BatchTimedOut({ ...names, limit })
    yield* Effect.sleep(Math.min(Math.max(pause, asked), left))
    pause = Math.min(pause * 1.5, Duration.toMillis(maxPause))
  }
})

const namesOf = ({ model, name }: LlmBatchShape, batch: string) => ({ provider: name, model, batch })

/** The place, and what the prompt says, so that no answer goes to another prompt that has its place in a resumed batch. */
const idOf = (index: number, { prompt }: LlmRequest): string =>
  `${index}-${(Hash.string(JSON.stringify(encodePrompt(prompt))) >>> 0).toString(36)}`

const encodePrompt = Schema.encodeSync(Prompt.Prompt)

const failure = (description: string): AiError.AiError =>
  AiError.make({ module: "LlmBatch", method: "all", reason: new AiError.UnknownError({ description }) })
