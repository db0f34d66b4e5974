/**
 * Spans where something collects them, and only there: a span that nothing collects costs as much as the work around a call.
 */
import * as Effect from "effect/Effect"

/** `self` in the span `name`, where a tracer collects spans. */
export const withSpan = <A, E, R>(name: string, self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiber(({ cache }) =>
    cache.tracerEnabled && cache.tracer !== undefined ? Effect.withSpan(self, name, unplaced) as typeof self : self
  )

/** The place in the source would be one in this library, and to find it out takes longer than the span. */
const unplaced = { captureStackTrace: false }
