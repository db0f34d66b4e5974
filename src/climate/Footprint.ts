/**
 * The greenhouse gas footprint of a facility over a year: what it burns, what electricity it buys, what that adds up to.
 *
 * Scope 1 is what is burnt on site, scope 2 is bought electricity by the factor of its grid (location-based) and bought
 * heat: GHG Protocol, Corporate Standard (2004) and Scope 2 Guidance (2015).
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import * as Step from "../pipeline/Step.ts"
import * as AiTwin from "./AiTwin.ts"
import { CarbonAgent, CarbonOutput, compute } from "./CarbonAgent.ts"
import * as CarbonTools from "./CarbonTools.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import * as EmissionFactor from "./EmissionFactor.ts"
import { Facility, type Purchase } from "./Facility.ts"
import { FuelAgent, type FuelOutput } from "./FuelAgent.ts"
import * as FuelTools from "./FuelTools.ts"
import * as FuelType from "./FuelType.ts"
import { GridFactorAgent } from "./GridFactorAgent.ts"
import { lookupGridIntensity, type PublishedFactor } from "./GridFactorTools.ts"
import { KilogramsCo2e, KilowattHours, ratio, round, TonnesCo2e } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"

/**
 * What one purchase emitted, and by which factor. Kilograms to 2 decimals, metric tons to 3.
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
  emission_factor: Schema.Finite,
  emission_factor_unit: Schema.String,
  emission_factor_source: Schema.String,
  emission_factor_year: Schema.optionalKey(Schema.Int),
  region: Schema.String.annotate({ description: "whose factor it is" }),
  gwp_set: Schema.optionalKey(Schema.String),
  notes: Schema.Array(Schema.String)
})
/** @category schemas */
export type SourceEmissions = typeof SourceEmissions.Type

/**
 * `emissions` has one entry for each purchase, and one for electricity; `emissions_breakdown` one for each source, the
 * largest first. `citations` are the published factors and the calculations behind the numbers.
 *
 * @category schemas
 */
export const FootprintReport = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  country: Schema.String,
  subregion: Schema.optionalKey(Schema.String),
  total_co2e_kg: KilogramsCo2e,
  total_co2e_tons: TonnesCo2e,
  by_scope: Schema.optionalKey(CarbonTools.ByScope),
  emissions: Schema.Array(SourceEmissions),
  emissions_breakdown: Schema.Array(CarbonTools.BreakdownItem),
  carbon_intensity: CarbonTools.Intensity,
  summary: Schema.String,
  recommendations: Schema.Array(Recommendation),
  ...AiTwin.fields
})
/** @category schemas */
export type FootprintReport = typeof FootprintReport.Type

/** How the pipeline can fail besides what every agent can fail with. @category schemas */
export const FootprintError = Schema.Union([
  ValidationError,
  DataError,
  CalculationError,
  DatabaseError,
  ...AiTwin.TwinError.members
])

/** A purchase, and where it was made. */
const PlacedPurchase = FuelType.consumption((common) =>
  Schema.Struct({ ...common, source: Schema.optionalKey(Schema.String), ...FuelTools.place })
)
type PlacedPurchase = typeof PlacedPurchase.Type

const isPower = ({ fuel_type }: Purchase) => FuelType.kind(FuelType.canonical(fuel_type)) === "electricity"

const placed = ({ country, fuels, gwp_set, year }: Facility) =>
  Effect.succeed(
    fuels.filter((purchase) => !isPower(purchase)).map((purchase): PlacedPurchase => {
      const place = { country, ...(gwp_set === undefined ? {} : { gwp_set }), ...(year === undefined ? {} : { year }) }
      return Object.assign(place, purchase)
    })
  )

/** All electricity of the facility. Fails with `ValidationError` where a purchase of it has a unit that is no energy. */
const kilowattHours = Effect.fnUntraced(function*({ electricity_kwh, fuels }: Facility) {
  const purchases: Array<number> = [electricity_kwh ?? 0]
  for (const [at, purchase] of fuels.entries()) {
    if (!isPower(purchase)) continue
    const perUnit = ratio(purchase.unit, "kWh")
    if (Option.isNone(perUnit)) {
      return yield* new ValidationError({
        issues: [{
          path: `fuels.${at}.unit`,
          message: `${purchase.unit} does not measure electricity`,
          expected: "kWh, MWh, GWh or another unit of energy"
        }]
      })
    }
    purchases.push(purchase.amount * perUnit.value)
  }
  const total = CarbonTools.sum(purchases)
  if (Number.isFinite(total)) return KilowattHours.make(total)
  return yield* new CalculationError({
    calculation: "electricity",
    reason: "the sum of the purchases is too large for a number",
    inputs: {}
  })
})

