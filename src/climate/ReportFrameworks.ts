/**
 * What each reporting framework asks of the emissions of an inventory, as data with its edition.
 */
import * as Schema from "effect/Schema"

/** @category schemas */
export const Framework = Schema.Literals([
  "GHG_PROTOCOL",
  "ESRS_E1",
  "VSME",
  "IFRS_S2",
  "CDP",
  "GRI_305",
  "ISO14064_1",
  "CUSTOM",
  "TCFD",
  "SASB",
  "SEC"
])
/** @category schemas */
export type Framework = typeof Framework.Type

/** Other names of frameworks. @category reading */
export const aliases: Readonly<Record<string, Framework>> = {
  GRI: "GRI_305",
  ISO14064: "ISO14064_1",
  ISO_14064_1: "ISO14064_1",
  "GHG PROTOCOL": "GHG_PROTOCOL"
}

/**
 * One requirement. It passes where every path of `fields` is in the carbon data, of `a|b` one of them; else it fails where a
 * figure is demanded, and is not assessed where an act is, which no field can show.
 *
 * @category models
 */
export interface Requirement {
  readonly id: string
  readonly requirement: string
  readonly fields: ReadonlyArray<string>
  readonly demands: "figure" | "act"
}

/** @category models */
export interface Rules {
  readonly name: string
  readonly edition: string
  readonly note: string
  /** What the framework asks besides, which this report does not cover. */
  readonly notCovered: string
  readonly requirements: ReadonlyArray<Requirement>
}

const figure = (id: string, requirement: string, ...fields: ReadonlyArray<string>): Requirement => ({
  id,
  requirement,
  fields,
  demands: "figure"
})
const act = (id: string, requirement: string, ...fields: ReadonlyArray<string>): Requirement => ({
  id,
  requirement,
  fields,
  demands: "act"
})

const ifrs: ReadonlyArray<Requirement> = [
  figure("S2-29a-i-1", "Absolute gross scope 1", "by_scope.1"),
  figure("S2-29a-i-2", "Absolute gross scope 2, location-based", "by_scope.2_location"),
  figure("S2-29a-i-3", "Absolute gross scope 3", "by_scope.3"),
  figure("S2-29a-ii", "Measured by the GHG Protocol Corporate Standard (2004)", "methods"),
  act("S2-29a-v", "Contracts that inform the reader about scope 2", "by_scope.2_market"),
  act("S2-33-36", "Climate-related targets", "targets")
]

const legacy = (name: string, note: string): Rules => ({
  name,
  edition: "legacy",
  note,
  notCovered: "governance, strategy, risk management and scenario analysis",
  requirements: ifrs
})

