/**
 * Reports of a carbon result: totals, trends, charts, compliance, summary and the document.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as CarbonData from "./CarbonData.ts"
import * as CarbonFormulas from "./CarbonFormulas.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as ReportCharts from "./ReportCharts.ts"
import * as ReportDocument from "./ReportDocument.ts"
import * as ReportFrameworks from "./ReportFrameworks.ts"

/** @category tools */
export const fetchEmissionsData = ClimateTool.make("fetch_emissions_data", {
  description: "Totals of a carbon result in metric tons and kilograms, and its number of sources",
  input: Schema.Struct({ carbon_data: CarbonData.CarbonData }),
  output: Schema.Struct({
    total_emissions_tons: Schema.Finite,
    total_emissions_kg: Schema.Finite,
    num_sources: Schema.Int
  }),
  execute: ({ carbon_data }) =>
    Effect.map(CarbonData.totals(carbon_data, "carbon_data"), ({ kilograms, sources, tonnes }) => ({
      total_emissions_tons: tonnes,
      total_emissions_kg: kilograms,
      num_sources: sources.length
    }))
})

/** @category schemas */
export const Trends = Schema.Struct({
  yoy_change_tons: Field.optional(Schema.Finite),
  yoy_change_percentage: Field.optional(Schema.Finite),
  direction: Field.optional(Schema.Literals(["increase", "decrease", "stable"])),
  baseline_change_tons: Field.optional(Schema.Finite),
  baseline_change_percentage: Field.optional(Schema.Finite)
})

const change = Effect.fnUntraced(function*(current: number, earlier: number) {
  const tons = Answer.tonnes(yield* CarbonFormulas.change({ current, earlier }))
  if (earlier === 0) return { tons, percentage: undefined }
  return { tons, percentage: Answer.percent(yield* CarbonFormulas.changePercent({ current, earlier })) }
})

/** @category tools */
export const calculateTrends = ClimateTool.make("calculate_trends", {
  description: "Change against the previous period and the baseline, in metric tons and percent",
  input: Schema.Struct({
    current_emissions_tons: Field.amount("this period, t CO2e"),
    previous_emissions_tons: Field.optional(Field.amount("the period before, t CO2e")),
    baseline_emissions_tons: Field.optional(Field.amount("the base year, t CO2e"))
  }),
  output: Trends,
  execute: Effect.fnUntraced(
    function*({ baseline_emissions_tons, current_emissions_tons: now, previous_emissions_tons }) {
      const before = previous_emissions_tons === undefined ? undefined : yield* change(now, previous_emissions_tons)
      const base = baseline_emissions_tons === undefined ? undefined : yield* change(now, baseline_emissions_tons)
      return {
        ...(before === undefined || previous_emissions_tons === undefined ? {} : {
          yoy_change_tons: before.tons,
          ...(before.percentage === undefined ? {} : { yoy_change_percentage: before.percentage }),
          direction: now > previous_emissions_tons ? "increase" : now < previous_emissions_tons ? "decrease" : "stable"
        } as const),
        ...(base === undefined ? {} : {
          baseline_change_tons: base.tons,
          ...(base.percentage === undefined ? {} : { baseline_change_percentage: base.percentage })
        })
      }
    }
  )
})

/** Points and the drawing of them. @category schemas */
export const Chart = Schema.Struct({
  kind: Schema.Literals(["pie", "bar", "timeseries"]),
  title: Schema.String,
  unit: Schema.String,
  points: Schema.Array(Schema.Struct({ label: Schema.String, value: Schema.Finite })),
  svg: Schema.String
})
/** @category schemas */
export type Chart = typeof Chart.Type

/** Scope 2 by both methods and whatever stands apart, with labels. */
const scopeLabels = [
  ["1", "scope 1"],
  ["2_location", "scope 2 (location)"],
  ["2_market", "scope 2 (market)"],
  ["3", "scope 3"]
] as const

