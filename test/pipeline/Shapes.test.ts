import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import {
  Cause,
  Clock,
  Deferred,
  Effect,
  Exit,
  Fiber,
  Layer,
  Option,
  Random,
  Result,
  Schedule,
  Schema,
  Stream
} from "effect"
import { TestClock } from "effect/testing"
import {
  Agent,
  Approval,
  Decision,
  type InvalidOutput,
  Mermaid,
  type NotApproved,
  Pipeline,
  type PipelineEvent,
  type PipelineFailed,
  PipelineReport,
  Pool,
  type Question,
  type RunError,
  Step,
  Tool
} from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Lost extends Schema.TaggedError<Lost>()("Lost", { at: Schema.String }) {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })
const takes = (millis: number) => <A>(value: A) => Effect.delay(Effect.succeed(value), millis)

const virtually = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("10 days")
    return yield* Fiber.join(fiber)
  })

/** Leaves out which steps have no schema. */
const plain = <A, E, R, Before>(step: Step.Step<A, E, R, Before>): Step.Step<A, E, R, Before> => step

describe("Step.race", () => {
  it.effect("answers with the first success and interrupts the others", () =>
    Effect.gen(function*() {
      let interrupted = 0
      const Fastest = Pipeline.make("Fastest", to(Schema.String), (n) => {
        const fails = Step.make("fails", [n], () => Effect.fail(new Stuck({ at: "fails" })))
        const slow = Step.make("slow", [n], () =>
          takes(500)("slow").pipe(Effect.onInterrupt(() =>
            Effect.sync(() => interrupted++)
          )))
        const quick = Step.make("quick", [n], (n) => takes(100)(`quick ${n}`))
        const race = Step.race("fastest", [fails, slow, quick])
        expectTypeOf(plain(race)).toEqualTypeOf<Step.Step<string, Stuck>>()
        return race
      })
      const arrows = Mermaid.render(Fastest).split("\n").filter((line) => line.includes("-->"))
      assert.deepStrictEqual(arrows, ["  s0 --> s1"]) // once, though every alternative waits for the input
      const { metadata, value } = yield* virtually(Fastest.run(7))
      assert.deepStrictEqual([value, metadata.durationMs, interrupted], ["quick 7", 100, 1])
    }))

  it.effect("fails when all have failed", () =>
    Effect.gen(function*() {
      const None = Pipeline.make("None", to(Schema.Never), (n) =>
        Step.race("none", [
          Step.make("a", [n], () => Effect.fail(new Stuck({ at: "a" }))),
          Step.make("b", [n], () => Effect.fail(new Lost({ at: "b" })))
        ]))
      expectTypeOf<Agent.Failure<typeof None>>().toEqualTypeOf<Stuck | Lost>()
      assert.include(["Stuck", "Lost"], (yield* Effect.flip(None.run(1)))._tag)
    }))
})

describe("Step.match", () => {
  type Meter = { readonly _tag: "Smart"; readonly kWh: number } | { readonly _tag: "Dumb"; readonly at: string }

  it.effect("takes the branch that the tag names, each with its own type", () =>
    Effect.gen(function*() {
      const Read = Pipeline.make("Read", to(Schema.Union([Schema.Finite, Schema.String])), (n) => {
        const meter = Step.make("meter", [n], (n) =>
          Effect.succeed<Meter>(n > 0 ? { _tag: "Smart", kWh: n } : { _tag: "Dumb", at: "cellar" }))
        const read = Step.match("read", meter, {
          Smart: ({ kWh }) =>
            Effect.succeed(kWh),
          Dumb: ({ at }) =>
            at === "cellar" ? Effect.succeed("ask") : Effect.fail(new Lost({ at }))
        })
        expectTypeOf(plain(read)).toEqualTypeOf<Step.Step<number | string, Lost>>()
        return read
      })
      const partial = (meter: Step.Step<Meter>) =>
        // @ts-expect-error there is no branch for Dumb
        Step.match("partial", meter, { Smart: () => Effect.void })
      assert.isFunction(partial)
      assert.strictEqual((yield* Read.run(5)).value, 5)
      assert.strictEqual((yield* Read.run(-5)).value, "ask")
    }))
})

