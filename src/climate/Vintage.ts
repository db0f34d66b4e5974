/**
 * Which edition of a published factor a year or a period takes.
 *
 * 1. A row has the year it was published for, or whose data it describes.
 * 2. A wanted year takes that row, else the nearest year, ties to the later one; a note says both years.
 * 3. Among rows of one year an official edition comes first, then the newest. Superseded rows count only where their
 *    edition is named, unofficial ones only where a year is wanted to which they are nearest.
 * 4. Without a year: the newest official row, none for a year after the newest publication.
 * 5. Rows of data packs are asked before the shipped ones.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ValidationError } from "./ClimateError.ts"
import * as NearestNames from "./NearestNames.ts"
import * as Strict from "./Strict.ts"
import { factorEditions } from "./tables/FactorTables.ts"
import * as Index from "./tables/Index.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** A year of the data. @category schemas */
export const Year = Schema.Int.annotate({
  description:
    "year of the factor, from 1990 to next year: the nearest edition, an unofficial one too, which is noted. " +
    "Default: the newest official one"
}).check(Schema.isGreaterThanOrEqualTo(1990))

/** Whether a text is a day of the calendar as YYYY-MM-DD. @category guards */
export const isDay = (text: string): boolean => dayOf(text) !== undefined

/** A day of the calendar, the first or the last of a period. @category schemas */
export const date = (which: "first" | "last") =>
  Schema.String.annotate({ description: `${which} day as YYYY-MM-DD` }).check(
    Schema.makeFilter((text: string) => isDay(text) || "Expected a date as YYYY-MM-DD")
  )

/** @category schemas */
export const Period = Strict.make(
  Schema.Struct({ start_date: date("first"), end_date: date("last") })
)
/** @category schemas */
export type Period = typeof Period.Type

/** The fields that say which edition is wanted, of an agent or a tool. @category schemas */
export const fields = {
  year: Schema.optionalKey(Year),
  period: Schema.optionalKey(
    Period.annotate({ description: "in place of year: both days included, shorter than 3 years" })
  ),
  period_rule: Schema.optionalKey(
    Schema.Literals(["days", "majority"]).annotate({
      description: "of a period: each day takes its year (days), or all the year with most days. Default: days"
    })
  ),
  edition: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "name of an edition, such as DESNZ 2025: only its rows are used" })
  ),
  officialOnly: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "leaves unofficial editions out. Default: false" })
  )
}

/** The names of `fields`. @category models */
export const names = ["year", "period", "period_rule", "edition", "officialOnly"] as const

/** What a look-up is asked. @category models */
export interface Wanted {
  readonly year?: number
  readonly period?: Period
  readonly period_rule?: "days" | "majority"
  readonly edition?: string
  readonly officialOnly?: boolean
}

/** What every row says about itself. @category models */
export interface Dated {
  readonly edition: string
  readonly status: "official" | "superseded" | "unofficial"
  readonly pack: string | null
}

/** The year of a row in the table of its kind. @category models */
export type YearOf<Row> = (row: Row) => number

/** The chosen row, and what to know about its year. @category models */
export interface Picked<Row> {
  readonly row: Row
  readonly year: number
  readonly note: string | undefined
}

const byEdition = (row: { readonly edition: string }) => row.edition

/**
 * The row for a year. `undefined` where none may be used.
 *
 * @category running
 */
export const pick = Effect.fnUntraced(function*<Row extends Dated>(
  rows: ReadonlyArray<Row>,
  wanted: Pick<Wanted, "year" | "edition" | "officialOnly">,
  yearOf: YearOf<Row>
) {
  const tables = yield* ReferenceTables
  const editions = yield* tables.rows(factorEditions)
  const publishedOf = (row: Row) => Index.find(editions, byEdition, row.edition)[0]?.published ?? ""
  const newestYear = Math.max(...editions.map(({ published }) => Number(published?.slice(0, 4) ?? 0)))
  const choose = (rows: ReadonlyArray<Row>) => {
    const usable = rows.filter((row) =>
      row.status === "unofficial" && wanted.officialOnly === true
        ? false
        : wanted.edition !== undefined || row.status === "official" ||
          (row.status === "unofficial" && wanted.year !== undefined)
    )
    const { year } = wanted
    const published = usable.filter((row) => yearOf(row) <= newestYear)
    const dated = year === undefined && published.length > 0 ? published : usable
    const distance = (row: Row) => year === undefined ? -yearOf(row) : Math.abs(yearOf(row) - year)
    return dated.toSorted((a, b) =>
      distance(a) - distance(b) || yearOf(b) - yearOf(a) ||
      Number(b.status === "official") - Number(a.status === "official") ||
      (publishedOf(a) < publishedOf(b) ? 1 : publishedOf(a) > publishedOf(b) ? -1 : 0)
    )[0]
  }
  const row = choose(rows.filter((row) => row.pack !== null)) ?? choose(rows.filter((row) => row.pack === null))
  if (row === undefined) return undefined
  const year = yearOf(row)
  const rule = Index.find(editions, byEdition, row.edition)[0]?.rule ?? ""
  const notes = [
    wanted.year === undefined || wanted.year === year || /no year|no vintage/.test(rule)
      ? undefined
      : `no row for ${wanted.year}: the nearest, of ${year} (${row.edition}), is used`,
    row.status === "unofficial" ? `${row.edition} is not an official edition` : undefined,
    row.status === "superseded" ? `${row.edition} is superseded` : undefined
  ].filter((note) => note !== undefined)
  const picked: Picked<Row> = { row, year, note: notes.length === 0 ? undefined : notes.join("; ") }
  return picked
})

