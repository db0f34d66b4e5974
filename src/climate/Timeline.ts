/**
 * Timestamps at equal steps: which step, where gaps are, and what comes next.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { invalid } from "./ClimateTool.ts"

const frequencies = ["hour", "day", "week", "month", "quarter", "year"] as const

/** @category schemas */
export const Frequency = Schema.Literals(frequencies)
/** @category schemas */
export type Frequency = typeof Frequency.Type

/** A point on the clock of its offset. @category models */
export interface Moment {
  /** Milliseconds, as if the local clock were UTC. */
  readonly local: number
  /** `Z`, `+02:00`, or nothing where none was given. */
  readonly offset: string
  /** Whether it was a date alone. */
  readonly isDate: boolean
}

const pattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/

/** Reads ISO 8601. Fails with `ValidationError` at `path`. @category reading */
export const parse = (text: string, path: string) => {
  const [, year, month, day, hour, minute, second, offset = ""] = pattern.exec(text.trim()) ?? []
  const parts = [year, month, day, hour ?? 0, minute ?? 0, second ?? 0].map(Number)
  const [y = NaN, m = NaN, d = NaN, h = 0, min = 0, s = 0] = parts
  const local = Date.UTC(y, m - 1, d, h, min, s)
  const back = new Date(local)
  const isReal = year !== undefined && back.getUTCMonth() === m - 1 && back.getUTCDate() === d && h < 24 && min < 60 &&
    s < 60
  return isReal
    ? Effect.succeed<Moment>({ local, offset, isDate: hour === undefined })
    : Effect.fail(invalid(path, `${text} is not a date`, "ISO 8601, such as 2025-01-31 or 2025-01-31T12:00:00Z"))
}

/** The moment on the clock of the world, for order and for hours. @category reading */
export const instant = ({ local, offset }: Moment): number => {
  const [, sign, hours, minutes] = /([+-])(\d{2}):?(\d{2})/.exec(offset) ?? []
  return hours === undefined ? local : local - (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

const write = ({ isDate, offset }: Moment, local: number) => {
  const text = new Date(local).toISOString()
  return isDate ? text.slice(0, 10) : `${text.slice(0, 19)}${offset}`
}

const hour = 3_600_000
const sizes = { hour, day: 24 * hour, week: 168 * hour }
const months = { month: 1, quarter: 3, year: 12 }

/**
 * What follows `last`. Months keep the day of the month; the last day of a month stays the last day, and a day that a month
 * lacks is its last.
 *
 * @category dates
 */
export const following = (last: Moment, frequency: Frequency, horizon: number): ReadonlyArray<string> =>
  Array.from({ length: horizon }, (_, at) => write(last, after(last.local, frequency, at + 1)))

const after = (local: number, frequency: Frequency, steps: number): number => {
  if (frequency === "hour" || frequency === "day" || frequency === "week") return local + steps * sizes[frequency]
  const date = new Date(local)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const lastDay = (month: number) => new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const target = month + steps * months[frequency]
  const kept = day === lastDay(month) ? lastDay(target) : Math.min(day, lastDay(target))
  return Date.UTC(year, target, kept) + local % sizes.day
}

/** @category models */
export interface Steps {
  readonly frequency: Frequency
  /** For each timestamp, its number of steps after the first. */
  readonly places: ReadonlyArray<number>
}

/**
 * The frequency by the median step, and where each timestamp stands. A step that differs by more than a tenth is a gap.
 * Fails with `ValidationError` where the timestamps do not rise, the median step is none of the frequencies, or a step is
 * no whole number of steps.
 *
 * @category reading
 */
export const steps = Effect.fnUntraced(function*(moments: ReadonlyArray<Moment>) {
  const at = moments.map(instant)
  const gaps = at.slice(1).map((time, index) => time - at[index]!)
  const back = gaps.findIndex((gap) => !(gap > 0))
  if (back >= 0) {
    return yield* invalid(`data.${back + 1}.timestamp`, "does not come after the one before", "a later time")
  }
  const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)]!
  const frequency = frequencyOf(median)
  if (frequency === undefined) {
    return yield* invalid(
      "data",
      `steps of ${median / hour} hours do not make a known frequency`,
      frequencies.join(", ")
    )
  }
  const places = moments.map((moment) => place(moments[0]!, moment, frequency))
  const uneven = places.findIndex((place, index) =>
    Math.abs(place - Math.round(place)) > 0.1 || (index > 0 && Math.round(place) === Math.round(places[index - 1]!))
  )
  if (uneven >= 0) {
    return yield* invalid(
      `data.${uneven}.timestamp`,
      "is between two steps",
      `a whole number of steps of a ${frequency}`
    )
  }
  const found: Steps = { frequency, places: places.map(Math.round) }
  return found
})

const frequencyOf = (step: number): Frequency | undefined => {
  const days = step / sizes.day
  if (Math.abs(step / hour - 1) <= 0.1) return "hour"
  if (Math.abs(days - 1) <= 0.1) return "day"
  if (Math.abs(days / 7 - 1) <= 0.1) return "week"
  if (days >= 28 && days <= 31) return "month"
  if (days >= 89 && days <= 92) return "quarter"
  return days >= 365 && days <= 366 ? "year" : undefined
}

const place = (first: Moment, moment: Moment, frequency: Frequency): number => {
  if (frequency === "hour") return (instant(moment) - instant(first)) / hour
  if (frequency === "day" || frequency === "week") return (moment.local - first.local) / sizes[frequency]
  const [a, b] = [new Date(first.local), new Date(moment.local)]
  return ((b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()) / months[frequency]
}
