/**
 * Lists whose length says more than they hold: `list[4e9] = 1` takes no memory, and a walk over its places does not end.
 */
import * as SafeJson from "../../internal/SafeJson.ts"

/** Whether `list` has more than a million empty places. It may throw as `list` does. */
export const isSparse = (list: ReadonlyArray<unknown>): boolean => {
  if (!(list.length > SafeJson.mostValues)) return false
  let empty = 0
  for (let at = 0; at < list.length; at++) {
    if (!(at in list) && ++empty > SafeJson.mostValues) return true
  }
  return false
}

/** What such a list is, for errors. */
export const described = `a list with more than ${SafeJson.mostValues} empty places`