/** @category tools */
export const generateCharts = ClimateTool.make("generate_charts", {
  description: "Charts of sources, scopes and periods as points and SVG",
  input: Schema.Struct({
    carbon_data: CarbonData.CarbonData,
    periods: Field.withDefault(
      Schema.Array(Schema.Struct({ label: Field.name("period"), value: Field.amount("t CO2e") })),
      []
    )
  }),
  output: Schema.Struct({ charts: Schema.Array(Chart) }),
  execute: Effect.fnUntraced(function*({ carbon_data, periods }) {
    const { sources } = yield* CarbonData.totals(carbon_data, "carbon_data")
    const bySource = sources.map(({ source, tonnes }) => ({ label: source, value: tonnes }))
    const byScope = scopeLabels.flatMap(([key, label]) => {
      const value = carbon_data.by_scope?.[key]
      return value === undefined ? [] : [{ label, value }]
    })
    const unit = "t CO2e"
    const charts: ReadonlyArray<Chart> = [
      ...(bySource.length === 0 ? [] : [{
        kind: "pie" as const,
        title: "Emissions by source",
        unit,
        points: bySource,
        svg: ReportCharts.pie("Emissions by source", bySource)
      }]),
      ...(byScope.length === 0 ? [] : [{
        kind: "bar" as const,
        title: "Emissions by scope",
        unit,
        points: byScope,
        svg: ReportCharts.bars("Emissions by scope", unit, byScope)
      }]),
      ...(periods.length === 0 ? [] : [{
        kind: "timeseries" as const,
        title: "Emissions by period",
        unit,
        points: periods,
        svg: ReportCharts.bars("Emissions by period", unit, periods)
      }])
    ]
    return { charts }
  })
})

/** @category schemas */
export const Item = Schema.Struct({
  id: Schema.String,
  requirement: Schema.String,
  status: Schema.Literals(["pass", "fail", "not_assessed", "not_applicable"]),
  evidence: Schema.Array(Schema.String).annotate({ description: "paths in carbon_data" }),
  reason: Field.optional(Schema.String)
})
/** @category schemas */
export type Item = typeof Item.Type

/** A framework, also by an older name. @category schemas */
export const FrameworkName = Schema.NonEmptyString.annotate({
  description: `reporting framework: ${ReportFrameworks.Framework.literals.join(", ")}`
})

/** The framework of a name. Fails with `ValidationError`. @category reading */
export const frameworkOf = (name: string) => {
  const key = name.trim().toUpperCase().replaceAll("-", "_")
  const found = Constant.own(ReportFrameworks.aliases, key) ??
    ReportFrameworks.Framework.literals.find((known) => known === key)
  return found === undefined
    ? Effect.fail(
      ClimateTool.invalid(
        "framework",
        `${name} is not a known framework`,
        ReportFrameworks.Framework.literals.join(", ")
      )
    )
    : Effect.succeed(found)
}

/** Whether something is there at a path such as `by_scope.1`; empty lists and texts are nothing. */
const isThere = (data: CarbonData.CarbonData, path: string): boolean => {
  const [head = "", ...rest] = path.split(".")
  const value = Object.entries(data).find(([key]) => key === head)?.[1]
  const part = rest.length === 0 || typeof value !== "object"
    ? value
    : Object.entries(value).find(([key]) => key === rest.join("."))?.[1]
  if (typeof part === "string") return !CarbonData.isDenial(part)
  return part !== undefined && !(typeof part === "object" && Object.keys(part).length === 0)
}

