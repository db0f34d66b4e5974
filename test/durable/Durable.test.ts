/**
 * Durable runs in one process, on the memory engine: the clock of the test moves sleeps and limits.
 */
import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Result, Schedule, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { TestClock } from "effect/testing"
import { type Agent, InvalidOutput, NotApproved, Pipeline, Run, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import { setImmediate } from "node:timers/promises"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const number = { output: Schema.Finite, error: Broken }
const Input = Schema.Struct({ n: Schema.Finite })
const settings = { version: "1.0.0", input: Input, output: Schema.Finite, error: Broken }
const asking = { ...settings, error: NotApproved }

/** Which steps ran, in order: cleared by `fresh`. */
const ran: Array<string> = []

const cited = (step: string, value: number) =>
  Effect.gen(function*() {
    ran.push(step)
    yield* Run.cite({ kind: "calculation", step, formula: "n", inputs: {}, output: value, unit: "kg" })
    yield* Run.addUsage({ calls: 1, inputTokens: 10, costUsd: 0.1 })
    return value
  })

const Sum = Pipeline.make("Sum", settings, (input) => {
  const twice = Step.make("twice", [input], ({ n }) => cited("twice", n * 2), number)
  const thrice = Step.make(
    "thrice",
    [input],
    ({ n }) => n < 0 ? Effect.fail(new Broken({ why: "negative" })) : cited("thrice", n * 3),
    number
  )
  return Step.make("sum", [twice, thrice], (a, b) => cited("sum", a + b), number)
})

const Inner = Pipeline.make("Inner", { ...settings, input: Schema.Finite }, (n) => {
  const up = Step.make("up", [n], (n) => cited("up", n + 1), number)
  return Step.make("down", [up], (n) => cited("down", n - 2), number)
})

const broken = (why: string): Effect.Effect<number, Broken> => Effect.fail(new Broken({ why }))

/** Every way of making a step, but those that wait. */
const Mixed = Pipeline.make("Mixed", { ...settings, error: Schema.Union([Broken, Step.IterationLimit]) }, (input) => {
  let flaky = 0
  const one = Step.make("one", [input], ({ n }) => cited("one", n), number)
  const again = Step.make(
    "again",
    [one],
    (n) => flaky++ % 2 === 0 ? Effect.fail(new Broken({ why: "flaky" })) : cited("again", n),
    number
  ).pipe(Step.retry(Schedule.recurs(2)))
  const no = Step.make("no", [one], () => broken("always"), number).pipe(Step.optional)
  const other = Step.orElse(
    Step.make("other", [one], () => broken("other"), number),
    () => cited("instead", 7),
    { output: Schema.Finite }
  )
  const known = Step.result(
    Step.make("known", [one], () => broken("known"), number),
    { output: Schema.Result(Schema.Finite, Schema.Union([Broken, InvalidOutput])) }
  )
  const small = Step.pure("small", [one], (n) => n < 100)
  const maybe = Step.make("maybe", [one], (n) => cited("maybe", n), number).pipe(Step.when(small))
  const list = Step.pure("list", [one], (n) => [n, n + 1, n + 2])
  const items = Step.forEach("items", list, (x) => cited(`item ${x}`, x), { concurrency: 2, output: Schema.Finite })
  const inner = Step.agent("inner", Inner, [one], (n) => n)
  const loop = Step.iterate("loop", one, { while: (n) => n < 20, max: 10, body: (n) => cited(`round ${n}`, n * 2) })
  const race = Step.race("race", [
    Step.make("slow", [one], (): Effect.Effect<number> => Effect.never, { output: Schema.Finite }),
    Step.make("quick", [one], (n) => cited("quick", n), number)
  ])
  return Step.pure(
    "all",
    [again, no, other, known, maybe, items, inner, loop, race],
    (again, no, other, known, maybe, items, inner, loop, race) =>
      again + Option.getOrElse(no, () => 1) + other + (Result.isFailure(known) ? 1 : 0) +
      Option.getOrElse(maybe, () => 0) + items.reduce((a, b) => a + b, 0) + inner + loop + race
  )
})

const Waits = Pipeline.make("Waits", asking, (input) => {
  const first = Step.make("first", [input], ({ n }) => cited("first", n), number)
  const nap = Step.sleep("nap", [first], "3 days")
  const ok = Step.approval("sign-off", [first], (n) => `spend ${n}?`)
  return Step.make("last", [nap, ok, first], (_, _ok, n) => cited("last", n), number)
})

const hang = { open: false }
const Hang = Pipeline.make("Hang", settings, (input) =>
  Step.make("hang", [input], () =>
    Effect.acquireUseRelease(
      Effect.sync(() => hang.open = true),
      (): Effect.Effect<number> => Effect.never,
      () => Effect.sync(() => hang.open = false)
    ), { output: Schema.Finite }))

const Large = Pipeline.make(
  "Large",
  { ...settings, output: Schema.String },
  (input) => Step.make("large", [input], ({ n }) => Effect.succeed("x".repeat(n)), { output: Schema.String })
)

const Wrong = Pipeline.make(
  "Wrong",
  settings,
  (input) => Step.make("wrong", [input], () => Effect.succeed(NaN), { output: Schema.Finite })
)
const Dies = Pipeline.make(
  "Dies",
  settings,
  (input) =>
    Step.make("dies", [input], (): Effect.Effect<number> => Effect.die(new Error("a bug")), { output: Schema.Finite })
)
const Interrupts = Pipeline.make(
  "Interrupts",
  settings,
  (input) => Step.make("interrupts", [input], (): Effect.Effect<number> => Effect.interrupt, { output: Schema.Finite })
)

const Limited = Pipeline.make("Limited", { ...asking, output: Schema.Boolean }, (input) => {
  const asked = Step.timeout(Step.approval("asked", [input], () => "go on?"), "1 hour")
  return Step.pure("answer", [asked], () => true)
})

const Again = Pipeline.make("Again", settings, (input) => {
  let failures = 0
  const list = Step.pure("list", [input], ({ n }) => [n, n])
  const items = Step.forEach(
    "items",
    list,
    (n, at) =>
      at === 1 && failures++ < 2
        ? Effect.fail(new Broken({ why: "flaky" }))
        : at === 0
        ? cited("before", n)
        : Effect.succeed(n),
    { output: Schema.Finite }
  ).pipe(Step.retry({ times: 3, schedule: Schedule.spaced("6 hours") }))
  return Step.pure("sum", [items], (items) => items.reduce((a, b) => a + b, 0))
})

const key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"
const Leaks = Pipeline.make(
  "Leaks",
  { version: "1.0.0", input: Schema.Struct({ text: Schema.String }), output: Schema.String, error: Broken },
  (input) => {
    const said = Step.make("said", [input], ({ text }) =>
      Run.annotate("key", key).pipe(
        Effect.andThen(Run.cite({ kind: "calculation", step: key, formula: key, inputs: {}, output: 1, unit: "kg" })),
        Effect.andThen(
          text.startsWith("fail") ? Effect.fail(new Broken({ why: key })) : Effect.succeed(`${text} ${key}`)
        )
      ), { output: Schema.String, error: Broken })
    return Step.make("again", [said], (said) => Effect.succeed(said + key), { output: Schema.String })
  }
)

const pipelines = [Sum, Mixed, Waits, Inner] as const
const layer = Durable.layerMemory({ pipelines })

/** Lets the workers look, so many times. */
const rounds = (n: number) => Effect.forEach(Array.from({ length: n }), () => TestClock.adjust("250 millis"))

/** The status of a run once it is parked and waits for all of these, in the order of their names. */
const parkedFor = (id: string, ...waits: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    while (true) {
      const status = yield* Durable.status(id)
      const waitingFor = status.waitingFor.map((wait) => wait.for).toSorted()
      if (status.state === "waiting" && waitingFor.join() === waits.join()) return status
      yield* rounds(1)
    }
  })

