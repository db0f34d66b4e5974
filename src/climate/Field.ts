/**
 * Schemas of numeric fields, each with its unit and its range.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Bounds of a number: `above` and `below` exclude it. @category models */
export interface Bounds {
  readonly above?: number
  readonly min?: number
  readonly max?: number
  readonly below?: number
}

/**
 * A finite number within `bounds`. The description names the unit.
 *
 * @category fields
 */
export const number = (description: string, bounds: Bounds = {}) => {
  const [first, ...rest] = checksOf(bounds)
  const field = Schema.Finite.annotate({ description })
  return first === undefined ? field : field.check(first, ...rest)
}

const checksOf = ({ above, below, max, min }: Bounds) => [
  ...(above === undefined ? [] : [Schema.isGreaterThan(above)]),
  ...(min === undefined ? [] : [Schema.isGreaterThanOrEqualTo(min)]),
  ...(max === undefined ? [] : [Schema.isLessThanOrEqualTo(max)]),
  ...(below === undefined ? [] : [Schema.isLessThan(below)])
]

/** A whole number from `min` to `max`. @category fields */
export const integer = (description: string, min: number, max: number) =>
  Schema.Int.annotate({ description }).check(Schema.isBetween({ minimum: min, maximum: max }))

/** A number above 0. @category fields */
export const positive = (description: string) => number(description, { above: 0 })

/** A number of 0 or more. @category fields */
export const amount = (description: string) => number(description, { min: 0 })

/** More than any power plant emits, kg CO2e/kWh: lignite 1.4, oil shale 2. */
const mostPerKilowattHour = 3

/**
 * A factor of power, heat or cooling in kg CO2e/kWh, 0 to 3. A larger number is refused, as it is in g/kWh.
 *
 * @category fields
 */
export const kilogramsPerKilowattHour = (description: string) =>
  amount(description).check(
    Schema.makeFilter((factor: number) =>
      factor <= mostPerKilowattHour ||
      `${factor} looks like g CO2e/kWh: ${
        factor / 1000
      } kg CO2e/kWh; expected kg CO2e/kWh, at most ${mostPerKilowattHour}`
    )
  )

/** A share: 0 to 1. @category fields */
export const share = (description: string) => number(description, { min: 0, max: 1 })

/** An efficiency: above 0, at most 1. @category fields */
export const efficiency = (description: string) => number(description, { above: 0, max: 1 })

/** A name that is not empty. @category fields */
export const name = (description: string) => Schema.NonEmptyString.annotate({ description })

/** A field that may be left out, and is then `value`. @category fields */
export const withDefault = <S extends Schema.Constraint>(
  field: S,
  value: S["Encoded"]
): Schema.withDecodingDefaultKey<S> => Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(field)

/** A field that may be left out. @category fields */
export const optional = <S extends Schema.Constraint>(field: S): Schema.optionalKey<S> => Schema.optionalKey(field)

/** Texts about the answer: assumptions, defaults, limits. @category fields */
export const notes = Schema.Array(Schema.String).annotate({ description: "assumptions, defaults and limits" })