/**
 * What an error says of an edition that has no row: the nearest of those that may be used, and whether the wanted one is
 * there and left out by `officialOnly`.
 *
 * @category reading
 */
export const missingEdition = (
  what: string,
  { edition, officialOnly }: { readonly edition: string; readonly officialOnly?: boolean },
  rows: ReadonlyArray<Dated>
) => {
  const usable = rows.filter(({ status }) => officialOnly !== true || status !== "unofficial")
  const isLeftOut = usable.length < rows.length && rows.some((row) => row.edition === edition)
  return {
    what: isLeftOut ? `${what} of an official edition, as officialOnly wants it` : what,
    ...NearestNames.find(edition, usable.map((row) => row.edition))
  }
}

/** A part of a period that takes one year of the tables. @category models */
export interface Part {
  readonly year: number
  readonly days: number
}

/**
 * The days of a period by the year of the tables that each takes. `firstDay` is when a year of the edition begins, such as
 * `07-01` for Australian activity years.
 *
 * ```ts
 * import * as Vintage from "greenlang/climate/Vintage"
 *
 * Vintage.split({ start_date: "2025-04-01", end_date: "2026-03-31" }, "01-01")
 * // => [{ year: 2025, days: 275 }, { year: 2026, days: 90 }]
 * ```
 *
 * @category running
 */
export const split = ({ end_date, start_date }: Period, firstDay: string): ReadonlyArray<Part> => {
  const [start = 0, end = -1] = [dayOf(start_date), dayOf(end_date)]
  const beginning = (year: number) => dayOf(`${year}-${firstDay}`) ?? 0
  const first = Number(start_date.slice(0, 4)) - (beginning(Number(start_date.slice(0, 4))) > start ? 1 : 0)
  const parts: Array<Part> = []
  for (let year = first; beginning(year) <= end; year++) {
    const days = Math.min(end, beginning(year + 1) - 1) - Math.max(start, beginning(year)) + 1
    parts.push({ year, days })
  }
  return parts
}

/** Days since 1970 of a date that exists, else `undefined`. */
const dayOf = (text: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))]
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86_400_000 : undefined
}

/**
 * Fails with `ValidationError`, which lists everything, where year and period do not go together, lie in the future, or
 * where a period ends before it starts or is 3 years or longer.
 *
 * @category validation
 */
export const check = Effect.fnUntraced(function*({ period, period_rule, year }: Wanted) {
  const now = yield* DateTime.now
  const last = DateTime.getPartUtc(now, "year") + 1
  const issues: Array<ValidationError["issues"][number]> = []
  const future = (path: string, year: number) => {
    const expected = `a year from 1990 to ${last}`
    if (year > last) issues.push({ path, message: `${year} lies in the future`, expected })
    else if (year < 1990) issues.push({ path, message: `${year} is too early`, expected })
  }
  if (year !== undefined) future("year", year)
  if (year !== undefined && period !== undefined) {
    issues.push({ path: "period", message: "cannot stand beside year", expected: "year or period" })
  }
  if (period_rule !== undefined && period === undefined) {
    issues.push({ path: "period_rule", message: "is for a period", expected: "it only where period is given" })
  }
  if (period !== undefined) {
    const { end_date, start_date } = period
    future("period.start_date", Number(start_date.slice(0, 4)))
    future("period.end_date", Number(end_date.slice(0, 4)))
    const limit = `${Number(start_date.slice(0, 4)) + 3}${start_date.slice(4)}`
    if (end_date < start_date) {
      issues.push({ path: "period.end_date", message: "lies before start_date", expected: `${start_date} or later` })
    } else if (end_date >= limit) {
      issues.push({ path: "period.end_date", message: "makes 3 years or more", expected: `before ${limit}` })
    }
  }
  if (issues.length > 0) return yield* new ValidationError({ issues })
})

/**
 * Finds a factor for each part of a period. Without a period there is one part, of the wanted year. `edition` of what is
 * found says when its years begin.
 *
 * @category running
 */
export const overYears = Effect.fnUntraced(function*<A extends { readonly edition: string }, E, R>(
  wanted: Wanted,
  find: (year: number | undefined) => Effect.Effect<A, E, R>
) {
  const { period, period_rule = "days" } = wanted
  if (period === undefined) return [{ found: yield* find(wanted.year), year: wanted.year, days: 0 }]
  const tables = yield* ReferenceTables
  const first = yield* find(split(period, "01-01")[0]!.year)
  const [edition] = Index.find(yield* tables.rows(factorEditions), byEdition, first.edition)
  const parts = split(period, edition?.applies_from?.slice(5) ?? "01-01")
  const most = parts.reduce((most, part) => part.days >= most.days ? part : most)
  const wantedParts = period_rule === "majority" ? [most] : parts
  return yield* Effect.forEach(
    wantedParts,
    ({ days, year }) => Effect.map(find(year), (found) => ({ found, year, days }))
  )
})
