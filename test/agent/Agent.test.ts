import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Fiber, Layer, Schedule, Schema, SubscriptionRef } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Run, type RunError } from "greenlang"

class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}
class Broken extends Schema.TaggedError<Broken>()("Broken", {}) {}
class Rule extends Schema.TaggedError<Rule>()("Rule", { says: Schema.String }) {}

class Gauge extends Context.Service<Gauge, { readonly read: Effect.Effect<number, Stuck> }>()(
  "greenlang/test/agent/Agent.test/Gauge"
) {}
class Limit extends Context.Service<Limit, number>()("greenlang/test/agent/Agent.test/Limit") {}

const numbers = { version: "1.0.0", input: Schema.Finite, output: Schema.Finite }

const Shout = Agent.make("Shout", {
  version: "1.0.0",
  input: Schema.Trim,
  output: Schema.String,
  execute: (text) => Effect.succeed(text.toUpperCase())
})
const Double = Agent.make("Double", { ...numbers, execute: (n) => Effect.succeed(n * 2) })
const Fails = Agent.make("Fails", { ...numbers, error: Stuck, execute: () => Effect.fail(new Stuck({ at: "x" })) })

/** Fails as often as `times` says, then answers with its input. */
const flaky = (times: number) => {
  let tries = 0
  return Agent.make("Flaky", {
    ...numbers,
    error: Stuck,
    execute: (n) =>
      Effect.andThen(
        Run.addUsage({ calls: 1, inputTokens: 5 }),
        Effect.suspend(() => tries++ < times ? Effect.fail(new Stuck({ at: `try ${tries}` })) : Effect.succeed(n))
      )
  })
}

