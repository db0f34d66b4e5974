/**
 * A tool loop of two turns and one call of a tool, beside the same by plain `fetch` and by the Vercel AI SDK, against one
 * server in a process of its own that answers at once: alone, and 50 at a time.
 *
 * The three take turns, so that whatever else the machine does hits them alike. Leaves out what a model needs for its
 * answer, which is a thousand times as long.
 */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { test } from "vitest"
import { report } from "./ratio.ts"

const millis = (value: number) => `${value.toPrecision(3)} ms`

test("tool loop", async () => {
  const program = join(import.meta.dirname, "programs/toolLoops.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program])
  const medians: Record<string, Record<"ours" | "plain" | "theirs", number>> = JSON.parse(stdout)
  for (const [what, { ours, plain, theirs }] of Object.entries(medians)) {
    report(
      `tool loop, ${what}: added to fetch by each of its two calls`,
      `greenlang ${millis(ours)}, fetch ${millis(plain)}`,
      millis((ours - plain) / 2),
      "at most 0.3 ms"
    )
    report(
      `tool loop, ${what}`,
      `greenlang ${millis(ours)}, AI SDK ${millis(theirs)}`,
      `${(ours / theirs).toFixed(2)}x`,
      "below 1x"
    )
  }
}, 300_000)

test("calls that are listened to", async () => {
  const program = join(import.meta.dirname, "programs/heardLoops.ts")
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@greenlang/source", program])
  const { byHand, listened, ours, ratio, silent }: Record<
    "byHand" | "ours" | "ratio" | "silent" | "listened",
    number
  > = JSON.parse(stdout)
  report(
    "events of a call of a model, in memory",
    `with a listener ${millis(listened)}, without ${millis(silent)}`,
    millis(listened - silent),
    "at most 0.05 ms"
  )
  report(
    "a streamed call of twenty words with a listener",
    `greenlang ${millis(ours)}, streaming fetch ${millis(byHand)}`,
    `${ratio.toFixed(2)}x`,
    "at most 1.2x"
  )
}, 300_000)

test("a call of a model", async () => {
  const program = join(import.meta.dirname, "programs/modelCalls.ts")
  const run = (...given: ReadonlyArray<string>) =>
    promisify(execFile)(process.execPath, [program, ...given]).then(({ stdout }) => JSON.parse(stdout))
  const { micros, ratios }: Record<"micros" | "ratios", Record<string, number>> = await run()
  const targets: Readonly<Record<string, string>> = {
    "Llm.withTools, undici.request": "at most 1.6x",
    "Llm.withTools, fetch": "at most 0.6x",
    "Llm.generate, undici.request": "at most 1.1x"
  }
  for (const [what, ratio] of Object.entries(ratios)) {
    const [ours = "", theirs = ""] = what.split(/, (.*)/s)
    report(
      `a call of a model, 50 at once, CPU: ${ours} beside ${theirs}`,
      `${micros[ours]!.toFixed(0)} us, ${micros[theirs]!.toFixed(0)} us`,
      `${ratio.toFixed(2)}x`,
      targets[what] ?? "beside"
    )
  }
  type First = Readonly<Record<"whole" | "behind", number>>
  const first: Array<Readonly<Record<"undici" | "fetch" | "ours", First>>> = []
  for (let round = 0; round < 5; round++) {
    first.push({ undici: await run("undici"), fetch: await run("fetch"), ours: await run("greenlang") })
  }
  const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!
  for (const [what, from] of [["loading included", "whole"], ["from behind the imports on", "behind"]] as const) {
    for (const other of ["undici", "fetch"] as const) {
      report(
        `the first 300 calls of a process, ${what}, CPU: Llm.withTools beside ${other}`,
        `${median(first.map(({ ours }) => ours[from])).toFixed(0)} us, ${
          median(first.map((one) => one[other][from])).toFixed(0)
        } us`,
        `${median(first.map((one) => one.ours[from] / one[other][from])).toFixed(2)}x`,
        other === "undici" ? "at most 1.6x" : "beside"
      )
    }
  }
}, 300_000)
