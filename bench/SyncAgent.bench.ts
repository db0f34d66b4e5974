/**
 * The cost of blocking: a call of a warm worker, a batch, a large payload, and the start of a worker.
 *
 * A call is held against the same two messages between two threads by hand, with nothing in between: no run, no schema,
 * no fiber, no limit, no log. Both sides of the two are on one machine: a busy one shows in both.
 *
 * Leaves out: the built package, whose files need no stripping of types and start sooner.
 */
import { SyncAgent } from "greenlang"
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads"
import { test } from "vitest"
import type * as agents from "../test/boundary/fixtures/agents.ts"
import { ratio, report } from "./ratio.ts"

const module = new URL("../test/boundary/fixtures/agents.ts", import.meta.url)

/** A thread that sends back what it gets, and a function that waits for it. */
const echoByHand = () => {
  const code = `
    const { workerData: { port, words } } = require("node:worker_threads")
    port.on("message", (message) => {
      port.postMessage(message)
      Atomics.add(words, 0, 1)
      Atomics.notify(words, 0)
    })`
  const { port1, port2 } = new MessageChannel()
  const words = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(code, { eval: true, workerData: { port: port2, words }, transferList: [port2] })
  worker.unref()
  return {
    echo: (message: unknown): unknown => {
      port1.postMessage(message)
      for (;;) {
        const count = Atomics.load(words, 0)
        const received = receiveMessageOnPort(port1)
        if (received !== undefined) return received.message
        Atomics.wait(words, 0, count)
      }
    },
    close: () => worker.terminate()
  }
}

const millis = (f: () => void): number => {
  const began = performance.now()
  f()
  return performance.now() - began
}

const median = (numbers: ReadonlyArray<number>) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

test("a warm call", async ({ bench }) => {
  using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double" })
  const byHand = echoByHand()
  for (let call = 0; call < 10_000; call++) double.execute(call)
  const result = await bench.compare(
    bench("two messages", () => byHand.echo({ n: 21 })),
    bench("blocking call", () => double.execute(21)),
    { time: 3_000, warmupTime: 1_000 }
  )
  const call = result.get("blocking call")
  ratio("a warm call", call, result.get("two messages"), "none")
  const micros = (milliseconds: number) => `${(milliseconds * 1_000).toFixed(1)} us`
  const { p50, p99 } = call.latency
  report("a warm call, median", `p99 ${micros(p99)}`, micros(p50), "at most 30 us")
  await byHand.close()
}, 60_000)

const payloads = {
  "reports": Array.from({ length: 900 }, (_, at) => ({
    id: at,
    title: `Report ${at}`,
    text: "The plant used 12.5 MWh of gas. ".repeat(30)
  })),
  "rows of seven fields": Array.from({ length: 5_400 }, (_, at) => ({
    id: `site-${at}`,
    name: `Heating plant ${at}`,
    country: "DE",
    fuel: "natural_gas",
    amount: at + 0.5,
    unit: "kWh",
    note: "read from the meter on the first day of the month"
  }))
}

for (const [what, payload] of Object.entries(payloads)) {
  test(`0.9 MB of ${what} both ways`, async ({ bench }) => {
    using echo = SyncAgent.fromModule<typeof agents.echo>(module, { export: "echo" })
    const byHand = echoByHand()
    const result = await bench.compare(
      bench("cloned by hand", () => byHand.echo(payload)),
      bench("blocking call", () => echo.execute(payload)),
      { time: 3_000, warmupTime: 500 }
    )
    const call = result.get("blocking call")
    const megabytes = `${(JSON.stringify(payload).length / 1e6).toFixed(2)} MB both ways`
    ratio(megabytes, call, result.get("cloned by hand"), "none")
    report(`${megabytes}, median`, what, `${call.latency.p50.toFixed(1)} ms`, "at most 15 ms")
    await byHand.close()
  }, 60_000)
}

test("20 agents of 50 ms", () => {
  using slow = SyncAgent.fromModule<typeof agents.slow>(module, { export: "slow" })
  slow.execute(1)
  const inputs = Array.from({ length: 20 }, () => 50)
  const batch = median(Array.from({ length: 9 }, () => millis(() => slow.executeAll(inputs))))
  const oneByOne = millis(() => inputs.forEach((input) => slow.execute(input)))
  const figures = `one by one ${oneByOne.toFixed(0)} ms, ${(oneByOne / batch).toFixed(1)}x longer`
  report("20 agents of 50 ms in one call", figures, `${batch.toFixed(1)} ms`, "at most 60 ms")
}, 60_000)

test("the start of a worker", () => {
  const boots = Array.from({ length: 9 }, () => {
    using double = SyncAgent.fromModule<typeof agents.double>(module, { export: "double", isolate: true })
    return millis(() => double.execute(1))
  })
  const bare = Array.from({ length: 9 }, () => {
    const byHand = echoByHand()
    return millis(() => byHand.echo(1))
  })
  const figures = `fastest ${Math.min(...boots).toFixed(0)} ms, bare thread ${median(bare).toFixed(0)} ms`
  report("start until the first answer", figures, `${median(boots).toFixed(0)} ms`, "at most 250 ms")
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
