/**
 * The pause before another attempt. The only back-off of the project: `Http` and `LlmRetry` wait by it.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/**
 * Milliseconds before retry number `retry` (from 0). The pause doubles from retry to retry up to `maxPause`, and a random
 * half of it is added or taken away. Where the server asked for `asked` milliseconds, the pause is that at least; callers
 * that were given the same time come back spread over a tenth of it.
 *
 * @category waiting
 */
export const millisOf = (options: {
  readonly retry: number
  readonly pause: number
  readonly maxPause: number
  readonly asked: number
}): Effect.Effect<number> =>
  Effect.map(Random.nextBetween(0.5, 1.5), (jitter) => {
    const { asked, maxPause, pause, retry } = options
    const backoff = Math.min(pause * 2 ** retry * jitter, maxPause)
    return asked > backoff ? asked + Math.min(backoff, asked * 0.1) : backoff
  })
