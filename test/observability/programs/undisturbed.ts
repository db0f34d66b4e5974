/** Looks at what a detector replaces, before, during and after its use, in a process without another detector. */
import { Effect, Fiber, Layer, Scheduler } from "effect"
import { BlockDetector } from "greenlang"
import assert from "node:assert/strict"

const own = () => Object.getOwnPropertyDescriptor(globalThis, "~effect/Fiber/currentFiber")
const isWatched = () => own()?.get !== undefined

const common = Effect.andThen(Effect.void, Scheduler.Scheduler)
const method = (await Effect.runPromise(common)).shouldYield

const current = Effect.gen(function*() {
  assert.equal(Fiber.getCurrent(), yield* Effect.fiber)
  yield* Effect.promise(() => Promise.resolve())
  assert.equal(Fiber.getCurrent(), yield* Effect.fiber)
})

const program = Effect.gen(function*() {
  assert(!isWatched())
  yield* Effect.scoped(Effect.gen(function*() {
    yield* Layer.build(BlockDetector.layer())
    assert(isWatched())
    yield* current
  }))
  assert(!isWatched())
  assert.equal(own()?.value, yield* Effect.fiber)
  {
    using _one = BlockDetector.watchAll(() => {})
    using _other = BlockDetector.watchAll(() => {})
    assert(isWatched())
    yield* current
  }
  assert(!isWatched())
  assert.equal((yield* Scheduler.Scheduler).shouldYield, method)
})
await Effect.runPromise(program)
console.log("as it was")