const fromFuel = (source: string | undefined, fuel: FuelOutput): SourceEmissions => ({
  source: source ?? fuel.fuel_type,
  fuel_type: fuel.fuel_type,
  amount: fuel.consumption_amount,
  unit: fuel.consumption_unit,
  scope: fuel.scope,
  co2e_kg: fuel.co2e_emissions_kg,
  co2e_tons: TonnesCo2e.make(round(fuel.co2e_emissions_kg / 1000, 3)),
  emission_factor: fuel.emission_factor,
  emission_factor_unit: fuel.emission_factor_unit,
  emission_factor_source: fuel.emission_factor_source,
  ...(fuel.emission_factor_year === undefined ? {} : { emission_factor_year: fuel.emission_factor_year }),
  region: fuel.region,
  ...(fuel.gwp_set === undefined ? {} : { gwp_set: fuel.gwp_set }),
  notes: fuel.notes
})

/** By the factor that the grid step has found: nothing is looked up twice. */
const fromPower = Effect.fnUntraced(function*(power: KilowattHours, factor: PublishedFactor) {
  const { emission_factor } = factor
  const kg = round(FuelTools.emissions({ amount: power, factor: emission_factor }).location, 2)
  yield* Run.cite({
    kind: "calculation",
    step: "electricity emissions",
    formula: "electricity_kwh * emission_factor",
    inputs: { electricity_kwh: power, emission_factor },
    output: kg,
    unit: "kg CO2e"
  })
  const emissions: SourceEmissions = {
    source: "electricity",
    fuel_type: "electricity",
    amount: power,
    unit: "kWh",
    scope: "2",
    co2e_kg: KilogramsCo2e.make(kg),
    co2e_tons: TonnesCo2e.make(round(kg / 1000, 3)),
    emission_factor,
    emission_factor_unit: factor.unit,
    emission_factor_source: factor.source,
    ...(factor.source_year === undefined ? {} : { emission_factor_year: factor.source_year }),
    region: factor.subregion ?? factor.country,
    ...(factor.gwp_set === undefined ? {} : { gwp_set: factor.gwp_set }),
    notes: [factor.note, factor.confidence].filter((note) => note !== undefined)
  }
  return emissions
})

const toCarbon = ({ area_sqft, occupants }: Facility, sources: ReadonlyArray<SourceEmissions>) => ({
  emissions: sources.map(({ co2e_kg, fuel_type, scope, source }) => ({
    source,
    fuel_type,
    scope,
    co2e_emissions_kg: co2e_kg
  })),
  ...(area_sqft === undefined ? {} : { building_area: area_sqft }),
  ...(occupants === undefined ? {} : { occupancy: occupants })
})

const Explanation = Schema.Struct({ ...CarbonOutput.fields, ...AiTwin.fields })
type Explanation = typeof Explanation.Type

/** The model may call the tools of CarbonAgent, and is shown the factor behind each record. */
const explain = (facility: Facility, sources: ReadonlyArray<SourceEmissions>, { summary }: CarbonOutput) => {
  const { name, country } = facility
  const input = toCarbon(facility, sources)
  return AiTwin.run({
    agent: "Footprint",
    purpose: "You explain where the greenhouse gas emissions of a facility come from.",
    input: {
      ...(name === undefined ? {} : { name }),
      country,
      summary,
      ...input,
      factors: sources.map((source) => ({
        source: source.source,
        factor: `${source.emission_factor} ${source.emission_factor_unit}, ${source.emission_factor_source}`
      }))
    },
    output: CarbonOutput,
    budgetUsd: 0.5,
    compute: (call) => compute(input, call)
  })
}

