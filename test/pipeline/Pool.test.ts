import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Effect, Exit, Fiber, Option, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Approval, Pipeline, type PipelineEvent, Pool, Run, Step, StepDied } from "greenlang"

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const takes = (millis: number) => Effect.delay(Effect.succeed(millis), millis)

describe("a pool", () => {
  it.effect("holds one place for each item of a list, and as many items run as it has places", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 3)
      let [now, peak] = [0, 0]
      const item = Effect.acquireUseRelease(
        Effect.sync(() => peak = Math.max(peak, ++now)),
        () => takes(10),
        () => Effect.sync(() => now--)
      )
      const Lists = Pipeline.make("Lists", numbers, (n) => {
        const items = Step.make("items", [n], () => Effect.succeed(Array.from({ length: 7 }, (_, at) => at)))
        const lists = ["a", "b"].map((name) => Step.forEach(name, items, () => item, { pool }))
        return Step.make("last", lists, (...all) => Effect.succeed(all.flat().length))
      })
      const fiber = yield* Effect.forkChild(Lists.run(1))
      yield* TestClock.adjust("49 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).value, 14)
      assert.deepStrictEqual([peak, pool.free], [3, 3])
    }))

  it.effect("shares its places between the items of a list and `Pool.run` in a step beside it", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 3)
      let [now, peak, ran] = [0, 0, 0]
      const call = Effect.acquireUseRelease(
        Effect.sync(() => peak = Math.max(peak, ++now)),
        () => takes(10),
        () => Effect.sync(() => (now--, ran++))
      )
      const Beside = Pipeline.make("Beside", numbers, (n) => {
        const items = Step.make("items", [n], () => Effect.succeed(Array.from({ length: 7 }, (_, at) => at)))
        const list = Step.forEach("list", items, () => call, { pool })
        const calls = Step.make(
          "calls",
          [items],
          (items) => Effect.forEach(items, () => Pool.run(pool, call), { concurrency: "unbounded" })
        )
        return Step.make("last", [list, calls], (...all) => Effect.succeed(all.flat().length))
      })
      const fiber = yield* Effect.forkChild(Beside.run(1))
      // 14 calls on three places take five rounds of 10 milliseconds
      yield* TestClock.adjust("49 millis")
      assert.isUndefined(fiber.pollUnsafe())
      assert.deepStrictEqual([ran, now, pool.free], [12, 2, 1])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).value, 14)
      assert.deepStrictEqual([peak, ran, pool.free], [3, 14, 3])
    }))

  it("refuses a list or a race that would share one place", () => {
    const pool = Pool.make("vendor", 3)
    const items = Step.make("items", [], () => Effect.succeed([1]))
    const wide = Step.forEach("wide", items, Effect.succeed, { concurrency: 2 })
    assert.throws(
      () => Step.inPool(wide, pool),
      /`wide`: it runs 2 effects at the same time.*`\{ pool \}` of `Step.forEach` in its place/
    )
    assert.throws(() => wide.pipe(Step.retry({ times: 1 }), Step.inPool(pool)), /`wide`/)
    assert.throws(() => Step.inPool(Step.race("first", [items, items]), pool), /`first`.*each alternative/)
    assert.deepStrictEqual(Step.inPool(Step.forEach("one", items, Effect.succeed), pool).policies, [
      "for each",
      "in pool vendor"
    ])
    for (const concurrency of [0, -1, Number.NaN]) {
      assert.throws(() => Step.forEach("none", items, Effect.succeed, { concurrency }), /step `none`: concurrency is/)
    }
  })

  it.effect("gets its place back while a step pauses between two attempts", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 1)
      let attempts = 0
      const Retries = Pipeline.make("Retries", numbers, (n) => {
        const flaky = Step.make("flaky", [n], () => ++attempts < 2 ? Effect.fail(new Stuck({ at: "flaky" })) : takes(1))
          .pipe(
            Step.retry({ times: 1, schedule: Schedule.spaced("1 hour") }),
            Step.inPool(pool)
          )
        const quick = Step.make("quick", [n], () => takes(10)).pipe(Step.inPool(pool))
        return Step.make("last", [flaky, quick], () => Effect.void)
      })
      const ended: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Retries.run(1, { timeout: "2 hours" }).pipe(
          Pipeline.observe((event) => event._tag === "StepFinished" && ended.push(event.path.join()))
        )
      )
      yield* TestClock.adjust("10 millis")
      assert.deepStrictEqual([ended, pool.free], [["quick"], 1])
      yield* TestClock.adjust("2 hours")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual([ended, pool.free], [["quick", "flaky", "last"], 1])
    }))

  it.effect("keeps its places when those who wait are interrupted", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 1)
      const first = yield* Effect.forkChild(Pool.run(pool, takes(10)))
      const others = yield* Effect.forEach(
        Array.from({ length: 50 }),
        () => Effect.forkChild(Pool.run(pool, takes(10)))
      )
      yield* TestClock.adjust("5 millis")
      yield* Fiber.interruptAll(others.filter((_, at) => at % 2 === 0))
      yield* TestClock.adjust("5 millis")
      yield* Fiber.interruptAll(others)
      yield* Fiber.join(first)
      assert.strictEqual(pool.free, 1)
    }))

  it.effect("runs 20,000 effects one after another, which all end at once", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 1)
      const all = yield* Effect.forEach(Array.from({ length: 20_000 }, (_, at) => at), (at) =>
        Pool.run(pool, Effect.succeed(at)), { concurrency: "unbounded" })
      assert.strictEqual(all.length, 20_000)
      assert.strictEqual(pool.free, 1)
    }))

  it.effect("emits that a step waits only where it does, and that it goes on", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 1)
      const Two = Pipeline.make("Two", numbers, (n) => {
        const steps = ["a", "b"].map((name) => Step.make(name, [n], () => takes(10)).pipe(Step.inPool(pool)))
        return Step.make("last", steps, () => Effect.void)
      })
      const events: Array<PipelineEvent> = []
      const fiber = yield* Effect.forkChild(Pipeline.observe(Two.report(1), (event) => events.push(event)))
      yield* TestClock.adjust("20 millis")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        events.flatMap((event) =>
          event._tag === "StepWaiting" || event._tag === "StepAdmitted"
            ? [[event._tag, event.path, event.what, event.at]]
            : []
        ),
        [
          ["StepWaiting", ["b"], "vendor", 0],
          ["StepAdmitted", ["b"], "vendor", 10]
        ]
      )
    }))
})

