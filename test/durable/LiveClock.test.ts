/**
 * Durable runs in memory by the clock of the machine, where nothing but their time wakes them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule, Schema } from "effect"
import { NotApproved, Pipeline, Step } from "greenlang"
import { Durable } from "greenlang/durable"

const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const Sleeps = Pipeline.make("Sleeps", settings, (n) => {
  const nap = Step.sleep("nap", [n], "50 millis")
  return Step.pure("n", [n, nap], (n) => n)
})

class Flaky extends Schema.TaggedError<Flaky>()("Flaky", {}) {}

const Retries = Pipeline.make("Retries", { ...settings, error: Flaky }, (n) => {
  let calls = 0
  const list = Step.pure("list", [n], (n) => [n])
  const items = Step.forEach("items", list, (n) => calls++ === 0 ? Effect.fail(new Flaky()) : Effect.succeed(n), {
    output: Schema.Finite
  }).pipe(Step.retry({ times: 1, schedule: Schedule.spaced("50 millis") }))
  return Step.pure("first", [items], ([first = 0]) => first)
})

const Limited = Pipeline.make("Limited", { ...settings, error: NotApproved }, (n) => {
  const asked = Step.approval("asked", [n], () => "go on?").pipe(Step.timeout("50 millis"))
  return Step.pure("n", [n, asked], (n) => n)
})

const layer = Durable.layerMemory({ pipelines: [Sleeps, Retries, Limited] })

describe("a durable run in memory that is parked alone", () => {
  it.live("goes on when its sleep is over", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Sleeps, 1)
      assert.strictEqual((yield* Durable.result(id, Sleeps)).value, 1)
    }).pipe(Effect.provide(layer)))

  it.live("goes on when the pause of a retry is over", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Retries, 2)
      assert.strictEqual((yield* Durable.result(id, Retries)).value, 2)
    }).pipe(Effect.provide(layer)))

  it.live("goes on when the limit of an approval has passed", () =>
    Effect.gen(function*() {
      const id = yield* Durable.submit(Limited, 3)
      const failure = yield* Effect.flip(Durable.result(id, Limited))
      assert.strictEqual(failure._tag, "TimedOut")
    }).pipe(Effect.provide(layer)))
})
