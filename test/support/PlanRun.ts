/**
 * A run of a random plan, in a time of its own.
 */
import { assert } from "@effect/vitest"
import { Effect, type Exit, Fiber, Metric, Random } from "effect"
import { TestClock } from "effect/testing"
import { Pipeline, type PipelineEvent } from "greenlang"
import { deepStrictEqual } from "node:assert/strict"
import { draw, World } from "./DrawnPlan.ts"
import { type Plan, pools } from "./RandomPlan.ts"

/** Longer than any plan takes. */
const ages = 2 ** 45

const countFibers = () => {
  let live = 0
  return { live: () => live, recordFiberStart: () => void live++, recordFiberEnd: () => void live-- }
}

type Drawn = ReturnType<typeof draw>
type Reported = ReturnType<Drawn["report"]>

export interface Ran {
  readonly pipeline: Drawn
  readonly events: ReadonlyArray<PipelineEvent>
  readonly exit: Exit.Exit<Effect.Success<Reported>, Effect.Error<Reported>>
}

/** Draws the plan and runs it from the beginning of time, until it ends or, if that is given, `interruptAt`. It leaves nothing. */
export const run: (plan: Plan, interruptAt?: number) => Effect.Effect<Ran> = Effect.fnUntraced(
  function*(plan: Plan, interruptAt?: number) {
    const world = new World()
    const pipeline = draw(plan, world)
    const events: Array<PipelineEvent> = []
    const fibers = countFibers()
    const fiber = yield* pipeline.report(1).pipe(
      Pipeline.observe((event) => events.push(event)),
      Effect.provideService(Metric.FiberRuntimeMetrics, fibers),
      // the ids of runs are drawn by chance
      Random.withSeed("runs"),
      Effect.forkChild({ startImmediately: true })
    )
    yield* TestClock.adjust(interruptAt ?? ages)
    if (interruptAt !== undefined) yield* Fiber.interrupt(fiber)
    const exit = yield* Fiber.await(fiber)
    deepStrictEqual({ ...world.held, fibers: fibers.live() }, { resources: 0, a: 0, b: 0, fibers: 0 })
    assert.isAtMost(world.peak.a, pools.a)
    assert.isAtMost(world.peak.b, pools.b)
    for (const pool of [world.pools.a, world.pools.b]) {
      assert.strictEqual(pool.free, pool.size)
    }
    return { pipeline, events, exit }
  },
  Effect.provide(TestClock.layer())
)
