/**
 * What can go wrong in climate accounting, besides what can go wrong around any agent.
 */
import * as Schema from "effect/Schema"
import { Issue } from "../agent/Issue.ts"
import * as NearestName from "../internal/NearestName.ts"

/**
 * Fields that a schema can read and that still cannot be used together, such as weights without a sum. `issues` lists
 * every field at fault, and what would be right there. A field that its schema cannot read is an `InvalidInput`.
 *
 * @category errors
 */
export class ValidationError extends Schema.TaggedError<ValidationError>()("ValidationError", {
  issues: Schema.Array(Issue)
}) {
  override get message() {
    return this.issues.map(({ expected, message, path }) =>
      `${path || "the input"}: ${message}${expected === undefined ? "" : `; expected ${expected}`}`
    ).join("\n")
  }
}

/**
 * No published number answers the question. `what` names the kind of number, as `emission factor`; `lookedFor` holds what
 * it was looked for by, as `{ fuel_type: "natural_gas", country: "ZZ" }`; `available` lists what could be asked instead, the
 * nearest first, and `more` is how many others there are.
 *
 * @category errors
 */
export class DataError extends Schema.TaggedError<DataError>()("DataError", {
  what: Schema.String,
  lookedFor: Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite])),
  available: Schema.Array(Schema.String),
  more: Schema.optionalKey(Schema.Int)
}) {
  override get message() {
    const key = Object.entries(this.lookedFor).map(([name, value]) => `${name} ${value}`).join(", ")
    const more = this.more === undefined ? "" : ` and ${this.more} more`
    const available = this.available.length === 0 ? "nothing that comes near" : `${this.available.join(", ")}${more}`
    return `there is no ${this.what} for ${key}; ${guess(this.lookedFor, this.available)}available: ${available}`
  }
}

/** Not a code of two or three letters, which is near to every other. */
const shortestName = 4

const guess = (lookedFor: Readonly<Record<string, string | number>>, available: ReadonlyArray<string>): string => {
  for (const value of Object.values(lookedFor)) {
    if (typeof value !== "string" || value.length < shortestName) continue
    const near = NearestName.find(value, available)
    if (near !== undefined && near !== value) return `did you mean ${near}? `
  }
  return ""
}

/**
 * The numbers contradict physics or arithmetic, such as a heat pump whose source is warmer than its sink. `calculation` is
 * the tool or formula, `inputs` are the numbers at fault, `reason` says what would be right.
 *
 * @category errors
 */
export class CalculationError extends Schema.TaggedError<CalculationError>()("CalculationError", {
  calculation: Schema.String,
  reason: Schema.String,
  inputs: Schema.Record(Schema.String, Schema.Finite)
}) {
  override get message() {
    const inputs = Object.entries(this.inputs).map(([name, value]) => `${name} ${value}`).join(", ")
    return `${this.calculation} cannot be computed: ${this.reason}${inputs === "" ? "" : ` (${inputs})`}`
  }
}

/**
 * The language model behind an AI agent cost more than one run of the agent may. The run ended without an answer.
 *
 * @category errors
 */
export class RunBudgetExceeded extends Schema.TaggedError<RunBudgetExceeded>()("RunBudgetExceeded", {
  agent: Schema.String,
  budgetUsd: Schema.Finite,
  usedUsd: Schema.Finite
}) {
  override get message() {
    return `${this.agent} may spend ${this.budgetUsd} US dollars on a run and has used ${this.usedUsd}`
  }
}

/** What every climate agent may declare as its `error`. @category errors */
export const ClimateError = Schema.Union([ValidationError, DataError, CalculationError])
/** @category errors */
export type ClimateError = typeof ClimateError.Type
