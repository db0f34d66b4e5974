/** Failures that say nothing by themselves: errors without a message, and values that are not errors. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect, Exit, Layer, Option, Schema, Stream, Tracer } from "effect"
import { Agent, Pipeline, Step, StepDied, Tool } from "greenlang"
import * as Catalog from "greenlang/cli/Catalog"
import * as Failure from "greenlang/cli/Failure"
import * as Style from "greenlang/cli/Style"
import * as Database from "greenlang/database/Database"
import { History, Orchestrator, Policy } from "greenlang/orchestrator"
import * as CommandLine from "../support/CommandLine.ts"

const schemas = { version: "1.0.0", input: Schema.Finite, output: Schema.Unknown }

class NoReading extends Schema.TaggedError<NoReading>()("NoReading", {
  meter: Schema.String,
  attempts: Schema.Finite
}) {}
class NoData
  extends Data.TaggedError("NoData")<{ readonly place: { readonly city: string }; readonly years: Array<number> }>
{}
class Plain extends Error {
  readonly code = 7
  readonly password = "planted"
}

/** By what it is: the error, its tag, and its fields as they are shown. */
const silent: Readonly<Record<string, readonly [error: unknown, tag: string, fields: string]>> = {
  "an error of a schema": [
    new NoReading({ meter: "hall", attempts: 3 }),
    "NoReading",
    `meter is "hall", attempts is 3`
  ],
  "an error of `Data`": [
    new NoData({ place: { city: "Bonn" }, years: [2024, 2025] }),
    "NoData",
    `place is { city: "Bonn" }, years is [2024, 2025]`
  ],
  "a plain object": [{ _tag: "Refused", code: 5 }, "Refused", "code is 5"],
  "an object with an empty message": [{ _tag: "Refused", message: "", code: 5 }, "Refused", "code is 5"],
  "an error of a class": [new Plain(), "Plain", "code is 7, password is <redacted>"]
}

const failing = (error: unknown) =>
  Pipeline.make(
    "Silent",
    schemas,
    (n) => Step.make("reads", [n], () => Effect.fail(error)).pipe(Step.retry({ times: 1 }))
  )

/** The events of a stream that fails at its end. */
const collect = <A>(events: Stream.Stream<A, unknown>) => {
  const seen: Array<A> = []
  return Effect.as(Effect.exit(Stream.runForEach(events, (event) => Effect.sync(() => seen.push(event)))), seen)
}

const history = Layer.provideMerge(History.layer(), Layer.fresh(Database.layerMemory))

/** The spans of `self` that have ended, by name. */
const spansOf = (self: Effect.Effect<unknown, unknown>) => {
  const ended: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      ended.push(span)
      return span
    }
  })
  return Effect.as(Effect.withTracer(Effect.exit(self), tracer), ended)
}

/** Each place that shows a failure, with the texts that it shows. Each has to hold the tag and the fields. */
const places: Readonly<Record<string, (error: unknown) => Effect.Effect<ReadonlyArray<string>>>> = {
  "the text of a failure": (error) =>
    Effect.map(
      Effect.exit(failing(error).run(1)),
      (exit) => Exit.isFailure(exit) ? [Failure.toText(exit.cause, Style.plain, 200)] : []
    ),
  "the lines of retries": (error) =>
    Effect.map(
      CommandLine.run(["run", "Silent", "1"], {
        catalog: Catalog.make([Catalog.entry("Silent", Effect.succeed(failing(error)), Layer.empty)]),
        terminal: true,
        env: { TERM: "dumb" }
      }),
      ({ stderr }) => stderr.split("\n").filter((line) => line.includes("attempt 2, after"))
    ),
  "the events of a run": (error) =>
    Effect.map(
      collect(failing(error).events(1)),
      (seen) =>
        seen.flatMap((event) => "error" in event && event.error !== undefined ? [JSON.stringify(event.error)] : [])
    ),
  "spans": (error) =>
    Effect.map(
      spansOf(failing(error).run(1)),
      (spans) =>
        spans.filter(({ name }) => name === "reads" || name.startsWith("invoke_agent")).map(({ attributes }) =>
          String(attributes.get("error.message"))
        )
    ),
  "the history": (error) =>
    Effect.gen(function*() {
      const { run } = yield* Orchestrator
      yield* Effect.exit(run("Silent", 1))
      const [entry] = yield* Effect.flatMap(History, (history) => history.list())
      return entry!.failures.map((failure) => JSON.stringify(failure))
    }).pipe(Effect.provide(Layer.provideMerge(Orchestrator.layer({ agents: [failing(error)] }), history)), Effect.orDie)
}

