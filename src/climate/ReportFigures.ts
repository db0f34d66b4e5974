/**
 * The tables of a report: each figure with where it is in the data, the trend, and the citations.
 */
import * as CarbonData from "./CarbonData.ts"
import type { Table } from "./ReportDocument.ts"
import * as Tools from "./ReportTools.ts"

/** What a figure of scope 2, of biogenic CO2 or of removals says where the data has none. */
const notStated = "not stated"

/** A figure, its unit, where it is in the data, and whether emission factors are behind it. */
type Row = readonly [name: string, value: number | undefined, unit: string, path: string, byFactor: boolean]

/** Scope 2 by both methods, biogenic CO2 and removals have a row always: what is not stated is said. */
const isDemanded = (path: string) => /^(by_scope\.[12]|biogenic_co2_t|removals_t)/.test(path)

const named = (of: Readonly<Record<string, number>> | undefined, name: string, unit: string, path: string) =>
  Object.entries(of ?? {}).map(([key, value]): Row => [`${name} ${key}`, value, unit, `${path}.${key}`, true])

/** Each number that the report states, where it is in the data and where it comes from. @category tables */
export const figures = (data: CarbonData.CarbonData, total: number): Table => {
  const { location, market } = CarbonData.totalsByMethod(data)
  const scope3 = data.by_scope?.["3"] === undefined ? "" : " + by_scope.3"
  const revenue = data.net_revenue_million
  const intensity = (name: string, of: number | undefined, path: string): Row => [
    `intensity by net revenue${name}`,
    revenue === undefined || of === undefined ? undefined : of / revenue,
    "t CO2e/million",
    `${path} / net_revenue_million`,
    true
  ]
  const rows: ReadonlyArray<Row> = [
    ["total", total, "t CO2e", data.total_co2e_tons === undefined ? "total_co2e_kg" : "total_co2e_tons", true],
    ["total, scope 2 by location", location, "t CO2e", `by_scope.1 + by_scope.2_location${scope3}`, true],
    ["total, scope 2 by market", market, "t CO2e", `by_scope.1 + by_scope.2_market${scope3}`, true],
    ...Tools.scopeLabels.map(([key, label]): Row => [label, data.by_scope?.[key], "t CO2e", `by_scope.${key}`, true]),
    ["biogenic CO2 (apart)", data.biogenic_co2_t, "t CO2", "biogenic_co2_t", true],
    ["removals (apart, not netted)", data.removals_t, "t CO2e", "removals_t", false],
    ["reductions", data.reductions_t, "t CO2e", "reductions_t", false],
    ["energy used", data.energy_mwh, "MWh", "energy_mwh", false],
    ...(location === undefined && market === undefined
      ? [intensity("", total, "total")]
      : [
        intensity(", scope 2 by location", location, "total, scope 2 by location"),
        intensity(", scope 2 by market", market, "total, scope 2 by market")
      ]),
    ["uncertainty", data.uncertainty_percent, "percent", "uncertainty_percent", false],
    ...named(data.scope3_categories, "scope 3:", "t CO2e", "scope3_categories"),
    ...named(data.iso_categories, "ISO category", "t CO2e", "iso_categories"),
    ...named(data.carbon_intensity, "intensity", "kg CO2e", "carbon_intensity")
  ]
  const edition = data.factor_editions?.join(", ") ?? "edition not stated"
  return {
    columns: ["figure", "value", "unit", "where it is in the data", "editions of the factors of the data"],
    rows: rows.flatMap(([name, value, unit, path, byFactor]) =>
      value !== undefined
        ? [[name, Tools.number(value), unit, path, byFactor ? edition : "no emission factor"]]
        : isDemanded(path) && !path.includes(" ")
        ? [[name, notStated, unit, path, ""]]
        : []
    )
  }
}

/** The periods that are compared, and the changes between them. @category tables */
export const trend = (
  { baseline_change_percentage, baseline_change_tons, yoy_change_percentage, yoy_change_tons }:
    typeof Tools.Trends.Type,
  now: number,
  before: number | undefined,
  base: number | undefined
): Table => {
  const rows: ReadonlyArray<readonly [name: string, value: number | undefined, unit: string]> = [
    ["this period", now, "t CO2e"],
    ["the period before", before, "t CO2e"],
    ["change against the period before", yoy_change_tons, "t CO2e"],
    ["change against the period before", yoy_change_percentage, "percent"],
    ["the base year", base, "t CO2e"],
    ["change against the base year", baseline_change_tons, "t CO2e"],
    ["change against the base year", baseline_change_percentage, "percent"]
  ]
  return {
    columns: ["figure", "value", "unit"],
    rows: rows.flatMap(([name, value, unit]) => value === undefined ? [] : [[name, Tools.number(value), unit]])
  }
}

/** What the numbers rest on: factors with their edition, calculations with their formula and what went in. @category tables */
export const citations = (data: CarbonData.CarbonData): Table => ({
  columns: ["number", "value", "unit", "source", "year", "edition, or formula and its inputs"],
  rows: (data.citations ?? []).map((citation) =>
    citation.kind === "factor"
      ? [
        [citation.name, citation.region].filter((part) => part !== undefined).join(", "),
        String(citation.value),
        citation.unit,
        citation.source,
        String(citation.year ?? ""),
        [citation.version, citation.gwpSet].filter((part) => part !== undefined).join(", ")
      ]
      : [
        citation.step.replaceAll("_", " "),
        citation.outputs === undefined
          ? String(citation.output)
          : `${citation.output}, the last of ${citation.outputs.length}`,
        citation.unit,
        "calculation",
        "",
        `${citation.formula}; ${
          Object.entries(citation.inputs).map(([name, value]) => `${name} = ${value}`).join(", ")
        }`
      ]
  )
})
