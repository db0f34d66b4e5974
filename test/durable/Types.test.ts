/**
 * What the compiler refuses: pipelines that a durable run could not record.
 */
import { describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
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
})