describe("an agent", () => {
  it("has the name and version that it was given, and its schemas and tools [B1]", () => {
    const agent = Agent.make("Fuel", { ...numbers, description: "Burns", error: Stuck, execute: Effect.succeed })
    assert.strictEqual(agent.name, "Fuel")
    assert.strictEqual(agent.version, "1.0.0")
    assert.strictEqual(agent.description, "Burns")
    assert.strictEqual(agent.input, Schema.Finite)
    assert.strictEqual(agent.output, Schema.Finite)
    assert.strictEqual(agent.error, Stuck)
    assert.deepStrictEqual(agent.tools, [])
    assert.isTrue(Agent.isAgent(agent))
    for (const other of [undefined, null, "Fuel", {}, () => agent]) assert.isFalse(Agent.isAgent(other))
  })

  it.effect("checks, cites, measures and stops after 5 minutes by default [B4]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Waits", {
        ...numbers,
        execute: (n) =>
          Run.cite({ kind: "factor", name: "a", value: 1, unit: "kg", source: "s" }).pipe(
            Effect.andThen(n > 0 ? Effect.succeed(n) : Effect.never)
          )
      })
      assert.strictEqual((yield* Effect.flip(agent.run("one" as never)))._tag, "InvalidInput")
      const { metadata } = yield* agent.run(1)
      assert.strictEqual(metadata.citations.length, 1)
      assert.strictEqual(metadata.durationMs, 0)

      const waiting = yield* Effect.forkChild(Effect.flip(agent.run(0)))
      yield* TestClock.adjust("299 seconds")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(waiting))._tag, "TimedOut")
    }))

  it.effect("takes its settings from the surroundings, but for those that it states [B4]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Own", { ...numbers, validation: "on", execute: Effect.succeed })
      const defaults = yield* Agent.Defaults
      const { metadata } = yield* agent.run(1).pipe(
        Effect.provideService(Agent.Defaults, { ...defaults, metrics: "off", validation: "off" })
      )
      assert.notProperty(metadata, "durationMs")
      const error = yield* agent.run("x" as never).pipe(
        Effect.flip,
        Effect.provideService(Agent.Defaults, { ...defaults, validation: "off" })
      )
      assert.strictEqual(error._tag, "InvalidInput")
    }))

  it.effect("validates, executes and finalizes, in this order [B9]", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      const agent = Agent.make("Order", {
        ...numbers,
        validate: (n) => Effect.sync(() => (order.push("validate"), n)),
        execute: (n) => Effect.sync(() => (order.push("execute"), n)),
        finalize: ({ value }) => Effect.sync(() => (order.push("finalize"), value))
      })
      yield* agent.run(1)
      assert.deepStrictEqual(order, ["validate", "execute", "finalize"])
    }))

  it.effect("executes on what validate answered, after the schema has read it [B17]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Validated", {
        version: "1.0.0",
        input: Schema.FiniteFromString,
        output: Schema.Finite,
        validate: (n) => Effect.succeed(n + 1),
        execute: (n) => Effect.succeed(n * 10)
      })
      assert.strictEqual((yield* agent.run("4")).value, 50)
      assert.strictEqual((yield* Shout.run("  hello ")).value, "HELLO")
    }))

  it.effect("answers with what finalize answered, which sees value and metadata [B18]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Final", {
        ...numbers,
        execute: (n) => Effect.as(Run.annotate("seen", true), n),
        finalize: ({ metadata, value }) =>
          Effect.succeed(metadata.annotations["seen"] === true && metadata.state === "finalizing" ? value + 1 : -1)
      })
      assert.strictEqual((yield* agent.run(1)).value, 2)
    }))

  it.effect("keeps what execute answered when finalize fails, or the output is not what was promised [B19]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Loses", {
        ...numbers,
        execute: (n) => Effect.succeed(n),
        finalize: ({ value }) => value > 0 ? Effect.fail(new Broken()) : Effect.succeed(Number.NaN)
      })
      const broken = yield* Agent.outcome(agent, 7)
      assert(!broken.success && broken.error._tag === "Broken")
      assert.strictEqual(broken.value, 7)
      const invalid = yield* Agent.outcome(agent, -7)
      assert(!invalid.success && invalid.error._tag === "InvalidOutput")
      assert.strictEqual(invalid.value, -7)
      const early = yield* Agent.outcome(Fails, 1)
      assert.notProperty(early, "data")
    }))

  it.effect("says how the run ended, and runs side by side do not share a state [B20] [B21]", () =>
    Effect.gen(function*() {
      const states: Array<Run.State> = []
      const agent = Agent.make("States", {
        ...numbers,
        execute: (n) =>
          Effect.gen(function*() {
            const own = (yield* Run.Current)!
            yield* Effect.sleep(n)
            states.push(own.state)
            return n
          })
      })
      const fiber = yield* Effect.forkChild(Effect.all([agent.run(10), agent.run(20)], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      const [a, b] = yield* Fiber.join(fiber)
      assert.deepStrictEqual(states, ["executing", "executing"])
      assert.strictEqual(a.metadata.state, "completed")
      assert.strictEqual(b.metadata.state, "completed")
    }))

  it("cannot be made without a program [B22]", () => {
    // @ts-expect-error `execute` is missing
    const wrong = () => Agent.make("None", numbers)
    assert.isFunction(wrong)
  })

  it.effect("succeeds again and again, each run for itself [B10] [B23]", () =>
    Effect.gen(function*() {
      const values = yield* Effect.forEach(Array.from({ length: 10 }, (_, i) => i), (i) => Double.run(i))
      assert.deepStrictEqual(values.map(({ value }) => value), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
      assert.strictEqual(new Set(values.map(({ metadata }) => metadata.runId)).size, 10)
    }))
})

describe("validation", () => {
  const Site = Agent.make("Site", {
    version: "1.0.0",
    input: Schema.Struct({
      site: Schema.Struct({
        name: Schema.NonEmptyString,
        area: Schema.Finite.check(Schema.isGreaterThan(0)).annotate({ description: "square metres" })
      }),
      fuels: Schema.Array(Schema.Struct({ fuel: Schema.Literals(["gas", "coal"]), amount: Schema.FiniteFromString })),
      period: Schema.Union([
        Schema.Struct({ kind: Schema.Literal("year"), year: Schema.Int }),
        Schema.Struct({ kind: Schema.Literal("month"), month: Schema.Int })
      ]),
      size: Schema.Union([Schema.String, Schema.Finite]),
      pair: Schema.Tuple([Schema.String, Schema.Int]),
      tags: Schema.Record(Schema.String, Schema.Int),
      note: Schema.optionalKey(Schema.String)
    }),
    output: Schema.Finite,
    execute: ({ fuels }) => Effect.succeed(fuels.length)
  })
  const right = {
    site: { name: "Plant", area: 10 },
    fuels: [{ fuel: "gas" as const, amount: "1" }],
    period: { kind: "year" as const, year: 2024 },
    size: "large",
    pair: ["a", 1] as const,
    tags: { a: 1 }
  }

  it.effect("lets the right input through as it is [B28]", () =>
    Effect.gen(function*() {
      const Same = Agent.make("Same", {
        ...numbers,
        input: Site.input,
        output: Schema.Unknown,
        execute: Effect.succeed
      })
      const { value } = yield* Same.run({ ...right, fuels: [] })
      assert.deepStrictEqual(value, { ...right, fuels: [] })
    }))

  it.effect("lists every issue, with its path, what is wrong, and what would be right [B29] [B30]", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Site.run({
        site: { name: "", area: "wide" },
        fuels: [{ fuel: "gas", amount: "1" }, { fuel: "wood", amount: "x" }, {}],
        period: { kind: "year", year: 1.5 },
        size: true,
        pair: ["a"],
        tags: { a: 1, b: "secret" },
        note: 3
      } as never))
      assert(error._tag === "InvalidInput")
      assert.strictEqual(error.agent, "Site")
      assert.deepStrictEqual(error.issues, [
        {
          path: "site.name",
          message: "Expected a value with a length of at least 1",
          expected: "a string with a length of at least 1"
        },
        { path: "site.area", message: "Expected a number", expected: "a number (square metres)" },
        { path: "fuels.1.fuel", message: `Expected "gas" | "coal"`, expected: "one of gas, coal" },
        { path: "fuels.1.amount", message: "Expected a finite number", expected: "a finite number, as a string" },
        { path: "fuels.2.fuel", message: "is missing", expected: "one of gas, coal" },
        { path: "fuels.2.amount", message: "is missing", expected: "a string" },
        { path: "period.year", message: "Expected an integer", expected: "an integer" },
        { path: "size", message: "Expected string | number", expected: "a string or a number" },
        { path: "pair.1", message: "is missing", expected: "an integer" },
        { path: "tags.b", message: "Expected a number", expected: "an integer" },
        { path: "note", message: "Expected a string", expected: "a string" }
      ])
      assert.include(error.message, "Site was given an input it cannot read:")
      for (
        const line of [
          "site.name: Expected a string with a length of at least 1",
          "site.area: Expected a number (square metres)",
          "fuels.1.fuel: Expected one of gas, coal",
          "fuels.1.amount: Expected a finite number, as a string",
          "fuels.2.amount: is missing; expected a string",
          "period.year: Expected an integer",
          "size: Expected a string or a number",
          "tags.b: Expected an integer"
        ]
      ) assert.include(error.message.split("\n").map((line) => line.trim()), line)
      for (const given of ["wide", "wood", "secret"]) assert.notInclude(JSON.stringify(error), given)
    }))

  it.effect("names the whole value when it is of another kind [B30]", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Site.run("a site" as never))
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues, [{ path: "", message: "Expected an object" }])
      assert.include(error.message, "(the whole value): Expected an object")
    }))

  it.effect("drops keys that the schema does not name, or lists them where that is asked for [B30]", () =>
    Effect.gen(function*() {
      const more = { ...right, site: { ...right.site, colour: "red" }, more: 1 } as typeof right
      assert.strictEqual((yield* Site.run(more)).value, 1)
      const paths = (agent: Agent.Agent<typeof right, number>) =>
        Effect.map(Effect.flip(agent.run(more, { onExcessProperty: "error" })), (error) => {
          assert(error._tag === "InvalidInput")
          return error.issues
        })
      const expected = [
        {
          path: "more",
          message: "is not a known field, did you mean `note`?",
          expected: "one of note, site, fuels, period, size, pair, tags"
        },
        { path: "site.colour", message: "is not a known field", expected: "one of name, area" }
      ]
      assert.deepStrictEqual(yield* paths(Site), expected)
      assert.deepStrictEqual(yield* paths(Site.pipe(Agent.map(Schema.Finite, (n) => n))), expected)
      assert.deepStrictEqual(yield* paths(Site.pipe(Agent.retry(Schedule.recurs(1)))), expected)
      assert.deepStrictEqual(yield* paths(Site.pipe(Agent.orElse(Site))), expected)
    }))

  it.effect("explains a field that JSON cannot hold as well [B30]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Handles", {
        ...numbers,
        input: Schema.Struct({ handle: Schema.instanceOf(AbortController), name: Schema.String }),
        execute: () => Effect.succeed(1)
      })
      const error = yield* Effect.flip(agent.run({ handle: 1, name: 2 } as never))
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues.map(({ path }) => path), ["handle", "name"])
    }))

  it.effect("switched off, checks no schema, but still asks validate [B31]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Trusting", {
        ...numbers,
        validation: "off",
        validate: (n) => Effect.succeed(n ?? 5),
        execute: (n) => Effect.succeed(n)
      })
      assert.strictEqual((yield* agent.run(undefined as never)).value, 5)
      const bare = Agent.make("Bare", { ...numbers, validation: "off", execute: (n) => Effect.succeed(`${n}`.length) })
      assert.strictEqual((yield* bare.run("four" as never)).value, 4)
    }))

  it.effect("a failure of validate is the run's own error; an exception in it stays a defect [B32]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Ruled", {
        ...numbers,
        validate: (n) => {
          if (n < 0) throw new TypeError("a bug")
          return Effect.fail(new Rule({ says: "never" }))
        },
        execute: (n) => Effect.succeed(n)
      })
      const rule = yield* Effect.flip(agent.run(1))
      assert(rule._tag === "Rule")
      assert.strictEqual(rule.says, "never")
      const exit = yield* Effect.exit(agent.run(-1))
      assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      assert.instanceOf(Cause.squash(exit.cause), TypeError)
    }))

  it.effect("that fails leaves execute alone [B33]", () =>
    Effect.gen(function*() {
      let executed = 0
      const agent = Agent.make("Counted", {
        ...numbers,
        validate: () => Effect.fail(new Rule({ says: "no" })),
        execute: (n) => Effect.sync(() => (executed++, n))
      })
      const ruled = yield* Agent.outcome(agent, 1)
      const unread = yield* Agent.outcome(agent, "x" as never)
      assert(!ruled.success && !unread.success)
      assert.strictEqual(ruled.error._tag, "Rule")
      assert.strictEqual(unread.error._tag, "InvalidInput")
      assert.strictEqual(unread.metadata.state, "failed")
      assert.strictEqual(executed, 0)
    }))

  it.effect("answers with primitives too, and checks them [B35]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Primitive", { ...numbers, execute: (n) => Effect.succeed(n > 0 ? n : Number.NaN) })
      assert.strictEqual((yield* agent.run(3)).value, 3)
      const error = yield* Effect.flip(agent.run(-1))
      assert(error._tag === "InvalidOutput")
      assert.deepStrictEqual(error.issues, [{ path: "", message: "Expected a finite number" }])
      assert.include(error.message, "computed an output that is not what it promises")
    }))
})

