import { assert, describe, expectTypeOf, it, layer, type Vitest } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Logger, Option, Redacted, Schema } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { TestClock } from "effect/testing"
import { Agent, Pipeline, type PipelineEvent, Pool, Run, Step, StepCache } from "greenlang"
import { Database } from "greenlang/database"
import * as StepCacheSql from "greenlang/pipeline/StepCacheSql"
import { Postgres } from "../support/Postgres.ts"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

const factor = (name: string): Run.Citation => ({
  kind: "factor",
  name,
  value: 1,
  unit: "kg",
  source: "a test",
  year: 2025
})
const forAnHour = Step.cached({ timeToLive: "1 hour" })
const memory = StepCache.layerMemory({ capacity: 100 })

/** An agent that counts its runs, and records all that a run can keep. */
const counting = (
  options: {
    readonly version?: string
    readonly output?: Schema.ConstraintCodec<number, unknown>
    readonly work?: (n: number, nth: number) => Effect.Effect<number, Stuck>
  } = {}
) => {
  const counts = { runs: 0 }
  const agent = Agent.make("Doubles", {
    version: options.version ?? "1.0.0",
    input: Schema.Struct({ n: Schema.Finite }),
    output: options.output ?? Schema.Finite,
    execute: ({ n }) =>
      Effect.gen(function*() {
        const nth = ++counts.runs
        yield* Run.cite(factor(`for ${n}`))
        yield* Run.addUsage({ calls: 1, costUsd: 1 })
        return yield* options.work?.(n, nth) ?? Effect.succeed(n * 2)
      })
  })
  const pipeline = Pipeline.make(
    "Pipe",
    { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
    (n) => Step.agent("doubles", agent, [n], (n) => ({ n })).pipe(forAnHour)
  )
  return { agent, counts, pipeline }
}

const ofRun = <A, E, R>(run: Effect.Effect<A, E, R>) => Effect.provide(run, memory)

describe("Step.cached", () => {
  it.effect("does the work once, and says in events, report and result that the second answer is not new", () => {
    const { counts, pipeline } = counting()
    expectTypeOf<Agent.Services<typeof pipeline>>().toEqualTypeOf<StepCache>()
    expectTypeOf<Agent.Failure<typeof pipeline>>().toEqualTypeOf<Stuck>()
    assert.deepStrictEqual(pipeline.steps.at(-1)?.policies, ["cached for 1h"])
    return Effect.gen(function*() {
      const first = yield* pipeline.report(4)
      yield* TestClock.adjust("10 minutes")
      const events: Array<PipelineEvent> = []
      const second = yield* Pipeline.observe(pipeline.report(4), (event) => events.push(event))
      assert.deepStrictEqual([first.value, second.value, counts.runs], [8, 8, 1])
      assert.deepStrictEqual([first.steps[0]?.state, second.steps[0]?.state], ["finished", "cached"])
      assert.deepStrictEqual([first.steps[0]?.usage?.calls, second.steps[0]?.usage], [1, undefined])
      assert.deepStrictEqual(second.metadata.usage, Run.noUsage)
      const cached = events.find(({ _tag }) => _tag === "StepCached")
      assert.deepStrictEqual(cached?._tag === "StepCached" && cached.keptAt.epochMilliseconds, 0)
      assert.isUndefined(first.metadata.annotations["cached"])
      assert.deepStrictEqual(second.metadata.annotations["cached"], [
        { pipeline: "Pipe", step: "doubles", keptAt: "1970-01-01T00:00:00.000Z" }
      ])
    }).pipe(ofRun)
  })

  it.effect("cites again what the work had cited, and annotates it, so that no number loses its source", () => {
    const { agent } = counting()
    const Outer = Pipeline.make("Outer", { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }, (n) => {
      const inner = Pipeline.make(
        "Inner",
        { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
        (n) =>
          Step.make("both", [n], (n) =>
            Agent.call(agent, { n }).pipe(
              Effect.tap(Run.annotate("note", "from a table"))
            ), { output: Schema.Finite }).pipe(forAnHour)
      )
      return Step.agent("inner", inner, [n], (n) => n)
    })
    return Effect.gen(function*() {
      const first = yield* Outer.run(4)
      const { metadata } = yield* Outer.run(4)
      assert.deepStrictEqual(metadata.citations, [factor("for 4")])
      assert.deepStrictEqual(metadata.citations, first.metadata.citations)
      // recorded in all runs that rest on it, though annotations stay with the run that they were made in
      assert.deepStrictEqual(metadata.annotations, {
        cached: [{ pipeline: "Inner", step: "both", keptAt: "1970-01-01T00:00:00.000Z" }]
      })
    }).pipe(ofRun)
  })

  it.effect("annotates the run as the work had", () => {
    const Notes = Pipeline.make(
      "Notes",
      { version: "1.0.0", input: Schema.Finite, output: Schema.Finite },
      (n) =>
        Step.make("notes", [n], (n) => Effect.as(Run.annotate("note", { n }), n), { output: Schema.Finite }).pipe(
          forAnHour
        )
    )
    return Effect.gen(function*() {
      yield* Notes.run(3)
      const { metadata } = yield* Notes.run(3)
      assert.deepStrictEqual(metadata.annotations["note"], { n: 3 })
    }).pipe(ofRun)
  })

  it.effect("does it again for another input, version or schema, and not for another step or pipeline", () => {
    const { agent, counts, pipeline } = counting()
    const newer = counting({ version: "1.0.1" })
    const stricter = counting({ output: Schema.Finite.check(Schema.isGreaterThan(0)) })
    const Elsewhere = Pipeline.make(
      "Elsewhere",
      { version: "3", input: Schema.String, output: Schema.Finite },
      (text) => Step.agent("other name", agent, [text], (text) => ({ n: text.length })).pipe(forAnHour)
    )
    return Effect.gen(function*() {
      yield* pipeline.run(4)
      yield* pipeline.run(5)
      assert.strictEqual(counts.runs, 2)
      yield* newer.pipeline.run(4)
      yield* stricter.pipeline.run(4)
      assert.deepStrictEqual([newer.counts.runs, stricter.counts.runs], [1, 1])
      assert.strictEqual((yield* Elsewhere.run("four")).value, 8)
      assert.strictEqual(counts.runs, 2)
    }).pipe(ofRun)
  })

  it.effect("keeps what a combinator makes of an agent apart from the agent", () => {
    const { agent, pipeline } = counting()
    const Halved = Pipeline.make(
      "Halved",
      { version: "1", input: Schema.Finite, output: Schema.Finite },
      (n) => Step.agent("doubles", Agent.map(agent, Schema.Finite, (n) => n / 4), [n], (n) => ({ n })).pipe(forAnHour)
    )
    return Effect.gen(function*() {
      yield* pipeline.run(4)
      assert.strictEqual((yield* Halved.run(4)).value, 2)
      assert.strictEqual((yield* Halved.run(4)).value, 2)
    }).pipe(ofRun)
  })

  it.effect("knows a step without an agent by its name and its pipeline, and by all answers before it", () => {
    let runs = 0
    const sums = (version: string) =>
      Pipeline.make("Sums", { version, input: Schema.Array(Schema.Finite), output: Schema.Finite }, (list) => {
        const count = Step.make("count", [list], (list) => Effect.succeed(list.length), { output: Schema.Finite })
        return Step.make("sum", [list, count], (list, count) => {
          runs++
          return Effect.succeed(list.reduce((a, b) => a + b, count))
        }, { output: Schema.Finite }).pipe(forAnHour)
      })
    const [one, two] = [sums("1"), sums("2")]
    return Effect.gen(function*() {
      assert.strictEqual((yield* one.run([1, 2])).value, 5)
      assert.strictEqual((yield* one.run([1, 2])).value, 5)
      assert.strictEqual((yield* one.run([2, 1])).value, 5)
      assert.strictEqual(runs, 2)
      yield* two.run([1, 2])
      assert.strictEqual(runs, 3)
    }).pipe(ofRun)
  })

  it.effect("gives back an answer as its schema reads it", () => {
    const When = Pipeline.make(
      "When",
      { version: "1", input: Schema.Finite, output: Schema.Date },
      (n) => Step.make("when", [n], (n) => Effect.succeed(new Date(n)), { output: Schema.Date }).pipe(forAnHour)
    )
    return Effect.gen(function*() {
      yield* When.run(5)
      assert.deepStrictEqual((yield* When.run(5)).value, new Date(5))
    }).pipe(ofRun)
  })

  it.effect("does it again once the time is over, and keeps no more than the capacity", () => {
    const { counts, pipeline } = counting()
    return Effect.gen(function*() {
      yield* pipeline.run(1)
      yield* TestClock.adjust("61 minutes")
      yield* pipeline.run(1)
      assert.strictEqual(counts.runs, 2)
      yield* pipeline.run(2)
      yield* pipeline.run(3)
      yield* pipeline.run(1)
      assert.strictEqual(counts.runs, 5)
    }).pipe(Effect.provide(StepCache.layerMemory({ capacity: 2 })))
  })

  it.effect("never keeps a failure", () => {
    const { counts, pipeline } = counting({
      work: (n, nth) => nth === 1 ? Effect.fail(new Stuck({ at: "first" })) : Effect.succeed(n)
    })
    return Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(pipeline.run(1)))._tag, "Stuck")
      assert.strictEqual((yield* pipeline.run(1)).value, 1)
      assert.strictEqual(counts.runs, 2)
    }).pipe(ofRun)
  })

  it.effect("leaves a bad input to the agent, which says what is wrong", () => {
    const { agent } = counting()
    const Bad = Pipeline.make(
      "Bad",
      { version: "1", input: Schema.Unknown, output: Schema.Finite },
      (n) => Step.agent("doubles", agent, [n], (n) => ({ n: n as number })).pipe(forAnHour)
    )
    return Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Bad.run("four")))._tag, "InvalidInput")
    }).pipe(ofRun)
  })
})

