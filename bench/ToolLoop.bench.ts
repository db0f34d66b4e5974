/**
 * A tool loop of two turns and one call of a tool, beside the same by plain `fetch` and by the Vercel AI SDK, against one
 * server in a thread of its own that answers at once: alone, and 50 at a time.
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
  const { byHand, listened, ours, silent }: Record<"byHand" | "ours" | "silent" | "listened", number> = JSON.parse(
    stdout
  )
  report(
    "events of a call of a model, in memory",
    `with a listener ${millis(listened)}, without ${millis(silent)}`,
    millis(listened - silent),
    "at most 0.05 ms"
  )
  report(
    "a streamed call of twenty words with a listener",
    `greenlang ${millis(ours)}, streaming fetch ${millis(byHand)}`,
    `${(ours / byHand).toFixed(2)}x`,
    "at most 1.2x"
  )
}, 300_000)
