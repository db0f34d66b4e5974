/**
 * The table of the peers.
 */
import { type Figure, scenarios, type System, systems, systemsOf } from "../peers/systems.ts"

const names: Readonly<Record<System, string>> = {
  plain: "async functions",
  greenlang: "greenlang",
  langgraph: "LangGraph.js",
  mastra: "Mastra",
  "ai-sdk": "Vercel AI SDK",
  "openai-agents": "OpenAI Agents",
  dbos: "DBOS"
}

/** The figures of one system and scenario: median, least and most. Nothing where it did not end within a minute. */
export interface Summary {
  readonly system: System
  readonly name: string
  readonly median: number | undefined
  readonly least: number
  readonly most: number
  readonly processes: number
  readonly beside: Readonly<Record<string, number>>
}

const medianOf = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

/** One summary for each system that has the scenario, in the order of the systems. */
export const summariesOf = (figures: ReadonlyArray<Figure>, scenario: string): ReadonlyArray<Summary> =>
  systemsOf(scenario).flatMap((system): ReadonlyArray<Summary> => {
    const own = figures.filter((figure) => figure.system === system && figure.scenario === scenario)
    if (own.length === 0) return []
    const values = own.flatMap(({ value }) => value ?? [])
    if (values.length < own.length) {
      return [{ system, name: names[system], median: undefined, least: 0, most: 0, processes: own.length, beside: {} }]
    }
    const beside = Object.fromEntries(
      Object.keys(own[0]!.beside).map((key) => [key, medianOf(own.map(({ beside }) => beside[key]!))])
    )
    return [{
      system,
      name: names[system],
      median: medianOf(values),
      least: Math.min(...values),
      most: Math.max(...values),
      processes: own.length,
      beside
    }]
  })

/** Three digits that count. */
export const digits = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3)

/** As Markdown: a row for each scenario of the figures, a column for each of the systems, which are compared with the first. */
export const peersTable = (
  figures: ReadonlyArray<Figure>,
  among: ReadonlyArray<System> = systems
): ReadonlyArray<string> => {
  const rows = Object.entries(scenarios).flatMap(([scenario, { figure }]) => {
    const summaries = systemsOf(scenario) === among ? summariesOf(figures, scenario) : []
    if (summaries.length === 0) return []
    const first = summaries.find(({ system }) => system === among[0])?.median
    const cells = among.map((system) => {
      const summary = summaries.find((one) => one.system === system)
      if (summary === undefined) return "-"
      if (summary.median === undefined) return "over a minute"
      const range = `${digits(summary.median)} (${digits(summary.least)} to ${digits(summary.most)})`
      const compared = system === among[0] || first === undefined || scenario === "start"
        ? range
        : `${range}, ${digits(summary.median / first)}x`
      const beside = Object.entries(summary.beside).map(([what, value]) => `; ${digits(value)} ${what}`).join("")
      return compared + beside
    })
    const processes = Math.max(...summaries.map(({ processes }) => processes))
    return [`| ${scenario}, ${figure} | ${processes} | ${cells.join(" | ")} |`]
  })
  return rows.length === 0 ? [] : [
    `| | processes | ${among.map((system) => names[system]).join(" | ")} |`,
    `| --- | --- |${among.map(() => " --- |").join("")}`,
    ...rows
  ]
}

/** A sentence for each system that has the better figure, async functions among them. */
export const lossesOf = (figures: ReadonlyArray<Figure>): ReadonlyArray<string> =>
  Object.keys(scenarios).flatMap((scenario) => {
    const summaries = summariesOf(figures, scenario)
    const ours = summaries.find(({ system }) => system === "greenlang")?.median
    if (ours === undefined) return []
    return summaries.flatMap(({ median, name }) =>
      median !== undefined && median < ours ? [`${scenario}: ours is ${digits(ours / median)}x of ${name}.`] : []
    )
  })