describe("two pools", () => {
  const both = (first: Pool.Pool, second: Pool.Pool) =>
    Pipeline.make("Both", numbers, (n) => {
      const ab = Step.make("ab", [n], () => takes(10)).pipe(Step.inPool(first), Step.inPool(second))
      const ba = Step.make("ba", [n], () => takes(10)).pipe(Step.inPool(second), Step.inPool(first))
      return Step.make("last", [ab, ba], () => Effect.succeed("done"))
    })

  it.effect("of one step are entered in the same order, whichever way they are written", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(both(Pool.make("a", 1), Pool.make("b", 1)).run(1))
      yield* TestClock.adjust("20 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).value, "done")
    }))

  it.effect("entered in opposite orders are refused by name, and do not wait for each other", () =>
    Effect.gen(function*() {
      const [a, b] = [Pool.make("a", 1), Pool.make("b", 1)]
      const Opposite = Pipeline.make("Opposite", numbers, (n) => {
        const ab = Step.make("ab", [n], () => Pool.run(b, takes(10))).pipe(Step.inPool(a))
        const ba = Step.make("ba", [ab], () => Pool.run(a, takes(10))).pipe(Step.inPool(b))
        return Step.make("last", [ab, ba], () => Effect.void)
      })
      const fiber = yield* Effect.forkChild(Effect.exit(Opposite.run(1)))
      yield* TestClock.adjust("1 minute")
      const exit = yield* Fiber.join(fiber)
      assert(Exit.isFailure(exit))
      const died = Cause.squash(exit.cause)
      assert.instanceOf(died, StepDied.StepDied)
      assert.include((died as Error).message, "pools `b` and `a`")
      assert.deepStrictEqual(Option.getOrNull(StepDied.failedStep(exit.cause)), ["ba"])
      assert.deepStrictEqual([a.free, b.free], [1, 1])
    }))
})

