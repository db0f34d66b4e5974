import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent } from "greenlang"
import { inspect } from "node:util"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const make = () =>
  Agent.make("Counted", {
    ...numbers,
    execute: (n) => Effect.andThen(Effect.sleep(n), n === 30 ? Effect.fail("no" as const) : Effect.succeed(n))
  })

/** Two that succeed, one that fails, one that dies at its limit, one that is interrupted. */
const fiveRuns = (agent: ReturnType<typeof make>) =>
  Effect.gen(function*() {
    const all = yield* Effect.forEach([10, 20, 30, 1_000, 2_000], (n) =>
      Effect.forkChild(Effect.exit(agent.run(n, { timeout: n === 1_000 ? 40 : "1 hour" }))))
    yield* TestClock.adjust(50)
    yield* Fiber.interrupt(all[4]!)
    yield* Effect.forEach(all, Fiber.await)
  })

describe("statistics", () => {
  it.effect("of no run are zeros [B57]", () =>
    Effect.gen(function*() {
      const none = { runs: 0, totalMs: 0 }
      assert.deepStrictEqual(yield* make().stats, {
        runs: 0,
        succeeded: none,
        failed: none,
        interrupted: none,
        totalMs: 0,
        averageMs: 0
      })
    }))

  it.effect("count every run by how it ended, each with its time [B55] [B56]", () =>
    Effect.gen(function*() {
      const agent = make()
      yield* fiveRuns(agent)
      assert.deepStrictEqual(yield* agent.stats, {
        runs: 5,
        succeeded: { runs: 2, totalMs: 30 },
        failed: { runs: 2, totalMs: 70 },
        interrupted: { runs: 1, totalMs: 50 },
        totalMs: 150,
        averageMs: 30
      })
    }))

  it.effect("count runs only, where metrics are off [B54]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Unmeasured", {
        ...numbers,
        metrics: "off",
        execute: (n) => Effect.as(Effect.sleep(n), n)
      })
      const fiber = yield* Effect.forkChild(agent.run(10))
      yield* TestClock.adjust(10)
      yield* Fiber.join(fiber)
      const stats = yield* agent.stats
      assert.strictEqual(stats.runs, 1)
      assert.strictEqual(stats.totalMs, 0)
    }))

  it.effect("are metrics of Effect, too [B55]", () =>
    Effect.gen(function*() {
      yield* fiveRuns(make())
      const metrics = (yield* Metric.snapshot).filter(({ id }) => id.startsWith("greenlang_agent"))
      const counts = metrics.flatMap((metric) =>
        metric.type === "Counter" ? [[metric.attributes?.["state"], metric.state.count]] : []
      )
      assert.deepStrictEqual(counts.toSorted(), [["completed", 2], ["failed", 1], ["interrupted", 1], ["timed-out", 1]])
      const [times] = metrics.flatMap((metric) => metric.type === "Histogram" ? [metric.state] : [])
      assert.strictEqual(times?.count, 5)
      assert.strictEqual(times?.sum, 150)
      for (const { attributes } of metrics) assert.strictEqual(attributes?.["agent"], "Counted")
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))

  it.effect("are what one sees of an agent [B58]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Seen", { ...numbers, execute: Effect.succeed })
      yield* agent.run(1)
      const seen = JSON.parse(JSON.stringify(agent))
      assert.strictEqual(seen.name, "Seen")
      assert.strictEqual(seen.version, "1.0.0")
      assert.strictEqual(seen.stats.runs, 1)
      assert.match(inspect(agent), /name: 'Seen'/)
      assert.match(inspect(agent, { depth: 4 }), /succeeded: \{ runs: 1/)
    }))
})
