/**
 * What stands beside a run: policies, the history, readers of events, the queue. None of them holds a run up for longer than
 * its limit, and none of them fails it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Logger, Schema, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Pipeline, Run, Step } from "greenlang"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator, type OrchestratorEvent, Policy } from "greenlang/orchestrator"
import { NoLeaks } from "greenlang/testing"
import { faults, notEffects, throwing } from "../support/Faults.ts"

const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const Double = Agent.make("Double", { ...schemas, execute: (n) => Effect.succeed(n * 2) })
const Sleep = Agent.make("Sleep", { ...schemas, execute: (ms) => Effect.as(Effect.sleep(ms), ms) })
const Steps = Pipeline.make("Steps", schemas, (n) => Step.make("doubled", [n], (n) => Effect.succeed(n * 2)))
const agents = [Double, Sleep, Steps]

type Add = History["Service"]["add"]

const historyOf = (add: Add) =>
  Layer.succeed(History, { add, find: () => Effect.succeedNone, list: () => Effect.succeed([]) })

/** With `layer`, and without logs. */
const under = <A, E, R>(layer: Layer.Layer<A, E, R>) => Effect.provide(Layer.merge(layer, Logger.layer([])))

/** Runs `Double` on 21, and lets a minute pass. */
const answer = Effect.gen(function*() {
  const { events, run } = yield* Orchestrator
  const seen: Array<OrchestratorEvent> = []
  yield* Effect.forkChild(Stream.runForEach(events, (event) => Effect.sync(() => seen.push(event))))
  yield* Effect.yieldNow
  const fiber = yield* Effect.forkChild(Effect.exit(run("Double", 21)), { startImmediately: true })
  yield* TestClock.adjust("1 minute")
  const exit = yield* Fiber.join(fiber)
  yield* Effect.yieldNow
  // What the agent itself emits is `Step`.
  return { exit, seen, tags: seen.flatMap(({ _tag }) => _tag === "Step" ? [] : [_tag]) }
})

describe("a history that", () => {
  it.effect.each([...faults])(
    "%s leaves the run its answer, and is a NotRecorded event",
    ([, add]) =>
      Effect.gen(function*() {
        const { exit, tags } = yield* answer
        assert.isTrue(Exit.isSuccess(exit) && exit.value.value === 42)
        assert.deepStrictEqual(tags, ["Started", "NotRecorded", "Ended"])
      }).pipe(
        under(Layer.provide(Orchestrator.layer({ agents }), historyOf(add as Add)))
      )
  )

  it.effect("hangs holds a hundred runs no longer than a second each, and closing no longer", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const layer = Layer.provide(Orchestrator.layer({ agents }), historyOf(() => Effect.uninterruptible(Effect.never)))
      const { run } = Context.get(yield* Layer.buildWithScope(layer, scope), Orchestrator)
      const runs = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 100 }), (_, n) => run("Double", n), { concurrency: "unbounded" })
      )
      const alive = yield* Effect.forkChild(Effect.exit(run("Sleep", 60_000)))
      yield* TestClock.adjust("999 millis")
      assert.isUndefined(runs.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(yield* Fiber.join(runs), 100)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(closing)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(alive)))
    }).pipe(Effect.provide(Logger.layer([]))))

  it.effect("hangs is waited for as long as recordTimeout says", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(run("Double", 1))
      yield* TestClock.adjust("4 seconds")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).value, 2)
    }).pipe(
      under(
        Layer.provide(Orchestrator.layer({ agents, recordTimeout: "5 seconds" }), historyOf(() => Effect.never))
      )
    ))

  it.effect("hangs leaves no fiber behind", () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess((yield* answer).exit))
    }).pipe(
      under(Layer.provide(Orchestrator.layer({ agents }), historyOf(() => Effect.never))),
      NoLeaks.check
    ))

  it.effect("hangs does not hold a run that is interrupted, nor one that timed out", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const late = yield* Effect.forkChild(Effect.flip(run("Sleep", 60_000, { timeout: "1 second" })))
      const interrupted = yield* Effect.forkChild(run("Sleep", 60_000))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Fiber.join(late))._tag, "RunFailed")
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(interrupted))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(interrupting)
    }).pipe(
      under(Layer.provide(Orchestrator.layer({ agents }), historyOf(() => Effect.never)))
    ))
})

