/**
 * How a worker of durable runs ends while its steps run.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Schema, Scope } from "effect"
import { Pipeline, Step } from "greenlang"
import { layerSqlite } from "greenlang/database/Database"
import { Durable } from "greenlang/durable"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const settings = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }
const finite = { output: Schema.Finite }

/** What the step `work` does, and how often it began. */
const world = { begun: 0, started: Deferred.makeUnsafe<void>(), work: Effect.succeed(0) as Effect.Effect<number> }
const prepare = (work: Effect.Effect<number>) =>
  Effect.sync(() => Object.assign(world, { begun: 0, started: Deferred.makeUnsafe<void>(), work }))

const Worked = Pipeline.make("Worked", settings, (n) => {
  const work = Step.make("work", [n], () =>
    Effect.suspend(() => {
      world.begun++
      Deferred.doneUnsafe(world.started, Effect.void)
      return world.work
    }), finite)
  return Step.pure("twice", [work], (n) => n * 2)
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "greenlang-closing-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** A worker of the file, and what ends it. */
const start = <E>(layer: Layer.Layer<Durable.Durable, E>) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer, scope)
    return { context, end: Scope.close(scope, Exit.void) }
  })

describe("a worker that ends", () => {
  it.live(
    "waits for a step that cannot be interrupted and is about to end: the step does not run again",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const file = join(yield* folder, "runs.db")
        const release = Deferred.makeUnsafe<void>()
        yield* prepare(Effect.uninterruptible(Effect.as(Deferred.await(release), 7)))
        const first = yield* start(Durable.layerEmbedded({ pipelines: [Worked], file }))
        const id = yield* Effect.provide(Durable.submit(Worked, 1), first.context)
        yield* Deferred.await(world.started)
        const ending = yield* Effect.forkChild(first.end, { startImmediately: true })
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.join(ending)
        const second = yield* start(Durable.layerEmbedded({ pipelines: [Worked], file }))
        assert.strictEqual((yield* Effect.provide(Durable.result(id, Worked), second.context)).value, 14)
        assert.strictEqual(world.begun, 1)
        yield* second.end
      }))
  )

  it.live(
    "does not wait for a step that cannot be interrupted: the run goes on in the next worker",
    () =>
      Effect.scoped(Effect.gen(function*() {
        const file = join(yield* folder, "runs.db")
        const release = Deferred.makeUnsafe<void>()
        yield* prepare(Effect.uninterruptible(Effect.as(Deferred.await(release), 7)))
        const first = yield* start(Durable.layerEmbedded({ pipelines: [Worked], file }))
        const id = yield* Effect.provide(Durable.submit(Worked, 1), first.context)
        yield* Deferred.await(world.started)
        yield* first.end
        const { state } = yield* Effect.provide(
          Durable.status(id),
          Durable.layerClient().pipe(Layer.provide(layerSqlite({ filename: file })))
        )
        assert.strictEqual(state, "waiting")
        world.work = Effect.succeed(8)
        const second = yield* start(Durable.layerEmbedded({ pipelines: [Worked], file }))
        assert.strictEqual((yield* Effect.provide(Durable.result(id, Worked), second.context)).value, 16)
        assert.strictEqual(world.begun, 2)
        yield* Deferred.succeed(release, undefined)
        yield* second.end
      }))
  )

  it.effect("in memory, interrupts the steps at once: nothing else can go on with them", () =>
    Effect.gen(function*() {
      let released = false
      yield* prepare(Effect.onInterrupt(Effect.never, () => Effect.sync(() => released = true)))
      const worker = yield* start(Durable.layerMemory({ pipelines: [Worked] }))
      yield* Effect.provide(Durable.submit(Worked, 1), worker.context)
      yield* Deferred.await(world.started)
      // The clock of the test stands still: a pause would not end.
      yield* worker.end
      assert.isTrue(released)
    }))
})
