/**
 * What a decision of a person counts for: the question that was asked, in a run that is open. On every engine.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, type Layer, Schedule, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { NotApproved, Pipeline, Step } from "greenlang"
import { Durable, NotWaiting, WrongPipeline } from "greenlang/durable"
import * as Cluster from "greenlang/durable/Cluster"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Postgres } from "../support/Postgres.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

class Down extends Schema.TaggedError<Down>()("Down", {}) {}

const settings = {
  version: "1.0.0",
  input: Schema.Finite,
  output: Schema.String,
  error: Schema.Union([NotApproved, Down])
}

/** Pays from 100 on. The question is the same for every amount. */
const Pay = Pipeline.make("Pay", settings, (amount) => {
  const ok = Step.approval("sign-off", [amount], () => "may this be paid?")
  return Step.make(
    "paid",
    [amount, ok],
    (amount, { by }) => amount < 100 ? Effect.fail(new Down()) : Effect.succeed(`${amount}, says ${by}`),
    { output: Schema.String, error: Down }
  )
})
const Bills = Pipeline.make("Bills", { ...settings, input: Schema.Array(Schema.Finite) }, (amounts) => {
  const paid = Step.forEach("bills", amounts, Pay, { apart: true })
  return Step.pure("all", [paid], (paid) => paid.join("; "))
})
const Other = Pipeline.make(
  "Other",
  settings,
  (amount) => Step.make("paid", [amount], (amount) => Effect.succeed(`${amount}`), { output: Schema.String })
)
const Newer = Pipeline.make(
  "Pay",
  { ...settings, version: "2.0.0" },
  (amount) =>
    Step.make("paid", [amount], (amount) => amount < 0 ? Effect.fail(new Down()) : Effect.succeed(`${amount}`), {
      output: Schema.String
    })
)

const pipelines = [Pay, Bills] as const

/** The steps that ask, once there are some. */
const asked = (id: string, steps: ReadonlyArray<string> = ["sign-off"]) =>
  Durable.status(id).pipe(
    Effect.map(({ waitingFor }) => waitingFor.flatMap((wait) => wait.for === "approval" ? [wait.step] : []).toSorted()),
    Effect.repeat({ until: (found) => found.join() === steps.join(), schedule: Schedule.spaced("10 millis") })
  )

const yes = (by: string) => ({ approved: true, by })
const no = (by: string) => ({ approved: false, by })

