/**
 * The limits of a run: those of the call, else those of the agent, else the defaults.
 */
import * as Duration from "effect/Duration"
import type { Limits } from "../RunOptions.ts"

export interface TimeLimits {
  readonly validate?: Duration.Duration
  readonly execute?: Duration.Duration
  readonly finalize?: Duration.Duration
  readonly run: Duration.Duration
}

const names = ["validate", "execute", "finalize", "run"] as const
const known = new Set<string>(names)

/** No limit at all. */
export const none: TimeLimits = { run: Duration.infinity }

/** Whether `timeout` states a limit of the run as a whole. */
export const statesRun = (timeout: Duration.Input | Limits | undefined): boolean =>
  timeout !== undefined && (!isLimits(timeout) || timeout.run !== undefined)

/** `inner` in place of `outer`; only the limit of the whole run stays if `inner` leaves it out. */
export const combine = (
  outer: Duration.Input | Limits | undefined,
  inner: Duration.Input | Limits
): Duration.Input | Limits => {
  if (outer === undefined || !isLimits(inner) || inner.run !== undefined) return inner
  const run = isLimits(outer) ? outer.run : outer
  return run === undefined ? inner : { ...inner, run }
}

/** As `combine`, with every duration read. Throws at one that cannot be. */
export const override = (outer: TimeLimits, timeout: Duration.Input | Limits | undefined): TimeLimits => {
  if (timeout === undefined) return outer
  if (!isLimits(timeout)) return { run: Duration.fromInputUnsafe(timeout) }
  const limits: { -readonly [K in keyof TimeLimits]: TimeLimits[K] } = { run: outer.run }
  for (const name of names) {
    const limit = timeout[name]
    if (limit !== undefined) limits[name] = Duration.fromInputUnsafe(limit)
  }
  return limits
}

/** A `Duration.Input` may be an object too, such as `{ minutes: 5 }`: only the keys tell the two apart. */
const isLimits = (timeout: Duration.Input | Limits): timeout is Limits =>
  typeof timeout === "object" && !Duration.isDuration(timeout) && !Array.isArray(timeout)
  && Object.keys(timeout).every((key) => known.has(key))
