import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Latch, Logger, Random, Schedule, Schema, Scope, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { TestClock } from "effect/testing"
import {
  Agent,
  Llm,
  LlmPrices,
  Pipeline,
  type PipelineEvent,
  PipelineReport,
  Pool,
  Run,
  type RunError,
  Step
} from "greenlang"
import { NoLeaks, ScriptedLlm } from "greenlang/testing"
import * as RandomGraph from "../support/RandomGraph.ts"
import { rounds } from "../support/Rounds.ts"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })
const numbers = to(Schema.Finite)
const takes = (millis: number) => <A>(value: A) => Effect.delay(Effect.succeed(value), millis)

const at = ({ _tag, path }: PipelineEvent) => path.length === 0 ? _tag : `${_tag} ${path.join("/")}`

const usages = (events: ReadonlyArray<PipelineEvent>) =>
  Object.fromEntries(
    events.flatMap((event) => "usage" in event && event.usage !== undefined ? [[at(event), event.usage]] : [])
  )

describe("tokens", () => {
  const Talk = Pipeline.make(
    "Talk",
    to(Schema.String),
    (n) => Step.make("say", [n], () => Stream.mkString(Llm.streamText("hi")).pipe(Effect.orDie))
  )

  it.effect("of a stream are emitted under the step that asked, in order, before the step ends", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect(Talk.events(1)).pipe(Effect.provide(ScriptedLlm.layer("one two three")))
      const emitted = events.flatMap((event) => event._tag === "TextDelta" ? [event.text] : [])
      assert.strictEqual(emitted.join(""), "one two three")
      assert.isAbove(emitted.length, 1)
      assert.deepStrictEqual([...new Set(events.map(at))], [
        "RunStarted",
        "PipelineStarted",
        "StepStarted say",
        "ModelAsked say",
        "TextDelta say",
        "ModelCalled say",
        "StepFinished say",
        "RunEnded"
      ])
    }))

  it.effect("are emitted by agents over raw models, too, under the path of the step inside", () =>
    Effect.gen(function*() {
      const Raw = Agent.make("Raw", {
        ...to(Schema.Void),
        execute: () =>
          Stream.runForEach(
            LanguageModel.streamText({ prompt: "hi" }),
            () => Effect.void
          ).pipe(Effect.orDie)
      })
      const Inner = Pipeline.make("Inner", to(Schema.Void), (n) => Step.agent("raw", Raw, [n], (n) => n))
      const Outer = Pipeline.make("Outer", to(Schema.Void), (n) => Step.agent("inner", Inner, [n], (n) => n))
      const events = yield* Stream.runCollect(Outer.events(1)).pipe(Effect.provide(ScriptedLlm.layer("a b")))
      const paths = events.flatMap((event) => event._tag === "TextDelta" ? [event.path.join("/")] : [])
      assert.deepStrictEqual([...new Set(paths)], ["inner/raw"])
    }))

  it.effect("do nothing where nothing listens", () =>
    Effect.gen(function*() {
      yield* Run.emitToken("unheard")
      const { value } = yield* Talk.run(1).pipe(Effect.provide(ScriptedLlm.layer("one two")))
      assert.strictEqual(value, "one two")
    }))
})

