/**
 * The year for which a factor is wanted. Tables hold few years: where there is none, the newest is used, and it is said.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ValidationError } from "./ClimateError.ts"

/** @category schemas */
export const DataYear = Schema.Int.annotate({
  description: "year of the data, from 1990 to next year; the newest there is when absent"
}).check(Schema.isGreaterThanOrEqualTo(1990))

/**
 * Fails with `ValidationError` when `year` lies beyond next year.
 *
 * @category validation
 */
export const check = Effect.fnUntraced(function*(year: number | undefined) {
  const now = yield* DateTime.now
  const last = DateTime.getPartUtc(now, "year") + 1
  if (year === undefined || year <= last) return
  return yield* new ValidationError({
    issues: [{ path: "year", message: `${year} lies in the future`, expected: `a year from 1990 to ${last}` }]
  })
})

/**
 * What to tell who asked for `wanted` and got data of `found`; `undefined` when it is the same year, or none was asked for.
 *
 * @category reading
 */
export const fallback = (wanted: number | undefined, found: number): string | undefined =>
  wanted === undefined || wanted === found ? undefined : `no data for ${wanted}: the newest, of ${found}, is used`
