/**
 * Emissions and energy content of one purchase of fuel, electricity, heat or cooling, leaks of refrigerants, and what to do
 * about them.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as EmissionQuery from "./EmissionQuery.ts"
import * as EnergyContent from "./EnergyContent.ts"
import * as FuelFormulas from "./FuelFormulas.ts"
import { recommend } from "./FuelRecommendations.ts"
import * as FuelType from "./FuelType.ts"
import * as HeatFactor from "./HeatFactor.ts"
import * as Licence from "./Licence.ts"
import * as MarketFactor from "./MarketFactor.ts"
import { Kilograms, KilogramsCo2e, MMBtu, ratio, round } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import { refrigerantLeak } from "./RefrigerantTools.ts"
import * as Strict from "./Strict.ts"
import * as Vintage from "./Vintage.ts"
import * as Warming from "./Warming.ts"

/** How the tools can fail. @category errors */
export const FuelError = Schema.Union([ValidationError, DataError, DatabaseError, CalculationError])

/** Which published factor is wanted: the country and what `EmissionQuery.fields` hold. @category schemas */
export const place = { country: Country.CountryOrUs, ...EmissionQuery.fields }

/** How the amount was bought and used. @category schemas */
export const use = {
  ...MarketFactor.fields,
  efficiency: Schema.optionalKey(
    Schema.Finite.annotate({
      description: "above 0 to 1: the amount is useful energy, and that share of what was burnt or bought"
    }).check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1))
  )
}

/** @category tools */
export const lookupEmissionFactor = Tool.make("lookup_emission_factor", {
  description:
    "Published emission factor of a fuel, electricity, heat or cooling per unit, for a country, with its source",
  input: Strict.struct({
    fuel_type: FuelType.FuelType,
    unit: Schema.NonEmptyString,
    country: Country.Country,
    ...EmissionQuery.fields
  }),
  output: EmissionFactor.EmissionFactor,
  error: FuelError,
  execute: EmissionFactor.find
})

/**
 * Kilograms to 2 decimals; CH4 and N2O, which are small, to 6. Each is what the amount emits, divided by `efficiency`.
 * `location_based_kg_co2e` is there for electricity, `market_based_kg_co2e` too where a factor for it is known;
 * `market_basis` says which. Biogenic CO2 is beside, never in `emissions_kg_co2e`.
 *
 * @category schemas
 */
export const Emissions = Schema.Struct({
  emissions_kg_co2e: KilogramsCo2e.annotate({
    description: "kg CO2e; market-based where renewable power, certificates, a supplier factor or residual mix is given"
  }),
  scope: EmissionFactor.Scope,
  location_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_basis: Schema.optionalKey(Schema.String),
  co2_kg: Schema.optionalKey(Kilograms),
  ch4_kg: Schema.optionalKey(Kilograms),
  n2o_kg: Schema.optionalKey(Kilograms),
  biogenic_co2_kg: Schema.optionalKey(Kilograms),
  emission_factor: Schema.Finite.annotate({ description: "location-based, as emission_factor_unit says" }),
  emission_factor_unit: Schema.String,
  emission_factor_source: Schema.String,
  region: Schema.String.annotate({ description: "whose factor it is: the country, a part of it, GLOBAL or WORLD" }),
  renewable_offset_applied: Schema.Boolean,
  efficiency_adjusted: Schema.Boolean,
  generation: Schema.Boolean.annotate({ description: "generated on site, so without emissions" }),
  data_year: Schema.optionalKey(Schema.Int),
  edition: Schema.String,
  gwp_set: Warming.GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(Warming.GwpSet)),
  notes: Schema.Array(Schema.String)
})

