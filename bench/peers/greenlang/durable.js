/**
 * Pipelines of 20 steps in greenlang, as `../durable/dbos.mjs` runs workflows: one after another, and 50 at once. Prints the figures as
 * JSON. The URL of an empty PostgreSQL database is the argument.
 */
import { Effect, Redacted, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { once } from "node:events"
import { createServer } from "node:net"

const steps = 20
const rounds = 9
const atOnce = 50

const chain = Pipeline.make("Chain", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
  let last = n
  for (let at = 1; at <= steps; at++) {
    last = Step.make(`${at}`, [last], (n) => Effect.succeed(n + 1), { output: Schema.Finite })
  }
  return last
})

const probe = createServer().listen(0, "127.0.0.1")
await once(probe, "listening")
const { port } = probe.address()
probe.close()

const run = Effect.flatMap(Durable.submit(chain, 0), (id) => Durable.result(id, chain))

const measure = Effect.gen(function*() {
  yield* run
  const times = []
  for (let round = 0; round < rounds; round++) {
    const began = performance.now()
    yield* run
    times.push(performance.now() - began)
  }
  const began = performance.now()
  yield* Effect.forEach(Array.from({ length: atOnce }), () => run, { concurrency: "unbounded", discard: true })
  const took = performance.now() - began
  return {
    stepMs: times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] / steps,
    stepsPerSecond: atOnce * steps / took * 1_000
  }
})
const url = Redacted.make(process.argv[2])
const worker = Cluster.layer({ pipelines: [chain], url, address: { host: "127.0.0.1", port } })
console.log(JSON.stringify(await Effect.runPromise(Effect.provide(measure, worker))))
process.exit(0)
