/**
 * Durations from outside: as people write them (`500ms`, `30s`, `2m`, `1.5h`, `3 days`, `00:00:30` and, by ISO 8601, `PT0.5S`
 * or `P1W`), and as a program without types may have given them.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** What would be right where a program gives the duration, for messages. */
export const expected = `a duration of 0 or more, such as "5 minutes" or a number of milliseconds`

/** Nothing for what is not a duration, throws when it is read, is not a number or is below zero. */
export const read = (input: unknown): Option.Option<Duration.Duration> =>
  Option.filter(readSigned(input), (duration) => !Duration.isNegative(duration))

/** As `read`, and zero for a duration below zero: what is left of a limit that has passed already. */
export const readLeft = (input: unknown): Option.Option<Duration.Duration> =>
  Option.map(readSigned(input), (duration) => Duration.max(duration, Duration.zero))

const readSigned = (input: unknown): Option.Option<Duration.Duration> => {
  try {
    if (input === null || Number.isNaN(input) || isLongList(input) || hasManyKeys(input)) return Option.none()
    return Duration.fromInput(input as Duration.Input)
  } catch {
    return Option.none()
  }
}

/** More than seconds and nanoseconds. A list of four billion places would be joined for the message that refuses it. */
const isLongList = (input: unknown): boolean => Array.isArray(input) && input.length > 2

/** More than an object of units has. Its keys would be written for the message that refuses it. */
const hasManyKeys = (input: unknown): boolean =>
  typeof input === "object" && input !== null && !Array.isArray(input) && Object.keys(input).length > 20

/** What would be right where a person writes the duration, for messages. */
export const example = `500ms, 30s, 2m, 1h or "5 minutes"`

/** The duration of a text. Nothing for any other text. */
export const parse = (text: string): Option.Option<Duration.Duration> => {
  const trimmed = text.trim()
  if (trimmed.length > longest) return Option.none()
  const millis = ofUnit(trimmed) ?? ofClock(trimmed) ?? ofIso(trimmed)
  return millis === undefined || !Number.isSafeInteger(Math.ceil(millis))
    ? Option.none()
    : Option.some(Duration.millis(millis))
}

const longest = 50

const ofUnit = (text: string): number | undefined => {
  const [, value, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text) ?? []
  const millis = millisOf.get(unit)
  return millis === undefined ? undefined : Number(value) * millis
}

const millisOf: ReadonlyMap<string, number> = new Map(([
  [1, ["ms", "milli", "millis", "millisecond", "milliseconds"]],
  [1000, ["s", "sec", "second", "seconds"]],
  [60_000, ["m", "min", "minute", "minutes"]],
  [3_600_000, ["h", "hour", "hours"]],
  [86_400_000, ["d", "day", "days"]],
  [604_800_000, ["w", "week", "weeks"]]
] as const).flatMap(([millis, names]) => names.map((name) => [name, millis] as const)))

/** Hours, minutes and seconds. Two numbers alone could be hours or minutes. */
const ofClock = (text: string): number | undefined => {
  const [, hours, minutes, seconds] = /^(\d{1,4}):([0-5]\d):([0-5]\d(?:\.\d+)?)$/.exec(text) ?? []
  return hours === undefined ? undefined : (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
}

/** Weeks, days and times. A month or a year is not a fixed time. */
const ofIso = (text: string): number | undefined => {
  const parts =
    /^P(?=.)(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/
      .exec(text)
  if (parts === null) return undefined
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map((part = "0") => Number(part))
  return ((((weeks! * 7 + days!) * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000
}

/** What would be right, where the text is a duration of another kind. */
export const hint = (text: string): string => {
  const clock = /^(\d{1,2}):(\d{2})$/.exec(text.trim())
  if (clock !== null) return `write "00:${clock[1]!.padStart(2, "0")}:${clock[2]}" for minutes and seconds`
  if (/^P.*[YM]/.test(text.trim())) return "a month or a year has no fixed length: write days, as P30D"
  return `write ${example}`
}