describe("usage", () => {
  const prices = LlmPrices.of({
    "scripted/scripted": { inputPerMillion: 1, outputPerMillion: 1, source: "a test", date: "2025-01-01" }
  })
  const spends = (calls: number) => Run.addUsage({ calls, inputTokens: 10 * calls, costUsd: calls / 4 })

  it.effect("is in the events of each step, with and without an agent around the call, and adds up in nested pipelines", () =>
    Effect.gen(function*() {
      const Asks = Agent.make("Asks", { ...numbers, execute: (n) => Effect.as(spends(n), n) })
      const Around = Agent.make("Around", {
        ...numbers,
        execute: (n) => Effect.andThen(spends(1), Agent.call(Asks, n))
      })
      const Inner = Pipeline.make("Inner", numbers, (n) => {
        const direct = Step.make("direct", [n], (n) => Effect.as(spends(1), n))
        const method = Step.make("method", [n], (n) =>
          Effect.map(Run.Current, (run) => {
            run?.addUsage({ calls: 2 })
            return n
          }))
        const agent = Step.agent("agent", Around, [n], () => 4)
        return Step.make("join", [direct, method, agent], () => Effect.succeed(0))
      })
      const Outer = Pipeline.make("Outer", numbers, (n) => {
        const inner = Step.agent("inner", Inner, [n], (n) => n)
        return Step.make("after", [inner], (n) => Effect.as(spends(1), n))
      })
      const { metadata, steps, ...report } = yield* Outer.report(1)
      const calls = Object.fromEntries(steps.map(({ path, usage }) => [path.join("/"), usage?.calls]))
      assert.deepStrictEqual(calls, {
        "inner": 8,
        "inner/direct": 1,
        "inner/method": 2,
        "inner/agent": 5,
        "inner/join": undefined,
        "after": 1
      })
      assert.strictEqual(metadata.usage.calls, 9)
      assert.strictEqual(steps.find(({ path }) => path.join("/") === "inner/agent")?.usage?.costUsd, 1.25)
      const events = yield* Stream.runCollect(Outer.events(1))
      const { pipeline } = report
      assert.deepStrictEqual(
        PipelineReport.fold(events).steps.map(({ path, usage }) => [path, usage]),
        steps.map(({ path, usage }) => [path, usage])
      )
      assert.strictEqual(pipeline, "Outer")
    }))

  it.effect("of models is what they counted, at their price", () =>
    Effect.gen(function*() {
      const Ask = Pipeline.make("Ask", to(Schema.String), (n) =>
        Step.make("ask", [n], () =>
          Effect.orDie(Effect.map(Llm.generate("hi"), ({ text }) => text))))
      const { metadata, steps } = yield* Ask.report(1).pipe(
        Effect.provide(ScriptedLlm.layer("hello")),
        Effect.provideService(LlmPrices, prices)
      )
      assert.strictEqual(steps[0]?.usage?.calls, 1)
      assert.deepStrictEqual(steps[0]?.usage, metadata.usage)
    }))

  it.effect("of steps that failed, were retried or interrupted is in the events as well", () =>
    Effect.gen(function*() {
      const Fails = Pipeline.make("Fails", numbers, (n) => {
        const waits = Step.make("waits", [n], () => Effect.andThen(spends(3), Effect.never))
        const fails = Step.make("fails", [n], () =>
          Effect.andThen(spends(1), Effect.delay(Effect.fail(new Stuck({ at: "fails" })), 10))).pipe(
            Step.retry(Schedule.recurs(1))
          )
        return Step.make("last", [waits, fails], () =>
          Effect.succeed(0))
      })
      const seen: Array<PipelineEvent> = []
      const run = yield* Effect.forkChild(Effect.exit(Pipeline.observe(Fails.run(1), (event) =>
        seen.push(event))))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(run)
      const used = usages(seen)
      const calls = Object.entries(used).map(([at, { calls }]) => [at, calls])
      assert.deepStrictEqual(Object.fromEntries(calls), {
        "StepFailed fails": 2,
        "StepInterrupted waits": 3,
        "RunEnded": 5
      })
    }))
})

