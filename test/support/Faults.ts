/**
 * What can be wrong with a part that stands beside a run, such as a history, a policy or a cache, also as a program without
 * types could bring it.
 */
import { Effect } from "effect"

export const throwing = (): never => {
  throw new Error("thrown")
}
export const hostile = new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing })
export const notEffects: ReadonlyArray<readonly [string, unknown]> = [
  ["nothing", undefined],
  ["null", null],
  ["a number", 42],
  ["a text", "allow"],
  ["a promise", Promise.resolve({ _tag: "Allow" })],
  ["a plain object", { _tag: "Allow" }],
  ["a hostile object", hostile],
  ["a function", () => {}]
]
export const faults: ReadonlyArray<readonly [string, () => unknown]> = [
  ["throws", throwing],
  ["throws nothing", () => {
    throw undefined as unknown
  }],
  ["dies", () => Effect.die(new Error("died"))],
  ["dies with an object that cannot be read", () => Effect.die(hostile)],
  ["dies with an object without a prototype", () => Effect.die(Object.create(null))],
  ["fails with an error", () => Effect.fail("failed")],
  ["fails with nothing", () => Effect.fail(undefined)],
  ["fails with an object that cannot be read", () => Effect.fail(hostile)],
  ["interrupts itself", () => Effect.interrupt],
  ["hangs", () => Effect.never],
  ["hangs and cannot be interrupted", () => Effect.uninterruptible(Effect.never)],
  ["hangs in what it releases", () => Effect.ensuring(Effect.never, Effect.never)],
  ["hangs on a promise", () => Effect.promise(() => new Promise(() => {}))],
  ["fails late", () => Effect.andThen(Effect.sleep("2 minutes"), Effect.fail("late"))],
  ["has forked, and dies", () => Effect.andThen(Effect.forkDetach(Effect.never), Effect.die("died"))],
  ["recurses for ever", () => {
    const again = (): number => 1 + again()
    return Effect.die(again())
  }],
  ...notEffects.map(([what, value]) => [`is ${what}, not an Effect`, () => value] as const)
]