/** @category data */
export const rules: Readonly<Record<Framework, Rules>> = {
  GHG_PROTOCOL: {
    name: "GHG Protocol Corporate Standard",
    edition: "2004, with Scope 2 Guidance 2015; the revision of scope 2 is in consultation (November 2026)",
    note: "Scope 2 is reported by both methods; biogenic CO2 and removals stand apart.",
    notCovered: "the list of excluded sources, the recalculation policy and gases one by one",
    requirements: [
      figure("GHGP-S1", "Scope 1", "by_scope.1"),
      figure("GHGP-S2L", "Scope 2, location-based", "by_scope.2_location"),
      figure("GHGP-S2M", "Scope 2, market-based", "by_scope.2_market"),
      figure("GHGP-BIO", "Biogenic CO2 apart", "biogenic_co2_t"),
      figure("GHGP-REM", "Removals apart", "removals_t"),
      figure("GHGP-BND", "Organisational boundary", "boundary"),
      figure("GHGP-BASE", "Base year", "base_year"),
      figure("GHGP-GWP", "Set of warming potentials", "gwp_set"),
      figure("GHGP-EF", "Sources of emission factors", "factor_editions")
    ]
  },
  ESRS_E1: {
    name: "ESRS E1 Climate change",
    edition: "Delegated Regulation (EU) 2023/2772; a simplified set may number otherwise (November 2026)",
    note: "For undertakings in scope of CSRD after Directive (EU) 2026/470.",
    notCovered: "transition plan, policies, actions, energy mix, carbon pricing and anticipated financial effects",
    requirements: [
      figure("E1-6-44a", "Gross scope 1", "by_scope.1"),
      figure("E1-6-44b", "Gross scope 2, location- and market-based", "by_scope.2_location", "by_scope.2_market"),
      figure("E1-6-44c", "Gross scope 3 by significant category", "by_scope.3", "scope3_categories"),
      figure(
        "E1-6-44d",
        "Total of scopes 1, 2 and 3, location- and market-based",
        "by_scope.1",
        "by_scope.2_location",
        "by_scope.2_market",
        "by_scope.3"
      ),
      figure("E1-6-53", "Intensity by net revenue", "net_revenue_million"),
      figure("E1-6-AR43c", "Biogenic CO2 apart", "biogenic_co2_t"),
      figure("E1-7-56", "Removals apart", "removals_t"),
      act("E1-4-34", "Targets", "targets")
    ]
  },
  VSME: {
    name: "VSME, voluntary standard for small undertakings",
    edition: "EFRAG 2024, Commission Recommendation (EU) 2025/1710",
    note: "Voluntary, for undertakings outside of CSRD.",
    notCovered: "all disclosures other than B3 and C3",
    requirements: [
      figure("VSME-B3-E", "Energy used", "energy_mwh"),
      figure("VSME-B3-1", "Gross scope 1", "by_scope.1"),
      figure("VSME-B3-2", "Scope 2, location-based", "by_scope.2_location"),
      figure("VSME-B3-3", "Intensity by turnover", "net_revenue_million"),
      act("VSME-C3", "Targets", "targets")
    ]
  },
  IFRS_S2: {
    name: "IFRS S2 Climate-related Disclosures",
    edition: "2023",
    note: "Where a jurisdiction adopted it. It took over TCFD.",
    notCovered: "governance, strategy, risk management and scenario analysis",
    requirements: ifrs
  },
  CDP: {
    name: "CDP climate change questionnaire",
    edition: "2026",
    note: "Scored on the answers to the whole questionnaire.",
    notCovered: "governance, risks, opportunities, engagement and every module but emissions",
    requirements: [
      figure("CDP-S1", "Scope 1", "by_scope.1"),
      figure("CDP-S2L", "Scope 2, location-based", "by_scope.2_location"),
      figure("CDP-S2M", "Scope 2, market-based", "by_scope.2_market"),
      figure("CDP-S3", "Scope 3", "by_scope.3"),
      figure("CDP-BASE", "Base year", "base_year"),
      act("CDP-VER", "Verification", "verification"),
      act("CDP-TGT", "Targets", "targets")
    ]
  },
  GRI_305: {
    name: "GRI 305 Emissions",
    edition: "2016; GRI 102 and 103 (2025) replace it for reports from 2027",
    note: "With the management of the topic by GRI 3.",
    notCovered: "ozone-depleting substances (305-6), NOx, SOx and other air emissions (305-7)",
    requirements: [
      figure("GRI-305-1", "Scope 1, with biogenic CO2", "by_scope.1", "biogenic_co2_t"),
      figure("GRI-305-2a", "Scope 2, location-based", "by_scope.2_location"),
      figure("GRI-305-2b", "Scope 2, market-based", "by_scope.2_market"),
      figure("GRI-305-3", "Scope 3", "by_scope.3"),
      figure("GRI-305-4", "Intensity", "carbon_intensity|net_revenue_million"),
      figure("GRI-305-5", "Reductions", "reductions_t")
    ]
  },
  ISO14064_1: {
    name: "ISO 14064-1",
    edition: "2018",
    note: "Categories 1 to 6 instead of scopes.",
    notCovered: "the criteria of significance, gases one by one and the quality management of data",
    requirements: [
      figure("ISO-CAT", "Categories 1 to 6", "iso_categories"),
      figure("ISO-GWP", "Source of warming potentials", "gwp_set"),
      figure("ISO-BIO", "Biogenic CO2 apart", "biogenic_co2_t"),
      figure("ISO-REM", "Removals apart", "removals_t"),
      figure("ISO-UNC", "Uncertainty", "uncertainty_percent"),
      figure("ISO-BASE", "Base year", "base_year"),
      act("ISO-VER", "Verification", "verification")
    ]
  },
  CUSTOM: {
    name: "Custom report",
    edition: "none",
    note: "No framework is applied.",
    notCovered: "whatever a framework would ask for",
    requirements: []
  },
  TCFD: legacy("TCFD (legacy)", "TCFD was disbanded in October 2023: IFRS S2 took over, and is applied here."),
  SASB: legacy("SASB (legacy)", "SASB went into the ISSB: IFRS S2 took over, and is applied here."),
  SEC: legacy("SEC climate rule (not in force)", "The rule of the SEC is not in force: IFRS S2 is applied here.")
}
