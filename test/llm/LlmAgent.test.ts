import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Schema } from "effect"
import type { AiError, LanguageModel } from "effect/ai"
import { HttpApiEndpoint } from "effect/http-api"
import {
  Agent,
  type Approval,
  Llm,
  LlmAgent,
  Pipeline,
  Step,
  Tool,
  type ToolLoopStopped,
  type UnmeasuredUsage,
  type UnparsableAnswer
} from "greenlang"
import { FakeProvider, Reply, ScriptedLlm } from "greenlang/testing"
import * as Wires from "../support/Wires.ts"

class Erp
  extends Context.Service<Erp, { readonly stock: Effect.Effect<number> }>()("greenlang/test/llm/LlmAgent.test/Erp")
{}
class NoStock extends Schema.TaggedError<NoStock>()("NoStock", {}) {}

const stock = Tool.make("stock", {
  description: "How many there are",
  input: Schema.Struct({ part: Schema.String }),
  output: Schema.Finite,
  error: NoStock,
  execute: ({ part }) => part === "none" ? Effect.fail(new NoStock()) : Effect.flatMap(Erp, ({ stock }) => stock)
})

const Question = Schema.Struct({ question: Schema.String })
const Answer = Schema.Struct({ count: Schema.Int })
const io = { version: "1.0.0", input: Question, instructions: "Answer." } as const

const Stock = LlmAgent.make("Stock", { ...io, output: Answer, tools: [stock] })

const services = <A, E>(run: Effect.Effect<A, E, LanguageModel.LanguageModel | Erp>, ...script: Script) =>
  run.pipe(Effect.provide(ScriptedLlm.layer(...script)), Effect.provideService(Erp, { stock: Effect.succeed(7) }))

type Script = ReadonlyArray<ScriptedLlm.Line>

/** The scripted model fails a test that leaves a line unused or asks for one more: each script counts the calls. */
const ask = (...script: Script) => services(Stock.run({ question: "How many bolts?" }), ...script)

const called = Reply.call("stock", { part: "bolt" })
const answered = Reply.call("final_answer", { count: 7 })

