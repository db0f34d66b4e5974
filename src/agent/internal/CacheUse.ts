/**
 * How a run uses a cache, which stands beside it and can neither hold nor fail it.
 *
 * 1. A call that fails, throws, dies, answers with nonsense or takes longer than a second is a miss. The run emits it as
 *    `CacheFailed`, and the log shows it.
 * 2. A cache that took too long to read, or to write, is left alone for ten seconds, so that a run of many steps does not
 *    wait for each of them.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Deadline from "../../internal/Deadline.ts"
import type { CacheFailed } from "../AgentEvent.ts"
import * as AgentEvents from "./AgentEvents.ts"
import * as TaggedMessage from "./TaggedMessage.ts"

interface Use extends Pick<typeof CacheFailed.Type, "cache" | "operation"> {
  /** The store, where it is called: nothing where a value is made ready for it. */
  readonly store?: object
}

const limit = Duration.seconds(1)
const rest = Duration.seconds(10)

/** Until when a store is left alone, in Unix milliseconds. */
const resting = { read: new WeakMap<object, number>(), write: new WeakMap<object, number>() }

/** `self`, or `miss` where it does not succeed in time. */
export const attempt = <A, R, B>(
  use: Use,
  self: Effect.Effect<A, unknown, R>,
  miss: B
): Effect.Effect<A | B, never, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const until = (use.store && resting[use.operation].get(use.store)) ?? 0
    const used = now < until
      ? Effect.fail(new Cause.TimeoutError("it took too long before, and is left alone for a while"))
      : Deadline.beside(self, limit, () => tooLate)
    return Effect.catchCause(used, (cause) =>
      Effect.andThen(
        Effect.map(Clock.currentTimeMillis, (now) => {
          if (use.store !== undefined && Cause.squash(cause) === tooLate) {
            resting[use.operation].set(use.store, now + Duration.toMillis(rest))
          }
        }),
        Effect.as(report(use, cause), miss)
      ))
  })

const tooLate = new Cause.TimeoutError(`it took longer than ${Duration.format(limit)}`)

const report = ({ cache, operation }: Use, cause: Cause.Cause<unknown>) => {
  const error = TaggedMessage.of(Cause.squash(cause))
  const message = error._tag === "RangeError" ? "a value is nested too deeply" : error.message
  const what = cache === "step" ? "the answer of a step" : "an answer of a language model"
  const log = Effect.logWarning(
    `${what} could not be ${operation === "read" ? "read from" : "written to"} the cache`,
    cause
  )
  return Effect.andThen(
    AgentEvents.emit((path, at) => ({ _tag: "CacheFailed", path, cache, operation, message, at })),
    // a logger stands beside the run too
    Effect.ignoreCause(log)
  )
}