/** @category tools */
export const calculateEmissions = Tool.make("calculate_emissions", {
  description: "Emissions of an amount of fuel, electricity, heat or cooling: kg CO2e, the gases, and the scope",
  input: FuelType.consumption((common) =>
    Schema.Struct({ ...common, country: Country.Country, ...EmissionQuery.fields, ...use })
  ),
  output: Emissions,
  error: FuelError,
  execute: Effect.fnUntraced(function*(input) {
    const query = yield* EmissionQuery.read(input)
    const { kind, name } = query.fuel
    yield* MarketFactor.check(input, name, kind === "electricity")
    const factor = yield* EmissionFactor.answer(query)
    const { amount, efficiency = 1 } = input
    const kilograms = yield* FuelFormulas.emissions({ amount, emission_factor: factor.factor, efficiency })
    const gas = Effect.fnUntraced(function*(key: string, perUnit: number | undefined, decimals: number) {
      if (perUnit === undefined) return []
      const mass = yield* FuelFormulas.gasMass({ amount, kilograms_per_unit: perUnit, efficiency })
      return [[key, Kilograms.make(round(mass, decimals))] as const]
    })
    const gases = [
      ...(yield* gas("co2_kg", factor.co2, 2)),
      ...(yield* gas("ch4_kg", factor.ch4, 6)),
      ...(yield* gas("n2o_kg", factor.n2o, 6)),
      ...(yield* gas("biogenic_co2_kg", factor.biogenic_co2, 2))
    ]
    const power = kind === "electricity" ? yield* marketBased(query, input, factor.factor) : undefined
    const isMarket = power !== undefined && MarketFactor.isAsked(input)
    const market = power?.kilograms
    const residualSets = Warming.others((power?.residuals ?? []).map((row) => row.gwp_set), factor.gwp_set)
    const used = [...factor.gwp_sets_used ?? [], ...residualSets]
    const output: typeof Emissions.Type = {
      emissions_kg_co2e: KilogramsCo2e.make(round(isMarket ? market ?? kilograms : kilograms, 2)),
      scope: factor.scope,
      ...(power === undefined ? {} : { location_based_kg_co2e: KilogramsCo2e.make(round(kilograms, 2)) }),
      ...(market === undefined ? {} : { market_based_kg_co2e: KilogramsCo2e.make(round(market, 2)) }),
      ...(power?.basis === undefined ? {} : { market_basis: power.basis }),
      ...Object.fromEntries(gases),
      emission_factor: factor.factor,
      emission_factor_unit: factor.unit,
      emission_factor_source: factor.source,
      region: factor.region,
      renewable_offset_applied: (power?.certificates ?? 0) > 0,
      efficiency_adjusted: efficiency < 1,
      generation: kind === "generation",
      ...(factor.data_year === undefined ? {} : { data_year: factor.data_year }),
      edition: factor.edition,
      gwp_set: factor.gwp_set,
      ...(used.length === 0 ? {} : { gwp_sets_used: Array.from(new Set(used)) }),
      notes: [
        ...factor.notes,
        ...(power?.notes ?? []),
        ...residualSets.map((set) => `residual mix: published on ${set}, not re-based`)
      ]
    }
    return output
  })
})

/** The market-based figure of the same electricity. */
const marketBased = Effect.fnUntraced(function*(
  query: EmissionQuery.Query,
  input: MarketFactor.Bought & { readonly amount: number; readonly efficiency?: number },
  perUnit: number
) {
  const { country, part, unit, wanted } = query
  const kwhPerUnit = Option.getOrElse(ratio(unit.unit, "kWh"), () => 1) * unit.scale
  const electricity_kwh = yield* FuelFormulas.boughtElectricity({
    amount: input.amount,
    kwh_per_unit: kwhPerUnit,
    efficiency: input.efficiency ?? 1
  })
  const { subregion: _, ...dated } = wanted
  const found = yield* MarketFactor.find({
    ...dated,
    allowFallback: wanted.allowFallback ?? false,
    country,
    part,
    kilowattHours: electricity_kwh,
    location: perUnit / kwhPerUnit,
    bought: input
  })
  for (const residual of found.residuals) {
    yield* Run.cite({
      kind: "factor",
      name: "electricity, residual mix",
      value: residual.factor,
      unit: residual.unit,
      source: Licence.attribute(residual.source),
      year: residual.source_year,
      version: residual.edition,
      region: residual.code,
      gwpSet: residual.gwp_set,
      ...Licence.cited(residual),
      ...(residual.confidence === null ? {} : { confidence: residual.confidence })
    })
  }
  if (found.rest === undefined) return { ...found, kilograms: undefined }
  const { certificates: certificates_kwh, rest: rest_factor } = found
  const kilograms = yield* FuelFormulas.marketEmissions({ electricity_kwh, certificates_kwh, rest_factor })
  return { ...found, kilograms }
})

/**
 * The energy has 6 decimals. Fails with `DataError` when no heat content is published for the fuel in that unit.
 *
 * @category tools
 */
export const energyContent = Tool.make("energy_content", {
  description: "Energy in an amount of fuel, electricity or heat, in MMBtu at the higher heating value",
  input: FuelType.consumption((common) =>
    Schema.Struct({
      ...common,
      country: Country.CountryOrUs,
      ...Vintage.fields,
      steam_enthalpy_btu_per_lb: HeatFactor.fields.steam_enthalpy_btu_per_lb
    })
  ),
  output: Schema.Struct({ energy_content_mmbtu: MMBtu }),
  error: FuelError,
  execute: Effect.fnUntraced(function*({ amount, ...wanted }) {
    const query = yield* EmissionQuery.read(wanted)
    const heat = yield* EnergyContent.find(query)
    const energy = yield* FuelFormulas.energyContent({ amount, heat_content: heat.mmbtu })
    return { energy_content_mmbtu: MMBtu.make(round(energy, 6)) }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the emissions of a fuel, at most 5, with typical reductions",
  input: Strict.struct({
    fuel_type: FuelType.FuelType,
    emissions_kg: KilogramsCo2e.annotate({ description: "emissions of the purchase, kg CO2e" }),
    country: Country.CountryOrUs
  }),
  output: Schema.Struct({ recommendations: Schema.Array(Recommendation) }),
  error: FuelError,
  execute: Effect.fnUntraced(function*({ country, emissions_kg, fuel_type }) {
    const fuel = yield* FuelType.find(fuel_type)
    return { recommendations: emissions_kg > 0 ? recommend(fuel, Country.code(country)) : [] }
  })
})

/** In the order in which the agents call them; the leak of a refrigerant is a purchase of its own. @category tools */
export const tools = [
  lookupEmissionFactor,
  calculateEmissions,
  energyContent,
  generateRecommendations,
  refrigerantLeak
] as const
