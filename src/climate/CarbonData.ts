/**
 * A carbon result as reports read it: totals, scopes, what stays apart, and how it was made.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Run from "../agent/Run.ts"
import * as Answer from "./Answer.ts"
import { ValidationError } from "./ClimateError.ts"
import * as Field from "./Field.ts"

/** One source of a breakdown, in kilograms or metric tons. @category schemas */
export const Source = Schema.Struct({
  source: Field.name("name of the source"),
  co2e_kg: Field.optional(Field.amount("kg CO2e")),
  co2e_tons: Field.optional(Field.amount("t CO2e")),
  percentage: Field.optional(Field.amount("percent of the total")),
  fuel_type: Field.optional(Field.name("what was burnt or bought"))
})

/** Metric tons by scope, with both figures of scope 2. @category schemas */
export const ByScope = Schema.Struct({
  "1": Field.optional(Field.amount("scope 1, t CO2e")),
  "2_location": Field.optional(Field.amount("scope 2 by the grid, t CO2e")),
  "2_market": Field.optional(Field.amount("scope 2 by contracts, t CO2e")),
  "3": Field.optional(Field.amount("scope 3, t CO2e"))
})

/** @category schemas */
export const CarbonData = Schema.Struct({
  total_co2e_tons: Field.optional(Field.amount("t CO2e")),
  total_co2e_kg: Field.optional(Field.amount("kg CO2e")),
  emissions_breakdown: Field.optional(Schema.Array(Source)),
  carbon_intensity: Field.optional(Schema.Record(Schema.String, Schema.Finite)),
  by_scope: Field.optional(ByScope),
  scope3_categories: Field.optional(
    Schema.Record(Schema.String, Field.amount("t CO2e")).annotate({
      description: "t CO2e by category of scope 3"
    })
  ),
  iso_categories: Field.optional(
    Schema.Record(Schema.String, Field.amount("t CO2e")).annotate({
      description: "t CO2e by category 1 to 6 of ISO 14064-1"
    })
  ),
  energy_mwh: Field.optional(Field.amount("energy used, MWh")),
  net_revenue_million: Field.optional(Field.positive("net revenue, millions of a currency")),
  reductions_t: Field.optional(Field.amount("reductions by measures, t CO2e")),
  removals_t: Field.optional(Field.amount("removals, t CO2e: apart, never netted")),
  biogenic_co2_t: Field.optional(Field.amount("biogenic CO2, t: apart")),
  gwp_set: Field.optional(Field.name("set of warming potentials, such as AR6")),
  factor_editions: Field.optional(Schema.Array(Schema.NonEmptyString)),
  boundary: Field.optional(Field.name("operational control, financial control or equity share")),
  base_year: Field.optional(Field.integer("base year", 1990, 2100)),
  targets: Field.optional(Schema.Array(Schema.NonEmptyString)),
  verification: Field.optional(Field.name("who verified, and to what level")),
  methods: Field.optional(Field.name("method, such as GHG Protocol 2004")),
  uncertainty_percent: Field.optional(Field.amount("uncertainty of the total, percent")),
  citations: Field.optional(Schema.Array(Run.Citation).annotate({ description: "what the numbers rest on" }))
})
/** @category schemas */
export type CarbonData = typeof CarbonData.Type

/** @category models */
export interface Totals {
  readonly tonnes: number
  readonly kilograms: number
  readonly sources: ReadonlyArray<{ readonly source: string; readonly tonnes: number }>
}

/**
 * The totals. Fails with `ValidationError` where there is none, where both are given and differ by more than 0.1 percent,
 * and where the sources add up to more than the total.
 *
 * @category reading
 */
