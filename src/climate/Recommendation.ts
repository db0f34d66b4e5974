/**
 * Something that can be done about emissions, with the size of its effect in numbers rather than in words.
 */
import * as Schema from "effect/Schema"

/** From `low` to `high`, both included. @category models */
export const Range = Schema.Struct({ low: Schema.Finite, high: Schema.Finite })
/** @category models */
export type Range = typeof Range.Type

/** What should be looked at first. @category models */
export const Priority = Schema.Literals(["critical", "high", "medium", "low"])
/** @category models */
export type Priority = typeof Priority.Type

/**
 * The ranges are typical ones, rules of thumb without a primary source: a first look, not a design.
 *
 * @category models
 */
export const Recommendation = Schema.Struct({
  priority: Priority,
  action: Schema.String,
  /** The fuel or the source of emissions that it is about. */
  source: Schema.optionalKey(Schema.String),
  reduction_percent: Schema.optionalKey(
    Range.annotate({ description: "how much of the source's emissions it typically avoids, percent" })
  ),
  payback_years: Schema.optionalKey(Range.annotate({ description: "when savings have typically paid for it, years" }))
})
/** @category models */
export type Recommendation = typeof Recommendation.Type
