/**
 * The options of one call, which a program without types may have made.
 */
import * as Described from "../../internal/Described.ts"
import * as NearestName from "../../internal/NearestName.ts"
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
  if (typeof options !== "object" || Described.isList(options)) {
    return {
      refusal: { path: "options", message: `they are ${Described.kind(options)}`, expected: "an object" }
    }
  }
  let path = "options"
  try {
    const keys = Object.keys(options)
    if (keys.length > mostKeys) {
      return { refusal: { path, message: `they have ${keys.length} keys`, expected: `at most ${mostKeys}` } }
    }
    const slip = keys.map((key) => key.slice(0, 100)).find(isSlip)
    if (slip !== undefined) return { refusal: slipOf(slip) }
    path = "onExcessProperty"
    const { onExcessProperty } = options
    if (onExcessProperty !== undefined && !excess.has(onExcessProperty)) {
      const message = `${Described.shown(onExcessProperty)} says nothing of keys that are not known`
      return { refusal: { path, message, expected: `"ignore" or "error"` } }
    }
    path = "timeout"
    const { timeout } = options
    TimeLimits.override(TimeLimits.none, timeout)
    return {
      ...(onExcessProperty === undefined ? {} : { onExcessProperty }),
      ...(timeout === undefined ? {} : { timeout })
    }
  } catch (error) {
    return { refusal: refusalOf(error, path) }
  }
}

/** A caller may keep options of its own in the same object. */
const mostKeys = 1_000

const own: ReadonlyArray<keyof RunOptions> = ["timeout", "onExcessProperty"]
const excess: ReadonlySet<string> = new Set(["ignore", "error"])

/** Whether the name is nearly one of a run's. Others belong to the caller, who may keep all in one object. */
const isSlip = (name: string): boolean => {
  const near = NearestName.find(name, own)
  return near !== undefined && near !== name
}

const slipOf = (name: string): Issue => ({
  path: name,
  message: `is not an option of a run. ${NearestName.hint(name, own)}`
})

/** What was thrown when an option was read, as an issue of the call. */
const refusalOf = (error: unknown, path: string): Issue => {
  if (TimeLimits.isInvalid(error)) {
    const { expected, problem, subject } = error
    return { path: subject, message: problem, ...(expected === undefined ? {} : { expected }) }
  }
  return { path, message: `cannot be read: ${TaggedMessage.of(error).message}` }
}