/** The result of a run, while the clock moves. */
const resultOf = <In, Out, E>(id: string, pipeline: Pipeline.Pipeline<In, Out, E, unknown>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Durable.result(id, pipeline))
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("250 millis")
    return yield* Fiber.join(fiber)
  })

const fresh = Effect.sync(() => void (ran.length = 0))

const same = (
  a: Agent.AgentResult<unknown>["metadata"],
  b: Agent.AgentResult<unknown>["metadata"]
) => {
  assert.deepStrictEqual(a.citations, b.citations)
  assert.deepStrictEqual(a.usage, b.usage)
  assert.deepStrictEqual(a.annotations, b.annotations)
}

describe("a durable run in memory", () => {
  it.effect("answers as in process, with the same citations and usage [B160]", () =>
    Effect.gen(function*() {
      for (const n of [1, 30]) {
        const id = yield* Durable.submit(Mixed, { n })
        const durable = yield* resultOf(id, Mixed)
        const plain = yield* Mixed.run({ n })
        assert.strictEqual(durable.value, plain.value)
        same(durable.metadata, plain.metadata)
        assert.strictEqual(durable.metadata.runId, id)
      }
    }).pipe(Effect.provide(layer)))

  it.effect("fails as in process, and says so in its status", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Sum, { n: -1 })
      const error = yield* Effect.flip(resultOf(id, Sum))
      assert.deepStrictEqual(error, new Broken({ why: "negative" }))
      assert.instanceOf(error, Broken)
      assert.strictEqual((yield* Durable.status(id)).state, "failed")
    }).pipe(Effect.provide(layer)))

  it.effect("is one run for each key, and refuses another input under it [B161]", () =>
    Effect.gen(function*() {
      yield* fresh
      const ids = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => Durable.submit(Sum, { n: 4 }, { key: "site 7" }),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(ids).size, 1)
      yield* resultOf(ids[0]!, Sum)
      assert.strictEqual(yield* Durable.submit(Sum, { n: 4 }, { key: "site 7" }), ids[0])
      assert.deepStrictEqual(ran.toSorted(), ["sum", "thrice", "twice"])
      const conflict = yield* Effect.flip(Durable.submit(Sum, { n: 5 }, { key: "site 7" }))
      assert.strictEqual(conflict._tag, "KeyConflict")
    }).pipe(Effect.provide(layer)))

  it.effect("sleeps for days and waits for a person, parked, and runs nothing twice", () =>
    Effect.gen(function*() {
      yield* fresh
      const id = yield* Durable.submit(Waits, { n: 5 })
      yield* parkedFor(id, "approval", "time")
      const refused = yield* Effect.flip(Durable.approve(id, "nap", { approved: true }))
      assert.deepStrictEqual(refused._tag === "NotWaiting" && refused.waiting, ["sign-off"])
      yield* Durable.approve(id, "sign-off", { approved: true, by: "ada" })
      yield* parkedFor(id, "time")
      assert.deepStrictEqual(ran, ["first"])
      yield* TestClock.adjust("3 days")
      const { value } = yield* resultOf(id, Waits)
      assert.strictEqual(value, 5)
      assert.deepStrictEqual(ran, ["first", "last"])
      const events = yield* Stream.runCollect(Durable.events(id))
      const count = (tag: string) => events.filter(({ _tag }) => _tag === tag).length
      assert.deepStrictEqual(
        [
          count("RunStarted"),
          count("ApprovalAsked"),
          count("ApprovalDecided"),
          count("StepStarted"),
          count("RunEnded")
        ],
        [1, 1, 1, 4, 1]
      )
      assert.strictEqual(count("StepInterrupted"), 0)
    }).pipe(Effect.provide(layer)))

  it.effect("asks a person before it is parked, however long that takes to prepare", () =>
    Effect.gen(function*() {
      // the digest of a question is made in another thread
      const digest = crypto.subtle.digest.bind(crypto.subtle)
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          vi.spyOn(crypto.subtle, "digest").mockImplementation(async (...options) => {
            for (let turn = 0; turn < 100; turn++) await setImmediate()
            return digest(...options)
          })
        ),
        (spy) => Effect.sync(() => spy.mockRestore())
      )
      const id = yield* Durable.submit(Waits, { n: 5 })
      let status = yield* Durable.status(id)
      while (status.state !== "waiting") {
        yield* rounds(1)
        status = yield* Durable.status(id)
      }
      assert.deepStrictEqual(status.waitingFor.map((wait) => wait.for).toSorted(), ["approval", "time"])
    }).pipe(Effect.provide(layer)))

  it.effect("stops when it is cancelled: parked, or in the middle of a step", () =>
    Effect.gen(function*() {
      const parked = yield* Durable.submit(Waits, { n: 5 })
      yield* rounds(8)
      yield* Durable.cancel(parked)
      assert.strictEqual((yield* Effect.flip(resultOf(parked, Waits)))._tag, "Cancelled")
      const hanging = yield* Durable.submit(Hang, { n: 1 })
      while (!hang.open) yield* rounds(1)
      yield* Durable.cancel(hanging)
      while (hang.open) yield* rounds(1)
      assert.strictEqual((yield* Durable.status(hanging)).state, "cancelled")
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Waits, Hang] }))))

  it.effect("retries from what had succeeded, from a step, and on another input", () =>
    Effect.gen(function*() {
      yield* fresh
      const id = yield* Durable.submit(Sum, { n: -1 }, { key: "once" })
      yield* Effect.flip(resultOf(id, Sum))
      yield* Durable.retry(id)
      yield* Effect.flip(resultOf(id, Sum))
      assert.deepStrictEqual(ran, ["twice"])
      yield* Durable.retry(id, { from: "twice" })
      yield* Effect.flip(resultOf(id, Sum))
      assert.deepStrictEqual(ran, ["twice", "twice"])
      yield* Durable.retryWith(id, Sum, { n: 2 })
      assert.strictEqual((yield* resultOf(id, Sum)).value, 10)
      assert.strictEqual((yield* Durable.status(id)).attempt, 4)
      // Its key is still that of what was submitted.
      assert.strictEqual(yield* Durable.submit(Sum, { n: -1 }, { key: "once" }), id)
      assert.strictEqual((yield* Effect.flip(Durable.retry(id)))._tag, "NotRetriable")
      assert.strictEqual((yield* Effect.flip(Durable.retry(id, { from: "no" })))._tag, "StepNotFound")
    }).pipe(Effect.provide(layer)))

  it.effect("accepts no more than the queue holds", () =>
    Effect.gen(function*() {
      yield* Durable.submit(Sum, { n: 1 })
      yield* Durable.submit(Sum, { n: 2 })
      const error = yield* Effect.flip(Durable.submit(Sum, { n: 3 }))
      assert.deepStrictEqual(error._tag === "QueueFull" && [error.waiting, error.limit], [2, 2])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [], queue: 2 }))))

  it.effect("waits for a worker that has its version, however long, and says so", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Sum, { n: 1 })
      yield* TestClock.adjust("6 hours")
      const { state, waitingFor } = yield* Durable.status(id)
      assert.strictEqual(state, "queued")
      assert.deepStrictEqual(waitingFor, [{ for: "worker", pipeline: "Sum", version: "1.0.0" }])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Waits] }))))

  it.effect("refuses an answer that is too large, by the name of its step", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Large, { n: 2_000 })
      const error = yield* Effect.flip(resultOf(id, Large))
      assert(error._tag === "AnswerTooLarge")
      assert.deepStrictEqual([error.step, error.limit], ["large", 1_000])
      assert.isAbove(error.bytes, 2_000)
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Large], maxAnswerBytes: 1_000 }))))

  it.effect("fails where an answer does not match its schema, and where a step dies or interrupts itself", () =>
    Effect.gen(function*() {
      for (const pipeline of [Wrong, Dies, Interrupts] as const) {
        const id = yield* Durable.submit(pipeline, { n: 1 })
        const fiber = yield* Effect.forkChild(Effect.exit(Durable.result(id, pipeline)))
        while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("250 millis")
        const durable = yield* Fiber.join(fiber)
        const plain = yield* Effect.exit(pipeline.run({ n: 1 }))
        assert(Exit.isFailure(durable) && Exit.isFailure(plain))
        assert.deepStrictEqual(
          durable.cause.reasons.map(({ _tag }) => _tag),
          plain.cause.reasons.map(({ _tag }) => _tag)
        )
        assert.strictEqual((yield* Durable.status(id)).state, "failed")
      }
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Wrong, Dies, Interrupts] }))))

  it.effect("keeps the limits and the pauses around steps that run others, also while it is parked", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Limited, { n: 1 })
      yield* rounds(8)
      yield* TestClock.adjust("2 hours")
      const error = yield* Effect.flip(resultOf(id, Limited))
      assert(error._tag === "TimedOut")
      assert.strictEqual(error.agent, "asked")
      yield* fresh
      const again = yield* Durable.submit(Again, { n: 1 })
      while ((yield* Durable.status(again)).state !== "waiting") yield* rounds(1)
      yield* TestClock.adjust("1 day")
      assert.strictEqual((yield* resultOf(again, Again)).value, 2)
      assert.deepStrictEqual(ran, ["before", "before", "before"])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Limited, Again] }))))

  it.effect("writes no secret into any table [B166]", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Leaks, { text: `mine is ${key}` })
      yield* resultOf(id, Leaks)
      const failing = yield* Durable.submit(Leaks, { text: `fail ${key}` })
      yield* Effect.exit(resultOf(failing, Leaks))
      const refusal = yield* Effect.flip(Durable.submit(Leaks, { text: "fine" }, { key: `for ${key}` }))
      assert.strictEqual(refusal._tag, "InvalidInput")
      assert.match(refusal.message, /^Durable\.submit .*\n {2}key: holds a secret/)
      assert.notInclude(refusal.message, key)
      const sql = yield* SqlClient.SqlClient
      const tables = yield* sql<{ readonly name: string }>`SELECT name FROM sqlite_master WHERE type = 'table'`
      let rows = 0
      for (const { name } of tables) {
        const found = yield* sql.unsafe(`SELECT * FROM ${name}`)
        rows += found.length
        assert.notInclude(JSON.stringify(found), key, name)
      }
      assert.isAbove(rows, 10)
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Leaks] }))))

  it.effect("keeps the key of a run for ever, its answer for 90 days and its journal for a day", () =>
    Effect.gen(function*() {
      yield* fresh
      const sql = yield* SqlClient.SqlClient
      const count = (table: string) =>
        Effect.map(sql.unsafe<{ n: number }>(`SELECT count(*) AS n FROM ${table}`), ([row]) => row!.n)
      const id = yield* Durable.submit(Sum, { n: 1 }, { key: "once" })
      yield* resultOf(id, Sum)
      assert.strictEqual(yield* count("durable_steps"), 3)
      yield* TestClock.adjust("25 hours")
      assert.strictEqual(yield* count("durable_steps"), 0)
      assert.strictEqual((yield* Durable.result(id, Sum)).value, 5)
      yield* TestClock.adjust("90 days")
      assert.strictEqual(yield* count("durable_events"), 0)
      assert.strictEqual((yield* Effect.flip(Durable.result(id, Sum)))._tag, "ResultExpired")
      assert.strictEqual(yield* Durable.submit(Sum, { n: 1 }, { key: "once" }), id)
      assert.strictEqual(ran.length, 3)
    }).pipe(Effect.provide(layer)))
})
