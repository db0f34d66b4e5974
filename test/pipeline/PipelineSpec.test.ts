import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, JsonSchema, Layer, Schema, SchemaRepresentation } from "effect"
import { TestClock } from "effect/testing"
import { Agent, Mermaid, Pipeline, type PipelineReport, PipelineSpec, type RunError, Step, StepCache } from "greenlang"
import { CarbonAgent } from "greenlang/climate/CarbonAgent"
import { Facility } from "greenlang/climate/Facility"
import { Footprint } from "greenlang/climate/Footprint"
import { FuelAgent } from "greenlang/climate/FuelAgent"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"
import * as Offline from "greenlang/llm/offline/Offline"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import facility from "../../examples/facility.json" with { type: "json" }
import { rounds } from "../support/Rounds.ts"
import * as Unreadable from "../support/Unreadable.ts"

class Unlucky extends Schema.TaggedError<Unlucky>()("Unlucky", { attempt: Schema.Int }) {
  override get message() {
    return `no luck at attempt ${this.attempt}`
  }
}

/** Sees what the agents of a test do. */
class Log extends Context.Service<Log, {
  readonly lines: Array<string>
  running: number
  peak: number
}>()("greenlang/test/pipeline/PipelineSpec.test/Log") {
  static readonly layer = Layer.sync(Log, () => ({ lines: [], running: 0, peak: 0 }))
}

const Add = Agent.make("Add", {
  version: "1.0.0",
  input: Schema.Struct({
    a: Schema.Finite,
    b: Schema.optionalKey(Schema.Finite),
    unit: Schema.optionalKey(Schema.String)
  }),
  output: Schema.Struct({
    sum: Schema.Finite,
    unit: Schema.optionalKey(Schema.String),
    parts: Schema.Array(Schema.Finite)
  }),
  execute: ({ a, b = 0, ...unit }) => Effect.succeed({ sum: a + b, parts: [a, b], ...unit })
})

/** Takes `ms` on the clock, and fails the first `failures` times. */
const Slow = Agent.make("Slow", {
  version: "1.0.0",
  input: Schema.Struct({
    name: Schema.String,
    ms: Schema.optionalKey(Schema.Finite),
    failures: Schema.optionalKey(Schema.Finite),
    seen: Schema.optionalKey(Schema.Json)
  }),
  output: Schema.Struct({ name: Schema.String, seen: Schema.optionalKey(Schema.Json) }),
  error: Unlucky,
  execute: Effect.fnUntraced(function*({ failures = 0, ms = 0, name, ...seen }) {
    const log = yield* Log
    log.lines.push(`${name} starts`)
    log.peak = Math.max(log.peak, ++log.running)
    yield* Effect.sleep(ms).pipe(
      Effect.onInterrupt(() => Effect.sync(() => log.lines.push(`${name} interrupted`))),
      Effect.ensuring(Effect.sync(() => log.running--))
    )
    const attempt = log.lines.filter((line) => line === `${name} starts`).length
    if (attempt <= failures) return yield* new Unlucky({ attempt })
    log.lines.push(`${name} ends`)
    return { name, ...seen }
  })
})

const agents = [Add, Slow]

/** What conditions, and near misses, are made of. */
const words =
  "and or not in == != < >= ( ) [ ] , true null 1 -2.5 \"x\" ' = constructor results item input[\" input.n input.s"
    .concat(" input.list input.yes input.none").split(" ")

const read = (body: string) => PipelineSpec.fromYaml(`name: Test\nversion: "1"\n${body}`, { agents, file: "test.yaml" })

const run = Effect.fnUntraced(function*(body: string, input: unknown = {}) {
  const pipeline = yield* read(body)
  return yield* pipeline.run(input)
})

const value = (body: string, input?: unknown) => Effect.map(run(body, input), ({ value }) => value)

/** Of a file whose third line is the first of `body`. */
const faults = (body: string) =>
  Effect.map(
    Effect.flip(read(body)),
    ({ issues }) => issues.map(({ column, line, message }) => `${line}:${column} ${message}`)
  )