/** What gave the numbers, besides the tools of CarbonAgent. */
const toolsOf = (sources: ReadonlyArray<SourceEmissions>) =>
  sources.flatMap(({ fuel_type }) => fuel_type === "electricity" ? [lookupGridIntensity.name] : fuelTools)

const fuelTools = FuelTools.tools.map(({ name }) => name)

const report = Effect.fnUntraced(function*(
  { country, name, subregion }: Facility,
  sources: ReadonlyArray<SourceEmissions>,
  carbon: CarbonOutput,
  { explanation, provenance, recommendations }: Explanation
) {
  const run = yield* Run.Current
  const report: FootprintReport = {
    ...(name === undefined ? {} : { name }),
    country: Country.code(country),
    ...(subregion === undefined ? {} : { subregion }),
    ...carbon,
    total_co2e_tons: TonnesCo2e.make(round(carbon.total_co2e_tons, 3)),
    emissions: sources,
    ...(explanation === undefined ? {} : { explanation }),
    recommendations,
    citations: run?.citations ?? [],
    provenance: { ...provenance, toolsUsed: Array.from(new Set([...toolsOf(sources), ...provenance.toolsUsed])) }
  }
  return report
})

/** How many purchases are looked up at the same time. */
const concurrency = 8

/**
 * Needs the reference tables and a language model, which writes the explanation and no number: every number comes from a
 * published factor and a formula, and is the same with any model.
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import * as Offline from "greenlang/llm/offline/Offline"
 * import { Footprint } from "greenlang/climate/Footprint"
 * import * as Database from "greenlang/database/Database"
 * import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
 *
 * const { value } = await Footprint.run({
 *   country: "US",
 *   subregion: "CAMX",
 *   fuels: [{ fuel_type: "natural_gas", amount: 1000, unit: "therms" }],
 *   electricity_kwh: 250000
 * }).pipe(
 *   Effect.provide(Layer.merge(Layer.provide(ReferenceTables.layer, Database.layerMemory), Offline.layer)),
 *   Effect.runPromise
 * )
 * value.total_co2e_kg // => 54071.43
 * value.by_scope // => { "1": 5311.43, "2": 48760 }
 * ```
 *
 * @category pipelines
 */
export const Footprint = Pipeline.make("Footprint", {
  version: "1.0.0",
  description:
    "Footprint of a facility: emissions of its fuels and electricity, totals, intensity, explanation, advice",
  input: Facility,
  output: FootprintReport,
  error: FootprintError
}, (facility) => {
  const burnt = Step.make("fuels", [facility], placed, { output: Schema.mutable(Schema.Array(PlacedPurchase)) })
  const fuels = Step.forEach(
    "fuel emissions",
    burnt,
    ({ source, ...purchase }) => Effect.map(FuelAgent.run(purchase), ({ value }) => fromFuel(source, value)),
    {
      concurrency,
      output: SourceEmissions
    }
  )

  const power = Step.make("electricity", [facility], kilowattHours, {
    output: KilowattHours,
    error: Schema.Union([ValidationError, CalculationError])
  })
  const isBought = Step.make("buys electricity", [power], (power) => Effect.succeed(power > 0), {
    output: Schema.Boolean
  })
  const grid = Step.agent("grid factor", GridFactorAgent, [facility], ({ country, subregion, year }) => ({
    country,
    ...(subregion === undefined ? {} : { subregion }),
    ...(year === undefined ? {} : { year })
  })).pipe(Step.when(isBought))
  const electricity = Step.make(
    "electricity emissions",
    [power, grid],
    (power, grid) => Effect.forEach(Option.toArray(grid), (factor) => fromPower(power, factor)),
    {
      output: Schema.mutable(Schema.Array(SourceEmissions))
    }
  )

  const sources = Step.make(
    "sources",
    [fuels, electricity],
    (fuels, electricity) => Effect.succeed([...fuels, ...electricity]),
    {
      output: Schema.mutable(Schema.Array(SourceEmissions))
    }
  )
  const carbon = Step.agent("carbon", CarbonAgent, [facility, sources], toCarbon)
  const explanation = Step.make("explanation", [facility, sources, carbon], explain, { output: Explanation })
  return Step.make("report", [facility, sources, carbon, explanation], report, { output: FootprintReport })
})
