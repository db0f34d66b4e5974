/**
 * What it costs to run a function on another thread, and what the event loop notices of it.
 *
 * The entry of a thread is the built one, as users have it: from TypeScript, whose types each thread strips anew, a thread
 * starts half as fast. Needs `dist`: `npm run build` makes it.
 *
 * Leaves out: large inputs, whose cost is that of `structuredClone`; modules that take long to load.
 */
import { Effect, Fiber, Schema } from "effect"
import { Agent, CpuPool, lift } from "greenlang"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { Worker } from "node:worker_threads"
import { test } from "vitest"
import { ratio, report } from "./ratio.ts"

const module = new URL(`data:text/javascript,
  export const echo = (n) => n;
  export const busy = (millis) => { const end = performance.now() + millis; while (performance.now() < end); return 1 }`)
const stated = { version: "1.0.0", module, input: Schema.Finite, output: Schema.Finite }
const Echo = lift("Echo", { ...stated, export: "echo" })
const Busy = lift("Busy", { ...stated, export: "busy" })

const millis = async (work: () => Promise<unknown>) => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** The median of `times` runs, in milliseconds. */
const median = async (times: number, measure: () => Promise<number>) => {
  const taken: Array<number> = []
  for (let i = 0; i < times; i++) taken.push(await measure())
  return taken.toSorted((a, b) => a - b)[times >> 1]!
}

const entry = new URL("../dist/cpu/worker.js", import.meta.url)

const withPool = <A, E>(size: number, use: Effect.Effect<A, E, CpuPool>) =>
  Effect.runPromise(Effect.provide(use, CpuPool.layerWorkers({ size, entry })))

test("a warm call", async ({ bench }) => {
  const worker = new Worker(new URL("./support/echoThread.ts", import.meta.url))
  const byHand = () =>
    new Promise((resolve) => {
      worker.once("message", resolve)
      worker.postMessage(1)
    })
  await withPool(
    1,
    Effect.flatMap(Effect.context<CpuPool>(), (context) =>
      Effect.promise(async () => {
        const run = Effect.runPromiseWith(context)
        const result = await bench.compare(
          bench("postMessage by hand", byHand),
          bench("a lifted agent", () => run(Echo.run(1))),
          { time: 1_500, warmupTime: 500 }
        )
        ratio("a warm call", result.get("a lifted agent"), result.get("postMessage by hand"), "none")
      }))
  )
  await worker.terminate()
}, 60_000)

test("four jobs of 200 ms on two threads", async () => {
  const delays: Array<number> = []
  const took = await median(5, () =>
    withPool(
      2,
      Effect.gen(function*() {
        yield* Agent.batch(Busy, [1, 1], { concurrency: 2 })
        const histogram = monitorEventLoopDelay({ resolution: 1 })
        histogram.enable()
        const began = performance.now()
        yield* Agent.batch(Busy, [200, 200, 200, 200], { concurrency: 4 })
        const took = performance.now() - began
        histogram.disable()
        delays.push(histogram.max / 1e6)
        return took
      })
    ))
  report("four jobs of 200 ms on two threads", "median of 5", `${took.toFixed(0)} ms`, "at most 480 ms")
  const worst = delays.toSorted((a, b) => a - b)[2]!
  report("the event loop meanwhile", "longest delay, median of 5", `${worst.toFixed(1)} ms`, "at most 20 ms")
}, 60_000)

test("a thread", async () => {
  const first = await median(9, () => millis(() => withPool(1, Echo.run(1))))
  report("a pool, its first call, and its end", "median of 9", `${first.toFixed(0)} ms`, "none")
  const again = await median(9, () =>
    withPool(
      1,
      Effect.gen(function*() {
        yield* Echo.run(1)
        const fiber = yield* Effect.forkChild(Busy.run(60_000))
        yield* Effect.sleep(100)
        const began = performance.now()
        yield* Fiber.interrupt(fiber)
        yield* Echo.run(1)
        return performance.now() - began
      })
    ))
  report("interrupt a busy call, and the next answer", "median of 9", `${again.toFixed(0)} ms`, "at most 100 ms")
}, 60_000)
