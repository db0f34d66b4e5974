/**
 * What buildings of a type use and emit, by the medians of ENERGY STAR, and how a building compares.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BuildingFormulas from "./BuildingFormulas.ts"
import { DataError } from "./ClimateError.ts"
import { invalid } from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import { buildingBenchmarks } from "./tables/BuildingTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const Rating = Schema.Literals(["Excellent", "Good", "Average", "Below Average", "Poor"])
/** @category schemas */
export type Rating = typeof Rating.Type

/**
 * Upper limits of the ratings, in the unit of the intensity they are held against.
 *
 * @category schemas
 */
export const Thresholds = Schema.Struct({
  excellent: Field.positive("upper limit of Excellent, in the unit of the intensity"),
  good: Field.positive("upper limit of Good"),
  average: Field.positive("upper limit of Average"),
  poor: Field.positive("upper limit of Below Average; above it is Poor")
})
/** @category schemas */
export type Thresholds = typeof Thresholds.Type

/**
 * The rating of an intensity with a coarse percentile: 90, 70, 50, 30 or 10. A limit belongs to the better rating.
 *
 * ```ts
 * import { rate } from "greenlang/climate/BuildingBenchmark"
 *
 * rate(20, { excellent: 20, good: 35, average: 50, poor: 70 }) // => { rating: "Excellent", percentile: 90 }
 * ```
 *
 * @category formulas
 */
export const rate = (
  intensity: number,
  { average, excellent, good, poor }: Thresholds
): { readonly rating: Rating; readonly percentile: number } => {
  if (intensity <= excellent) return { rating: "Excellent", percentile: 90 }
  if (intensity <= good) return { rating: "Good", percentile: 70 }
  if (intensity <= average) return { rating: "Average", percentile: 50 }
  if (intensity <= poor) return { rating: "Below Average", percentile: 30 }
  return { rating: "Poor", percentile: 10 }
}

/** Fails with `ValidationError` unless each limit is above the one before. @category validation */
export const checkOrder = (limits: Thresholds) => {
  const names = ["excellent", "good", "average", "poor"] as const
  const issues = names.flatMap((name, at) => {
    const before = names[at - 1]
    return before === undefined || limits[name] > limits[before]
      ? []
      : [invalid(`thresholds.${name}`, `${limits[name]} is not above ${before}`, `more than ${limits[before]}`)]
  })
  const [first] = issues
  return first === undefined ? Effect.void : Effect.fail(first)
}

const aliases: Readonly<Record<string, string>> = {
  commercial_office: "office",
  hospital: "hospital_general",
  retail: "retail_store",
  warehouse: "warehouse_unrefrigerated",
  education: "k12_school"
}

/** The name of the type in the table of medians. @category reading */
export const benchmarkName = (buildingType: string): string => {
  const name = Constant.canonical(buildingType)
  return Object.hasOwn(aliases, name) ? aliases[name]! : name
}

/** @category models */
export interface Benchmark {
  readonly name: string
  /** kBtu/ft2 a year. */
  readonly siteEui: number
  /** kg CO2e/ft2 a year. */
  readonly kgPerSqft: number
  /** kg CO2e/m2 a year. */
  readonly kgPerSqm: number
  readonly notes: ReadonlyArray<string>
}

/**
 * The medians of a type of building. Fails with `DataError` where there is none: an unknown type, or one that is measured
 * otherwise, such as a data center by its PUE.
 *
 * @category reading
 */
export const find = Effect.fnUntraced(function*(buildingType: string, country: string) {
  const name = benchmarkName(buildingType)
  const row = yield* Constant.find(buildingBenchmarks, "median of this type of building", "building_type", name)
  const { co2e_intensity_derived: perSqft, co2e_intensity_derived_m2: perSqm, site_eui_median: siteEui } = row
  if (siteEui === null || perSqft === null || perSqm === null) {
    const rows = yield* Effect.flatMap(ReferenceTables, (tables) => tables.rows(buildingBenchmarks))
    return yield* new DataError({
      what: `median energy use (it is measured by ${row.eui_unit}); give thresholds instead`,
      lookedFor: { building_type: buildingType },
      available: rows.filter((row) => row.site_eui_median !== null).map((row) => row.building_type).slice(0, 10)
    })
  }
  yield* Constant.cite(`median site energy use of ${name}`, siteEui, row.eui_unit, row)
  yield* Constant.cite(`median emissions of ${name}`, perSqft, row.co2e_unit ?? "kg CO2e/ft2/yr", row)
  const notes = [
    ...(name === Constant.canonical(buildingType) ? [] : [`${buildingType} is read as ${name}`]),
    ...(country === "US" ? [] : [`the medians are those of the US with eGRID2023 power, not of ${country}`]),
    ...(/memory/.test(row.check) ? ["this median is quoted from memory of EPA's table: verify it"] : [])
  ]
  const benchmark: Benchmark = { name, siteEui, kgPerSqft: perSqft, kgPerSqm: perSqm, notes }
  return benchmark
})

/**
 * Limits at 0.5, 0.75, 1 and 1.5 times a median: a convention of this library.
 *
 * @category formulas
 */
export const derivedThresholds = Effect.fnUntraced(function*(median: number) {
  const at = (share: number) => Effect.map(BuildingFormulas.threshold({ median, share }), Answer.figure)
  const limits: Thresholds = { excellent: yield* at(0.5), good: yield* at(0.75), average: median, poor: yield* at(1.5) }
  return limits
})
