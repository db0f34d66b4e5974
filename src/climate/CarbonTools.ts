/**
 * Adds emission records up: total, shares, intensity, and what to do about the largest sources.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tool from "../agent/Tool.ts"
import * as CarbonFormulas from "./CarbonFormulas.ts"
import { recommend } from "./CarbonRecommendations.ts"
import { CalculationError, ValidationError } from "./ClimateError.ts"
import { FuelOutput } from "./FuelAgent.ts"
import { KilogramsCo2e, round, SquareFeet, TonnesCo2e } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"
import * as Strict from "./Strict.ts"
import * as Warming from "./Warming.ts"
import { GwpSet } from "./Warming.ts"

/** A scope of the GHG Protocol: 1 burnt on site, 2 bought energy, 3 the rest of the value chain. @category models */
export const Scope = Schema.Literals(["1", "2", "3"])
/** @category models */
export type Scope = typeof Scope.Type

/** A pipeline file hands answers of `FuelAgent` on as they are: their other fields are known here, and not read. */
const carried = Object.fromEntries(
  Object.keys(FuelOutput.fields).map((name) => [
    name,
    Schema.optionalKey(Schema.Unknown.annotate({ description: "as FuelAgent answers it; not read here" }))
  ])
) as Record<never, never>

/**
 * What one source emitted, or what was removed or offset, which is zero or less. An answer of `FuelAgent` is one, too.
 *
 * @category models
 */
export const EmissionRecord = Strict.make(
  Schema.Struct({
    ...carried,
    fuel_type: Schema.NonEmptyString.annotate({
      description: "what was burnt or bought, such as natural_gas, electricity"
    }),
    co2e_emissions_kg: KilogramsCo2e.annotate({
      description: "kg CO2e, zero or more; zero or less where kind is removal or offset"
    }),
    kind: Schema.optionalKey(
      Schema.Literals(["emission", "removal", "offset"]).annotate({
        description: "removals and offsets are reported apart from the total. Default: emission"
      })
    ),
    biogenic_co2_kg: Schema.optionalKey(
      Schema.Finite.annotate({ description: "biogenic CO2, kg: a memo, in no total" })
        .check(Schema.isGreaterThanOrEqualTo(0))
    ),
    market_based_kg_co2e: Schema.optionalKey(
      Schema.Finite.annotate({ description: "the market-based figure of bought electricity, kg CO2e" })
        .check(Schema.isGreaterThanOrEqualTo(0))
    ),
    location_based_kg_co2e: Schema.optionalKey(
      Schema.Finite.annotate({
        description: "the location-based figure of bought electricity, kg CO2e: the total takes it"
      })
        .check(Schema.isGreaterThanOrEqualTo(0))
    ),
    gwp_set: Schema.optionalKey(GwpSet),
    gwp_sets_used: Schema.optionalKey(
      Schema.Array(GwpSet).annotate({ description: "sets of figures that were published on another set than gwp_set" })
    ),
    scope: Schema.optionalKey(Scope.annotate({ description: "scope of the GHG Protocol" })),
    source: Schema.optionalKey(
      Schema.NonEmptyString.annotate({ description: "name of the source, such as Boiler 1. Default: fuel_type" })
    )
  }).check(Schema.makeFilter(({ co2e_emissions_kg: kg, kind = "emission" }) => {
    if (kind !== "emission") return kg <= 0 || at(`Expected zero or less, since kind is ${kind}`)
    return kg >= 0 || at("Expected zero or more: a negative number takes the kind removal or offset")
  }))
)
/** @category models */
export type EmissionRecord = typeof EmissionRecord.Type

const at = (issue: string) => ({ path: ["co2e_emissions_kg"], issue })

/**
 * What a record adds to the total: of electricity with both figures the location-based one, so that a total has one basis.
 *
 * @category reading
 */
export const kilogramsOf = (record: EmissionRecord): number => record.location_based_kg_co2e ?? record.co2e_emissions_kg

