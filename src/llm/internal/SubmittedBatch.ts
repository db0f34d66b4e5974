/**
 * Submits a batch and polls the vendor until it has ended.
 */
import * as AiError from "effect/ai/AiError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type BatchError, BatchRejected, BatchTimedOut, BatchUnreachable } from "../LlmBatchError.ts"
import type { Line, LlmBatchShape, Outcome } from "../LlmBatchVendor.ts"
import { retryAfterOf } from "../LlmHttpError.ts"

/** @category models */
export interface Options<out E = never, out R = never> {
  /**
   * Receives the id of a new batch before anything else can fail or be interrupted. When it fails, the batch is cancelled,
   * since its id is lost, and the whole call fails with `E`.
   */
  readonly onSubmitted?: (batch: string) => Effect.Effect<void, E, R>
  /** The id of a batch that was submitted with the same calls in the same order. Nothing is submitted then. */
  readonly resume?: string
  /**
   * Idempotency name: an existing batch of this name that was neither rejected nor cancelled is resumed, also after a crash
   * before `onSubmitted` received the id. OpenAI stores names in the `metadata` of its batches. Anthropic stores none: a name
   * fails there with an `AiError` before anything is submitted.
   */
  readonly name?: string
  /** The first pause between two polls. Each further pause is half as long again. Default: 5 seconds. */
  readonly pause?: Duration.Input
  /** The longest pause, unless the vendor asks for a longer one. Default: 1 minute. */
  readonly maxPause?: Duration.Input
  /** The limit of the whole wait. Default: 25 hours, since vendors let batches expire after 24. */
  readonly within?: Duration.Input
  /** What happens to the batch on interruption. Default: `leave`, so that it can be resumed. */
  readonly onInterrupt?: "leave" | "cancel"
}

/** What came of each line of a batch, by the id of the line. */
export interface Answers {
  readonly batch: string
  readonly outcomes: ReadonlyMap<string, Outcome>
}

/** What is known about the batch. */
export interface State {
  /** Its id, as long as the vendor may go on with it. */
  batch: string | undefined
  /** It was submitted, and the vendor's reply did not arrive. */
  isLost: boolean
}

/** The answers of a batch, which is submitted unless `state` has its id. */
export const answered = <E, R>(
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

/** Nothing interrupts between the vendor's reply and the end of `onSubmitted`. */
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

/** The caller already fails with something else, so a failure here is only logged. */
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
  let unknown = 0
  const ask = Effect.gen(function*() {
    const standing = yield* vendor.standing(batch)
    switch (standing._tag) {
      case "Running":
        unknown = 0
        return undefined
      case "Unknown":
        if (++unknown < mostUnknown) return undefined
        return yield* AiError.make({
          module: "LlmBatch",
          method: "standing",
          reason: new AiError.InvalidResponseError({ description: `the state of the batch is ${standing.status}` })
        })
      case "Rejected":
        return yield* new BatchRejected({ ...names, issues: standing.issues })
      case "Ended":
        return yield* standing.collect(lines)
    }
  })
  let pause = Duration.toMillis(first)
  let failures = 0
  while (true) {
    const polled = yield* Effect.result(ask)
    let asked = 0
    if (Result.isFailure(polled)) {
      const error = polled.failure
      if (error._tag === "BatchRejected") return yield* error
      if (!error.isRetryable || ++failures > 5) return yield* new BatchUnreachable({ ...names, error })
      asked = Duration.toMillis(retryAfterOf(error) ?? Duration.zero)
    } else if (polled.success === undefined) failures = 0
    else return polled.success
    const left = began + limit - (yield* Clock.currentTimeMillis)
    if (left <= 0) return yield* new BatchTimedOut({ ...names, limit })
    yield* Effect.sleep(Math.min(Math.max(pause, asked), left))
    pause = Math.min(pause * 1.5, Duration.toMillis(maxPause))
  }
})

/** How often in a row a state is read that is not known, before the batch is given up. */
const mostUnknown = 5

/** How errors name the batch. */
export const namesOf = ({ model, name }: LlmBatchShape, batch: string) => ({ provider: name, model, batch })