const kept: Array<unknown> = []
const working = historyOf((entry) => Effect.sync(() => kept.push(entry)))

const withPolicy = (policy: Policy.Policy) => Layer.provide(Orchestrator.layer({ agents, policies: [policy] }), working)

const decisions: ReadonlyArray<readonly [string, unknown]> = [
  ...notEffects,
  ["an empty object", {}],
  ["an unknown tag", { _tag: "Perhaps" }],
  ["a tag that is a number", { _tag: 1 }],
  ["true", true]
]

const policyFaults: ReadonlyArray<readonly [string, Policy.Policy["check"]]> = [
  ...faults.map(([what, check]) => [what, check as Policy.Policy["check"]] as const),
  ...decisions
    .filter(([what]) => what !== "a plain object")
    .map(([what, value]) => [`answers with ${what}`, () => Effect.succeed(value as Policy.Decision)] as const)
]

describe("a policy that", () => {
  it.effect.each([...policyFaults])(
    "%s denies the run with the name of the policy",
    ([, check]) =>
      Effect.gen(function*() {
        const { exit, tags } = yield* answer
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.deepInclude(error, { _tag: "PolicyDenied", policy: "broken", agent: "Double" })
        assert.deepStrictEqual(tags, ["Ended"])
      }).pipe(under(withPolicy(Policy.make("broken", check))))
  )

  it.effect.each([...policyFaults])(
    "%s lets the run go on where it says so, and is a PolicyBroken event",
    ([, check]) =>
      Effect.gen(function*() {
        const { exit, tags } = yield* answer
        assert.isTrue(Exit.isSuccess(exit) && exit.value.value === 42)
        assert.deepStrictEqual(tags, ["PolicyBroken", "Started", "Ended"])
      }).pipe(
        under(withPolicy(Policy.make("broken", check, { onPolicyError: "allow" })))
      )
  )

  it.effect.each(notEffects.filter(([what]) => what !== "a text"))(
    "denies for %s denies all the same",
    ([, reason]) =>
      Effect.gen(function*() {
        const { exit } = yield* answer
        const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.deepInclude(error, { _tag: "PolicyDenied", reason: "no reason given" })
      }).pipe(
        under(withPolicy(Policy.make("odd", () => Effect.succeed({ _tag: "Deny", reason: reason as string }), {
          onPolicyError: "allow"
        })))
      )
  )

  it.effect("hangs takes no more than the limit of the run", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(Effect.flip(run("Double", 1, { timeout: "2 seconds" })))
      yield* TestClock.adjust("1999 millis")
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "RunFailed")
      assert.deepStrictEqual(error.failures, [
        { _tag: "TimedOut", message: "Double timed out: run took longer than 2s and was interrupted" }
      ])
    }).pipe(
      under(withPolicy(Policy.make("slow", () => Effect.never, { onPolicyError: "allow" })))
    ))

  it.effect("is slow takes its part of the limit of the run", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(Effect.flip(run("Sleep", 60_000, { timeout: "2 seconds" })))
      yield* TestClock.adjust("2 seconds")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag === "RunFailed" && error.failures[0]?._tag, "TimedOut")
    }).pipe(Effect.provide(
      withPolicy(Policy.make("slow", () => Effect.as(Effect.sleep("1500 millis"), Policy.allow)))
    )))

  it.effect("hangs denies after its own limit", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const fiber = yield* Effect.forkChild(Effect.flip(run("Double", 1)))
      yield* TestClock.adjust("3 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), {
        _tag: "PolicyDenied",
        reason: "its check failed: it took longer than 3s"
      })
    }).pipe(Effect.provide(withPolicy(Policy.make("slow", () => Effect.never, { timeout: "3 seconds" })))))

  it("has no name, no check or no readable limit is refused when the layer is made", () => {
    const layerOf = (policy: unknown) => () => Orchestrator.layer({ agents, policies: [policy as Policy.Policy] })
    assert.throws(layerOf(undefined), "it has no name")
    assert.throws(layerOf({ check: () => Effect.succeed(Policy.allow) }), "it has no name")
    assert.throws(layerOf({ name: "x" }), "it has no check")
    assert.throws(
      layerOf({ name: "x", check: () => Effect.succeed(Policy.allow), timeout: "soon" }),
      "its timeout cannot be read"
    )
  })
})