describe("the same at the same time", () => {
  const slow = (n: number) => Effect.delay(Effect.succeed(n * 2), "1 second")

  it.effect("is worked on once, in runs that share the cache", () => {
    const { counts, pipeline } = counting({ work: slow })
    return Effect.gen(function*() {
      const runs = yield* Effect.forkChild(
        Effect.all(Array.from({ length: 10 }, () => pipeline.report(4)), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      const reports = yield* Fiber.join(runs)
      assert.strictEqual(counts.runs, 1)
      assert.deepStrictEqual(reports.map(({ value }) => value), Array.from({ length: 10 }, () => 8))
      assert.deepStrictEqual(
        reports.map(({ steps }) => steps[0]?.state).toSorted(),
        [...Array.from({ length: 9 }, () => "cached" as const), "finished" as const]
      )
      for (const { metadata } of reports) assert.deepStrictEqual(metadata.citations, [factor("for 4")])
    }).pipe(ofRun)
  })

  it.effect("is continued by the next run that waits, when the run at work is interrupted or fails", () => {
    const { counts, pipeline } = counting({
      work: (n, nth) => nth === 2 ? Effect.delay(Effect.fail(new Stuck({ at: "second" })), "1 second") : slow(n)
    })
    return Effect.gen(function*() {
      const first = yield* Effect.forkChild(pipeline.run(4))
      yield* TestClock.adjust("100 millis")
      const second = yield* Effect.forkChild(Effect.exit(pipeline.run(4)))
      yield* TestClock.adjust("100 millis")
      const third = yield* Effect.forkChild(pipeline.run(4))
      yield* TestClock.adjust("300 millis")
      assert.strictEqual(counts.runs, 1)
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(second)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(third)).value, 8)
      assert.strictEqual(counts.runs, 3)
    }).pipe(ofRun)
  })
})