describe("Step.iterate", () => {
  const halve = (max: number) =>
    Pipeline.make(
      "Halve",
      to(Schema.Finite),
      (n) => Step.iterate("halves", n, { while: (n) => n > 1, max, body: (n) => Effect.succeed(n / 2) })
    )

  it.effect("runs its body for as long as its condition holds", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* halve(10).run(64)).value, 1)
      assert.strictEqual((yield* halve(0).run(1)).value, 1)
    }))

  it("refuses a bound that it would never meet", () => {
    for (const max of [2.5, NaN, -1, Infinity]) assert.throws(() => halve(max), /expected a whole number/)
  })

  it.effect("fails at its bound, and says so in its type", () =>
    Effect.gen(function*() {
      expectTypeOf<Agent.Failure<ReturnType<typeof halve>>>().toEqualTypeOf<Step.IterationLimit>()
      const error = yield* Effect.flip(halve(5).run(64))
      assert(error._tag === "IterationLimit")
      assert.deepStrictEqual([error.step, error.max], ["halves", 5])
    }))
})

describe("Step.approval", () => {
  const Pay = Pipeline.make("Pay", to(Schema.Option(Schema.String)), (amount) => {
    const approved = Step.result(Step.approval("approved", [amount], (amount) => `Pay ${amount}?`))
    return Step.make("pay", [amount], (amount) => Effect.succeed(`paid ${amount}`)).pipe(
      Step.when(approved, Result.isSuccess)
    )
  })

  it.effect("waits for a person, and goes on with what was said", () =>
    Effect.gen(function*() {
      expectTypeOf<Agent.Services<typeof Pay>>().toEqualTypeOf<Approval>()
      const asked = yield* Deferred.make<Question>()
      const said = yield* Deferred.make<Decision>()
      const events: Array<PipelineEvent> = []
      const approval = Layer.succeed(Approval, {
        ask: (question) => Effect.andThen(Deferred.succeed(asked, question), Deferred.await(said))
      })
      const run = yield* Effect.forkChild(
        Pay.run(30).pipe(Pipeline.observe((event) => events.push(event)), Effect.provide(approval))
      )
      const question = yield* Deferred.await(asked)
      assert.deepStrictEqual([question.step, question.text], ["approved", "Pay 30?"])
      yield* TestClock.adjust("2 minutes")
      assert.isUndefined(run.pollUnsafe())
      yield* Deferred.succeed(said, { approved: true, by: "Ada" })
      const { metadata, value } = yield* Fiber.join(run)
      assert.deepStrictEqual(value, Option.some("paid 30"))
      assert.strictEqual(metadata.runId, question.run)
      const [approvals, decision] = events.filter(({ _tag }) => _tag.startsWith("Approval"))
      assert.deepInclude(approvals, { _tag: "ApprovalAsked", path: ["approved"], text: "Pay 30?" })
      assert.deepInclude(decision, { _tag: "ApprovalDecided", path: ["approved"], approved: true, by: "Ada" })
    }))

  it.effect("reports a tool in a step that waits for a person, too", () =>
    Effect.gen(function*() {
      const events: Array<PipelineEvent> = []
      const pay = Tool.make("pay", {
        description: "Pays",
        input: Schema.Struct({ amount: Schema.Finite }),
        output: Schema.String,
        execute: ({ amount }) => Effect.succeed(`paid ${amount}`)
      })
      const careful = Tool.approval(pay, ({ amount }) => `Pay ${amount}?`)
      const Paying = Pipeline.make("Paying", to(Schema.String), (amount) =>
        Step.make("pay it", [amount], (amount) =>
          careful.call({ amount })))
      expectTypeOf<Agent.Services<typeof Paying>>().toEqualTypeOf<Approval>()
      const { value } = yield* Paying.run(30).pipe(
        Pipeline.observe((event) =>
          events.push(event)
        ),
        Effect.provideService(Approval, { ask: () => Effect.succeed({ approved: true }) })
      )
      assert.strictEqual(value, "paid 30")
      const approvals = events.filter(({ _tag }) => _tag === "ApprovalAsked" || _tag === "ApprovalDecided")
      assert.lengthOf(approvals, 2)
      assert.deepInclude(approvals[0], { _tag: "ApprovalAsked", path: ["pay it"], text: "Pay 30?" })
      assert.deepInclude(approvals[1], { _tag: "ApprovalDecided", path: ["pay it"], approved: true })
    }))

  const refused = Layer.succeed(Approval, {
    ask: () => Effect.succeed(Decision.make({ approved: false, by: "Ada", comment: "too much" }))
  })

  it.effect("fails the run after a no: nothing that waits for the yes runs [B173]", () =>
    Effect.gen(function*() {
      let paid = 0
      const Strict = Pipeline.make("Strict", to(Schema.Finite), (amount) => {
        const approved = Step.approval("approved", [amount], (amount) => `Pay ${amount}?`)
        return Step.make("pay", [approved], () => Effect.sync(() => ++paid))
      })
      const outcome = yield* Effect.provide(Agent.outcome(Strict, 30), refused)
      assert(!outcome.success)
      assert.deepStrictEqual(outcome.step, ["approved"])
      expectTypeOf(outcome.error).toEqualTypeOf<NotApproved | RunError>()
      assert.strictEqual(outcome.error.message, "approved was not approved by Ada: too much")
      assert.strictEqual(paid, 0)
    }))

  it.effect("gives a no to a pipeline that says what follows", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* Effect.provide(Pay.run(30), refused)).value, Option.none())
    }))
})

