/**
 * How the events of a durable run end: each step once, and the run last.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import { NotApproved, Pipeline, type PipelineEvent, PipelineReport, Step } from "greenlang"
import { Durable } from "greenlang/durable"
import * as Waiting from "greenlang/render/Waiting"
import { finite, Leaf, lists, Middle, Negative, settings, sum, Top } from "../support/NestedRuns.ts"
import * as WorkerProcess from "../support/WorkerProcess.ts"

/** Fails below 0 once the items beside it have begun; others do not end by themselves. */
const list = [3, -1, 4]
const began = { items: 0 }
const Slow = Pipeline.make("Slow", settings, (n) =>
  Step.make("read", [n], (n) =>
    Effect.gen(function*() {
      began.items++
      if (n >= 0) return yield* Effect.as(Effect.never, n)
      yield* WorkerProcess.until(Effect.sync(() => began.items % list.length === 0))
      return yield* new Negative({ n })
    }), finite))
const Fails = Pipeline.make("Fails", lists, (list) => {
  const items = Step.forEach("items", list, Slow, { apart: true })
  return Step.pure("sum", [items], sum)
})
const GoesOn = Pipeline.make("GoesOn", lists, (list) => {
  const items = Step.optional(Step.forEach("items", list, Slow, { apart: true }))
  return Step.pure("n", [items], () => 1)
})
const Late = Pipeline.make("Late", lists, (list) => {
  const all = Step.pure("all", [list], (list) => list.map(Math.abs))
  const items = Step.timeout(Step.forEach("items", all, Slow, { apart: true }), "2 seconds")
  return Step.pure("sum", [items], sum)
})

/** What happened, without when: items that run at the same time stand in any order. */
const shown = (events: Iterable<PipelineEvent>) =>
  Array.from(events, ({ _tag, path }) => `${path.join("/")} ${_tag}`).toSorted()

const Asked = Pipeline.make("Asked", { ...settings, error: NotApproved }, (n) => {
  const ok = Step.approval("ok", [n], () => "go on?")
  return Step.pure("n", [n, ok], (n) => n)
})

/** The second step waits until a test lets it end. */
let held = { begun: Deferred.makeUnsafe<void>(), release: Deferred.makeUnsafe<void>() }
const Held = Pipeline.make("Held", settings, (n) => {
  const first = Step.make("first", [n], (n) => Effect.succeed(n), finite)
  const wait = () => Effect.andThen(Deferred.succeed(held.begun, undefined), Deferred.await(held.release))
  const second = Step.make("second", [first], (n) => Effect.as(Effect.uninterruptible(wait()), n), finite)
  return Step.pure("n", [second], (n) => n)
})

const Selfish = Pipeline.make("Selfish", settings, (n) => {
  const stops = Step.make("stops", [n], (n) => Effect.as(Effect.interrupt, n), finite)
  return Step.pure("n", [stops], (n) => n)
})

const lastOf = (id: string) =>
  Effect.map(Stream.runCollect(Durable.events(id, { follow: true })), (events) => {
    const last = events.at(-1)
    return [last?._tag, last?._tag === "RunEnded" ? last.outcome : undefined]
  })

const stateIs = (id: string, state: string) =>
  WorkerProcess.until(Effect.map(Durable.status(id), (status) => status.state === state))

const endsOf = (events: ReadonlyArray<PipelineEvent>) =>
  events.flatMap((event) =>
    event._tag === "StepFinished" || event._tag === "StepFailed" || event._tag === "StepInterrupted"
      ? [event.path.join("/")]
      : []
  )