/** @category models */
export const Emissions = Schema.Array(EmissionRecord).annotate({ description: "emission records; may be empty" })

/**
 * One source: kilograms to 2 decimals, metric tons to 3, percent of the total to 2. `fuel_type` is there where every
 * record of the source has the same one and it is not the source's name.
 *
 * @category models
 */
export const BreakdownItem = Schema.Struct({
  source: Schema.String,
  fuel_type: Schema.optionalKey(Schema.String),
  co2e_kg: KilogramsCo2e,
  co2e_tons: TonnesCo2e,
  percentage: Schema.Finite.annotate({ description: "percent of the total" })
})
/** @category models */
export type BreakdownItem = typeof BreakdownItem.Type

/**
 * Kilograms by scope. What states no scope is `unspecified`.
 *
 * @category models
 */
export const ByScope = Schema.Struct({
  "1": Schema.optionalKey(KilogramsCo2e),
  "2": Schema.optionalKey(KilogramsCo2e),
  "3": Schema.optionalKey(KilogramsCo2e),
  unspecified: Schema.optionalKey(KilogramsCo2e)
})
/** @category models */
export type ByScope = typeof ByScope.Type

/** A key without a divisor is absent. @category models */
export const Intensity = Schema.Struct({
  per_sqft: Schema.optionalKey(Schema.Finite.annotate({ description: "kg CO2e per ft2, 4 decimals" })),
  per_person: Schema.optionalKey(Schema.Finite.annotate({ description: "kg CO2e per person, 2 decimals" }))
})
/** @category models */
export type Intensity = typeof Intensity.Type

/** The records of one kind. @category reading */
export const ofKind = (
  records: ReadonlyArray<EmissionRecord>,
  kind: "emission" | "removal" | "offset"
): ReadonlyArray<EmissionRecord> => records.filter((record) => (record.kind ?? "emission") === kind)

/**
 * Merges records of one source and sorts by emissions, the largest first, ties by name. A share of a total of zero is zero.
 *
 * @category formulas
 */
export const breakdown = (
  emissions: ReadonlyArray<EmissionRecord>,
  totalKg: number
): ReadonlyArray<BreakdownItem> =>
  Array.from(Map.groupBy(emissions, sourceOf), ([source, records]) => item(source, records, totalKg))
    .toSorted((a, b) => b.kg - a.kg || (a.shown.source < b.shown.source ? -1 : 1))
    .map(({ shown }) => shown)

const item = (source: string, records: ReadonlyArray<EmissionRecord>, totalKg: number) => {
  const kg = sumOf(records)
  const fuel = records.find((record) => record.fuel_type !== source)?.fuel_type
  const labelled = fuel !== undefined && records.every((record) => record.fuel_type === fuel)
  const shown: BreakdownItem = {
    source,
    ...(labelled ? { fuel_type: fuel } : {}),
    co2e_kg: KilogramsCo2e.make(round(kg, 2)),
    co2e_tons: TonnesCo2e.make(round(kg / 1000, 3)),
    percentage: totalKg === 0 ? 0 : round(100 * (kg / totalKg), 2)
  }
  return { kg, shown }
}

/**
 * Kilograms by scope, `undefined` where no record states one.
 *
 * @category formulas
 */
export const byScope = (emissions: ReadonlyArray<EmissionRecord>): ByScope | undefined => {
  if (emissions.every((record) => record.scope === undefined)) return undefined
  const scopes = Map.groupBy(emissions, (record) => record.scope ?? "unspecified")
  return Object.fromEntries(Array.from(scopes, ([scope, records]) => [scope, KilogramsCo2e.make(sumOf(records))]))
}

/** The exact sum of the records. @category formulas */
export const sumOf = (records: ReadonlyArray<EmissionRecord>): number => CarbonFormulas.sum(records.map(kilogramsOf))

const sourceOf = (record: EmissionRecord) => record.source ?? record.fuel_type

