/**
 * Runs calls whose models wait for one batch. `LlmBatch` loads this module, and all that reads what vendors answer, with the
 * first batch.
 */
import * as AiError from "effect/ai/AiError"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { LlmBudget } from "../layers/LlmBudget.ts"
import type { Options } from "../LlmBatch.ts"
import { type BatchError, NotAnswered } from "../LlmBatchError.ts"
import type { Line, LlmBatchShape } from "../LlmBatchVendor.ts"
import * as LlmPrices from "../LlmPrices.ts"
import { LlmProvider, type LlmRequest } from "../LlmProvider.ts"
import * as PromptDepth from "./PromptDepth.ts"
import * as SubmittedBatch from "./SubmittedBatch.ts"

/** What each call answered. */
export const answered = Effect.fnUntraced(function*<A, E, R, E2, R2>(
  vendor: LlmBatchShape,
  calls: ReadonlyArray<Effect.Effect<A, E, R>>,
  options: Options<E2, R2>
): Effect.fn.Return<
  ReadonlyArray<Result.Result<A, E | NotAnswered>>,
  AiError.AiError | BatchError | E2,
  Exclude<R, LanguageModel.LanguageModel> | R2
> {
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
