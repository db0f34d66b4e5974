/**
 * One call to a provider as the layers around it see it, whether its answer comes in one piece or as a stream.
 *
 * A layer that takes something for the time of a call (a place, an amount) takes it in the call's `Scope`, and gives it
 * back in the finalizer: that runs whatever ends the call, interruption and streams that are left early included.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { LlmProviderShape, LlmRequest } from "./LlmProvider.ts"

/** @category models */
export type Part = Response.PartEncoded | Response.StreamPartEncoded

/** @category models */
export interface LlmCall {
  readonly method: "generate" | "stream"
  readonly request: LlmRequest
  /** What has come so far. A whole answer ends with a `finish`. */
  readonly parts: ReadonlyArray<Part>
  /** What the call failed with. */
  readonly error: AiError.AiError | undefined
}

/**
 * The provider, with `open` before each of its calls. What `open` acquires is released when the call has ended, and the
 * call as it stands by then is what `open` was given.
 *
 * @category combinators
 */
export const around = (
  inner: LlmProviderShape,
  open: (call: LlmCall) => Effect.Effect<void, AiError.AiError, Scope.Scope>
): LlmProviderShape => ({
  ...inner,
  generate: (request) =>
    Effect.scoped(Effect.suspend(() => {
      const call = begin("generate", request)
      return open(call).pipe(
        Effect.andThen(inner.generate(request)),
        Effect.tap((parts) => Effect.sync(() => call.parts.push(...parts))),
        Effect.tapCause((cause) => Effect.sync(() => note(call, cause)))
      )
    })),
  stream: (request) =>
    Stream.unwrap(Effect.suspend(() => {
      const call = begin("stream", request)
      return Effect.as(
        open(call),
        inner.stream(request).pipe(
          Stream.tap((part) => Effect.sync(() => call.parts.push(part))),
          Stream.tapCause((cause) => Effect.sync(() => note(call, cause)))
        )
      )
    }))
})

interface Open extends LlmCall {
  readonly parts: Array<Part>
  error: AiError.AiError | undefined
}

const begin = (method: LlmCall["method"], request: LlmRequest): Open => ({
  method,
  request,
  parts: [],
  error: undefined
})

const note = (call: Open, cause: Cause.Cause<AiError.AiError>) => {
  call.error = cause.reasons.find(Cause.isFailReason)?.error
}
