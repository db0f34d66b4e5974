/**
 * A report of a carbon result for a framework, explained by a model.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "../agent/Agent.ts"
import * as AiTwin from "./AiTwin.ts"
import * as CarbonData from "./CarbonData.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Field from "./Field.ts"
import { Recommendation } from "./Recommendation.ts"
import type * as ReportDocument from "./ReportDocument.ts"
import * as ReportFigures from "./ReportFigures.ts"
import * as ReportFrameworks from "./ReportFrameworks.ts"
import * as Tools from "./ReportTools.ts"
import * as Strict from "./Strict.ts"
import type { ToolCall } from "./ToolCall.ts"
import * as Vintage from "./Vintage.ts"

const Total = Schema.Struct({
  total_co2e_tons: Field.optional(Field.amount("t CO2e")),
  total_co2e_kg: Field.optional(Field.amount("kg CO2e"))
})

/** @category schemas */
export const ReportInput = Schema.Struct({
  carbon_data: CarbonData.CarbonData,
  framework: Field.withDefault(Tools.FrameworkName, "GHG_PROTOCOL"),
  report_format: Field.withDefault(Tools.Format, "markdown"),
  building_info: Field.optional(Schema.Struct({
    type: Field.optional(Field.name("type of building")),
    area: Field.optional(Field.positive("floor area")),
    area_unit: Field.withDefault(Schema.Literals(["sqft", "sqm"]), "sqft"),
    occupancy: Field.optional(Field.amount("number of persons"))
  })),
  period: Field.optional(Schema.Struct({
    start_date: Vintage.date("first"),
    end_date: Field.optional(Vintage.date("last")),
    duration: Field.optional(Field.positive("length of the period")),
    duration_unit: Field.optional(Schema.Literals(["days", "months", "years"]))
  })),
  previous_period_data: Field.optional(Total),
  baseline_data: Field.optional(Total),
  report_level: Field.withDefault(Schema.Literals(["summary", "full"]), "full")
})
/** @category schemas */
export type ReportInput = typeof ReportInput.Type

/** @category schemas */
export const ReportOutput = Schema.Struct({
  report: Schema.String,
  format: Tools.Format,
  framework: ReportFrameworks.Framework,
  framework_metadata: Schema.Struct({ name: Schema.String, edition: Schema.String, note: Schema.String }),
  total_emissions_tons: Schema.Finite,
  trends: Tools.Trends,
  charts: Schema.Array(Tools.Chart),
  compliance: Schema.Array(Tools.Item),
  not_covered: Schema.Array(Schema.String),
  executive_summary: Schema.String,
  generated_at: Schema.String,
  recommendations: Schema.Array(Recommendation)
})
/** @category schemas */
export type ReportOutput = typeof ReportOutput.Type

const tonnesOf = (of: typeof Total.Type | undefined, path: string) =>
  of === undefined ? Effect.undefined : Effect.map(CarbonData.totals(of, path), ({ tonnes }) => tonnes)

/** What the figures rest on, one sentence each: what is not stated is said. */
const basis = ({ building_info: building, carbon_data: data, period }: ReportInput): ReadonlyArray<string> => [
  ...(period === undefined ? [] : [`Period: ${periodOf(period)}.`]),
  ...(building === undefined ? [] : [`Building: ${
    [
      building.type,
      building.area === undefined ? undefined : `${Tools.number(building.area)} ${building.area_unit}`,
      building.occupancy === undefined ? undefined : `${Tools.number(building.occupancy)} persons`
    ].filter((part) => part !== undefined).join(", ")
  }.`]),
  `Warming potentials: ${data.gwp_set ?? "not stated"}. Boundary: ${data.boundary ?? "not stated"}. ` +
  `Base year: ${data.base_year ?? "not stated"}. Method: ${data.methods ?? "not stated"}. ` +
  `Verification: ${data.verification ?? "not stated"}. Targets: ${data.targets?.join("; ") ?? "not stated"}.`,
  `Editions of emission factors: ${data.factor_editions?.join(", ") ?? "not stated"}.`
]

