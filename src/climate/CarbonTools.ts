/**
 * Adds emission records up: total, shares, intensity, and what to do about the largest sources.
 */
import * as BigDecimal from "effect/BigDecimal"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import { CalculationError } from "./ClimateError.ts"
import { KilogramsCo2e, round, SquareFeet, TonnesCo2e } from "./Quantity.ts"
import { Recommendation } from "./Recommendation.ts"

/** A scope of the GHG Protocol: 1 burnt on site, 2 bought energy, 3 the rest of the value chain. @category models */
export const Scope = Schema.Literals(["1", "2", "3"])
/** @category models */
export type Scope = typeof Scope.Type

/**
 * What one source emitted. Only a record of kind `removal` is negative, and it is never positive.
 *
 * @category models
 */
export const EmissionRecord = Schema.Struct({
  fuel_type: Schema.NonEmptyString.annotate({
    description: "what was burnt or bought, such as natural_gas, electricity"
  }),
  co2e_emissions_kg: KilogramsCo2e.annotate({
    description: "kg CO2e, zero or more; zero or less where kind is removal"
  }),
  kind: Schema.optionalKey(
    Schema.Literals(["emission", "removal"]).annotate({ description: "emission when the field is absent" })
  ),
  scope: Schema.optionalKey(Scope.annotate({ description: "scope of the GHG Protocol" })),
  source: Schema.optionalKey(
    Schema.NonEmptyString.annotate({ description: "name of the source, such as Boiler 1; fuel_type when absent" })
  )
}).check(Schema.makeFilter(({ co2e_emissions_kg: kg, kind }) => {
  if (kind === "removal") return kg <= 0 || at("Expected zero or less, since kind is removal")
  return kg >= 0 || at("Expected zero or more: a negative number takes the kind removal")
}))
/** @category models */
export type EmissionRecord = typeof EmissionRecord.Type

const at = (issue: string) => ({ path: ["co2e_emissions_kg"], issue })

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

/**
 * The sum in decimal arithmetic: exact, so the order of the records does not matter.
 *
 * ```ts
 * import { sum } from "greenlang/climate/CarbonTools"
 *
 * sum([0.1, 0.2, 0.3]) // => 0.6
 * ```
 *
 * @category formulas
 */
export const sum = (kilograms: Iterable<number>): number =>
  BigDecimal.toNumberUnsafe(BigDecimal.sumAll(Array.from(kilograms, BigDecimal.fromNumberUnsafe)))

/**
 * Merges records of one source and sorts by emissions, the largest first. A share of a total of zero is zero.
 *
 * @category formulas
 */
export const breakdown = (
  emissions: ReadonlyArray<EmissionRecord>,
  totalKg: number
): ReadonlyArray<BreakdownItem> =>
  Array.from(Map.groupBy(emissions, sourceOf), ([source, records]) => item(source, records, totalKg))
    .toSorted((a, b) => b.kg - a.kg)
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

/** @category formulas */
export const intensity = (totalKg: number, divisors: {
  /** ft2 */
  readonly building_area?: number
  /** persons */
  readonly occupancy?: number
}): Intensity => {
  const { building_area: area = 0, occupancy: persons = 0 } = divisors
  return {
    ...(area > 0 ? { per_sqft: round(totalKg / area, 4) } : {}),
    ...(persons > 0 ? { per_person: round(totalKg / persons, 2) } : {})
  }
}

const sumOf = (records: ReadonlyArray<EmissionRecord>) => sum(records.map((record) => record.co2e_emissions_kg))

const sourceOf = (record: EmissionRecord) => record.source ?? record.fuel_type

/** The first rule that fits counts. Coal gas is coal, gas oil and gasoline are oils, and biodiesel is none of them. */
const rules: ReadonlyArray<readonly [RegExp, Pick<Recommendation, "action" | "reduction_percent" | "payback_years">]> =
  [
    [/\belectric/, {
      action: "Generate on site with solar PV, or buy renewable certificates or a power purchase agreement",
      payback_years: { low: 5, high: 10 }
    }],
    [/\b(coal|anthracite|lignite)\b/, {
      action: "Phase out coal: change to gas or biomass, or electrify the heat",
      reduction_percent: { low: 80, high: 100 },
      payback_years: { low: 2, high: 5 }
    }],
    [/\b(oil|kerosene)\b/, {
      action: "Burn biodiesel in place of the oil, or replace the burner by a heat pump",
      reduction_percent: { low: 60, high: 90 },
      payback_years: { low: 3, high: 7 }
    }],
    [/\b(diesel|gasoline|petrol|fuel)\b(?! gas)/, {
      action: "Change to electric vehicles and equipment, or to biodiesel or renewable diesel",
      reduction_percent: { low: 60, high: 90 },
      payback_years: { low: 3, high: 7 }
    }],
    [/\bgas\b/, {
      action: "Replace gas heating by heat pumps, and insulate the building envelope",
      reduction_percent: { low: 50, high: 70 },
      payback_years: { low: 7, high: 15 }
    }]
  ]

const priorities = ["high", "medium", "low"] as const

/**
 * One for each of the three largest sources that emit at all, by what the source burns.
 *
 * @category formulas
 */