describe("PipelineSpec", () => {
  it.effect("draws the footprint of a facility with the same total as the pipeline in code", () =>
    Effect.gen(function*() {
      const file = join(import.meta.dirname, "../../examples/footprint.yaml")
      const text = readFileSync(file, "utf8")
      const spec = yield* PipelineSpec.fromYaml(text, { agents: [FuelAgent, CarbonAgent], file })
      const drawn = yield* spec.run(facility)
      const coded = yield* Footprint.run(facility)
      assert.deepInclude(drawn.value, { total_co2e_kg: coded.value.total_co2e_kg, by_scope: coded.value.by_scope })
      assert.strictEqual(coded.value.total_co2e_kg, 59_191.58)
      // without power there is no step for it, and the total is that of the fuels
      const { electricity_kwh: _, ...burnt } = facility
      const [drawnBurnt, codedBurnt] = [yield* spec.run(burnt), yield* Footprint.run(burnt)]
      assert.deepInclude(drawnBurnt.value, { total_co2e_kg: codedBurnt.value.total_co2e_kg })
      assert.isTrue(
        drawn.metadata.citations.some((citation) => citation.kind === "factor" && citation.source.includes("EPA"))
      )
      assert.isTrue(Schema.is(Schema.toEncoded(Facility))(facility))
    }).pipe(
      Effect.provide(Layer.merge(Layer.provide(ReferenceTables.layer, Database.layerMemory), Offline.layer))
    ))

  it.effect("is a pipeline like any other, with the steps of the file", () =>
    Effect.gen(function*() {
      const pipeline = yield* read(`
steps:
  - { name: one, agent: Add }
  - { name: two, agent: Add, input: { a: results.one.sum, b: 1 }, retry: 2, onFailure: continue }`)
      expectTypeOf<Effect.Error<ReturnType<typeof pipeline.run>>>().toEqualTypeOf<
        Unlucky | RunError | PipelineSpec.ConditionFailed | PipelineSpec.MappingFailed
      >()
      expectTypeOf<Effect.Services<ReturnType<typeof pipeline.run>>>().toEqualTypeOf<Log>()
      assert.deepStrictEqual(pipeline.steps.map(({ name }) => name), ["input", "one", "two", "output"])
      assert.include(Mermaid.render(pipeline), "two<br/>(retry)<br/>(or else)")
      const { criticalPath, value } = yield* Effect.provide(pipeline.report({ a: 1 }), Log.layer)
      assert.deepStrictEqual(criticalPath, ["one", "two", "output"])
      assert.deepStrictEqual(value, { one: { sum: 1, parts: [1, 0] }, two: { sum: 2, parts: [1, 1] } })
    }))

  it.effect("reads JSON, with tabs and all", () =>
    Effect.gen(function*() {
      const text = JSON.stringify({ name: "J", version: "1", steps: [{ name: "one", agent: "Add" }] }, null, "\t")
      const pipeline = yield* PipelineSpec.fromYaml(text, { agents: [Add] })
      const { value } = yield* pipeline.run({ a: 2, b: 3 })
      assert.deepStrictEqual(value, { one: { sum: 5, parts: [2, 3] } })
    }))

  it.effect("checks the input against the schema in the file", () =>
    Effect.gen(function*() {
      const body = `
inputs: { type: object, properties: { a: { type: number, minimum: 0 } }, required: [a] }
steps: [{ name: one, agent: Add }]`
      const error = yield* Effect.flip(run(body, { a: -1 }))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.deepStrictEqual(error._tag === "InvalidInput" && error.issues.map(({ path }) => path), ["a"])
    }).pipe(Effect.provide(Log.layer)))

  it.live("loads a file, and names one that is not there", () =>
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".yaml")
      const path = join(folder, "x.yaml")
      writeFileSync(path, "name: X\nversion: '1'\nsteps: [{ name: one, agent: Ad }]")
      const error = yield* Effect.flip(PipelineSpec.load(path, { agents }))
      assert.strictEqual(error._tag, "PipelineSpecInvalid")
      assert.include(error.message, "x.yaml:3:29: steps.0.agent: there is no agent Ad. Did you mean Add?")
      const missing = yield* Effect.flip(PipelineSpec.load("y.yaml", { agents }))
      assert.deepInclude(missing, { _tag: "PipelineSpecNotFound", path: "y.yaml" })
    }).pipe(Effect.scoped))
})

