/**
 * Reads how long a server asks to be left alone, in every form that servers send. The only parser of such durations:
 * `retry-after` headers, rate-limit headers and texts in bodies all go through `millisOf`.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Headers from "effect/http/Headers"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

/**
 * The wait that `text` asks for at the time `now` (Unix milliseconds), in milliseconds: never negative, and at most 100
 * years. `undefined` where the text is not a duration or a time.
 *
 * | form | example |
 * | --- | --- |
 * | seconds, whole or not | `120`, `0.5`, `"30"` |
 * | with units | `6m0s`, `20ms`, `1h2m`, `2 minutes` |
 * | ISO 8601 duration | `PT1M30S` |
 * | HTTP date | `Fri, 31 Jan 2025 12:00:00 GMT` |
 * | ISO 8601 date; without a zone it is UTC | `2025-01-31T12:00:00Z` |
 * | Unix time in seconds or milliseconds | `1738324800`, `1738324800000` |
 * | several values | `5, 10`: the longest counts |
 * | beyond every bound | `Infinity`, `1e99999`, a number of hundreds of digits: 100 years |
 *
 * @category reading
 */
export const millisOf = (text: string, now: number): number | undefined => {
  const trimmed = text.trim().replaceAll(/^["']|["']$/g, "").trim()
  if (isEndless.test(trimmed)) return longest
  if (trimmed.length > longestText) return undefined
  const millis = several(trimmed, now) ?? ofNumber(trimmed, now) ?? ofUnits(trimmed) ?? ofIsoDuration(trimmed)
    ?? ofTime(trimmed, now)
  return millis === undefined || Number.isNaN(millis) ? undefined : Math.min(Math.max(0, millis), longest)
}

/**
 * The wait that the headers of an answer ask for: `retry-after-ms` and `x-ms-retry-after-ms` (milliseconds, more exact),
 * or else `retry-after`. The names of the headers are in lower case.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(
  headers: Readonly<Record<string, string | undefined>>
): Effect.fn.Return<Duration.Duration | undefined> {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const exact = headers[name]?.trim() ?? ""
    if (isEndless.test(exact)) return Duration.millis(longest)
    if (isNumber.test(exact)) return Duration.millis(Math.min(Math.max(0, Number(exact)), longest))
  }
  const text = headers["retry-after"]
  const millis = text === undefined ? undefined : millisOf(text, yield* Clock.currentTimeMillis)
  return millis === undefined ? undefined : Duration.millis(millis)
})

const longestText = 200
const longest = 100 * 365 * 86_400_000

const isNumber = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,3})?$/i

/** A number that is larger than any wait, with or without a unit. */
const isEndless = /^\+?(?:inf(?:inity)?|\d{30,}(?:\.\d*)?\s*(?:[a-zµ]+)?|(?:0*[1-9]\d*(?:\.\d*)?)e\+?\d{4,})$/i

const several = (text: string, now: number): number | undefined => {
  const values = text.split(",")
  if (values.length < 2) return undefined
  const millis = values.map((value) => ofNumber(value.trim(), now))
  return millis.some((value) => value === undefined) ? undefined : Math.max(...millis.map(Number))
}

/** A wait of more than three years is not one: the number is a Unix time. */
const ofNumber = (text: string, now: number): number | undefined => {
  if (!isNumber.test(text)) return undefined
  const value = Number(text)
  return value >= 1e11 ? value - now : value >= 1e8 ? value * 1_000 - now : value * 1_000
}

const unit = String
  .raw`(\d+(?:\.\d+)?|\.\d+)\s*(ns|us|µs|ms|millis\w*|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)`
const isUnits = new RegExp(String.raw`^(?:${unit}[\s,]*)+$`, "i")
const eachUnit = new RegExp(unit, "gi")

const ofUnits = (text: string): number | undefined =>
  isUnits.test(text)
    ? text.matchAll(eachUnit).reduce((sum, [, count, name = ""]) => sum + Number(count) * millisOfUnit(name), 0)
    : undefined

const millisOfUnit = (name: string): number => {
  const lower = name.toLowerCase()
  if (lower === "ns") return 1e-6
  if (lower === "us" || lower === "µs") return 1e-3
  if (lower.startsWith("mi") && !lower.startsWith("min") || lower === "ms") return 1
  return ({ s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as Readonly<Record<string, number>>)[
    lower.slice(0, 1)
  ] ?? 0
}

const isoDuration = /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i

const ofIsoDuration = (text: string): number | undefined => {
  const [whole, days = 0, hours = 0, minutes = 0, seconds = 0] = isoDuration.exec(text) ?? []
  return whole === undefined || whole.length < 3
    ? undefined
    : ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1_000
}

const ofTime = (text: string, now: number): number | undefined => {
  const parsed = Headers.parseRetryAfter(text)
  if (Result.isSuccess(parsed)) return Duration.toMillis(Headers.retryAfterDelay(parsed.success, now))
  const isIso = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}|$)/i.test(text)
  // Other dates name a day of the week or a month: a date parser also takes "3600" and much else for a year.
  if (!isIso && !/^(?:[a-z]{3,9},?\s|\d{1,2}[ -][a-z]{3}).*\d{4}/i.test(text)) return undefined
  const zoned = isIso && !/(?:z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10)) && text.length > 10 ? `${text}Z` : text
  return Option.getOrUndefined(
    Option.map(DateTime.make(isIso ? zoned.replace(" ", "T") : zoned), (time) => DateTime.toEpochMillis(time) - now)
  )
}