describe("a cache that does not work", () => {
  const logged = () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return { lines, layer: Logger.layer([logger]) }
  }

  it.effect("is logged, and leaves the run its answer", () => {
    const { counts, pipeline } = counting()
    const log = logged()
    const failure = new SqlError.SqlError({
      reason: new SqlError.ConnectionError({ cause: "gone", message: "gone", operation: "query" })
    })
    const broken = Layer.succeed(StepCache, { get: () => Effect.fail(failure), set: () => Effect.fail(failure) })
    return Effect.gen(function*() {
      const { metadata, value } = yield* pipeline.run(4)
      assert.deepStrictEqual([value, metadata.citations.length, counts.runs], [8, 1, 1])
      yield* pipeline.run(4)
      assert.strictEqual(counts.runs, 2)
      assert.deepStrictEqual(log.lines.map((line) => line.split(",")[0]), [
        "the answer of a step could not be read from the cache",
        "the answer of a step could not be written to the cache",
        "the answer of a step could not be read from the cache",
        "the answer of a step could not be written to the cache"
      ])
    }).pipe(Effect.provide([broken, log.layer]))
  })

  it.effect("no longer returns an answer that cannot be read, and the work is done again", () => {
    const { counts, pipeline } = counting()
    const log = logged()
    const garbled = Layer.succeed(StepCache, {
      get: () => Effect.succeedSome("{\"keptAt\": 0, \"value\": \"eight\"}"),
      set: () => Effect.void
    })
    return Effect.gen(function*() {
      assert.strictEqual((yield* pipeline.run(4)).value, 8)
      assert.strictEqual(counts.runs, 1)
      assert.lengthOf(log.lines, 1)
    }).pipe(Effect.provide([garbled, log.layer]))
  })
})