describe("PipelineSpec runs", () => {
  it.effect("at most ten steps at a time, unless it says otherwise [B100] [B101]", () =>
    Effect.gen(function*() {
      const steps = Array.from({ length: 25 }, (_, at) =>
        `  - { name: s${at}, agent: Slow, input: { name: s${at}, ms: 10 } }`)
      const peak = (head: string) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.forkChild(run(`${head}\nsteps:\n${steps.join("\n")}`))
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(fiber)
          return (yield* Log).peak
        }).pipe(Effect.provide(Log.layer, { local: true }))
      assert.strictEqual(yield* peak(""), 10)
      assert.strictEqual(yield* peak("concurrency: 3"), 3)
    }))

  it.effect("each step as soon as what it looks up is there, and not before [B104] [B105] [B106] [B109]", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(value(`
steps:
  - { name: s0, agent: Slow, input: { name: s0, ms: 10 } }
  - { name: s1, agent: Slow, input: { name: s1, ms: 100 } }
  - { name: s2, agent: Slow, input: { name: s2, ms: 10, seen: results.s0.name } }
  - { name: s3, agent: Slow, input: { name: s3, ms: 10, seen: results.s1 } }
output: [results.s2.seen, results.s3.seen.name]`))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["s0", "s1"])
      const { lines, peak } = yield* Log
      // no level barrier: s2 has ended before s1, which stands on its level's other side, has
      assert.deepStrictEqual(lines, [
        "s0 starts",
        "s1 starts",
        "s0 ends",
        "s2 starts",
        "s2 ends",
        "s1 ends",
        "s3 starts",
        "s3 ends"
      ])
      assert.strictEqual(peak, 2)
    }).pipe(Effect.provide(Log.layer)))

  it.effect("a step after what its condition looks up [B107]", () =>
    Effect.gen(function*() {
      const body = `
steps:
  - { name: checked, agent: Slow, when: results.asked.seen == "go", input: { name: checked } }
  - { name: asked, agent: Slow, input: { name: asked, ms: 50, seen: input.say } }
  - { name: last, agent: Slow, after: checked, input: { name: last } }`
      const go = yield* Effect.forkChild(run(body, { say: "go" }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(go)
      assert.deepStrictEqual((yield* Log).lines, [
        "asked starts",
        "asked ends",
        "checked starts",
        "checked ends",
        "last starts",
        "last ends"
      ])
    }).pipe(Effect.provide(Log.layer)))

  it.effect("a step again as often as it says, waiting longer each time, on its input made anew [B112] [B113]", () =>
    Effect.gen(function*() {
      const body = (failures: number) => `
steps:
  - name: flaky
    agent: Slow
    retry: { times: 2, delay: 1s, factor: 10 }
    input: { name: flaky, failures: ${failures} }
output: results.flaky.name`
      const pipeline = yield* read(body(2))
      const fiber = yield* Effect.forkChild(pipeline.report({}))
      yield* TestClock.adjust("1500 millis") // 1 s, varied by up to a fifth
      assert.lengthOf((yield* Log).lines, 2)
      yield* TestClock.adjust("13 seconds")
      const { steps, value } = yield* Fiber.join(fiber)
      assert.strictEqual(value, "flaky")
      assert.strictEqual(steps[0]?.attempts, 3)

      const failing = yield* Effect.forkChild(Effect.flip(Effect.provide(run(body(9)), Log.layer, { local: true })))
      yield* TestClock.adjust("1 minute")
      assert.deepInclude(yield* Fiber.join(failing), { _tag: "Unlucky", attempt: 3 })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("no agent again on an input that it cannot read [B114]", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(run(
        `
steps: [{ name: one, agent: Add, retry: 5, input: { a: input.a } }]`,
        { a: "a text" }
      )))
      yield* Effect.yieldNow
      yield* TestClock.adjust(0)
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "InvalidInput")
    }).pipe(Effect.provide(Log.layer)))

  it.effect("a step within its time limit, each attempt anew", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(Effect.flip(run(`
steps: [{ name: late, agent: Slow, timeout: 30s, retry: { times: 1, delay: 1s }, input: { name: late, ms: 60000 } }]`)))
      yield* TestClock.adjust("2 minutes")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, { _tag: "TimedOut", agent: "late", phase: "step" })
      assert.strictEqual((yield* Log).lines.filter((line) => line === "late interrupted").length, 2)
    }).pipe(Effect.provide(Log.layer)))

  const failing = (policy: string) => `
steps:
  - { name: bad, agent: Slow, input: { name: bad, ms: 1, failures: 9 }, onFailure: ${policy} }
  - { name: after_bad, agent: Slow, input: { name: after_bad, seen: results.bad.name } }
  - { name: after_that, agent: Slow, input: { name: after_that, seen: results.after_bad.name } }
  - { name: other, agent: Slow, input: { name: other, ms: 5 } }`

  const failed = (policy: string) =>
    Effect.gen(function*() {
      const pipeline = yield* read(failing(policy))
      const fiber = yield* Effect.forkChild(pipeline.report({}))
      yield* TestClock.adjust("1 second")
      return yield* Fiber.await(fiber)
    })

  it.effect("the rest without a step whose failure skips it and all that waits for it, and reports the failure [B115]", () =>
    Effect.gen(function*() {
      const { metadata, steps, value } = yield* Effect.flatten(failed("skip"))
      assert.deepStrictEqual(value, { other: { name: "other" } })
      assert.deepStrictEqual(Object.fromEntries(steps.map(({ path, state }) => [path.join(), state])), {
        bad: "finished",
        after_bad: "skipped",
        after_that: "skipped",
        other: "finished",
        output: "finished"
      })
      assert.deepStrictEqual(metadata.annotations, {
        failures: [{ step: "bad", _tag: "Unlucky", message: "no luck at attempt 1" }]
      })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("what waits for a failed step without its result, where the run continues [B115]", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* Effect.flatten(failed("continue"))
      assert.deepStrictEqual(value, {
        after_bad: { name: "after_bad" },
        after_that: { name: "after_that", seen: "after_bad" },
        other: { name: "other" }
      })
      assert.lengthOf(metadata.annotations["failures"] as ReadonlyArray<unknown>, 1)
    }).pipe(Effect.provide(Log.layer)))

  it.effect("a default in the place of a failed step", () =>
    Effect.gen(function*() {
      const { value } = yield* Effect.flatten(failed("{ default: { name: stand-in } }"))
      assert.deepInclude(value, { bad: { name: "stand-in" }, after_bad: { name: "after_bad", seen: "stand-in" } })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("nothing after a failure that stops it, and interrupts what runs beside it [B116]", () =>
    Effect.gen(function*() {
      const exit = yield* failed("stop")
      assert.isTrue(Exit.isFailure(exit))
      const { lines, running } = yield* Log
      assert.deepStrictEqual(lines, ["bad starts", "other starts", "other interrupted"])
      assert.strictEqual(running, 0)
    }).pipe(Effect.provide(Log.layer)))

  it.effect("leaves nothing behind when it is interrupted", () =>
    Effect.gen(function*() {
      const metrics = yield* Effect.scoped(Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(run(
          `
steps: [{ name: many, agent: Slow, forEach: input.items, concurrency: 3, input: { name: item, ms: 1000 } }]`,
          {
            items: ["a", "b", "c", "d"]
          }
        ))
        yield* TestClock.adjust("10 millis")
        assert.strictEqual((yield* Log).running, 3)
        yield* Fiber.interrupt(fiber)
        return yield* Log
      }))
      assert.strictEqual(metrics.running, 0)
      assert.lengthOf(metrics.lines.filter((line) => line.endsWith("interrupted")), 3)
    }).pipe(Effect.provide(Log.layer)))

  it.effect("without a step whose condition does not hold: no result, no failure [B118]", () =>
    Effect.gen(function*() {
      const pipeline = yield* read(`
steps:
  - { name: one, agent: Add, when: input.a > 10, input: { a: input.a } }
  - { name: two, agent: Add, input: { a: 1, b: results.one.sum } }`)
      const small = yield* pipeline.report({ a: 1 })
      assert.deepStrictEqual(small.value, { two: { sum: 1, parts: [1, 0] } })
      assert.deepStrictEqual(small.steps.map(({ state }) => state), ["skipped", "finished", "finished"])
      assert.deepStrictEqual(small.metadata.annotations, {})
      const large = yield* pipeline.run({ a: 11 })
      assert.deepInclude(large.value, { two: { sum: 12, parts: [1, 11] } })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("fails where a condition cannot be evaluated, or reports so and skips the step [B119]", () =>
    Effect.gen(function*() {
      const body = (policy: string) => `
steps: [{ name: one, agent: Add, when: input.area > 10, ${policy} input: { a: 1 } }]`
      const error = yield* Effect.flip(run(body(""), {}))
      assert.deepInclude(error, { _tag: "ConditionFailed", step: "one", condition: "input.area > 10" })
      assert.include(error.message, "input.area, which is not there, cannot be compared by >")
      const { metadata, value } = yield* run(body("onConditionError: skip,"), {})
      assert.deepStrictEqual(value, {})
      const [failure] = metadata.annotations["failures"] as ReadonlyArray<{ step: string; _tag: string }>
      assert.deepInclude(failure, { step: "one", _tag: "ConditionFailed" })
    }).pipe(Effect.provide(Log.layer)))

  it.effect.each([
    ["input.n > 1 and not (input.s in [\"a\", 'b'])", true],
    ["input.n == 2 or input.nothing.at.all > 3", true],
    ["input.missing == null and input.missing != 0", true],
    ["input.list == [1, 2] and 2 in input.list and 3 not in input.list", true],
    ["input.n >= 2.5e0 or input.n <= -1", false],
    ["input.s < \"d\" and \"x\" in \"xyz\"", true],
    ["not not input.yes", true],
    ["input[\"odd key\"].0 == 7 and input.list.1 == 2", true],
    ["input.constructor == null and input.__proto__ == null", true],
    ["input.text == \"a\\n\\u0062\\\"\" and input.text != 'a'", true],
    ["input[\"odd\\u0020key\"].0 == 7", true],
    ["input.missing in [null] and input.n in [1, 2]", true],
    [`${"not ".repeat(998)}true`, true],
    [`${"(".repeat(499)}true${")".repeat(499)}`, true],
    [`true${" and true".repeat(499)}`, true],
    [true, true]
  ])("a condition by its own small language: %s [B120]", ([condition, expected]) =>
    Effect.gen(function*() {
      const when = JSON.stringify(condition)
      const input = { n: 2, s: "c", list: [1, 2], yes: true, "odd key": [7], text: "a\nb\"" }
      const result = yield* value(
        `
steps: [{ name: one, agent: Add, when: ${when}, input: { a: 1 } }]`,
        input
      )
      assert.strictEqual(typeof result === "object" && result !== null && "one" in result, expected)
    }).pipe(Effect.provide(Log.layer)))

  it.effect.each([
    ["process.exit(1)", "3:46 the condition is wrong: unknown word process"],
    ["input.n = 1", "3:54 the condition is wrong: = is not part of the language"],
    ["(input.n > 1", "3:58 the condition is wrong: a ) is missing before the end"],
    ["1 < input.n < 3", "3:58 the condition is wrong: comparisons do not chain"],
    ["input.n >", "3:55 the condition is wrong: a value is missing before the end"],
    ["input.f()", "3:53 the condition is wrong: ( is too much"],
    ["input.n + 1 > 2", "3:54 the condition is wrong: + is not part of the language"],
    ["1", "3:46 the condition is wrong: a condition takes true or false, and this is 1"],
    ["true and `x`", "3:55 the condition is wrong: `x` is not part of the language"],
    ["input.list[0] > 1", "3:46 the condition is wrong: input.list[0] is not a place: write a place as input.name"],
    ["input.größe > 1", "3:46 the condition is wrong: input.größe is not a place"],
    ["input[\"\\q\"] == 1", "3:46 the condition is wrong: input[\"\\q\"] is not a place"],
    ["input.s == \"\\q\"", "3:57 the condition is wrong: \"\\q\" is not part of the language"],
    ["1 in \"abc\"", "3:46 the condition is wrong: in looks for a text in a text, and 1 is none"],
    ["input.n > 1 in [\"x\", 2]", "3:58 the condition is wrong"],
    [
      "\"a\" in [1, true]",
      "3:46 the condition is wrong: nothing in the list can be equal: one is \"a\", the others 1, true"
    ],
    ["not ".repeat(20_000), "3:4046 the condition is wrong: is longer than 1000 words and signs"],
    ["[".repeat(20_000), "3:1046 the condition is wrong: is longer than 1000 words and signs"]
  ])("nothing that is not a condition: %s [B120]", ([condition, message]) =>
    Effect.gen(function*() {
      const found = yield* faults(
        `steps: [{ name: one, agent: Add, when: '${condition}', input: { a: 1 } }]`.replace("when", "     when")
      )
      assert.strictEqual(found.length, 1, found.join("\n"))
      assert.include(found[0], message)
    }))

  it.effect.prop(
    "any text as a condition, or as the fault of one, and breaks at neither [B120]",
    [Schema.Array(Schema.Literals(words)).check(Schema.isMaxLength(12)), Schema.String],
    ([parts, text]) =>
      Effect.gen(function*() {
        for (const condition of [parts.join(" "), parts.join(""), text]) {
          const exit = yield* Effect.exit(value(
            `steps: [{ name: one, agent: Add, when: ${JSON.stringify(condition)}, input: { a: 1 } }]`,
            { n: 2, s: "c", list: [1, 2], yes: true }
          ))
          assert.isFalse(Exit.hasDies(exit), condition)
        }
      }).pipe(Effect.provide(Log.layer))
  )

  it.effect("a step on the whole input, or on the mapped keys alone, without what is not there [B121]", () =>
    Effect.gen(function*() {
      const result = yield* value(
        `
steps:
  - { name: whole, agent: Slow }
  - { name: mapped, agent: Slow, input: { name: input.name, seen: { ms: input.ms, no: input.no.where, list: [input.no, 1, ...input.none], text: { literal: input.ms } } } }`,
        { name: "n", seen: [1, { a: null }], unknown: "is dropped" }
      )
      assert.deepStrictEqual(result, {
        whole: { name: "n", seen: [1, { a: null }] },
        mapped: { name: "n", seen: { list: [1], text: "input.ms" } }
      })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("each item of a list, so many at a time, in its order", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.forkChild(value(
        `
steps:
  - { name: each, agent: Slow, forEach: input.rooms, concurrency: 2, input: { name: item.name, ms: item.ms, seen: index } }
  - { name: sums, agent: Add, forEach: input.rooms, input: { a: item.ms } }
output: { names: results.each, first: results.sums.0.sum, copy: [...results.sums, 7] }`,
        { rooms: [{ name: "a", ms: 30 }, { name: "b", ms: 10 }, { name: "c", ms: 10 }] }
      ))
      yield* TestClock.adjust("1 second")
      const one = (sum: number) => ({ sum, parts: [sum, 0] })
      assert.deepStrictEqual(yield* Fiber.join(fiber), {
        names: [{ name: "a", seen: 0 }, { name: "b", seen: 1 }, { name: "c", seen: 2 }],
        first: 30,
        copy: [one(30), one(10), one(10), 7]
      })
      const { lines, peak } = yield* Log
      assert.strictEqual(peak, 2)
      assert.deepStrictEqual(lines.slice(0, 4), ["a starts", "b starts", "b ends", "c starts"])
      const error = yield* Effect.flip(run(
        `
steps: [{ name: each, agent: Add, forEach: input.rooms, input: { a: 1 } }]`,
        { rooms: 3 }
      ))
      assert.deepInclude(error, { _tag: "MappingFailed", step: "each", path: "input.rooms" })
    }).pipe(Effect.provide(Log.layer)))

  it.effect("to the mapped output alone, or to all results [B122]", () =>
    Effect.gen(function*() {
      const steps = `steps: [{ name: one, agent: Add }, { name: two, agent: Add, input: { a: results.one.sum } }]`
      assert.deepStrictEqual(yield* value(steps, { a: 1 }), {
        one: { sum: 1, parts: [1, 0] },
        two: { sum: 1, parts: [1, 0] }
      })
      assert.deepStrictEqual(
        yield* value(`${steps}\noutput: { total: results.two.sum, unit: kWh, no: input.no }`, { a: 1 }),
        {
          total: 1,
          unit: "kWh"
        }
      )
    }).pipe(Effect.provide(Log.layer)))

  it.effect("emits its events, and runs inside other pipelines", () =>
    Effect.gen(function*() {
      const inner = yield* read(`
steps: [{ name: one, agent: Add }]
output: results.one`)
      const outer = yield* PipelineSpec.fromYaml(
        `
name: Outer
version: "1"
steps: [{ name: nested, agent: Test, input: { a: 4 } }]`,
        { agents: [inner] }
      )
      const seen: Array<string> = []
      const { value } = yield* Pipeline.observe(outer.run({}), (event) => {
        if (event._tag === "StepFinished") seen.push(event.path.join("/"))
      })
      assert.deepStrictEqual(value, { nested: { sum: 4, parts: [4, 0] } })
      assert.deepStrictEqual(seen, ["nested/one", "nested/output", "nested", "output"])
    }).pipe(Effect.provide(Log.layer)))
})

/** Without a fault. */
const sound = `name: Sound
version: "1"
inputs:
  type: object
  properties: { n: { type: number }, list: { type: array, items: { $ref: "#/$defs/one" } } }
  required: [n, list]
  $defs: { one: { type: object, properties: { name: { type: string } }, required: [name] } }
concurrency: 3
timeout: 1h
steps:
  - name: add
    agent: Add
    when: input.n > 1 and not (2 in [1, input.n])
    input: { a: input.n, b: 2 }
    retry: { times: 2, delay: 100ms }
    onFailure: { default: { sum: 1, parts: [] } }
  - { name: slow, agent: Slow, forEach: input.list, input: { name: item.name, seen: [index, ...results.add.parts] } }
  - { name: last, agent: Add, after: [slow, add], input: { a: 1 }, timeout: 5s, onFailure: continue }
output: { sum: results.last.sum, all: results.slow }
`

/** Puts \`text\` in the place of so many characters of the file. */
const Edit = Schema.Struct({
  permille: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999 })),
  removed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })),
  text: Schema.Union([
    Schema.Literals([
      "",
      "{",
      "}",
      "[",
      "\n",
      "  ",
      ":",
      "&a ",
      "*a",
      "null",
      "!x ",
      "'",
      "results.",
      "__proto__",
      "-"
    ]),
    Schema.String.check(Schema.isMaxLength(8))
  ])
})

