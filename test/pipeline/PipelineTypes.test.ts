import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schedule, Schema } from "effect"
import { type Agent, Pipeline, type RunError, Step, type TimedOut } from "greenlang"
import { typeCheck } from "../support/PipelineSource.ts"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Lost extends Schema.TaggedError<Lost>()("Lost", { at: Schema.String }) {}
class Gauge extends Context.Service<Gauge, { readonly read: Effect.Effect<number, Lost> }>()(
  "greenlang/test/pipeline/PipelineTypes.test/Gauge"
) {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })

const Reads = Pipeline.make("Reads", to(Schema.Finite), (n) => {
  const gauge = Step.make("gauge", [n], () => Effect.flatMap(Gauge, (gauge) => gauge.read))
  return Step.make(
    "checked",
    [gauge],
    (value) => value > 0 ? Effect.succeed(value) : Effect.fail(new Stuck({ at: "0" }))
  )
})

const gauge = Layer.succeed(Gauge, { read: Effect.succeed(3) })

describe("the type of a pipeline", () => {
  it("has the exact errors and services of its steps", () => {
    expectTypeOf(Reads).toEqualTypeOf<Pipeline.Pipeline<number, number, Stuck | Lost, Gauge>>()
    expectTypeOf(Reads.run(1)).toEqualTypeOf<
      Effect.Effect<Agent.AgentResult<number>, Stuck | Lost | RunError, Gauge>
    >()
    expectTypeOf<Agent.Failure<typeof Reads>>().toEqualTypeOf<Stuck | Lost>()
    expectTypeOf<Agent.Services<typeof Reads>>().toEqualTypeOf<Gauge>()
    expectTypeOf<Agent.Input<typeof Reads>>().toEqualTypeOf<number>()
    expectTypeOf<Agent.Output<typeof Reads>>().toEqualTypeOf<number>()
  })

  it("asks for the layer that is missing", () => {
    expectTypeOf(Reads.run(1)).not.toExtend<Effect.Effect<unknown, unknown>>()
    expectTypeOf(Effect.provide(Reads.run(1), gauge)).toExtend<Effect.Effect<unknown, unknown>>()
  })

  it.effect("asks for the error that nobody handles", () =>
    Effect.gen(function*() {
      const handled = Reads.run(1).pipe(
        Effect.provide(gauge),
        Effect.catchTag("Stuck", () => Effect.void),
        Effect.catchTag(["InvalidInput", "InvalidOutput", "TimedOut"], Effect.die)
      )
      expectTypeOf(handled).not.toExtend<Effect.Effect<unknown>>()
      const all = Effect.catchTag(handled, "Lost", Effect.die)
      expectTypeOf(all).toExtend<Effect.Effect<unknown>>()
      yield* all
    }))

  it("knows its steps by value, so that a misspelt one does not compile", () => {
    const draw = (n: Step.Step<number>) => {
      const doubled = Step.make("doubled", [n], (n) => Effect.succeed(n * 2))
      // @ts-expect-error there is no step "doubld"
      const wrong = () => Step.make("wrong", [doubld], (n) => Effect.succeed(n))
      assert.isFunction(wrong)
      return doubled
    }
    Pipeline.make("Misspelt", to(Schema.Finite), draw)
  })

  it("knows what each step is given", () => {
    Pipeline.make("Given", to(Schema.String), (n) => {
      const word = Step.make("word", [n], () => Effect.succeed("four"))
      // @ts-expect-error a string is not a number
      Step.make("half", [word], (word: number) => Effect.succeed(word / 2))
      return Step.make("both", [n, word], (n, word) => {
        expectTypeOf(n).toEqualTypeOf<number>()
        expectTypeOf(word).toEqualTypeOf<string>()
        return Effect.succeed(word)
      })
    })
    // @ts-expect-error the last step answers with a string
    Pipeline.make("Promised", to(Schema.Finite), (n) => Step.make("word", [n], () => Effect.succeed("four")))
  })

  it("says of each policy what can still fail", () => {
    const stuck = Step.make("stuck", [], () => Effect.fail(new Stuck({ at: "here" })))
    expectTypeOf(Step.retry(stuck, Schedule.recurs(1))).toEqualTypeOf<Step.Step<never, Stuck>>()
    expectTypeOf(Step.timeout(stuck, "1 second")).toEqualTypeOf<Step.Step<never, Stuck | TimedOut>>()
    expectTypeOf(Step.orElse(stuck, () => Effect.succeed(1))).toEqualTypeOf<Step.Step<number>>()
    expectTypeOf<Step.Failure<ReturnType<typeof Step.optional<never, Stuck, never, never>>>>().toEqualTypeOf<never>()
    expectTypeOf<Step.Failure<ReturnType<typeof Step.result<never, Stuck, never, never>>>>().toEqualTypeOf<never>()
  })

  it("costs the compiler the same for each further step", async () => {
    const small = await typeCheck(20)
    const large = await typeCheck(200)
    assert.isBelow((large.instantiations - small.instantiations) / 180, 200)
  }, 60_000)
})
