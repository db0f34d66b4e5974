/**
 * What a function of another program returned. It may be a promise that is rejected later, which would end the process where
 * nothing awaits it.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Described from "../../internal/Described.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"

/** Whether `returned` is a promise, or looks like one. A value that throws when it is asked is not one. */
export const isPromise = Described.guard(Predicate.isPromiseLike)

/**
 * The promise that `returned` is or looks like: what throws there, rejects here. `undefined` for anything else. Never throws.
 */
export const promiseOf = (returned: unknown): Promise<unknown> | undefined => {
  if (isOfLanguage(returned)) return Promise.resolve(returned)
  return isPromise(returned) ? new Promise((resolve) => resolve(returned)) : undefined
}

/**
 * Whether `returned` is a promise of the language that behaves as one, so that no other promise has to stand for it. Of what only
 * looks like it, such as a proxy, `Promise.resolve` makes one.
 */
const isOfLanguage = (returned: unknown): returned is Promise<unknown> => {
  try {
    return typeof returned === "object" && returned !== null && Object.getPrototypeOf(returned) === Promise.prototype
      && !Object.hasOwn(returned, "then") && !Object.hasOwn(returned, "constructor")
  } catch {
    return false
  }
}

/** Ignores what becomes of `returned`, where that is a promise. */
export const ignore = (returned: unknown): void => void promiseOf(returned)?.then(undefined, () => {})

/** Whether `returned` is an Effect. Neither a primitive is, nor a value that throws when it is asked. */
export const isEffect = (returned: object): boolean => {
  try {
    return (returned as { readonly [Effect.TypeId]?: unknown })[Effect.TypeId] !== undefined
  } catch {
    return false
  }
}

/** The Effect that `what` of `subject` returned. Dies with `InvalidDefinition`, which names both, for anything else. */
export const effectOf = <A, E, R>(
  returned: Effect.Effect<A, E, R>,
  what: string,
  subject: string
): Effect.Effect<A, E, R> => {
  if (isEffect(returned)) return returned
  // What becomes of a promise later is not to end the process.
  ignore(returned)
  return Effect.die(
    new InvalidDefinition({ subject, problem: `${what} returned ${Described.kind(returned)}`, expected: "an Effect" })
  )
}

/** `f`, whose answer is what `effectOf` makes of it. */
export const checked =
  <I, A, E, R>(f: (input: I) => Effect.Effect<A, E, R>, what: string, subject: string) =>
  (input: I): Effect.Effect<A, E, R> => effectOf(f(input), what, subject)