describe("the limit of a step", () => {
  const queued = (options?: { readonly includeWaiting: boolean }) => {
    const pool = Pool.make("vendor", 1)
    return Pipeline.make("Queued", numbers, (n) => {
      const long = Step.make("long", [n], () => takes(1_000)).pipe(Step.inPool(pool))
      const short = Step.make("short", [n], () => takes(50)).pipe(Step.inPool(pool), Step.timeout(100, options))
      return Step.make("last", [long, short], () => Effect.succeed("in time"))
    })
  }

  it.effect("does not count the time that it waits for a place", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(queued().run(1))
      yield* TestClock.adjust("1050 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).value, "in time")
    }))

  it.effect("counts it where it is asked to", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(queued({ includeWaiting: true }).run(1)))
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }))

  it.effect("goes on for a list while one of its items runs", () =>
    Effect.gen(function*() {
      const pool = Pool.make("vendor", 1)
      const List = Pipeline.make("List", numbers, (n) => {
        const items = Step.make("items", [n], () => Effect.succeed([1, 2, 3]))
        return Step.forEach("list", items, () => takes(50), { pool, concurrency: 3 }).pipe(Step.timeout(120))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(List.run(1)))
      yield* TestClock.adjust("120 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
      assert.strictEqual(pool.free, 1)
    }))
})

describe("the default limit of a run", () => {
  const asks = Pipeline.make("Asks", numbers, (n) => Step.approval("ask", [n], () => "may I?"))
  const answers = (after: string) =>
    Effect.provideService(Approval, { ask: () => Effect.delay(Effect.succeed({ approved: true }), after as "1 day") })

  it.effect("does not count the time that a person takes, in any run around", () =>
    Effect.gen(function*() {
      const Outer = Agent.make("Outer", { ...numbers, execute: (n) => Agent.call(asks, n).pipe(answers("1 day")) })
      const fiber = yield* Effect.forkChild(Outer.run(1))
      yield* TestClock.adjust("1 day")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).value, {})
    }))

  it.effect("goes on before and after", () =>
    Effect.gen(function*() {
      const slow = Agent.make("Slow", {
        ...numbers,
        execute: (n) => Effect.andThen(Agent.call(asks, n), takes(400_000)).pipe(answers("1 day"))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(slow.run(1)))
      yield* TestClock.adjust("1 day")
      yield* TestClock.adjust("299999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }))

  it.effect("is not a limit that an agent or a call states", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(asks.run(1, { timeout: "1 hour" }).pipe(answers("1 day"))))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "TimedOut")
    }))
})

