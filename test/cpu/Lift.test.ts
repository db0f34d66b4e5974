import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Effect, Fiber, Result, Schema } from "effect"
import {
  Agent,
  AgentRuntime,
  type CallFailed,
  CpuPool,
  lift,
  liftSync,
  Pipeline,
  Step,
  type WorkerLost
} from "greenlang"

const module = new URL("./modules/legacy.ts", import.meta.url)
const stated = { version: "1.0.0", module }

const Double = lift("Double", { ...stated, export: "double", input: Schema.FiniteFromString, output: Schema.Finite })
const Plain = lift("Plain", { ...stated, export: "double", input: Schema.Finite, output: Schema.Finite })
const Busy = lift("Busy", { ...stated, export: "busy", input: Schema.Finite, output: Schema.Finite })

class NoSuchFuel extends Schema.TaggedError<NoSuchFuel>()("NoSuchFuel", { fuel: Schema.String }) {}

const withPool = Effect.provide(CpuPool.layerWorkers({ size: 2 }))

describe("lift", () => {
  it.live("gives the function the encoded input, and its agent's runs metadata", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* Plain.run(21)
      assert.strictEqual(value, 42)
      assert.strictEqual(metadata.agent, "Plain")
      // "21" * 2 is 42 too, and an answer that is not the one promised is not taken
      assert.strictEqual((yield* Double.run("21")).value, 42)
    }).pipe(withPool))

  it.live("fails with InvalidInput and InvalidOutput, as every agent does", () =>
    Effect.gen(function*() {
      const refused = yield* Effect.flip(Plain.run("x" as never))
      assert(refused._tag === "InvalidInput")
      const Wrong = lift("Wrong", { ...stated, export: "double", input: Schema.Finite, output: Schema.String })
      const wrong = yield* Effect.flip(Wrong.run(1))
      assert(wrong._tag === "InvalidOutput")
      assert.strictEqual(wrong.agent, "Wrong")
    }).pipe(withPool))

  it.live("fails with the errors that its schema reads, and with CallFailed otherwise", () =>
    Effect.gen(function*() {
      const error = Schema.Struct({ code: Schema.Literal("E_FUEL"), fuel: Schema.String })
      const Burn = lift("Burn", { ...stated, export: "burn", input: Schema.String, output: Schema.Finite, error })
      assert.deepStrictEqual(yield* Effect.flip(Burn.run("peat")), { code: "E_FUEL", fuel: "peat" })
      const outcome = yield* Agent.outcome(Burn, "text")
      assert(!outcome.success && "_tag" in outcome.error && outcome.error._tag === "CallFailed")
      assert.strictEqual(outcome.metadata.state, "failed")
      const encoded = yield* Schema.encodeUnknownEffect(Burn.error!)(outcome.error)
      assert.deepInclude(encoded, { _tag: "CallFailed", function: "burn" })
    }).pipe(withPool))

  it.live("ends the thread when time is up", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Busy.run(60_000, { timeout: "200 millis" }))
      assert.strictEqual(error._tag, "TimedOut")
      assert.strictEqual((yield* Plain.run(1)).value, 2)
    }).pipe(Effect.provide(CpuPool.layerWorkers({ size: 1 }))))

  it.live("leaves the event loop free", () =>
    Effect.gen(function*() {
      let beats = 0
      const heart = yield* Effect.forkChild(Effect.forever(Effect.delay(Effect.sync(() => beats++), 5)))
      yield* Agent.batch(Busy, [200, 200], { concurrency: 2 })
      yield* Fiber.interrupt(heart)
      assert.isAbove(beats, 10)
    }).pipe(withPool))

  it.live("can bring its own pool", () =>
    Effect.gen(function*() {
      const open = yield* AgentRuntime.make(Plain, CpuPool.layerWorkers({ size: 1 }))
      const outcomes = yield* Agent.batch(open, [1, 2, 3], { concurrency: "unbounded" })
      assert.deepStrictEqual(outcomes.map((outcome) => outcome.success && outcome.value), [2, 4, 6])
    }).pipe(Effect.scoped))

  it.live("is a step like any other [B110]", () =>
    Effect.gen(function*() {
      const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
      const Quadruple = Pipeline.make("Quadruple", numbers, (n) => {
        const twice = Step.agent("twice", Plain, [n], (n) => n)
        return Step.agent("again", Plain, [twice], (n) => n)
      })
      assert.strictEqual((yield* Quadruple.run(10)).value, 40)
    }).pipe(withPool))

  it("has exact types", () => {
    expectTypeOf(Double).toEqualTypeOf<Agent.Agent<string, number, CallFailed | WorkerLost, CpuPool>>()
    const Burn = lift("Burn", {
      ...stated,
      export: "burn",
      input: Schema.String,
      output: Schema.Finite,
      error: NoSuchFuel
    })
    expectTypeOf(Burn).toEqualTypeOf<Agent.Agent<string, number, NoSuchFuel | CallFailed | WorkerLost, CpuPool>>()
  })
})

describe("liftSync", () => {
  const Burn = liftSync("Burn", {
    version: "1.0.0",
    input: Schema.String,
    output: Schema.Finite,
    error: NoSuchFuel,
    execute: (fuel) => {
      if (fuel === "peat") throw new NoSuchFuel({ fuel })
      if (fuel === "coal") throw new RangeError("too dirty")
      return fuel.length
    }
  })

  it("answers at once", () => {
    assert.strictEqual(Effect.runSync(Burn.run("wood")).value, 4)
    expectTypeOf(Burn).toEqualTypeOf<Agent.Agent<string, number, NoSuchFuel | CallFailed>>()
  })

  it.effect("fails with the very error that its schema reads, and with CallFailed otherwise", () =>
    Effect.gen(function*() {
      const own = yield* Effect.flip(Burn.run("peat"))
      assert.instanceOf(own, NoSuchFuel)
      const other = yield* Effect.flip(Burn.run("coal"))
      assert(other._tag === "CallFailed")
      assert.strictEqual(other.message, "Burn threw RangeError: too dirty")
      assert.include(other.stack, "Lift.test.ts")
      const encoded = Schema.encodeUnknownResult(Burn.error!)(other)
      assert.isTrue(Result.isSuccess(encoded))
    }))
})
