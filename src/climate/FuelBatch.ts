/**
 * Emissions of many purchases in one call: each answers for itself, and one that fails leaves the others.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Tool from "../agent/Tool.ts"
import * as CarbonFormulas from "./CarbonFormulas.ts"
import { CalculationError, DataError, ValidationError } from "./ClimateError.ts"
import * as FuelTools from "./FuelTools.ts"
import { KilogramsCo2e, round } from "./Quantity.ts"
import * as Strict from "./Strict.ts"
import * as Warming from "./Warming.ts"

/** How many purchases are looked up at the same time. */
const concurrency = 8

const Failure = Schema.Struct({ tag: Schema.String, message: Schema.String })

/**
 * Keeps the order. `total_kg_co2e` is the sum of those that are `ok`, and `count` says how many they are. With
 * `all_or_nothing` the first failure, in that order, fails the call and names its item. One call has one set of warming
 * potentials, that of the items which name one: items that name different sets are a `ValidationError`.
 *
 * @category tools
 */
export const batch = Tool.make("batch", {
  description: "Emissions of many purchases: each with its value or its error, and the sum of the good ones",
  input: Strict.struct({
    items: Schema.Array(Schema.Unknown).annotate({ description: "purchases, each as calculate_emissions reads it" }),
    all_or_nothing: Schema.optionalKey(
      Schema.Boolean.annotate({ description: "one failure fails the whole call. Default: false" })
    )
  }),
  output: Schema.Struct({
    items: Schema.Array(Schema.Union([
      Schema.Struct({ ok: Schema.Literal(true), value: FuelTools.Emissions }),
      Schema.Struct({ ok: Schema.Literal(false), error: Failure })
    ])),
    total_kg_co2e: KilogramsCo2e,
    gwp_set: Warming.GwpSet,
    gwp_sets_used: Schema.optionalKey(Schema.Array(Warming.GwpSet)),
    count: Schema.Int.annotate({ description: "how many of the items are in the total" })
  }),
  error: Schema.Union([...FuelTools.FuelError.members, InvalidInput]),
  execute: Effect.fnUntraced(function*({ all_or_nothing = false, items }) {
    const sets = items.map((item) =>
      Predicate.hasProperty(item, "gwp_set") && isSet(item.gwp_set) ? item.gwp_set : undefined
    )
    const { issues, set = "AR6" } = Warming.common(sets.map((gwp_set) => ({ gwp_set })), (at) => `items.${at}.gwp_set`)
    if (issues.length > 0) return yield* new ValidationError({ issues })
    const results = yield* Effect.forEach(
      items,
      // what an item is, the tool itself says
      (item) => Effect.result(FuelTools.calculateEmissions.call(onSet(item, set) as never)),
      { concurrency }
    )
    const good = results.flatMap((result) => Result.isSuccess(result) ? [result.success] : [])
    const at = results.findIndex(Result.isFailure)
    const failed = results[at]
    if (all_or_nothing && failed !== undefined && Result.isFailure(failed)) {
      return yield* ofItem(failed.failure, `items.${at}`)
    }
    const used = Array.from(new Set(good.flatMap(({ gwp_sets_used = [] }) => gwp_sets_used)))
    const total = yield* CarbonFormulas.total(good.map(({ emissions_kg_co2e }) => emissions_kg_co2e))
    return {
      items: results.map((result) =>
        Result.isSuccess(result)
          ? { ok: true as const, value: result.success }
          : { ok: false as const, error: { tag: result.failure._tag, message: result.failure.message } }
      ),
      total_kg_co2e: KilogramsCo2e.make(round(total, 2)),
      gwp_set: set,
      ...(used.length === 0 ? {} : { gwp_sets_used: used }),
      count: good.length
    }
  })
})

const isSet = Schema.is(Warming.GwpSet)

/** One call has one set of warming potentials: an item that names none takes that of the others. */
const onSet = (item: unknown, gwp_set: Warming.GwpSet): unknown =>
  Predicate.isObject(item) && !("gwp_set" in item) ? { ...item, gwp_set } : item

type ItemError = typeof FuelTools.FuelError.Type | InvalidInput

/** The same error, naming fields by their paths in the input of the batch. */
const ofItem = (error: ItemError, item: string): ItemError => {
  const pathOf = (path: string) => path === "" ? item : `${item}.${path}`
  const placed = (issues: InvalidInput["issues"]) => issues.map((issue) => ({ ...issue, path: pathOf(issue.path) }))
  switch (error._tag) {
    case "ValidationError":
      return new ValidationError({ issues: placed(error.issues) })
    case "InvalidInput":
      return new InvalidInput({ agent: error.agent, issues: placed(error.issues) })
    case "DataError": {
      const fields = Object.entries(error.lookedFor).map(([field, value]) => [pathOf(field), value] as const)
      return new DataError({ ...error, lookedFor: Object.fromEntries(fields) })
    }
    case "CalculationError":
      return new CalculationError({ ...error, calculation: `${error.calculation} of ${item}` })
    case "DatabaseError":
      return error
  }
}