const programs: ReadonlyArray<readonly [name: string, Effect.Effect<void, unknown, Durable.Durable>]> = [
  [
    "asks again for another input, also where the question has the same words",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Pay, 70)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("ada"))
      assert.deepStrictEqual(yield* Effect.flip(Durable.result(id, Pay)), new Down())
      yield* Durable.retryWith(id, Pay, 7000)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("bob"))
      assert.strictEqual((yield* Durable.result(id, Pay)).value, "7000, says bob")
    })
  ],
  [
    "asks again for another input from a step that comes later",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Pay, 70)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("ada"))
      yield* Effect.flip(Durable.result(id, Pay))
      yield* Durable.retryWith(id, Pay, 8000, { from: "paid" })
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("bob"))
      assert.strictEqual((yield* Durable.result(id, Pay)).value, "8000, says bob")
    })
  ],
  [
    "asks again what was refused, and keeps what was approved",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Pay, 100)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", no("ada"))
      assert.instanceOf(yield* Effect.flip(Durable.result(id, Pay)), NotApproved)
      yield* Durable.retry(id)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("bob"))
      assert.strictEqual((yield* Durable.result(id, Pay)).value, "100, says bob")

      const down = yield* Durable.submit(Pay, 70)
      yield* asked(down)
      yield* Durable.approve(down, "sign-off", yes("ada"))
      yield* Effect.flip(Durable.result(down, Pay))
      yield* Durable.retry(down)
      assert.deepStrictEqual(yield* Effect.flip(Durable.result(down, Pay)), new Down())
      yield* Durable.retry(down, { from: "sign-off" })
      yield* asked(down)
      yield* Durable.approve(down, "sign-off", no("ada"))
      assert.instanceOf(yield* Effect.flip(Durable.result(down, Pay)), NotApproved)
    })
  ],
  [
    "asks again what items that are runs of their own were refused",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Bills, [100, 200])
      yield* asked(id, ["bills/0/sign-off", "bills/1/sign-off"])
      yield* Durable.approve(id, "bills/0/sign-off", yes("ada"))
      yield* Durable.status(id).pipe(
        Effect.repeat({
          until: ({ children }) => children?.[0]?.state === "completed",
          schedule: Schedule.spaced("10 millis")
        })
      )
      yield* Durable.approve(id, "bills/1/sign-off", no("ada"))
      assert.instanceOf(yield* Effect.flip(Durable.result(id, Bills)), NotApproved)
      yield* Durable.retry(id)
      yield* asked(id, ["bills/1/sign-off"])
      yield* Durable.approve(id, "bills/1/sign-off", yes("bob"))
      assert.strictEqual((yield* Durable.result(id, Bills)).value, "100, says ada; 200, says bob")
    })
  ],
  [
    "takes no decision once the run has ended, and says who had decided",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Pay, 100)
      yield* asked(id)
      yield* Durable.cancel(id)
      const refused = yield* Effect.flip(Durable.approve(id, "sign-off", yes("ada")))
      assert.deepStrictEqual(refused, new NotWaiting({ id, step: "sign-off", state: "cancelled", waiting: [] }))
      yield* Durable.retry(id)
      yield* asked(id)
      yield* Durable.approve(id, "sign-off", yes("bob"))
      yield* Durable.result(id, Pay)
      const late = yield* Effect.flip(Durable.approve(id, "sign-off", no("ada")))
      assert.strictEqual(
        late.message,
        `run ${id} waits for no approval of sign-off: it was approved by bob; the run is completed`
      )

      const bills = yield* Durable.submit(Bills, [100, 200])
      yield* asked(bills, ["bills/0/sign-off", "bills/1/sign-off"])
      yield* Durable.approve(bills, "bills/0/sign-off", yes("bob"))
      const twice = yield* Effect.flip(Durable.approve(bills, "bills/0/sign-off", no("ada")))
      assert.include(twice.message, "it was approved by bob; it waits for bills/1/sign-off")
      yield* Durable.cancel(bills)
      const item = yield* Effect.flip(Durable.approve(bills, "bills/1/sign-off", yes("ada")))
      assert.isTrue(item._tag === "NotWaiting" && item.state === "cancelled" && item.decided === undefined)
    })
  ],
  [
    "belongs to its pipeline: another one neither reads its answer nor gives it an input",
    Effect.gen(function*() {
      const id = yield* Durable.submit(Pay, 70)
      yield* asked(id)
      const facts = { id, pipeline: "Pay", version: "1.0.0" }
      const other = new WrongPipeline({ ...facts, given: "Other", givenVersion: "1.0.0" })
      assert.deepStrictEqual(yield* Effect.flip(Durable.result(id, Other)), other)
      yield* Durable.approve(id, "sign-off", yes("ada"))
      yield* Effect.flip(Durable.result(id, Pay))
      assert.deepStrictEqual(yield* Effect.flip(Durable.retryWith(id, Other, 100)), other)
      const newer = new WrongPipeline({ ...facts, given: "Pay", givenVersion: "2.0.0" })
      assert.deepStrictEqual(yield* Effect.flip(Durable.retryWith(id, Newer, 100)), newer)
      // A newer version reads what its schemas can.
      assert.deepStrictEqual(yield* Effect.flip(Durable.result(id, Newer)), new Down())
    })
  ]
]

type Engine = Layer.Layer<Durable.Durable | SqlClient.SqlClient, unknown>

const tests = (name: string, withEngine: (use: (engine: Engine) => Promise<void>) => Promise<void>) =>
  describe(`a durable run ${name}`, () => {
    for (const [what, program] of programs) {
      it(what, () => withEngine((engine) => Effect.runPromise(Effect.asVoid(Effect.provide(program, engine)))))
    }
  })

tests("in memory", (use) => use(Durable.layerMemory({ pipelines })))

tests("in a file", async (use) => {
  const folder = mkdtempSync(join(tmpdir(), "greenlang-decisions-"))
  try {
    await use(Durable.layerEmbedded({ pipelines, file: join(folder, "runs.db"), survives: "process" }))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

layer(Postgres.layer, { excludeTestServices: true })("a durable run on PostgreSQL", (it) => {
  it.effect("counts decisions the same way", () =>
    Effect.gen(function*() {
      const url = yield* (yield* Postgres).makeDatabase
      const port = yield* WorkerProcess.freePort
      const cluster = Cluster.layer({ pipelines, url, address: { host: "127.0.0.1", port } })
      yield* Effect.forEach(programs, ([, program]) => program, { discard: true, concurrency: "unbounded" }).pipe(
        Effect.provide(cluster)
      )
    }))
})
