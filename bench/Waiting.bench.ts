/**
 * 10,000 agents at once that each wait 100 ms, beside 10,000 plain timers: what they add to the 100 ms, how long the event
 * loop is held at a time, and what one of them weighs while it waits.
 *
 * Time and memory are measured in different rounds, since a full garbage collection holds the loop. The figures are the
 * medians of the rounds, each of which starts on a heap that was cleaned.
 */
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { test } from "vitest"
import { report } from "./ratio.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const agents = 10_000
const rounds = 5

const Waits = Agent.make("Waits", {
  version: "1.0.0",
  input: Schema.Struct({ millis: Schema.Finite }),
  output: Schema.Finite,
  execute: ({ millis }) => Effect.as(Effect.sleep(millis), millis)
})
const inputsOf = (millis: number) => Array.from({ length: agents }, () => ({ millis }))

const kinds: Readonly<Record<string, (millis: number) => Promise<unknown>>> = {
  timers: (millis) => Promise.all(inputsOf(millis).map(async ({ millis }) => (await sleep(millis), millis))),
  effects: (millis) =>
    Effect.runPromise(
      Effect.forEach(inputsOf(millis), ({ millis }) => Effect.as(Effect.sleep(millis), millis), {
        concurrency: "unbounded"
      })
    ),
  agents: (millis) => Effect.runPromise(Agent.batch(Waits, inputsOf(millis), { concurrency: "unbounded" }))
}

type Work = (typeof kinds)[string]

/** Milliseconds over the 100, and the longest time between two turns of the event loop. */
const timed = async (work: Work) => {
  collectGarbage()
  let longest = 0
  let turn = performance.now()
  let over = false
  const watch = () => {
    const now = performance.now()
    longest = Math.max(longest, now - turn)
    turn = now
    if (!over) setImmediate(watch)
  }
  setImmediate(watch)
  const started = performance.now()
  await work(100)
  const added = performance.now() - started - 100
  over = true
  return { added, longest }
}

/** Bytes of heap for each one that waits, once all have started. */
const weighed = async (work: Work) => {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  const done = work(1_000)
  await sleep(700)
  collectGarbage()
  const bytes = (process.memoryUsage().heapUsed - before) / agents
  await done
  return bytes
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

test("10,000 that wait 100 ms", async () => {
  const figures: Record<string, { added: number; longest: number; bytes: number }> = {}
  for (const work of Object.values(kinds)) for (let round = 0; round < 3; round++) await work(100)
  for (const [name, work] of Object.entries(kinds)) {
    const times: Array<{ added: number; longest: number }> = []
    const bytes: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      times.push(await timed(work))
      bytes.push(await weighed(work))
    }
    figures[name] = {
      added: median(times.map(({ added }) => added)),
      longest: median(times.map(({ longest }) => longest)),
      bytes: median(bytes)
    }
  }
  const show = (unit: string, figure: "added" | "longest" | "bytes", scale = 1) =>
    Object.entries(figures).map(([name, of]) => `${name} ${(of[figure] / scale).toFixed(1)} ${unit}`).join(", ")
  const ours = figures["agents"]!
  const ratio = ours.added / figures["timers"]!.added
  report("10,000 waiting: added to 100 ms", show("ms", "added"), `${ratio.toFixed(2)}x`, "at most 5x")
  const kilobytes = `${(ours.bytes / 1_000).toFixed(2)} kB`
  report("10,000 waiting: heap of each", show("kB", "bytes", 1_000), kilobytes, "at most 5 kB")
  report("10,000 waiting: loop held", show("ms", "longest"), `${ours.longest.toFixed(1)} ms`, "at most 20 ms")
}, 120_000)
