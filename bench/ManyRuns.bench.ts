/**
 * One compiled pipeline run 1,000 times at once, beside the same work by hand in async functions: what a run weighs while
 * all of them wait, and at the most, in bytes of the heap over what was there before.
 *
 * A run has 10 steps that wait 50 ms, one after another in two branches, so that every run is alive with two of them. The
 * figures are the medians of the rounds, each of which starts on a heap that was cleaned.
 *
 * Leaves out: what the steps themselves would hold.
 */
import { Effect } from "effect"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { test } from "vitest"
import { pipelineOf, type Work } from "./graph.ts"
import { report } from "./ratio.ts"
import { type Graph, sum } from "./shapes.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const runs = 1_000
const rounds = 5
const graph: Graph = [[], [0], [0], [1], [2], [3], [4], [5], [6], [7, 8]]

const waits: Work = (n) => Effect.delay(Effect.succeed(n + 1), 50)
const pipeline = pipelineOf(graph, waits)

const byHand = async () => {
  const node = async (before: ReadonlyArray<Promise<number>>) => {
    const n = sum(await Promise.all(before))
    await sleep(50)
    return n + 1
  }
  const answers: Array<Promise<number>> = [Promise.resolve(1)]
  for (const before of graph.slice(1)) answers.push(node(before.map((at) => answers[at]!)))
  return answers.at(-1)!
}

const kinds: Readonly<Record<string, () => Promise<unknown>>> = {
  "async functions": () => Promise.all(Array.from({ length: runs }, byHand)),
  "runs of a pipeline": () =>
    Effect.runPromise(
      Effect.forEach(Array.from({ length: runs }), () => pipeline.run(1), { concurrency: "unbounded", discard: true })
    )
}

/** Bytes, for one run: that are reached while all wait, and that the heap held at the most. */
const weighed = async (work: () => Promise<unknown>) => {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  let peak = before
  const watch = setInterval(() => peak = Math.max(peak, process.memoryUsage().heapUsed), 5)
  const ended = work()
  await sleep(125)
  collectGarbage()
  const alive = process.memoryUsage().heapUsed
  await ended
  clearInterval(watch)
  return { alive: (alive - before) / runs, peak: (peak - before) / runs }
}

const median = (figures: ReadonlyArray<number>) => figures.toSorted((a, b) => a - b)[figures.length >> 1]!

test("1,000 runs at once", async () => {
  const figures = new Map<string, Awaited<ReturnType<typeof weighed>>>()
  for (const [kind, work] of Object.entries(kinds)) {
    await work()
    const all: Array<Awaited<ReturnType<typeof weighed>>> = []
    for (let round = 0; round < rounds; round++) all.push(await weighed(work))
    figures.set(kind, {
      alive: median(all.map(({ alive }) => alive)),
      peak: median(all.map(({ peak }) => peak))
    })
  }
  for (const what of ["alive", "peak"] as const) {
    const [hand, ours] = Object.keys(kinds).map((kind) => figures.get(kind)![what])
    const kilobytes = (bytes = 0) => `${(bytes / 1_024).toFixed(1)} kB`
    report(
      `1,000 runs at once, ${what === "alive" ? "while they wait" : "at the most"}`,
      `async functions ${kilobytes(hand)} a run, pipeline ${kilobytes(ours)} a run, ${
        ((ours ?? 0) * runs / 2 ** 20).toFixed(1)
      } MB in all`,
      `${((ours ?? 0) / (hand ?? 1)).toFixed(2)}x`,
      "stated"
    )
  }
}, 60_000)
