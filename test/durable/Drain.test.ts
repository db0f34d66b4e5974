/**
 * Runs in which a step had failed, and that were put aside before they ended: they go on with what had begun beside the failure.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Schedule, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Pipeline, PipelineFailed, Step } from "greenlang"
import { Durable } from "greenlang/durable"

class Broken extends Schema.TaggedError<Broken>()("Broken", { step: Schema.String }) {}

const finite = { output: Schema.Finite, error: Broken }

const broken = (step: string): Effect.Effect<number, Broken> => Effect.fail(new Broken({ step }))

/**
 * `first` fails once `late` has ended, while `twice` waits for its second attempt; `second`, which stands before it, fails after it.
 * `never` is ready once `twice` has ended, which fails, and `other` once `first` has failed.
 */
const draw = (onFailure: "drain" | "interrupt") => {
  const began: Array<string> = []
  const all = Deferred.makeUnsafe<void>()
  const failed = Deferred.makeUnsafe<void>()
  const pipeline = Pipeline.make(
    "Drained",
    {
      version: "1.0.0",
      input: Schema.Finite,
      output: Schema.Finite,
      error: Schema.Union([Broken, Step.IterationLimit])
    },
    (n) => {
      const make = <E, Before>(
        name: string,
        after: Step.Step<number, E, never, Before, never>,
        work: Effect.Effect<number, Broken>
      ) => Step.make(name, [after], () => Effect.andThen(Effect.sync(() => began.push(name)), work), finite)
      const second = make("second", n, Effect.andThen(Deferred.await(failed), broken("second")))
      const first = make(
        "first",
        n,
        Effect.andThen(
          Deferred.await(all),
          Effect.suspend(() => {
            setImmediate(() => Deferred.doneUnsafe(failed, Effect.void))
            return broken("first")
          })
        )
      )
      const rounds = Step.iterate("twice", n, {
        while: (left) => left > 0,
        max: 2,
        body: () => Effect.andThen(Effect.sync(() => began.push("twice")), broken("twice")),
        ...finite
      })
      const twice = Step.retry(rounds, Schedule.spaced("1 hour").pipe(Schedule.upTo({ times: 1 })))
      const answered = make("answered", n, Effect.succeed(4))
      const late = make("late", answered, Effect.as(Deferred.succeed(all, undefined), 5))
      const never = make("never", twice, Effect.succeed(6))
      return Step.pure("sum", [second, first, never, late], (...all) => all.reduce((a, b) => a + b, 0))
    }
  )
  const kept = Pipeline.keepPartial(pipeline)
  return { began, pipeline: onFailure === "drain" ? Pipeline.drain(kept) : kept }
}

/** What remains of a failure once it is written down. */
const written = (error: unknown) => {
  assert.instanceOf(error, PipelineFailed)
  const { errors, partial } = error as PipelineFailed<unknown>
  return { errors: errors.map(({ error, step }) => [step, (error as Broken)._tag]), partial }
}

const stateIs = (id: string, state: string): Effect.Effect<void, unknown, Durable.Durable> =>
  Effect.flatMap(Durable.status(id), (status) =>
    status.state === state
      ? Effect.void
      : Effect.andThen(Effect.promise(() => new Promise(setImmediate)), stateIs(id, state)))

describe("a durable run that drains", () => {
  it.effect("goes on, after it was parked, with what had begun beside its failure, and fails as in process", () =>
    Effect.gen(function*() {
      const { began, pipeline } = draw("drain")
      const durable = yield* Effect.gen(function*() {
        const id = yield* Durable.submit(pipeline, 1)
        yield* stateIs(id, "waiting")
        yield* TestClock.adjust("1 hour")
        return yield* Effect.flip(Durable.result(id, pipeline))
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [pipeline] })))
      assert.deepStrictEqual(began, ["second", "first", "twice", "answered", "late", "twice"])
      assert.deepStrictEqual(written(durable), {
        errors: [["first", "Broken"], ["second", "Broken"], ["twice", "Broken"]],
        partial: { answered: 4, late: 5 }
      })
    }))
})
