import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Metric, Random, References, Schema } from "effect"
import { Agent, Pipeline, type PipelineEvent, Run, Step } from "greenlang"
import { rounds } from "../support/Rounds.ts"

/** Whose run it is: a service of each run. */
class Tenant extends Context.Service<Tenant, { readonly id: number; readonly seen: Array<string> }>()(
  "greenlang/test/pipeline/ManyRuns.test/Tenant"
) {}

const Depth = Context.Reference<number>("greenlang/test/pipeline/ManyRuns.test/Depth", { defaultValue: () => -1 })

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** Waits in one of the ways in which fibers wait, looks around before and after, and says what it saw. */
const look = (place: string, n: number) =>
  Effect.gen(function*() {
    const before = yield* around
    const way = n % 4
    if (way === 1) yield* Effect.yieldNow
    if (way === 2) yield* Effect.promise(() => Promise.resolve())
    if (way === 3) yield* Effect.sleep(yield* Random.nextIntBetween(0, 3))
    assert.deepStrictEqual(yield* around, before)
    before.tenant.seen.push(`${place} ${before.run}`)
    yield* Run.annotate(place, before.tenant.id)
    yield* Run.addUsage({ calls: 1, inputTokens: before.tenant.id })
    return before.tenant.id
  })

const around = Effect.gen(function*() {
  const tenant = yield* Tenant
  const run = yield* Run.Current
  const { tenant: logged } = yield* References.CurrentLogAnnotations
  assert.strictEqual(yield* Depth, tenant.id)
  assert.strictEqual(logged, tenant.id)
  return { tenant, run: run?.id }
})

const Inner = Agent.make("Inner", { ...numbers, execute: (n) => look("inner", n) })

const Nested = Pipeline.make("Nested", numbers, (n) => {
  const deep = Step.agent("deep", Inner, [n], (n) => n + 1)
  return Step.make("nested", [n, deep], (n) => look("nested", n + 2))
})

const Shared = Pipeline.make("Shared", { ...numbers, concurrency: 3 }, (n) => {
  const left = Step.make("left", [n], (n) => look("left", n))
  const right = Step.make("right", [n], (n) => look("right", n + 3))
  const each = Step.forEach(
    "each",
    Step.make("items", [n], (n) => Effect.succeed([n, n + 1, n + 2])),
    (n) => look("each", n),
    { concurrency: 2 }
  )
  const nested = Step.agent("pipeline", Nested, [left], (left) => left)
  return Step.make("last", [left, right, each, nested], (left, right, each, nested) => {
    assert.deepStrictEqual([right, ...each, nested], Array(5).fill(left))
    return look("last", left)
  })
})

const many = rounds(1_000)

describe("one compiled pipeline, run 1,000 times at once", () => {
  it.live("lets no run see the services, references, record or events of another", () =>
    Effect.gen(function*() {
      let fibers = 0
      const metrics = { recordFiberStart: () => void fibers++, recordFiberEnd: () => void fibers-- }
      const one = (id: number) =>
        Effect.gen(function*() {
          const events: Array<PipelineEvent> = []
          const seen: Array<string> = []
          const { metadata, value } = yield* Shared.run(id).pipe(
            Pipeline.observe((event) => events.push(event)),
            Effect.provideService(Tenant, { id, seen }),
            Effect.provideService(Depth, id),
            Effect.annotateLogs("tenant", id)
          )
          return { id, events, seen, metadata, value }
        })
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: many }, (_, id) => one(id)), (run) => run, { concurrency: "unbounded" })
          .pipe(Effect.provideService(Metric.FiberRuntimeMetrics, metrics))
      )
      const runs = yield* Fiber.join(all)

      for (const { events, id, metadata, seen, value } of runs) {
        assert.strictEqual(value, id)
        assert.strictEqual(seen.length, 8)
        // the run itself, the pipeline inside of it, and the agent inside of that
        assert.strictEqual(new Set(seen.map((line) => line.split(" ")[1])).size, 3)
        for (const place of ["left", "right", "each", "last"]) {
          assert.isTrue(seen.includes(`${place} ${metadata.runId}`))
          assert.strictEqual(metadata.annotations[place], id)
        }
        assert.deepInclude(metadata.usage, { calls: 8, inputTokens: 8 * id })
        const starts = events.filter(({ _tag }) => _tag === "StepStarted").map((event) => "path" in event && event.path)
        assert.strictEqual(new Set(starts.map(String)).size, starts.length)
        assert.deepStrictEqual([events[0]?._tag, events.at(-1)?._tag], ["RunStarted", "RunEnded"])
      }
      assert.strictEqual(new Set(runs.map(({ metadata }) => metadata.runId)).size, many)
      assert.strictEqual(new Set(runs.flatMap(({ seen }) => seen.map((line) => line.split(" ")[1]))).size, 3 * many)
      assert.strictEqual(fibers, 0)
    }).pipe(Random.withSeed("many runs")))
})