describe("Step.retry", () => {
  it.effect("tries as often as `times` says, for failures of which `while` holds", () =>
    Effect.gen(function*() {
      let attempts = 0
      const run = (options: { readonly times: number; readonly while?: (error: Stuck) => boolean }) =>
        Effect.gen(function*() {
          attempts = 0
          const Tries = Pipeline.make("Tries", numbers, (n) =>
            Step.make("try", [n], () =>
              Effect.suspend(() => (attempts++, Effect.fail(new Stuck({ at: `${attempts}` }))))).pipe(
                Step.retry(options)
              ))
          yield* Effect.flip(Tries.run(1))
          return attempts
        })
      assert.strictEqual(yield* run({ times: 0 }), 1)
      assert.strictEqual(yield* run({ times: 3 }), 4)
      assert.strictEqual(
        yield* run({
          times: 9,
          while: ({ at }) =>
            at !== "2"
        }),
        2
      )
      assert.throws(
        () =>
          Step.retry(
            Step.make("try", [], () =>
              Effect.void),
            { times: 1.5 }
          ),
        /step `try`: it is retried 1.5/
      )
    }))

  it.effect("asks its schedule before each attempt: for how long to pause, and whether to try again", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const started: Array<number> = []
      // pauses of 1, 2 and 4 seconds, and then no more
      const schedule = Schedule.exponential("1 second").pipe(
        Schedule.upTo({ times: 3 }),
        Schedule.setInputType<Stuck>(),
        Schedule.tap(({ input }) => Effect.sync(() => asked.push(input.at)))
      )
      const Tries = Pipeline.make(
        "Tries",
        numbers,
        (n) =>
          Step.make("try", [n], () =>
            Effect.flatMap(Clock.currentTimeMillis, (now) => {
              started.push(now)
              return Effect.fail(new Stuck({ at: `${started.length}` }))
            })).pipe(Step.retry({ schedule }))
      )
      const fiber = yield* Effect.forkChild(Effect.flip(Tries.run(1)), { startImmediately: true })
      yield* TestClock.adjust("999 millis")
      assert.deepStrictEqual(started, [0])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(started, [0, 1_000])
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "Stuck")
      assert.strictEqual(error.at, "4")
      assert.deepStrictEqual(started, [0, 1_000, 3_000, 7_000])
      assert.deepStrictEqual(asked, ["1", "2", "3"])
    }))
})

describe("Pipeline.drain", () => {
  it.effect("keeps the failure that began it where the limit of the run passes", () =>
    Effect.gen(function*() {
      const Drains = Pipeline.make("Drains", numbers, (n) => {
        const fails = Step.make("fails", [n], () => Effect.fail(new Stuck({ at: "first" })))
        const slow = Step.make("slow", [n], () => takes(60_000))
        return Step.make("last", [slow, fails], () => Effect.void)
      })
      const runs: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
        Pipeline.drain(Drains).run(1, { timeout: "1 second" }),
        Pipeline.drain(Pipeline.keepPartial(Drains)).run(1, { timeout: "1 second" })
      ]
      for (const run of runs) {
        const fiber = yield* Effect.forkChild(Effect.exit(run))
        yield* TestClock.adjust("1 second")
        const exit = yield* Fiber.join(fiber)
        assert(Exit.isFailure(exit))
        const tags = exit.cause.reasons.map((reason) => Cause.isFailReason(reason) ? reason.error._tag : "")
        assert.deepStrictEqual(tags.slice(1), ["TimedOut"])
        assert.include(["Stuck", "PipelineFailed"], tags[0] ?? "")
        assert.deepStrictEqual(Option.getOrNull(StepDied.failedStep(exit.cause)), ["fails"])
      }
    }))
})

describe("agents inside each other", () => {
  it.effect("end with NestedTooDeep where an agent calls itself without an end", () =>
    Effect.gen(function*() {
      const Endless: Agent.Agent<number, unknown> = Agent.make("Endless", {
        ...numbers,
        execute: (n: number): Effect.Effect<unknown> => Effect.orDie(Agent.call(Endless, n + 1))
      })
      const deep = (depth: number): Effect.Effect<unknown, unknown> =>
        Agent.call(
          Agent.make("Deep", {
            ...numbers,
            execute: () => depth === 0 ? Effect.succeed("bottom") : Effect.orDie(deep(depth - 1))
          }),
          1
        )
      const exit = yield* Effect.exit(Endless.run(1))
      assert(Exit.isFailure(exit))
      assert.strictEqual((Cause.squash(exit.cause) as Error).name, "NestedTooDeep")
      assert.strictEqual(yield* deep(99), "bottom")
    }))

  it.effect("know how deep they are", () =>
    Effect.gen(function*() {
      const depth = Effect.map(Run.Current, (run) => run?.depth)
      const Inner = Agent.make("Inner", { ...numbers, execute: () => depth })
      const Outer = Pipeline.make("Outer", numbers, (n) => Step.agent("inner", Inner, [n], (n) => n))
      assert.strictEqual((yield* Outer.run(1)).value, 2)
    }))
})
