import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Data, Effect, Option, Ref, Schedule, Schema } from "effect"
import { Agent, Pipeline, Step } from "greenlang"

class Stuck extends Data.TaggedError("Stuck")<{ readonly at: string }> {}
class Lost extends Data.TaggedError("Lost")<{ readonly at: string }> {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })
const stuck = (top: Step.Step<number>) =>
  Step.make("stuck", [top], (n) => n > 0 ? Effect.succeed(n) : Effect.fail(new Stuck({ at: "stuck" })))

describe("Step", () => {
  it.effect("optional answers None, and says so in its type", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("Optional", to(Schema.Option(Schema.Finite)), (top) => {
        const maybe = Step.optional(stuck(top))
        expectTypeOf(maybe).toEqualTypeOf<Step.Step<Option.Option<number>>>()
        return maybe
      })
      assert.deepStrictEqual((yield* pipeline.run(1)).value, Option.some(1))
      assert.deepStrictEqual((yield* pipeline.run(0)).value, Option.none())
    }))

  it.effect("optional does not speak for the steps before it", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("Before", to(Schema.Option(Schema.Never)), (top) => {
        const lost = Step.make("lost", [stuck(top)], () => Effect.fail(new Lost({ at: "lost" })))
        expectTypeOf(lost).toEqualTypeOf<Step.Step<never, Lost, never, Stuck>>()
        return Step.optional(lost)
      })
      expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, Option.Option<never>, Stuck>["run"]>()
      assert.deepStrictEqual((yield* pipeline.run(1)).value, Option.none())
      assert.strictEqual((yield* Effect.flip(pipeline.run(0)))._tag, "Stuck")
    }))

  it.effect("orElse sees the error and trades it for another", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("OrElse", to(Schema.Union([Schema.Finite, Schema.String])), (top) =>
        stuck(top).pipe(Step.orElse((error) => {
          expectTypeOf(error).toEqualTypeOf<Stuck>()
          return error.at === "stuck" ? Effect.succeed("instead") : Effect.fail(new Lost({ at: error.at }))
        })))
      expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, number | string, Lost>["run"]>()
      assert.strictEqual((yield* pipeline.run(0)).value, "instead")
    }))

  it.effect("retry runs the step again and keeps its error in the type", () =>
    Effect.gen(function*() {
      const attempts = yield* Ref.make(0)
      const pipeline = Pipeline.make("Retry", to(Schema.Finite), (top) =>
        Step.make("third", [top], () =>
          Ref.updateAndGet(attempts, (n) =>
            n + 1).pipe(
              Effect.filterOrFail((n) =>
                n > 2, () => new Stuck({ at: "third" }))
            )).pipe(Step.retry(Schedule.recurs(5))))
      expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, number, Stuck>["run"]>()
      assert.strictEqual((yield* pipeline.run(0)).value, 3)
    }))

  it.effect("when asks another step first", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("When", to(Schema.Option(Schema.Finite)), (top) => {
        const large = Step.make("large", [top], (n) => Effect.succeed(n > 100))
        return Step.make("half", [top], (n) => Effect.succeed(n / 2)).pipe(Step.when(large))
      })
      expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, Option.Option<number>>["run"]>()
      assert.deepStrictEqual((yield* pipeline.run(500)).value, Option.some(250))
      assert.deepStrictEqual((yield* pipeline.run(5)).value, Option.none())
    }))

  it.effect("forEach answers in the order of its items", () =>
    Effect.gen(function*() {
      const pipeline = Pipeline.make("ForEach", to(Schema.mutable(Schema.Array(Schema.Finite))), (top) => {
        const range = Step.make("range", [top], (n) => Effect.succeed(Array.from({ length: n }, (_, i) => i)))
        return Step.forEach("squares", range, (n) => Effect.as(Effect.yieldNow, n * n), { concurrency: 2 })
      })
      assert.deepStrictEqual((yield* pipeline.run(4)).value, [0, 1, 4, 9])
    }))

  it.effect("agent runs an agent on what it makes of the answers before it", () =>
    Effect.gen(function*() {
      const Double = Agent.make("Double", { ...to(Schema.Finite), execute: (n) => Effect.succeed(n * 2) })
      const pipeline = Pipeline.make("Agents", to(Schema.Finite), (top) =>
        Step.agent("double", Double, [top], (n) =>
          n + 1))
      expectTypeOf(pipeline.run).toEqualTypeOf<Pipeline.Pipeline<number, number>["run"]>()
      assert.strictEqual((yield* pipeline.run(20)).value, 42)
    }))
})
