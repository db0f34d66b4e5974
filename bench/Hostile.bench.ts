/**
 * The processor time that a megabyte takes which is made to take long to read, or to be refused: texts, each by its reader, and
 * values, each by every way into an agent. Threads of the process count.
 */
import { test } from "vitest"
import { doors } from "../test/misuse/modules/doors.ts"
import { cpuOf, hostile } from "../test/misuse/modules/hostile.ts"
import { hostileValues } from "../test/misuse/modules/hostileValues.ts"
import { report } from "./ratio.ts"

const target = "at most 200 ms of CPU"
const megabyte = 1_048_576

const isFile = new Set(["YAML", "conditions"])

/** All measurements of the process. */
const measured: Array<{ readonly what: string; readonly millis: number }> = []

const add = (what: string, millis: number) => {
  measured.push({ what, millis })
  return `${millis.toFixed(0)} ms`
}

/** Nothing for what is nested too deep to be written; the texts have it as JSON. */
const jsonOf = (value: unknown): string | undefined => {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

test("hostile texts", async () => {
  for (const { kind, made, what } of hostile) {
    // A longer file is refused before it is read.
    const [size, characters] = isFile.has(kind) ? ["245 KB", 245_000] as const : ["1 MB", megabyte] as const
    report(`${size} of ${kind}`, what, add(`${kind}: ${what}`, await cpuOf(made(characters))), target)
  }
}, 300_000)

test("hostile values by every way into an agent", async () => {
  console.log(`| 1 MB of | ${doors.map(({ door }) => door).join(" | ")} |`)
  for (const { agent, made, what } of hostileValues) {
    const value = made(megabyte)
    const written = jsonOf(value)
    const figures: Array<string> = []
    for (const { door, open } of doors) {
      if (door === "command line" && written === undefined) {
        figures.push("-")
        continue
      }
      const { close, run } = await open(agent)
      const millis = await cpuOf(() => run(door === "command line" ? written : value))
      figures.push(add(`${what}: ${door}`, millis))
      await close()
    }
    console.log(`| ${what} | ${figures.join(" | ")} |`)
  }
}, 1_200_000)

test("the worst", () => {
  for (const { millis, what } of measured.toSorted((a, b) => b.millis - a.millis).slice(0, 10)) {
    report("worst", what, `${millis.toFixed(0)} ms`, target)
  }
})
