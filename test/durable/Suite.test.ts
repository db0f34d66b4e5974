/**
 * What the tests of pipelines found where they ran on the engines of durable runs: see `test/support/engine`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Schema } from "effect"
import { InvalidOutput, Pipeline, PipelineFailed, Step, StepDied } from "greenlang"
import { Durable } from "greenlang/durable"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** How a durable run of `pipeline` ends. */
const ending = <Out, E>(pipeline: Pipeline.Pipeline<number, Out, E>) =>
  Effect.gen(function*() {
    const id = yield* Durable.submit(pipeline, 1)
    return yield* Effect.exit(Effect.map(Durable.result(id, pipeline), ({ value }) => value))
  }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [pipeline as Pipeline.Pipeline<number, unknown>] })))

const fail = (): never => {
  throw new Error("a bug")
}

const failureOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))
const stepOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) ? Option.getOrUndefined(StepDied.failedStep(exit.cause)) : undefined

describe("a durable run fails as in process", () => {
  it.live("where a promise is rejected, with what it was rejected with and the path of its step", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make(
        "Inner",
        { ...numbers, error: Step.PromiseRejected },
        (n) =>
          Step.promise("asks", [n], (): Promise<number> => Promise.reject(new TypeError("gone")), {
            output: Schema.Finite
          })
      )
      const Outer = Pipeline.make(
        "Outer",
        { ...numbers, error: Step.PromiseRejected },
        (n) => Step.agent("inner", Inner, [n], (n) => n)
      )
      const exit = yield* ending(Outer)
      const rejected = failureOf(exit)
      assert.instanceOf(rejected, Step.PromiseRejected)
      assert.strictEqual((rejected.cause as Error).message, "gone")
      assert.deepStrictEqual(stepOf(exit), ["inner", "asks"])
    }))

  it.live("where a step throws, or returns something else than an Effect", () =>
    Effect.gen(function*() {
      const messages: Array<string> = []
      for (const run of [() => 5 as never, (): never => fail()]) {
        const exit = yield* ending(
          Pipeline.make("Bugs", numbers, (n) => Step.make("bug", [n], run, { output: Schema.Finite }))
        )
        const died = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(died, StepDied.StepDied)
        assert.deepStrictEqual(stepOf(exit), ["bug"])
        messages.push(died.message)
      }
      assert.deepStrictEqual(messages, [
        "step `bug` of pipeline `Bugs` returned a number, not an Effect",
        "step `bug` of pipeline `Bugs` died: Error: a bug"
      ])
    }))

  it.live("where a pipeline inside of a step keeps what had succeeded", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", { ...numbers, error: Broken }, (n) => {
        const fine = Step.make("fine", [n], Effect.succeed, { output: Schema.Finite })
        return Step.make(
          "broken",
          [fine],
          (): Effect.Effect<number, Broken> => Effect.fail(new Broken({ why: "so" })),
          {
            output: Schema.Finite
          }
        )
      })
      const Outer = Pipeline.make("Outer", { ...numbers, output: Schema.Unknown }, (n) => {
        const inner = Step.agent("inner", Pipeline.keepPartial(Inner), [n], (n) => n)
        return Step.orElse(
          inner,
          (error) =>
            Effect.succeed<unknown>(
              error instanceof PipelineFailed
                ? { errors: error.errors.map(({ error }) => error._tag), partial: { ...error.partial } }
                : {}
            ),
          { output: Schema.Unknown }
        )
      })
      assert.deepStrictEqual(yield* ending(Outer as never), Exit.succeed({ errors: ["Broken"], partial: { fine: 1 } }))
    }))

  it.live("where an answer has more levels than a record holds: by the name of the step", () =>
    Effect.gen(function*() {
      const nested = (levels: number) => {
        let value: Schema.Json = 1
        for (let level = 0; level < levels; level++) value = [value]
        return value
      }
      for (const [levels, isWritten] of [[900, true], [1_100, false], [100_000, false]] as const) {
        const exit = yield* ending(Pipeline.make("Deep", { ...numbers, error: InvalidOutput }, (n) => {
          const deep = Step.make("deep", [n], () => Effect.succeed<unknown>(nested(levels)), { output: Schema.Unknown })
          return Step.pure("count", [deep], () => 1)
        }))
        assert.strictEqual(Exit.isSuccess(exit), isWritten, `${levels}`)
        if (!isWritten) {
          assert.deepStrictEqual([failureOf(exit) instanceof InvalidOutput, stepOf(exit)], [true, ["deep"]])
        }
      }
    }))
})