export const totals = Effect.fnUntraced(function*(data: CarbonData, path: string) {
  const { total_co2e_kg: kilograms, total_co2e_tons: tonnes } = data
  const fail = (field: string, message: string, expected: string) =>
    new ValidationError({ issues: [{ path: `${path}.${field}`, message, expected }] })
  const found = tonnes ?? (kilograms === undefined ? undefined : kilograms / 1000)
  if (found === undefined) return yield* fail("total_co2e_tons", "is missing", "total_co2e_tons or total_co2e_kg")
  if (kilograms !== undefined && Math.abs(found - kilograms / 1000) > 0.001 * Math.max(found, kilograms / 1000)) {
    return yield* fail("total_co2e_tons", `differs from total_co2e_kg / 1000 = ${kilograms / 1000}`, "the same total")
  }
  const sources = (data.emissions_breakdown ?? []).map(({ co2e_kg, co2e_tons, source }) => ({
    source,
    tonnes: co2e_tons ?? (co2e_kg ?? 0) / 1000
  })).toSorted((a, b) => b.tonnes - a.tonnes || (a.source < b.source ? -1 : 1))
  const sum = sources.reduce((sum, { tonnes }) => sum + tonnes, 0)
  if (sum > found * 1.001 + 0.001) {
    const message = `adds up to ${Answer.figure(sum)} t, above the total of ${Answer.figure(found)} t`
    return yield* fail("emissions_breakdown", message, "sources that the total holds")
  }
  const of: Totals = { tonnes: Answer.figure(found), kilograms: Answer.figure(kilograms ?? found * 1000), sources }
  return of
})

/** The total by each method of scope 2, in tonnes, where the data has the scopes. @category reading */
export const totalsByMethod = ({ by_scope: scopes }: CarbonData) => {
  const of = (scope2: number | undefined) =>
    scopes?.["1"] === undefined || scope2 === undefined ? undefined : scopes["1"] + scope2 + (scopes["3"] ?? 0)
  return { location: of(scopes?.["2_location"]), market: of(scopes?.["2_market"]) }
}

/** Whether two totals are the same but for rounding: within 0.1 percent. @category guards */
export const isNear = (sum: number, total: number): boolean => Math.abs(sum - total) <= 0.001 * Math.max(sum, total)

/** Texts that say that there is nothing, such as "no" or "not verified". @category guards */
export const isDenial = (text: string): boolean => /^(?:no|none|nothing|n\/?a|not .*|un\w+ed|-+)$/i.test(text.trim())

/**
 * What is not valid at a path in the year `now`: a blank text, a set of warming potentials that does not exist, a base year
 * to come, scopes that add up to more than the total, categories that add up to another scope 3. What is absent is not a fault.
 *
 * @category validation
 */
export const faults = (data: CarbonData, path: string, now: number): ReadonlyArray<string> => {
  const [field = "", part] = path.split(".")
  const value: unknown = Object.entries(data).find(([name]) => name === field)?.[1]
  const texts = Array.isArray(value) ? value : [value]
  if (texts.some((text) => typeof text === "string" && text.trim() === "")) return [`${field} is blank`]
  if (field === "gwp_set" && data.gwp_set !== undefined && !/^(?:IPCC )?AR[3-6]\b/i.test(data.gwp_set.trim())) {
    return [`gwp_set ${data.gwp_set} is not AR4, AR5 or AR6`]
  }
  if (field === "base_year" && data.base_year !== undefined && data.base_year > now) {
    return [`base_year ${data.base_year} is after ${now}`]
  }
  const categories = Object.values(data.scope3_categories ?? {}).reduce((sum, tonnes) => sum + tonnes, 0)
  const scope3 = data.by_scope?.["3"]
  if (
    (field === "scope3_categories" || path === "by_scope.3") && data.scope3_categories !== undefined &&
    scope3 !== undefined && !isNear(categories, scope3)
  ) {
    return [`scope3_categories add up to ${Answer.figure(categories)} t, and by_scope.3 is ${Answer.figure(scope3)} t`]
  }
  if (field !== "by_scope" || part === undefined || data.by_scope?.[part as keyof typeof ByScope.Type] === undefined) {
    return []
  }
  const total = data.total_co2e_tons ?? (data.total_co2e_kg === undefined ? undefined : data.total_co2e_kg / 1000)
  const { "1": one = 0, "2_location": location, "2_market": market, "3": three = 0 } = data.by_scope
  const two = Math.min(location ?? market ?? 0, market ?? location ?? 0)
  const sum = one + two + three
  return total !== undefined && sum > total * 1.001 + 0.001
    ? [`by_scope adds up to ${Answer.figure(sum)} t, above the total of ${Answer.figure(total)} t`]
    : []
}