describe("a run that waits for its turn", () => {
  const narrow = (queueTimeout?: "10 seconds") =>
    Layer.provide(Orchestrator.layer({ agents, concurrency: 1, ...(queueTimeout && { queueTimeout }) }), working)

  it.effect("fails with TimedOut once its own limit has passed, and leaves its turn to the next", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const first = yield* Effect.forkChild(run("Sleep", 10_000))
      yield* TestClock.adjust(1)
      const second = yield* Effect.forkChild(Effect.flip(run("Double", 1, { timeout: "5 seconds" })))
      const third = yield* Effect.forkChild(run("Double", 2))
      yield* TestClock.adjust("5 seconds")
      const error = yield* Fiber.join(second)
      assert(error._tag === "RunFailed")
      assert.deepStrictEqual(error.failures.map(({ _tag }) => _tag), ["TimedOut"])
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(first)).value, 10_000)
      assert.strictEqual((yield* Fiber.join(third)).value, 4)
      assert.strictEqual((yield* run("Double", 3)).value, 6)
    }).pipe(Effect.provide(narrow()), NoLeaks.check))

  it.effect("runs for what is left of its limit", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* Effect.forkChild(run("Sleep", 3_000))
      yield* TestClock.adjust(1)
      const second = yield* Effect.forkChild(Effect.flip(run("Sleep", 60_000, { timeout: "5 seconds" })))
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(second.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(second)
      assert.strictEqual(error._tag === "RunFailed" && error.failures[0]?._tag, "TimedOut")
    }).pipe(Effect.provide(narrow())))

  it.effect("waits no longer than queueTimeout", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      const first = yield* Effect.forkChild(run("Sleep", 60_000))
      yield* TestClock.adjust(1)
      const second = yield* Effect.forkChild(Effect.flip(run("Double", 1)))
      yield* TestClock.adjust("10 seconds")
      const error = yield* Fiber.join(second)
      assert(error._tag === "RunFailed")
      assert.strictEqual(error.failures[0]?.message, "Double timed out: it waited longer than 10s for its turn")
      yield* TestClock.adjust("50 seconds")
      assert.strictEqual((yield* Fiber.join(first)).value, 60_000)
    }).pipe(Effect.provide(narrow("10 seconds"))))

  it.effect("waits no longer than an hour by default", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* Effect.forkChild(run("Sleep", 7_200_000, { timeout: "3 hours" }))
      yield* TestClock.adjust(1)
      const second = yield* Effect.forkChild(Effect.flip(run("Double", 1)))
      yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(second)
      assert.strictEqual(error._tag === "RunFailed" && error.failures[0]?._tag, "TimedOut")
    }).pipe(Effect.provide(narrow())))

  it.effect("gives its place back, in whatever order runs are interrupted while they wait", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      for (let round = 0; round < 50; round++) {
        const fibers = yield* Effect.forEach(
          Array.from({ length: 6 }),
          (_, at) => Effect.forkChild(run("Sleep", 10, at % 2 === 0 ? { timeout: 15 } : {}))
        )
        yield* TestClock.adjust(round % 12)
        yield* Effect.forEach(fibers.filter((_, at) => (at + round) % 3 === 0), Fiber.interrupt)
        yield* TestClock.adjust("1 second")
        yield* Effect.forEach(fibers, Fiber.await)
      }
      assert.strictEqual((yield* run("Double", 1)).value, 2)
    }).pipe(Effect.provide(narrow()), NoLeaks.check))
})

