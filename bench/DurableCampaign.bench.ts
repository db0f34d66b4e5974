/**
 * Thousands of durable runs while their workers are killed and their database stops. Each campaign prints what it came to, and
 * takes minutes: `npx vitest bench --run bench/DurableCampaign.bench.ts -t "killed"`.
 */
import { Effect, Layer } from "effect"
import * as Cluster from "greenlang/durable/Cluster"
import { test } from "vitest"
import * as Campaign from "../test/support/DurableCampaign.ts"
import { PausablePostgres, Postgres } from "../test/support/Postgres.ts"
import * as WorkerProcess from "../test/support/WorkerProcess.ts"

const hour = 3_600_000
process.env["CONCURRENCY"] ??= "50"
// Processes die here, and the power stays.
process.env["SURVIVES"] ??= "process"

const print = (name: string) => (figures: object) => console.log(`${name}: ${JSON.stringify(figures)}`)

test("three runners, one killed, one ended", () =>
  Effect.runPromise(
    Effect.scoped(Effect.map(Campaign.killedRunner(1_000), print("1,000 runs on three runners"))).pipe(
      Effect.provide(Layer.orDie(Postgres.layer))
    )
  ), hour)

test("PostgreSQL stopped and frozen", () =>
  Effect.runPromise(
    Effect.scoped(Effect.map(
      Campaign.outages(5_000, { steps: 1, every: [5_000, 10_000], down: [0, 2_000], freeze: 15_000 }),
      print("5,000 runs while PostgreSQL stops")
    )).pipe(Effect.provide(Layer.orDie(PausablePostgres.layer)))
  ), hour)

test("a file whose worker dies", () =>
  Effect.runPromise(
    Effect.scoped(Effect.map(
      Campaign.kills(5_000, { steps: 1, every: [5_000, 10_000], down: [0, 2_000] }),
      print("5,000 runs in a file whose worker is killed")
    ))
  ), hour)

test("runs that are swept", () =>
  Effect.runPromise(
    Effect.scoped(Effect.gen(function*() {
      const url = yield* (yield* Postgres).makeDatabase
      const address = { host: "127.0.0.1", port: yield* WorkerProcess.freePort }
      const figures = yield* Campaign.swept(10_000, (options) => Cluster.layer({ ...options, url, address }))
      print("10,000 runs swept on PostgreSQL")(figures)
    })).pipe(Effect.provide(Layer.orDie(Postgres.layer)))
  ), hour)

test("throughput of runners", () =>
  Effect.runPromise(
    Effect.scoped(Effect.gen(function*() {
      for (const runners of [1, 2, 3]) {
        const stepsPerSecond = yield* Effect.scoped(Campaign.throughput(runners, 300))
        print("300 runs on PostgreSQL")({ runners, stepsPerSecond })
      }
    })).pipe(Effect.provide(Layer.orDie(Postgres.layer)))
  ), hour)

test(
  "runs that are parked",
  () => Effect.runPromise(Effect.scoped(Effect.map(Campaign.parked(500), print("500 runs parked in a file, MB")))),
  hour
)