describe("Step.ifPresent", () => {
  it.effect("is skipped with the step that it would have used", () =>
    Effect.gen(function*() {
      const events: Array<PipelineEvent> = []
      const Chain = Pipeline.make("Chain", to(Schema.Option(Schema.Finite)), (n) => {
        const first = Step.make(
          "first",
          [n],
          (n) => n > 0 ? Effect.succeed(n) : Effect.fail(new Stuck({ at: "first" }))
        ).pipe(
          Step.optional
        )
        const second = Step.ifPresent("second", [first], (n) => Effect.succeed(n + 1))
        return Step.ifPresent("third", [second], (n) => Effect.succeed(n * 2))
      })
      assert.deepStrictEqual((yield* Chain.run(4)).value, Option.some(10))
      const { value } = yield* Pipeline.observe(Chain.run(-4), (event) => events.push(event))
      assert.deepStrictEqual(value, Option.none())
      const skipped = events.flatMap((event) => event._tag === "StepSkipped" ? [event.path[0]] : [])
      assert.deepStrictEqual(skipped, ["second", "third"])
    }))
})

describe("the steps behind a failed one", () => {
  const gone = (n: Step.Step<number>) =>
    Step.make("gone", [n], () => Effect.fail(new Stuck({ at: "gone" }))).pipe(Step.optional)
  const there = (n: Step.Step<number>) => Step.make("there", [n], (n) => Effect.succeed(n))

  it.effect("are skipped with it, whatever else they wait for [B115]", () =>
    Effect.gen(function*() {
      const Skips = Pipeline.make("Skips", to(Schema.Option(Schema.Finite)), (n) => {
        const both = Step.ifPresent("both", [gone(n), there(n)], (never, n) => {
          expectTypeOf(never).toEqualTypeOf<never>()
          expectTypeOf(n).toEqualTypeOf<number>()
          return n > 0 ? Effect.succeed(n) : Effect.fail(new Lost({ at: "both" }))
        }, { output: Schema.Finite, error: Lost })
        expectTypeOf(plain(both)).toEqualTypeOf<Step.Step<Option.Option<number>, InvalidOutput | Lost>>()
        return Step.ifPresent("behind", [both, n], (a, b) => Effect.succeed(a + b))
      })
      const { steps, value } = yield* Skips.report(1)
      assert.deepStrictEqual(value, Option.none())
      assert.deepStrictEqual(
        Object.fromEntries(steps.map(({ path, state }) => [path[0], state])),
        { gone: "finished", there: "finished", both: "skipped", behind: "skipped" }
      )
    }))

  it.effect("run all the same with the answer absent, where they say so [B115]", () =>
    Effect.gen(function*() {
      const Runs = Pipeline.make("Runs", to(Schema.Finite), (n) =>
        Step.make("both", [gone(n), there(n)], (gone, n) => {
          expectTypeOf(gone).toEqualTypeOf<Option.Option<never>>()
          return Effect.succeed(Option.isNone(gone) ? n : 0)
        }))
      expectTypeOf(Runs.run).toEqualTypeOf<Pipeline.Pipeline<number, number>["run"]>()
      assert.strictEqual((yield* Runs.run(7)).value, 7)
    }))
})