describe("the events of a durable run", () => {
  it.live("end each step once where an item that is a run of its own fails", () =>
    Effect.gen(function*() {
      for (let round = 0; round < 8; round++) {
        const id = yield* Durable.submit(Top, [[1, 2], [3, -1, 4]])
        assert.strictEqual((yield* Effect.flip(Durable.result(id, Top)))._tag, "Negative")
        const ends = endsOf(yield* Stream.runCollect(Durable.events(id)))
        assert.deepStrictEqual(ends, [...new Set(ends)])
      }
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Leaf, Middle, Top] }))))

  it.live("are those in process where items that are runs of their own are interrupted, also where a policy goes on", () =>
    Effect.gen(function*() {
      for (const pipeline of [Fails, GoesOn]) {
        const here: Array<PipelineEvent> = []
        yield* Effect.exit(Pipeline.observe(pipeline.run(list), (event) => here.push(event)))
        const id = yield* Durable.submit(pipeline, list)
        yield* Effect.exit(Durable.result(id, pipeline))
        assert.deepStrictEqual(shown(yield* Stream.runCollect(Durable.events(id))), shown(here))
        assert.deepStrictEqual(shown(yield* Stream.runCollect(Durable.events(id, { follow: true }))), shown(here))
      }
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Slow, Fails, GoesOn] }))))

  it.effect("are those in process where items that are runs of their own are interrupted by a limit", () =>
    Effect.gen(function*() {
      const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      /** Moves the clock once all items run. */
      const late = <A, E, R>(run: Effect.Effect<A, E, R>) =>
        Effect.gen(function*() {
          began.items = 0
          const fiber = yield* Effect.forkChild(Effect.exit(run))
          while (began.items < list.length) yield* turn
          yield* TestClock.adjust("2 seconds")
          assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
        })
      const here: Array<PipelineEvent> = []
      yield* late(Pipeline.observe(Late.run(list), (event) => here.push(event)))
      let id = ""
      yield* late(Effect.gen(function*() {
        id = yield* Durable.submit(Late, list)
        return yield* Durable.result(id, Late)
      }))
      assert.deepStrictEqual(shown(yield* Stream.runCollect(Durable.events(id))), shown(here))
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Slow, Late] }))))

  it.live("end each step where a run is cancelled while it waits", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Asked, 1)
      yield* stateIs(id, "waiting")
      yield* Durable.cancel(id)
      assert.deepStrictEqual(endsOf(yield* Stream.runCollect(Durable.events(id))), ["ok"])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Asked] }))))

  it.live("end with that of the run where it is cancelled: while it waits, and while a step runs", () =>
    Effect.gen(function*() {
      const parked = yield* Durable.submit(Asked, 1)
      yield* stateIs(parked, "waiting")
      yield* Durable.cancel(parked)
      assert.deepStrictEqual(yield* lastOf(parked), ["RunEnded", "interrupted"])

      held = { begun: Deferred.makeUnsafe(), release: Deferred.makeUnsafe() }
      const running = yield* Durable.submit(Held, 1)
      yield* Deferred.await(held.begun)
      yield* Durable.cancel(running)
      yield* Deferred.succeed(held.release, undefined)
      assert.deepStrictEqual(yield* lastOf(running), ["RunEnded", "interrupted"])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Asked, Held] }))))

  it.live("end with that of the run where it is cancelled before a worker takes it", () =>
    Effect.gen(function*() {
      held = { begun: Deferred.makeUnsafe(), release: Deferred.makeUnsafe() }
      const running = yield* Durable.submit(Held, 1)
      yield* Deferred.await(held.begun)
      const queued = yield* Durable.submit(Held, 2)
      yield* Durable.cancel(queued)
      assert.deepStrictEqual(yield* lastOf(queued), ["RunEnded", "interrupted"])
      yield* Deferred.succeed(held.release, undefined)
      assert.strictEqual((yield* Durable.result(running, Held)).value, 1)
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Held], concurrency: 1 }))))
})

describe("a durable run whose step interrupts itself", () => {
  it.live("fails, and its status names the step", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Selfish, 1)
      yield* stateIs(id, "failed")
      assert.deepStrictEqual((yield* Durable.status(id)).failure, {
        _tag: "Interrupted",
        message: "the step `stops` interrupted itself",
        step: "stops"
      })
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Selfish] }))))
})

