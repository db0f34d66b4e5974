/**
 * A pool whose places two workers of a cluster share.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, type Redacted, Schema } from "effect"
import { Pipeline, Pool, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { Postgres } from "../support/Postgres.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

const calls = { now: 0, most: 0, by: new Set<string>() }

/** As in a process of its own: a pool of its own, of the same name. */
const pipelineOf = (worker: string) => {
  const vendor = Pool.make("vendor", 2)
  return Pipeline.make(
    "Calls",
    { version: "1.0.0", input: Schema.Int, output: Schema.Int },
    (n) =>
      Step.make("call", [n], (n) =>
        Effect.acquireUseRelease(
          Effect.sync(() => {
            calls.by.add(worker)
            calls.most = Math.max(calls.most, ++calls.now)
          }),
          () => Effect.delay(Effect.succeed(n), "200 millis"),
          () => Effect.sync(() => calls.now--)
        ), { output: Schema.Int }).pipe(Step.inPool(vendor))
  )
}

const worker = (name: string, url: Redacted.Redacted) =>
  Layer.unwrap(Effect.map(
    WorkerProcess.freePort,
    (port) => Cluster.layer({ pipelines: [pipelineOf(name)], url, address: { host: "127.0.0.1", port } })
  ))

layer(Postgres.layer, { excludeTestServices: true })("a pool", (it) => {
  it.effect("has its places once for all workers of a cluster", () =>
    Effect.scoped(Effect.gen(function*() {
      const url = yield* (yield* Postgres).makeDatabase
      yield* Layer.build(Layer.fresh(worker("one", url)))
      yield* Effect.gen(function*() {
        const Calls = pipelineOf("client")
        // Until both have had calls at the same time.
        while (calls.by.size < 2) {
          calls.by.clear()
          const ids = yield* Effect.forEach(Array.from({ length: 20 }), (_, n) => Durable.submit(Calls, n))
          for (const [n, id] of ids.entries()) assert.strictEqual((yield* Durable.result(id, Calls)).value, n)
        }
      }).pipe(Effect.provide(Layer.fresh(worker("two", url))))
      assert.strictEqual(calls.most, 2)
      assert.strictEqual(calls.now, 0)
    })))
})
