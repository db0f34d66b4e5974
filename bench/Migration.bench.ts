/**
 * Ten calls that wait for a service, before the migration and after each of its steps, on one service and database.
 *
 * All are warm: threads, connections and databases are open. The service takes 100 ms for an answer, which no caller can
 * shorten. Leaves out: the start of threads; calls that compute.
 */
import { Effect } from "effect"
import { Agent, AgentRuntime, CpuPool, SyncAgent } from "greenlang"
import { test } from "vitest"
import { LegacySiteEmissions } from "../examples/migration/2-lifted.ts"
import * as Legacy from "../examples/migration/LegacySiteEmissions.ts"
import { layer, SiteEmissions } from "../examples/migration/SiteEmissions.ts"
import * as World from "../examples/migration/World.ts"
import { ratio } from "./ratio.ts"

const ten = Array.from({ length: 10 }, () => ({ site: "Hall" }))

test("ten calls that wait 100 ms", async ({ bench }) => {
  await using _world = await World.open()
  const legacy = new Legacy.SiteEmissions()
  using blocking = SyncAgent.fromModule<typeof SiteEmissions>(
    new URL("../examples/migration/SiteEmissions.ts", import.meta.url),
    { export: "SiteEmissions" }
  )
  const program = Effect.gen(function*() {
    const emissions = yield* AgentRuntime.make(SiteEmissions, layer)
    const run = Effect.runPromiseWith(yield* Effect.context<CpuPool>())
    yield* Effect.promise(async () => {
      const result = await bench.compare(
        bench("old agents, one by one", () => ten.forEach((input) => legacy.execute(input))),
        bench("lifted on 10 threads", () => run(Agent.batch(LegacySiteEmissions, ten, { concurrency: 10 }))),
        bench("rewritten", () => run(Agent.batch(emissions, ten, { concurrency: 10 }))),
        bench("rewritten, callers block", () => void blocking.executeAll(ten)),
        { iterations: 7, time: 0, warmupIterations: 2, warmupTime: 0 }
      )
      const before = result.get("old agents, one by one")
      for (const after of ["lifted on 10 threads", "rewritten", "rewritten, callers block"] as const) {
        ratio("ten calls of 100 ms, before and after", before, result.get(after), "at least 5x")
      }
    })
  })
  await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(CpuPool.layerWorkers({ size: 10 }))))
  legacy.cleanup()
}, 120_000)