describe("a listener to events", () => {
  const Slow = Pipeline.make("Slow", numbers, (n) => {
    const first = Step.make("first", [n], takes(5))
    return Step.make("last", [first], takes(5))
  })

  for (const tag of ["RunStarted", "StepStarted", "StepFinished", "RunEnded"] as const) {
    it.effect(`that throws at ${tag} is logged, and leaves the run what it is`, () =>
      Effect.gen(function*() {
        const logged: Array<unknown> = []
        const others: Array<string> = []
        const run = Slow.run(1).pipe(
          Pipeline.observe((event) => {
            if (event._tag === tag) throw new Error("no room for more")
          }),
          Pipeline.observe(({ _tag }) => others.push(_tag)),
          Effect.provide(Logger.layer([Logger.make(({ cause }) => void logged.push(Cause.squash(cause)))])),
          Effect.forkChild
        )
        const fiber = yield* run
        yield* TestClock.adjust("1 second")
        assert.strictEqual((yield* Fiber.join(fiber)).value, 1)
        assert.lengthOf(logged, others.filter((one) => one === tag).length)
        assert.include(String(logged[0]), "no room for more")
        assert.lengthOf(others, 7)
      }))
  }

  const rejecting: Readonly<Record<string, () => PromiseLike<void>>> = {
    "a promise that is rejected": () => Promise.reject(new Error("socket closed")),
    "an object whose `then` throws": () => ({
      // oxlint-disable-next-line no-thenable
      then: () => {
        throw new Error("socket closed")
      }
    }),
    "a promise whose own `then` throws": () =>
      Object.assign(Promise.resolve(), {
        // oxlint-disable-next-line no-thenable
        then: () => {
          throw new Error("socket closed")
        }
      })
  }
  for (const [what, promise] of Object.entries(rejecting)) {
    it.live(`that returns ${what} is logged at each event, and leaves the run what it is`, () =>
      Effect.gen(function*() {
        const logged: Array<unknown> = []
        const Quick = Pipeline.make("Quick", numbers, (n) => Step.make("once", [n], Effect.succeed))
        const { value } = yield* Quick.run(1).pipe(
          Pipeline.observe(promise),
          Effect.provide(Logger.layer([Logger.make(({ cause }) => void logged.push(Cause.squash(cause)))]))
        )
        assert.strictEqual(value, 1)
        yield* Effect.promise(() => new Promise(setImmediate))
        assert.deepStrictEqual(logged.map((error) => (error as Error).message), Array(5).fill("socket closed"))
      }))
  }
})

