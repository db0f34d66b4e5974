/**
 * Emissions of one purchase of fuel, electricity, heat or cooling, with the factor behind them, the scope, the energy and
 * advice.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Country from "./Country.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import * as EmissionQuery from "./EmissionQuery.ts"
import { batch } from "./FuelBatch.ts"
import * as FuelTools from "./FuelTools.ts"
import * as FuelType from "./FuelType.ts"
import { Kilograms, KilogramsCo2e, MMBtu } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import { direct, type ToolCall } from "./ToolCall.ts"
import * as Vintage from "./Vintage.ts"
import { GwpSet } from "./Warming.ts"

/**
 * What the agent and its AI twin read. Without a country the US is meant, which a note says.
 *
 * @category schemas
 */
export const FuelInput = FuelType.consumption((common) =>
  Schema.Struct({
    ...common,
    country: Schema.optionalKey(Country.Country.annotate({
      description: "country: ISO 3166 code or English name, such as US, UK, IN, DE. Default: US"
    })),
    ...EmissionQuery.fields,
    ...FuelTools.use
  })
)
/** @category schemas */
export type FuelInput = typeof FuelInput.Type

/**
 * `co2e_emissions_kg` is market-based where renewable power, certificates, a supplier factor or a residual mix is given,
 * else location-based. Kilograms have 2 decimals, CH4 and N2O 6. `energy_content_mmbtu` is the energy of the amount, and
 * absent where no heat content is published for it.
 *
 * @category schemas
 */
export const FuelOutput = Schema.Struct({
  co2e_emissions_kg: KilogramsCo2e,
  location_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_based_kg_co2e: Schema.optionalKey(KilogramsCo2e),
  market_basis: Schema.optionalKey(Schema.String),
  co2_kg: Schema.optionalKey(Kilograms),
  ch4_kg: Schema.optionalKey(Kilograms),
  n2o_kg: Schema.optionalKey(Kilograms),
  biogenic_co2_kg: Schema.optionalKey(Kilograms),
  fuel_type: Schema.String,
  consumption_amount: Schema.Finite,
  consumption_unit: Schema.String,
  emission_factor: Schema.Finite,
  emission_factor_unit: Schema.String,
  emission_factor_source: Schema.String,
  emission_factor_year: Schema.optionalKey(Schema.Int),
  data_year: Schema.optionalKey(Schema.Int),
  edition: Schema.String,
  parts: Schema.optionalKey(Schema.Array(EmissionFactor.Part)),
  gwp_set: GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
  country: Schema.String,
  region: Schema.String.annotate({ description: "whose factor it is: the country, a part of it, GLOBAL or WORLD" }),
  scope: EmissionFactor.Scope,
  energy_content_mmbtu: Schema.optionalKey(MMBtu),
  renewable_offset_applied: Schema.Boolean,
  efficiency_adjusted: Schema.Boolean,
  generation: Schema.Boolean,
  notes: Schema.Array(Schema.String).annotate({ description: "what to know about the factor before use" }),
  recommendations: Schema.Array(Recommendation)
})
/** @category schemas */
export type FuelOutput = typeof FuelOutput.Type

/** How the agent can fail besides what every agent can fail with. @category schemas */
export const FuelError = Schema.Union([...FuelTools.FuelError.members, InvalidInput])

/**
 * The numbers, from the tools alone: what the agent and its AI twin share.
 *
 * @category running
 */
export const compute = Effect.fnUntraced(function*(input: FuelInput, call: ToolCall) {
  const country = input.country ?? "US"
  const {
    amount,
    certificates_kwh: _,
    efficiency: __,
    renewable_percentage: ___,
    residual_mix_kg_per_kwh: ____,
    supplier_factor_kg_per_kwh: _____,
    ...wanted
  } = { ...input, country }
  const { fuel_type, steam_enthalpy_btu_per_lb, unit } = wanted
  const factor = yield* call(FuelTools.lookupEmissionFactor, wanted)
  const { emissions_kg_co2e, ...emissions } = yield* call(FuelTools.calculateEmissions, { ...input, country })
  const { energy, lacking } = yield* call(FuelTools.energyContent, {
    fuel_type,
    amount,
    unit,
    country,
    ...Struct.pick(wanted, Vintage.names),
    ...(FuelType.canonical(fuel_type) === "district_cooling" || steam_enthalpy_btu_per_lb === undefined
      ? {}
      : { steam_enthalpy_btu_per_lb })
  }).pipe(
    Effect.map((energy) => ({ energy, lacking: [] })),
    Effect.catchTag("DataError", ({ message }) => Effect.succeed({ energy: {}, lacking: [message] }))
  )
  const { recommendations } = yield* call(FuelTools.generateRecommendations, {
    fuel_type,
    emissions_kg: emissions_kg_co2e,
    country
  })
  const output: FuelOutput = {
    co2e_emissions_kg: emissions_kg_co2e,
    ...emissions,
    fuel_type: factor.fuel_type,
    consumption_amount: amount,
    consumption_unit: factor.per,
    emission_factor: factor.factor,
    emission_factor_unit: factor.unit,
    emission_factor_source: factor.source,
    ...(factor.year === undefined ? {} : { emission_factor_year: factor.year }),
    ...(factor.parts === undefined ? {} : { parts: factor.parts }),
    country: factor.country,
    region: factor.region,
    ...energy,
    notes: [
      ...(input.country === undefined ? ["no country is given: the US is assumed"] : []),
      ...emissions.notes,
      ...lacking
    ],
    recommendations
  }
  return output
})

/**
 * Needs the reference tables and no model. Many purchases at once: the tool `batch`, or `Agent.batch`, which keep their
 * order.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { FuelAgent } from "greenlang/climate/FuelAgent"
 * import * as Database from "greenlang/database/Database"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 *
 * const { value } = await FuelAgent.run({ fuel_type: "natural_gas", amount: 1000, unit: "therms", country: "US" }).pipe(
 *   Effect.provide(ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory))),
 *   Effect.runPromise
 * )
 * value.co2e_emissions_kg // => 5311.43
 * value.scope // => "1"
 * ```
 *
 * @category agents
 */
export const FuelAgent = Agent.make("FuelAgent", {
  version: "1.0.0",
  description:
    "Emissions of one purchase of fuel, electricity, heat or cooling: kg CO2e, factor, scope, energy, recommendations",
  input: FuelInput,
  output: FuelOutput,
  error: FuelError,
  tools: [...FuelTools.tools, batch],
  execute: (input) => compute(input, direct)
})
