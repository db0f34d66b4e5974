import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, type Option, type Result, Schedule, Schema, type Stream } from "effect"
import {
  type Agent,
  type Approval,
  type Approved,
  type InvalidOutput,
  type NotApproved,
  Pipeline,
  type PipelineEvent,
  type PipelineFailed,
  type PipelineReport,
  Pool,
  type RunError,
  Step,
  type StepCache,
  type TimedOut
} from "greenlang"
import { typeCheck } from "../support/PipelineSource.ts"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Lost extends Schema.TaggedError<Lost>()("Lost", { at: Schema.String }) {}
class Gauge extends Context.Service<Gauge, { readonly read: Effect.Effect<number, Lost> }>()(
  "greenlang/test/pipeline/PipelineTypes.test/Gauge"
) {}
class Missing extends Schema.TaggedError<Missing>()("Missing", { at: Schema.String }) {}
class Clerk extends Context.Service<Clerk, { readonly busy: boolean }>()(
  "greenlang/test/pipeline/PipelineTypes.test/Clerk"
) {}
class Owner extends Context.Service<Owner, string>()("greenlang/test/pipeline/PipelineTypes.test/Owner") {}

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
  it("has the exact errors and services of its steps [B180]", () => {
    expectTypeOf(Reads.run).toEqualTypeOf<Pipeline.Pipeline<number, number, Stuck | Lost, Gauge>["run"]>()
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

  it.effect("asks for the error that nothing handles", () =>
    Effect.gen(function*() {
      const handled = Reads.run(1).pipe(
        Effect.provide(gauge),
        Effect.catchTag("Stuck", () => Effect.void),
        Effect.catchTag(["InvalidInput", "InvalidOutput", "NestedTooDeep", "TimedOut"], Effect.die)
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
      const half = Step.make("half", [word], (word: number) => Effect.succeed(word / 2))
      return Step.make("both", [n, word, half], (n, word) => {
        expectTypeOf(n).toEqualTypeOf<number>()
        expectTypeOf(word).toEqualTypeOf<string>()
        return Effect.succeed(word)
      })
    })
    // @ts-expect-error the last step answers with a string
    Pipeline.make("Promised", to(Schema.Finite), (n) => Step.make("word", [n], () => Effect.succeed("four")))
  })

  it("costs the compiler the same for each further step", async () => {
    const small = await typeCheck(20)
    const large = await typeCheck(200)
    assert.isBelow((large.instantiations - small.instantiations) / 180, 200)
  })
})

/** Fails with `Lost`, and the step behind it with `Stuck`; both need something. */
const first = Step.make(
  "first",
  [],
  () => Effect.flatMap(Clerk, ({ busy }) => busy ? Effect.fail(new Lost({ at: "first" })) : Effect.succeed("one"))
)
const step = Step.make(
  "step",
  [first],
  (word) =>
    Effect.flatMap(Gauge, () => word === "" ? Effect.fail(new Stuck({ at: "step" })) : Effect.succeed(word.length))
)

type Both = Gauge | Clerk

/** Leaves out which steps have no schema. */
const plain = <A, E, R, Before>(step: Step.Step<A, E, R, Before>): Step.Step<A, E, R, Before> => step

