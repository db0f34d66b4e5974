/**
 * What durable runs promise beyond one process's memory: transactions, keys for the outside, versions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { InvalidDefinition, NotApproved, Pipeline, Run, Step } from "greenlang"
import { layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as WorkerProcess from "../support/WorkerProcess.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}
const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite, error: Broken }

/** Books an amount, and fails after that where it is negative. */
const Booked = Pipeline.make(
  "Booked",
  settings,
  (amount) =>
    Step.make("book", [amount], (amount) =>
      Effect.gen(function*() {
        const sql = yield* SqlClient.SqlClient
        yield* Effect.orDie(sql`INSERT INTO bookings (amount) VALUES (${amount})`)
        return amount < 0 ? yield* new Broken({ why: "negative" }) : amount
      }), { output: Schema.Finite, error: Broken, transaction: true })
)

const keys: Array<string> = []
const Keyed = Pipeline.make("Keyed", settings, (n) => {
  const list = Step.pure("list", [n], () => [1, 2])
  const items = Step.forEach(
    "items",
    list,
    () =>
      Effect.andThen(
        Effect.map(Run.idempotencyKey("pay"), (key) => keys.push(key)),
        Effect.fail(new Broken({ why: "" }))
      ),
    { concurrency: 2, output: Schema.Never }
  )
  return Step.pure("sum", [items], () => 0)
})

const asked = (name: string) =>
  Pipeline.make("Asked", { ...settings, error: Schema.Union([Broken, NotApproved]) }, (n) => {
    const ok = Step.approval("ok", [n], () => "go on?")
    return Step.make(name, [ok, n], (_, n) => Effect.succeed(n), { output: Schema.Finite, error: Broken })
  })

const temporaryFile = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-versions-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ),
  (folder) => join(folder, "runs.db")
)