describe("an outcome", () => {
  it.effect("is the data, or the error as it was, with metadata either way [B36] [B14]", () =>
    Effect.gen(function*() {
      const well = yield* Agent.outcome(Double, 2)
      assert(well.success)
      assert.strictEqual(well.value, 4)
      const badly = yield* Agent.outcome(Fails, 2)
      assert(!badly.success && badly.error._tag === "Stuck")
      assert.strictEqual(badly.error.at, "x")
    }))

  it.effect("leaves the typed error in E, as the agent made it [B37] [B38]", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Fails.run(1))
      expectTypeOf(error).toEqualTypeOf<Stuck | RunError>()
      assert.instanceOf(error, Stuck)
    }))

  it.effect("never folds an interruption, nor a defect [B46]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Ends", {
        ...numbers,
        execute: (n) => n === 0 ? Effect.interrupt : n === 1 ? Effect.die("a bug") : Effect.never
      })
      assert.isTrue(Exit.hasInterrupts(yield* Effect.exit(Agent.outcome(agent, 0))))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(Agent.outcome(agent, 1))))
      const waiting = yield* Effect.forkChild(Agent.outcome(agent, 2), { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      const exit = yield* Fiber.await(waiting)
      assert(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
      assert.strictEqual((yield* agent.stats).interrupted.runs, 2)
      assert.strictEqual((yield* agent.stats).failed.runs, 1)
    }))

  it.effect("has the same metadata on every end [B49] [B50] [B53]", () =>
    Effect.gen(function*() {
      const agent = Agent.make("Recorded", {
        ...numbers,
        execute: (n) =>
          n === 0
            ? Effect.fail(new Stuck({ at: "x" }))
            : n === 1
            ? Effect.as(Effect.sleep("1 second"), 1)
            : Effect.never
      })
      yield* TestClock.setTime(Date.UTC(2025, 0, 31))
      const fiber = yield* Effect.forkChild(
        Effect.forEach([0, 1, 2], (n) => Agent.outcome(agent, n, { timeout: "2 seconds" }), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("2 seconds")
      const outcomes = yield* Fiber.join(fiber)
      assert.deepStrictEqual(outcomes.map(({ metadata }) => [metadata.state, metadata.durationMs]), [
        ["failed", 0],
        ["completed", 1000],
        ["timed-out", 2000]
      ])
      for (const { metadata } of outcomes) {
        assert.strictEqual(metadata.agent, "Recorded")
        assert.strictEqual(metadata.version, "1.0.0")
        assert.match(metadata.runId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.strictEqual(metadata.startedAt.epochMilliseconds, Date.UTC(2025, 0, 31))
        assert.deepStrictEqual(metadata.citations, [])
        assert.deepStrictEqual(metadata.annotations, {})
        assert.deepStrictEqual(metadata.usage, Run.noUsage)
      }
    }))

  it.effect("a timeout of an agent inside is a failure of the one around it", () =>
    Effect.gen(function*() {
      const inner = Agent.make("Inner", { ...numbers, timeout: 0, execute: Effect.succeed })
      const outer = Agent.make("Outer", { ...numbers, execute: (n) => Agent.call(inner, n) })
      const outcome = yield* Agent.outcome(outer, 1)
      assert(!outcome.success && outcome.error._tag === "TimedOut")
      assert.strictEqual(outcome.error.agent, "Inner")
      assert.strictEqual(outcome.metadata.state, "failed")
    }))
})

describe("combinators", () => {
  it.effect("chain agents, and the values flow [B78]", () =>
    Effect.gen(function*() {
      const { value } = yield* Double.run(5).pipe(
        Effect.flatMap(({ value }) => Double.run(value)),
        Effect.flatMap(({ value }) => Double.run(value))
      )
      assert.strictEqual(value, 40)
    }))

  it.effect("map answers with f(value), and checks it", () =>
    Effect.gen(function*() {
      const Length = Shout.pipe(Agent.map(Schema.Finite, (text) => text.length === 1 ? Number.NaN : text.length))
      assert.strictEqual((yield* Length.run("four")).value, 4)
      assert.strictEqual((yield* Effect.flip(Length.run("x")))._tag, "InvalidOutput")
    }))

  it.effect("mapInput reads another input", () =>
    Effect.gen(function*() {
      const FromText = Double.pipe(Agent.mapInput(Schema.FiniteFromString, (n) => n + 1))
      assert.strictEqual((yield* FromText.run("2")).value, 6)
      const error = yield* Effect.flip(FromText.run("two"))
      assert.strictEqual(error._tag, "InvalidInput")
    }))

  it.effect("retry runs again on an error, and counts what the failed attempts used", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* flaky(2).pipe(Agent.retry(Schedule.recurs(3))).run(7)
      assert.strictEqual(value, 7)
      assert.strictEqual(metadata.usage.inputTokens, 15)
      const last = yield* Effect.flip(flaky(9).pipe(Agent.retry(Schedule.recurs(3))).run(7))
      assert(last._tag === "Stuck")
      assert.strictEqual(last.at, "try 4")
    }))

  it.effect("retry tries again after a timeout, but not on an input that cannot be read", () =>
    Effect.gen(function*() {
      let tries = 0
      const Slow = Agent.make("Slow", {
        ...numbers,
        timeout: "1 second",
        execute: (n) => Effect.suspend(() => tries++ === 0 ? Effect.never : Effect.succeed(n))
      }).pipe(Agent.retry(Schedule.recurs(1)))
      const fiber = yield* Effect.forkChild(Slow.run(1))
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).value, 1)
      assert.strictEqual(tries, 2)

      let read = 0
      const Strict = Agent.make("Strict", {
        version: "1.0.0",
        input: Schema.String.check(Schema.makeFilter(() => (read++, false))),
        output: Schema.String,
        execute: Effect.succeed
      }).pipe(Agent.retry(Schedule.recurs(5)))
      assert.strictEqual((yield* Effect.flip(Strict.run("x")))._tag, "InvalidInput")
      assert.strictEqual(read, 1)
    }))

  it.effect("retry tries again when an agent inside could not read its input", () =>
    Effect.gen(function*() {
      let tries = 0
      const Outer = Agent.make("Outer", {
        ...numbers,
        execute: () => Agent.call(Double, (tries++ === 0 ? "two" : 2) as number)
      }).pipe(Agent.retry(Schedule.recurs(1)))
      assert.strictEqual((yield* Outer.run(1)).value, 4)
    }))

  it.effect("orElse runs the other one, except for an input that cannot be read", () =>
    Effect.gen(function*() {
      const either = Fails.pipe(Agent.orElse(Double))
      assert.strictEqual((yield* either.run(4)).value, 8)
      assert.strictEqual((yield* Effect.flip(either.run("x" as never)))._tag, "InvalidInput")
      expectTypeOf<Agent.Input<typeof either>>().toEqualTypeOf<number>()
      expectTypeOf<Agent.Output<typeof either>>().toEqualTypeOf<number>()
      expectTypeOf<Agent.Failure<typeof either>>().toEqualTypeOf<never>()
      expectTypeOf(either.output).toEqualTypeOf<Schema.Union<readonly [typeof Schema.Finite, typeof Schema.Finite]>>()
      expectTypeOf(either.input).toEqualTypeOf<typeof Schema.Finite>()
    }))

  it("refuse more of them around one agent than runs may be inside of each other", () => {
    const around: ReadonlyArray<
      readonly [string, (agent: Agent.Agent<number, number>) => Agent.Agent<number, number>]
    > = [
      ["map", (agent) => Agent.map(agent, Schema.Finite, (n) => n)],
      ["mapInput", (agent) => Agent.mapInput(agent, Schema.Finite, (n) => n)],
      ["retry", (agent) => Agent.retry(agent, Schedule.recurs(1))],
      ["orElse, outside", (agent) => Agent.orElse(agent, Double)],
      ["orElse, inside", (agent) => Agent.orElse(Double, agent)]
    ]
    for (const [name, wrap] of around) {
      let agent: Agent.Agent<number, number> = Double
      for (let count = 0; count < 99; count++) agent = wrap(agent)
      assert.strictEqual(Effect.runSync(Agent.call(agent, 2)), 4, name)
      assert.throws(() => wrap(agent), /more than 99 combinators are around it/, name)
    }
  })

  it.effect("timeout and hook make an agent of its own, which counts its own runs", () =>
    Effect.gen(function*() {
      const first = Agent.make("First", { ...numbers, execute: Effect.succeed })
      yield* first.run(1)
      const limited = first.pipe(Agent.timeout("1 second"))
      const watched = first.pipe(Agent.hook("beforeExecute", () => {}))
      const mapped = first.pipe(Agent.map(Schema.Finite, (n) => n))
      assert.strictEqual((yield* limited.stats).runs, 0)
      yield* limited.run(1)
      yield* watched.run(1)
      assert.strictEqual((yield* limited.stats).runs, 1)
      assert.strictEqual((yield* watched.stats).runs, 1)
      assert.strictEqual((yield* first.stats).runs, 1)
      yield* mapped.run(1)
      assert.strictEqual((yield* first.stats).runs, 2)
    }))

  it.effect("keep the settings of the agent that they are given", () =>
    Effect.gen(function*() {
      const quiet = Agent.make("Quiet", { ...numbers, metrics: "off", citations: "off", execute: Effect.succeed })
      const { metadata } = yield* quiet.pipe(Agent.map(Schema.Finite, (n) => n)).run(1)
      assert.notProperty(metadata, "durationMs")
    }))

  it.effect("tool offers the agent to a model, and counts for the run that calls it", () =>
    Effect.gen(function*() {
      const tool = Agent.tool(flaky(0))
      const Caller = Agent.make("Caller", { ...numbers, execute: (n) => tool.call(n) })
      const { metadata, value } = yield* Caller.run(3)
      assert.strictEqual(value, 3)
      assert.strictEqual(metadata.usage.calls, 1)
      assert.strictEqual(tool.name, "Flaky")
    }))
})

