/**
 * What could go wrong with a plan, which rules apply to its owner, and which pathway is best.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Country from "./Country.ts"
import * as Field from "./Field.ts"
import * as Formulas from "./RoadmapFormulas.ts"
import * as Subregion from "./Subregion.ts"

/** Probability and impact, 1 to 5 each. @category schemas */
export const Risk = Schema.Struct({
  risk: Schema.String,
  probability: Schema.Int,
  impact: Schema.Int,
  score: Schema.Int,
  level: Schema.Literals(["high", "medium", "low"])
})

const register: ReadonlyArray<readonly [risk: string, probability: number, impact: number]> = [
  ["integration with the plant", 3, 3],
  ["degradation of performance", 2, 3],
  ["change of fuel prices", 3, 4],
  ["overrun of cost", 4, 3],
  ["disruption of production", 3, 5],
  ["loss of incentives", 2, 4]
]

/** @category tools */
export const assessImplementationRisks = ClimateTool.make("assess_implementation_risks", {
  description: "Register of six risks by probability and impact; incentives count only where there are some",
  input: Schema.Struct({ incentives_usd: Field.withDefault(Field.amount("incentives, USD"), 0) }),
  output: Schema.Struct({ risks: Schema.Array(Risk), average_score: Schema.Finite }),
  execute: Effect.fnUntraced(function*({ incentives_usd }) {
    const risks = yield* Effect.forEach(
      register.filter(([risk]) => incentives_usd > 0 || risk !== "loss of incentives"),
      Effect.fnUntraced(function*([risk, probability, impact]) {
        const score = yield* Formulas.riskScore({ probability, impact })
        return {
          risk,
          probability,
          impact,
          score,
          level: score >= 12 ? "high" : score >= 6 ? "medium" : "low"
        } as const
      })
    )
    const average = yield* Formulas.averageRisk(
      Object.fromEntries(risks.map(({ score }, at) => [`risk_${at + 1}`, score]))
    )
    return { risks, average_score: Answer.figure(average) }
  })
})

/** @category schemas */
export const Rule = Schema.Struct({
  rule: Schema.String,
  applies: Schema.Literals(["yes", "no", "unknown"]),
  why: Schema.String,
  as_of: Schema.String
})
/** @category schemas */
export type Rule = typeof Rule.Type

const asOf = "2026-11"

/** @category schemas */
export const companyFields = {
  export_markets: Field.withDefault(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "countries of export by code or English name, or EU"
    }),
    []
  ),
  legal_entities: Field.withDefault(
    Schema.Array(Schema.NonEmptyString).annotate({
      description: "jurisdictions of the entities: countries by code or English name, EU, a state of the US"
    }),
    []
  ),
  employees: Field.optional(Field.amount("number of employees")),
  net_turnover: Field.optional(
    Field.number("net turnover, millions of euros or dollars", { min: 0, max: 10_000_000 })
  )
}

const includes = (names: ReadonlyArray<string>, pattern: RegExp) => names.some((name) => pattern.test(name.trim()))

/** What is named, as the code of its country; a state of the US is the US. `undefined` is a name that is not known. */
const countryOf = (name: string): string | undefined => {
  const code = Country.code(name)
  if (Country.isKnown(code)) return code
  return Subregion.isPartOf("US", name) ? "US" : undefined
}

/** Regions that are of the European Union and have a code of their own. */
const outermost = new Set(["AX", "GF", "GP", "MF", "MQ", "RE", "YT"])

const isEuropean = (code: string) => code === "EU" || Country.euMembers.has(code) || outermost.has(code)

type Applies = Rule["applies"]

/** Whether one of the places is meant: `unknown` where none is and a name is not known, or is the world. */
const among = (places: ReadonlyArray<string>, isMeant: (code: string) => boolean): Applies => {
  const codes = places.map(countryOf)
  if (codes.some((code) => code !== undefined && isMeant(code))) return "yes"
  return codes.some((code) => code === undefined || code === "WORLD") ? "unknown" : "no"
}