describe("what runs inside of a step", () => {
  const states = (steps: ReadonlyArray<PipelineReport.StepReport>) =>
    Object.fromEntries(steps.map(({ path, state }) => [path.join("/"), state]))

  it.effect("is drawn when its pipeline starts, and is pending until its turn", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", { ...numbers, version: "2.0.0" }, (n) => {
        const left = Step.make("left", [n], takes(10))
        const right = Step.make("right", [n], takes(20)).pipe(Step.expectedDuration("20 millis"))
        return Step.make("join", [left, right], (a, b) => takes(5)(a + b))
      })
      const Outer = Pipeline.make("Outer", numbers, (n) => Step.agent("inner", Inner, [n], (n) => n))
      const seen: Array<PipelineEvent> = []
      const run = yield* Effect.forkChild(Pipeline.observe(Outer.run(1), (event) => seen.push(event)))
      yield* TestClock.adjust("15 millis")
      assert.deepInclude(seen.find(({ _tag, path }) => _tag === "PipelineStarted" && path.length > 0), {
        path: ["inner"],
        pipeline: "Inner",
        version: "2.0.0",
        steps: [
          { name: "input", after: [] },
          { name: "left", after: ["input"] },
          { name: "right", after: ["input"], expected: 20 },
          { name: "join", after: ["left", "right"] }
        ]
      })
      const { steps } = PipelineReport.fold(seen)
      assert.deepStrictEqual(states(steps), {
        "inner": "running",
        "inner/left": "finished",
        "inner/right": "running",
        "inner/join": "pending"
      })
      assert.deepStrictEqual(steps.at(-1)?.after, ["left", "right"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(run)
      assert.deepStrictEqual(new Set(Object.values(states(PipelineReport.fold(seen).steps))), new Set(["finished"]))
    }))

  it.effect("begins anew when the step is tried again", () =>
    Effect.gen(function*() {
      let attempts = 0
      const Inner = Pipeline.make("Inner", numbers, (n) => {
        const first = Step.make("first", [n], (n) => ++attempts === 1 ? Effect.succeed(n) : takes(10)(n))
        return Step.make("second", [first], (n) =>
          attempts === 1 ? Effect.fail(new Stuck({ at: "second" })) : Effect.succeed(n))
      })
      const Outer = Pipeline.make("Outer", numbers, (n) =>
        Step.agent("inner", Inner, [n], (n) =>
          n).pipe(Step.retry(Schedule.recurs(1))))
      const seen: Array<PipelineEvent> = []
      const run = yield* Effect.forkChild(Pipeline.observe(Outer.run(1), (event) =>
        seen.push(event)))
      yield* TestClock.adjust("5 millis")
      assert.deepStrictEqual(states(PipelineReport.fold(seen).steps), {
        "inner": "running",
        "inner/first": "running",
        "inner/second": "pending"
      })
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(run)
    }))

  it.effect("has events for the items of forEach, each with the pipeline that it runs", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", numbers, (n) => Step.make("twice", [n], (n) => Effect.succeed(n * 2)))
      const Each = Pipeline.make("Each", to(Schema.Array(Schema.Finite)), (n) => {
        const list = Step.make("list", [n], (n) => Effect.succeed([n, n + 1]))
        return Step.forEach("each", list, (n) => Agent.call(Inner, n), { concurrency: 2 })
      })
      const { steps, value } = yield* Each.report(1)
      assert.deepStrictEqual(value, [2, 4])
      assert.deepStrictEqual(states(steps), {
        "list": "finished",
        "each": "finished",
        "each/0": "finished",
        "each/0/twice": "finished",
        "each/1": "finished",
        "each/1/twice": "finished"
      })
    }))

  it.effect("has events for the rounds of iterate and the alternatives of race", () =>
    Effect.gen(function*() {
      const Shapes = Pipeline.make("Shapes", numbers, (n) => {
        const halves = Step.iterate("halves", n, { while: (n) => n > 1, max: 5, body: (n) => takes(1)(n / 2) })
        return Step.race("race", [
          Step.make("quick", [halves], takes(10)),
          Step.make("slow", [halves], takes(20)),
          Step.make("stuck", [halves], () => Effect.fail(new Stuck({ at: "race" })))
        ])
      })
      const run = yield* Effect.forkChild(Shapes.report(4))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(states((yield* Fiber.join(run)).steps), {
        "halves": "finished",
        "halves/0": "finished",
        "halves/1": "finished",
        "race": "finished",
        "race/quick": "finished",
        "race/slow": "interrupted",
        "race/stuck": "failed"
      })
    }))
})

/** `width` steps that answer at once, `rows` deep, and count how many have started. */
const Wide = (width: number, rows: number, onStart: () => void, concurrency = Infinity) =>
  Pipeline.make("Wide", { ...numbers, concurrency }, (n) => {
    let row: ReadonlyArray<Step.Step<number>> = [n]
    for (let at = 0; at < rows; at++) {
      const before = row
      row = Array.from(
        { length: width },
        (_, i) =>
          Step.make(`${at}.${i}`, [before[i % before.length]!], (n) =>
            Effect.sync(() => {
              onStart()
              return n
            }))
      )
    }
    return Step.make("last", row, () => Effect.succeed(0))
  })

/** Reads one event, and goes on to read when the latch is open. */
const slowly = <A, E, R>(events: Stream.Stream<A, E, R>, latch: Latch.Latch, seen: Array<A>) =>
  Stream.runForEach(events, (event) => Effect.andThen(Effect.sync(() => seen.push(event)), latch.await))

const settled = Effect.andThen(
  Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true }),
  TestClock.adjust(0)
)