describe("Pool", () => {
  it.effect("is shared by the steps of many runs", () =>
    Effect.gen(function*() {
      let running = 0
      let peak = 0
      const vendor = Pool.make("vendor", 3)
      const Calls = Pipeline.make("Calls", to(Schema.Finite), (n) => {
        const calls = Array.from({ length: 4 }, (_, i) =>
          Step.make(`call ${i}`, [n], () =>
            Effect.sync(() =>
              peak = Math.max(peak, ++running)
            ).pipe(
              Effect.andThen(Effect.sleep("1 second")),
              Effect.ensuring(Effect.sync(() => running--))
            )).pipe(Step.inPool(vendor)))
        return Step.make("done", calls, (...all) => Effect.succeed(all.length))
      })
      const started = yield* Clock.currentTimeMillis
      const runs = yield* Effect.forkChild(
        Effect.andThen(Effect.all([Calls.run(1), Calls.run(2), Calls.run(3)], { concurrency: 3 }), () =>
          Clock.currentTimeMillis)
      )
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(runs)) - started, 4_000)
      assert.strictEqual(peak, 3)
    }))

  it.effect("lets steps inside of steps in the same pool take turns on the place around them, however deep", () =>
    Effect.gen(function*() {
      for (const size of [1, 2, 3]) {
        let running = 0
        let peak = 0
        const vendor = Pool.make("vendor", size)
        const call = <A>(answer: A) =>
          Effect.sync(() => peak = Math.max(peak, ++running)).pipe(
            Effect.andThen(takes(1_000)(answer)),
            Effect.ensuring(Effect.sync(() => running--))
          )
        const pair = (name: string, inside: (n: number) => Effect.Effect<number>) =>
          Pipeline.make(name, to(Schema.Finite), (n) => {
            const one = Step.make("one", [n], inside).pipe(Step.inPool(vendor))
            const two = Step.make("two", [n], inside).pipe(Step.inPool(vendor))
            return Step.make("sum", [one, two], (a, b) => Effect.succeed(a + b))
          })
        const valueOf = (inner: Agent.Agent<number, number>) => (n: number) => Effect.orDie(Agent.call(inner, n))
        const Leaf = pair("Leaf", call)
        const Middle = pair("Middle", valueOf(Leaf))
        const Outer = pair("Outer", valueOf(Middle))
        const { metadata, value } = yield* virtually(Outer.run(3))
        assert.strictEqual(value, 24)
        assert.strictEqual(peak, Math.min(size, 2))
        assert.strictEqual(metadata.durationMs, 8_000 / peak)
        // every place is free again
        assert.strictEqual(vendor.free, size)
      }
    }))

  it("refuses a size that is not a number of places", () => {
    assert.throws(() => Pool.make("none", 0), /at least 1/)
    assert.throws(() => Pool.make("some", 1.5), /at least 1/)
  })
})

describe("Step.expectedDuration", () => {
  it.effect("lets the longest way go first where not all may run", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const Jobs = Pipeline.make("Jobs", { ...to(Schema.Finite), concurrency: 2 }, (n) => {
        const job = (name: string, millis: number, after: ReadonlyArray<Step.Step<unknown>>) =>
          Step.make(name, after, () => Effect.andThen(Effect.sync(() => order.push(name)), takes(millis)(1))).pipe(
            Step.expectedDuration(millis)
          )
        const short = [1, 2, 3].map((i) => job(`short ${i}`, 10, [n]))
        const first = job("first of two", 20, [n])
        const long = job("long", 40, [n])
        return Step.make("done", [...short, job("second of two", 30, [first]), long], () => Effect.succeed(1))
      })
      const { metadata } = yield* virtually(Jobs.run(1))
      assert.deepStrictEqual(order.slice(0, 3), ["first of two", "long", "second of two"])
      assert.strictEqual(metadata.durationMs, 60)
    }))
})

