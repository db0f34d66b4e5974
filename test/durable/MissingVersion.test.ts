/**
 * Durable runs whose version no worker has, on a clock that the test moves.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { WorkflowEngine } from "effect/workflow"
import { NotApproved, Pipeline, Step } from "greenlang"
import { layerMemory, layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { folder } from "../support/DurableCampaign.ts"

const ran: Array<string> = []

const asked = (version: string) =>
  Pipeline.make("Asked", { version, input: Schema.Finite, output: Schema.String, error: NotApproved }, (n) => {
    const first = Step.make("first", [n], (n) => Effect.sync(() => (ran.push(`${version} first ${n}`), n)), {
      output: Schema.Finite
    })
    const ok = Step.approval("ok", [first], () => "go on?")
    return Step.make("last", [ok, first], (_, n) => Effect.sync(() => (ran.push(`${version} last ${n}`), version)), {
      output: Schema.String
    })
  })

const [One, Two] = [asked("1.0.0"), asked("2.0.0")]

/** Moves the clock by seconds until it holds. */
const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.flatMap(holds, (held) =>
    held ? Effect.void : Effect.promise(() => setImmediate()).pipe(
      Effect.andThen(TestClock.adjust("250 millis")),
      Effect.andThen(until(holds))
    ))

const isIn = (id: string, state: string) => Effect.map(Durable.status(id), (status) => status.state === state)

const waitsForWorker = { for: "worker", pipeline: "Asked", version: "1.0.0" } as const

describe("a run whose version no worker has", () => {
  it.effect("waits for hours, is named by its status, and ends when the worker comes", () =>
    Effect.gen(function*() {
      const worker = (pipeline: typeof One) =>
        Durable.layerWorker({ pipelines: [pipeline] }, { alone: true }).pipe(Layer.provide(WorkflowEngine.layerMemory))
      const id = yield* Effect.gen(function*() {
        const id = yield* Durable.submit(One, 4)
        for (let hour = 0; hour < 6; hour++) {
          yield* TestClock.adjust("1 hour")
          const { state, waitingFor } = yield* Durable.status(id)
          assert.deepStrictEqual([state, waitingFor], ["queued", [waitsForWorker]])
        }
        return id
      }).pipe(Effect.provide(worker(Two)))
      yield* Effect.gen(function*() {
        yield* until(isIn(id, "waiting"))
        yield* Durable.approve(id, "ok", { approved: true })
        yield* until(isIn(id, "completed"))
      }).pipe(Effect.provide(worker(One)))
      assert.deepStrictEqual(ran.splice(0), ["1.0.0 first 4", "1.0.0 last 4"])
    }).pipe(Effect.provide(layerMemory)))

  it.effect("goes on in the file where it had begun, also after what the engine waits for an unknown pipeline", () =>
    Effect.scoped(Effect.gen(function*() {
      const file = join(yield* folder, "runs.db")
      const worker = (...pipelines: ReadonlyArray<typeof One>) => Durable.layerEmbedded({ pipelines, file })
      const begun = yield* Effect.gen(function*() {
        const id = yield* Durable.submit(One, 1)
        yield* until(isIn(id, "waiting"))
        return id
      }).pipe(Effect.provide(worker(One)))

      const queued = yield* Effect.gen(function*() {
        const id = yield* Durable.submit(One, 2)
        const other = yield* Durable.submit(Two, 3)
        yield* Durable.approve(begun, "ok", { approved: true })
        yield* until(isIn(other, "waiting"))
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual((yield* Durable.status(id)).waitingFor, [waitsForWorker])
        assert.deepInclude((yield* Durable.status(begun)).waitingFor, waitsForWorker)
        assert.strictEqual((yield* Durable.status(id)).state, "queued")
        return id
      }).pipe(Effect.provide(worker(Two)))

      const client = Durable.layerClient().pipe(Layer.provide(layerSqlite({ filename: file })))
      const { waitingFor } = yield* Effect.provide(Durable.status(begun), client)
      assert.deepInclude(waitingFor, waitsForWorker)

      yield* Effect.gen(function*() {
        yield* until(isIn(begun, "completed"))
        assert.strictEqual((yield* Durable.result(begun, One)).value, "1.0.0")
        yield* until(isIn(queued, "waiting"))
        yield* Durable.approve(queued, "ok", { approved: true })
        yield* until(isIn(queued, "completed"))
      }).pipe(Effect.provide(worker(One, Two)))
      assert.deepStrictEqual(ran.toSorted(), [
        "1.0.0 first 1",
        "1.0.0 first 2",
        "1.0.0 last 1",
        "1.0.0 last 2",
        "2.0.0 first 3"
      ])
    })))
})
