/**
 * Caches that fail, hang or answer with nonsense: a run goes on without them, and its events report it.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Clock, Context, Effect, Fiber, Layer, Logger, Option, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { Llm, Pipeline, type PipelineEvent, Step, StepCache } from "greenlang"
import * as Database from "greenlang/database/Database"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import { LlmCacheStore } from "greenlang/llm/layers/LlmCacheStore"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import { faults, notEffects } from "../support/Faults.ts"
import { PausablePostgres } from "../support/Postgres.ts"
import * as TimedLlm from "../support/TimedLlm.ts"

type Store = StepCache["Service"]

const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** Two steps, one behind the other, whose answers are cached. */
const cachedSteps = () => {
  const counts = { runs: 0 }
  const twice = (n: number) => Effect.sync(() => (counts.runs++, n * 2))
  const cached = Step.cached({ timeToLive: "1 hour" })
  const pipeline = Pipeline.make("Cached", schemas, (n) => {
    const first = Step.make("first", [n], twice, { output: Schema.Finite }).pipe(cached)
    return Step.make("second", [first], twice, { output: Schema.Finite }).pipe(cached)
  })
  return { counts, pipeline }
}

/** The events of a run, for which the clock is moved on. */
const collect = <E, R>(events: Stream.Stream<PipelineEvent, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Stream.runCollect(events), { startImmediately: true })
    while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("500 millis")
    return [...yield* Fiber.join(fiber)]
  })

const failures = (events: ReadonlyArray<PipelineEvent>) =>
  events.flatMap((event) =>
    event._tag === "CacheFailed" ? [`${event.path.join()} ${event.cache} ${event.operation}`] : []
  )

const outcome = (events: ReadonlyArray<PipelineEvent>) => {
  const last = events.at(-1)
  return last?._tag === "RunEnded" ? last.outcome : last
}

const storeOf = (store: { readonly get: () => unknown; readonly set: () => unknown }) => store as unknown as Store

const empty = () => Effect.succeedNone

/** What a cache may answer with, instead of nothing or a text that was kept. */
const nonsense: ReadonlyArray<readonly [string, unknown]> = [
  ...notEffects.map(([what, value]) => [what, value] as const),
  ["some number", Option.some(42)],
  ["some nothing", Option.some(undefined)],
  ["an empty text", Option.some("")],
  ["a text that is not JSON", Option.some("<answer/>")],
  ["an answer that is cut off", Option.some("{\"keptAt\":0,\"value\":")],
  ["null in JSON", Option.some("null")],
  ["an answer of another version", Option.some("{\"v\":9,\"value\":8}")],
  ["an answer of another type", Option.some("{\"keptAt\":0,\"value\":\"x\",\"citations\":[],\"annotations\":{}}")],
  ["an answer nested 8,000 levels deep", Option.some(`${"[".repeat(8_000)}${"]".repeat(8_000)}`)],
  ["8 MB of open lists", Option.some("[".repeat(8_000_000))],
  ["8 MB of open objects", Option.some("{\"a\":".repeat(1_600_000))],
  ["parts of no type", Option.some("[{}]")],
  ["an answer without an end", Option.some("[{\"type\":\"text\",\"text\":\"hi\"}]")],
  ["an end without usage", Option.some("[{\"type\":\"finish\",\"reason\":\"stop\"}]")],
  ["no parts", Option.some("[]")]
]

const reads: ReadonlyArray<readonly [string, () => unknown]> = [
  ...faults,
  ...nonsense.map(([what, value]) => [`answers with ${what}`, () => Effect.succeed(value)] as const)
]

describe("a cache of steps that", () => {
  it.effect.each([...reads])("%s when it is read is a miss, and an event", ([, get]) => {
    const { counts, pipeline } = cachedSteps()
    return Effect.gen(function*() {
      const events = yield* collect(pipeline.events(2))
      assert.strictEqual(outcome(events), "completed")
      assert.deepStrictEqual(failures(events), ["first step read", "second step read"])
      assert.strictEqual(counts.runs, 2)
    }).pipe(Effect.provide([Layer.succeed(StepCache, storeOf({ get, set: () => Effect.void })), Logger.layer([])]))
  })

  it.effect.each([...faults])("%s when it is written leaves the run its answer, and is an event", ([, set]) => {
    const { counts, pipeline } = cachedSteps()
    return Effect.gen(function*() {
      const events = yield* collect(pipeline.events(2))
      assert.strictEqual(outcome(events), "completed")
      assert.deepStrictEqual(failures(events), ["first step write", "second step write"])
      assert.strictEqual(counts.runs, 2)
    }).pipe(Effect.provide([Layer.succeed(StepCache, storeOf({ get: empty, set })), Logger.layer([])]))
  })

  it.effect("hangs is asked once, and then left alone for ten seconds", () => {
    let asked = 0
    const hanging = { get: () => Effect.andThen(Effect.sync(() => asked++), Effect.never), set: () => Effect.void }
    const { pipeline } = cachedSteps()
    return Effect.gen(function*() {
      const first = yield* Effect.forkChild(pipeline.run(1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(first)).value, 4)
      assert.strictEqual(asked, 1)
      yield* TestClock.adjust("10 seconds")
      const second = yield* Effect.forkChild(pipeline.run(1))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.strictEqual(asked, 2)
    }).pipe(Effect.provide([Layer.succeed(StepCache, hanging), Logger.layer([])]))
  })
})

