/**
 * Answers of steps whose schemas leave open what they are, and what steps die of.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { type InvalidOutput, Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"

const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

class Point {
  readonly x = 1
}

/** What the step after it sees of the answer `value`, or how the run fails. */
const seen = (value: unknown, output: Schema.Codec<unknown>) => {
  const answers: Array<unknown> = []
  const Answers = Pipeline.make("Answers", settings, (n) => {
    const one = Step.make("one", [n], () => Effect.succeed(value), { output })
    return Step.pure("seen", [one], (answer) => answers.push(answer))
  })
  return Effect.map(
    Effect.exit(Effect.flatMap(Durable.submit(Answers, 1), (id) => Durable.result(id, Answers))),
    (exit) => Exit.isSuccess(exit) ? answers[0] : Cause.squash(exit.cause) as InvalidOutput
  ).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Answers] })))
}

const field = Schema.Struct({ at: Schema.Date, any: Schema.Unknown })

describe("the answer of a step of a durable run", () => {
  it.effect("is what JSON holds, without fields that are undefined", () =>
    Effect.gen(function*() {
      for (const output of [Schema.Any, Schema.Unknown]) {
        assert.isUndefined(yield* seen(undefined, output))
        assert.isNull(yield* seen(null, output))
        assert.deepStrictEqual(yield* seen({ x: undefined, y: [{ z: undefined }] }, output), { y: [{}] })
        assert.deepStrictEqual(yield* seen({ x: 1 }, output), { x: 1 })
      }
      const at = new Date(0)
      assert.deepStrictEqual(yield* seen({ at, any: { x: undefined } }, field), { at, any: {} })
    }))

  it.effect("is refused by the name of the field that JSON does not hold", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [unknown, string, string]> = [
        [new Map(), "", "is a Map"],
        [{ a: [1, new Set()] }, "a.1", "is a Set"],
        [[1, undefined], "1", "is nothing"],
        [{ a: NaN }, "a", "is NaN"],
        [{ a: -Infinity }, "a", "is -Infinity"],
        [{ a: { b: 1n } }, "a.b", "is a bigint"],
        [() => 1, "", "is a function"],
        [{ a: Symbol("a") }, "a", "is a symbol"],
        [new Point(), "", "is a Point"],
        [new Date(0), "", "is a Date"]
      ]
      for (const [value, path, message] of cases) {
        for (const output of [Schema.Any, Schema.Unknown]) {
          const refused = (yield* seen(value, output)) as InvalidOutput
          assert.strictEqual(refused._tag, "InvalidOutput", message)
          assert.strictEqual(refused.agent, "step `one`")
          assert.deepStrictEqual(refused.issues.map((issue) => issue.path), [path])
          assert.include(refused.issues[0]?.message, message)
        }
      }
      const refused = (yield* seen({ at: new Date(0), any: { deep: new Map() } }, field)) as InvalidOutput
      assert.deepStrictEqual(refused.issues.map(({ path }) => path), ["any.deep"])
    }))

  it.effect("may be a defect, whose class the status names", () =>
    Effect.gen(function*() {
      const Dies = Pipeline.make("Dies", settings, (n) =>
        Step.make("one", [n], (n): Effect.Effect<number> =>
          n > 0 ? Effect.die(new RangeError("far")) : Effect.succeed(n), {
          output: Schema.Finite
        }))
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Dies, 1)
        yield* Effect.exit(Durable.result(id, Dies))
        const message = "step `one` of pipeline `Dies` died: RangeError: far"
        assert.deepStrictEqual((yield* Durable.status(id)).failure, { _tag: "StepDied", message, step: "one" })
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Dies] })))
    }))
})

describe("a sleep without an end", () => {
  it.effect("is one until the last day of the calendar", () => {
    const Sleeps = Pipeline.make("Sleeps", settings, (n) => {
      const forever = Step.sleep("forever", [n], () => "Infinity")
      return Step.pure("n", [n, forever], (n) => n)
    })
    return Effect.gen(function*() {
      const id = yield* Durable.submit(Sleeps, 1)
      let status = yield* Durable.status(id)
      while (status.state !== "waiting" && status.state !== "failed") {
        yield* Effect.yieldNow
        status = yield* Durable.status(id)
      }
      assert.deepStrictEqual(
        status.waitingFor.map((wait) => wait.for === "time" && new Date(wait.until.epochMilliseconds).toISOString()),
        ["+275760-09-13T00:00:00.000Z"]
      )
      yield* Durable.cancel(id)
    }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Sleeps] })))
  })
})