const edited = (file: string, { permille, removed, text }: typeof Edit.Type) => {
  const at = Math.floor(file.length * permille / 1_000)
  return file.slice(0, at) + text + file.slice(at + removed)
}

describe("PipelineSpecInvalid", () => {
  it.effect("fails with PipelineSpecInvalid for what is not a text", () =>
    Effect.gen(function*() {
      for (const given of [5, null, undefined, {}, [], Symbol("x"), () => sound]) {
        const error = yield* Effect.flip(PipelineSpec.fromYaml(given as never, { agents }))
        assert.strictEqual(error._tag, "PipelineSpecInvalid")
        assert.match(error.message, /not a text/)
      }
    }))

  it.effect("finds nothing where there is nothing", () => Effect.asVoid(PipelineSpec.fromYaml(sound, { agents })))

  it.effect("finds nothing in a long chain that names its last step first, which runs", () =>
    Effect.gen(function*() {
      const link = (at: number) => `- { name: s${at}, agent: Add${at === 0 ? "" : `, after: s${at - 1}`} }`
      const steps = Array.from({ length: 1_500 }, (_, at) => link(at)).toReversed()
      const text = ["name: Chain", "version: 1.0.0", "steps:", ...steps, "output: results.s1499.sum"].join("\n")
      const Chain = yield* PipelineSpec.fromYaml(text, { agents: [Add] })
      const report = yield* Chain.report({ a: 1, b: 2 })
      assert.strictEqual(report.value, 3)
      assert.strictEqual(report.steps.filter(({ state }) => state === "finished").length, 1_501)
    }))

  it.effect("reports a cycle by its path, wherever the steps wait for each other [B108]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* faults(`steps:
  - { name: a, agent: Add, input: { a: results.b.sum } }
  - { name: b, agent: Add, when: results.c.sum > 1, input: { a: 1 } }
  - { name: c, agent: Add, after: [a], input: { a: 1 } }
  - { name: d, agent: Slow, forEach: results.d, input: { name: x } }
  - { name: e, agent: Slow, input: { name: x, seen: results.a } }`),
        [
          "4:40 a is needed, and results.b.sum may be absent: add a when, or map a value that is always there",
          "6:36 the steps wait for each other: a → b → c → a",
          "7:38 the steps wait for each other: d → d"
        ]
      )
    }))

  it.effect("reports names that nothing has, and names that two have [B108]", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* faults(`steps:
  - { name: fuel, agent: Add }
  - { name: fuel, agent: Ad }
  - { name: grid, agent: Add, after: [fule], input: { a: results.fuell.sum } }
  - { name: input, agent: Add }
  - { name: two words, agent: Add }`),
        [
          "5:13 there is a step fuel already, on line 4",
          "5:26 there is no agent Ad. Did you mean Add?",
          "6:39 there is no step fule. Did you mean fuel?",
          "6:58 there is no step fuell. Did you mean fuel?",
          "7:13 input is what the pipeline calls its own input: name the step otherwise",
          "8:13 a step is named by letters, digits, _ and -, and begins with a letter, as two_words"
        ]
      )
    }))

  it.effect("holds each mapping against the schemas on both sides", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* faults(`inputs:
  type: object
  properties: { n: { type: number }, s: { type: string }, maybe: { type: number } }
  required: [n, s]
steps:
  - { name: one, agent: Add, input: { aa: input.n } }
  - { name: two, agent: Add, input: { a: input.s } }
  - { name: three, agent: Add, input: { a: input.nn } }
  - { name: four, agent: Add, input: { a: results.one.summ } }
  - { name: five, agent: Add, input: { a: results.one.sum.deep } }
  - { name: six, agent: Add, input: { a: input.maybe } }
  - { name: seven, agent: Add, input: { a: [1], b: { x: 1 } } }
  - { name: eight, agent: Add, input: [1] }
  - { name: nine, agent: Slow }
  - { name: ten, agent: Add, forEach: input.s, input: { a: item } }
  - { name: eleven, agent: Add, input: results.one.parts }
  - { name: twelve, agent: Add, input: { a: 1 }, onFailure: { default: 3 } }
output: { x: results.one.sums, y: item }`),
        [
          "8:37 the input of Add needs a",
          "8:39 the input of Add has no aa. Did you mean a?",
          "9:42 a cannot be input.s: it is a text, and should be a number",
          "10:44 input has no nn. Did you mean n?",
          "11:43 results.one has no summ. Did you mean sum?",
          "12:43 results.one.sum is a number, and has no fields",
          "13:42 a is needed, and input.maybe may be absent: add a when, or map a value that is always there",
          "14:44 a should be a number, and is a list",
          "14:52 b should be a number, and is an object",
          "15:39 the input of Add should be an object, and is a list",
          "16:26 the input of the pipeline goes to Slow as it is, and does not fit: it has no name",
          "17:39 input.s is a text, and no list",
          "18:40 the input of Add cannot be results.one.parts: it is a list, and should be an object",
          "19:72 the default stands for the answer of Add, and does not fit: it is 3, and should be an object",
          "20:14 results.one has no sums. Did you mean sum?",
          "20:35 there is no item outside of a step with forEach"
        ]
      )
    }))

  it.effect("reports everything about the form of the file", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(PipelineSpec.fromYaml(
        `name: 3
colour: red
concurrency: 0
timeout: soon
inputs: { properties: { type: { type: strng } } }
steps:
  - { name: a, agent: Add, concurrency: 2, retry: { times: 1, pause: 1s }, timeout: 30, onFailure: ignore }
  - just a text
  - { name: b, agent: Add, onConditionError: skip, retry: -1, forEach: 3, after: [1] }
output: { a: resluts.a.sum, b: { literal: resluts.a.sum } }
`,
        { agents, file: "f.yaml" }
      ))
      assert.deepStrictEqual(error.issues.map(({ column, line, path }) => `${line}:${column} ${path}`), [
        "1:1 ",
        "1:7 name",
        "2:1 colour",
        "3:14 concurrency",
        "4:10 timeout",
        "5:39 inputs.properties.type.type",
        "7:41 steps.0.concurrency",
        "7:63 steps.0.retry.pause",
        "7:85 steps.0.timeout",
        "7:100 steps.0.onFailure",
        "8:5 steps.1",
        "9:46 steps.2.onConditionError",
        "9:59 steps.2.retry",
        "9:72 steps.2.forEach",
        "9:83 steps.2.after.0",
        "10:14 output.a"
      ])
      assert.include(
        error.message,
        "f.yaml:4:10: timeout: \"soon\" is not a duration: write 500ms, 30s, 2m, 1h or \"5 minutes\""
      )
      assert.include(error.message, "f.yaml:10:14: output.a: did you mean results.a.sum?")
    }))

  it.effect("reports what is wrong with the schema of the input, which would else check nothing", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* faults(`inputs:
  type: object
  propertys: { a: { type: number } }
  properties:
    country: { type: string, pattern: "(" }
    n: { type: number, minimum: "3", maxLength: -1 }
    both: { anyOf: { type: number } }
    loop: { $ref: "#/$defs/loop" }
    gone: { $ref: "#/$defs/gone" }
    list: [1]
  required: [contry]
  x-colour: red
  $defs: { loop: { anyOf: [{ $ref: "#/$defs/loop" }] } }
steps: [{ name: one, agent: Slow, input: { name: x } }]`),
        [
          "5:3 there is no keyword propertys. Did you mean properties?",
          "7:39 should be a regular expression",
          "8:33 should be a number",
          "8:49 should be a whole number of 0 or more",
          "9:20 should be a list of schemas",
          "10:19 leads to itself, and to nothing else",
          "11:19 there is no gone in $defs",
          "12:11 should be a JSON Schema",
          "13:14 requires contry, which is not a property. Did you mean country?",
          "15:36 leads to itself, and to nothing else"
        ]
      )
    }))

  it.effect("reports texts that are meant to be places", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        (yield* faults(`steps:
  - { name: one, agent: Slow, input: { name: "input.größe", seen: ["input.list[0]", "input.a b", 'input["x y'] } }`))
          .map((fault) => fault.split(": write a place")[0]),
        ["4:46 input.größe is not a place", "4:68 input.list[0] is not a place", "4:98 input[\"x y is not a place"]
      )
    }))

  it.effect.each([
    ["x: &a [*a, *a]", "x.0.0"],
    [`x: ${"[".repeat(900)}${"]".repeat(900)}`, "x.0.0"],
    [`x: ${"[".repeat(5_000)}${"]".repeat(5_000)}`, ""],
    [`x: ${"[...input.a,".repeat(10_000)}`, ""],
    [`x: [${"1,".repeat(100_001)}]`, ""],
    [`x: [&a 1, ${"*a,".repeat(1_001)}]`, ""],
    [`x: [${"&a 1,".repeat(1_001)}]`, ""],
    [Array.from({ length: 9_000 }, (_, at) => `k${at}: 1`).join("\n"), ""],
    ["#".repeat(250_001), ""]
  ])(
    "says one thing of a file that is too large, and nothing of what it did not read: %#",
    ([text, path]) =>
      Effect.gen(function*() {
        const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(text!, { agents }))
        assert.strictEqual(issues.length, 1)
        assert.isTrue(issues[0]!.path.startsWith(path!))
        assert.match(
          issues[0]!.message,
          /(more|longer) than (100 levels|50000 names, values|1000 a(nchor|liase)s|250000 characters)/
        )
      })
  )

  it.effect.prop(
    "finds the faults of any file, in lines that it has, and breaks at none",
    [Schema.Array(Edit).check(Schema.isMinLength(1), Schema.isMaxLength(4))],
    Effect.fnUntraced(function*([edits]) {
      const text = edits.reduce(edited, sound)
      const exit = yield* Effect.exit(PipelineSpec.fromYaml(text, { agents }))
      assert.isFalse(Exit.hasDies(exit), text)
      if (Exit.isSuccess(exit)) return
      const { issues } = yield* Effect.flip(exit)
      const lines = text.split("\n")
      for (const { column, line } of issues) {
        assert.isTrue(
          line >= 1 && line <= lines.length && column >= 1 && column <= lines[line - 1]!.length + 2,
          JSON.stringify(issues)
        )
      }
    }),
    { arbitrary: { runs: rounds(1_000), seed: "faults" } }
  )

  it.effect.each([
    ["", "1:1 a spec should be a mapping"],
    ["- a list", "1:1 a spec should be a mapping"],
    ["name: \"open", "1:12 Missing closing"],
    ["name: x\n\tversion: 1", "2:1 Tabs are not allowed"],
    ["name: *missing", "1:7 there is no anchor &missing above"],
    ["name: a\nname: b", "2:1 there is a key name already, on line 1"],
    ["a: &a [x, x]\nb: &b [*a, *a]\nname: x\nversion: '1'\nsteps: []", "5:8 there should be at least one step"]
  ])("reports where YAML is broken: %j", ([text, first]) =>
    Effect.gen(function*() {
      const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(text!, { agents }))
      const lines = issues.map(({ column, line, message }) => `${line}:${column} ${message}`)
      assert.isTrue(lines.some((one) => one.startsWith(first!)), lines.join("\n"))
    }))

  it.effect("reports the rest of the faults of a file that is broken in one place", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* faults(`steps:
  - { name: one, agent: Ad }
  - { name: two, agent: Add,, input: { a: 1 } }
  - { name: three, agent: Slo }`),
        [
          "4:25 there is no agent Ad. Did you mean Add?",
          "5:29 Unexpected , in flow map",
          "6:27 there is no agent Slo. Did you mean Slow?"
        ]
      )
    }))

  it.effect("is not drowned by aliases that multiply", () =>
    Effect.gen(function*() {
      const lines = Array.from({ length: 12 }, (_, at) =>
        at === 0 ? "a0: &a0 [x, x, x, x, x, x, x, x]" : `a${at}: &a${at} [${Array(8).fill(`*a${at - 1}`).join()}]`)
      const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(lines.join("\n"), { agents }))
      assert.isTrue(issues.some(({ message }) =>
        message.includes("more than 50000 values")
      ))
    }))

  it.effect("refuses definitions that multiply", () =>
    Effect.gen(function*() {
      const twice = Array.from({ length: 30 }, (_, at) =>
        `    d${at}: { anyOf: [{ $ref: "#/$defs/d${at + 1}" }, { $ref: "#/$defs/d${at + 1}" }] }`)
      const text = [
        "name: Many",
        "version: 1.0.0",
        "inputs:",
        "  type: object",
        `  properties: { a: { $ref: "#/$defs/d0" } }`,
        "  $defs:",
        ...twice,
        "    d30: { type: number }",
        "steps: [{ name: one, agent: Add, input: { a: input.a } }]"
      ].join("\n")
      const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(text, { agents: [Add] }))
      assert.isTrue(issues.some(({ message }) =>
        message === "stands for more than 1000 alternatives"
      ))
    }))

  const doubled = {
    "two fields of each": (next: string) => `{ type: object, properties: { a: ${next}, b: ${next} } }`,
    "a field and the rest of each": (next: string) =>
      `{ type: object, properties: { a: ${next} }, additionalProperties: ${next} }`,
    "two places of each": (next: string) => `{ type: array, prefixItems: [${next}, ${next}] }`,
    "two fields inside of each, with a circle": (next: string) =>
      `{ type: object, properties: { a: { type: object, properties: { b: ${next}, c: ${next} } }, d: { $ref: "#/$defs/d0" } } }`
  }
  for (const [what, twice] of Object.entries(doubled)) {
    it.effect(`refuses definitions that stand for a billion schemas: ${what}`, () =>
      Effect.gen(function*() {
        const text = [
          "name: Many",
          "version: 1.0.0",
          "inputs:",
          `  $ref: "#/$defs/d0"`,
          "  $defs:",
          ...Array.from({ length: 30 }, (_, at) => `    d${at}: ${twice(`{ $ref: "#/$defs/d${at + 1}" }`)}`),
          "    d30: { type: number }",
          "steps: [{ name: one, agent: Add, input: { a: 1 } }]"
        ].join("\n")
        const { issues } = yield* Effect.flip(PipelineSpec.fromYaml(text, { agents: [Add] }))
        assert.deepStrictEqual(
          issues.filter(({ path }) => path === "inputs").map(({ message }) => message),
          ["stands for more than 50000 schemas"]
        )
      }))
  }

  it.effect("crosses a wire", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(read("steps: [{ name: one, agent: Ad }]"))
      const codec = Schema.toCodecJson(PipelineSpec.PipelineSpecInvalid)
      const back = yield* Effect.flatMap(Schema.encodeEffect(codec)(error), Schema.decodeEffect(codec))
      assert.strictEqual(back.message, error.message)
    }))
})

describe("cache", () => {
  const Login = Agent.make("Login", {
    version: "1.0.0",
    input: Schema.Struct({ key: Schema.RedactedFromValue(Schema.String) }),
    output: Schema.Finite,
    execute: () => Effect.succeed(1)
  })
  const text = (more = "") =>
    `name: Test
version: "1"
steps:
  - { name: one, agent: Add, cache: 1 hour, input: { a: input.n, b: 1 } }
  - { name: each, agent: Add, forEach: input.list, cache: 30m, input: { a: item } }
${more}
output: { one: results.one.sum, each: results.each }`

  it.effect("keeps what the agents answer, shared with steps in code, and shows in events and drawing", () =>
    Effect.gen(function*() {
      const pipeline = yield* PipelineSpec.fromYaml(text(), { agents, cache: true })
      expectTypeOf<Agent.Services<typeof pipeline>>().toEqualTypeOf<Log | StepCache>()
      const [, one, each] = pipeline.steps
      assert.deepStrictEqual([one?.policies, each?.policies], [["cached for 1h"], ["cached for 30m", "for each"]])
      const Code = Pipeline.make(
        "Code",
        { version: "1", input: Schema.Finite, output: Schema.Unknown },
        (n) => Step.agent("sum", Add, [n], (n) => ({ a: n, b: 1 })).pipe(Step.cached({ timeToLive: "1 hour" }))
      )
      const first = yield* pipeline.report({ n: 4, list: [1, 2] })
      const second = yield* pipeline.report({ n: 4, list: [2, 3] })
      const code = yield* Code.report(4)
      assert.deepInclude(second.value, { one: 5 })
      const states = ({ steps }: PipelineReport.Timeline) =>
        Object.fromEntries(steps.map(({ path, state }) => [path.join("/"), state]))
      assert.deepInclude(states(first), { "one": "finished", "each/0": "finished", "each/1": "finished" })
      assert.deepInclude(states(second), {
        "one": "cached",
        "each": "finished",
        "each/0": "cached",
        "each/1": "finished"
      })
      assert.deepStrictEqual(states(code), { sum: "cached" })
    }).pipe(Effect.provide([Log.layer, StepCache.layerMemory({ capacity: 10 })])))

  it.effect("is a fault where the program keeps nothing, holds secrets, or says no duration", () =>
    Effect.gen(function*() {
      const more = "  - { name: key, agent: Login, cache: 1h, input: { key: input.key } }\n"
      const lines = (cache: boolean, more: string) =>
        Effect.map(
          Effect.flip<unknown, PipelineSpec.PipelineSpecInvalid, never>(
            PipelineSpec.fromYaml(text(more), { agents: [...agents, Login], cache })
          ),
          ({ issues }) => issues.map(({ column, line, message }) => `${line}:${column} ${message}`)
        )
      assert.deepStrictEqual(yield* lines(true, more), [
        "6:39 Login reads or answers with secrets, which are not kept: leave cache out"
      ])
      assert.deepStrictEqual(yield* lines(false, ""), [
        "4:37 this program keeps no answers of steps: leave cache out",
        "5:59 this program keeps no answers of steps: leave cache out"
      ])
      assert.deepStrictEqual(yield* lines(true, "  - { name: two, agent: Add, cache: 5, input: { a: 1 } }\n"), [
        "6:37 5 is not a duration: write 500ms, 30s, 2m, 1h or \"5 minutes\""
      ])
    }))
})

describe("PipelineSpec.jsonSchema", () => {
  it.effect("accepts the example, and refuses what editors should mark", () =>
    Effect.gen(function*() {
      const document = JsonSchema.fromSchemaDraft2020_12(PipelineSpec.jsonSchema([FuelAgent, CarbonAgent]))
      const schema = SchemaRepresentation.fromJsonSchemaDocument(document, { patterns: "apply" })
      const accepts = Schema.is(schema as unknown as Schema.Schema<unknown>)
      const step = { name: "one", agent: "FuelAgent" }
      assert.isTrue(accepts({ name: "x", version: "1", steps: [{ ...step, retry: 2, onFailure: { default: null } }] }))
      assert.isTrue(accepts({ name: "x", version: "1", steps: [{ ...step, cache: "1 hour" }] }))
      assert.isFalse(accepts({ name: "x", version: "1", steps: [{ ...step, cache: 5 }] }))
      assert.isFalse(accepts({ name: "x", version: "1", steps: [] }))
      assert.isFalse(accepts({ name: "x", version: "1", steps: [{ ...step, agent: "Missing" }] }))
      assert.isFalse(accepts({ name: "x", version: "1", steps: [{ ...step, onFailure: "ignore" }] }))
      assert.isFalse(accepts({ name: "x", version: "1", steps: [{ ...step, timeout: "soon" }] }))
      yield* Effect.void
    }))
})