/** How many texts a place has for one run: an event for the retry, the step, the agent and the run. */
const shown: Readonly<Record<string, number>> = { "the events of a run": 3, "spans": 2 }

describe("an error without a message shows its tag and its fields", () => {
  for (const [place, read] of Object.entries(places)) {
    it.live(`in ${place}`, () =>
      Effect.gen(function*() {
        for (const [what, [error, tag, fields]] of Object.entries(silent)) {
          const texts = yield* read(error)
          assert.isAtLeast(texts.length, shown[place] ?? 1, what)
          for (const text of texts) {
            assert.include(text, tag, what)
            assert.include(text.replaceAll("\\\"", "\""), fields, what)
            assert.notInclude(text, "planted")
          }
        }
      }))
  }

  it.effect("and spans leave a message alone that an error has", () =>
    Effect.gen(function*() {
      const spans = yield* spansOf(failing(new Error("said")).run(1))
      assert.isAtLeast(spans.length, 2)
      assert.isTrue(spans.every(({ attributes }) => !attributes.has("error.message")))
    }))
})

const symbol = Symbol("odd")
const object = { code: 5 }

/** What programs throw instead of an error, its type, and how it is shown. */
const thrownValues: Readonly<Record<string, readonly [value: unknown, tag: string, message: string]>> = {
  "a text": ["boom", "string", "boom"],
  "null": [null, "null", "null"],
  "nothing": [undefined, "undefined", "undefined"],
  "a number": [0, "number", "0"],
  "an object": [object, "Object", "code is 5"],
  "a symbol": [symbol, "symbol", "Symbol(odd)"]
}

const Answers = Agent.make("Answers", { ...schemas, execute: Effect.succeed })

const thrower = (value: unknown) => (): Effect.Effect<never> => {
  throw value
}

const defectOf = (exit: Exit.Exit<unknown, unknown>): unknown => {
  assert(Exit.isFailure(exit))
  const died = exit.cause.reasons.find(Cause.isDieReason)
  assert(died !== undefined)
  return died.defect
}

describe("what a thrown non-Error value was, is kept", () => {
  for (const [what, [value, tag, message]] of Object.entries(thrownValues)) {
    it.live(`by a step that throws ${what}`, () =>
      Effect.gen(function*() {
        const Throws = Pipeline.make("Throws", schemas, (n) => Step.make("throws", [n], thrower(value)))
        const exit = yield* Effect.exit(Throws.run(1))
        const defect = defectOf(exit)
        assert.instanceOf(defect, StepDied.StepDied)
        assert.strictEqual(defect.cause, value)
        assert.include(defect.message, `step \`throws\` of pipeline \`Throws\` died: `)
        assert.include(defect.message, message)
        assert(Exit.isFailure(exit))
        assert.include(Failure.toText(exit.cause, Style.plain, 200), message)
      }))

    it.live(`by an agent that throws ${what}, and its events`, () =>
      Effect.gen(function*() {
        const Throws = Agent.make("Throws", { ...schemas, execute: thrower(value) })
        assert.strictEqual(defectOf(yield* Effect.exit(Throws.run(1))), value)
        const seen = yield* collect(Agent.events(Throws, 1))
        const last = seen.at(-1)
        assert(last?._tag === "RunEnded")
        assert.deepStrictEqual(last.error, { _tag: tag, message })
      }))

    it.live(`by a tool that throws ${what}`, () =>
      Effect.gen(function*() {
        const throws = Tool.make("throws", {
          description: "Throws",
          input: Schema.Finite,
          output: Schema.Finite,
          execute: thrower(value)
        })
        assert.strictEqual(defectOf(yield* Effect.exit(throws.call(1))), value)
      }))

    it.live(`by a policy that throws ${what}`, () =>
      Effect.gen(function*() {
        const { run } = yield* Orchestrator
        const error = yield* Effect.flip(run("Answers", 1))
        assert(error._tag === "PolicyDenied")
        assert.deepStrictEqual(error.broken, { _tag: tag, message })
        assert.include(error.message, message)
        const [entry] = yield* Effect.flatMap(History, (history) => history.list())
        assert.include(Option.getOrThrow(Option.fromUndefinedOr(entry?.failures[0])).message, message)
      }).pipe(Effect.provide(
        Layer.provideMerge(
          Orchestrator.layer({
            agents: [Answers],
            policies: [Policy.make("throws", thrower(value))]
          }),
          history
        )
      )))
  }
})
