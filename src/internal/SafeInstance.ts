/**
 * `instanceof` for what others threw or failed with, which may be a proxy that throws when it is asked.
 */

/** Whether `value` is an instance of `type`. A value that throws when it is asked is not. */
export const isInstance = <A>(value: unknown, type: abstract new(...args: never) => A): value is A => {
  try {
    return value instanceof type
  } catch {
    return false
  }
}
