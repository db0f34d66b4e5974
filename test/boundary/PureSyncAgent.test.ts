import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Queue, Schedule, Schema, Semaphore, Tracer } from "effect"
import { Agent, type AgentResult, Pipeline, PureSyncAgent, Step, type SyncAgentLike } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const agentOf = <E, R>(name: string, execute: (n: number) => Effect.Effect<number, E, R>) =>
  Agent.make(name, { ...numbers, execute })

const spanOf = (exit: Exit.Exit<unknown, unknown>) => {
  assert(Exit.isFailure(exit))
  const error = Cause.squash(exit.cause) as { readonly _tag: string; readonly agent: string; readonly span: string }
  assert.strictEqual(error._tag, "AsyncBoundaryInSync")
  return error.span
}

/** So many runs inside of each other, the last of which never ends. */
const deep = (levels: number): Effect.Effect<never> =>
  levels === 0
    ? Effect.forever(Effect.yieldNow)
    : Effect.orDie(Effect.andThen(agentOf(`Level ${levels}`, () => deep(levels - 1)).run(1), Effect.never))

const turns = () => new Promise((resolve) => setTimeout(resolve, 20))

describe("PureSyncAgent", () => {
  it("answers as the agent does elsewhere [B81]", async () => {
    const Double = agentOf("Double", (n) => Effect.succeed(n * 2))
    using double = PureSyncAgent.open(Double)
    const { metadata, value } = double.execute(21)
    assert.strictEqual(value, (await Effect.runPromise(Double.run(21))).value)
    assert.strictEqual(metadata.state, "completed")
    assert.deepStrictEqual(double.executeExit(21).pipe(Exit.map(({ value }) => value)), Exit.succeed(42))
    assert.strictEqual(double.run(1).value, 2)
  })

  const waitless: Record<string, (n: number) => Effect.Effect<number>> = {
    "that yield": (n) => Effect.as(Effect.yieldNow, n),
    "of more operations than a fiber may do in a row": (n) =>
      Effect.as(Effect.forEach(Array.from({ length: 10_000 }), () => Effect.void, { discard: true }), n),
    "that fork and join": (n) => Effect.flatMap(Effect.forkChild(Effect.as(Effect.yieldNow, n)), Fiber.join),
    "that fork fibers, which fork and yield": (n) => {
      const inner = Effect.flatMap(Effect.forkChild(Effect.as(Effect.yieldNow, 1)), Fiber.join)
      return Effect.as(Effect.all(Array.from({ length: 50 }, () => inner), { concurrency: "unbounded" }), n)
    },
    "that hand values over in a queue": (n) =>
      Effect.gen(function*() {
        const queue = yield* Queue.bounded<number>(1)
        yield* Effect.forkChild(Effect.forEach([1, 2, n], (value) => Queue.offer(queue, value)))
        yield* Queue.take(queue)
        yield* Queue.take(queue)
        return yield* Queue.take(queue)
      }),
    "that wait for each other's permits": (n) =>
      Effect.gen(function*() {
        const semaphore = yield* Semaphore.make(1)
        const all = Effect.forEach([1, 2, 3], () => semaphore.withPermits(1)(Effect.yieldNow), {
          concurrency: "unbounded"
        })
        return yield* Effect.as(all, n)
      }),
    "that retry": (n) => {
      let tries = 0
      return Effect.suspend(() => tries++ < 3 ? Effect.fail("again") : Effect.succeed(n)).pipe(
        Effect.retry(Schedule.recurs(5)),
        Effect.orDie
      )
    },
    "that open and close": (n) =>
      Effect.scoped(Effect.acquireRelease(Effect.succeed(n), () => Effect.asVoid(Effect.yieldNow)))
  }
  for (const [what, execute] of Object.entries(waitless)) {
    it(`computes agents ${what}`, () => {
      using agent = PureSyncAgent.open(agentOf("Computes", execute))
      assert.strictEqual(agent.execute(7).value, 7)
      using inside = PureSyncAgent.open(
        agentOf("Outer", (n) => Agent.call(agentOf("Inner", execute), n).pipe(Effect.orDie))
      )
      assert.strictEqual(inside.execute(8).value, 8)
      using step = PureSyncAgent.open(Pipeline.make("Steps", numbers, (n) => {
        const first = Step.make("first", [n], execute)
        const second = Step.make("second", [n], execute)
        return Step.make("sum", [first, second], (a, b) => Effect.map(execute(a), (a) => a + b))
      }))
      assert.strictEqual(step.execute(5).value, 10)
    })
  }

  const waiting: ReadonlyArray<readonly [what: string, span: string, execute: Effect.Effect<number>]> = [
    ["a sleep", "Waits > Waits.execute", Effect.delay(Effect.succeed(1), "10 seconds")],
    ["a promise", "Waits > Waits.execute", Effect.promise(() => Promise.resolve(1))],
    [
      "a request inside a span",
      "Waits > Waits.execute > Http.get",
      Effect.withSpan(Effect.promise(() => Promise.resolve(1)), "Http.get")
    ],
    [
      "what another agent waits for",
      "Waits > Waits.execute > Inner > Inner.execute",
      Effect.orDie(Agent.call(agentOf("Inner", () => Effect.never), 1))
    ],
    [
      "what a forked fiber waits for, which yields first",
      "Waits > Waits.execute > deep",
      Effect.flatMap(
        Effect.forkChild(Effect.withSpan(Effect.andThen(Effect.yieldNow, Effect.never), "deep")),
        Fiber.join
      )
    ],
    [
      "the one step that does",
      "Waits > Waits.execute > Steps > Steps.execute > slow",
      Effect.orDie(Agent.call(
        Pipeline.make("Steps", numbers, (n) => {
          const quick = Step.make("quick", [n], (n) => Effect.succeed(n))
          const slow = Step.make("slow", [quick], (n) => Effect.delay(Effect.succeed(n), 1_000))
          return Step.make("last", [slow, quick], (a, b) => Effect.succeed(a + b))
        }),
        1
      ))
    ]
  ]
  for (const [what, span, execute] of waiting) {
    it(`names the place where it had to wait: ${what}`, () => {
      using agent = PureSyncAgent.open(agentOf("Waits", () => execute))
      assert.strictEqual(spanOf(agent.executeExit(1)), span)
      try {
        agent.execute(1)
        assert.fail("answered")
      } catch (error) {
        assert.instanceOf(error, PureSyncAgent.AsyncBoundaryInSync)
        assert.include(error.message, "PromiseAgent")
        assert.strictEqual(error.agent, "Waits")
      }
      assert.throws(() => agent.executeResult(1), /had to wait in Waits/)
      assert.strictEqual(agent.getStats().interrupted.runs, 3)
    })
  }

  it("interrupts what waits, and releases what it held", async () => {
    const released: Array<string> = []
    let woke = false
    const Holds = agentOf("Holds", () =>
      Effect.gen(function*() {
        yield* Effect.addFinalizer(() => Effect.sync(() => released.push("outer")))
        yield* Effect.addFinalizer(() => Effect.promise(async () => released.push("inner")))
        yield* Effect.sleep(5)
        woke = true
        return 1
      }).pipe(Effect.scoped, Effect.onInterrupt(() => Effect.sync(() => released.push("last")))))
    using holds = PureSyncAgent.open(Holds)
    spanOf(holds.executeExit(1))
    await turns()
    assert.deepStrictEqual(released, ["inner", "outer", "last"])
    assert.isFalse(woke)
  })

  it("has released what needs no waiting when it answers", () => {
    let released = false
    const Holds = agentOf("Holds", () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => released = true)))
    using holds = PureSyncAgent.open(Holds)
    spanOf(holds.executeExit(1))
    assert.isTrue(released)
  })

  it("throws the very error that the agent failed with [B84]", () => {
    const stuck = new Stuck({ at: "x" })
    using fails = PureSyncAgent.open(agentOf("Fails", () => Effect.fail(stuck)))
    try {
      fails.execute(1)
      assert.fail("answered")
    } catch (error) {
      assert.strictEqual(error, stuck)
    }
    assert.throws(() => fails.execute("1" as never), /cannot read/)
    const outcome = fails.executeResult(1)
    assert(!outcome.success)
    assert.strictEqual(outcome.error, stuck)
    assert.strictEqual(outcome.metadata.state, "failed")
  })

  it("throws defects as they are", () => {
    const defect = new TypeError("a bug")
    using dies = PureSyncAgent.open(agentOf("Dies", () => Effect.die(defect)))
    assert.throws(() => dies.execute(1), "a bug")
    assert.throws(() => dies.executeResult(1), "a bug")
  })

  it("fails at once with a limit of zero", () => {
    using double = PureSyncAgent.open(agentOf("Double", (n) => Effect.succeed(n)))
    assert.throws(() => double.execute(1, { timeout: 0 }), /timed out/)
  })

  it("ends an agent that yields for ever at its limit, and releases what it holds", () => {
    const limit = { timeout: "20 millis" } as const
    const endless: ReadonlyArray<readonly [what: string, program: Effect.Effect<never>]> = [
      ["yields", Effect.forever(Effect.yieldNow)],
      ["never yields by itself", Effect.forever(Effect.void)],
      ["forks", Effect.flatMap(Effect.forkChild(Effect.forever(Effect.yieldNow)), Fiber.join)],
      [
        "runs at once",
        Effect.all([Effect.forever(Effect.yieldNow), Effect.forever(Effect.void)], { concurrency: 2 }).pipe(
          Effect.andThen(Effect.never)
        )
      ],
      [
        "has an inner limit that is longer",
        Effect.orDie(Effect.andThen(
          Agent.timeout(agentOf("Inner", () => Effect.forever(Effect.yieldNow)), "1 hour").run(1),
          Effect.never
        ))
      ],
      ["is ten runs deep", deep(10)]
    ]
    for (const [what, program] of endless) {
      let released = 0
      using agent = PureSyncAgent.open(
        agentOf("Endless", () => Effect.ensuring(program, Effect.sync(() => released++)))
      )
      const exit = agent.executeExit(1, limit)
      assert.strictEqual(Exit.isFailure(exit) && (Cause.squash(exit.cause) as Error).name, "TimedOut", what)
      assert.strictEqual(released, 1, what)
      const phased = agent.executeResult(1, { timeout: { execute: "20 millis" } })
      assert.strictEqual(!phased.success && phased.error._tag, "TimedOut", what)
      assert.strictEqual(released, 2, what)
    }
  })

  it("goes on behind an inner run whose limit has passed", () => {
    const Endless = Agent.timeout(agentOf("Endless", () => Effect.forever(Effect.yieldNow)), "10 millis")
    using agent = PureSyncAgent.open(agentOf("Outer", (n) => Effect.as(Effect.flip(Endless.run(n)), n + 1)))
    assert.strictEqual(agent.execute(1).value, 2)
    assert.strictEqual(agent.execute(2).value, 3)
  })

  it("runs what a step yields to, in a pipeline with a limit", () => {
    const Sum = Pipeline.make("Sum", numbers, (n) => {
      const one = Step.make("one", [n], (n) => Effect.as(Effect.yieldNow, n))
      const two = Step.make("two", [n], (n) => Effect.as(Effect.yieldNow, n))
      return Step.make("sum", [one, two], (one, two) => Effect.succeed(one + two))
    })
    using agent = PureSyncAgent.open(Sum)
    assert.strictEqual(agent.execute(2, { timeout: "1 minute" }).value, 4)
  })

  class Rate extends Context.Service<Rate, { readonly perHour: number }>()(
    "greenlang/test/boundary/PureSyncAgent.test/Rate"
  ) {}
  const Wage = agentOf("Wage", (hours) => Effect.map(Rate, ({ perHour }) => hours * perHour))

  it("builds a layer once, and closes it at the end of the block [B85]", () => {
    const log: Array<string> = []
    const layer = Layer.effect(
      Rate,
      Effect.acquireRelease(
        Effect.sync(() => {
          log.push("open")
          return { perHour: 20 }
        }),
        () => Effect.sync(() => log.push("close"))
      )
    )
    let wage
    {
      using open = PureSyncAgent.open(Wage, layer)
      wage = open
      assert.strictEqual(wage.execute(8).value, 160)
      assert.strictEqual(wage.execute(1).value, 20)
      assert.deepStrictEqual(log, ["open"])
    }
    assert.deepStrictEqual(log, ["open", "close"])
    wage.close()
    assert.deepStrictEqual(log, ["open", "close"])
    assert.throws(() => wage.execute(1), /was closed/)
  })

  it("uses the tracer of its layer, and still names the place", () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    using agent = PureSyncAgent.open(agentOf("Waits", () => Effect.never), Layer.succeed(Tracer.Tracer, tracer))
    assert.strictEqual(spanOf(agent.executeExit(1)), "Waits > Waits.execute")
    assert.deepStrictEqual(names, ["invoke_agent Waits", "Waits.validate", "Waits.execute"])
  })

  it("throws on opening when its layer waits or fails", async () => {
    let released = false
    const slow = Layer.effect(
      Rate,
      Effect.delay(Effect.succeed({ perHour: 1 }), "1 minute").pipe(
        Effect.onInterrupt(() => Effect.sync(() => released = true))
      )
    )
    assert.throws(() => PureSyncAgent.open(Wage, slow), /had to wait in Wage.acquire/)
    await turns()
    assert.isTrue(released)
    const broken = Layer.effect(Rate, Effect.fail(new Stuck({ at: "boot" })))
    assert.throws(() => PureSyncAgent.open(Wage, broken), /could not acquire/)
  })

  it("throws when a release waits, and lets the release go on", async () => {
    let released = false
    const layer = Layer.effect(
      Rate,
      Effect.acquireRelease(
        Effect.succeed({ perHour: 1 }),
        () => Effect.delay(Effect.sync(() => released = true), 1)
      )
    )
    const wage = PureSyncAgent.open(Wage, layer)
    assert.throws(() => wage.close(), PureSyncAgent.AsyncBoundaryInSync)
    await turns()
    assert.isTrue(released)
  })

  it("answers inside of an Effect too, which has not to wait for it [B88]", () => {
    using double = PureSyncAgent.open(agentOf("Double", (n) => Effect.succeed(n * 2)))
    assert.strictEqual(Effect.runSync(Effect.sync(() => double.execute(21).value)), 42)
  })

  it("can be used inside of itself", () => {
    const Factorial: Agent.Agent<number, number> = agentOf(
      "Factorial",
      (n) => Effect.sync(() => n < 2 ? 1 : n * factorial.execute(n - 1).value)
    )
    using factorial = PureSyncAgent.open(Factorial)
    assert.strictEqual(factorial.execute(5).value, 120)
  })

  it("counts its runs [B87]", () => {
    using double = PureSyncAgent.open(agentOf("Double", (n) => Effect.succeed(n)))
    double.execute(1)
    assert.containSubset(double.getStats(), { mode: "pure-sync", runs: 1, succeeded: { runs: 1 } })
  })

  it("has the shape that older code expects, and exact types [B92]", () => {
    using fails = PureSyncAgent.open(agentOf("Fails", () => Effect.fail(new Stuck({ at: "x" }))))
    const like: SyncAgentLike<number, number> = fails
    like.initialize()
    assert.throws(() => like.run(1), Stuck)
    expectTypeOf(fails).toEqualTypeOf<PureSyncAgent.PureSyncAgent<number, number, Stuck>>()
    expectTypeOf(fails.execute).returns.toEqualTypeOf<AgentResult.AgentResult<number>>()
    // @ts-expect-error Wage needs a rate
    assert.throws(() => PureSyncAgent.open(Wage).execute(1))
  })
})
