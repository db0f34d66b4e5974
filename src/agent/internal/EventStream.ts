/**
 * The events of a run as a stream that the run waits for.
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Described from "../../internal/Described.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"
import { Backlog } from "./Backlog.ts"
import * as Observer from "./Observer.ts"
import * as Returned from "./Returned.ts"

/**
 * Runs `self` when the stream is read. It waits while `capacity` events are not read yet. `takes` chooses the events. Default:
 * all. `last` makes the last element of what the run answered. Default: there is none. The caller states which events there can be.
 */
export const make = <Event extends Observer.ObservedEvent | { readonly _tag: "Result" }, A, E, R>(
  self: Effect.Effect<A, E, R>,
  capacity: number,
  { last, takes }: {
    readonly takes?: (event: Observer.MadeEvent) => boolean
    readonly last?: (answer: A) => Event
  } = {}
): Stream.Stream<Event, E, R> => {
  if (!(capacity >= 1)) {
    const problem = `capacity is ${Described.shown(capacity)}`
    throw new InvalidDefinition({ subject: "events", problem, expected: "at least 1" })
  }
  // Effect does not hand such a run to what would end the stream.
  if (!Returned.isEffect(self)) {
    const problem = `they were given ${Described.kind(self)}`
    throw new InvalidDefinition({ subject: "events", problem, expected: "a run, such as `pipeline.run(input)`" })
  }
  // A fiber of its own runs it, and ends with the reader. The reader gets the end of the run behind its last event.
  return Stream.unwrap(Effect.gen(function*() {
    const queue = yield* Queue.unbounded<Event, E | Cause.Done>()
    const backlog = new Backlog(queue, capacity)
    const fiber = yield* self.pipe(
      (run) =>
        Observer.observe(
          run,
          (clock) => new Observer.Listener(clock, (event) => backlog.push(event as Event), { backlog, takes })
        ),
      Effect.matchCauseEffect({
        onFailure: (cause) => Queue.failCause(queue, cause),
        onSuccess: (answer) =>
          Effect.suspend(() => {
            if (last !== undefined) backlog.push(last(answer))
            return Queue.end(queue)
          })
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
}