const periodOf = ({ duration, duration_unit, end_date, start_date }: Exclude<ReportInput["period"], undefined>) =>
  end_date !== undefined
    ? `${start_date} to ${end_date}`
    : duration === undefined
    ? `from ${start_date}, the end is not stated`
    : `from ${start_date}, ${duration} ${duration_unit ?? "months"}`

/** What does not add up, for the reader to ask about. */
const disagreements = (data: CarbonData.CarbonData, total: number): ReadonlyArray<string> => {
  const { location, market } = CarbonData.totalsByMethod(data)
  const sums = [location, market].filter((sum) => sum !== undefined)
  if (sums.length === 0 || sums.some((sum) => CarbonData.isNear(sum, total))) return []
  const parts = [
    ...(location === undefined ? [] : [`${Tools.number(location)} t by location`]),
    ...(market === undefined ? [] : [`${Tools.number(market)} t by market`])
  ]
  return [`The total of ${Tools.number(total)} t is not the sum of the scopes: ${parts.join(", ")}.`]
}

/** What no figure stands for, whatever the framework asks. */
const leftOut = ({ biogenic_co2_t, by_scope, removals_t }: CarbonData.CarbonData): ReadonlyArray<string> => {
  const missing = [
    ...Tools.scopeLabels.flatMap(([key, label]) => by_scope?.[key] === undefined ? [label] : []),
    ...(biogenic_co2_t === undefined ? ["biogenic CO2"] : []),
    ...(removals_t === undefined ? ["removals"] : [])
  ]
  return missing.length === 0 ? [] : [`The data has no figure for: ${missing.join(", ")}.`]
}

/** A period does not end before it begins. Fails with `ValidationError`. */
const validate = (input: ReportInput) => {
  const { end_date, start_date } = input.period ?? {}
  return start_date !== undefined && end_date !== undefined && end_date < start_date
    ? Effect.fail(ClimateTool.invalid("period.end_date", "is before start_date", `${start_date} or later`))
    : Effect.succeed(input)
}

