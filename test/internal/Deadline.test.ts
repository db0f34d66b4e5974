import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Metric, Schedule, Schema } from "effect"
import { Agent, AgentRuntime } from "greenlang"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

class Held extends Context.Service<Held, { count: number }>()("greenlang/test/internal/Deadline.test/Held") {}

/** Counts the fibers that were started and have not ended. */
const counter = () => {
  const fibers = { alive: 0 }
  const service: Metric.FiberRuntimeMetricsService = {
    recordFiberStart: () => void fibers.alive++,
    recordFiberEnd: () => void fibers.alive--
  }
  return { fibers, watch: Effect.provideService(Metric.FiberRuntimeMetrics, service) }
}

/** In a turn of its own: the timer that brought us here is still active in its own. */
const timers = Effect.promise(async () => {
  await new Promise(setImmediate)
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length
})

/** Holds something, forks, waits and nests, as deep as its input says. */
const Nested: Agent.Agent<number, number, never, Held> = Agent.make("Nested", {
  ...numbers,
  timeout: { run: "1 minute", execute: "50 seconds" },
  execute: (depth): Effect.Effect<number, never, Held> =>
    Effect.acquireUseRelease(
      Effect.map(Held, (held) => (held.count++, held)),
      () =>
        Effect.gen(function*() {
          yield* Effect.forkChild(Effect.sleep("30 seconds"))
          yield* Effect.sleep(depth)
          if (depth === 0) return 0
          const inside = yield* Effect.forEach(
            [depth - 1, depth - 1],
            (depth) => Effect.orDie(Nested.run(depth)),
            { concurrency: "unbounded" }
          )
          return inside.length
        }),
      (held) => Effect.andThen(Effect.sleep(1), Effect.sync(() => held.count--))
    )
}).pipe(Agent.hook("afterExecute", () => Effect.sleep(1)))

describe("what a run leaves behind", () => {
  it.live("leaves no fiber, no timer and nothing held, wherever it was interrupted [B41] [B46]", () =>
    Effect.gen(function*() {
      const before = yield* timers
      const held = { count: 0 }
      for (let millis = 0; millis < 24; millis++) {
        const { fibers, watch } = counter()
        const fiber = yield* Effect.forkChild(Effect.provideService(watch(Nested.run(3)), Held, held), {
          startImmediately: true
        })
        if (millis > 0) yield* Effect.sleep(millis)
        yield* Fiber.interrupt(fiber)
        assert.strictEqual(fibers.alive, 0, `fibers after ${millis} ms`)
        assert.strictEqual(held.count, 0, `held after ${millis} ms`)
      }
      assert.isAtMost(yield* timers, before)
    }))

  it.live("leaves no fiber, no timer and nothing held, wherever its time was up [B41]", () =>
    Effect.gen(function*() {
      const before = yield* timers
      const held = { count: 0 }
      for (let millis = 0; millis < 12; millis++) {
        const { fibers, watch } = counter()
        const run = watch(Nested.run(3, { timeout: millis }))
        yield* Effect.exit(Effect.provideService(run, Held, held))
        assert.strictEqual(fibers.alive, 0, `fibers after ${millis} ms`)
        assert.strictEqual(held.count, 0, `held after ${millis} ms`)
      }
      assert.isAtMost(yield* timers, before)
    }))

  it.live("leaves no fiber, no timer and nothing held, wherever the agent was closed [B72]", () =>
    Effect.gen(function*() {
      const before = yield* timers
      for (let millis = 0; millis < 12; millis++) {
        const held = { count: 0 }
        const { fibers, watch } = counter()
        const layer = Layer.effect(
          Held,
          Effect.acquireRelease(
            Effect.as(Effect.sleep(3), (held.count++, held)),
            () => Effect.sync(() => held.count--)
          )
        )
        const use = Effect.scoped(Effect.gen(function*() {
          const agent = yield* AgentRuntime.make(Nested, layer)
          yield* Effect.forkScoped(Effect.forEach([3, 3, 3], (n) => agent.run(n), { concurrency: "unbounded" }))
          yield* Effect.sleep(millis)
          yield* agent.close
        }))
        yield* watch(use)
        // The fiber that closed it has woken us as its last deed.
        yield* timers
        assert.strictEqual(fibers.alive, 0, `fibers after ${millis} ms`)
        assert.strictEqual(held.count, 0, `held after ${millis} ms`)
      }
      assert.isAtMost(yield* timers, before)
    }))

  it.live("is nothing, of thousands that were interrupted before many of them could start [B79]", () =>
    Effect.gen(function*() {
      const before = yield* timers
      const { fibers, watch } = counter()
      const Waits = Agent.make("Waits", { ...numbers, execute: () => Effect.never })
      const inputs = Array.from({ length: 5_000 }, (_, i) => i)
      const fiber = yield* Effect.forkChild(watch(Agent.batch(Waits, inputs, { concurrency: "unbounded" })), {
        startImmediately: true
      })
      yield* Effect.sleep(0)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(fibers.alive, 0)
      assert.isAtMost(yield* timers, before)

      // They have left no place in the queue: one that comes after them starts soon.
      const Echo = Agent.make("Echo", { ...numbers, execute: Effect.succeed })
      let turns = 0
      const count = () => {
        turns++
        immediate = setImmediate(count)
      }
      let immediate = setImmediate(count)
      assert.strictEqual((yield* Echo.run(1)).value, 1)
      clearImmediate(immediate)
      assert.isAtMost(turns, 4)
    }))

  it.live("leaves no timer, of a run that ended long before its limit", () =>
    Effect.gen(function*() {
      const before = yield* timers
      const Short = Agent.make("Short", { ...numbers, execute: (n) => Effect.as(Effect.sleep(1), n) })
      yield* Effect.forEach([1, 2, 3], (n) => Short.pipe(Agent.retry(Schedule.recurs(1))).run(n), { concurrency: 3 })
      assert.isAtMost(yield* timers, before)
    }))
})
