/**
 * Durations that a program without types may have given.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Described from "./Described.ts"

/** What would be right, for messages. */
export const expected = `a duration of 0 or more, such as "5 minutes" or a number of milliseconds`

/** Nothing for what is not a duration, throws when it is read, is not a number or is below zero. */
export const read = (input: unknown): Option.Option<Duration.Duration> => {
  try {
    if (input === null || Number.isNaN(input)) return Option.none()
    return Option.filter(Duration.fromInput(input as Duration.Input), (duration) => !Duration.isNegative(duration))
  } catch {
    return Option.none()
  }
}

/** How a message shows what was given. */
export const shown = (input: unknown): string => {
  if (typeof input === "string") return JSON.stringify(input.slice(0, 100))
  return typeof input === "number" ? String(input) : Described.kind(input)
}