describe("back-pressure", () => {
  it.effect("starts no further step while the reader is slow, and drops nothing", () =>
    Effect.gen(function*() {
      let started = 0
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(
        slowly(Wide(1_000, 2, () => started++).events(1, { capacity: 16 }), latch, seen)
      )
      yield* settled
      assert.strictEqual(seen.length, 1)
      assert.isAtLeast(started, 1)
      assert.isAtMost(started, 16)
      yield* latch.open
      yield* Fiber.join(reader)
      assert.strictEqual(started, 2_000)
      assert.strictEqual(seen.length, 3 + 2 * 2_001)
    }))

  it.effect("lets the steps that run come to their end, and emits all of it in order", () =>
    Effect.gen(function*() {
      const Steps = Pipeline.make("Steps", { ...numbers, concurrency: 3 }, (n) => {
        const steps = Array.from({ length: 9 }, (_, i) => Step.make(`${i}`, [n], takes(10 * (i + 1))))
        return Step.make("last", steps, () => Effect.succeed(0))
      })
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(slowly(Steps.events(1, { capacity: 4 }), latch, seen))
      yield* settled
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(seen.map(at), ["RunStarted"])
      yield* latch.open
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(reader)
      assert.deepStrictEqual(seen.slice(0, 6).map(at), [
        "RunStarted",
        "PipelineStarted",
        "StepStarted 0",
        "StepStarted 1",
        "StepFinished 0",
        "StepFinished 1"
      ])
      const { steps } = PipelineReport.fold(seen)
      assert.deepStrictEqual(steps.map(({ state }) => state), Array.from({ length: 10 }, () => "finished"))
      assert.deepStrictEqual(seen.map((event) => event.at), seen.map((event) => event.at).toSorted((a, b) => a - b))
    }))

  it.effect("lets a model that streams wait", () =>
    Effect.gen(function*() {
      let given = 0
      const Talks = Pipeline.make("Talks", to(Schema.Void), (n) =>
        Step.make("talk", [n], () =>
          Stream.range(1, 10_000).pipe(
            Stream.tap(() =>
              Effect.sync(() =>
                given++
              )
            ),
            Stream.runForEach((n) => Run.emitToken(`${n}`))
          )))
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(slowly(Talks.events(1, { capacity: 32 }), latch, seen))
      yield* settled
      assert.strictEqual(given, 32 - 3 + 1) // three events came before, and the last token waits
      yield* latch.open
      yield* Fiber.join(reader)
      const emitted = seen.flatMap((event) => event._tag === "TextDelta" ? [event.text] : [])
      assert.deepStrictEqual(emitted, Array.from({ length: 10_000 }, (_, i) => `${i + 1}`))
    }))

  it.effect("holds no more than the capacity, however many steps talk at once", () =>
    Effect.gen(function*() {
      let emitted = 0
      const Talks = Pipeline.make("Talks", to(Schema.Void), (n) => {
        const talkers = Array.from({ length: 20 }, (_, i) =>
          Step.make(`${i}`, [n], () =>
            Effect.forEach(Array.from({ length: 50 }), () =>
              Effect.andThen(
                Run.emitToken("word"),
                Effect.sync(() =>
                  emitted++
                )
              ), { discard: true })))
        return Step.make("last", talkers, () => Effect.void)
      })
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(slowly(Talks.events(1, { capacity: 100 }), latch, seen))
      yield* settled
      assert.isAtMost(emitted, 100)
      yield* latch.open
      yield* Fiber.join(reader)
      assert.strictEqual(
        seen.filter(({ _tag }) => _tag === "TextDelta").length,
        1_000
      )
    }))

  it.effect("is felt by the pipelines inside of a step", () =>
    Effect.gen(function*() {
      let started = 0
      const Inner = Wide(500, 1, () => started++)
      const Outer = Pipeline.make("Outer", numbers, (n) => Step.agent("inner", Inner, [n], (n) => n))
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(slowly(Outer.events(1, { capacity: 8 }), latch, seen))
      yield* settled
      assert.isAtMost(started, 8)
      yield* latch.open
      yield* Fiber.join(reader)
      assert.strictEqual(started, 500)
    }))

  it.effect("waits for the slowest of those who read along, inside and outside", () =>
    Effect.gen(function*() {
      let started = 0
      const Inner = Wide(100, 1, () => started++)
      const innerLatch = yield* Latch.make(false)
      const outerLatch = yield* Latch.make(false)
      const inner: Array<PipelineEvent> = []
      const outer: Array<PipelineEvent> = []
      const Outer = Pipeline.make("Outer", numbers, (n) =>
        Step.make("inner", [n], () =>
          Effect.as(Effect.orDie(slowly(Inner.events(1, { capacity: 4 }), innerLatch, inner)), 0)))
      const reader = yield* Effect.forkChild(slowly(Outer.events(1, { capacity: 50 }), outerLatch, outer))
      yield* settled
      assert.isAtMost(started, 4)
      yield* innerLatch.open
      yield* settled
      assert.isAtMost(started, 50)
      assert.isBelow(inner.length, 202)
      yield* outerLatch.open
      yield* Fiber.join(reader)
      assert.deepStrictEqual([started, inner.length], [100, 205])
      assert.strictEqual(
        outer.filter(({ _tag }) =>
          _tag === "StepFinished"
        ).length,
        102
      )
    }))

  it.effect("with a capacity of one and a pool of one, nothing waits for ever", () =>
    Effect.gen(function*() {
      const pool = Pool.make("one", 1)
      const Calls = Pipeline.make("Calls", { ...numbers, concurrency: 4 }, (n) => {
        const calls = Array.from({ length: 20 }, (_, i) => {
          let attempts = 0
          return Step.make(`${i}`, [n], (n) =>
            ++attempts === 1 ? Effect.fail(new Stuck({ at: `${i}` })) : Effect.as(Run.emitToken("yes"), n)).pipe(
              Step.retry(Schedule.recurs(1)),
              Step.inPool(pool)
            )
        })
        return Step.make("last", calls, (...all) =>
          Effect.succeed(all.length))
      })
      const events = yield* Stream.runCollect(Calls.events(1, { capacity: 1 }))
      assert.deepStrictEqual(events.at(-1)?._tag, "RunEnded")
      const count = (tag: PipelineEvent["_tag"]) =>
        events.filter(({ _tag }) => _tag === tag).length
      assert.deepStrictEqual(
        [count("StepStarted"), count("StepRetried"), count("TextDelta"), count("StepFinished")],
        [21, 20, 20, 21]
      )
      // Four run at the same time, and one of them has the place.
      assert.isAtLeast(count("StepWaiting"), 18)
      assert.strictEqual(count("StepWaiting"), count("StepAdmitted"))
    }))

  it.effect("lets go of a step that cannot be interrupted while it waits to emit a token", () =>
    Effect.gen(function*() {
      let ended = false
      const reached = yield* Deferred.make<void>()
      const Deaf = Pipeline.make("Deaf", to(Schema.Void), (n) =>
        Step.make("deaf", [n], () =>
          Effect.uninterruptible(
            Effect.forEach(
              Array.from({ length: 10 }),
              () => Effect.andThen(Deferred.succeed(reached, undefined), Run.emitToken("word")),
              { discard: true }
            )
          ).pipe(Effect.ensuring(Effect.sync(() => ended = true)))))
      const scope = yield* Scope.make()
      const pull = yield* Scope.provide(Stream.toPull(Deaf.events(1, { capacity: 3 })), scope)
      yield* pull
      yield* Deferred.await(reached)
      assert.isFalse(ended)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(ended)
    }).pipe(NoLeaks.check))

  it.effect(
    "emits the same whatever the capacity and the pace of the reader, and ends with a reader that has had enough",
    () =>
      Effect.gen(function*() {
        let succeeded = 0
        for (let nth = 0; nth < rounds(200); nth++) {
          const nodes = yield* RandomGraph.draw({ size: 15, failing: 150, works: ["at once", "yield"] })
          const { capacity, concurrency, enough, pace } = yield* Effect.all({
            capacity: Random.nextIntBetween(1, 12),
            concurrency: Random.nextIntBetween(1, 6),
            enough: Random.nextIntBetween(1, 120),
            pace: Random.nextIntBetween(0, 4)
          })
          const Drawn = drawn(nodes, concurrency, drawn(nodes, concurrency, undefined))
          const emitted: Array<PipelineEvent> = []
          const expected = yield* Effect.exit(Pipeline.observe(Drawn.run(1), (event) => emitted.push(event)))

          const read: Array<PipelineEvent> = []
          const slow = Effect.forEach(Array.from({ length: pace }), () => Effect.yieldNow, { discard: true })
          const keep = (event: PipelineEvent) => Effect.andThen(slow, Effect.sync(() => read.push(event)))
          const exit = yield* Effect.exit(Stream.runForEach(Drawn.events(1, { capacity }), keep))
          assert.strictEqual(exit._tag, expected._tag)
          // a run that fails interrupts what runs, and with a slow reader that may be something else
          if (Exit.isSuccess(expected)) {
            succeeded++
            assert.deepStrictEqual(byStep(read), byStep(emitted))
            assert.isBelow(peakOf(read), concurrency + 1)
          }
          yield* Effect.ignore(Stream.runForEach(Stream.take(Drawn.events(1, { capacity }), enough), keep))
        }
        assert.isAtLeast(succeeded, rounds(50))
      }).pipe(NoLeaks.check, Random.withSeed("back-pressure"))
  )

  it("refuses a capacity that has no room", () => {
    assert.throws(() => Wide(1, 1, () => {}).events(1, { capacity: 0 }), /at least 1/)
  })
})

