/**
 * Measures that save energy in buildings: when each applies, how much it saves and of what.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Rating } from "./BuildingBenchmark.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import { Priority, Range } from "./Recommendation.ts"
import { measures } from "./tables/BuildingTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"
import type { Row } from "./tables/Table.ts"

/** What triggers a measure. @category schemas */
export const Situation = Schema.Struct({
  hvac_share: Field.share("share of heating, ventilation and cooling in the building's energy"),
  lighting_share: Field.share("share of lighting"),
  electricity_share: Field.share("share of electricity in the emissions"),
  building_age: Field.number("age of the building, years", { min: 0, max: 300 }),
  performance_rating: Field.optional(Rating),
  water_use_high: Schema.Boolean
})
/** @category schemas */
export type Situation = typeof Situation.Type

/** What a saving is a share of. @category schemas */
export const Base = Schema.Literals(["hvac", "lighting", "building", "electricity", "market_based", "water"])
/** @category schemas */
export type Base = typeof Base.Type

/** @category schemas */
export const CostClass = Schema.Literals(["low", "medium", "high"])

/** What a measure of each class costs, USD: assumptions of this library. @category constants */
export const costs: Readonly<Record<typeof CostClass.Type, number>> = { low: 5000, medium: 50_000, high: 250_000 }

/** A measure of the table that applies. @category schemas */
export const Measure = Schema.Struct({
  id: Schema.String,
  priority: Priority,
  action: Schema.String,
  category: Schema.String,
  reduction_percent: Range,
  saving_base: Base,
  cost_class: CostClass,
  cost_usd: Schema.Finite,
  payback_years: Field.optional(Range)
})
/** @category schemas */
export type Measure = typeof Measure.Type

const applies = (trigger: string, situation: Situation): boolean =>
  trigger.split(" and ").every((part) => {
    const [, name, limit] = /^(\w+)>([\d.]+)$/.exec(part) ?? []
    if (name === "hvac_share") return situation.hvac_share > Number(limit)
    if (name === "electricity_share") return situation.electricity_share > Number(limit)
    if (name === "age") return situation.building_age > Number(limit)
    if (part === "water use high") return situation.water_use_high
    const [, ratings] = /^rating in (.+)$/.exec(part) ?? []
    return ratings?.split(", ").some((rating) => rating === situation.performance_rating) ?? false
  })

const baseOf = (text: string): Base =>
  /market/.test(text)
    ? "market_based"
    : /grid electricity/.test(text)
    ? "electricity"
    : /lighting/.test(text)
    ? "lighting"
    : /hvac|heating/i.test(text)
    ? "hvac"
    : /water/.test(text)
    ? "water"
    : "building"

const order = { critical: 0, high: 1, medium: 2, low: 3 }

const toMeasure = (row: Row<typeof measures>): Measure => ({
  id: row.measure_id,
  priority: row.priority === "high" ? "high" : row.priority === "medium" ? "medium" : "low",
  action: row.measure_id.replaceAll("_", " "),
  category: row.category,
  reduction_percent: { low: row.saving_low, high: row.saving_high },
  saving_base: baseOf(row.saving_base),
  cost_class: row.cost_class === "high" ? "high" : row.cost_class === "medium" ? "medium" : "low",
  cost_usd: costs[row.cost_class === "high" ? "high" : row.cost_class === "medium" ? "medium" : "low"],
  ...(row.payback_low_years === null || row.payback_high_years === null
    ? {}
    : { payback_years: { low: row.payback_low_years, high: row.payback_high_years } })
})

/**
 * The measures that apply, by priority, then the shortest payback, then the id. Each is cited.
 *
 * @category rules
 */
export const applicable = Effect.fnUntraced(function*(situation: Situation) {
  const tables = yield* ReferenceTables
  const rows = yield* tables.rows(measures)
  const found = rows.filter((row) => applies(row.trigger, situation))
  for (const row of found) {
    yield* Constant.cite(`saving of ${row.measure_id}, low`, row.saving_low, row.unit, row)
    yield* Constant.cite(`saving of ${row.measure_id}, high`, row.saving_high, row.unit, row)
  }
  const payback = ({ payback_years }: Measure) => payback_years?.low ?? Infinity
  return found.map(toMeasure).toSorted((a, b) =>
    order[a.priority] - order[b.priority] || compare(payback(a), payback(b)) || (a.id < b.id ? -1 : 1)
  )
})

const compare = (a: number, b: number) => a === b ? 0 : a < b ? -1 : 1

/** The mean of a range, as a fraction. @category formulas */
export const meanShare = ({ high, low }: Range): number => (low + high) / 200
