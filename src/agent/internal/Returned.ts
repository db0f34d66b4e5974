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