describe("what is left to fail, and what is needed, after", () => {
  it("a step, and those before it", () => {
    expectTypeOf(plain(first)).toEqualTypeOf<Step.Step<string, Lost, Clerk>>()
    expectTypeOf(plain(step)).toEqualTypeOf<Step.Step<number, Stuck, Both, Lost>>()
    expectTypeOf<Step.Failure<typeof step>>().toEqualTypeOf<Stuck | Lost>()
    expectTypeOf<Step.OwnFailure<typeof step>>().toEqualTypeOf<Stuck>()
    expectTypeOf<Step.Before<typeof step>>().toEqualTypeOf<Lost>()
    expectTypeOf<Step.Services<typeof step>>().toEqualTypeOf<Both>()
  })

  it("Step.optional and Step.result: nothing of its own", () => {
    expectTypeOf(plain(Step.optional(step))).toEqualTypeOf<Step.Step<Option.Option<number>, never, Both, Lost>>()
    expectTypeOf(plain(Step.result(step))).toEqualTypeOf<Step.Step<Result.Result<number, Stuck>, never, Both, Lost>>()
  })

  it("Step.result in a pipe, with the schema of both or without", () => {
    const output = Schema.Result(Schema.Finite, Schema.instanceOf(Stuck))
    type Known = Step.Step<Result.Result<number, Stuck>, never, Both, Lost>
    expectTypeOf(plain(step.pipe(Step.result))).toEqualTypeOf<Known>()
    expectTypeOf(plain(step.pipe(Step.result({ output })))).toEqualTypeOf<Known>()
    expectTypeOf(plain(Step.result(step, { output }))).toEqualTypeOf<Known>()
  })

  it("Step.orElse in a pipe, with the schema of both or without", () => {
    type Either = Step.Step<number | string, never, Both, Lost>
    expectTypeOf(plain(step.pipe(Step.orElse(() => Effect.succeed("none"))))).toEqualTypeOf<Either>()
    const output = Schema.Union([Schema.Finite, Schema.String])
    expectTypeOf(plain(step.pipe(Step.orElse(() => Effect.succeed("none"), { output })))).toEqualTypeOf<Either>()
  })

  it("Step.orElse: what stands in its place", () => {
    const other = Step.orElse(step, (error) => {
      expectTypeOf(error).toEqualTypeOf<Stuck>()
      return Effect.flatMap(Owner, () => Effect.fail(new Missing({ at: "other" })))
    })
    expectTypeOf(plain(other)).toEqualTypeOf<Step.Step<number, Missing, Both | Owner, Lost>>()
    expectTypeOf(plain(Step.orElse(step, () => Effect.succeed("none")))).toEqualTypeOf<
      Step.Step<number | string, never, Both, Lost>
    >()
  })

  it("Step.retry: the same, and what its schedule needs", () => {
    expectTypeOf(plain(Step.retry(step, Schedule.recurs(1)))).toEqualTypeOf<Step.Step<number, Stuck, Both, Lost>>()
    const asking = Schedule.recurs(1).pipe(
      Schedule.setInputType<Stuck>(),
      Schedule.modifyDelay(({ duration }) => Effect.as(Owner, duration))
    )
    expectTypeOf(plain(Step.retry(step, asking))).toEqualTypeOf<Step.Step<number, Stuck, Both | Owner, Lost>>()
    // @ts-expect-error the step does not fail with Missing, and the schedule asks for one
    // @effect-diagnostics-next-line missingEffectError:off
    Step.retry(step, Schedule.recurs(1).pipe(Schedule.setInputType<Missing>()))
  })

  it("Step.timeout: a limit more", () => {
    expectTypeOf(plain(Step.timeout(step, "1 second"))).toEqualTypeOf<Step.Step<number, Stuck | TimedOut, Both, Lost>>()
    expectTypeOf(plain(step.pipe(Step.timeout("1 second"), Step.optional))).toEqualTypeOf<
      Step.Step<Option.Option<number>, never, Both, Lost>
    >()
  })

  it("Step.when: what its condition can fail with stands before it", () => {
    const asked = Step.make("asked", [], () => Effect.flatMap(Owner, () => Effect.fail(new Missing({ at: "asked" }))))
    const yes = Step.make("yes", [asked], () => Effect.succeed(true))
    expectTypeOf(plain(Step.when(step, yes))).toEqualTypeOf<
      Step.Step<Option.Option<number>, Stuck, Both | Owner, Lost | Missing>
    >()
    expectTypeOf(plain(step.pipe(Step.when(first, (word) => word === "one")))).toEqualTypeOf<
      Step.Step<Option.Option<number>, Stuck, Both, Lost>
    >()
    // @ts-expect-error a text says neither yes nor no
    Step.when(step, first)
    // @ts-expect-error what is asked of the text is asked of a number
    Step.when(step, first, (word: number) => word > 1)
  })

  it("Step.ifPresent: what all that it waits for, and it itself, can fail with", () => {
    const maybe = Step.optional(step)
    const present = Step.ifPresent("present", [maybe, first], (n, word) => {
      expectTypeOf(n).toEqualTypeOf<number>()
      expectTypeOf(word).toEqualTypeOf<string>()
      return Effect.flatMap(Owner, () => n > 1 ? Effect.succeed(word) : Effect.fail(new Missing({ at: word })))
    })
    expectTypeOf(plain(present)).toEqualTypeOf<Step.Step<Option.Option<string>, Missing, Both | Owner, Lost>>()
  })

  it("Step.forEach and Step.iterate: what their bodies can fail with", () => {
    const list = Step.make("list", [first], () => Effect.succeed(["a", "b"]))
    const each = Step.forEach("each", list, (word, at) => {
      expectTypeOf([word, at] as const).toEqualTypeOf<readonly [string, number]>()
      return Effect.flatMap(Gauge, () => at > 1 ? Effect.succeed(at) : Effect.fail(new Stuck({ at: word })))
    })
    expectTypeOf(plain(each)).toEqualTypeOf<Step.Step<Array<number>, Stuck, Both, Lost>>()
    // @ts-expect-error a text is not a list
    Step.forEach("letters", Step.make("number", [], () => Effect.succeed(1)), Effect.succeed)

    const loop = Step.iterate("loop", first, {
      while: (word) => word.length < 3,
      max: 3,
      body: (word, round) =>
        Effect.flatMap(Gauge, () => round > 1 ? Effect.succeed(word) : Effect.fail(new Stuck({ at: word })))
    })
    expectTypeOf(plain(loop)).toEqualTypeOf<Step.Step<string, Stuck | Step.IterationLimit, Both, Lost>>()
    // @ts-expect-error the state is a text, and stays one
    Step.iterate("odd", first, { while: () => true, max: 3, body: () => Effect.succeed(1) })
  })

  it("Step.race and Step.match: what each alternative can fail with", () => {
    const other = Step.make("other", [], () => Effect.flatMap(Owner, () => Effect.fail(new Missing({ at: "other" }))))
    expectTypeOf(plain(Step.race("race", [step, other]))).toEqualTypeOf<
      Step.Step<number, Stuck | Missing, Both | Owner, Lost>
    >()
    // @ts-expect-error a race of none has no winner
    assert.throws(() => Step.race("none", []), "it has no alternatives")

    type Meter = { readonly _tag: "Smart"; readonly kWh: number } | { readonly _tag: "Dumb" }
    const meter = Step.make("meter", [first], () => Effect.succeed<Meter>({ _tag: "Dumb" }))
    const read = Step.match("read", meter, {
      Smart: ({ kWh }) => Effect.as(Gauge, kWh),
      Dumb: () => Effect.fail(new Missing({ at: "cellar" }))
    })
    expectTypeOf(plain(read)).toEqualTypeOf<Step.Step<number, Missing, Both, Lost>>()
    // @ts-expect-error there is no case for Dumb
    Step.match("half", meter, { Smart: () => Effect.void })
  })

  it("Step.agent: the agent, and how any run can fail", () => {
    const reads = Step.agent("reads", Reads, [step], (n) => n)
    expectTypeOf(plain(reads)).toEqualTypeOf<Step.Step<number, Stuck | Lost | RunError, Both, Stuck | Lost>>()
    // @ts-expect-error the agent reads a number
    Step.agent("text", Reads, [first], (word) => word)
  })

  it("Step.approval, Step.cached, Step.inPool and Step.expectedDuration: a service more, or nothing", () => {
    expectTypeOf(plain(Step.approval("asked", [step], (n) => `${n}?`))).toEqualTypeOf<
      Step.Step<Approved, InvalidOutput | NotApproved, Both | Approval, Stuck | Lost>
    >()
    const kept = Step.make("kept", [], () => Effect.as(Gauge, 1), { output: Schema.Finite })
    expectTypeOf(plain(Step.cached(kept, { timeToLive: "1 hour" }))).toEqualTypeOf<
      Step.Step<number, InvalidOutput, Gauge | StepCache>
    >()
    expectTypeOf(Step.inPool(step, Pool.make("vendor", 1))).toEqualTypeOf<typeof step>()
    expectTypeOf(Step.expectedDuration(step, "1 second")).toEqualTypeOf<typeof step>()
  })

  it("Pipeline.drain and Pipeline.keepPartial: the same, and all of it", () => {
    expectTypeOf(Pipeline.drain(Reads).run).toEqualTypeOf<typeof Reads.run>()
    const kept = Pipeline.keepPartial(Reads)
    expectTypeOf(kept).toEqualTypeOf<
      Pipeline.Pipeline<number, number, PipelineFailed<Stuck | Lost | RunError>, Gauge>
    >()
    expectTypeOf<Effect.Error<ReturnType<typeof kept.run>>>().toEqualTypeOf<
      PipelineFailed<Stuck | Lost | RunError> | RunError
    >()
  })

  it("looking at a run: the same", () => {
    const events = Reads.events(1)
    expectTypeOf(events).toEqualTypeOf<Stream.Stream<PipelineEvent, Stuck | Lost | RunError, Gauge>>()
    const report = Reads.report(1)
    expectTypeOf(report).toEqualTypeOf<
      Effect.Effect<PipelineReport.PipelineReport<number>, Stuck | Lost | RunError, Gauge>
    >()
    const run = Reads.run(1)
    expectTypeOf(Pipeline.observe(run, () => {})).toEqualTypeOf<typeof run>()
  })

  it("nothing, of a pipeline whose steps have handled it all but how a run can fail", () => {
    const Safe = Pipeline.make(
      "Safe",
      to(Schema.Unknown),
      () =>
        Step.make(
          "last",
          [Step.optional(first), Step.make("own", [], () => Effect.succeed(1))],
          () => Effect.succeed(1)
        )
    )
    expectTypeOf<Effect.Error<ReturnType<typeof Safe.run>>>().toEqualTypeOf<RunError>()
    // @ts-expect-error the schema of the errors does not have Stuck
    Pipeline.make("Narrow", { ...to(Schema.Unknown), error: Lost }, () => step)
  })

  it("the failure that `error` leaves out is named at `error`, and nothing else is unknown", () => {
    expectTypeOf<Agent.Covers<typeof Lost, Lost | Stuck>>().toEqualTypeOf<"Stuck is not in error">()
    expectTypeOf<Agent.Covers<typeof Lost, unknown>>().toEqualTypeOf<"an untagged failure is not in error">()
    const Asks = Pipeline.make(
      "Asks",
      // @ts-expect-error PromiseRejected is not in error
      { ...to(Schema.Finite), error: Lost },
      (input) => Step.promise("asks", [input], async () => 1)
    )
    expectTypeOf<Effect.Services<ReturnType<typeof Asks.run>>>().toEqualTypeOf<never>()
    const listed: ReadonlyArray<Agent.Any> = [
      Pipeline.make("Fine", { ...to(Schema.Finite), error: Lost }, () => Step.make("one", [], () => Effect.succeed(1)))
    ]
    assert.strictEqual(listed.length, 1)
  })
})
