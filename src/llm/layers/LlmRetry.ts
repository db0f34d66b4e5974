/**
 * Asks again where that can help.
 *
 * Retried is what says of itself that it is retryable: rate limits, overloads, lost connections, answers that are not what
 * was asked for. Not retried are wrong keys, wrong requests, refusals, exhausted quotas, and what a layer below rejected.
 * A stream is retried as long as nothing of it has come.
 */
import type * as AiError from "effect/ai/AiError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { retryAfterOf } from "../LlmHttpError.ts"
import { LlmProvider } from "../LlmProvider.ts"

/**
 * A call ends after `times + 1` attempts, and starts none of them later than `within` after the first.
 *
 * @category models
 */
export interface Options {
  /** How often a call is tried again. 4 unless said otherwise. */
  readonly times?: number
  /** For all attempts and pauses together. A pause that would pass it is not begun. 2 minutes unless said otherwise. */
  readonly within?: Duration.Input
  /**
   * The first pause, of which a random half is waited more or less; each further one is twice as long. 500 milliseconds
   * unless said otherwise. Where the vendor said how long to wait (`Retry-After`), it is that at least.
   */
  readonly pause?: Duration.Input
  /** No pause is longer, unless the vendor asks for it. 30 seconds unless said otherwise. */
  readonly maxPause?: Duration.Input
}

/**
 * Retries the provider below. Fails with the last attempt's `AiError`.
 *
 * The `HttpClient` of the vendor should not retry too: give it `Http.layer({ retries: 0 })`, or attempts multiply.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LlmProvider, never, LlmProvider> =>
  LlmProvider.around((inner) =>
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

/** Waits until attempt `retry + 1` may begin, or fails again where there is to be none. */
const pauseBefore = Effect.fnUntraced(function*(
  error: AiError.AiError,
  retry: number,
  began: number,
  { maxPause = "30 seconds", pause = "500 millis", times = 4, within = "2 minutes" }: Options
): Effect.fn.Return<void, AiError.AiError> {
  if (!error.isRetryable || retry >= times) return yield* error
  const jitter = yield* Random.nextBetween(0.5, 1.5)
  const backoff = Math.min(Duration.toMillis(pause) * 2 ** retry * jitter, Duration.toMillis(maxPause))
  const asked = Duration.toMillis(retryAfterOf(error) ?? Duration.zero)
  // Many who were told the same second would come back together, so they wait a little longer, each for itself.
  const wait = asked > backoff ? asked + Math.min(backoff, asked * 0.1) : backoff
  const elapsed = (yield* Clock.currentTimeMillis) - began
  if (elapsed + wait > Duration.toMillis(within)) return yield* error
  yield* Effect.sleep(wait)
})
