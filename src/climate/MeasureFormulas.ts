/**
 * The arithmetic of measures in buildings: what one avoids, saves and costs, and what several avoid together.
 */
import * as Formula from "./physics/Formula.ts"

const convention = "convention of this library (original project rule, secondary)"
type In<Names extends string> = Readonly<Record<Names, number>>

/** Emissions that a measure avoids of its base. @category formulas */
export const avoided = Formula.make({
  id: "measure_avoided",
  expression: "base_kg * percent / 100",
  unit: "kg CO2e/yr",
  source: "mean of the range of the measure, cited",
  valid: "percent 0 to 100",
  compute: ({ base_kg, percent }: In<"base_kg" | "percent">) => base_kg * percent / 100
})

/** Undiscounted return over a horizon. @category formulas */
export const returnOnInvestment = Formula.make({
  id: "return_on_investment",
  expression: "100 * (savings * horizon - cost) / cost",
  unit: "percent",
  source: "definition, undiscounted",
  valid: "cost above 0",
  compute: ({ cost, horizon, savings }: In<"savings" | "horizon" | "cost">) => 100 * (savings * horizon - cost) / cost
})

/** What is left of the worth of savings. @category formulas */
export const worth = Formula.make({
  id: "measure_worth",
  expression: "worth_of_savings - cost",
  unit: "USD",
  source: "Brealey, Myers and Allen, Principles of Corporate Finance",
  valid: "both of the same day",
  compute: ({ cost, worth_of_savings }: In<"worth_of_savings" | "cost">) => worth_of_savings - cost
})

/** What several measures avoid of one base: each works on what the others leave. @category formulas */
export const together = Formula.make({
  id: "measures_together",
  expression: "base_kg * (1 - kept_share), kept_share = product of (1 - share)",
  unit: "kg CO2e/yr",
  source: convention,
  valid: "shares 0 to 1",
  compute: ({ base_kg, kept_share }: In<"base_kg" | "kept_share">) => base_kg * (1 - kept_share)
})

/** The low end of what measures avoid. @category formulas */
export const lowEstimate = Formula.make({
  id: "low_estimate",
  expression: "maximum / 2",
  unit: "kg CO2e/yr",
  source: convention,
  valid: "any",
  compute: ({ maximum }: In<"maximum">) => maximum / 2
})

/** Months of a phase, at least 1. @category formulas */
export const phaseMonths = Formula.make({
  id: "phase_months",
  expression: "max(1, ceil(min(limit, timeline / divisor)))",
  unit: "months",
  source: convention,
  valid: "timeline 1 or more",
  compute: ({ divisor, limit, timeline }: In<"timeline" | "divisor" | "limit">) =>
    Math.max(1, Math.ceil(Math.min(limit, timeline / divisor)))
})
