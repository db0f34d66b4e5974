/**
 * The cost of blocking: a call of a warm worker, a large payload, the start of a worker, a batch, limits and deaths.
 *
 * The first three are measured in a plain process (`programs/blocking.js`), since a test runner takes part in both
 * threads. A call is held against the same two messages between two threads by hand, with nothing in between: no run, no
 * schema, no fiber, no limit, no log. A payload by hand is read and written as JSON on both sides. The best is the median
 * of the quietest round. Two messages take from 4 to 70 us, by whether the threads share a processor: see `Spin`.
 *
 * Needs `dist`, which is what users load: `npm run build` makes it.
 */
import { SyncAgent } from "greenlang"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { Worker } from "node:worker_threads"
import { test } from "vitest"
import type * as agents from "../test/boundary/fixtures/agents.ts"
import { report } from "./ratio.ts"

const module = new URL("../test/boundary/fixtures/agents.ts", import.meta.url)

const millis = (f: () => void): number => {
  const began = performance.now()
  f()
  return performance.now() - began
}

const median = (numbers: ReadonlyArray<number>) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

test("calls, payloads and starts in a plain process", async () => {
  const program = join(import.meta.dirname, "programs/blocking.js")
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const figures = [
    ["call", "a warm call after another", "at most 30 us"],
    ["afterPause", "a warm call after a pause of 1 ms", "none"],
    ["reports", "0.90 MB of reports both ways", "at most 15 ms"],
    ["rows", "0.92 MB of rows of seven fields both ways", "at most 15 ms"],
    ["typedRows", "the same by a contract, checked four times", "at most 15 ms"],
    ["start", "the start of a worker, to its first answer", "at most 250 ms"]
  ] as const
  type Measured = { readonly median: number; readonly best: number; readonly p99: number }
  const measured: Record<typeof figures[number][0], { ours: Measured; byHand: Measured }> = JSON.parse(stdout)
  const time = (millis: number) => millis < 0.5 ? `${(millis * 1_000).toFixed(1)} us` : `${millis.toFixed(1)} ms`
  for (const [name, what, target] of figures) {
    const { byHand, ours } = measured[name]
    const hand = `by hand ${time(byHand.median)}, ${(ours.median / byHand.median).toFixed(2)}x`
    report(`${what}, median`, `best ${time(ours.best)}, p99 ${time(ours.p99)}, ${hand}`, time(ours.median), target)
  }
}, 120_000)

test("20 agents of 50 ms", () => {
  using slow = SyncAgent.fromModule<typeof agents.slow>(module, { export: "slow" })
  slow.execute(1)
  const inputs = Array.from({ length: 20 }, () => 50)
  const batch = median(Array.from({ length: 9 }, () => millis(() => slow.executeAll(inputs))))
  const oneByOne = millis(() => inputs.forEach((input) => slow.execute(input)))
  const figures = `one by one ${oneByOne.toFixed(0)} ms, ${(oneByOne / batch).toFixed(1)}x longer`
  report("20 agents of 50 ms in one call", figures, `${batch.toFixed(1)} ms`, "at most 60 ms")
}, 60_000)

test("limits", async () => {
  const words = new Int32Array(new SharedArrayBuffer(12))
  const file = new URL("../test/boundary/fixtures/hangingServer.ts", import.meta.url)
  const server = new Worker(file, { workerData: words })
  Atomics.wait(words, 0, 0)
  const url = `http://127.0.0.1:${words[0]}`
  using asks = SyncAgent.fromModule<typeof agents.asks>(module, { export: "asks" })
  asks.initialize()
  const back = Array.from({ length: 9 }, () => millis(() => asks.executeResult(url, { timeout: 150 })))
  const closed = millis(() => Atomics.wait(words, 2, 8, 1_000))
  const figures = `${words[2]} of 9 connections closed, the last ${closed.toFixed(1)} ms later`
  report("back from a hanging server, limit 150 ms", figures, `${median(back).toFixed(1)} ms`, "at most 165 ms")
  await server.terminate()
}, 60_000)

test("deaths", () => {
  using spins = SyncAgent.fromModule<typeof agents.spins>(module, { export: "spins", isolate: true, grace: 100 })
  const stuck = Array.from({ length: 3 }, () => {
    spins.initialize()
    return millis(() => spins.executeResult(60_000, { timeout: 100 }))
  })
  const figures = "limit 100 ms, grace 100 ms"
  report("back from a stuck thread", figures, `${median(stuck).toFixed(1)} ms`, "at most 250 ms")

  using exits = SyncAgent.fromModule<typeof agents.exits>(module, { export: "exits", isolate: true })
  exits.initialize()
  const died = millis(() => exits.executeResult(1))
  report("back from process.exit over there", "", `${died.toFixed(1)} ms`, "at most 300 ms")
  report("the next answer", "with a new worker", `${millis(exits.initialize).toFixed(0)} ms`, "none")

  const resourceLimits = { maxOldGenerationSizeMb: 48 }
  using hoards = SyncAgent.fromModule<typeof agents.hoards>(module, { export: "hoards", isolate: true, resourceLimits })
  hoards.initialize()
  const full = millis(() => hoards.executeResult(1))
  report("back from a full heap of 48 MB", "filling it included", `${full.toFixed(0)} ms`, "at most 300 ms")
}, 60_000)

test("10,000 calls", () => {
  using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
  const heap = () => double.getStats().worker!.heapUsed / 1e6
  for (let call = 0; call < 10_000; call++) double.execute(call)
  const before = heap()
  const resources = process.getActiveResourcesInfo().length
  for (let call = 0; call < 10_000; call++) double.execute(call)
  const { fibers, resources: left } = double.getStats().worker!
  const kept = process.getActiveResourcesInfo().length - resources
  const figures = `heap of the worker ${before.toFixed(1)} to ${heap().toFixed(1)} MB`
  report("10,000 calls leave", figures, `${fibers + left.length + kept} fibers and resources`, "0")
}, 60_000)