describe("many runs", () => {
  const Sleeps = Agent.make("Sleeps", {
    ...numbers,
    execute: (n) => Effect.as(Effect.sleep("100 millis"), n)
  })

  it.effect("of pairs answer in their order, and one that fails leaves the others [B74] [B75] [B77]", () =>
    Effect.gen(function*() {
      const [a, b, c, d, e] = yield* Agent.runAll([[Double, 2], [Shout, "x"], [Fails, 1], [Double, 3], [Shout, "y"]])
      assert(a.success && b.success && !c.success && d.success && e.success)
      assert.deepStrictEqual([a.value, b.value, c.error._tag, d.value, e.value], [4, "X", "Stuck", 6, "Y"])
      expectTypeOf(a.value).toEqualTypeOf<number>()
      expectTypeOf(b.value).toEqualTypeOf<string>()
      expectTypeOf(c.error).toEqualTypeOf<Stuck | RunError>()
      // @ts-expect-error Double reads a number
      const wrong = () => Agent.runAll([[Double, "2"]])
      assert.isFunction(wrong)
    }))

  it.effect("take as long as the longest, not as all of them [B76]", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Agent.runAll(Array.from({ length: 10 }, (_, i) => [Sleeps, i] as const)))
      yield* TestClock.adjust("100 millis")
      const outcomes = yield* Fiber.join(fiber)
      assert.isTrue(outcomes.every((outcome) => outcome.success))
    }))

  it.effect("as a batch stay within their concurrency, in order", () =>
    Effect.gen(function*() {
      let now = 0
      let most = 0
      const Counts = Agent.make("Counts", {
        ...numbers,
        execute: (n) =>
          n === 3 ? Effect.fail(new Stuck({ at: "3" })) : Effect.sync(() => most = Math.max(most, ++now)).pipe(
            Effect.andThen(Effect.sleep(20 - n)),
            Effect.as(n),
            Effect.ensuring(Effect.sync(() => now--))
          )
      })
      const fiber = yield* Effect.forkChild(Agent.batch(Counts, [0, 1, 2, 3, 4, 5, 6, 7], { concurrency: 3 }))
      yield* TestClock.adjust("1 second")
      const outcomes = yield* Fiber.join(fiber)
      assert.strictEqual(most, 3)
      assert.deepStrictEqual(
        outcomes.map((outcome) => outcome.success ? outcome.value : outcome.error._tag),
        [0, 1, 2, "Stuck", 4, 5, 6, 7]
      )
    }))

  it.effect("a thousand of them share one virtual 100 ms [B79]", () =>
    Effect.gen(function*() {
      const inputs = Array.from({ length: 1000 }, (_, i) => i)
      const fiber = yield* Effect.forkChild(Agent.batch(Sleeps, inputs, { concurrency: "unbounded" }))
      yield* TestClock.adjust("100 millis")
      const outcomes = yield* Fiber.join(fiber)
      assert.deepStrictEqual(outcomes.map((outcome) => outcome.success && outcome.value), inputs)
    }))

  it.live("a thousand of them share one loop, which serves others meanwhile [B79]", () =>
    Effect.gen(function*() {
      const inputs = Array.from({ length: 3000 }, (_, i) => i)
      let turns = 0
      const started: Array<number> = []
      const Late = Agent.make("Late", {
        ...numbers,
        execute: (n) => Effect.sync(() => (started.push(turns), n))
      })
      const ticking = setInterval(() => turns++, 0)
      const immediate = () => {
        turns++
        if (turns < 10_000 && started.length < 3000) setImmediate(immediate)
      }
      setImmediate(immediate)
      const outcomes = yield* Agent.batch(Late, inputs, { concurrency: "unbounded" })
      clearInterval(ticking)
      assert.strictEqual(outcomes.length, 3000)
      assert.isTrue(outcomes.every((outcome, i) => outcome.success && outcome.value === i))
      // No turn of the loop started more than a few hundred of them.
      for (const turn of new Set(started)) assert.isAtMost(started.filter((at) => at === turn).length, 512)
    }))

  it("a thousand of them end in one runSync [B79]", () => {
    const inputs = Array.from({ length: 1000 }, (_, i) => i)
    const outcomes = Effect.runSync(Agent.batch(Double, inputs, { concurrency: "unbounded" }))
    assert.isTrue(outcomes.every((outcome) => outcome.success))
    const Yields = Agent.make("Yields", { ...numbers, execute: (n) => Effect.as(Effect.yieldNow, n) })
    assert.strictEqual(Effect.runSync(Yields.run(1)).value, 1)
    const Long = Agent.make("Long", {
      ...numbers,
      execute: (n) => Effect.as(Effect.forEach(Array.from({ length: 10_000 }), () => Effect.sync(() => {})), n)
    })
    assert.strictEqual(Effect.runSync(Agent.map(Long, Schema.Finite, (n) => n).run(1)).value, 1)
  })
})

