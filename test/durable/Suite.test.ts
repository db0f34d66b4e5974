/**
 * What the tests of pipelines found where they ran on the engines of durable runs: see `test/support/engine`.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Cause, Effect, Exit, Option, Schedule, Schema, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { Agent, InvalidOutput, Pipeline, PipelineFailed, Run, Step, StepDied, TimedOut } from "greenlang"
import { Durable } from "greenlang/durable"
import { join } from "node:path"
import * as Database from "../../src/database/Database.ts"
import { persist } from "../../src/durable/internal/Persist.ts"
import * as Campaign from "../support/DurableCampaign.ts"
import { Postgres } from "../support/Postgres.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { why: Schema.String }) {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

/** How a durable run of `pipeline` ends. */
const ending = <Out, E>(pipeline: Pipeline.Pipeline<number, Out, E>) =>
  Effect.gen(function*() {
    const id = yield* Durable.submit(pipeline, 1)
    return yield* Effect.exit(Effect.map(Durable.result(id, pipeline), ({ value }) => value))
  }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [pipeline as Pipeline.Pipeline<number, unknown>] })))

const fail = (): never => {
  throw new Error("a bug")
}

const failureOf = (exit: Exit.Exit<unknown, unknown>) => Option.getOrUndefined(Exit.findErrorOption(exit))
const stepOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) ? Option.getOrUndefined(StepDied.failedStep(exit.cause)) : undefined

describe("a durable run fails as in process", () => {
  it.live("where a promise is rejected, with what it was rejected with and the path of its step", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make(
        "Inner",
        { ...numbers, error: Step.PromiseRejected },
        (n) =>
          Step.promise("asks", [n], (): Promise<number> => Promise.reject(new TypeError("gone")), {
            output: Schema.Finite
          })
      )
      const Outer = Pipeline.make(
        "Outer",
        { ...numbers, error: Step.PromiseRejected },
        (n) => Step.agent("inner", Inner, [n], (n) => n)
      )
      const exit = yield* ending(Outer)
      const rejected = failureOf(exit)
      assert.instanceOf(rejected, Step.PromiseRejected)
      assert.strictEqual((rejected.cause as Error).message, "gone")
      assert.deepStrictEqual(stepOf(exit), ["inner", "asks"])
    }))

  it.live("where a step throws, or returns something else than an Effect", () =>
    Effect.gen(function*() {
      const messages: Array<string> = []
      for (const run of [() => 5 as never, (): never => fail()]) {
        const exit = yield* ending(
          Pipeline.make("Bugs", numbers, (n) => Step.make("bug", [n], run, { output: Schema.Finite }))
        )
        const died = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
        assert.instanceOf(died, StepDied.StepDied)
        assert.deepStrictEqual(stepOf(exit), ["bug"])
        messages.push(died.message)
      }
      assert.deepStrictEqual(messages, [
        "step `bug` of pipeline `Bugs` returned a number, not an Effect",
        "step `bug` of pipeline `Bugs` died: Error: a bug"
      ])
    }))

  it.live("where a pipeline inside of a step keeps what had succeeded", () =>
    Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", { ...numbers, error: Broken }, (n) => {
        const fine = Step.make("fine", [n], Effect.succeed, { output: Schema.Finite })
        return Step.make(
          "broken",
          [fine],
          (): Effect.Effect<number, Broken> => Effect.fail(new Broken({ why: "so" })),
          {
            output: Schema.Finite
          }
        )
      })
      const Outer = Pipeline.make("Outer", { ...numbers, output: Schema.Unknown }, (n) => {
        const inner = Step.agent("inner", Pipeline.keepPartial(Inner), [n], (n) => n)
        return Step.orElse(
          inner,
          (error) =>
            Effect.succeed<unknown>(
              error instanceof PipelineFailed
                ? { errors: error.errors.map(({ error }) => error._tag), partial: { ...error.partial } }
                : {}
            ),
          { output: Schema.Unknown }
        )
      })
      assert.deepStrictEqual(yield* ending(Outer as never), Exit.succeed({ errors: ["Broken"], partial: { fine: 1 } }))
    }))

  it.live("where an answer has more levels than a record holds: by the name of the step", () =>
    Effect.gen(function*() {
      const nested = (levels: number) => {
        let value: Schema.Json = 1
        for (let level = 0; level < levels; level++) value = [value]
        return value
      }
      for (const [levels, isWritten] of [[900, true], [1_100, false], [100_000, false]] as const) {
        const exit = yield* ending(Pipeline.make("Deep", { ...numbers, error: InvalidOutput }, (n) => {
          const deep = Step.make("deep", [n], () => Effect.succeed<unknown>(nested(levels)), { output: Schema.Unknown })
          return Step.pure("count", [deep], () => 1)
        }))
        assert.strictEqual(Exit.isSuccess(exit), isWritten, `${levels}`)
        if (!isWritten) {
          assert.deepStrictEqual([failureOf(exit) instanceof InvalidOutput, stepOf(exit)], [true, ["deep"]])
        }
      }
    }))
})