/** The call fails while its vendor is down. */
const vendor = { isDown: true, calls: 0 }
const Called = Pipeline.make("Called", settings, (n) => {
  const read = Step.make("read", [n], (n) => Effect.succeed(n), finite)
  const list = Step.pure("list", [read], (n) => [n, n + 1])
  const items = Step.forEach("items", list, (n) => Effect.succeed(n), { ...finite, concurrency: 1 })
  const call = Step.make("call", [items], ([n = 0]) => {
    vendor.calls++
    return vendor.isDown ? Effect.fail(new Negative({ n })) : Effect.succeed(n)
  }, finite)
  return Step.pure("double", [call], (n) => n * 2)
})

describe("the events of a durable run that is retried", () => {
  it.effect("keep those of what does not run again, at their times, and say that the rest waited for a worker", () =>
    Effect.gen(function*() {
      Object.assign(vendor, { isDown: true, calls: 0 })
      const id = yield* Durable.submit(Called, 1)
      yield* Effect.flip(Durable.result(id, Called))
      const before = yield* Stream.runCollect(Durable.events(id))
      yield* TestClock.adjust("40 seconds")
      vendor.isDown = false
      yield* Durable.retry(id)
      assert.strictEqual((yield* Durable.result(id, Called)).value, 2)
      assert.strictEqual(vendor.calls, 2)
      const events = yield* Stream.runCollect(Durable.events(id))
      const times = events.map(({ at }) => at)
      assert.deepStrictEqual(times, times.toSorted((a, b) => a - b))
      const kept = before.filter(({ _tag, path }) => _tag !== "RunEnded" && path[0] !== "call")
      assert.deepStrictEqual(events.slice(0, kept.length), kept)
      assert.deepStrictEqual(
        events.slice(kept.length).map(({ _tag, path }) => [_tag, path.join("/")]),
        [
          ["StepStarted", "call"],
          ["StepFinished", "call"],
          ["StepStarted", "double"],
          ["StepFinished", "double"],
          ["RunEnded", ""]
        ]
      )
      const { duration, steps } = PipelineReport.fold(events)
      const waits = Array.from(
        Waiting.find(steps),
        ([{ path }, { reason, waited }]) => [path.join("/"), reason, waited]
      )
      assert.deepStrictEqual(waits, [["call", "a worker", 40_000]])
      const gaps = steps.flatMap(({ gaps = [], path }) => gaps.map((gap) => [path.join("/"), gap.for, gap.duration]))
      assert.deepStrictEqual(gaps, [["call", "worker", 40_000]])
      assert.strictEqual(duration, 40_000)
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Called] }))))

  it.effect("are those of the steps after `from` alone, and all with another input", () =>
    Effect.gen(function*() {
      Object.assign(vendor, { isDown: true, calls: 0 })
      const id = yield* Durable.submit(Called, 1)
      yield* Effect.flip(Durable.result(id, Called))
      const startsAt = (name: string) =>
        Effect.map(
          Stream.runCollect(Durable.events(id)),
          (events) => events.flatMap((one) => one._tag === "StepStarted" && one.path.join("/") === name ? [one.at] : [])
        )
      yield* TestClock.adjust("1 minute")
      yield* Durable.retry(id, { from: "items" })
      yield* Effect.flip(Durable.result(id, Called))
      assert.deepStrictEqual([yield* startsAt("read"), yield* startsAt("items/1")], [[0], [60_000]])
      yield* TestClock.adjust("1 minute")
      vendor.isDown = false
      yield* Durable.retryWith(id, Called, 5)
      assert.strictEqual((yield* Durable.result(id, Called)).value, 10)
      assert.deepStrictEqual([yield* startsAt("read"), yield* startsAt("items/1")], [[120_000], [120_000]])
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Called] }))))
})
