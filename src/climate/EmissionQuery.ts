/**
 * What emission factor is asked for: the fields as people write them, and what they mean to the tables.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as BillUnit from "./BillUnit.ts"
import * as Country from "./Country.ts"
import * as FuelType from "./FuelType.ts"
import * as GridFactor from "./GridFactor.ts"
import * as HeatFactor from "./HeatFactor.ts"
import * as Subregion from "./Subregion.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

/** Which published factor is wanted, but for the fuel, its unit and the country. @category schemas */
export const fields = {
  subregion: Schema.optionalKey(Subregion.Subregion),
  ...Vintage.fields,
  gwp_set: Schema.optionalKey(GwpSet),
  allowFallback: Schema.optionalKey(Schema.Boolean.annotate({
    description: "another place's factor may stand in for one that has none, which is noted. Default: false"
  })),
  ...HeatFactor.fields
}

/**
 * `fuel_type`, `unit` and `country` in any spelling; the rest as `fields` describe it. With `allowFallback` another
 * place's factor stands in for a place that has none, and `notes` say so; without it, no other place ever does.
 *
 * @category models
 */
export interface Wanted extends Vintage.Wanted, HeatFactor.Given {
  readonly fuel_type: string
  readonly unit: string
  readonly country: string
  readonly subregion?: string
  readonly gwp_set?: GwpSet
  readonly basis?: GridFactor.Basis
  readonly allowFallback?: boolean
}

/**
 * What was asked for, read: a fuel of the tables, a unit, codes of the country and of its part.
 *
 * @category models
 */
export interface Query {
  readonly wanted: Wanted
  readonly fuel: FuelType.Fuel
  readonly unit: BillUnit.BillUnit
  readonly country: string
  readonly part: string | undefined
  readonly gwpSet: GwpSet
}

/**
 * Fails with `DataError` where the fuel or the part of the country is not known, and with `ValidationError` where the unit
 * is not, or fields contradict each other.
 *
 * @category reading
 */
export const read = Effect.fnUntraced(function*(wanted: Wanted) {
  yield* Vintage.check(wanted)
  const fuel = yield* FuelType.find(wanted.fuel_type)
  yield* HeatFactor.check(wanted, fuel)
  const { country, subregion } = wanted
  const unit = yield* BillUnit.read(wanted.unit, { country })
  const code = Country.code(country)
  const part = yield* partOf(wanted, fuel.kind, code)
  const query: Query = {
    wanted: subregion === undefined ? wanted : { ...wanted, subregion },
    fuel,
    unit,
    country: code,
    part,
    gwpSet: wanted.gwp_set ?? "AR6"
  }
  return query
})

/** Fuels have rows by Canadian province only; power by every part. A part that does not exist fails for all of them. */
const partOf = Effect.fnUntraced(function*(wanted: Wanted, kind: FuelType.Kind, country: string) {
  const { allowFallback, subregion } = wanted
  const part = GridFactor.partOf({ country: wanted.country, subregion })
  if (kind === "combustion" || kind === "heat" || kind === "generation") {
    if (subregion === undefined || (allowFallback === true && country !== "CA")) return undefined
    const code = yield* part
    return kind === "combustion" && country === "CA" ? code : undefined
  }
  return yield* allowFallback === true
    ? Effect.catchTag(part, "DataError", () => Effect.as(Effect.void, undefined))
    : part
})
