/**
 * The greenhouse gas footprint of a facility over a year: what it burns, what energy it buys, what that adds up to.
 *
 * Scope 1 is what is burnt on site, scope 2 is bought electricity and heat: GHG Protocol, Corporate Standard (2004) and
 * Scope 2 Guidance (2015). Totals are location-based; the market-based total stands beside. Biogenic CO2 is a memo.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import { DatabaseError } from "../database/DatabaseError.ts"
import * as Pipeline from "../pipeline/Pipeline.ts"
import * as Step from "../pipeline/Step.ts"
import * as AiTwin from "./AiTwin.ts"
import { CarbonAgent, CarbonOutput, compute } from "./CarbonAgent.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as Country from "./Country.ts"
import { Facility, PlacedPurchase, purchases } from "./Facility.ts"
import { FuelAgent } from "./FuelAgent.ts"
import * as FuelTools from "./FuelTools.ts"
import * as FuelType from "./FuelType.ts"
import { round, TonnesCo2e } from "./Quantity.ts"
import { fromPurchase, Gap, SourceEmissions } from "./SourceEmissions.ts"
import * as Warming from "./Warming.ts"

const { gwp_set: _, gwp_sets_used: __, ...carbonFields } = CarbonOutput.fields

/**
 * `emissions` has one entry for each purchase, in their order, and one for `electricity_kwh`; `emissions_breakdown` one for
 * each source, the largest first. `gwp_set` is the one set of warming potentials; `gwp_sets_used` is there where a factor
 * was published on another. `gaps` are purchases that failed, of a partial footprint. `citations` are the published factors
 * and the calculations behind the numbers.
 *
 * @category schemas
 */