describe("what is not cached", () => {
  const secret = Schema.Redacted(Schema.String)
  const numbers = { version: "1", input: Schema.Finite, output: Schema.Finite }
  const refused = (draw: (n: Step.Step<number>) => Step.Any) => {
    let message = ""
    assert.throws(() =>
      Pipeline.make("Refused", { ...numbers, output: Schema.Unknown }, (n) => {
        try {
          return draw(n)
        } catch (error) {
          message = (error as Error).message
          throw error
        }
      })
    )
    return message
  }
  const known = (n: Step.Step<number>) => Step.make("known", [n], Effect.succeed, { output: Schema.Finite })

  it("is an answer without a schema, or one that rests on such an answer", () => {
    assert.strictEqual(
      refused((n) => Step.make("step", [n], Effect.succeed).pipe(forAnHour)),
      "step `step`: its answer cannot be cached: it has no schema"
    )
    assert.strictEqual(
      refused((n) =>
        Step.make("step", [Step.make("before", [n], Effect.succeed)], Effect.succeed, { output: Schema.Finite }).pipe(
          forAnHour
        )
      ),
      "step `step`: its answer cannot be cached: the answer of \"before\" before it has no schema"
    )
  })

  it("is what a policy made of it, or a person said", () => {
    assert.include(refused((n) => known(n).pipe(Step.optional, forAnHour)), "it is that of \"optional\"")
    const yes = (n: Step.Step<number>) => Step.make("yes", [n], () => Effect.succeed(true))
    assert.include(refused((n) => known(n).pipe(Step.when(yes(n)), forAnHour)), "it is that of \"when\"")
    assert.include(refused((n) => Step.approval("pay", [n], String).pipe(forAnHour)), "it is that of \"approval\"")
    assert.include(refused((n) => known(n).pipe(forAnHour, forAnHour)), "cannot be cached: it is already")
  })

  it("takes no place of a pool while it waits for one who does", () => {
    assert.include(
      refused((n) => known(n).pipe(forAnHour, Step.inPool(Pool.make("one", 1)))),
      "expected `inPool` before `cached`"
    )
  })

  it("is a secret, given or answered, however deep", () => {
    const agent = <I extends Agent.AnySchema, O extends Agent.AnySchema>(input: I, output: O) =>
      Agent.make("Knows", { version: "1", input, output, execute: () => Effect.never })
    const step = <I extends Agent.AnySchema, O extends Agent.AnySchema>(input: I, output: O) =>
      refused((n) => Step.agent("knows", agent(input, output), [n], () => ({} as I["Encoded"])).pipe(forAnHour))
    interface Tree {
      readonly key: Redacted.Redacted
      readonly below: ReadonlyArray<Tree>
    }
    const Tree: Schema.Codec<Tree, unknown> = Schema.Struct({
      key: secret,
      below: Schema.Array(Schema.suspend(() => Tree))
    })
    assert.include(step(Schema.Struct({ key: secret }), Schema.Finite), "holds secrets")
    assert.include(step(Schema.Finite, Schema.Array(Schema.Option(secret))), "holds secrets")
    assert.include(step(Schema.RedactedFromValue(Schema.String), Schema.Finite), "holds secrets")
    assert.include(step(Schema.Finite, Schema.Array(Tree)), "holds secrets")
  })

  it.effect("is what its schema lets through, and JSON does not hold, such as a secret in anything", () => {
    let runs = 0
    const kept = new Map<string, string>()
    const store = Layer.succeed(StepCache, {
      get: (key) => Effect.sync(() => Option.fromUndefinedOr(kept.get(key))),
      set: (key, value) => Effect.sync(() => void kept.set(key, value))
    })
    const Anything = Pipeline.make("Anything", { ...numbers, output: Schema.Unknown }, (n) => {
      const login = Step.make("login", [n], () => Effect.succeed<unknown>(Redacted.make("hush")), {
        output: Schema.Unknown
      })
      const used = Step.make("used", [login], () => Effect.sync(() => ++runs), { output: Schema.Finite })
      const hushed = Step.make("hushed", [n], () => Effect.succeed<unknown>({ key: Redacted.make("hush") }), {
        output: Schema.Unknown
      })
      return Step.make("last", [used.pipe(forAnHour), hushed.pipe(forAnHour)], (n) => Effect.succeed(n))
    })
    return Effect.gen(function*() {
      yield* Anything.run(1)
      assert.strictEqual((yield* Anything.run(1)).value, 2)
      assert.deepStrictEqual([...kept], [])
    }).pipe(Effect.provide([store, Logger.layer([])]))
  })
})