/** What an untyped caller may record. */
const recorded: { readonly [what: string]: () => Effect.Effect<unknown> } = {
  "a citation without most of its fields": () => Run.cite({ kind: "factor", name: "gas" } as never),
  "a citation of a number that is not finite": () =>
    Run.cite({ kind: "calculation", step: "s", formula: "f", inputs: {}, output: NaN, unit: "kg" }),
  "a text as a citation": () => Run.cite("EPA, 2025" as never),
  "a citation inside of an agent": () =>
    Agent.call(
      Agent.make("Inside", {
        version: "1.0.0",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (n) => Effect.as(Run.cite({ kind: "factor", value: "5" } as never), n)
      }),
      1
    ).pipe(Effect.orDie),
  "an annotation that is a function": () => Run.annotate("key", (() => 1) as never),
  "an annotation that is undefined": () => Run.annotate("key", undefined as never),
  "an annotation that holds a bigint": () => Run.annotate("key", [1n] as never),
  "an annotation that holds a date": () => Run.annotate("key", { at: new Date(0) } as never),
  "an annotation that holds itself": () =>
    Effect.suspend(() => {
      const circle: Record<string, unknown> = {}
      circle["inside"] = circle
      return Run.annotate("key", circle as never)
    }),
  "an annotation that throws when it is read": () =>
    Run.annotate("key", Object.defineProperty({}, "at", { enumerable: true, get: fail })),
  "counts whose sum is not exact": () =>
    Effect.andThen(
      Run.addUsage({ inputTokens: Number.MAX_SAFE_INTEGER }),
      Run.addUsage({ inputTokens: Number.MAX_SAFE_INTEGER })
    )
}