describe("a reader of events that", () => {
  const reading = (read: (event: OrchestratorEvent) => Effect.Effect<unknown, unknown>) =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const layer = Layer.provide(Orchestrator.layer({ agents }), working)
      const { events, run } = Context.get(yield* Layer.buildWithScope(layer, scope), Orchestrator)
      const reader = yield* Effect.forkChild(Effect.exit(Stream.runForEach(events, read)))
      yield* Effect.yieldNow
      const results = yield* Effect.forEach(Array.from({ length: 800 }), (_, n) => run("Steps", n))
      assert.deepStrictEqual(results.map(({ value }) => value), Array.from({ length: 800 }, (_, n) => n * 2))
      yield* Scope.close(scope, Exit.void)
      yield* Fiber.interrupt(reader)
    })

  it.effect.each(
    [
      ["hangs", () => Effect.never],
      ["is slow", () => Effect.sleep("1 hour")],
      ["fails", () => Effect.fail("no")],
      ["dies", () => Effect.die(new Error("died"))],
      ["throws", throwing],
      ["hangs and cannot be interrupted for a while", () => Effect.uninterruptible(Effect.yieldNow)]
    ] as const
  )("%s holds neither runs nor closing up", ([, read]) => reading(read))
})

describe("a logger that throws", () => {
  const loud = Logger.layer([Logger.make(throwing)])

  it.effect("leaves a run its answer where the history fails", () =>
    Effect.gen(function*() {
      const { exit, tags } = yield* answer
      assert.isTrue(Exit.isSuccess(exit))
      assert.deepStrictEqual(tags, ["Started", "NotRecorded", "Ended"])
    }).pipe(
      Effect.provide(
        Layer.merge(Layer.provide(Orchestrator.layer({ agents }), historyOf(() => Effect.die("no"))), loud)
      )
    ))

  it.effect("leaves a run its answer where a policy is broken", () =>
    Effect.gen(function*() {
      assert.isTrue(Exit.isSuccess((yield* answer).exit))
    }).pipe(Effect.provide(
      Layer.merge(withPolicy(Policy.make("broken", throwing, { onPolicyError: "allow" })), loud)
    )))
})

describe("a text of 9 million letters", () => {
  const long = "0".repeat(9e6)
  const Long = Agent.make("Long", {
    version: "1",
    input: Schema.String,
    output: Schema.String,
    execute: (end) => end === "fail" ? Effect.fail({ message: long }) : Effect.succeed(long)
  })
  const denies = Policy.make(
    "denies",
    ({ input }) => Effect.succeed(input === "deny" ? Policy.deny(long) : Policy.allow)
  )
  const database = Layer.orDie(Layer.fresh(Database.layerMemory))
  const runs = Layer.provideMerge(
    Orchestrator.layer({ agents: [Long], policies: [denies] }),
    Layer.orDie(Layer.provide(History.layer(), database))
  )

  it.effect("is the answer, the failure or the refusal of a run, and is recorded", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      assert.strictEqual((yield* run("Long", "answer")).value, long)
      assert.strictEqual((yield* Effect.flip(run("Long", "fail")))._tag, "RunFailed")
      assert.strictEqual((yield* Effect.flip(run("Long", "deny")))._tag, "PolicyDenied")
      const entries = yield* (yield* History).list()
      assert.sameMembers(entries.map(({ outcome }) => outcome), ["completed", "failed", "denied"])
    }).pipe(under(runs)))
})

describe("an annotation that is nested too deeply to be read for secrets", () => {
  const Notes = Agent.make("Notes", {
    version: "1",
    input: Schema.Finite,
    output: Schema.Finite,
    execute: (levels) => {
      let value: Schema.Json = 1
      for (let level = 0; level < levels; level++) value = [value]
      return Effect.as(Run.annotate("deep", value), levels)
    }
  })

  it.effect("is left out of the record, which keeps the rest", () =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      assert.strictEqual((yield* run("Notes", 200_000)).value, 200_000)
      const [entry] = yield* (yield* History).list()
      assert.strictEqual(entry?.output, 200_000)
      assert.deepStrictEqual(entry?.annotations, {})
    }).pipe(under(Layer.provideMerge(
      Orchestrator.layer({ agents: [Notes] }),
      Layer.orDie(Layer.provide(History.layer(), Layer.orDie(Layer.fresh(Database.layerMemory))))
    ))))
})

