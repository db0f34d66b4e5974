/**
 * What one purchase of a facility emitted, or why that is not known.
 */
import * as Schema from "effect/Schema"
import * as EmissionFactor from "./EmissionFactor.ts"
import type { FuelOutput } from "./FuelAgent.ts"
import { KilogramsCo2e, round, TonnesCo2e } from "./Quantity.ts"
import { GwpSet } from "./Warming.ts"

/**
 * What one purchase emitted, and by which factor. `co2e_kg` is location-based, `market_based_kg_co2e` beside it. Kilograms
 * to 2 decimals, metric tons to 3.
 *
 * @category schemas
 */
export const SourceEmissions = Schema.Struct({
  source: Schema.String,
  fuel_type: Schema.String,
  amount: Schema.Finite,
  unit: Schema.String,
  scope: EmissionFactor.Scope,
  co2e_kg: KilogramsCo2e,
  co2e_tons: TonnesCo2e,
  market_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_basis: Schema.optionalKey(Schema.String),
  biogenic_co2_kg: Schema.optionalKey(Schema.Finite),
  emission_factor: Schema.Finite,
  emission_factor_unit: Schema.String,
  emission_factor_source: Schema.String,
  emission_factor_year: Schema.optionalKey(Schema.Int),
  data_year: Schema.optionalKey(Schema.Int),
  edition: Schema.String,
  parts: Schema.optionalKey(Schema.Array(EmissionFactor.Part)),
  region: Schema.String.annotate({ description: "whose factor it is" }),
  gwp_set: GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
  notes: Schema.Array(Schema.String)
})
/** @category schemas */
export type SourceEmissions = typeof SourceEmissions.Type

/** A purchase that is not in the sum, by its path in the input, and why. @category schemas */
export const Gap = Schema.Struct({
  purchase: Schema.String,
  fuel_type: Schema.String,
  source: Schema.optionalKey(Schema.String),
  error: Schema.Struct({ tag: Schema.String, message: Schema.String })
})
/** @category schemas */
export type Gap = typeof Gap.Type

/** What the fuel agent found, as a source of a footprint. @category constructors */
export const fromPurchase = (source: string | undefined, fuel: FuelOutput): SourceEmissions => {
  const co2e_kg = fuel.location_based_kg_co2e ?? fuel.co2e_emissions_kg
  const { biogenic_co2_kg, data_year, emission_factor_year, gwp_sets_used, market_based_kg_co2e, market_basis, parts } =
    fuel
  return {
    source: source ?? fuel.fuel_type,
    fuel_type: fuel.fuel_type,
    amount: fuel.consumption_amount,
    unit: fuel.consumption_unit,
    scope: fuel.scope,
    co2e_kg,
    co2e_tons: TonnesCo2e.make(round(co2e_kg / 1000, 3)),
    ...(market_based_kg_co2e === undefined ? {} : { market_based_kg_co2e }),
    ...(market_basis === undefined ? {} : { market_basis }),
    ...(biogenic_co2_kg === undefined ? {} : { biogenic_co2_kg }),
    emission_factor: fuel.emission_factor,
    emission_factor_unit: fuel.emission_factor_unit,
    emission_factor_source: fuel.emission_factor_source,
    ...(emission_factor_year === undefined ? {} : { emission_factor_year }),
    ...(data_year === undefined ? {} : { data_year }),
    edition: fuel.edition,
    ...(parts === undefined ? {} : { parts }),
    region: fuel.region,
    gwp_set: fuel.gwp_set,
    ...(gwp_sets_used === undefined ? {} : { gwp_sets_used }),
    notes: fuel.notes
  }
}
