/**
 * What holds wherever a fiber is put aside. By default that happens after 2,048 operations, so that what goes wrong between two of them goes
 * wrong once in a million runs. Here it happens after few.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, References, Scheduler, Stream } from "effect"
import { Durable } from "greenlang/durable"
import { RunScheduler } from "../../src/durable/internal/RunScheduler.ts"
import { Signal } from "../../src/durable/internal/Signal.ts"
import { Leaf, Middle, Top } from "../support/NestedRuns.ts"

const endsOf = (id: string) =>
  Effect.map(
    Stream.runCollect(Durable.events(id)),
    (events) =>
      events.flatMap((event) =>
        event._tag === "StepFinished" || event._tag === "StepFailed" || event._tag === "StepInterrupted"
          ? [event.path.join("/")]
          : []
      )
  )

const putAsideAfter = (operations: number) => Effect.provideService(References.MaxOpsBeforeYield, operations)

describe("however often its fibers are put aside", () => {
  for (const operations of [24, 31, 57, 92, 93, 120, 152, 158, 197]) {
    it.live(`a run whose children fail ends, with one end of each step: after ${operations} operations`, () =>
      Effect.gen(function*() {
        for (let round = 0; round < 6; round++) {
          const id = yield* Durable.submit(Top, [[1, 2], [3, -1, 4]])
          assert.strictEqual((yield* Effect.flip(Durable.result(id, Top)))._tag, "Negative")
          const ends = yield* endsOf(id)
          assert.deepStrictEqual(ends, [...new Set(ends)])
          for (const run of yield* Durable.runs()) assert.include(["completed", "failed", "cancelled"], run.state)
        }
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Leaf, Middle, Top] })), putAsideAfter(operations)))
  }

  it.effect("a wait sees each change, also one in the moment in which it begins", () =>
    Effect.gen(function*() {
      for (let operations = 20; operations < 80; operations++) {
        const signal = new Signal()
        const seen = signal.changes
        const wait = signal.within(3_600_000, seen)
        // As many operations before the wait as bring the end of the budget to each place in it.
        const waiting = Array.from({ length: 20 }, (_, before) =>
          Effect.forkChild(
            Effect.andThen(Effect.forEach(Array(before), () => Effect.void, { discard: true }), wait),
            { startImmediately: true }
          ))
        const fibers = yield* Effect.all(waiting).pipe(putAsideAfter(operations))
        signal.send()
        yield* Fiber.awaitAll(fibers)
      }
    }))

  it.effect("a run is still once no fiber of it is about to go on, and all that wait for that go on", () =>
    Effect.gen(function*() {
      const scheduler = new RunScheduler(yield* Scheduler.Scheduler)
      const gate = yield* Deferred.make<void>()
      let turns = 0
      const busy = Effect.gen(function*() {
        while (turns++ < 100) yield* Effect.yieldNow
        yield* Deferred.await(gate)
      })
      const seen = Effect.map(scheduler.quiet, () => turns)
      const [first, second] = yield* Effect.gen(function*() {
        yield* Effect.forkChild(busy)
        return yield* Effect.all([seen, seen], { concurrency: 2 })
      }).pipe(Effect.provideService(Scheduler.Scheduler, scheduler))
      assert.deepStrictEqual([first, second], [101, 101])
    }))
})
