import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schedule, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Approval, Pipeline, PipelineEvent, PipelineReport, Pool, Step } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const to = <O extends Schema.ConstraintCodec<unknown, unknown>>(output: O) => ({
  version: "1.0.0",
  input: Schema.Finite,
  output
})

const takes = (millis: number) => (n: number) => Effect.delay(Effect.succeed(n + 1), millis)

/** short -> join, long -> join, each inside the outer pipeline's one step. */
const Inner = Pipeline.make("Inner", to(Schema.Finite), (n) => {
  const short = Step.make("short", [n], takes(100))
  const long = Step.make("long", [n], takes(400))
  return Step.make("join", [short, long], (a, b) => Effect.delay(Effect.succeed(a + b), 50))
})

const Single = Pipeline.make("Single", to(Schema.Finite), (n) => Step.make("only", [n], takes(10)))

const run = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(effect)
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

describe("Pipeline.report", () => {
  it.effect("times each step and finds the critical path", () =>
    Effect.gen(function*() {
      const report = yield* run(Inner.report(1))
      assert.strictEqual(report.value, 4)
      assert.deepStrictEqual(report.criticalPath, ["long", "join"])
      assert.strictEqual(report.duration, 450)
      assert.deepStrictEqual(
        report.steps.map(({ duration, path, startedAt, state }) => [path.join("."), state, startedAt, duration]),
        [["short", "finished", 0, 100], ["long", "finished", 0, 400], ["join", "finished", 400, 50]]
      )
    }))

  it.effect("sees the steps of a pipeline inside a step", () =>
    Effect.gen(function*() {
      const Outer = Pipeline.make("Outer", to(Schema.Finite), (n) => Step.agent("inner", Inner, [n], (n) => n))
      const report = yield* run(Outer.report(1))
      assert.deepStrictEqual(report.steps.map(({ path }) => path.join(".")), [
        "inner",
        "inner.short",
        "inner.long",
        "inner.join"
      ])
      assert.deepStrictEqual(report.criticalPath, ["inner"])
    }))

  it.effect("says how long each step waited, and for what: the bound, a pool, a person", () =>
    Effect.gen(function*() {
      const meter = Pool.make("meter", 1)
      const Waits = Pipeline.make("Waits", { ...to(Schema.Finite), concurrency: 3 }, (n) => {
        const first = Step.make("first", [n], takes(100)).pipe(Step.inPool(meter))
        const second = Step.make("second", [n], takes(100)).pipe(Step.inPool(meter))
        const asked = Step.approval("asked", [n], () => "Go on?")
        const late = Step.make("late", [n], takes(10))
        return Step.make("last", [first, second, asked, late], (a, b) => Effect.succeed(a + b))
      })
      const decides = Effect.delay(Effect.succeed({ approved: true }), 70)
      const report = yield* run(Effect.provideService(Waits.report(1), Approval, { ask: () => decides }))
      assert.deepStrictEqual(
        report.steps.map(({ duration, gaps, path, readyAt }) => [path.join("."), readyAt, duration, gaps]),
        [
          ["first", 0, 100, undefined],
          ["second", 0, 200, [{ for: "pool", name: "meter", at: 0, duration: 100 }]],
          ["asked", 0, 70, [{ for: "person", at: 0, duration: 70 }]],
          ["late", 0, 10, [{ for: "bound", at: 0, duration: 70 }]],
          ["last", 200, 0, undefined]
        ]
      )
    }))

  it.effect("lists what never ran, in the order of the drawing, and all pipelines that one step ran", () =>
    Effect.gen(function*() {
      const events: Array<PipelineEvent> = []
      const Two = Pipeline.make("Two", { ...to(Schema.Finite), concurrency: 1 }, (n) => {
        const both = Step.make("both", [n], (n) => Effect.andThen(Inner.run(n), Single.run(n)))
        const failed = Step.make("failed", [both], () => Effect.fail(new Stuck({ at: "failed" })))
        return Step.make("never", [failed], (n: number) => Effect.succeed(n))
      })
      yield* run(Effect.exit(Pipeline.observe(Two.run(1), (event) => void events.push(event))))
      assert.deepStrictEqual(
        PipelineReport.fold(events).steps.map(({ attempts, path, state }) => [path.join("."), state, attempts]),
        [
          ["both", "finished", 1],
          ["both.short", "finished", 1],
          ["both.long", "finished", 1],
          ["both.join", "finished", 1],
          ["both.only", "finished", 1],
          ["failed", "failed", 1],
          ["never", "pending", 0]
        ]
      )
    }))
})