/** @category tools */
export const checkCompliance = ClimateTool.make("check_compliance", {
  description: "Each requirement of a framework: whether the data shows it, and by which fields",
  input: Schema.Struct({ framework: FrameworkName, carbon_data: CarbonData.CarbonData }),
  output: Schema.Struct({ items: Schema.Array(Item) }),
  execute: ({ carbon_data, framework }) =>
    Effect.zipWith(frameworkOf(framework), Clock.currentTimeMillis, (name, now) => ({
      items: ReportFrameworks.rules[name].requirements.map(({ demands, fields, id, requirement }): Item => {
        const year = new Date(now).getUTCFullYear()
        const invalid = [
          ...new Set(
            fields.flatMap((field) => field.split("|")).flatMap((path) => CarbonData.faults(carbon_data, path, year))
          )
        ]
        if (invalid.length > 0) {
          return { id, requirement, status: "fail", evidence: [], reason: `not valid: ${invalid.join("; ")}` }
        }
        const found = fields.map((field) => field.split("|").filter((path) => isThere(carbon_data, path)))
        const evidence = found.flat()
        const missing = fields.filter((_, at) => found[at]!.length === 0).map((field) => field.replaceAll("|", " or "))
        if (missing.length === 0) return { id, requirement, status: "pass", evidence }
        return demands === "figure"
          ? { id, requirement, status: "fail", evidence, reason: `missing: ${missing.join(", ")}` }
          : { id, requirement, status: "not_assessed", evidence, reason: `not stated: ${missing.join(", ")}` }
      })
    }))
})

/** @category tools */
export const generateExecutiveSummary = ClimateTool.make("generate_executive_summary", {
  description: "One paragraph: total, largest source, trend",
  input: Schema.Struct({
    carbon_data: CarbonData.CarbonData,
    trends: Field.optional(Trends)
  }),
  output: Schema.Struct({ executive_summary: Schema.String }),
  execute: ({ carbon_data, trends }) =>
    Effect.map(CarbonData.totals(carbon_data, "carbon_data"), ({ sources, tonnes }) => {
      const [largest] = sources
      return {
        executive_summary: [
          `Total emissions are ${number(tonnes)} t CO2e${methodOf(carbon_data, tonnes)}.`,
          ...(largest === undefined
            ? []
            : [`The largest source is ${largest.source} with ${number(largest.tonnes)} t.`]),
          ...(trends?.direction === undefined
            ? []
            : [
              trends.direction === "stable"
                ? "They are the same as in the period before."
                : `They are ${number(Math.abs(trends.yoy_change_tons ?? 0))} t ${
                  trends.direction === "increase" ? "higher" : "lower"
                } than in the period before.`
            ])
        ].join(" ")
      }
    })
})

/** Which method of scope 2 the total has, and what the other one gives. */
const methodOf = (data: CarbonData.CarbonData, total: number): string => {
  const { location, market } = CarbonData.totalsByMethod(data)
  const isTotal = (sum: number | undefined) => sum !== undefined && CarbonData.isNear(sum, total)
  if (isTotal(location)) {
    return ` with scope 2 by location${market === undefined ? "" : ` (${number(market)} t by market)`}`
  }
  if (isTotal(market)) {
    return ` with scope 2 by market${location === undefined ? "" : ` (${number(location)} t by location)`}`
  }
  return ""
}

/** A number as a reader sees it, at most 3 decimals. @category text */
export const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 3 })

/** @category schemas */
export const Format = Schema.Literals(["markdown", "text", "json", "html"])

/** @category tools */
export const formatReport = ClimateTool.make("format_report", {
  description: "The report as Markdown, text, JSON or HTML",
  input: Schema.Struct({
    title: Field.name("title"),
    report_format: Field.withDefault(Format, "markdown"),
    sections: Schema.Array(Schema.Struct({
      title: Field.name("title of the section"),
      paragraphs: Schema.Array(Schema.String),
      table: Field.optional(Schema.Struct({
        columns: Schema.Array(Schema.String),
        rows: Schema.Array(Schema.Array(Schema.String))
      })),
      charts: Field.optional(Schema.Array(Schema.Struct({ title: Schema.String, svg: Schema.String })))
    }))
  }),
  output: Schema.Struct({ report: Schema.String, generated_at: Schema.String }),
  execute: ({ report_format, sections, title }) =>
    Effect.map(Clock.currentTimeMillis, (now) => ({
      report: ReportDocument.write({ title, sections }, report_format),
      generated_at: new Date(now).toISOString()
    }))
})

/** The label of each scope. @category text */
export { scopeLabels }
