/**
 * What the compiler refuses: pipelines that a durable run could not record.
 */
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Agent, Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"

class Broken extends Schema.TaggedError<Broken>()("Broken", {}) {}
const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const finite = { output: Schema.Finite }

const Fine = Pipeline.make("Fine", { ...settings, error: Broken }, (n) => {
  const one = Step.make("one", [n], (n) => n > 0 ? Effect.succeed(n) : Effect.fail(new Broken()), finite)
  const maybe = Step.optional(one)
  const list = Step.pure("list", [maybe], (n) => [Option.getOrElse(n, () => 0)])
  const items = Step.forEach("items", list, (n) => Effect.succeed(n), finite)
  const two = Step.make("two", [n], (n) => n > 0 ? Effect.succeed(n) : Effect.fail(new Broken()), finite)
  const other = Step.orElse(two, () => Effect.succeed(1), finite)
  return Step.pure("sum", [items, other], (items, other) => items.length + other)
})

const Inner = Pipeline.make("Inner", settings, (n) => {
  const bought = Step.make("bought", [n], (n) => Effect.succeed(n))
  return Step.make("sum", [bought], (n) => Effect.succeed(n), finite)
})
const Outer = Pipeline.make(
  "Outer",
  settings,
  (n) => Step.agent("inner", Inner, [n], (n) => n).pipe(Step.timeout("1 hour"))
)

const Silent = Pipeline.make(
  "Silent",
  settings,
  (n) => Step.make("one", [n], (n) => n > 0 ? Effect.succeed(n) : Effect.fail(new Broken()), finite)
)

describe("the type of a pipeline", () => {
  it("says that a durable run can record it", () => {
    expectTypeOf<Durable.Recordable<typeof Fine>>().toEqualTypeOf<typeof Fine>()
  })

  it("names a step without a schema, also one inside of another pipeline [B169]", () => {
    expectTypeOf<Durable.Recordable<typeof Inner>>().toEqualTypeOf<
      "no schema for the answer of the step \"bought\": state output, or compute it by Step.pure"
    >()
    expectTypeOf<Durable.Recordable<typeof Outer>>().toEqualTypeOf<
      "no schema for the answer of the step \"inner/bought\": state output, or compute it by Step.pure"
    >()
    // @ts-expect-error no schema for the answer of the step "inner/bought"
    const refused = () => Durable.layerMemory({ pipelines: [Outer] })
    expectTypeOf(refused).toBeFunction()
  })

  it("asks for the schema of its failures", () => {
    expectTypeOf<Durable.Recordable<typeof Silent>>().toEqualTypeOf<
      "the pipeline fails with Broken: state its schema as error"
    >()
  })

  it("names steps whose policies answer without a schema", () => {
    const Loose = Pipeline.make("Loose", settings, (n) => {
      const one = Step.make("one", [n], () => Effect.fail("no"), { output: Schema.Never })
      return Step.orElse(one, () => Effect.succeed(1))
    })
    expectTypeOf<Durable.Recordable<typeof Loose>>().toEqualTypeOf<
      "no schema for the answer of the step \"a step with Step.orElse\": state output, or compute it by Step.pure"
    >()
  })

  it("names a loop that begins with a computed answer, and takes the schema of its rounds", () => {
    const round = { while: (n: number) => n > 1, max: 9, body: (n: number) => Effect.succeed(n / 2) }
    const Loops = Pipeline.make("Loops", settings, (n) => {
      const first = Step.pure("first", [n], (n) => n * 2)
      return Step.iterate("halves", first, round)
    })
    expectTypeOf<Durable.Recordable<typeof Loops>>().toEqualTypeOf<
      "no schema for the answer of the step \"halves\": state output, or compute it by Step.pure"
    >()
    const Stated = Pipeline.make("Stated", { ...settings, error: Schema.Never }, (n) => {
      const first = Step.pure("first", [n], (n) => n * 2)
      const known = Step.iterate("known", n, round)
      const halves = Step.iterate("halves", first, { ...round, output: Schema.Finite })
      return Step.pure("sum", [Step.orElse(known, () => Effect.succeed(0), finite), Step.optional(halves)], (n) => n)
    })
    expectTypeOf<Durable.Recordable<typeof Stated>>().toEqualTypeOf<typeof Stated>()
    assert.isUndefined(Durable.refusal(Stated))
    assert.include(Durable.refusal(Loops)?.message, "no schema for the answer of the step `halves`")
  })

  it("takes the schema of what a policy answers in a pipe, too", () => {
    const Piped = Pipeline.make("Piped", settings, (n) => {
      const one = Step.make("one", [n], () => Effect.fail("no"), { output: Schema.Never, error: Schema.String })
      const other = one.pipe(Step.orElse(() => Effect.succeed(1), finite))
      const two = Step.make("two", [n], (n) => Effect.succeed(n), finite)
      const known = two.pipe(Step.result({ output: Schema.Result(Schema.Finite, Schema.Never) }))
      return Step.pure("sum", [other, known], (other) => other)
    })
    expectTypeOf<Durable.Recordable<typeof Piped>>().toEqualTypeOf<typeof Piped>()
    const number = Step.make("number", [], () => Effect.succeed(1), finite)
    const refused = () => [
      // @ts-expect-error the schema is of texts, and the step answers with a number
      number.pipe(Step.orElse(() => Effect.succeed(1), { output: Schema.String })),
      // @ts-expect-error the schema is of a text, and the step answers with a number
      number.pipe(Step.result({ output: Schema.Result(Schema.String, Schema.Never) }))
    ]
    expectTypeOf(refused).toBeFunction()
  })

  it("names a step without a schema in a pipeline that runs apart, and takes nothing but pipelines", () => {
    const list = Step.make("list", [], () => Effect.succeed<ReadonlyArray<number>>([1]), {
      output: Schema.Array(Schema.Finite)
    })
    const Items = Pipeline.make("Items", settings, () => {
      const items = Step.forEach("items", list, Inner, { apart: true })
      return Step.pure("sum", [items], (items) => items.length)
    })
    expectTypeOf<Durable.Recordable<typeof Items>>().toEqualTypeOf<
      "no schema for the answer of the step \"items/bought\": state output, or compute it by Step.pure"
    >()
    const texts = Step.make("texts", [], () => Effect.succeed<ReadonlyArray<string>>([""]), {
      output: Schema.Array(Schema.String)
    })
    const Plain = Agent.make("Plain", { ...settings, execute: (n) => Effect.succeed(n) })
    const refused = () => [
      // @ts-expect-error only the runs of a pipeline run apart: give the pipeline in place of the function or the agent
      Step.forEach("items", list, (n) => Effect.succeed(n), { apart: true }),
      // @ts-expect-error only the runs of a pipeline run apart: give the pipeline in place of the function or the agent
      Step.forEach("items", list, Plain, { apart: true }),
      // @ts-expect-error the items are texts, and the pipeline takes numbers
      Step.forEach("items", texts, Fine, { apart: true })
    ]
    expectTypeOf(refused).toBeFunction()
  })
})
