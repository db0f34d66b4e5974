/**
 * The program that `Waiting.bench.ts` runs in processes of its own: 10,000 that each wait 100 ms, in one of the ways of
 * `ways`, beside the same in the others. Prints JSON. With a way as its argument, it prints the bytes of heap of each of
 * 10,000 that wait in that way.
 */
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"
import { setTimeout as sleep } from "node:timers/promises"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

const count = 10_000
const rounds = 9

let started = 0
const wait = (millis: number) => {
  started++
  return Effect.as(Effect.sleep(millis), millis)
}

const Waits = Agent.make("Waits", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (millis) => wait(millis)
})
const inputsOf = (millis: number) => Array.from({ length: count }, () => millis)
const unbounded = { concurrency: "unbounded" } as const

/** A run in a process that does nothing else, so each is started by itself. */
const singly = (run: (millis: number) => Effect.Effect<unknown, unknown>) => (millis: number) =>
  Promise.all(inputsOf(millis).map((millis) => Effect.runPromise(run(millis))))

const ways: Readonly<Record<string, (millis: number) => Promise<unknown>>> = {
  sleeps: (millis) => Effect.runPromise(Effect.forEach(inputsOf(millis), wait, unbounded)),
  batch: (millis) => Effect.runPromise(Agent.batch(Waits, inputsOf(millis), unbounded)),
  runAll: (millis) => Effect.runPromise(Agent.runAll(inputsOf(millis).map((millis) => [Waits, millis] as const))),
  timeouts: singly((millis) => Effect.timeout(wait(millis), "5 minutes")),
  runs: singly((millis) => Waits.run(millis))
}

const median = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const threadCpu = () => {
  const { system, user } = process.threadCpuUsage()
  return (system + user) / 1_000
}

/** CPU, what is added to the 100 ms, and the most CPU of the main thread between two turns of the event loop, in milliseconds. */
const timed = async (work: (millis: number) => Promise<unknown>) => {
  collectGarbage()
  let held = 0
  let turn = threadCpu()
  let over = false
  const watch = () => {
    const now = threadCpu()
    held = Math.max(held, now - turn)
    turn = now
    if (!over) setTimeout(watch, 1)
  }
  setTimeout(watch, 1)
  const before = process.cpuUsage()
  const started = performance.now()
  await work(100)
  const added = performance.now() - started - 100
  const { system, user } = process.cpuUsage(before)
  over = true
  await sleep(5)
  return { cpu: (system + user) / 1_000, added, held }
}

/** Bytes of heap of each that waits, once all have started. What the ones before leave behind is gone by then. */
const weighed = async (work: (millis: number) => Promise<unknown>) => {
  // The turn in which the last of them ends still holds their timers and answers.
  await work(100).then(() => {})
  await sleep(1)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  started = 0
  void work(60_000)
  while (started < count) await sleep(10)
  collectGarbage()
  return (process.memoryUsage().heapUsed - before) / count
}

const [way] = process.argv.slice(2)
if (way === undefined) {
  const all = Object.entries(ways).map(([name, work]) => ({
    name,
    work,
    times: [] as Array<Awaited<ReturnType<typeof timed>>>
  }))
  for (let round = -4; round < rounds; round++) {
    for (const { times, work } of all) {
      const time = await timed(work)
      if (round >= 0) times.push(time)
    }
  }
  console.log(JSON.stringify(Object.fromEntries(all.map(({ name, times }) => [name, {
    cpu: median(times.map(({ cpu }) => cpu)),
    added: median(times.map(({ added }) => added)),
    held: median(times.map(({ held }) => held))
  }]))))
} else {
  console.log(JSON.stringify(await weighed(ways[way]!)))
}
process.exit()
