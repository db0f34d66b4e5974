import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Agent, type InvalidInput, type InvalidOutput, Run, type TimedOut } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const Shout = Agent.make("Shout", {
  version: "1.0.0",
  input: Schema.Trim,
  output: Schema.String,
  execute: (text) => Effect.succeed(text.toUpperCase())
})

describe("Agent", () => {
  it.effect("sees its input after the schema has read it", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* Shout.run("  hello ")
      assert.strictEqual(value, "HELLO")
      assert.strictEqual(metadata.agent, "Shout")
      assert.strictEqual(metadata.state, "completed")
    }))

  it.effect("names every field it cannot read, and what would be right", () =>
    Effect.gen(function*() {
      const Area = Agent.make("Area", {
        version: "1.0.0",
        input: Schema.Struct({
          width: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "metres" }),
          name: Schema.NonEmptyString
        }),
        output: Schema.Finite,
        execute: ({ width }) => Effect.succeed(width)
      })
      const error = yield* Effect.flip(Area.run({ width: -1 } as never))
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues, [
        { path: "width", message: "Expected a value greater than or equal to 0", expected: "a number (metres)" },
        { path: "name", message: "is missing", expected: "a string" }
      ])
    }))

  it.effect("times out, interrupts, and tells how long it took", () =>
    Effect.gen(function*() {
      let released = false
      const Slow = Agent.make("Slow", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        timeout: "1 second",
        execute: () => Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => released = true)))
      })
      const fiber = yield* Effect.forkChild(Effect.flip(Slow.run(1)))
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(fiber)
      assert(error._tag === "TimedOut")
      assert.isTrue(released)
      assert.strictEqual(error.phase, "run")
      const stats = yield* Slow.stats
      assert.strictEqual(stats.failed.runs, 1)
    }))

  it.effect("retries, and counts what the failed attempts used", () =>
    Effect.gen(function*() {
      let tries = 0
      const Flaky = Agent.make("Flaky", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        error: Stuck,
        execute: (n) =>
          Effect.andThen(
            Run.addUsage({ inputTokens: 5 }),
            Effect.suspend(() => tries++ < 2 ? Effect.fail(new Stuck({ at: "x" })) : Effect.succeed(n))
          )
      }).pipe(Agent.retry(Schedule.recurs(3)))
      const { metadata, value } = yield* Flaky.run(7)
      assert.strictEqual(value, 7)
      assert.strictEqual(metadata.usage.inputTokens, 15)
    }))

  it.effect("folds typed failures, not interruption", () =>
    Effect.gen(function*() {
      const Fails = Agent.make("Fails", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (n) => n > 0 ? Effect.fail(new Stuck({ at: "x" })) : Effect.interrupt
      })
      const failed = yield* Agent.outcome(Fails)(1)
      assert(!failed.success)
      assert.strictEqual(failed.error._tag, "Stuck")
      assert.strictEqual(failed.metadata.state, "failed")
      const exit = yield* Effect.exit(Agent.outcome(Fails)(0))
      assert.isTrue(Exit.hasInterrupts(exit))
    }))

  it("has exact types", () => {
    class Gauge extends Context.Service<Gauge, { readonly read: Effect.Effect<number, Stuck> }>()(
      "greenlang/test/agent/Agent.test/Gauge"
    ) {}
    const Reads = Agent.make("Reads", {
      version: "1.0.0",
      input: Schema.Struct({ a: Schema.FiniteFromString }),
      output: Schema.Finite,
      error: Stuck,
      execute: () => Effect.flatMap(Gauge, (gauge) => gauge.read)
    })
    expectTypeOf(Reads).toEqualTypeOf<Agent.Agent<{ readonly a: string }, number, Stuck, Gauge>>()
    expectTypeOf(Reads.run({ a: "1" })).toExtend<
      Effect.Effect<Agent.AgentResult<number>, Stuck | InvalidInput | InvalidOutput | TimedOut, Gauge>
    >()
    expectTypeOf(Agent.map(Shout, Schema.Finite, (text) => text.length)).toEqualTypeOf<Agent.Agent<string, number>>()
    Agent.make("Wrong", {
      version: "1.0.0",
      input: Schema.Finite,
      output: Schema.Finite,
      error: Stuck,
      // @ts-expect-error the error schema must cover what execute can fail with
      execute: () => Effect.fail("not Stuck")
    })
  })

  it.effect("runs pairs in order", () =>
    Effect.gen(function*() {
      const Double = Agent.make("Double", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (n) => Effect.succeed(n * 2)
      })
      const [a, b] = yield* Agent.runAll([[Double, 2], [Shout, "x"]])
      assert(a.success && b.success)
      expectTypeOf(a.data).toEqualTypeOf<number>()
      expectTypeOf(b.data).toEqualTypeOf<string>()
      // @ts-expect-error Double reads a number
      Agent.runAll([[Double, "2"]])
    }))
})
