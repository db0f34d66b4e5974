/**
 * Leaves a provider alone that keeps failing, so that calls fail at once instead of one after the other, and the vendor can
 * recover.
 *
 * What counts is what says that the vendor is down: its own failures (5xx, 529), lost connections, broken answers. A rate
 * limit or a wrong request says nothing about that. A stream counts when it has ended.
 */
import type * as AiError from "effect/ai/AiError"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Schedule from "effect/Schedule"
import * as Stated from "../../agent/internal/Stated.ts"
import { around, type LlmCall } from "../LlmCall.ts"
import { LlmProvider, type LlmProviderShape } from "../LlmProvider.ts"
import { CircuitOpen, toAiError } from "../LlmRejection.ts"

/** @category models */
export interface Options {
  /** Failures in a row that open the circuit. Default: 5. */
  readonly failures?: number
  /**
   * How long it stays open, or, as a schedule, how long each time it opens again. Then one call is let through: if it
   * succeeds, the circuit closes. Default: 30 seconds.
   */
  readonly openFor?: Duration.Input | Schedule.Schedule<unknown, number>
}

/**
 * A circuit around the provider below, for as long as the layer lives. While it is open, calls fail with an `AiError` that
 * carries a `CircuitOpen`, which `LlmRejection.of` finds. Throws `InvalidDefinition` for `failures` below one, or for what is not a
 * duration.
 *
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<LlmProvider, never, LlmProvider> =>
  Layer.provide(layerStore(options), CircuitBreaker.layerStoreMemory())

/**
 * The same, with the state of the circuit where a store keeps it, for several processes that share one.
 *
 * @category layers
 */
export const layerStore = (
  options: Options = {}
): Layer.Layer<LlmProvider, never, LlmProvider | CircuitBreaker.CircuitBreakerStore> => {
  const { failures, openFor } = options
  Stated.checkBounds("LlmBreaker", Schedule.isSchedule(openFor) ? { failures } : { failures, openFor }, {
    failures: "places",
    openFor: "duration"
  })
  return LlmProvider.around(Effect.fnUntraced(function*(inner) {
    const breaker = yield* CircuitBreaker.make({
      tripPolicy: CircuitBreaker.consecutive(options.failures ?? 5),
      openDuration: options.openFor ?? "30 seconds"
    })
    return around(inner, (call) => admit(breaker, inner, call))
  }))
}

/** The breaker wraps an effect, and a call may be a stream: so it wraps one that waits for the end of the call. */
const admit = Effect.fnUntraced(function*(
  breaker: CircuitBreaker.CircuitBreaker,
  inner: LlmProviderShape,
  call: LlmCall
) {
  const admitted = yield* Deferred.make<void, CircuitBreaker.CircuitBreakerError>()
  const ended = yield* Deferred.make<Outcome>()
  const watch = Deferred.succeed(admitted, undefined).pipe(
    Effect.andThen(Deferred.await(ended)),
    breaker.execute({
      key: `${inner.name}/${inner.model}`,
      classify: (exit) => Exit.isSuccess(exit) ? outcomes[exit.value] : CircuitBreaker.ignored
    }),
    Effect.catch((error) => Deferred.fail(admitted, error))
  )
  yield* Effect.acquireRelease(
    Effect.forkDetach(watch, { startImmediately: true }),
    (fiber) => Effect.andThen(Deferred.succeed(ended, outcomeOf(call)), Fiber.await(fiber))
  )
  yield* Effect.mapError(Deferred.await(admitted), ({ reason }) => {
    const retryAfter = reason._tag === "CircuitOpen" ? Duration.toMillis(reason.retryAfter) : 0
    return toAiError(
      "LlmBreaker",
      call.method,
      new CircuitOpen({ provider: inner.name, model: inner.model, retryAfter })
    )
  })
})

type Outcome = "success" | "failure" | "ignored"
const outcomes = {
  success: CircuitBreaker.success,
  failure: CircuitBreaker.failure(),
  ignored: CircuitBreaker.ignored
}

/** A call that ended neither with an answer nor with an error was interrupted. */
const outcomeOf = ({ error, method, parts }: LlmCall): Outcome => {
  if (error === undefined) {
    const answered = method === "generate" ? parts.length > 0 : parts.some(({ type }) => type === "finish")
    return answered ? "success" : "ignored"
  }
  return isOutage(error) ? "failure" : "ignored"
}

/** Whether a failure says that the vendor is down. @category reading */
export const isOutage = ({ reason }: AiError.AiError): boolean =>
  reason._tag === "InternalProviderError" || reason._tag === "InvalidResponseError"
  || (reason._tag === "NetworkError" && reason.isRetryable)