describe("oneMorePlace", () => {
  /** a (10 ms) before b (40 ms), and c (30 ms), d (20 ms) on their own. */
  const jobs = (concurrency?: number, expected?: { readonly [step: string]: number }) =>
    Pipeline.make("Jobs", { ...to(Schema.Finite), ...(concurrency === undefined ? {} : { concurrency }) }, (n) => {
      const job = (name: string, millis: number, after: Step.Step<number>) => {
        const step = Step.make(name, [after], takes(millis))
        return expected === undefined ? step : Step.expectedDuration(step, expected[name]!)
      }
      const a = job("a", 10, n)
      const rest = [job("c", 30, n), job("d", 20, n)]
      return Step.make("last", [job("b", 40, a), ...rest], () => Effect.succeed(0))
    })
  const saved = (concurrency?: number, expected?: { readonly [step: string]: number }) =>
    Effect.map(run(jobs(concurrency, expected).report(1)), ({ duration, oneMorePlace }) => [duration, oneMorePlace])

  it.effect("is what the run would have been shorter, as worked out by hand", () =>
    Effect.gen(function*() {
      // one place: 10 + 40 + 30 + 20; two: a and c at once, d from 10 to 30, and b, which came last, from 30 to 70
      assert.deepStrictEqual(yield* saved(1), [100, 30])
      // three: all but b at once, and b from 10 to 50
      assert.deepStrictEqual(yield* saved(2), [70, 20])
      assert.deepStrictEqual(yield* saved(3), [50, 0])
      assert.deepStrictEqual(yield* saved(), [50, 0])
    }))

  it.effect("knows in which order the run gives turns", () =>
    Effect.gen(function*() {
      // two places, longest way first: a, then b from 10 to 50, and c, d one after another beside them
      assert.deepStrictEqual(yield* saved(1, { a: 10, b: 40, c: 30, d: 20, last: 0 }), [100, 50])
      assert.deepStrictEqual(yield* saved(2, { a: 10, b: 40, c: 30, d: 20, last: 0 }), [50, 0])
    }))

  it.effect("counts what ran, where the run has failed", () =>
    Effect.gen(function*() {
      const Fails = Pipeline.make("Fails", { ...to(Schema.Finite), concurrency: 1 }, (n) => {
        const one = Step.make("one", [n], takes(10))
        const two = Step.make("two", [n], takes(20))
        const stuck = Step.make("stuck", [one, two], () => Effect.fail(new Stuck({ at: "stuck" })))
        return Step.make("never", [stuck], () => Effect.succeed(0))
      })
      const error = yield* run(Effect.flip(Pipeline.keepPartial(Fails).run(1)))
      assert.strictEqual(error._tag === "PipelineFailed" && error.report.oneMorePlace, 10)
    }))
})

describe("PipelineReport.fold", () => {
  it.effect("counts the attempts of a step that was interrupted", () =>
    Effect.gen(function*() {
      const Again = Pipeline.make("Again", to(Schema.Finite), (n) =>
        Step.make("again", [n], () =>
          Effect.delay(Effect.fail(new Stuck({ at: "again" })), "1 minute")).pipe(
            Step.retry(Schedule.forever)
          ))
      const events: Array<PipelineEvent> = []
      const fiber = yield* Effect.forkChild(Pipeline.observe(Again.run(1), (event) =>
        events.push(event)))
      yield* TestClock.adjust("150 seconds")
      yield* Fiber.interrupt(fiber)
      assert.deepInclude(PipelineReport.fold(events).steps[0], { state: "interrupted", attempts: 3, duration: 150_000 })
    }))
})