export const FootprintReport = Schema.Struct({
  name: Schema.optionalKey(Schema.String),
  country: Schema.String,
  subregion: Schema.optionalKey(Schema.String),
  year: Schema.optionalKey(Schema.Int),
  period: Schema.optionalKey(Schema.Struct({ start_date: Schema.String, end_date: Schema.String })),
  gwp_set: Warming.GwpSet,
  gwp_sets_used: Schema.optionalKey(Schema.Array(Warming.GwpSet)),
  ...carbonFields,
  total_co2e_tons: TonnesCo2e,
  emissions: Schema.Array(SourceEmissions),
  gaps: Schema.optionalKey(Schema.Array(Gap)),
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

/** A purchase, or why it has no emissions. */
const Counted = Schema.Union([SourceEmissions, Gap])
type Counted = typeof Counted.Type

const isGap = (counted: Counted): counted is Gap => "error" in counted

const found = (counted: ReadonlyArray<Counted>): ReadonlyArray<SourceEmissions> =>
  counted.flatMap((counted) => isGap(counted) ? [] : [counted])

/**
 * One inventory has one set of warming potentials: that of the facility, or the one that its purchases name. Fails with
 * `ValidationError` where purchases name another.
 */
const gwpSetOf = Effect.fnUntraced(function*({ fuels, gwp_set }: Facility) {
  const { issues, set = "AR6" } = Warming.common(fuels, (at) => `fuels.${at}.gwp_set`, gwp_set)
  return issues.length === 0 ? set : yield* new ValidationError({ issues })
})

const isPower = ({ fuel_type }: PlacedPurchase) => FuelType.kind(FuelType.canonical(fuel_type)) === "electricity"

/** A purchase, and whether it may fail alone. */
const Placed = Schema.Struct({ purchase: PlacedPurchase, partial: Schema.Boolean })
type Placed = typeof Placed.Type

/** All purchases of one sort, on the one set of warming potentials. */
const select = (isWanted: (purchase: PlacedPurchase) => boolean) => (facility: Facility) =>
  Effect.map(gwpSetOf(facility), (gwp_set) =>
    purchases(facility).filter(isWanted).map((purchase): Placed => ({
      purchase: Object.assign({}, purchase, { gwp_set }),
      partial: facility.partial ?? false
    })))

type PurchaseError = ValidationError | DataError | CalculationError

/** Where the input of the facility has a field of a purchase: the power of the facility takes its place from the facility. */
const pathOf = (purchase: string, field: string) => {
  if (purchase === "electricity_kwh") return field === "" || field === "amount" || field === "unit" ? purchase : field
  return field === "" ? purchase : `${purchase}.${field}`
}

/** The same error, naming fields by their paths in the input of the facility. */
const inPurchase = (purchase: string) => (error: PurchaseError): PurchaseError => {
  switch (error._tag) {
    case "ValidationError":
      return new ValidationError({
        issues: error.issues.map((issue) => ({ ...issue, path: pathOf(purchase, issue.path) }))
      })
    case "DataError": {
      const fields = Object.entries(error.lookedFor).map(([field, value]) => [pathOf(purchase, field), value] as const)
      return new DataError({ ...error, lookedFor: Object.fromEntries(fields) })
    }
    case "CalculationError":
      return new CalculationError({ ...error, calculation: `${error.calculation} of ${purchase}` })
  }
}

const count = Effect.fnUntraced(function*({ purchase, source, ...input }: PlacedPurchase, partial: boolean) {
  const result = yield* Effect.result(
    FuelAgent.run(input).pipe(
      Effect.map(({ value }) => fromPurchase(source, value)),
      Effect.catchTag("InvalidInput", ({ issues }) => Effect.fail(new ValidationError({ issues }))),
      Effect.catchTag(
        ["ValidationError", "DataError", "CalculationError"],
        (error) => Effect.fail(inPurchase(purchase)(error))
      )
    )
  )
  if (Result.isSuccess(result)) return result.success
  const error = result.failure
  const isOfPurchase = error._tag === "ValidationError" || error._tag === "DataError" ||
    error._tag === "CalculationError"
  if (!partial || !isOfPurchase) return yield* error
  const gap: Gap = {
    purchase,
    fuel_type: input.fuel_type,
    ...(source === undefined ? {} : { source }),
    error: { tag: error._tag, message: error.message }
  }
  return gap
})

const toCarbon = ({ area_sqft, occupants }: Facility, counted: ReadonlyArray<Counted>) => {
  const sources = found(counted)
  const hasMarket = sources.some((source) => source.market_based_kg_co2e !== undefined)
  return {
    emissions: sources.map(({
      biogenic_co2_kg,
      co2e_kg,
      fuel_type,
      gwp_sets_used,
      market_based_kg_co2e,
      scope,
      source
    }) => ({
      source,
      fuel_type,
      scope,
      co2e_emissions_kg: co2e_kg,
      ...(biogenic_co2_kg === undefined ? {} : { biogenic_co2_kg }),
      ...(gwp_sets_used === undefined ? {} : { gwp_sets_used }),
      // bought heat has one figure for both
      ...(scope === "2" && hasMarket && !(fuel_type === "electricity" && market_based_kg_co2e === undefined)
        ? { market_based_kg_co2e: market_based_kg_co2e ?? co2e_kg }
        : {})
    })),
    ...(area_sqft === undefined ? {} : { building_area: area_sqft }),
    ...(occupants === undefined ? {} : { occupancy: occupants })
  }
}

const Explanation = Schema.Struct({ ...CarbonOutput.fields, ...AiTwin.fields })
type Explanation = typeof Explanation.Type

/** The model may call the tools of CarbonAgent, and is shown the factor behind each record. */
const explain = (facility: Facility, counted: ReadonlyArray<Counted>, { summary }: CarbonOutput) => {
  const { name, country } = facility
  const input = toCarbon(facility, counted)
  const factors = found(counted).map((source) => ({
    source: source.source,
    factor: `${source.emission_factor} ${source.emission_factor_unit}, ${source.emission_factor_source}`
  }))
  return AiTwin.run({
    agent: "Footprint",
    purpose: "You explain where the greenhouse gas emissions of a facility come from.",
    input: { ...(name === undefined ? {} : { name }), country, summary, ...input, factors },
    output: CarbonOutput,
    budgetUsd: 0.5,
    compute: (call) => compute(input, call)
  })
}

const fuelTools = [
  FuelTools.lookupEmissionFactor.name,
  FuelTools.calculateEmissions.name,
  FuelTools.energyContent.name,
  FuelTools.generateRecommendations.name
]

const report = Effect.fnUntraced(function*(
  facility: Facility,
  counted: ReadonlyArray<Counted>,
  carbon: CarbonOutput,
  { explanation, provenance, recommendations }: Explanation
) {
  const run = yield* Run.Current
  const { country, name, period, subregion, year } = facility
  // the facility's own set stands above
  const { gwp_set: _, gwp_sets_used: __, ...figures } = carbon
  const sources = found(counted)
  const gaps = counted.filter(isGap)
  const gwp_set = yield* gwpSetOf(facility)
  const used = Array.from(new Set(sources.flatMap(({ gwp_sets_used = [] }) => gwp_sets_used)))
  const missing = gaps.length === 0 ? "" : ` ${gaps.length} of ${counted.length} purchases are not in it: see gaps.`
  const report: FootprintReport = {
    ...(name === undefined ? {} : { name }),
    country: Country.code(country),
    ...(subregion === undefined ? {} : { subregion }),
    ...(year === undefined ? {} : { year }),
    ...(period === undefined ? {} : { period }),
    gwp_set,
    ...(used.length === 0 ? {} : { gwp_sets_used: used }),
    ...figures,
    summary: `${carbon.summary}${missing}`,
    total_co2e_tons: TonnesCo2e.make(round(carbon.total_co2e_tons, 3)),
    emissions: sources,
    ...(gaps.length === 0 ? {} : { gaps }),
    ...(explanation === undefined ? {} : { explanation }),
    recommendations,
    citations: run?.citations ?? [],
    provenance: {
      ...provenance,
      toolsUsed: Array.from(new Set([...(sources.length === 0 ? [] : fuelTools), ...provenance.toolsUsed]))
    }
  }
  return report
})

/** How many purchases are looked up at the same time. */
const concurrency = 8

/**
 * Needs the reference tables and a language model, which writes the explanation and no number: every number comes from a
 * published factor and a formula, and is the same with any model.
 *
 * A purchase that fails is an error that names its path, such as `fuels.2.unit`; with `partial` it is a gap beside the sum
 * of the rest.
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
  const placed = (name: string, isWanted: (purchase: PlacedPurchase) => boolean) =>
    Step.make(name, [facility], select(isWanted), {
      output: Schema.mutable(Schema.Array(Placed)),
      error: ValidationError
    })
  const each = { concurrency, output: Counted }
  const fuels = Step.forEach(
    "fuel emissions",
    placed("fuels", (purchase) => !isPower(purchase)),
    ({ partial, purchase }) => count(purchase, partial),
    each
  )
  const electricity = Step.forEach(
    "electricity emissions",
    placed("electricity", isPower),
    ({ partial, purchase }) => count(purchase, partial),
    each
  )
  const sources = Step.make(
    "sources",
    [fuels, electricity],
    (fuels, electricity) => Effect.succeed([...fuels, ...electricity]),
    { output: Schema.mutable(Schema.Array(Counted)) }
  )
  const carbon = Step.agent("carbon", CarbonAgent, [facility, sources], toCarbon)
  const explanation = Step.make("explanation", [facility, sources, carbon], explain, { output: Explanation })
  return Step.make("report", [facility, sources, carbon, explanation], report, { output: FootprintReport })
})