describe("what a step records and no record can hold is its failure", () => {
  const bad = (record: () => Effect.Effect<unknown>) => (n: Step.Step<number>) =>
    Step.make("bad", [n], (n) => Effect.as(record(), n), { output: Schema.Finite })

  for (const [what, record] of Object.entries(recorded)) {
    it.live(what, () =>
      Effect.gen(function*() {
        const exit = yield* ending(Pipeline.make("Records", { ...numbers, error: InvalidOutput }, bad(record)))
        const error = failureOf(exit)
        assert.instanceOf(error, InvalidOutput, Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "")
        assert.strictEqual(error.agent, "step `bad`")
        assert.deepStrictEqual(stepOf(exit), ["bad"])
        assert.isAbove(error.issues.length, 0)
      }))
  }

  it.live("which no policy hides, beside what else was recorded", () =>
    Effect.gen(function*() {
      const Recovers = Pipeline.make("Recovers", { ...numbers, error: InvalidOutput }, (n) => {
        const step = Step.make(
          "bad",
          [n],
          (n) =>
            Run.addUsage({ calls: 1 }).pipe(
              Effect.andThen(Run.annotate("fine", { of: [1] })),
              Effect.andThen(Run.annotate("bad", undefined as never)),
              Effect.as(n)
            ),
          { output: Schema.Finite }
        )
        return Step.orElse(step, () => Effect.succeed(7), { output: Schema.Finite })
      })
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Recovers, 1)
        const error = yield* Effect.flip(Durable.result(id, Recovers))
        assert.instanceOf(error, InvalidOutput)
        assert.strictEqual(error.agent, "step `bad`")
        const { metadata } = yield* (yield* Durable.Durable).record(id)
        assert.deepStrictEqual([metadata?.usage.calls, metadata?.annotations], [1, { fine: { of: [1] } }])
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Recovers] })))
    }))

  it.live("beside the failure that it had", () =>
    Effect.gen(function*() {
      const exit = yield* ending(Pipeline.make("Fails", { ...numbers, error: Broken }, (n) =>
        Step.make("bad", [n], (): Effect.Effect<number, Broken> =>
          Effect.andThen(Run.cite("EPA" as never), Effect.fail(new Broken({ why: "so" }))), {
          output: Schema.Finite
        })))
      const reasons = Exit.isFailure(exit) ? exit.cause.reasons.filter(Cause.isFailReason) : []
      assert.deepStrictEqual(
        reasons.map(({ error }) =>
          (error as { _tag: string })._tag
        ),
        ["Broken", "InvalidOutput"]
      )
    }))

  it.live("and stays as it was recorded, whatever becomes of the object", () =>
    Effect.gen(function*() {
      const list: Array<unknown> = [1]
      const Changes = Pipeline.make("Changes", numbers, (n) =>
        Step.make("changes", [n], (n) =>
          Effect.map(Run.annotate("list", list as never), () => {
            list.push(list)
            return n
          }), { output: Schema.Finite }))
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Changes, 1)
        const { metadata } = yield* Durable.result(id, Changes)
        assert.deepStrictEqual(metadata.annotations, { list: [1] })
      }).pipe(Effect.provide(Durable.layerMemory({ pipelines: [Changes] })))
    }))

  it.live("or that of the run, where the sum of its steps cannot be written", () =>
    Effect.gen(function*() {
      const exit = yield* ending(Pipeline.make("Sums", { ...numbers, error: InvalidOutput }, (n) => {
        const count = (name: string) =>
          Step.make(name, [n], (n) => Effect.as(Run.addUsage({ inputTokens: Number.MAX_SAFE_INTEGER }), n), {
            output: Schema.Finite
          })
        return Step.pure("sum", [count("one"), count("two")], (one, two) => one + two)
      }))
      const error = failureOf(exit)
      assert.instanceOf(error, InvalidOutput)
      assert.strictEqual(error.agent, "Sums")
    }))
})

describe("the events of a durable run", () => {
  it.live("are those of each attempt, also where the limit of one passed while nothing ran", () =>
    Effect.scoped(Effect.gen(function*() {
      const Inner = Pipeline.make("Inner", numbers, (n) => {
        const pause = Step.sleep("pause", [n], "1 hour")
        return Step.pure("after", [pause, n], (_, n) => n)
      })
      const Outer = Pipeline.make(
        "Outer",
        { ...numbers, error: TimedOut },
        (n) => Step.agent("inner", Inner, [n], (n) => n).pipe(Step.timeout("50 millis"), Step.retry(Schedule.recurs(1)))
      )
      const file = join(yield* Campaign.folder, "runs.db")
      yield* Effect.gen(function*() {
        const id = yield* Durable.submit(Outer, 1)
        assert.strictEqual((yield* Effect.flip(Durable.result(id, Outer)))._tag, "TimedOut")
        const events = yield* Stream.runCollect(Durable.events(id))
        const starts = events.filter((event) => event._tag === "StepStarted" && event.path.join("/") === "inner/pause")
        assert.lengthOf(starts, 2)
        assert.isAbove(starts[1]!.at, starts[0]!.at)
      }).pipe(Effect.provide(Durable.layerEmbedded({ pipelines: [Outer], file })))
    })))
})

layer(Postgres.layer, { excludeTestServices: true })("what PostgreSQL refuses to hold", (it) => {
  it.effect("is a defect at once, and not tried again", () =>
    Effect.scoped(Effect.gen(function*() {
      const { makeDatabase } = yield* Postgres
      const url = yield* makeDatabase
      const exit = yield* Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => Effect.exit(persist(sql`SELECT ${"a\0b"}::text`))
      )
        .pipe(Effect.provide(Database.layerPostgres({ url })))
      assert.isTrue(Exit.hasDies(exit))
    })))
})
