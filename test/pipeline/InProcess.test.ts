/**
 * What only a run in process can do. An engine of durable runs does not run this file; each test says why.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Data, Effect, Fiber, Latch, Logger, Option, Schema, Stream, Tracer } from "effect"
import { TestClock } from "effect/testing"
import { type Agent, Pipeline, type PipelineEvent, Step, StepCache } from "greenlang"
import { NoLeaks } from "greenlang/testing"
import { deepStrictEqual } from "node:assert/strict"
import { run } from "../support/PlanRun.ts"
import { Draft, resolve } from "../support/RandomPlan.ts"
import { rounds } from "../support/Rounds.ts"

class Stuck extends Data.TaggedError("Stuck")<{ readonly at: string }> {}

const to = <O extends Agent.AnySchema>(output: O) => ({ version: "1.0.0", input: Schema.Finite, output })
const numbers = to(Schema.Finite)

const at = ({ _tag, path }: PipelineEvent) => path.length === 0 ? _tag : `${_tag} ${path.join("/")}`

const slowly = <A, E, R>(events: Stream.Stream<A, E, R>, latch: Latch.Latch, seen: Array<A>) =>
  Stream.runForEach(events, (event) => Effect.andThen(Effect.sync(() => seen.push(event)), latch.await))

describe("a run in process", () => {
  // A durable run is written to a database, and so does not answer synchronously.
  it("answers without waiting when no step waits", () => {
    const Ladder = Pipeline.make("Ladder", numbers, (top) => {
      let [left, right] = [top, top] as readonly [Step.Step<number>, Step.Step<number>]
      for (let at = 0; at < 20; at++) {
        const both = [left, right] as const
        left = Step.make(`${at} left`, both, (l, r) => Effect.sync(() => (l + r) % 1_000_003))
        right = Step.make(`${at} right`, both, (l, r) => Effect.sync(() => (l * 2 + r) % 1_000_003))
      }
      return Step.make("last", [left, right], (l, r) => Effect.succeed(l + r))
    })
    assert.isAbove(Effect.runSync(Ladder.run(1)).value, 0)
  })

  // As above.
  it("answers synchronously though its steps yield, or are very many", () => {
    const yields = Pipeline.make("Yields", numbers, (top) => {
      const many = Array.from(
        { length: 5_000 },
        (_, i) => Step.make(`${i}`, [top], (n) => i % 100 === 0 ? Effect.as(Effect.yieldNow, n) : Effect.sync(() => n))
      )
      return Step.make("last", many, (...all) => Effect.succeed(all.length))
    })
    assert.strictEqual(Effect.runSync(yields.run(1)).value, 5_000)
  })

  // This lists all spans: those of an engine and of its database are among them.
  it.effect("gives its steps the references, services and span of the run", () =>
    Effect.gen(function*() {
      const Tone = Context.Reference<string>("test/Tone", { defaultValue: () => "calm" })
      const ended: Array<string> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          const end = span.end
          span.end = function(time, exit) {
            ended.push(Option.match(span.parent, {
              onNone: () => span.name,
              onSome: (parent) => `${(parent as Tracer.Span).name} > ${span.name}`
            }))
            return end.call(span, time, exit)
          }
          return span
        }
      })
      const pipeline = Pipeline.make("Inherit", to(Schema.String), (top) => {
        const look = Step.make("look", [top], () => Effect.andThen(Effect.yieldNow, Tone))
        return Step.make("shout", [look], (tone) => Effect.succeed(tone.toUpperCase()))
      })
      const { value } = yield* pipeline.run(1).pipe(
        Effect.provideService(Tone, "urgent"),
        Effect.withTracer(tracer)
      )
      assert.strictEqual(value, "URGENT")
      assert.deepStrictEqual(ended, [
        "invoke_agent Inherit > Inherit.validate",
        "Inherit.execute > look",
        "Inherit.execute > shout",
        "invoke_agent Inherit > Inherit.execute",
        "invoke_agent Inherit > Inherit.finalize",
        "invoke_agent Inherit"
      ])
    }))

  // A record gives an equal error, and not the same object.
  it.effect("keeps the very object that a promise was rejected with", () =>
    Effect.gen(function*() {
      const gone = new Error("gone")
      const Asks = Pipeline.make("Asks", numbers, (n) => Step.promise("asks", [n], () => Promise.reject(gone)))
      const rejected = yield* Effect.flip(Asks.run(1))
      assert.instanceOf(rejected, Step.PromiseRejected)
      assert.strictEqual(rejected.cause, gone)
    }))

  // On PostgreSQL a step has failed once its record is there: what is ready beside it starts meanwhile.
  it.effect("starts nothing after a failed step, even beside steps that never wait", () =>
    Effect.gen(function*() {
      let ran = 0
      const pipeline = Pipeline.make("Early", to(Schema.Void), (top) => {
        const stuck = Step.make("stuck", [top], () => Effect.fail(new Stuck({ at: "stuck" })))
        const after = Step.make("after", [top], () => Effect.sync(() => ran++))
        return Step.make("last", [stuck, after], () => Effect.void)
      })
      assert.strictEqual((yield* Effect.flip(pipeline.run(1)))._tag, "Stuck")
      assert.strictEqual(ran, 0)
    }))

  // A cancelled run stops a moment after its reader, and more of its steps have started by then.
  it.effect("ends the run, and what it holds, with a reader that reads one event", () =>
    Effect.gen(function*() {
      let released = 0
      const held = Effect.acquireUseRelease(Effect.void, () => Effect.never, () => Effect.sync(() => released++))
      const Held = Pipeline.make("Held", { ...numbers, concurrency: 2 }, (n) => {
        const steps = Array.from({ length: 5 }, (_, i) => Step.make(`${i}`, [n], () => held))
        return Step.make("last", steps, () => Effect.succeed(0))
      })
      const events = yield* Stream.runCollect(Stream.take(Held.events(1, { capacity: 5 }), 4))
      assert.deepStrictEqual(events.map(at), ["RunStarted", "PipelineStarted", "StepStarted 0", "StepStarted 1"])
      assert.strictEqual(released, 2)
      assert.strictEqual((yield* Stream.runCollect(Stream.take(Held.events(1, { capacity: 1 }), 1))).length, 1)
      assert.strictEqual(released, 2) // no step had started
    }).pipe(NoLeaks.check))

  // No reader holds a durable run up: its events are rows.
  it.effect("ends at its limit though its reader has not read", () =>
    Effect.gen(function*() {
      const Late = Pipeline.make("Late", { ...numbers, timeout: "1 minute" }, (n) => {
        const steps = Array.from({ length: 9 }, (_, i) => Step.make(`${i}`, [n], (n) => Effect.succeed(n)))
        return Step.make("last", steps, () => Effect.succeed(0))
      })
      const latch = yield* Latch.make(false)
      const seen: Array<PipelineEvent> = []
      const reader = yield* Effect.forkChild(Effect.flip(slowly(Late.events(1, { capacity: 3 }), latch, seen)))
      yield* TestClock.adjust("2 minutes")
      yield* latch.open
      const error = yield* Fiber.join(reader)
      assert.strictEqual(error._tag, "TimedOut")
      assert.deepStrictEqual(seen.map(at).slice(-1), ["RunEnded"])
    }))

  // A record holds at most 1,000 levels: such a step of a durable run fails with InvalidOutput.
  it.effect.each([1_000, 2_000, 8_000, 100_000])(
    "answers with a value of %i levels, also from a cache",
    (levels) => {
      const nested = (): Schema.Json => {
        let value: Schema.Json = 1
        for (let level = 0; level < levels; level++) value = [value]
        return value
      }
      const Deep = Pipeline.make("Deep", { version: "1", input: Schema.Finite, output: Schema.Any }, (n) => {
        const deep = Step.make("deep", [n], () => Effect.sync(nested), { output: Schema.Any }).pipe(
          Step.cached({ timeToLive: "1 hour" })
        )
        return Step.make("deeper", [deep], (deep) => Effect.succeed([deep]), { output: Schema.Any }).pipe(
          Step.cached({ timeToLive: "1 hour" })
        )
      })
      return Effect.gen(function*() {
        for (const _ of [1, 2]) {
          let value: unknown = (yield* Deep.run(1)).value
          let found = 0
          for (; Array.isArray(value); value = value[0]) found++
          assert.strictEqual(found, levels + 1)
        }
      }).pipe(Effect.provide([StepCache.layerMemory({ capacity: 10 }), Logger.layer([])]))
    }
  )

  // Two items of the same time may end in either order where a database is between them.
  it.effect.prop(
    "does the same twice, to the last digit of its times, whatever its plan [B182]",
    [Draft],
    Effect.fnUntraced(function*([draft]) {
      const plan = resolve(draft)
      deepStrictEqual((yield* run(plan)).events, (yield* run(plan)).events)
    }),
    { arbitrary: { runs: rounds(500), size: 24, seed: "twice" } }
  )
})
