/**
 * The options of one call, which a program without types may have made.
 */
import type { Issue } from "../Issue.ts"
import type { RunOptions } from "../RunOptions.ts"
import * as TaggedMessage from "./TaggedMessage.ts"
import * as TimeLimits from "./TimeLimits.ts"

/** `refusal` says why the call cannot be carried out. */
export interface CallOptions extends RunOptions {
  readonly refusal?: Issue
}

/** Reads each option once. The limits are durations where there is no refusal. */
export const read = (options: RunOptions | undefined): CallOptions | undefined => {
  if (options === undefined || options === null) return undefined
  try {
    const { onExcessProperty, timeout } = options
    TimeLimits.override(TimeLimits.none, timeout)
    return {
      ...(onExcessProperty === undefined ? {} : { onExcessProperty }),
      ...(timeout === undefined ? {} : { timeout })
    }
  } catch (error) {
    return { refusal: refusalOf(error, "timeout") }
  }
}

/** What was thrown when an option was read, as an issue of the call. */
const refusalOf = (error: unknown, path: string): Issue => {
  if (TimeLimits.isInvalid(error)) {
    const { expected, problem, subject } = error
    return { path: subject, message: problem, ...(expected === undefined ? {} : { expected }) }
  }
  return { path, message: `cannot be read: ${TaggedMessage.of(error).message}` }
}
