/**
 * What a synchronous call of an agent costs, next to the agent itself under `Effect.runSync`.
 */
import { Effect, Schema } from "effect"
import { Agent, PureSyncAgent } from "greenlang"
import { test } from "vitest"
import { ratio, report } from "./ratio.ts"

const Double = Agent.make("Double", {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.Finite,
  execute: (n) => Effect.succeed(n * 2)
})

test("a synchronous call", async ({ bench }) => {
  using double = PureSyncAgent.open(Double)
  const calls = 1_000
  const result = await bench.compare(
    bench("runSync", () => {
      for (let i = 0; i < calls; i++) Effect.runSync(Double.run(i))
    }),
    bench("PureSyncAgent", () => {
      for (let i = 0; i < calls; i++) double.execute(i)
    }),
    { time: 1_500, warmupTime: 500 }
  )
  ratio("1,000 synchronous calls", result.get("PureSyncAgent"), result.get("runSync"), "none")
  const micros = result.get("PureSyncAgent").latency.p50
  report("a synchronous call", "median", `${micros.toFixed(2)} us`, "at most 5.3 us")
}, 60_000)
