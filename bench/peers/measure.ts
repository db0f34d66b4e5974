/**
 * Measures one scenario of one system: `node measure.ts SYSTEM SCENARIO PORT`. A process of its own for each, so that no
 * system finds what another has loaded, compiled or kept. Prints a `Figure` as JSON. A wrong answer is an error.
 */
import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { answer } from "./question.ts"
import {
  criticalPath,
  type Figure,
  graphs,
  type Scenarios,
  stragglers,
  stragglerWaits,
  type System
} from "./systems.ts"

const [system, scenario, port] = process.argv.slice(2) as [System, string, string]
const loaded = process.cpuUsage()

/** Nothing where the system has no words for the scenario. */
type Measured = { readonly value: number; readonly beside?: Readonly<Record<string, number>> } | undefined

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

/** Microseconds of CPU in this process since `before`. */
const cpuSince = (before: NodeJS.CpuUsage) => {
  const { system, user } = process.cpuUsage(before)
  return user + system
}

/** The median of what a round costs in CPU: after half a second of rounds that do not count, for a second, five at least. */
const roundsOf = async (round: () => Promise<void>) => {
  for (const end = performance.now() + 500; performance.now() < end;) await round()
  const costs: Array<number> = []
  for (const end = performance.now() + 1_000; performance.now() < end || costs.length < 5;) {
    const before = process.cpuUsage()
    await round()
    costs.push(cpuSince(before))
  }
  return median(costs)
}

const graph = async ({ graph }: Scenarios, shape: (typeof graphs)[keyof typeof graphs]): Promise<Measured> => {
  const run = graph?.(shape)
  if (run === undefined) return undefined
  const right = await (await plain()).graph!(shape)!()
  // a round of some 20 milliseconds, since the clock of the CPU is coarse
  const started = performance.now()
  await run()
  const runs = Math.max(1, Math.min(100, Math.round(20 / (performance.now() - started))))
  const round = async () => {
    for (let n = 0; n < runs; n++) assert.equal(await run(), right)
  }
  return { value: await roundsOf(round) / runs / (shape.length - 1) }
}

const straggling = async ({ graph }: Scenarios): Promise<Measured> => {
  const run = graph?.(stragglers, stragglerWaits)
  if (run === undefined) return undefined
  const times: Array<number> = []
  for (let round = 0; round < 12; round++) {
    const started = performance.now()
    await run()
    times.push(performance.now() - started)
  }
  return { value: median(times.slice(2)) / criticalPath(stragglers, stragglerWaits) }
}

const atOnce = async ({ waiting }: Scenarios, runs: number): Promise<Measured> => {
  if (waiting === undefined) return undefined
  setFlagsFromString("--expose-gc")
  const collectGarbage: () => void = runInNewContext("gc")
  const millis = 100
  const start = waiting(millis)
  const costs: Array<number> = []
  const walls: Array<number> = []
  const peaks: Array<number> = []
  for (let round = 0; round < 6; round++) {
    collectGarbage()
    const { heapUsed } = process.memoryUsage()
    let peak = heapUsed
    const watch = setInterval(() => peak = Math.max(peak, process.memoryUsage().heapUsed), 10)
    const before = process.cpuUsage()
    const started = performance.now()
    const answers = await start(runs)
    walls.push(performance.now() - started - millis)
    costs.push(cpuSince(before) / runs)
    clearInterval(watch)
    peaks.push((peak - heapUsed) / runs)
    assert(answers.length === runs && answers.every((n, at) => n === at + 1))
  }
  const beside = { "ms over the wait": median(walls.slice(1)), "bytes a run at the most": median(peaks.slice(1)) }
  return { value: median(costs.slice(1)), beside }
}

const toolLoops = async ({ toolLoop }: Scenarios, at: number, cold: boolean): Promise<Measured> => {
  const run = toolLoop(`http://127.0.0.1:${port}/tools`)
  const round = async () => {
    const texts = await Promise.all(Array.from({ length: at }, run))
    assert.deepEqual(new Set(texts), new Set([answer]))
  }
  if (!cold) return { value: await roundsOf(round) / at / 2 }
  for (let n = 0; n < 25; n++) await round()
  return { value: cpuSince(loaded) / 50 }
}

const hanging = async ({ hanging }: Scenarios): Promise<Measured> => {
  const call = hanging(`http://127.0.0.1:${port}/hanging`)
  const limit = 3_000
  const due = performance.now() + limit
  const signal = AbortSignal.timeout(limit)
  const calls = Array.from({ length: 1_000 }, () => call(signal).then(() => "answered", () => "ended"))
  assert((await Promise.all(calls)).every((outcome) => outcome === "ended"))
  const value = performance.now() - due
  await sleep(500)
  const left: number = JSON.parse(
    await (await fetch(`http://127.0.0.1:${port}/open`, { headers: { connection: "close" } })).text()
  )
  return { value, beside: { "connections left": left } }
}

const start = async (): Promise<Measured> => {
  const before = process.cpuUsage()
  await import(`./${system}/load.js`)
  return { value: cpuSince(before) / 1_000 }
}

const scenariosOf = (system: System): Promise<Scenarios> => import(`./${system}/scenarios.js`)
const plain = () => scenariosOf("plain")

const measure = async (): Promise<Measured> => {
  if (scenario === "start") return start()
  const scenarios = await scenariosOf(system)
  if (scenario in graphs) return graph(scenarios, graphs[scenario as keyof typeof graphs])
  switch (scenario) {
    case "stragglers":
      return straggling(scenarios)
    case "100 runs at once":
      return atOnce(scenarios, 100)
    case "1,000 runs at once":
      return atOnce(scenarios, 1_000)
    case "10,000 runs at once":
      return atOnce(scenarios, 10_000)
    case "1,000 hanging calls":
      return hanging(scenarios)
    case "tool loop alone":
      return toolLoops(scenarios, 1, false)
    case "tool loop, 50 at once":
      return toolLoops(scenarios, 50, false)
    case "tool loop, first 50 of a process":
      return toolLoops(scenarios, 1, true)
  }
  throw new Error(`no scenario ${scenario}`)
}

const measured = await measure()
const figure: Figure | undefined = measured && { system, scenario, beside: {}, ...measured }
process.send!(figure ?? null)
process.disconnect()
// a system may keep timers or connections
process.exit()
