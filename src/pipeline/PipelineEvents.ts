/**
 * Reads the events of whatever runs agents and pipelines: through a listener, or as a stream. `Pipeline` exports all of it.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import type * as Stream from "effect/Stream"
import { type AgentResult, type ResultEvent, toEvent } from "../agent/AgentResult.ts"
import * as EventStream from "../agent/internal/EventStream.ts"
import * as Observer from "../agent/internal/Observer.ts"
import * as Returned from "../agent/internal/Returned.ts"
import * as StepScope from "./internal/StepScope.ts"
import type { PipelineEvent } from "./PipelineEvent.ts"

/**
 * Calls `listen` with every event of the agents and pipelines that `self` runs, as they happen. `listen` should be quick: the run waits
 * for it. A listener that throws, or whose promise is rejected, is logged, and the run goes on: it does not await the promise.
 *
 * @category running
 */
export const observe: {
  (listen: (event: PipelineEvent) => void): <A, E, R>(self: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(self: Effect.Effect<A, E, R>, listen: (event: PipelineEvent) => void): Effect.Effect<A, E, R>
} = dual(
  2,
  <A, E, R>(self: Effect.Effect<A, E, R>, listen: (event: PipelineEvent) => void): Effect.Effect<A, E, R> =>
    Effect.withFiber(({ context }) => {
      const log = Effect.runForkWith(context)
      const safely = (event: PipelineEvent) => {
        const warn = (error: unknown) =>
          void log(Effect.logWarning(`A listener to events threw at ${event._tag}`, Cause.die(error)))
        try {
          void Returned.promiseOf(listen(event))?.then(undefined, warn)
        } catch (error) {
          warn(error)
        }
      }
      return Observer.observe(self, (clock) => new StepScope.StepListener(clock, safely))
    })
)

/**
 * Runs `self`, and emits what the pipelines that it runs do, as it happens: the `events` of an agent around pipelines, or of
 * several pipelines. Fails as `self` does. It waits for its reader as a pipeline does.
 *
 * @category running
 */
export const events = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  { capacity = 256 }: { readonly capacity?: number | undefined } = {}
): Stream.Stream<PipelineEvent, E, R> => EventStream.make(self, capacity)

/**
 * As `events`, of the run of an agent or a pipeline, with its result as the last element: `{ _tag: "Result", value, metadata }`, as
 * `greenlang run --events` ends. `AgentResult.eventSchema` is its schema, for a stream of server-sent events.
 *
 * ```ts
 * import { Effect, Schema, Stream } from "effect"
 * import { Pipeline, Step } from "greenlang"
 *
 * const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) =>
 *   Step.make("twice", [n], (n) => Effect.succeed(n * 2)))
 *
 * const seen = await Effect.runPromise(Stream.runCollect(Pipeline.eventsAndResult(Twice.run(4))))
 * seen.map((event) => event._tag === "Result" ? event.value : event._tag)
 * // => ["RunStarted", "StepQueued", "StepStarted", "StepEnded", "RunEnded", 8]
 * ```
 *
 * @category running
 */
export const eventsAndResult = <A, E, R>(
  run: Effect.Effect<AgentResult<A>, E, R>,
  { capacity = 256 }: { readonly capacity?: number | undefined } = {}
): Stream.Stream<PipelineEvent | ResultEvent<A>, E, R> =>
  EventStream.make<PipelineEvent | ResultEvent<A>, AgentResult<A>, E, R>(run, capacity, { last: toEvent })