/** Which figure of electricity the totals hold. */
const basisNotes = (gross: ReadonlyArray<EmissionRecord>, hasMarket: boolean): ReadonlyArray<string> => {
  const power = gross.filter((record) =>
    record.location_based_kg_co2e !== undefined || record.market_based_kg_co2e !== undefined
  )
  if (power.length === 0) return []
  const lacking = gross.filter((record) => record.scope === "2" && record.market_based_kg_co2e === undefined)
  return [
    "the total holds electricity at its location-based figures",
    hasMarket
      ? "the market-based total holds it at its market-based figures"
      : `no market-based total: ${Array.from(new Set(lacking.map(sourceOf))).join(", ")} has no market-based figure`
  ]
}

/** The exact sum of a number of each record, cited by source. */
const bySource = (records: ReadonlyArray<EmissionRecord>, of: (record: EmissionRecord) => number) =>
  CarbonFormulas.totalOf(Object.fromEntries(
    Array.from(Map.groupBy(records, sourceOf), ([source, records]) => [source, CarbonFormulas.sum(records.map(of))])
  ))

/**
 * The totals, in kilograms and metric tons, to full precision. Removals and offsets are positive numbers apart from the
 * total; biogenic CO2 is a memo. The market-based total is there where a record has a market-based figure, and none of
 * scope 2 lacks one. Fails with `CalculationError` when a total is too large for a number.
 *
 * @category tools
 */
export const aggregateEmissions = Tool.make("aggregate_emissions", {
  description:
    "Adds emission records up exactly: kg and metric tons CO2e, removals, offsets and biogenic CO2 apart, and by scope",
  input: Strict.struct({ emissions: Emissions }),
  output: Schema.Struct({
    total_kg: KilogramsCo2e,
    total_tons: TonnesCo2e,
    removals_kg: KilogramsCo2e,
    offsets_kg: KilogramsCo2e,
    net_kg: KilogramsCo2e.annotate({ description: "total less removals and offsets: information only" }),
    biogenic_co2_kg: Schema.Finite,
    market_based_total_kg: Schema.optionalKey(KilogramsCo2e),
    by_scope: Schema.optionalKey(ByScope),
    gwp_set: Schema.optionalKey(GwpSet),
    gwp_sets_used: Schema.optionalKey(Schema.Array(GwpSet)),
    notes: Schema.Array(Schema.String)
  }),
  error: Schema.Union([CalculationError, ValidationError]),
  execute: Effect.fnUntraced(function*({ emissions }) {
    const gross = ofKind(emissions, "emission")
    const amount = (record: EmissionRecord) => Math.abs(record.co2e_emissions_kg)
    const { issues, set } = Warming.common(emissions, (at) => `emissions.${at}.gwp_set`)
    if (issues.length > 0) return yield* new ValidationError({ issues })
    const total = yield* bySource(gross, kilogramsOf)
    const removals = yield* bySource(ofKind(emissions, "removal"), amount)
    const offsets = yield* bySource(ofKind(emissions, "offset"), amount)
    const biogenic = yield* bySource(emissions, (record) => record.biogenic_co2_kg ?? 0)
    const hasMarket = gross.some((record) => record.market_based_kg_co2e !== undefined) &&
      gross.every((record) => record.scope !== "2" || record.market_based_kg_co2e !== undefined)
    const market = hasMarket
      ? yield* bySource(gross, (record) => record.market_based_kg_co2e ?? kilogramsOf(record))
      : undefined
    const net = yield* CarbonFormulas.net({ total_kg: total, removals_kg: removals, offsets_kg: offsets })
    const scopes = byScope(gross)
    const used = Array.from(new Set(emissions.flatMap(({ gwp_sets_used = [] }) => gwp_sets_used)))
    for (const [, records] of Map.groupBy(gross, (record) => record.scope)) yield* bySource(records, kilogramsOf)
    return {
      total_kg: KilogramsCo2e.make(total),
      total_tons: TonnesCo2e.make(total / 1000),
      removals_kg: KilogramsCo2e.make(removals),
      offsets_kg: KilogramsCo2e.make(offsets),
      net_kg: KilogramsCo2e.make(net),
      biogenic_co2_kg: biogenic,
      ...(market === undefined ? {} : { market_based_total_kg: KilogramsCo2e.make(market) }),
      ...(scopes === undefined ? {} : { by_scope: scopes }),
      ...(set === undefined ? {} : { gwp_set: set }),
      ...(used.length === 0 ? {} : { gwp_sets_used: used }),
      notes: [
        ...basisNotes(gross, hasMarket),
        ...used.map((used) => `some figures are published on ${used}, not re-based`)
      ]
    }
  })
})

