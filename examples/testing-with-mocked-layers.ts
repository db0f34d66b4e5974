/**
 * One pipeline, three worlds: the meter that it reads is a Layer, so a test decides what the meter says, or that it is
 * out of order. What the meter can fail with shows in the type until a step has dealt with it.
 */
import { Context, Effect, Layer, Option, Schema } from "effect"
import { Pipeline, Step } from "greenlang"
import assert from "node:assert/strict"

class OutOfOrder extends Schema.TaggedError<OutOfOrder>()("OutOfOrder", { meter: Schema.String }) {}

class Meter extends Context.Service<Meter, {
  /** The reading in kWh. */
  readonly read: (meter: string) => Effect.Effect<number, OutOfOrder>
}>()("greenlang/examples/testing-with-mocked-layers/Meter") {}

const Used = Pipeline.make("Used", {
  version: "1.0.0",
  input: Schema.Struct({ hall: Schema.String, roof: Schema.String }),
  output: Schema.String
}, (meters) => {
  const bought = Step.make("bought", [meters], ({ hall }) => Effect.flatMap(Meter, ({ read }) => read(hall)))
  const made = Step.make("made", [meters], ({ roof }) => Effect.flatMap(Meter, ({ read }) => read(roof))).pipe(
    Step.optional
  )
  return Step.make("used", [bought, made], (bought, made) =>
    Effect.succeed(
      Option.isSome(made) ? `${bought + made.value} kWh` : `${bought} kWh, and what the roof made`
    ))
})

const table = (readings: Record<string, number>) =>
  Layer.succeed(Meter, {
    read: (meter) => {
      const reading = readings[meter]
      return reading === undefined ? Effect.fail(new OutOfOrder({ meter })) : Effect.succeed(reading)
    }
  })

const used = Used.run({ hall: "hall", roof: "roof" })

const sunny = await Effect.runPromise(used.pipe(Effect.provide(table({ hall: 300, roof: 120 }))))
assert.equal(sunny.value, "420 kWh")
console.log("both meters work:  ", sunny.value)

const dark = await Effect.runPromise(used.pipe(Effect.provide(table({ hall: 300 }))))
assert.equal(dark.value, "300 kWh, and what the roof made")
console.log("the roof is silent:", dark.value)

const failure = await Effect.runPromise(Effect.flip(used.pipe(Effect.provide(table({ roof: 120 })))))
assert.equal(failure._tag, "OutOfOrder")
console.log("the hall is silent:", failure._tag)

// Effect.runPromise(used) would not compile: no Layer gives it a Meter
