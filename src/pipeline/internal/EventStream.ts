/**
 * The events of a run as a stream that the run waits for.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Observer from "../../agent/internal/Observer.ts"
import type { PipelineEvent } from "../PipelineEvent.ts"
import { Backlog } from "./Backlog.ts"
import * as StepScope from "./StepScope.ts"

/** Runs `self` when the stream is read. It waits while `capacity` events are not read yet. */
export const make = <A, E, R>(
  self: Effect.Effect<A, E, R>,
  capacity: number
): Stream.Stream<PipelineEvent, E, R> =>
  // A fiber of its own runs it, and ends with the reader. The reader gets the end of the run behind its last event.
  Stream.unwrap(Effect.gen(function*() {
    const queue = yield* Queue.unbounded<PipelineEvent, E | Cause.Done>()
    const backlog = new Backlog(queue, capacity)
    const fiber = yield* self.pipe(
      (run) =>
        Observer.observe(
          run,
          (clock) => new StepScope.StepListener(clock, (event) => backlog.push(event), { backlog })
        ),
      Effect.matchCauseEffect({
        onFailure: (cause) => Queue.failCause(queue, cause),
        onSuccess: () => Queue.end(queue)
      }),
      Effect.forkScoped
    )
    // What cannot be interrupted may wait for room. The end of the run does not wait for it.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        fiber.interruptUnsafe()
        backlog.close()
      })
    )
    return Stream.fromPull(Effect.succeed(backlog.pull))
  }))
