/**
 * Emissions of many purchases in one call: each answers for itself, and one that fails leaves the others.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Tool from "../agent/Tool.ts"
import * as CarbonFormulas from "./CarbonFormulas.ts"
import * as FuelTools from "./FuelTools.ts"
import { KilogramsCo2e, round } from "./Quantity.ts"
import * as Strict from "./Strict.ts"

/** How many purchases are looked up at the same time. */
const concurrency = 8

const Failure = Schema.Struct({ tag: Schema.String, message: Schema.String })

/**
 * Keeps the order. `total_kg_co2e` is the sum of those that are `ok`, and `count` says how many they are. With
 * `all_or_nothing` the first failure, in that order, fails the call.
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
    count: Schema.Int.annotate({ description: "how many of the items are in the total" })
  }),
  error: Schema.Union([...FuelTools.FuelError.members, InvalidInput]),
  execute: Effect.fnUntraced(function*({ all_or_nothing = false, items }) {
    const results = yield* Effect.forEach(
      items,
      // what an item is, the tool itself says
      (item) => Effect.result(FuelTools.calculateEmissions.call(item as never)),
      { concurrency }
    )
    const good = results.flatMap((result) => Result.isSuccess(result) ? [result.success] : [])
    const failed = results.find(Result.isFailure)
    if (all_or_nothing && failed !== undefined) return yield* failed.failure
    const total = yield* CarbonFormulas.total(good.map(({ emissions_kg_co2e }) => emissions_kg_co2e))
    return {
      items: results.map((result) =>
        Result.isSuccess(result)
          ? { ok: true as const, value: result.success }
          : { ok: false as const, error: { tag: result.failure._tag, message: result.failure.message } }
      ),
      total_kg_co2e: KilogramsCo2e.make(round(total, 2)),
      count: good.length
    }
  })
})
