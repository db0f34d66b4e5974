/**
 * Bar charts of the comparison, as SVG that reads in a light and in a dark page.
 */
import type { Figure } from "../peers/systems.ts"
import { scenarios } from "../peers/systems.ts"
import { digits, summariesOf } from "./peers.ts"

/** The scenarios that have a chart. */
export const chartNames = ["300 random steps", "10,000 runs at once", "tool loop, 50 at once"] as const

const width = 640
const left = 150
const right = 90
const bar = 20
const gap = 10
const top = 44

/** One bar a system, the shortest first; the scale is linear and begins at 0. */
export const barChart = (scenario: (typeof chartNames)[number], figures: ReadonlyArray<Figure>): string => {
  const bars = summariesOf(figures, scenario)
    .flatMap(({ median, name, system }) => median === undefined ? [] : [{ median, name, system }])
    .toSorted((a, b) => a.median - b.median)
  const most = Math.max(...bars.map(({ median }) => median))
  const height = top + bars.length * (bar + gap) + gap
  const title = `${scenario}: ${scenarios[scenario]!.figure}`
  const rows = bars.map(({ median, name, system }, at) => {
    const y = top + at * (bar + gap)
    const length = Math.max(1, (width - left - right) * median / most)
    return [
      `<text x="${left - 10}" y="${y + 15}" text-anchor="end">${name}</text>`,
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="3"${
        system === "greenlang" ? ` class="ours"` : ""
      }/>`,
      `<text x="${(left + length + 8).toFixed(1)}" y="${y + 15}">${digits(median)}</text>`
    ].join("")
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    "<style>text{font:13px system-ui,sans-serif;fill:#24292f}rect{fill:#8c959f}.ours{fill:#1a7f37}"
    + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}rect{fill:#6e7681}.ours{fill:#3fb950}}</style>",
    `<text x="10" y="24" font-weight="600">${title}</text>`,
    ...rows,
    "</svg>",
    ""
  ].join("\n")
}
