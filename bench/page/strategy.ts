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

/** As Markdown: a line for each row and way that was measured. */
export const strategyTable = (measured: ReadonlyArray<Way>): ReadonlyArray<string> => [
  "| work | way | wall, ms | to one after another | to the ideal | threads | peak memory, MB | CPU, ms | connections left |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ...Object.entries(rows).flatMap(([row, { ideal }]) =>
    ways.flatMap((way) => {
      const own = measured.filter((one) => one.row === row && one.way === way)
      if (own.length === 0) return []
      const of = (key: "wall" | "cpu" | "memory" | "threads" | "connections") => medianOf(own.map((one) => one[key]))
      const walls = own.map(({ wall }) => wall)
      const sequential = measured.filter((one) => one.row === row && one.way === "sequential").map(({ wall }) => wall)
      const cells = [
        row,
        names[way],
        `${digits(of("wall"))} (${digits(Math.min(...walls))} to ${digits(Math.max(...walls))})`,
        `${(medianOf(sequential) / of("wall")).toFixed(2)}x`,
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
