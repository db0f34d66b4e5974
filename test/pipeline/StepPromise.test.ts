import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Option, Schema, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { InvalidOutput, Pipeline, type PipelineEvent, type RunError, Step, StepDied, type TimedOut } from "greenlang"
import { Durable } from "greenlang/durable"
import { setTimeout as sleep } from "node:timers/promises"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const to = <O extends Schema.ConstraintCodec<unknown, unknown>>(output: O) => ({
  version: "1.0.0",
  input: Schema.Finite,
  output
})

/** Ends when its signal is aborted, and says so `behind` a turn of the event loop later. */
const untilAborted = (signal: AbortSignal, behind: () => void) =>
  new Promise<number>((_, reject) => {
    signal.addEventListener("abort", () =>
      setImmediate(() => {
        behind()
        reject(signal.reason)
      }))
  })

/** What a promise step of `run` ends with. */
const ending = <A, E>(step: (n: Step.Step<number, never, never, never, never>) => Step.Step<A, E, never, unknown>) =>
  Effect.exit(
    Pipeline.make("Ends", { ...to(Schema.Unknown) }, (n) => step(n) as Step.Step<unknown, E>).run(1)
  )

const failureOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))

describe("Step.promise", () => {
  it.effect("receives the answers before it, and answers with what its promise does", () =>
    Effect.gen(function*() {
      const Sum = Pipeline.make("Sum", to(Schema.String), (n) => {
        const twice = Step.promise("twice", [n], async ([n]) => n * 2)
        const text = Step.make("text", [n], (n) => Effect.succeed(`${n}`))
        const both = Step.promise("both", [twice, text], async ([twice, text]) => twice + text.length)
        return Step.promise("last", [both, twice], ([both, twice]) => Promise.resolve(`${both} ${twice}`))
      })
      assert.strictEqual((yield* Sum.run(4)).value, "9 8")
    }))

  it.effect("fails with PromiseRejected, or with what `catch` makes of the rejection", () =>
    Effect.gen(function*() {
      const gone = new Error("gone")
      const rejected = failureOf(yield* ending((n) => Step.promise("asks", [n], () => Promise.reject(gone))))
      assert.instanceOf(rejected, Step.PromiseRejected)
      assert.strictEqual(rejected.step, "asks")
      assert.strictEqual((rejected.cause as Error).message, "gone")
      assert.strictEqual(rejected.message, "the promise of step `asks` was rejected: gone")

      const made = yield* ending((n) =>
        Step.promise("asks", [n], () => Promise.reject(gone), { catch: (error) => new Broken({ why: `${error}` }) })
      )
      assert.deepStrictEqual(failureOf(made), new Broken({ why: "Error: gone" }))
    }))

  it.effect("takes what its function throws for a rejection", () =>
    Effect.gen(function*() {
      const thrown = yield* ending((n) =>
        Step.promise("throws", [n], (): Promise<number> => {
          throw new TypeError("early")
        })
      )
      assert.include(`${failureOf(thrown)}`, "the promise of step `throws` was rejected: early")
    }))

  it.effect("dies, by its name, where `catch` throws or its function returns no promise", () =>
    Effect.gen(function*() {
      const bug = yield* ending((n) =>
        Step.promise("bug", [n], () => Promise.reject(1), {
          catch: (): Broken => {
            throw new Error("a bug")
          }
        })
      )
      assert.isTrue(Exit.isFailure(bug) && Cause.hasDies(bug.cause))
      const none = yield* ending((n) => Step.promise("none", [n], () => 5 as never))
      const defect = Exit.isFailure(none) ? Cause.squash(none.cause) : undefined
      assert.instanceOf(defect, StepDied.StepDied)
      assert.strictEqual(defect.message, "step `none` of pipeline `Ends` returned a number, not a promise")
    }))

  const throws = (): never => {
    throw new Error("a trap")
  }
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
  const strange: Readonly<Record<string, () => object>> = {
    "a revoked proxy": revoked,
    "a proxy without a readable class": () => new Proxy({}, { getPrototypeOf: throws }),
    "a proxy that throws at everything": () =>
      new Proxy({}, {
        get: throws,
        getOwnPropertyDescriptor: throws,
        getPrototypeOf: throws,
        has: throws,
        ownKeys: throws
      })
  }
  const again = Step.retry({ times: 1 })
  for (const [what, make] of Object.entries(strange)) {
    it.effect(`fails with PromiseRejected, whatever it is rejected with: ${what}`, () =>
      Effect.gen(function*() {
        const asks = (n: Step.Step<number, never, never, never, never>) =>
          Step.promise("asks", [n], (): Promise<number> => Promise.reject(make()))
        const members: ReadonlyArray<(n: Step.Step<number, never, never, never, never>) => Step.Step<number, unknown>> =
          [
            asks,
            (n) => again(asks(n)),
            (n) => Step.race("first", [asks(n)])
          ]
        for (const member of members) {
          const rejected = failureOf(yield* ending(member))
          assert.instanceOf(rejected, Step.PromiseRejected)
          assert.strictEqual(rejected.step, "asks")
          assert.include(rejected.message, "the promise of step `asks` was rejected")
        }
        const optional = yield* ending((n) => Step.optional(asks(n)))
        assert.isTrue(Exit.isSuccess(optional) && Option.isOption(optional.value.value))
        const own = yield* ending((n) =>
          Step.promise("own", [n], () => Promise.reject(make()), { catch: () => new Broken({ why: "own" }) })
        )
        assert.deepStrictEqual(failureOf(own), new Broken({ why: "own" }))
        const Seen = Pipeline.make("Seen", to(Schema.Finite), asks)
        const events: Array<string> = []
        yield* Effect.exit(Pipeline.observe(Seen.run(1), ({ _tag }) => void events.push(_tag)))
        assert.include(events, "StepFailed")
      }))
  }

  class Thrower extends Promise<number> {
    // oxlint-disable-next-line no-thenable
    override then(): never {
      throw new Error("then throws")
    }
  }
  const hostile: Readonly<Record<string, () => Promise<number>>> = {
    // oxlint-disable-next-line no-thenable
    "a `then` of its own that throws": () => Object.assign(Promise.resolve(1), { then: throws }),
    "a class whose `then` throws": () => new Thrower((resolve) => resolve(1)),
    // oxlint-disable-next-line no-thenable
    "an object whose `then` throws": () => ({ then: throws }) as never
  }
  for (const [what, make] of Object.entries(hostile)) {
    it.live(`fails with PromiseRejected, and releases the steps beside it, where its promise has ${what}`, () =>
      Effect.gen(function*() {
        let released = 0
        const held = (n: Step.Step<number, never, never, never, never>) =>
          Step.make("held", [n], () => Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => released++))))
        for (const before of [false, true]) {
          const exit = yield* ending((n) => {
            const soon = Step.make("soon", [n], () => before ? Effect.delay(Effect.void, 0) : Effect.void)
            const evil = Step.promise("evil", [soon], make)
            return Step.make("last", [held(n), evil], () => Effect.succeed(1))
          })
          const rejected = failureOf(exit)
          assert.instanceOf(rejected, Step.PromiseRejected)
          assert.strictEqual(rejected.step, "evil")
        }
        assert.strictEqual(released, 2)
        const first = failureOf(yield* ending((n) => Step.promise("evil", [n], make)))
        assert.instanceOf(first, Step.PromiseRejected)
      }))
  }

  it.effect("checks its answer against its schema", () =>
    Effect.gen(function*() {
      const wrong = yield* ending((n) =>
        Step.promise("wrong", [n], async () => "text" as unknown as number, { output: Schema.Finite })
      )
      assert.instanceOf(failureOf(wrong), InvalidOutput)
    }))

  it.effect("aborts its signal when another step fails, and waits until the promise has settled", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      const Two = Pipeline.make("Two", to(Schema.Finite), (n) => {
        const slow = Step.promise("slow", [n], (_, signal) => untilAborted(signal, () => seen.push("closed")))
        const fails = Step.make(
          "fails",
          [n],
          () => Effect.andThen(Effect.promise(() => sleep(1)), Effect.fail(new Broken({ why: "early" })))
        )
        return Step.make("last", [slow, fails], (slow) => Effect.succeed(slow))
      })
      const exit = yield* Effect.exit(
        Pipeline.observe(Two.run(1), (event) => {
          if (event._tag === "StepInterrupted" || event._tag === "StepFailed") seen.push(event._tag)
        })
      )
      assert.deepStrictEqual(seen, ["StepFailed", "closed", "StepInterrupted"])
      assert.isTrue(Exit.isFailure(exit) && exit.cause.reasons.length === 1)
      assert.deepStrictEqual(failureOf(exit), new Broken({ why: "early" }))
    }))

  it.live("aborts its signal when the run is interrupted, and waits until the promise has settled", () =>
    Effect.gen(function*() {
      let closed = 0
      const started = yield* Deferred.make<void>()
      const One = Pipeline.make(
        "One",
        to(Schema.Finite),
        (n) =>
          Step.promise("slow", [n], (_, signal) => {
            Deferred.doneUnsafe(started, Exit.void)
            return untilAborted(signal, () => closed++)
          })
      )
      const fiber = yield* Effect.forkChild(One.run(1), { startImmediately: true })
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(closed, 1)
    }))

  it.live("leaves a promise that ignores its signal behind after a second, with and without a policy around it", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const never = () => {
        Deferred.doneUnsafe(started, Exit.void)
        return new Promise<number>(() => {})
      }
      const Deaf = Pipeline.make("Deaf", to(Schema.Finite), (n) => Step.promise("deaf", [n], never))
      const Limited = Pipeline.make(
        "Limited",
        to(Schema.Finite),
        (n) => Step.promise("deaf", [n], never).pipe(Step.timeout("1 millis"))
      )
      const states: Array<string> = []
      const fiber = yield* Effect.forkChild(
        Pipeline.observe(Deaf.run(1), ({ _tag }) => void states.push(_tag)),
        { startImmediately: true }
      )
      yield* Deferred.await(started)
      yield* Fiber.interrupt(fiber)
      assert.include(states, "StepInterrupted")
      const late = yield* Effect.flip(Limited.run(1))
      assert.strictEqual(late._tag, "TimedOut")
    }))

  it.effect("is an Effect under policies: retried, limited, raced, and with an answer in its place", () =>
    Effect.gen(function*() {
      let attempts = 0
      const flaky = (n: Step.Step<number, never, never, never, never>) =>
        Step.promise("flaky", [n], async () => {
          if (attempts++ < 2) throw new Error("not yet")
          return attempts
        })
      const aborted: Array<string> = []
      const waits = (name: string) => (n: Step.Step<number, never, never, never, never>) =>
        Step.promise(name, [n], (_, signal) => untilAborted(signal, () => aborted.push(name)))

      const retried = yield* ending((n) => flaky(n).pipe(Step.retry({ times: 2 })))
      assert.isTrue(Exit.isSuccess(retried) && attempts === 3)
      const optional = yield* ending((n) => Step.promise("fails", [n], () => Promise.reject(1)).pipe(Step.optional))
      assert.deepStrictEqual(Exit.isSuccess(optional) && optional.value.value, Option.none())
      const raced = yield* ending((n) =>
        Step.race("race", [waits("loser")(n), Step.promise("winner", [n], async () => 7)])
      )
      assert.strictEqual(Exit.isSuccess(raced) && raced.value.value, 7)
      assert.deepStrictEqual(aborted, ["loser"])

      const late = yield* Effect.forkChild(ending((n) => waits("late")(n).pipe(Step.timeout("1 minute"))))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((failureOf(yield* Fiber.join(late)) as TimedOut)._tag, "TimedOut")
      assert.deepStrictEqual(aborted, ["loser", "late"])
    }))

  it.effect("has a span where a tracer collects, and the same answer", () =>
    Effect.gen(function*() {
      const names: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          names.push(options.name)
          return new Tracer.NativeSpan(options)
        }
      })
      const One = Pipeline.make("One", to(Schema.Finite), (n) => Step.promise("asks", [n], async ([n]) => n + 1))
      const { value } = yield* Effect.withTracer(One.run(1), tracer)
      assert.strictEqual(value, 2)
      assert.include(names, "asks")
    }))

  it.effect("keeps to the concurrency of the pipeline, and lets any number of steps listen to its signal", () =>
    Effect.gen(function*() {
      const warnings: Array<Error> = []
      const onWarning = (warning: Error) => void warnings.push(warning)
      process.on("warning", onWarning)
      let running = 0
      let most = 0
      const Wide = Pipeline.make("Wide", { ...to(Schema.Finite), concurrency: 15 }, (n) => {
        const steps = Array.from({ length: 40 }, (_, at) =>
          Step.promise(`${at}`, [n], async ([n], signal) => {
            most = Math.max(most, ++running)
            await sleep(1, undefined, { signal })
            running--
            return n
          }))
        return Step.make("last", steps, (...all: ReadonlyArray<number>) => Effect.succeed(all.length))
      })
      assert.strictEqual((yield* Wide.run(1)).value, 40)
      yield* Effect.promise(() => new Promise(setImmediate))
      process.off("warning", onWarning)
      assert.strictEqual(most, 15)
      assert.deepStrictEqual(warnings, [])
    }))

  it.effect("emits the events of any step", () =>
    Effect.gen(function*() {
      const events: Array<PipelineEvent> = []
      const One = Pipeline.make("One", to(Schema.Finite), (n) => Step.promise("asks", [n], async ([n]) => n + 1))
      yield* Pipeline.observe(One.run(1), (event) => events.push(event))
      assert.deepStrictEqual(
        events.map(({ _tag }) => _tag),
        ["RunStarted", "PipelineStarted", "StepStarted", "StepFinished", "RunEnded"]
      )
    }))

  it.effect("is recorded by a durable run", () =>
    Effect.gen(function*() {
      let asked = 0
      const Asks = Pipeline.make("Asks", { ...to(Schema.Finite), error: Step.PromiseRejected }, (n) =>
        Step.promise("asks", [n], async ([n]) => (asked++, n + 1), { output: Schema.Finite }))
      const answer = Effect.gen(function*() {
        const id = yield* Durable.submit(Asks, 1, { key: "once" })
        return (yield* Durable.result(id, Asks)).value
      })
      const values = yield* Effect.all([answer, answer]).pipe(
        Effect.provide(Durable.layerMemory({ pipelines: [Asks] }))
      )
      assert.deepStrictEqual([values, asked], [[2, 2], 1])
    }))

  it("has the exact types of its function and its options", () => {
    const plain = Step.promise("plain", [], async () => 1)
    expectTypeOf(plain).toEqualTypeOf<Step.Step<number, Step.PromiseRejected, never, never, "plain">>()
    const caught = Step.promise("caught", [plain], async ([n]) => (expectTypeOf(n).toEqualTypeOf<number>(), "a"), {
      output: Schema.String,
      error: Broken,
      catch: () => new Broken({ why: "no" })
    })
    expectTypeOf(caught).toEqualTypeOf<
      Step.Step<string, Broken | InvalidOutput, never, Step.PromiseRejected, "plain">
    >()
    const Fails = Pipeline.make("Fails", to(Schema.Finite), () => Step.promise("last", [caught], async () => 1))
    expectTypeOf(Effect.flip(Fails.run(1))).toExtend<
      Effect.Effect<Broken | InvalidOutput | Step.PromiseRejected | RunError, unknown>
    >()
    // @ts-expect-error an Effect is not a promise
    const effect = () => Step.promise("effect", [], () => Effect.succeed(1))
    // @ts-expect-error the schema does not cover what `catch` makes
    const uncovered = () => Step.promise("uncovered", [], async () => 1, { error: Broken, catch: () => "text" })
    // @ts-expect-error no schema for the answer of the step "last"
    const refused = () => Durable.layerMemory({ pipelines: [Fails] })
    expectTypeOf([effect, uncovered, refused]).toBeArray()
  })
})