/** A random graph of steps that talk, retry and recover; every fourth one runs `inside`, where there is one. */
const drawn = (
  nodes: ReadonlyArray<RandomGraph.Node>,
  concurrency: number,
  inside: Pipeline.Pipeline<number, number, Stuck> | undefined
): Pipeline.Pipeline<number, number, Stuck> =>
  Pipeline.make("Drawn", { ...numbers, error: Stuck, concurrency }, (input) => {
    const steps: Array<Step.Step<number, Stuck | RunError, never, Stuck | RunError>> = [input]
    nodes.forEach((node, at) => {
      if (at === 0) return
      const attempts = new Map<string | undefined, number>()
      const work = Effect.gen(function*() {
        const run = (yield* Run.Current)?.id
        const earlier = attempts.get(run) ?? 0
        attempts.set(run, earlier + 1)
        yield* Run.emitToken(`${at}`)
        if (node.work === "yield") yield* Effect.yieldNow
        if (inside !== undefined && at % 4 === 0) yield* inside.run(1)
        if (earlier < node.failures) return yield* new Stuck({ at: `${at}` })
        return yield* Effect.as(Run.emitToken(`${at}`), at)
      })
      const step = Step.make(`${at}`, node.parents.map((parent) => steps[parent]!), () => work)
      steps.push(
        node.policy === "none"
          ? step
          : node.policy === "retry"
          ? Step.retry(step, Schedule.recurs(RandomGraph.retries))
          : Step.orElse(step, () => Effect.succeed(0))
      )
    })
    return steps.at(-1)!
  })

/** The events of each step, in order. */
const byStep = (events: ReadonlyArray<PipelineEvent>) => {
  const emitted: Record<string, Array<string>> = {}
  for (const event of events) (emitted["path" in event ? event.path.join("/") : ""] ??= []).push(event._tag)
  return emitted
}

/** How many steps of the outermost run ran at the same time, at most. */
const peakOf = (events: ReadonlyArray<PipelineEvent>): number => {
  let [running, peak] = [0, 0]
  for (const event of events) {
    if (!("path" in event) || event.path.length !== 1) continue
    if (event._tag === "StepStarted") peak = Math.max(peak, ++running)
    else if (event._tag === "StepFinished" || event._tag === "StepFailed") running--
  }
  return peak
}
