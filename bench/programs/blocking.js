/**
 * What blocking costs in a process of its own, without a test runner around it: prints milliseconds, as JSON. `ours` is a
 * call, `byHand` the same messages between two threads with nothing in between. Both take turns, round by round, so that
 * a busy machine shows in both.
 */
import * as SyncAgent from "greenlang/boundary/SyncAgent"
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads"
import { rows } from "./contract.js"

const module = new URL("./agents.js", import.meta.url)

/** A thread that answers with the function `name` of `answers.js`, and a function that waits for the answer. */
const thread = (name) => {
  const { port1, port2 } = new MessageChannel()
  const words = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(new URL("./answers.js", import.meta.url), {
    workerData: { name, port: port2, words },
    transferList: [port2]
  })
  worker.unref()
  const ask = (message) => {
    port1.postMessage(message)
    for (;;) {
      const count = Atomics.load(words, 0)
      const received = receiveMessageOnPort(port1)
      if (received !== undefined) return received.message
      Atomics.wait(words, 0, count)
    }
  }
  return { ask, close: () => void worker.terminate() }
}

const millis = (f) => {
  const began = performance.now()
  f()
  return performance.now() - began
}
const at = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * part)]

/** `best` is the median of the quietest round. */
const compare = ({ between = () => {}, calls, rounds, warmUp }, ours, byHand) => {
  const measure = (f) => {
    const all = []
    const medians = []
    return {
      round: () => {
        const times = []
        for (let call = 0; call < calls; call++) {
          between()
          times.push(millis(() => f(call)))
        }
        all.push(...times)
        medians.push(at(times, 0.5))
      },
      figures: () => ({ median: at(all, 0.5), best: Math.min(...medians), p99: at(all, 0.99) })
    }
  }
  for (const f of [ours, byHand]) for (let call = 0; call < warmUp; call++) f(call)
  const both = [ours, byHand].map(measure)
  for (let round = 0; round < rounds; round++) for (const { round } of both) round()
  const [a, b] = both.map(({ figures }) => figures())
  return { ours: a, byHand: b }
}

const pause = new Int32Array(new SharedArrayBuffer(4))
const rest = () => void Atomics.wait(pause, 0, 0, 1)

const payloads = {
  reports: Array.from({ length: 900 }, (_, at) => ({
    id: at,
    title: `Report ${at}`,
    text: "The plant used 12.5 MWh of gas. ".repeat(30)
  })),
  rows: Array.from({ length: 5_400 }, (_, at) => ({
    id: `site-${at}`,
    name: `Heating plant ${at}`,
    country: "DE",
    fuel: "natural_gas",
    amount: at + 0.5,
    unit: "kWh",
    note: "read from the meter on the first day of the month"
  }))
}

const start = (isolate) => SyncAgent.fromModule(module, { export: "double", isolate })
const starts = () => {
  using double = start(true)
  double.execute(1)
}
const startsByHand = () => {
  const bare = thread("double")
  bare.ask(1)
  bare.close()
}

const measured = {}
measured.start = compare({ calls: 1, rounds: 15, warmUp: 1 }, starts, startsByHand)
{
  using double = start(false)
  const doubles = thread("doubleField")
  const call = [(n) => double.execute(n), (n) => doubles.ask({ n })]
  measured.call = compare({ calls: 5_000, rounds: 10, warmUp: 10_000 }, ...call)
  measured.afterPause = compare({ calls: 100, rounds: 5, warmUp: 100, between: rest }, ...call)
  doubles.close()
}
{
  using echo = SyncAgent.fromModule(module, { export: "echo" })
  using typed = SyncAgent.fromModule(module, { export: "readsRows", contract: rows })
  const json = thread("json")
  const byHand = (payload) => () => JSON.parse(json.ask(JSON.stringify(payload)))
  const large = { calls: 10, rounds: 7, warmUp: 20 }
  measured.reports = compare(large, () => echo.execute(payloads.reports), byHand(payloads.reports))
  measured.rows = compare(large, () => echo.execute(payloads.rows), byHand(payloads.rows))
  measured.typedRows = compare(large, () => typed.execute(payloads.rows), byHand(payloads.rows))
  json.close()
}
console.log(JSON.stringify(measured))
