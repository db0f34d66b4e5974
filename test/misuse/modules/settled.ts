/** How a call on something from outside must end: with an answer, or with a tagged failure. Never with a defect. */
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit, Option } from "effect"

/** The tag of the failure of `self`, or `answered`. */
export const settled = <R>(self: Effect.Effect<unknown, unknown, R>): Effect.Effect<string, never, R> =>
  Effect.map(Effect.exit(self), (exit) => {
    if (Exit.isSuccess(exit)) return "answered"
    assert.isFalse(Cause.hasDies(exit.cause), Cause.pretty(exit.cause).slice(0, 1_000))
    return tagOf(Option.getOrThrow(Cause.findErrorOption(exit.cause)))
  })

/** The same for a call that throws or rejects. */
export const settledCall = (call: () => unknown): Effect.Effect<string> =>
  Effect.promise(async () => {
    try {
      await call()
      return "answered"
    } catch (error) {
      return tagOf(error)
    }
  })

const tagOf = (error: unknown): string => {
  assert.isTrue(typeof error === "object" && error !== null && "_tag" in error, `untagged: ${String(error)}`)
  return String((error as { readonly _tag: unknown })._tag)
}
