/**
 * What a facility burns and buys, as its owner reads it from bills.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Country from "./Country.ts"
import * as DataYear from "./DataYear.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as FuelType from "./FuelType.ts"
import { KilowattHours, SquareFeet } from "./Quantity.ts"

/**
 * One purchase. `source` tells two purchases of the same fuel apart.
 *
 * @category schemas
 */
export const Purchase = FuelType.consumption((common) =>
  Schema.Struct({
    ...common,
    source: Schema.optionalKey(
      Schema.NonEmptyString.annotate({ description: "what it is for, such as Boiler 1; fuel_type when absent" })
    )
  })
)
/** @category schemas */
export type Purchase = typeof Purchase.Type

/**
 * A facility and its use of energy over a year, or any other period. Electricity is `electricity_kwh`, or a purchase of
 * that fuel type; both add up.
 *
 * @category schemas
 */
export const Facility = Schema.Struct({
  name: Schema.optionalKey(Schema.NonEmptyString.annotate({ description: "name of the facility" })),
  country: Country.CountryOrUs,
  subregion: Schema.optionalKey(
    Schema.NonEmptyString.annotate({
      description: "whose grid it is on: eGRID subregion (CAMX), US state (CA) or Canadian province (ON)"
    })
  ),
  year: Schema.optionalKey(DataYear.DataYear),
  gwp_set: Schema.optionalKey(
    EmissionFactor.GwpSet.annotate({ description: "global warming potentials for fuels: AR6 when absent, or AR5" })
  ),
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
    .pipe(Schema.optionalKey)
})
/** @category schemas */
export type Facility = typeof Facility.Type