describe("a durable run", () => {
  it.live("commits what a step writes together with its record, and rolls back what a failed one wrote [B168]", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      yield* sql`CREATE TABLE bookings (amount INTEGER)`
      const good = yield* Durable.submit(Booked, 5)
      assert.strictEqual((yield* Durable.result(good, Booked)).value, 5)
      const bad = yield* Durable.submit(Booked, -5)
      assert.strictEqual((yield* Effect.flip(Durable.result(bad, Booked)))._tag, "Broken")
      assert.deepStrictEqual((yield* sql`SELECT amount FROM bookings`).map(({ amount }) => amount), [5])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Booked] }))))

  it.live("has the same idempotency key when a step runs again, and another in each item", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Keyed, 1)
      yield* Effect.flip(Durable.result(id, Keyed))
      const first = new Set(keys.splice(0))
      yield* Durable.retry(id)
      yield* Effect.flip(Durable.result(id, Keyed))
      assert.isTrue(keys.every((key) => first.has(key)))
      assert.include(`${id}/items/0/pay`, [...first][0]!.replace(/items\/\d/, "items/0"))
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Keyed] }))))

  it.live(
    "waits for a worker whose pipeline has the same steps, and says what differs [B167]",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const file = yield* temporaryFile
        const worker = (name: string) => Durable.layerEmbedded({ pipelines: [asked(name)], file })
        const stateOf = (id: string) => Effect.map(Durable.status(id), ({ state }) => state)
        const id = yield* Effect.gen(function*() {
          const id = yield* Durable.submit(asked("paid"), 3)
          yield* WorkerProcess.until(Effect.map(stateOf(id), (state) => state === "waiting"))
          return id
        }).pipe(Effect.provide(worker("paid")))

        const waits = Effect.map(Durable.status(id), ({ waitingFor }) => waitingFor)
        yield* Effect.gen(function*() {
          const difference = { for: "version", difference: "step `paid` is gone; step `payed` is new" } as const
          // Also before a person has decided.
          const [asked, ...others] = yield* waits
          assert.deepStrictEqual([asked?.for, ...others], ["approval", difference])
          yield* Durable.approve(id, "ok", { approved: true })
          yield* WorkerProcess.until(Effect.map(Durable.status(id), ({ worker }) => worker !== undefined))
          assert.deepStrictEqual(yield* waits, [difference])
        }).pipe(Effect.provide(worker("payed")))

        // That worker has ended: what it had no longer counts.
        const client = Durable.layerClient().pipe(Layer.provide(layerSqlite({ filename: file })))
        assert.strictEqual(yield* Effect.provide(stateOf(id), client), "waiting")
        assert.deepStrictEqual(yield* Effect.provide(waits, client), [
          { for: "worker", pipeline: "Asked", version: "1.0.0" }
        ])

        const { value } = yield* Effect.provide(Durable.result(id, asked("paid")), worker("paid"))
        assert.strictEqual(value, 3)
      }))
  )

  it.live("applies each of several policies of one kind around a list, and emits the end of a step once", () =>
    Effect.gen(function*() {
      const made = { rounds: 0, tried: 0, instead: [] as Array<string> }
      const list = { output: Schema.mutable(Schema.Array(Schema.Finite)) }
      const Policies = Pipeline.make("Policies", settings, (n) => {
        const tried = Step.make(
          "tried",
          [n],
          (n) => ++made.tried % 2 === 1 ? Effect.fail(new Broken({ why: "once" })) : Effect.succeed(n),
          { output: Schema.Finite, error: Broken }
        ).pipe(Step.retry({ times: 1 }))
        const items = Step.forEach(
          "items",
          Step.pure("list", [tried], () => [1]),
          (): Effect.Effect<number, Broken> =>
            Effect.andThen(Effect.sync(() => made.rounds++), Effect.fail(new Broken({ why: "always" }))),
          { output: Schema.Finite }
        ).pipe(
          Step.retry({ times: 1, schedule: Schedule.spaced("5 millis") }),
          Step.timeout("1 hour"),
          Step.retry({ times: 2, schedule: Schedule.spaced("5 millis") }),
          Step.timeout("1 hour"),
          Step.orElse(
            () => Effect.andThen(Effect.sync(() => made.instead.push("first")), new Broken({ why: "" })),
            list
          ),
          Step.orElse(() => Effect.sync(() => (made.instead.push("second"), [7])), list)
        )
        return Step.pure("sum", [items], ([n = 0]) => n)
      })
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Policies, 1)
        assert.strictEqual((yield* Durable.result(id, Policies)).value, 7)
        assert.deepStrictEqual(made, { rounds: 6, tried: 2, instead: ["first", "second"] })
        const events = yield* Stream.runCollect(Durable.events(id))
        const of = (tag: string, path: string) =>
          events.filter((event) => event._tag === tag && event.path.join("/") === path).length
        assert.deepStrictEqual([of("StepFinished", "tried"), of("StepRetried", "tried"), of("StepRetried", "items")], [
          1,
          1,
          5
        ])
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Policies] })))
    }))

  it.live("keeps what had answered before a limit that passes while it is parked", () =>
    Effect.scoped(Effect.gen(function*() {
      const file = yield* temporaryFile
      const inner = Pipeline.make(
        "Inner",
        settings,
        (n) => Step.make("one", [n], (n) => Effect.succeed(n), { output: Schema.Finite })
      )
      const Limited = Pipeline.keepPartial(Pipeline.make("Limited", settings, (n) => {
        const nap = Step.sleep("nap", [n], "1 hour").pipe(Step.timeout("300 millis"))
        const done = Step.agent("done", inner, [n], (n) => n)
        return Step.pure("last", [nap, done], (_, n) => n)
      }))
      const error = yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Limited, 1)
        return yield* Effect.flip(Durable.result(id, Limited))
      }).pipe(Effect.provide(Durable.layerEmbedded({ pipelines: [Limited], file })))
      assert.deepStrictEqual(error._tag === "PipelineFailed" && error.partial, { done: 1 })
    })))

  it("is refused where a step has no schema, by the path of the step, or where a schema holds secrets", () => {
    const inner = Pipeline.make("Inner", settings, (n) => {
      const bought = Step.make("bought", [n], (n) => Effect.succeed(n))
      return Step.make("sum", [bought], (n) => Effect.succeed(n), { output: Schema.Finite })
    })
    const outer = Pipeline.make("Outer", settings, (n) => Step.agent("inner", inner, [n], (n) => n))
    const refused = (pipeline: Pipeline.Any) => {
      try {
        Durable.layerMemory({ pipelines: [pipeline as Pipeline.Pipeline<never, unknown>] })
        return "accepted"
      } catch (error) {
        assert.instanceOf(error, InvalidDefinition)
        return error.message
      }
    }
    assert.strictEqual(
      refused(outer),
      "durable runs of `Outer`: no schema for the answer of the step `inner/bought`; expected `output`, or a `Step.pure` in its place"
    )
    const secret = Pipeline.make(
      "Secret",
      { version: "1.0.0", input: Schema.Redacted(Schema.String), output: Schema.Finite },
      (n) => Step.make("n", [n], () => Effect.succeed(1), { output: Schema.Finite })
    )
    assert.include(refused(secret), "its input holds secrets")
    assert.strictEqual(refused(Pipeline.make("Fine", settings, (n) => Step.pure("n", [n], (n) => n))), "accepted")
  })
})
