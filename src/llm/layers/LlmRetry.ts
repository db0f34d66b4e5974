/**
 * Asks a model again after a failure that another attempt can cure.
 *
 * Retried are errors whose `isRetryable` is true: rate limits, overloads, lost connections, answers of the wrong form. Not
 * retried are wrong keys, wrong requests, refusals, exhausted quotas, and what a layer below rejected. A stream is retried
 * as long as none of it has arrived.
 */
import type * as AiError from "effect/ai/AiError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Stated from "../../agent/internal/Stated.ts"
import * as Backoff from "../../http/internal/Backoff.ts"
import { retryAfterOf } from "../LlmHttpError.ts"
import { LlmProvider } from "../LlmProvider.ts"

/**
 * A call ends after `times + 1` attempts, and starts none of them later than `within` after the first.
 *
 * @category models
 */
export interface Options {
  /** How often a call is tried again. Default: 4. */
  readonly times?: number
  /** For all attempts and pauses together. A pause that would pass it is not begun. Default: 2 minutes. */
  readonly within?: Duration.Input
  /**
   * The first pause, with a random half added or taken away; each further one is twice as long. Where the vendor asks for a
   * pause (`Retry-After`), it is that at least. Default: 500 milliseconds.
   */
  readonly pause?: Duration.Input
  /** No pause is longer, except where the vendor asks for it. Default: 30 seconds. */
  readonly maxPause?: Duration.Input
  /**
   * The longest pause that a vendor may ask for. Where it asks for more, the call fails at once, so that a fallback is asked.
   * Default: 1 minute.
   */
  readonly maxRetryAfter?: Duration.Input
}

/**
 * Retries the provider below. Fails with the last attempt's `AiError`. Throws `InvalidDefinition` for `times` below zero, or for what
 * is not a duration.
 *
 * The `HttpClient` of the vendor should not retry too: give it `Http.layer({ retries: 0 })`, or attempts multiply.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LlmProvider, never, LlmProvider> => {
  Stated.checkBounds("LlmRetry", options, {
    times: "count",
    within: "duration",
    pause: "duration",
    maxPause: "duration",
    maxRetryAfter: "duration"
  })
  return LlmProvider.around((inner) =>
    Effect.succeed({
      ...inner,
      generate: (request) =>
        Effect.flatMap(Clock.currentTimeMillis, (began) => {
          const attempt = (retry: number): ReturnType<typeof inner.generate> =>
            Effect.catch(
              inner.generate(request),
              (error) => Effect.andThen(pauseBefore(error, retry, began, options), attempt(retry + 1))
            )
          return attempt(0)
        }),
      stream: (request) =>
        Stream.unwrap(Effect.map(Clock.currentTimeMillis, (began) => {
          const attempt = (retry: number): ReturnType<typeof inner.stream> =>
            Stream.suspend(() => {
              let came = false
              return inner.stream(request).pipe(
                Stream.tap(() => Effect.sync(() => (came = true))),
                Stream.catch((error) =>
                  came ? Stream.fail(error) : Stream.unwrap(
                    Effect.as(pauseBefore(error, retry, began, options), Stream.suspend(() => attempt(retry + 1)))
                  )
                )
              )
            })
          return attempt(0)
        }))
    })
  )
}

/** Waits until attempt `retry + 1` may begin, or fails with `error` where no attempt may follow. */
const pauseBefore = Effect.fnUntraced(function*(
  error: AiError.AiError,
  retry: number,
  began: number,
  { maxPause = "30 seconds", maxRetryAfter = "1 minute", pause = "500 millis", times = 4, within = "2 minutes" }:
    Options
): Effect.fn.Return<void, AiError.AiError> {
  if (!error.isRetryable || retry >= times) return yield* error
  const asked = Duration.toMillis(retryAfterOf(error) ?? Duration.zero)
  if (asked > Duration.toMillis(maxRetryAfter)) return yield* error
  const wait = yield* Backoff.millisOf({
    retry,
    asked,
    pause: Duration.toMillis(pause),
    maxPause: Duration.toMillis(maxPause)
  })
  const elapsed = (yield* Clock.currentTimeMillis) - began
  if (elapsed + wait > Duration.toMillis(within)) return yield* error
  yield* Effect.sleep(wait)
})
