/**
 * What a function of another program returned. It may be a promise that is rejected later, which would end the process where
 * nothing awaits it.
 */
import * as Predicate from "effect/Predicate"

/** Whether `returned` is a promise, or looks like one. A value that throws when it is asked is not one. */
export const isPromise = (returned: unknown): returned is PromiseLike<unknown> => {
  try {
    return Predicate.isPromiseLike(returned)
  } catch {
    return false
  }
}

/**
 * A promise of its own for `returned`, where that is a promise or looks like one: what throws there, rejects here. `undefined`
 * for anything else. Never throws.
 */
export const promiseOf = (returned: unknown): Promise<unknown> | undefined =>
  isPromise(returned) ? new Promise((resolve) => resolve(returned)) : undefined

/** Ignores what becomes of `returned`, where that is a promise. */
export const ignore = (returned: unknown): void => void promiseOf(returned)?.then(undefined, () => {})
