/**
 * Answers of steps whose schemas leave open what they are, and what steps die of.
 */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Schema } from "effect"
import { type InvalidOutput, Pipeline, Run, Step, StepDied } from "greenlang"
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

  it.effect("keeps a zero below zero, in its value, its annotations and the input of the run", () =>
    Effect.gen(function*() {
      const Zero = Pipeline.make(
        "Zero",
        { ...settings, input: Schema.Array(Schema.Finite), output: Schema.Array(Schema.Finite) },
        (list) =>
          Step.make("zero", [list], ([n = 1]) => Effect.as(Run.annotate("zero", n), [n, 0]), {
            output: Schema.mutable(Schema.Array(Schema.Finite))
          })
      )
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Zero, [-0])
        const { metadata, value } = yield* Durable.result(id, Zero)
        assert.isTrue(Object.is(value[0], -0) && Object.is(value[1], 0))
        assert.isTrue(Object.is(metadata.annotations["zero"], -0))
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Zero] })))
      assert.isTrue(Object.is(yield* seen(-0, Schema.Finite), -0))
    }))

  it.effect("has as many bytes as its JSON has", () =>
    Effect.gen(function*() {
      const Text = Pipeline.make("Text", { ...settings, output: Schema.String }, (n) =>
        Step.make("text", [n], (n) =>
          Effect.succeed("x".repeat(n - 2)), { output: Schema.String }))
      yield* Effect.gen(function*() {
        const of = (n: number) =>
          Effect.flatMap(Durable.submit(Text, n), (id) => Durable.result(id, Text))
        assert.strictEqual((yield* of(100)).value.length, 98)
        const refused = yield* Effect.flip(of(101))
        assert.deepInclude(refused, { _tag: "AnswerTooLarge", bytes: 101, limit: 100 })
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Text], maxAnswerBytes: 100 })))
    }))

  it.effect("may be a defect, also null or undefined", () =>
    Effect.gen(function*() {
      for (const defect of [undefined, null]) {
        const Dies = Pipeline.make("Dies", settings, (n) =>
          Step.make("one", [n], (): Effect.Effect<number> =>
            Effect.die(defect), { output: Schema.Finite }))
        const exit = yield* Effect.exit(
          Effect.flatMap(Durable.submit(Dies, 1), (id) =>
            Durable.result(id, Dies))
        ).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Dies] })))
        const plain = yield* Effect.exit(Dies.run(1))
        for (const one of [exit, plain]) {
          const died = Exit.isFailure(one) ? Cause.squash(one.cause) : undefined
          assert.isTrue(died instanceof StepDied.StepDied && died.cause === defect, String(died))
        }
      }
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

describe("the input of a durable run", () => {
  it.effect("is the same with a field that is undefined, and without it", () =>
    Effect.gen(function*() {
      const input = Schema.Struct({ n: Schema.Finite, m: Schema.optional(Schema.Finite) })
      const Fields = Pipeline.make("Fields", { ...settings, input }, (given) =>
        Step.make("fields", [given], (given) =>
          Effect.succeed(Object.keys(given).length), { output: Schema.Finite }))
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Fields, { n: 1, m: undefined }, { key: "one" })
        assert.strictEqual(yield* Durable.submit(Fields, { n: 1 }, { key: "one" }), id)
        assert.strictEqual(
          (yield* Effect.flip(Durable.submit(Fields, { n: 1, m: 1 }, { key: "one" })))._tag,
          "KeyConflict"
        )
        assert.strictEqual((yield* Durable.result(id, Fields)).value, (yield* Fields.run({ n: 1, m: undefined })).value)
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Fields] })))
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
