/**
 * The limits of a run: those of the call, else those of the agent, else the defaults.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import { InvalidDefinition } from "../InvalidDefinition.ts"
import type { Limits } from "../RunOptions.ts"

/** The limits of a run and of its phases. A phase without one has only that of the run. */
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
  timeout !== undefined && (!isLimits(timeout) || limitOf(timeout, "run") !== undefined)

/** `inner` in place of `outer`; only the limit of the whole run stays if `inner` leaves it out. */
export const combine = (
  outer: Duration.Input | Limits | undefined,
  inner: Duration.Input | Limits
): Duration.Input | Limits => {
  if (outer === undefined || !isLimits(inner) || limitOf(inner, "run") !== undefined) return inner
  const run = isLimits(outer) ? limitOf(outer, "run") : outer
  return run === undefined ? inner : { ...inner, run }
}

/**
 * As `combine`, with every duration read. A limit below zero has passed already, like one of zero. Throws
 * `InvalidDefinition` at one that cannot be read.
 */
export const override = (outer: TimeLimits, timeout: Duration.Input | Limits | undefined): TimeLimits => {
  if (timeout === undefined) return outer
  if (!isLimits(timeout)) return { run: readLimit(timeout, "timeout") }
  const limits: { -readonly [K in keyof TimeLimits]: TimeLimits[K] } = { run: outer.run }
  for (const name of names) {
    const limit = limitOf(timeout, name)
    if (limit !== undefined) limits[name] = readLimit(limit, `timeout.${name}`)
  }
  return limits
}

/** A duration that a program without types may have given. Throws `InvalidDefinition` where it is not one. */
export const read = (input: unknown, subject: string): Duration.Duration =>
  orInvalid(DurationInput.read(input), input, subject)

const readLimit = (input: unknown, subject: string): Duration.Duration =>
  orInvalid(DurationInput.readLeft(input), input, subject)

const orInvalid = (read: Option.Option<Duration.Duration>, input: unknown, subject: string): Duration.Duration =>
  Option.getOrThrowWith(read, () =>
    new InvalidDefinition({
      subject,
      problem: `${Described.shown(input)} is not a duration`,
      expected: DurationInput.expected
    }))

/** Whether `read` threw it. */
export const isInvalid = (error: unknown): error is InvalidDefinition => Described.isInstance(error, InvalidDefinition)

/**
 * A `Duration.Input` may be an object too, such as `{ minutes: 5 }`: only the keys distinguish the two. A proxy that throws when it is
 * asked is neither.
 */
const isLimits = (timeout: Duration.Input | Limits): timeout is Limits => {
  try {
    return typeof timeout === "object" && timeout !== null && !Duration.isDuration(timeout) && !Array.isArray(timeout)
      && Object.keys(timeout).every((key) => known.has(key))
  } catch {
    return false
  }
}

/** A getter may throw. */
const limitOf = (limits: Limits, name: keyof Limits): Duration.Input | undefined => {
  try {
    return limits[name]
  } catch {
    throw new InvalidDefinition({
      subject: `timeout.${name}`,
      problem: "it cannot be read",
      expected: DurationInput.expected
    })
  }
}
