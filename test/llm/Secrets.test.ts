import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Schema, Stream, Tracer } from "effect"
import { Agent, Llm, LlmAgent, Pipeline, Tool } from "greenlang"
import { Observability } from "greenlang/observability"
import { Reply, ScriptedLlm } from "greenlang/testing"
import { inspect } from "node:util"

const Secret = Schema.RedactedFromValue(Schema.String)
const io = { version: "1.0.0", input: Schema.String, instructions: "Answer." } as const

/** All that a person may see of a value. */
const printed = (value: unknown) => `${inspect(value, { depth: 20 })} ${JSON.stringify(value)} ${String(value)}`

const asOutput = {
  "a field": Schema.Struct({ key: Secret, n: Schema.Finite }),
  "an item of a list": Schema.Array(Schema.Union([Secret, Schema.Finite])),
  "a checked field": Schema.Struct({
    key: Schema.RedactedFromValue(Schema.String.check(Schema.isMinLength(50))),
    n: Schema.Finite
  }),
  "text": Secret,
  "checked text": Schema.RedactedFromValue(Schema.String.check(Schema.isMinLength(50)))
}

describe("an answer that its schema calls redacted", () => {
  for (const [name, output] of Object.entries(asOutput)) {
    it.effect(`is hidden in events and in the failure: ${name}`, () =>
      Effect.gen(function*() {
        const Keys = LlmAgent.make("Keys", { ...io, output: output as typeof Secret, attempts: 2 })
        const wrong = name.includes("text")
          ? [{ text: "LEAK-A", finishReason: "length" as const }]
          : [Reply.call("final_answer", { key: "LEAK-A", n: "bad" }), `{"key":"LEAK-B","n":"bad"}`]
        const events: Array<unknown> = []
        const exit = yield* Effect.exit(Pipeline.observe(Keys.run("?"), (event) => events.push(event))).pipe(
          Effect.provide(ScriptedLlm.layer(...wrong))
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.include(printed(exit), "UnparsableAnswer")
        assert.notInclude(printed(exit), "LEAK")
        assert.isAbove(events.length, 2)
        assert.notInclude(printed(events), "LEAK")
      }))
  }

  it.effect("comes whole, without its text as a piece", () =>
    Effect.gen(function*() {
      const Keys = LlmAgent.make("Keys", { ...io, output: Secret })
      const Made = LlmAgent.make("Made", { ...io, output: Secret, answer: ({ text }) => Redacted.make(text) })
      for (const agent of [Keys, Made]) {
        const { value } = yield* agent.run("?").pipe(Effect.provide(ScriptedLlm.layer("LEAK-C")))
        assert.strictEqual(Redacted.value(value), "LEAK-C")
        const events = yield* Stream.runCollect(Agent.events(agent, "?")).pipe(
          Effect.provide(ScriptedLlm.layer({ text: "LEAK-C", reasoning: "LEAK-D" }))
        )
        assert.notInclude(printed(events), "LEAK")
      }
    }))

  it.effect("is hidden while Llm.streamObject is under way, and in its failure", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ key: Secret, n: Schema.Finite })
      const pieces: Array<unknown> = []
      const stream = Llm.streamObject(schema, { prompt: "?", attempts: 1 }).pipe(
        Stream.tap((piece) => Effect.sync(() => pieces.push(piece)))
      )
      yield* Stream.runDrain(stream).pipe(Effect.provide(ScriptedLlm.layer(`{"key":"LEAK","n":1}`)))
      assert.strictEqual(pieces.length, 1)
      assert.notInclude(printed(pieces), "LEAK")
      const events: Array<unknown> = []
      const error = yield* Effect.flip(Pipeline.observe(Stream.runDrain(stream), (event) => events.push(event))).pipe(
        Effect.provide(ScriptedLlm.layer(`{"key":"LEAK","n":"bad"}`))
      )
      assert.strictEqual(error._tag, "UnparsableAnswer")
      assert.notInclude(printed([error, events, pieces]), "LEAK")
    }))
})

describe("what a tool is given or answers, which its schema calls redacted", () => {
  const pay = Tool.make("pay", {
    description: "Pays",
    input: Schema.Struct({ card: Secret, euros: Schema.Finite }),
    output: Secret,
    execute: () => Effect.succeed(Redacted.make("LEAK-RESULT"))
  })
  const Pays = LlmAgent.make("Pays", {
    ...io,
    input: Schema.Struct({ token: Secret }),
    output: Schema.Struct({ key: Secret }),
    tools: [pay],
    limits: { turns: 2 }
  })
  const calls = [
    {
      text: "LEAK-TEXT",
      toolCalls: [
        { name: "pay", input: { card: "LEAK-CARD", euros: 2 } },
        { name: "pay", input: { card: "LEAK-CARD", euros: "two" } },
        { name: "final_answer", input: { key: "LEAK-EARLY" } }
      ]
    },
    Reply.call("pay", { card: "LEAK-CARD", euros: 3 })
  ]

  it.effect("is hidden in the error of a loop that was stopped, with its conversation", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Pays.run({ token: "LEAK-INPUT" })).pipe(
        Effect.provide(ScriptedLlm.layer(...calls))
      )
      assert(error._tag === "ToolLoopStopped")
      assert.deepStrictEqual(error.calls, [
        { tool: "pay", input: { card: "<redacted>", euros: 2 }, failed: false },
        { tool: "pay", input: null, failed: true },
        { tool: "pay", input: { card: "<redacted>", euros: 3 }, failed: false }
      ])
      assert.strictEqual(error.history.content.length, 6)
      const json = yield* Schema.encodeUnknownEffect(Schema.toCodecJson(LlmAgent.Failure))(error)
      assert.notInclude(printed([error, json]), "LEAK")
    }))

  it.effect("is hidden in traces with content", () =>
    Effect.gen(function*() {
      const spans: Array<ReadonlyMap<string, unknown>> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span.attributes)
          return span
        }
      })
      const Plain = LlmAgent.make("Plain", { ...io, tools: [pay] })
      yield* Effect.exit(Effect.andThen(Effect.exit(Pays.run({ token: "LEAK-INPUT" })), Plain.run("question"))).pipe(
        Effect.provide([
          ScriptedLlm.layer(...calls, Reply.call("pay", { card: "LEAK-CARD", euros: 4 }), "done"),
          Observability.layerConventions({ content: true })
        ]),
        Effect.provideService(Tracer.Tracer, tracer)
      )
      const text = JSON.stringify(spans.map((attributes) => [...attributes]))
      assert.notInclude(text, "LEAK")
      assert.include(text, `{\\"card\\":\\"<redacted>\\",\\"euros\\":4}`)
      assert.include(text, "question")
    }))
})