export const recommend = (
  breakdown: ReadonlyArray<Pick<BreakdownItem, "source" | "fuel_type" | "co2e_kg">>
): ReadonlyArray<Recommendation> => {
  const largest = breakdown.filter((item) => item.co2e_kg > 0).toSorted((a, b) => b.co2e_kg - a.co2e_kg)
  return priorities.flatMap((priority, rank) => {
    const item = largest[rank]
    if (item === undefined) return []
    const name = (item.fuel_type ?? item.source).toLowerCase().replaceAll(/[\s_-]+/g, " ")
    const rule = rules.find(([pattern]) => pattern.test(name))
    return [{ priority, source: item.source, ...(rule === undefined ? efficiency : rule[1]) }]
  })
}

const efficiency = {
  action: "Use less of it: efficient equipment, controls and maintenance",
  reduction_percent: { low: 10, high: 30 }
}

/** Numbers have an end, at 1.8e308: beyond it an answer would be infinite. */
const checkFinite = (calculation: string, answer: number, inputs: Readonly<Record<string, number>>) =>
  Number.isFinite(answer)
    ? Effect.void
    : Effect.fail(new CalculationError({ calculation, reason: "the answer is too large for a number", inputs }))

/**
 * The total, in kilograms and metric tons, to full precision. Fails with `CalculationError` when it is too large for a
 * number.
 *
 * @category tools
 */
export const aggregateEmissions = Tool.make("aggregate_emissions", {
  description:
    "Adds emission records up exactly: kg CO2e, metric tons CO2e, and kg CO2e by scope where records state one",
  input: Schema.Struct({ emissions: Emissions }),
  output: Schema.Struct({
    total_kg: KilogramsCo2e,
    total_tons: TonnesCo2e,
    by_scope: Schema.optionalKey(ByScope)
  }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ emissions }) {
    const inputs = Object.fromEntries(
      Array.from(Map.groupBy(emissions, sourceOf), ([source, records]) => [source, sumOf(records)])
    )
    const total = sumOf(emissions)
    yield* checkFinite("aggregate_emissions", total, {})
    yield* Run.cite({
      kind: "calculation",
      step: "aggregate_emissions",
      formula: "total = sum of co2e_emissions_kg",
      inputs,
      output: total,
      unit: "kg CO2e"
    })
    const scopes = byScope(emissions)
    return {
      total_kg: KilogramsCo2e.make(total),
      total_tons: TonnesCo2e.make(total / 1000),
      ...(scopes === undefined ? {} : { by_scope: scopes })
    }
  })
})

/**
 * Fails with `CalculationError` when a share is too large for a number.
 *
 * @category tools
 */
export const calculateBreakdown = Tool.make("calculate_breakdown", {
  description: "Share of each source in the total: kg and metric tons CO2e and percent, the largest first",
  input: Schema.Struct({
    emissions: Emissions,
    total_kg: KilogramsCo2e.annotate({ description: "total of all records, kg CO2e" })
  }),
  output: Schema.Struct({ breakdown: Schema.Array(BreakdownItem) }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ emissions, total_kg }) {
    const most = sum(emissions.map((record) => Math.abs(record.co2e_emissions_kg)))
    yield* checkFinite("calculate_breakdown", total_kg === 0 ? most : 100 * (most / total_kg), { total_kg })
    return { breakdown: breakdown(emissions, total_kg) }
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
  input: Schema.Struct({
    total_kg: KilogramsCo2e.annotate({ description: "total emissions, kg CO2e" }),
    building_area: Schema.optionalKey(SquareFeet.annotate({ description: "floor area, ft2" })),
    occupancy: Schema.optionalKey(Schema.Finite.annotate({ description: "number of persons" }))
  }),
  output: Schema.Struct({ intensity: Intensity }),
  error: CalculationError,
  execute: Effect.fnUntraced(function*({ total_kg, ...divisors }) {
    for (const divisor of Object.values(divisors)) {
      if (divisor > 0) yield* checkFinite("calculate_intensity", total_kg / divisor, { total_kg, divisor })
    }
    const per = intensity(total_kg, divisors)
    const cite = (divisor: string, inputs: Readonly<Record<string, number>>, output: number, unit: string) =>
      Run.cite({
        kind: "calculation",
        step: "calculate_intensity",
        formula: `intensity = total_kg / ${divisor}`,
        inputs: { total_kg, ...inputs },
        output,
        unit
      })
    const { building_area = 0, occupancy = 0 } = divisors
    if (per.per_sqft !== undefined) yield* cite("building_area", { building_area }, per.per_sqft, "kg CO2e/ft2")
    if (per.per_person !== undefined) yield* cite("occupancy", { occupancy }, per.per_person, "kg CO2e/person")
    return { intensity: per }
  })
})

/** @category tools */
export const generateRecommendations = Tool.make("generate_recommendations", {
  description: "What to do about the three largest sources, with typical reductions and payback times",
  input: Schema.Struct({ breakdown: Schema.Array(BreakdownItem) }),
  output: Schema.Struct({ recommendations: Schema.Array(Recommendation) }),
  execute: ({ breakdown }) => Effect.succeed({ recommendations: recommend(breakdown) })
})

/** In the order in which the agents call them. @category tools */
export const tools = [aggregateEmissions, calculateBreakdown, calculateIntensity, generateRecommendations] as const