/**
 * Shares of gross emissions: removals and offsets are not sources. Fails with `ValidationError` where `total_kg` is not their
 * sum, within 0.1 percent.
 *
 * @category tools
 */
export const calculateBreakdown = Tool.make("calculate_breakdown", {
  description: "Share of each source in the gross emissions: kg and metric tons CO2e and percent, the largest first",
  input: Strict.struct({
    emissions: Emissions,
    total_kg: KilogramsCo2e.annotate({ description: "sum of the emissions, without removals and offsets, kg CO2e" })
  }),
  output: Schema.Struct({ breakdown: Schema.Array(BreakdownItem) }),
  error: Schema.Union([ValidationError, CalculationError]),
  execute: Effect.fnUntraced(function*({ emissions, total_kg }) {
    const gross = ofKind(emissions, "emission")
    const total = yield* bySource(gross, kilogramsOf)
    if (Math.abs(total - total_kg) > 0.001 * Math.abs(total)) {
      return yield* new ValidationError({
        issues: [{
          path: "total_kg",
          message: `${total_kg} is not the sum of the emissions, without removals and offsets`,
          expected: String(total)
        }]
      })
    }
    for (const [, records] of Map.groupBy(gross, sourceOf)) {
      yield* CarbonFormulas.share({ co2e_kg: sumOf(records), total_kg: total })
    }
    return { breakdown: breakdown(gross, total) }
  })
})

/**
 * Leaves a key out where its divisor is missing, zero or less. Fails with `CalculationError` when an intensity is too large
 * for a number.
 *
 * @category tools
 */
export const calculateIntensity = Tool.make("calculate_intensity", {
  description: "Emissions per square foot of building area and per person, in kg CO2e",
  input: Strict.struct({
    total_kg: KilogramsCo2e.annotate({ description: "total emissions, kg CO2e" }),
    building_area: Schema.optionalKey(SquareFeet.annotate({ description: "floor area, ft2" })),
    occupancy: Schema.optionalKey(Schema.Finite.annotate({ description: "number of persons" }))
  }),
  output: Schema.Struct({ intensity: Intensity }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ building_area = 0, occupancy = 0, total_kg }) {
    const area = building_area > 0 ? [yield* CarbonFormulas.areaIntensity({ total_kg, building_area })] : []
    const persons = occupancy > 0 ? [yield* CarbonFormulas.personIntensity({ total_kg, occupancy })] : []
    const intensity: Intensity = {
      ...(area[0] === undefined ? {} : { per_sqft: round(area[0], 4) }),
      ...(persons[0] === undefined ? {} : { per_person: round(persons[0], 2) })
    }
    return { intensity }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the three largest sources, with typical reductions and payback times",
  input: Strict.struct({ breakdown: Schema.Array(BreakdownItem) }),
  output: Schema.Struct({ recommendations: Schema.Array(Recommendation) }),
  execute: ({ breakdown }) => Effect.succeed({ recommendations: recommend(breakdown) })
})

/** In the order in which the agents call them. @category tools */
export const tools = [aggregateEmissions, calculateBreakdown, calculateIntensity, generateRecommendations] as const