/** @category tools */
export const analyzeComplianceRequirements = ClimateTool.make("analyze_compliance_requirements", {
  description: "Which climate rules of November 2026 apply to a company, and why; unknown where a figure is missing",
  input: Schema.Struct(companyFields),
  output: Schema.Struct({ rules: Schema.Array(Rule), compliance_gaps: Schema.Array(Schema.String) }),
  execute: ({ employees, export_markets, legal_entities, net_turnover }) => {
    const unnamed = legal_entities.length === 0
    const inEurope = unnamed ? "unknown" : among(legal_entities, isEuropean)
    const inCalifornia = includes(legal_entities, /^(California|US-CA|State of California)$/i)
    // Georgia is a country and a state
    const isTwofold = legal_entities.some((name) => name.trim().length > 2 && Subregion.isPartOf("US", name))
    const inUs = unnamed || isTwofold ? "unknown" : among(legal_entities, (code) => code === "US")
    const inUk = unnamed ? "unknown" : among(legal_entities, (code) => code === "UK")
    const both = (least: number, turnover: number): Rule["applies"] =>
      employees === undefined || net_turnover === undefined
        ? "unknown"
        : employees > least && net_turnover > turnover
        ? "yes"
        : "no"
    const above = (turnover: number): Rule["applies"] =>
      net_turnover === undefined ? "unknown" : net_turnover > turnover ? "yes" : "no"
    const csrd = inEurope === "yes" ? both(1000, 450) : inEurope
    const california = inCalifornia ? above(1000) : inUs === "no" ? "no" : "unknown"
    const exportsToEurope = export_markets.length === 0 ? "unknown" : among(export_markets, isEuropean)
    const unknown = (names: ReadonlyArray<string>) => names.filter((name) => countryOf(name) === undefined)
    const strange = unknown(export_markets)
    const strangers = unknown(legal_entities)
    const entities = (place: string, threshold: string) =>
      unnamed
        ? `legal_entities names no place; ${threshold}`
        : strangers.length > 0
        ? `${strangers.join(", ")} is not a known country: give the country, or its ISO 3166 code; ${threshold}`
        : `${place}; ${threshold}`
    const inPlace = (applies: Applies, place: string) =>
      applies === "yes" ? `an entity is in ${place}` : `no entity in ${place} is named`
    const asGiven = "the turnover is compared as it is given, whatever its currency"
    const rules: ReadonlyArray<Rule> = [
      {
        rule: "EU CBAM, Regulation (EU) 2023/956, amended by 2025/2083",
        applies: exportsToEurope === "no" ? "no" : "unknown",
        why: exportsToEurope === "unknown"
          ? export_markets.length === 0
            ? "export_markets names no country: name them, or one country where nothing is exported to the EU"
            : strange.length > 0
            ? `${strange.join(", ")} is not a known country: give the country, or its ISO 3166 code`
            : "the world includes the EU: name the countries"
          : exportsToEurope === "yes"
          ? "exports to the EU: applies to covered goods above 50 t a year at the importer; definitive since 2026-01-01, certificates from February 2027"
          : "no export to the EU is named",
        as_of: asOf
      },
      {
        rule: "CSRD after Directive (EU) 2026/470",
        applies: csrd,
        why: entities(
          inPlace(inEurope, "the EU"),
          "more than 1000 employees and more than 450 M EUR net turnover, in force 2026-03-18; below it VSME is "
            + `voluntary; ${asGiven}`
        ),
        as_of: asOf
      },
      {
        rule: "California SB 253",
        applies: california,
        why: entities(
          inPlace(inCalifornia ? "yes" : inUs === "no" ? "no" : "unknown", "California"),
          "revenue above 1 bn USD and doing business in California: scopes 1 and 2 first due 2026-08-10, scope 3 from "
            + `2027; ${asGiven}`
        ),
        as_of: asOf
      },
      {
        rule: "California SB 261",
        applies: "no",
        why: "enjoined, not enforced (above 500 M USD revenue)",
        as_of: asOf
      },
      { rule: "US SEC climate rule", applies: "no", why: "not in force", as_of: asOf },
      {
        rule: "US EPA GHGRP",
        applies: inUs === "no" ? "no" : "unknown",
        why:
          "EPA proposed in September 2025 to end reporting for most sources; depends on the emissions of the facility",
        as_of: asOf
      },
      {
        rule: "UK SECR",
        applies: inUk === "no" ? "no" : "unknown",
        why: entities(
          inPlace(inUk === "yes" ? "yes" : "no", "the United Kingdom"),
          "large UK companies: two of turnover, balance sheet and employees"
        ),
        as_of: asOf
      },
      { rule: "IFRS S2", applies: "unknown", why: "where a jurisdiction adopted it", as_of: asOf }
    ]
    return Effect.succeed({
      rules,
      compliance_gaps: rules.filter(({ applies }) => applies !== "no").map(({ applies, rule }) =>
        applies === "yes" ? `${rule} applies` : `${rule}: to be clarified`
      )
    })
  }
})

/** @category tools */
export const optimizePathwaySelection = ClimateTool.make("optimize_pathway_selection", {
  description: "Pathways scored by money, carbon, risk and strategy, of 100 points",
  input: Schema.Struct({
    pathways: Schema.NonEmptyArray(Schema.Struct({
      name: Field.name("name of the pathway"),
      npv_usd: Field.number("net present value, USD"),
      capex_usd: Field.amount("investment, USD"),
      reduction_percent: Field.number("reduction, percent of the baseline", { min: 0, max: 100 }),
      average_risk: Field.number("mean risk, 1 to 25", { min: 0, max: 25 }),
      strategic: Field.withDefault(Field.number("strategic fit, 0 to 100", { min: 0, max: 100 }), 50)
    }))
  }),
  output: Schema.Struct({ scores: Schema.Record(Schema.String, Schema.Finite), recommended_pathway: Schema.String }),
  execute: Effect.fnUntraced(function*({ pathways }) {
    const scored = yield* Effect.forEach(
      pathways,
      ({ average_risk, capex_usd: capex, name, npv_usd: npv, reduction_percent, strategic }) =>
        Effect.map(
          Formulas.pathwayScore({ npv, capex, reduction_percent, average_risk, strategic }),
          (score) => ({ name, score: Answer.figure(score) })
        )
    )
    const ranked = scored.toSorted((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    return {
      scores: Object.fromEntries(ranked.map(({ name, score }) => [name, score])),
      recommended_pathway: ranked[0]!.name
    }
  })
})