describe("a value that is nested deeply", () => {
  const nested = (levels: number): Schema.Json => {
    let value: Schema.Json = 1
    for (let level = 0; level < levels; level++) value = [value]
    return value
  }
  const Nest = Agent.make("Nest", {
    version: "1",
    input: Schema.Struct({ levels: Schema.Finite, more: Schema.optionalKey(Schema.Any) }),
    output: Schema.Any,
    execute: ({ levels }) => Effect.sync(() => nested(levels))
  })
  const Draw = Pipeline.make("Draw", { version: "1", input: Schema.Finite, output: Schema.Any }, (levels) => {
    const deep = Step.make("deep", [levels], (levels) => Effect.sync(() => nested(levels)), { output: Schema.Any })
    return Step.make("deeper", [deep], (deep) => Effect.succeed([deep]))
  })
  const Fail = Pipeline.make("Fail", { version: "1", input: Schema.Finite, output: Schema.Any }, (levels) => {
    const deep = Step.make("deep", [levels], (levels) => Effect.sync(() => nested(levels)), { output: Schema.Any })
    return Step.make("fails", [deep], () => Effect.fail("no"))
  })
  const database = Layer.orDie(Layer.fresh(Database.layerMemory))
  const runs = Layer.provideMerge(
    Orchestrator.layer({ agents: [Nest, Draw, Fail] }),
    Layer.orDie(Layer.provide(History.layer(), database))
  )

  const depth = (value: unknown) => {
    let levels = 0
    for (let inside = value; Array.isArray(inside); inside = inside[0]) levels++
    return levels
  }

  it.effect.each([999, 1_000, 1_001, 2_000, 8_000, 100_000])(
    "of %i levels is answered, and recorded where it can be",
    (levels) =>
      Effect.gen(function*() {
        const { events, run } = yield* Orchestrator
        const history = yield* History
        const messages: Array<string> = []
        yield* Effect.forkChild(
          Stream.runForEach(
            events,
            (event) => Effect.sync(() => event._tag === "NotRecorded" && messages.push(event.message))
          )
        )
        yield* Effect.yieldNow
        assert.strictEqual(depth((yield* run("Nest", { levels })).value), levels)
        assert.strictEqual(depth((yield* run("Draw", levels)).value), levels + 1)
        const error = yield* Effect.flip(run("Fail", levels))
        assert.strictEqual(error._tag, "RunFailed")
        yield* Effect.yieldNow
        const entries = yield* history.list()
        assert.sameMembers(entries.map(({ outcome, agent }) => `${agent} ${outcome}`), [
          "Fail failed",
          "Draw completed",
          "Nest completed"
        ])
        const isKept = levels <= 1_000
        assert.isTrue(entries.every((entry) => entry.agent !== "Nest" || "output" in entry === isKept))
        assert.lengthOf(
          messages.filter((message) => message.startsWith("its output is left out")),
          (isKept ? 0 : 1) + (levels + 1 <= 1_000 ? 0 : 1)
        )
      }).pipe(under(runs))
  )

  it.effect.each([1_000, 8_000, 100_000])(
    "of %i levels in an input is run, or refused as InvalidInput",
    (levels) =>
      Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const history = yield* History
        const exit = yield* Effect.exit(run("Nest", { levels: 1, more: nested(levels) }))
        if (Exit.isFailure(exit)) {
          assert.strictEqual((Cause.squash(exit.cause) as { _tag: string })._tag, "InvalidInput")
        }
        assert.lengthOf(yield* history.list(), 1)
      }).pipe(under(runs))
  )
})