describe("LlmAgent", () => {
  it.effect("answers with a typed value, in no turn of its own", () =>
    Effect.gen(function*() {
      const { metadata, value } = yield* ask(called, answered)
      assert.deepStrictEqual(value, { count: 7 })
      assert.strictEqual(metadata.usage.calls, 2)
    }))

  it.effect("answers with text where no output is stated, without a tool for it", () =>
    Effect.gen(function*() {
      const Plain = LlmAgent.make("Plain", io)
      const program = Effect.gen(function*() {
        const { value } = yield* Plain.run({ question: "How many?" })
        const [request] = yield* ScriptedLlm.asked
        return [value, request?.tools]
      })
      assert.deepStrictEqual(yield* Effect.provide(program, ScriptedLlm.layer("Seven.")), ["Seven.", []])
    }))

  it.effect("reads an output that is not an object, and JSON in place of a call", () =>
    Effect.gen(function*() {
      const Count = LlmAgent.make("Count", { ...io, output: Schema.Array(Schema.Int) })
      const one = (...script: Script) => services(Count.run({ question: "How many?" }), ...script)
      assert.deepStrictEqual((yield* one(Reply.call("final_answer", { answer: [1, 2] }))).value, [1, 2])
      assert.deepStrictEqual((yield* one("Here:\n```json\n{ \"answer\": [3] }\n```")).value, [3])
      assert.deepStrictEqual((yield* ask(called, "{\"count\":7}")).value, { count: 7 })
    }))

  it.effect("says to the model what is wrong with an answer, a bounded number of times", () =>
    Effect.gen(function*() {
      const wrong = Reply.call("final_answer", { count: "seven" })
      assert.deepStrictEqual((yield* ask(wrong, answered)).value, { count: 7 })
      assert.deepStrictEqual((yield* ask("Seven.", answered)).value, { count: 7 })
      const error = yield* Effect.flip(ask(wrong, "Seven.", wrong))
      assert(error._tag === "UnparsableAnswer")
      assert.strictEqual(error.attempts, 3)
      assert.include(error.issues, "count")
    }))

  it.effect("asks for the answer alone once the model has written something else", () =>
    Effect.gen(function*() {
      const program = Effect.andThen(Stock.run({ question: "?" }), ScriptedLlm.asked).pipe(
        Effect.provide(ScriptedLlm.layer("Seven.", answered)),
        Effect.provideService(Erp, { stock: Effect.succeed(7) })
      )
      const [first, second] = yield* program
      assert.deepStrictEqual([first?.toolChoice, second?.toolChoice], ["auto", { tool: "final_answer" }])
    }))

  it.effect("fails after one call where the answer was cut off", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(ask({ text: "{\"count\": ", finishReason: "length" }))
      assert(error._tag === "UnparsableAnswer")
      assert.strictEqual(error.cutBy, "length")
    }))

  describe("whose answer is text", () => {
    const texts = {
      "no output": LlmAgent.make("Plain", io),
      "Schema.String": LlmAgent.make("Plain", { ...io, output: Schema.String }),
      "Schema.NonEmptyString": LlmAgent.make("Plain", { ...io, output: Schema.NonEmptyString }),
      "Schema.Trimmed": LlmAgent.make("Plain", { ...io, output: Schema.Trimmed }),
      "a pattern": LlmAgent.make("Plain", { ...io, output: Schema.String.check(Schema.isPattern(/Seven/)) })
    }
    for (const [name, agent] of Object.entries(texts)) {
      const one = (...script: Script) => Effect.provide(agent.run({ question: "?" }), ScriptedLlm.layer(...script))

      it.effect(`fails where it was cut off or refused, with what was written: ${name}`, () =>
        Effect.gen(function*() {
          const cut = yield* Effect.flip(one({ text: "Seven and", finishReason: "length" }))
          assert(cut._tag === "UnparsableAnswer")
          assert.deepInclude(cut, { text: "Seven and", cutBy: "length", attempts: 1 })
          assert.include(cut.message, "its limit of output tokens")
          const refused = yield* Effect.flip(one({ refusal: "I cannot help with Seven." }))
          assert(refused._tag === "UnparsableAnswer")
          assert.deepInclude(refused, { text: "I cannot help with Seven.", cutBy: "content-filter" })
          assert.include(refused.message, "refused")
        }))

      it.effect(`asks again for text that is empty, a bounded number of times: ${name}`, () =>
        Effect.gen(function*() {
          assert.strictEqual((yield* one("", "Seven.")).value, "Seven.")
          const error = yield* Effect.flip(one("", " \n", ""))
          assert(error._tag === "UnparsableAnswer")
          assert.strictEqual(error.attempts, 3)
        }))
    }

    it("has UnparsableAnswer in its type, whatever its schema", () => {
      expectTypeOf<UnparsableAnswer>().toExtend<Agent.Failure<(typeof texts)[keyof typeof texts]>>()
      expectTypeOf<UnparsableAnswer>().toExtend<Agent.Failure<(typeof texts)["Schema.Trimmed"]>>()
      expectTypeOf<UnparsableAnswer>().toExtend<Agent.Failure<(typeof texts)["no output"]>>()
    })

    it.effect("gives its `answer` what it wrote as it is, with the reason it ended", () =>
      Effect.gen(function*() {
        const Ends = LlmAgent.make("Ends", { ...io, answer: ({ finishReason, text }) => `${text}: ${finishReason}` })
        const end = (script: ScriptedLlm.Line) =>
          Effect.map(Ends.run({ question: "?" }), ({ value }) => value).pipe(Effect.provide(ScriptedLlm.layer(script)))
        assert.strictEqual(yield* end({ text: "Seven and", finishReason: "length" }), "Seven and: length")
        assert.strictEqual(yield* end(""), ": stop")
      }))
  })

  it.effect("lets the model see the results of a turn before it takes the answer", () =>
    Effect.gen(function*() {
      const both: Reply.Reply = {
        toolCalls: [{ name: "stock", input: { part: "bolt" } }, { name: "final_answer", input: { count: 1 } }]
      }
      assert.deepStrictEqual((yield* ask(both, answered)).value, { count: 7 })
    }))

  it.effect("gives the failure of a tool to the model", () =>
    Effect.gen(function*() {
      const none = Reply.call("stock", { part: "none" })
      assert.deepStrictEqual((yield* ask(none, Reply.call("final_answer", { count: 0 }))).value, { count: 0 })
    }))

  it.effect("stops at its limits", () =>
    Effect.gen(function*() {
      const Short = LlmAgent.make("Short", { ...io, output: Answer, tools: [stock], limits: { turns: 1 } })
      const error = yield* Effect.flip(services(Short.run({ question: "?" }), called))
      assert(error._tag === "ToolLoopStopped")
      assert.strictEqual(error.cap, "turns")
    }))

  it.effect("makes its output of what tools answered, where that is asked for", () =>
    Effect.gen(function*() {
      const Numbers = LlmAgent.make("Numbers", {
        ...io,
        output: Schema.Struct({ text: Schema.String, counts: Schema.Array(Schema.Finite) }),
        tools: [stock],
        answer: (said) => ({ text: said.text, counts: Llm.outputs(said, stock) })
      })
      const { value } = yield* services(Numbers.run({ question: "?" }), called, "There are 8.")
      assert.deepStrictEqual(value, { text: "There are 8.", counts: [7] })
    }))

  it.effect("is a step of a pipeline and a tool of another", () =>
    Effect.gen(function*() {
      const Flow = Pipeline.make("Flow", { version: "1.0.0", input: Question, output: Schema.Int }, (input) => {
        const stock = Step.agent("stock", Stock, [input], (input) => input)
        return Step.make("twice", [stock], ({ count }) => Effect.succeed(count * 2))
      })
      assert.strictEqual((yield* services(Flow.run({ question: "?" }), called, answered)).value, 14)

      const Outer = LlmAgent.make("Outer", { ...io, tools: [Agent.tool(Stock)] })
      const { value } = yield* services(
        Outer.run({ question: "?" }),
        Reply.call("Stock", { question: "bolts?" }),
        called,
        answered,
        "There are seven."
      )
      assert.strictEqual(value, "There are seven.")
    }))

  it("has exact types", () => {
    type Base = AiError.AiError | ToolLoopStopped | UnmeasuredUsage | UnparsableAnswer
    const Plain = LlmAgent.make("Plain", io)
    expectTypeOf<Agent.Output<typeof Plain>>().toEqualTypeOf<string>()
    expectTypeOf<Agent.Failure<typeof Plain>>().toEqualTypeOf<Base>()
    expectTypeOf<Agent.Services<typeof Plain>>().toEqualTypeOf<LanguageModel.LanguageModel>()
    expectTypeOf<Agent.Output<typeof Stock>>().toEqualTypeOf<{ readonly count: number }>()
    expectTypeOf<Agent.Failure<typeof Stock>>().toEqualTypeOf<Base>()
    expectTypeOf<Agent.Services<typeof Stock>>().toEqualTypeOf<LanguageModel.LanguageModel | Erp>()

    const Careful = LlmAgent.make("Careful", { ...io, tools: [Tool.approval(stock, ({ part }) => part)] })
    expectTypeOf<Agent.Services<typeof Careful>>().toEqualTypeOf<LanguageModel.LanguageModel | Erp | Approval>()

    const Reading = LlmAgent.make("Reading", {
      ...io,
      instructions: ({ question }) =>
        Effect.gen(function*() {
          if (question === "") return yield* new NoStock()
          return `There are ${yield* Effect.flatMap(Erp, ({ stock }) => stock)}.`
        })
    })
    expectTypeOf<Agent.Services<typeof Reading>>().toEqualTypeOf<LanguageModel.LanguageModel | Erp>()
    expectTypeOf<Agent.Failure<typeof Reading>>().toEqualTypeOf<Base | NoStock>()
  })
  it("keeps the types of its schemas, as the endpoint of a service needs them", () => {
    const Triage = LlmAgent.make("Triage", { ...io, output: Answer, error: LlmAgent.Failure })
    expectTypeOf(Triage.input).toEqualTypeOf<typeof Question>()
    expectTypeOf(Triage.output).toEqualTypeOf<typeof Answer>()
    expectTypeOf(Triage.error).toEqualTypeOf<typeof LlmAgent.Failure>()
    expectTypeOf<(typeof LlmAgent.Failure)["Type"]>().toEqualTypeOf<LlmAgent.Failure>()
    expectTypeOf(LlmAgent.make("Plain", io).output).toEqualTypeOf<typeof Schema.String>()
    const endpoint = HttpApiEndpoint.post("triage", "/triage", {
      payload: Schema.toEncoded(Triage.input),
      success: Triage.output,
      error: Triage.error
    })
    expectTypeOf<(typeof endpoint)["~Success"]["Type"]>().toEqualTypeOf<(typeof Answer)["Type"]>()
  })

  it("refuses a schema of its failures that leaves one out, and says which", () => {
    expectTypeOf<Agent.Covers<typeof LlmAgent.Failure, LlmAgent.Failure | NoStock>>().toEqualTypeOf<
      "NoStock is not in error"
    >()
    const instructions = () => Effect.fail(new NoStock())
    // @ts-expect-error NoStock is not in error
    const wrong = () => LlmAgent.make("Wrong", { ...io, error: LlmAgent.Failure, instructions })
    const error = Schema.Union([LlmAgent.Failure, NoStock])
    const Right = LlmAgent.make("Right", { ...io, error, instructions })
    expectTypeOf(Right.error).toEqualTypeOf<typeof error>()
    assert.isFunction(wrong)
  })
})

describe("a typed answer after tools", () => {
  for (const wire of [...Wires.wires, ...Wires.bridged]) {
    it.live(`costs one request for the tools and one for the answer, counted at the server: ${wire.name}`, () =>
      Effect.gen(function*() {
        const server = yield* FakeProvider
        yield* server.script(Reply.call("stock", { part: "bolt" }), Reply.call("final_answer", { count: 7 }))
        const { metadata, value } = yield* Stock.run({ question: "bolts?" }).pipe(
          Effect.provide(wire.model),
          Effect.provideService(Erp, { stock: Effect.succeed(7) })
        )
        assert.deepStrictEqual(value, { count: 7 })
        assert.strictEqual((yield* server.journal).length, 2)
        assert.strictEqual(metadata.usage.calls, 2)
      }).pipe(Effect.provide(FakeProvider.layer())))
  }
})
