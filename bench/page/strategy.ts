/**
 * The table of work that waits, one after another and at once.
 */
import { rows, type Way, ways } from "../table/rows.ts"
import { digits } from "./peers.ts"

const medianOf = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

const names = { sequential: "one after another", hand: "by hand", agents: "greenlang" } as const

type Key = "wall" | "cpu" | "memory" | "threads" | "connections"

/** The processes of a row and a way, and the median of what they showed; nothing where there are none. */
const summaryOf = (measured: ReadonlyArray<Way>, row: string, way: Way["way"]) => {
  const own = measured.filter((one) => one.row === row && one.way === way)
  if (own.length === 0) return undefined
  return { own, of: (key: Key) => medianOf(own.map((one) => one[key])) }
}

/** How many times faster than one after another. */
const gainOf = (measured: ReadonlyArray<Way>, row: string, way: Way["way"]): number =>
  summaryOf(measured, row, "sequential")!.of("wall") / summaryOf(measured, row, way)!.of("wall")

/** As Markdown: a line for each row and way that was measured. */
export const strategyTable = (measured: ReadonlyArray<Way>): ReadonlyArray<string> => [
  "| work | way | processes | wall, ms | to one after another | to the ideal | threads | peak memory, MB | CPU, ms | connections left |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ...Object.entries(rows).flatMap(([row, { ideal }]) =>
    ways.flatMap((way) => {
      const summary = summaryOf(measured, row, way)
      if (summary === undefined) return []
      const { of, own } = summary
      const walls = own.map(({ wall }) => wall)
      const cells = [
        row,
        names[way],
        String(own.length),
        `${digits(of("wall"))} (${digits(Math.min(...walls))} to ${digits(Math.max(...walls))})`,
        `${gainOf(measured, row, way).toFixed(2)}x`,
        ideal === undefined ? "-" : `${(of("wall") / ideal).toFixed(2)}x`,
        digits(of("threads")),
        digits(of("memory")),
        digits(of("cpu")),
        String(of("connections"))
      ]
      return [`| ${cells.join(" | ")} |`]
    })
  )
]

const measures = { wall: "time", cpu: "CPU", memory: "memory" } as const

/** A sentence for each figure in which the same work by hand is better by more than a hundredth. */
export const strategyLosses = (measured: ReadonlyArray<Way>): ReadonlyArray<string> =>
  Object.keys(rows).flatMap((row) => {
    const ours = summaryOf(measured, row, "agents")
    const hand = summaryOf(measured, row, "hand")
    if (ours === undefined || hand === undefined) return []
    const worse = (Object.keys(measures) as Array<keyof typeof measures>).flatMap((key) => {
      const times = ours.of(key) / hand.of(key)
      return times > 1.01 ? [`${times.toFixed(2)}x of its ${measures[key]}`] : []
    })
    return worse.length === 0 ? [] : [`${row}, beside the same by hand: ${worse.join(", ")}.`]
  })

/** A sentence for each row that misses its target. */
export const missedTargets = (measured: ReadonlyArray<Way>): ReadonlyArray<string> =>
  Object.entries(rows).flatMap(([row, { calls, ideal, target }]) => {
    const ours = summaryOf(measured, row, "agents")
    if (ours === undefined || ideal === undefined) return []
    const gain = gainOf(measured, row, "agents")
    const over = ours.of("wall") / ideal
    return [
      ...target !== undefined && gain < target
        ? [`${row}: ${gain.toFixed(2)}x of one after another, and the target is ${target}x.`]
        : [],
      ...calls <= 5 && over > 1.05 ? [`${row}: ${over.toFixed(2)}x of the ideal, and the target is 1.05x.`] : []
    ]
  })