describe("a failing run", () => {
  const Two = Pipeline.make("Two", to(Schema.Void), (n) => {
    const quick = Step.make("quick", [n], (n) => Effect.succeed(n + 1))
    const stuck = Step.make("stuck", [n], () => Effect.delay(Effect.fail(new Stuck({ at: "stuck" })), 10))
    const lost = Step.make("lost", [n], () => Effect.delay(Effect.fail(new Lost({ at: "lost" })), 20))
    const slow = Step.make("slow", [n], takes(30))
    const never = Step.make("after stuck", [stuck], () => Effect.void)
    return Step.make("last", [quick, never, lost, slow], () => Effect.void)
  })

  it.effect("lets what runs come to its end if it is drained, and starts nothing more [B116]", () =>
    Effect.gen(function*() {
      const ended: Array<string> = []
      const observed = Pipeline.observe(Pipeline.drain(Two).run(1), (event) => {
        if (event.path.length > 0 && event._tag !== "StepStarted") ended.push(`${event._tag} ${event.path[0]}`)
      })
      const error = yield* virtually(Effect.flip(observed))
      assert.strictEqual(error._tag, "Stuck")
      assert.deepStrictEqual(ended, [
        "StepFinished quick",
        "StepFailed stuck",
        "StepFailed lost",
        "StepFinished slow"
      ])
    }))

  it.effect("keeps what had succeeded, and every failure with its step, where that is asked for [B117]", () =>
    Effect.gen(function*() {
      const Kept = Two.pipe(Pipeline.drain, Pipeline.keepPartial)
      expectTypeOf<Agent.Failure<typeof Kept>>().toEqualTypeOf<PipelineFailed<Stuck | Lost | RunError>>()
      const failed = yield* virtually(Effect.flip(Kept.run(1)))
      assert(failed._tag === "PipelineFailed")
      assert.deepStrictEqual(failed.errors.map(({ error, step }) => [step, error._tag]), [
        ["stuck", "Stuck"],
        ["lost", "Lost"]
      ])
      assert.deepStrictEqual(failed.partial, { quick: 2, slow: 1 })
      assert.deepStrictEqual(
        Object.fromEntries(failed.report.steps.map(({ path, state }) => [path[0], state])),
        {
          quick: "finished",
          stuck: "failed",
          lost: "failed",
          slow: "finished",
          "after stuck": "pending",
          last: "pending"
        }
      )
      assert.include(failed.message, "Two failed in stuck, lost, after 2 steps had answered")
    }))

  it.effect("keeps it whether it is drained before or after that, in one failure", () =>
    Effect.gen(function*() {
      const kept = [Two.pipe(Pipeline.drain, Pipeline.keepPartial), Two.pipe(Pipeline.keepPartial, Pipeline.drain)]
      for (const pipeline of kept) {
        const exit = yield* virtually(Effect.exit(pipeline.run(1)))
        assert(Exit.isFailure(exit))
        assert.deepStrictEqual(
          exit.cause.reasons.map((reason) => Cause.isFailReason(reason) && reason.error._tag === "PipelineFailed"),
          [true]
        )
      }
    }))

  it("is asked for once", () => {
    assert.throws(
      () => Pipeline.keepPartial(Pipeline.keepPartial(Two)),
      "pipeline `Two`: it already keeps what had succeeded"
    )
  })

  it.effect("is a failure also when it is interrupted while it drains", () =>
    Effect.gen(function*() {
      const Outer = Pipeline.make(
        "Outer",
        to(Schema.Void),
        (n) => Step.agent("two", Pipeline.drain(Two), [n], (n) => n)
      )
      const states: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Pipeline.observe(Outer.run(1), (event) => {
          if (/^Step(?!Started)/.test(event._tag) && "path" in event) {
            states.push(`${event._tag} ${event.path.join(".")}`)
          }
        })
      )
      yield* TestClock.adjust(15)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(states, [
        "StepFinished two.quick",
        "StepFailed two.stuck",
        "StepInterrupted two.lost",
        "StepInterrupted two.slow",
        "StepFailed two"
      ])
    }))

  it.effect("reaches what listens outside", () =>
    Effect.gen(function*() {
      const events: Array<PipelineEvent> = []
      const Outer = Pipeline.make("Outer", to(Schema.Void), (n) =>
        Step.agent("two", Pipeline.keepPartial(Two), [n], (n) =>
          n))
      yield* virtually(Effect.flip(Pipeline.observe(Outer.run(1), (event) =>
        events.push(event))))
      const paths = new Set(events.map(({ path }) => path.join(".")))
      assert.deepStrictEqual([...paths], ["", "two", "two.quick", "two.stuck", "two.lost", "two.slow"])
    }))
})

describe("virtual time", () => {
  it.effect("runs hours of retries and timeouts in a moment, with the same events each time", () =>
    Effect.gen(function*() {
      const Patient = Pipeline.make("Patient", { ...to(Schema.Option(Schema.Finite)), timeout: "1 day" }, (n) => {
        const flaky = Step.make("flaky", [n], () => Effect.delay(Effect.fail(new Stuck({ at: "flaky" })), "10 minutes"))
          .pipe(Step.retry(Schedule.spaced("30 minutes").pipe(Schedule.upTo({ times: 6 }))), Step.optional)
        const slow = Step.make("slow", [n], () => Effect.never).pipe(Step.timeout("5 hours"), Step.optional)
        return Step.make("last", [flaky, slow], (a) => Effect.succeed(a))
      })
      const collect = virtually(Stream.runCollect(Patient.events(1))).pipe(
        Effect.provide(TestClock.layer()),
        // the ids of runs are drawn by chance
        Random.withSeed("patient")
      )
      const first = yield* collect
      assert.deepStrictEqual(yield* collect, first)
      assert.strictEqual(first.at(-1)!.at, 5 * 3_600_000)
      assert.strictEqual(first.filter(({ _tag }) => _tag === "StepRetried").length, 6)
      assert.strictEqual(PipelineReport.fold(first).duration, 5 * 3_600_000)
    }))
})