const compute = Effect.fnUntraced(function*(input: ReportInput, call: ToolCall) {
  const { carbon_data, report_format } = input
  const framework = yield* Tools.frameworkOf(input.framework)
  const rules = ReportFrameworks.rules[framework]
  const totals = yield* call(Tools.fetchEmissionsData, { carbon_data })
  const now = totals.total_emissions_tons
  const before = yield* tonnesOf(input.previous_period_data, "previous_period_data")
  const base = yield* tonnesOf(input.baseline_data, "baseline_data")
  const trends = yield* call(Tools.calculateTrends, {
    current_emissions_tons: now,
    ...(before === undefined ? {} : { previous_emissions_tons: before }),
    ...(base === undefined ? {} : { baseline_emissions_tons: base })
  })
  const { charts } = yield* Tools.generateCharts.call({
    carbon_data,
    periods: [
      ...(base === undefined ? [] : [{ label: "baseline", value: base }]),
      ...(before === undefined ? [] : [{ label: "previous", value: before }]),
      ...(base === undefined && before === undefined ? [] : [{ label: "current", value: now }])
    ]
  })
  const { items } = yield* call(Tools.checkCompliance, { framework, carbon_data })
  const { executive_summary } = yield* call(Tools.generateExecutiveSummary, { carbon_data, trends })
  const open = items.filter(({ status }) => status !== "pass")
  const not_covered = [
    `This report covers emission figures only. ${rules.name} also asks for: ${rules.notCovered}.`,
    ...disagreements(carbon_data, now),
    ...leftOut(carbon_data),
    ...open.map(({ id, reason, requirement }) => `${id} ${requirement}: ${reason ?? "open"}`),
    ...(carbon_data.citations === undefined
      ? ["The data came without citations: its factors cannot be traced here."]
      : []),
    ...(carbon_data.gwp_set === undefined ? ["The data does not name its set of warming potentials."] : [])
  ]
  const full = input.report_level === "full"
  const sections: ReadonlyArray<ReportDocument.Section> = [
    { title: "Summary", paragraphs: [executive_summary] },
    {
      title: "Basis",
      paragraphs: [
        `${rules.name}, ${rules.edition}. ${rules.note}`,
        ...basis(input)
      ]
    },
    {
      title: "Figures",
      paragraphs: [],
      table: ReportFigures.figures(carbon_data, now),
      charts: charts.map(({ svg, title }) => ({ title, svg }))
    },
    ...(full
      ? [
        {
          title: "Sources",
          paragraphs: [],
          table: {
            columns: ["source", "t CO2e"],
            rows: (yield* CarbonData.totals(carbon_data, "carbon_data")).sources.map(({ source, tonnes }) => [
              source,
              Tools.number(tonnes)
            ])
          }
        },
        {
          title: "Trend",
          paragraphs: Object.keys(trends).length === 0 ? ["No earlier period is given."] : [],
          table: ReportFigures.trend(trends, now, before, base)
        },
        {
          title: "Requirements",
          paragraphs: [],
          table: {
            columns: ["id", "requirement", "status", "fields that show it", "reason"],
            rows: items.map(({ evidence, id, reason, requirement, status }) => [
              id,
              requirement,
              status.replaceAll("_", " "),
              evidence.join(", "),
              reason ?? ""
            ])
          }
        }
      ]
      : []),
    { title: "Not covered", paragraphs: not_covered },
    {
      title: "Citations",
      paragraphs: carbon_data.citations === undefined ? ["None came with the data."] : [],
      table: ReportFigures.citations(carbon_data)
    }
  ]
  const { generated_at, report } = yield* Tools.formatReport.call({
    title: `Greenhouse gas report: ${rules.name}`,
    report_format,
    sections
  })
  const output: ReportOutput = {
    report,
    format: report_format,
    framework,
    framework_metadata: { name: rules.name, edition: rules.edition, note: rules.note },
    total_emissions_tons: now,
    trends,
    charts,
    compliance: items,
    not_covered,
    executive_summary,
    generated_at,
    recommendations: open.filter(({ status }) => status === "fail").slice(0, 3).map(({ id, reason, requirement }) => ({
      priority: "high" as const,
      action: `Report ${requirement} (${id}): ${reason ?? "open"}`
    }))
  }
  return output
})

/** Tools whose answers are drawings and text: the model is not shown them. */
const writing = [Tools.generateCharts.name, Tools.formatReport.name]

/**
 * Needs a language model, which adds a narrative and no number. `generated_at` is by the run's clock. A run may cost 1.00
 * US dollar.
 *
 * @category agents
 */
export const ReportAgentAI = Agent.make("ReportAgentAI", {
  version: "1.0.0",
  description: "Report of a carbon result for a framework, with charts, compliance and what it does not cover",
  input: Strict.make(ReportInput),
  output: Schema.Struct({ ...ReportOutput.fields, ...AiTwin.fields, ai_narrative: Field.optional(Schema.String) }),
  error: Schema.Union([...ClimateTool.ToolError.members, ...AiTwin.TwinError.members]),
  tools: [
    Tools.fetchEmissionsData,
    Tools.calculateTrends,
    Tools.generateCharts,
    Tools.checkCompliance,
    Tools.generateExecutiveSummary,
    Tools.formatReport
  ],
  validate,
  execute: (input) =>
    AiTwin.run({
      agent: "ReportAgentAI",
      purpose: "You write the narrative of a greenhouse gas report.",
      input: { framework: input.framework, report_format: input.report_format },
      output: ReportOutput,
      budgetUsd: 1,
      compute: (call) => compute(input, call)
    }).pipe(Effect.map(({ provenance, ...answer }) => ({
      ...answer,
      ...(answer.explanation === undefined ? {} : { ai_narrative: answer.explanation }),
      provenance: { ...provenance, toolsUsed: [...provenance.toolsUsed, ...writing] }
    })))
})
