/**
 * Durations that a program without types may have given.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Described from "./Described.ts"

/** What would be right, for messages. */
export const expected = `a duration of 0 or more, such as "5 minutes" or a number of milliseconds`

/** Nothing for what is not a duration, throws when it is read, is not a number or is below zero. */
export const read = (input: unknown): Option.Option<Duration.Duration> =>
  Option.filter(readSigned(input), (duration) => !Duration.isNegative(duration))

/** As `read`, and zero for a duration below zero: what is left of a limit that has passed already. */
export const readLeft = (input: unknown): Option.Option<Duration.Duration> =>
  Option.map(readSigned(input), (duration) => Duration.max(duration, Duration.zero))

const readSigned = (input: unknown): Option.Option<Duration.Duration> => {
  try {
    return input === null || Number.isNaN(input) ? Option.none() : Duration.fromInput(input as Duration.Input)
  } catch {
    return Option.none()
  }
}

/** How a message shows what was given. */
export const shown = (input: unknown): string => {
  if (typeof input === "string") return JSON.stringify(input.slice(0, 100))
  return typeof input === "number" ? String(input) : Described.kind(input)
}
