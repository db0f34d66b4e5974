/**
 * What a facility burns and buys, as its owner reads it from bills.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Country from "./Country.ts"
import * as EmissionQuery from "./EmissionQuery.ts"
import * as FuelTools from "./FuelTools.ts"
import * as FuelType from "./FuelType.ts"
import { KilowattHours, SquareFeet } from "./Quantity.ts"
import * as Strict from "./Strict.ts"
import * as Subregion from "./Subregion.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

const placeFields = {
  subregion: Schema.optionalKey(Subregion.Subregion),
  ...Vintage.fields,
  gwp_set: Schema.optionalKey(GwpSet),
  allowFallback: EmissionQuery.fields.allowFallback
}

/**
 * One purchase. It takes place, year, edition and set of warming potentials of the facility where it names none. `source`
 * keeps two purchases of the same fuel apart.
 *
 * @category schemas
 */
export const Purchase = FuelType.consumption((common) =>
  Schema.Struct({
    ...common,
    source: Schema.optionalKey(
      Schema.NonEmptyString.annotate({ description: "what it is for, such as Boiler 1. Default: fuel_type" })
    ),
    country: Schema.optionalKey(Country.Country),
    ...EmissionQuery.fields,
    ...FuelTools.use
  })
)
/** @category schemas */
export type Purchase = typeof Purchase.Type

/**
 * A facility and its use of energy over a year, or any other period. Electricity is `electricity_kwh`, or a purchase of
 * that fuel type; both add up. One set of warming potentials counts for all of it.
 *
 * @category schemas
 */
export const Facility = Strict.struct({
  name: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "name of the facility" })),
  country: Country.CountryOrUs,
  ...placeFields,
  fuels: Schema.Array(Purchase).annotate({ description: "purchases of fuel: fuel_type, amount and unit of each" }).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed([]))
  ),
  electricity_kwh: KilowattHours.annotate({ description: "electricity bought from the grid, in kWh, zero or more" })
    .check(Schema.isGreaterThanOrEqualTo(0))
    .pipe(Schema.optionalKey),
  area_sqft: SquareFeet.annotate({ description: "floor area in ft2, above 0" }).check(Schema.isGreaterThan(0)).pipe(
    Schema.optionalKey
  ),
  occupants: Schema.Int.annotate({ description: "number of persons, a whole number above 0" })
    .check(Schema.isGreaterThan(0))
    .pipe(Schema.optionalKey),
  partial: Schema.optionalKey(
    Schema.Boolean.annotate({ description: "a purchase that fails becomes a gap beside the sum. Default: false" })
  )
})
/** @category schemas */
export type Facility = typeof Facility.Type

/**
 * A purchase with all that it takes from the facility. `purchase` is its path in the input, such as `fuels.2`.
 *
 * @category schemas
 */
export const PlacedPurchase = FuelType.consumption((common) =>
  Schema.Struct({
    ...common,
    purchase: Schema.String,
    source: Schema.optionalKey(Schema.String),
    country: Country.Country,
    ...EmissionQuery.fields,
    ...FuelTools.use
  })
)
/** @category schemas */
export type PlacedPurchase = typeof PlacedPurchase.Type

/** The purchases, the electricity of the facility last, each with what it takes from the facility. @category reading */
export const purchases = (facility: Facility): ReadonlyArray<PlacedPurchase> => {
  const { country, electricity_kwh = 0 } = facility
  const { allowFallback, edition, gwp_set, officialOnly, period, period_rule, subregion, year } = facility
  const dates = { year, period, period_rule }
  const place = defined({ edition, officialOnly, gwp_set, allowFallback })
  const own = facility.fuels.map((purchase, at) => {
    const isElsewhere = purchase.country !== undefined
    const isDated = purchase.year !== undefined || purchase.period !== undefined
    return {
      country,
      ...place,
      ...(isElsewhere ? {} : defined({ subregion })),
      ...(isDated ? {} : defined(dates)),
      ...purchase,
      purchase: `fuels.${at}`
    }
  })
  const power = {
    fuel_type: "electricity",
    amount: electricity_kwh,
    unit: "kWh",
    country,
    ...place,
    ...defined({ subregion, ...dates }),
    purchase: "electricity_kwh"
  }
  return electricity_kwh > 0 ? [...own, power] : own
}

const defined = <A extends Readonly<Record<string, unknown>>>(
  fields: A
): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]?: Exclude<A[K], undefined>
  }
