/**
 * The arithmetic of a roadmap: what is assumed of a technology, how emissions go on by year, and what a pathway scores.
 */
import * as Formula from "./physics/Formula.ts"

const convention = "convention of this library (original project rule, secondary)"
type In<Names extends string> = Readonly<Record<Names, number>>

/** What a technology is assumed to avoid where no agent has answered. @category formulas */
export const assumedReduction = Formula.make({
  id: "assumed_reduction",
  expression: "share * baseline",
  unit: "kg CO2e/yr",
  source: convention,
  valid: "an assumption, not plant data; share 0 to 1",
  compute: ({ baseline, share }: In<"share" | "baseline">) => share * baseline
})

/** What a technology is assumed to save where no agent has answered. @category formulas */
export const assumedSavings = Formula.make({
  id: "assumed_savings",
  expression: "capex / payback_years",
  unit: "USD/yr",
  source: convention,
  valid: "payback_years above 0; the payback of these savings says nothing new",
  compute: ({ capex, payback_years }: In<"capex" | "payback_years">) => capex / payback_years
})

/** Metric tons as kilograms. @category formulas */
export const kilograms = Formula.make({
  id: "tonnes_to_kilograms",
  expression: "1000 * t",
  unit: "kg CO2e/yr",
  source: "SI",
  valid: "any",
  compute: ({ t }: In<"t">) => 1000 * t
})

/** Cost of collectors, installed. @category formulas */
export const collectorCost = Formula.make({
  id: "collector_cost",
  expression: "area_m2 * usd_per_m2",
  unit: "USD",
  source: convention,
  valid: "area above 0",
  compute: ({ area_m2, usd_per_m2 }: In<"area_m2" | "usd_per_m2">) => area_m2 * usd_per_m2
})

/** A share as percent of the baseline. @category formulas */
export const percentOfBaseline = Formula.make({
  id: "percent_of_baseline",
  expression: "100 * share",
  unit: "percent",
  source: "definition; the shares of several technologies multiply",
  valid: "share 0 to 1",
  compute: ({ share }: In<"share">) => 100 * share
})

/** Years of a scenario. @category formulas */
export const scenarioYears = Formula.recorded({
  id: "scenario_years",
  expression: "current_year + t, t = 0 .. target_year - current_year",
  unit: "year",
  source: "definition",
  valid: "target_year after current_year"
})

/** Emissions by year without a measure. @category formulas */
export const businessAsUsual = Formula.recorded({
  id: "business_as_usual",
  expression: "baseline * 1.005^t, each year",
  unit: "kg CO2e/yr",
  source: convention,
  valid: "growth of 0.5 percent a year, an assumption"
})

/** Emissions by year on a pathway. @category formulas */
export const pathway = Formula.recorded({
  id: "pathway_emissions",
  expression: "max(0, baseline * 1.005^t - reduction * min(1, t / years)), each year",
  unit: "kg CO2e/yr",
  source: convention,
  valid: "years 10 for conservative and 7 for aggressive"
})

/** How grave a risk is. @category formulas */
export const riskScore = Formula.make({
  id: "risk_score",
  expression: "probability * impact",
  unit: "points",
  source: "IEC 31010 (2019), risk matrix; the marks of this register are assumptions of this library",
  valid: "1 to 5 each",
  compute: ({ impact, probability }: In<"probability" | "impact">) => probability * impact
})

/** The mean of a register. @category formulas */
export const averageRisk = Formula.make({
  id: "average_risk",
  expression: "(risk_1 + risk_2 + ...) / n",
  unit: "points",
  source: "arithmetic mean",
  valid: "one risk or more",
  compute: (risks: Readonly<Record<string, number>>) =>
    Object.values(risks).reduce((sum, risk) => sum + risk, 0) / Object.values(risks).length
})

const clamp = (value: number) => Math.min(100, Math.max(0, value))

/** Points of a pathway, of 100: money 0.4, carbon 0.3, risk 0.2, strategy 0.1. @category formulas */
export const pathwayScore = Formula.make({
  id: "pathway_score",
  expression: "0.4 * clamp(50 + 50 * npv / capex, 0, 100) + 0.3 * min(100, reduction_percent / 0.8) + " +
    "0.2 * max(0, 100 - average_risk / 0.15) + 0.1 * strategic; capex = 0: 40 for money",
  unit: "points",
  source: convention,
  valid: "reduction_percent and strategic 0 to 100, average_risk 0 to 25",
  compute: ({ average_risk, capex, npv, reduction_percent, strategic }: In<
    "npv" | "capex" | "reduction_percent" | "average_risk" | "strategic"
  >) => {
    const financial = capex === 0 ? 100 : clamp(50 + 50 * npv / capex)
    const carbon = Math.min(100, reduction_percent / 80 * 100)
    const risk = Math.max(0, 100 - average_risk / 15 * 100)
    return 0.4 * financial + 0.3 * carbon + 0.2 * risk + 0.1 * strategic
  }
})