describe("types", () => {
  it("say exactly what an agent reads, answers, fails with and needs", () => {
    const Reads = Agent.make("Reads", {
      version: "1.0.0",
      input: Schema.Struct({ a: Schema.FiniteFromString }),
      output: Schema.Finite,
      error: Schema.Union([Stuck, Rule, Broken]),
      validate: ({ a }) =>
        Effect.flatMap(Limit, (limit) => a > limit ? Effect.fail(new Rule({ says: "less" })) : Effect.succeed({ a })),
      execute: () => Effect.flatMap(Gauge, (gauge) => gauge.read),
      finalize: ({ value }) => value > 3 ? Effect.fail(new Broken()) : Effect.succeed(value)
    })
    type Expected = Agent.Agent<{ readonly a: string }, number, Stuck | Rule | Broken, Gauge | Limit>
    expectTypeOf(Reads).toExtend<Expected>()
    expectTypeOf<Agent.Failure<typeof Reads>>().toEqualTypeOf<Stuck | Rule | Broken>()
    expectTypeOf<Agent.Services<typeof Reads>>().toEqualTypeOf<Gauge | Limit>()
    expectTypeOf(Reads.run({ a: "1" })).toEqualTypeOf<
      Effect.Effect<
        Agent.AgentResult<number>,
        Stuck | Rule | Broken | RunError,
        Gauge | Limit
      >
    >()
    expectTypeOf(Agent.outcome(Reads, { a: "1" })).toEqualTypeOf<
      Effect.Effect<Agent.Outcome<number, Stuck | Rule | Broken | RunError>, never, Gauge | Limit>
    >()
    expectTypeOf<Agent.Input<Expected>>().toEqualTypeOf<{ readonly a: string }>()
    expectTypeOf<Agent.Output<Expected>>().toEqualTypeOf<number>()
    expectTypeOf<Agent.Failure<Expected>>().toEqualTypeOf<Stuck | Rule | Broken>()
    expectTypeOf<Agent.Services<Expected>>().toEqualTypeOf<Gauge | Limit>()

    type Own<In, Out, E, R, I extends Agent.AnySchema, O extends Schema.ConstraintCodec<Out, unknown>> = Agent.Agent<
      In,
      Out,
      E,
      R,
      Agent.Schemas<Out, I, O, typeof Reads.error>
    >
    type Failures = Stuck | Rule | Broken
    type Mapped = Own<{ readonly a: string }, string, Failures, Gauge | Limit, typeof Reads.input, typeof Schema.String>
    expectTypeOf(Agent.map(Reads, Schema.String, String)).toEqualTypeOf<Mapped>()
    expectTypeOf(Reads.pipe(Agent.map(Schema.String, String))).toEqualTypeOf<Mapped>()
    expectTypeOf(Reads.pipe(Agent.mapInput(Schema.Finite, (n) => ({ a: `${n}` })))).toEqualTypeOf<
      Own<number, number, Failures, Gauge | Limit, typeof Schema.Finite, typeof Schema.Finite>
    >()
    expectTypeOf(Reads.pipe(Agent.retry(Schedule.recurs(1)))).toEqualTypeOf<typeof Reads>()
    expectTypeOf(Reads.pipe(Agent.timeout({ execute: "1 second" }))).toEqualTypeOf<typeof Reads>()
    const hooked = Shout.pipe(Agent.hook("afterExecute", () => Limit))
    expectTypeOf(hooked).toExtend<Agent.Agent<string, string, never, Limit>>()
    expectTypeOf<Agent.Services<typeof hooked>>().toEqualTypeOf<Limit>()
    expectTypeOf(hooked.input).toEqualTypeOf<typeof Shout.input>()
    // A schedule that can fail adds failures that the schema of the agent does not know.
    const late = Reads.pipe(Agent.retry(Schedule.tap(Schedule.recurs(1), () => Effect.fail("late" as const))))
    expectTypeOf<Agent.Failure<typeof late>>().toEqualTypeOf<Failures | "late">()
    expectTypeOf(late.error).toEqualTypeOf<Agent.AnySchema | undefined>()
    expectTypeOf(Agent.batch(Reads, [], { concurrency: 1 })).toEqualTypeOf<
      Effect.Effect<Array<Agent.Outcome<number, Stuck | Rule | Broken | RunError>>, never, Gauge | Limit>
    >()
    assert.isTrue(Layer.isLayer(Layer.empty) && !SubscriptionRef.isSubscriptionRef(Reads))
  })

  it("refuse an error schema that leaves an error out", () => {
    const wrong = () =>
      Agent.make("Wrong", {
        ...numbers,
        error: Stuck,
        // @ts-expect-error the error schema must cover what execute can fail with
        // @effect-diagnostics-next-line missingEffectError:off
        execute: () => Effect.fail("not Stuck")
      })
    assert.isFunction(wrong)
  })
})