const suite = (it: Vitest.MethodsNonLive<SqlClient.SqlClient>) => {
  it.effect("keeps answers for all who share it, under a hash of what was asked", () =>
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const { counts, pipeline } = counting()
      const first = yield* pipeline.run(4).pipe(Effect.provide(StepCacheSql.layer))
      const second = yield* pipeline.run(4).pipe(Effect.provide(StepCacheSql.layer))
      assert.deepStrictEqual([first.value, second.value, counts.runs], [8, 8, 1])
      assert.deepStrictEqual(second.metadata.citations, [factor("for 4")])
      const rows = yield* sql<{ readonly request: string }>`SELECT request FROM answer_cache`
      assert.match(rows[0]?.request ?? "", /^[0-9a-f]{64}$/)
      yield* sql`UPDATE answer_cache SET expires_at = 0`
      yield* pipeline.run(4).pipe(Effect.provide(StepCacheSql.layer))
      assert.strictEqual(counts.runs, 2)
      assert.lengthOf(yield* sql`SELECT request FROM answer_cache`, 1)
    }))

  it.effect("keeps an answer for ever, where that is asked for", () =>
    Effect.gen(function*() {
      let runs = 0
      const Ever = Pipeline.make("Ever", { version: "1", input: Schema.Finite, output: Schema.Finite }, (n) =>
        Step.make("ever", [n], () =>
          Effect.sync(() =>
            ++runs
          ), { output: Schema.Finite }).pipe(
            Step.cached({ timeToLive: "Infinity" })
          ))
      yield* Effect.andThen(Ever.run(1), Ever.run(1)).pipe(Effect.provide(StepCacheSql.layer))
      assert.strictEqual(runs, 1)
    }))
}

layer(Database.layerMemory)("StepCacheSql on SQLite", suite)

layer(Postgres.layer, { excludeTestServices: true })("StepCacheSql on PostgreSQL", (it) => {
  it.layer(Layer.fresh(Postgres.layerDatabase))(suite)
})