describe("Pipeline.events", () => {
  it.effect("emit in order what happens, and fold to the report", () =>
    Effect.gen(function*() {
      const events = yield* run(Stream.runCollect(Inner.events(1)))
      assert.deepStrictEqual(events.map(({ _tag, path }) => [_tag, ...path].join(" ")), [
        "RunStarted",
        "PipelineStarted",
        "StepStarted short",
        "StepStarted long",
        "StepFinished short",
        "StepFinished long",
        "StepStarted join",
        "StepFinished join",
        "RunEnded"
      ])
      const { metadata: _, value: __, ...timeline } = yield* run(Inner.report(1))
      assert.deepStrictEqual(PipelineReport.fold(events), timeline)
    }))

  it.effect("report attempts, recoveries and skipped steps", () =>
    Effect.gen(function*() {
      let attempts = 0
      const Policies = Pipeline.make("Policies", to(Schema.Unknown), (n) => {
        const flaky = Step.make("flaky", [n], () =>
          ++attempts < 3 ? Effect.fail(new Stuck({ at: "flaky" })) : Effect.succeed(true)).pipe(
            Step.retry(Schedule.recurs(5))
          )
        const lost = Step.make("lost", [n], () =>
          Effect.fail(new Stuck({ at: "lost" }))).pipe(Step.optional)
        const never = Step.make("never", [n], () =>
          Effect.succeed(false))
        const unasked = Step.make("unasked", [n], () => Effect.succeed(1)).pipe(Step.when(never))
        return Step.make("last", [flaky, lost, unasked], (...all) => Effect.succeed(all))
      })
      const events = yield* run(Stream.runCollect(Policies.events(1)))
      const of = (name: string) => events.flatMap((event) => event.path[0] === name ? [event] : [])
      assert.deepStrictEqual(of("flaky").map(({ _tag }) => _tag), [
        "StepStarted",
        "StepRetried",
        "StepRetried",
        "StepFinished"
      ])
      const [flaky, lost] = [of("flaky").at(-1)!, of("lost").at(-1)!]
      assert(flaky._tag === "StepFinished" && lost._tag === "StepFinished")
      assert.deepStrictEqual([flaky.attempts, flaky.recoveredFrom], [3, undefined])
      assert.deepStrictEqual([lost.attempts, lost.recoveredFrom?._tag], [1, "Stuck"])
      assert.deepStrictEqual(of("unasked").map(({ _tag }) => _tag), ["StepStarted", "StepSkipped"])
    }))

  it.effect("do not report the failure of an earlier attempt as what the last attempt recovered from", () =>
    Effect.gen(function*() {
      let attempts = 0
      const Again = Pipeline.make(
        "Again",
        to(Schema.Finite),
        (n) =>
          Step.make("again", [n], (n) => ++attempts === 1 ? Effect.fail("first") : Effect.succeed(n)).pipe(
            Step.orElse(() => Effect.fail("second")),
            Step.retry(Schedule.recurs(1))
          )
      )
      const finished = (yield* Stream.runCollect(Again.events(1))).find(({ _tag }) => _tag === "StepFinished")
      assert(finished?._tag === "StepFinished")
      assert.deepStrictEqual([finished.attempts, finished.recoveredFrom], [2, undefined])
    }))

  it.effect("end with the failure of the run, after emitting it", () =>
    Effect.gen(function*() {
      const Fails = Pipeline.make("Fails", to(Schema.Void), (n) => {
        const waits = Step.make("waits", [n], () => Effect.never)
        const fails = Step.make("fails", [n], () => Effect.delay(Effect.fail(new Stuck({ at: "fails" })), 10))
        return Step.make("last", [waits, fails], () => Effect.void)
      })
      const seen: Array<PipelineEvent> = []
      const error = yield* run(
        Effect.flip(Stream.runForEach(Fails.events(1), (event) => Effect.sync(() => seen.push(event))))
      )
      assert.strictEqual(error._tag, "Stuck")
      assert.deepStrictEqual(
        seen.slice(-3).map(({ _tag, path }) => [_tag, ...path]),
        [
          ["StepFailed", "fails"],
          ["StepInterrupted", "waits"],
          ["RunEnded"]
        ]
      )
      assert.deepStrictEqual(
        PipelineReport.fold(seen).steps.map(({ state }) => state),
        ["interrupted", "failed", "pending"]
      )
    }))

  it.effect("are plain data", () =>
    Effect.gen(function*() {
      const events = yield* run(Stream.runCollect(Inner.events(1)))
      const encode = Schema.encodeEffect(Schema.fromJsonString(Schema.Array(PipelineEvent)))
      const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Array(PipelineEvent)))
      assert.deepStrictEqual(yield* decode(yield* encode(events)), events)
    }))

  it.effect("interrupt the run once nothing listens any more", () =>
    Effect.gen(function*() {
      let released = 0
      const Held = Pipeline.make("Held", to(Schema.Void), (n) =>
        Step.make("held", [n], () =>
          Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => released++)))))
      const three = yield* Stream.runCollect(Stream.take(Held.events(1), 3))
      assert.deepStrictEqual(
        three.map(({ _tag }) =>
          _tag
        ),
        ["RunStarted", "PipelineStarted", "StepStarted"]
      )
      assert.strictEqual(released, 1)
    }))
})