describe("a cache of a language model that", () => {
  const Asking = Pipeline.make(
    "Asking",
    { ...schemas, output: Schema.String },
    (n) => Step.make("ask", [n], (n) => Effect.map(Llm.generate(`what is ${n}?`), ({ text }) => text))
  )

  const model = (store: Store) => {
    const llm = TimedLlm.make((nth) => Effect.succeed({ text: `answer ${nth}` }))
    const provider = LlmCache.layerStore({ timeToLive: "1 hour" }).pipe(
      Layer.provide(llm.layer),
      Layer.provide(Layer.succeed(LlmCacheStore, store))
    )
    return { llm, layer: Layer.merge(LlmProvider.languageModel.pipe(Layer.provide(provider)), Logger.layer([])) }
  }

  it.effect.each([...reads])("%s when it is read is a miss, and an event", ([, get]) => {
    const { layer, llm } = model(storeOf({ get, set: () => Effect.void }))
    return Effect.gen(function*() {
      const events = yield* collect(Asking.events(1))
      assert.strictEqual(outcome(events), "completed")
      assert.deepStrictEqual(failures(events), ["ask model read"])
      assert.lengthOf(llm.calls, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect.each([...faults])("%s when it is written leaves the run its answer, and is an event", ([, set]) => {
    const { layer, llm } = model(storeOf({ get: empty, set }))
    return Effect.gen(function*() {
      const events = yield* collect(Asking.events(1))
      assert.strictEqual(outcome(events), "completed")
      assert.deepStrictEqual(failures(events), ["ask model write"])
      assert.lengthOf(llm.calls, 1)
    }).pipe(Effect.provide(layer))
  })
})

/** A store that counts how often it is asked. */
const counted = (store: Store) => {
  const asked = { reads: 0, writes: 0 }
  const same = StepCache.of({
    get: (key) => Effect.suspend(() => (asked.reads++, store.get(key))),
    set: (key, value, millis) => Effect.suspend(() => (asked.writes++, store.set(key, value, millis)))
  })
  return { asked, store: same }
}

/** A clock that stands still, with real timers: the time in which a slow store is left alone does not pass. */
const standing = Effect.clockWith((clock) => {
  const now = clock.currentTimeMillisUnsafe()
  const same: Clock.Clock = Object.assign(Object.create(clock), {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.succeed(now)
  })
  return Effect.succeed(same)
})

layer(PausablePostgres.layer, { excludeTestServices: true })(
  "a cache in a PostgreSQL that is stopped",
  (it) => {
    it.effect("costs a run of many steps one wait to read and one to write", () => {
      const { counts, pipeline } = cachedSteps()
      return Effect.gen(function*() {
        const { makeDatabase, pause, resume } = yield* PausablePostgres
        const database = Database.layerPostgres({ url: yield* makeDatabase })
        const cache = yield* Layer.build(StepCacheSql.layer.pipe(Layer.provideMerge(database)))
        const { asked, store } = counted(Context.get(cache, StepCache))
        yield* Effect.addFinalizer(() => resume)
        yield* Effect.gen(function*() {
          yield* pipeline.run(1)
          yield* pipeline.run(1)
          assert.strictEqual(counts.runs, 2)
          assert.deepStrictEqual(asked, { reads: 4, writes: 2 })
          yield* pause
          const run = Stream.runCollect(pipeline.events(7))
          const events = [...yield* Effect.provideService(run, Clock.Clock, yield* standing)]
          assert.strictEqual(outcome(events), "completed")
          assert.deepStrictEqual(failures(events), [
            "first step read",
            "first step write",
            "second step read",
            "second step write"
          ])
          assert.deepStrictEqual(asked, { reads: 5, writes: 3 })
        }).pipe(Effect.provideContext(Context.add(cache, StepCache, store)))
      }).pipe(Effect.provide(Logger.layer([])))
    })
  }
)
