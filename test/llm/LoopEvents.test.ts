import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Redacted, Schedule, Schema, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import {
  Agent,
  type AgentEvent,
  Llm,
  LlmAgent,
  LlmProvider,
  LlmStreaming,
  Pipeline,
  PromiseAgent,
  Run,
  Step,
  Tool
} from "greenlang"
import * as Http from "greenlang/http/Http"
import * as LlmCache from "greenlang/llm/layers/LlmCache"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import * as LlmPrices from "greenlang/llm/LlmPrices"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import type { PipelineEvent } from "greenlang/pipeline/PipelineEvent"
import { FakeProvider, Fault, Reply, ScriptedLlm } from "greenlang/testing"
import * as PartialJson from "../../src/llm/internal/PartialJson.ts"
import { bridged, wires } from "../support/Wires.ts"

const area = Tool.make("area", {
  description: "Area of a rectangle in square metres",
  input: Schema.Struct({ width: Schema.Finite, depth: Schema.Finite }),
  output: Schema.Finite,
  // the other tool of its turn runs meanwhile
  execute: ({ depth, width }) => Effect.as(Effect.yieldNow, width * depth)
})

class NoMeter extends Schema.TaggedError<NoMeter>()("NoMeter", { room: Schema.String }) {}
const meter = Tool.make("meter", {
  description: "What a room takes, in kWh",
  input: Schema.Struct({ room: Schema.String }),
  output: Schema.Finite,
  error: NoMeter,
  execute: ({ room }) => room === "attic" ? Effect.fail(new NoMeter({ room })) : Effect.succeed(1200)
})

const Hall = LlmAgent.make("Hall", {
  version: "1.0.0",
  input: Schema.String,
  instructions: "Use the tools.",
  tools: [area, meter]
})

/** Three turns: two tools at once, one that fails, the answer. */
const script: ReadonlyArray<Reply.Reply> = [
  {
    text: "I measure. ",
    toolCalls: [
      { id: "call_a", name: "area", input: { width: 20, depth: 30 } },
      { id: "call_b", name: "meter", input: { room: "hall" } }
    ]
  },
  { toolCalls: [{ id: "call_c", name: "meter", input: { room: "attic" } }] },
  { text: "It takes 2 kWh per square metre.", reasoning: "1200 by 600." }
]

/** An event in short, pieces put together. */
const shortly = (events: ReadonlyArray<PipelineEvent | AgentEvent>): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let open = ""
  for (const event of events) {
    const isDelta = event._tag === "TextDelta" || event._tag === "ReasoningDelta"
    const at = [event._tag, ...event.path].join(" ")
    if (isDelta && open === at) lines[lines.length - 1] += event.text
    else lines.push([at, ...details(event)].join(" "))
    open = isDelta ? at : ""
  }
  return lines
}

const details = (event: PipelineEvent | AgentEvent): ReadonlyArray<string> => {
  switch (event._tag) {
    case "TextDelta":
    case "ReasoningDelta":
      return [event.text]
    case "ModelCalled":
      return [event.call, event.finishReason]
    case "ModelAsked":
      return [event.call]
    case "ToolCalled":
      return [event.tool, event.callId, JSON.stringify(event.input)]
    case "ToolAnswered":
      return [event.tool, event.callId, JSON.stringify(event.output)]
    case "ToolFailed":
      return [event.tool, event.callId, event.error._tag]
    default:
      return []
  }
}

const expected = [
  "RunStarted",
  "ModelAsked m1",
  "TextDelta I measure. ",
  "ModelCalled m1 tool-calls",
  `ToolCalled area call_a {"width":20,"depth":30}`,
  `ToolCalled meter call_b {"room":"hall"}`,
  "ToolAnswered meter call_b 1200",
  "ToolAnswered area call_a 600",
  "ModelAsked m2",
  "ModelCalled m2 tool-calls",
  `ToolCalled meter call_c {"room":"attic"}`,
  "ToolFailed meter call_c NoMeter",
  "ModelAsked m3",
  "ReasoningDelta 1200 by 600.",
  "TextDelta It takes 2 kWh per square metre.",
  "ModelCalled m3 stop",
  "RunEnded"
]

const question = "What does the hall take?"
const collect = Stream.runCollect(Agent.events(Hall, question))

/** Anthropic and the responses API say what was thought; chat completions of OpenAI's own do not. */
const withoutThoughts = (lines: ReadonlyArray<string>) => lines.filter((line) => !line.startsWith("ReasoningDelta"))

describe("a loop of three turns with two tools at once", () => {
  it.effect("arrives in order as events, each with the run, its number and its path [B148]", () =>
    Effect.gen(function*() {
      const events = yield* collect
      assert.deepStrictEqual(shortly(events), expected)
      assert.deepStrictEqual(events.map(({ seq }) => seq), events.map((_, at) => at))
      assert.strictEqual(new Set(events.map(({ run }) => run)).size, 1)
      assert.isAbove(events.filter(({ _tag }) => _tag === "TextDelta").length, 4)
      const ended = events.at(-1)
      const called = events.filter((event) => event._tag === "ModelCalled")
      assert(ended?._tag === "RunEnded")
      const costUsd = called.reduce((sum, { usage }) => sum + usage.costUsd, 0)
      assert(ended.usage !== undefined)
      assert.strictEqual(ended.usage.calls, 3)
      assert.closeTo(ended.usage.costUsd, costUsd, 1e-12)
      assert.isAbove(costUsd, 0)
    }).pipe(
      Effect.provide([
        ScriptedLlm.layer(...script),
        LlmPrices.layer({
          "scripted/script": { inputPerMillion: 1, outputPerMillion: 2, source: "the test", date: "2025-01-31" }
        })
      ])
    ))

  for (const { model, name } of [...wires, ...bridged]) {
    it.live(`arrives the same over HTTP: ${name} [B148]`, () =>
      Effect.gen(function*() {
        const heard = yield* collect
        assert.deepStrictEqual(withoutThoughts(shortly(heard)), withoutThoughts(expected))
        const server = yield* FakeProvider
        yield* server.script(...script)
        const { metadata } = yield* Hall.run(question)
        const journal = yield* server.journal
        assert.deepStrictEqual(
          journal.map(({ streams }) => streams),
          [true, true, true, false, false, false]
        )
        const last = heard.at(-1)
        assert.deepStrictEqual(last?._tag === "RunEnded" && last.usage, metadata.usage)
      }).pipe(Effect.provide(Layer.provideMerge(model, FakeProvider.layer(...script)))))
  }

  for (const { model, name } of wires) {
    it.live(`opens at most two connections in ten calls in a row that are listened to: ${name} [B149]`, () =>
      Effect.gen(function*() {
        for (let n = 0; n < 10; n++) yield* Pipeline.observe(Llm.generate("hi"), () => {})
        const server = yield* FakeProvider
        assert.isAtMost(yield* server.connections, 2)
        const exchanges = yield* server.journal
        assert.deepStrictEqual(exchanges.map(({ streams }) => streams), exchanges.map(() => true))
      }).pipe(
        Effect.provide(
          Layer.provideMerge(model, FakeProvider.layer(...Array.from({ length: 10 }, () => "one two three")))
        )
      ))
  }

  it("arrives through PromiseAgent, and its text as tokens", async () => {
    const model = ScriptedLlm.layer(...script, ...script)
    await using hall = await PromiseAgent.open(Hall, model)
    const events: Array<PipelineEvent> = []
    for await (const event of hall.events(question)) events.push(event)
    assert.deepStrictEqual(shortly(events), expected)
    const tokens = await Array.fromAsync(hall.tokens(question))
    assert.strictEqual(tokens.join(""), "I measure. It takes 2 kWh per square metre.")
    assert.isAbove(tokens.length, 4)
  })

  it.effect("asks the model for whole answers while nothing listens [B149]", () =>
    Effect.gen(function*() {
      let streams = 0
      const counting = LlmProvider.around((inner) =>
        Effect.succeed({
          ...inner,
          stream: (request) => {
            streams++
            return inner.stream(request)
          }
        })
      )
      const below = LlmProvider.languageModel.pipe(Layer.provide(counting), Layer.provide(ScriptedLlm.layer(...script)))
      yield* Hall.run(question).pipe(Effect.provide(below))
      assert.strictEqual(streams, 0)
    }))
})

describe("events of models", () => {
  const Inner = LlmAgent.make("Inner", {
    version: "1.0.0",
    input: Schema.Struct({ n: Schema.Finite }),
    instructions: "Inside."
  })
  const Outer = LlmAgent.make("Outer", {
    version: "1.0.0",
    input: Schema.String,
    instructions: "Outside.",
    tools: [Agent.tool(Inner)]
  })

  it.effect("of an agent behind a tool have the path of the call, its run and its parent", () =>
    Effect.gen(function*() {
      const Flow = Pipeline.make(
        "Flow",
        { version: "1.0.0", input: Schema.String, output: Schema.String },
        (text) => Step.agent("ask", Outer, [text], (text) => text)
      )
      const events = yield* Stream.runCollect(Flow.events("?"))
      const inside = events.filter(({ path }) => path.join("/").startsWith("ask/Inner/call_1"))
      assert.deepStrictEqual([...new Set(inside.map(({ _tag }) => _tag))], [
        "AgentStarted",
        "ModelAsked",
        "TextDelta",
        "ModelCalled",
        "AgentEnded"
      ])
      const started = events.filter((event) => event._tag === "AgentStarted")
      const [run] = events
      assert.deepStrictEqual(started.map(({ agent }) => agent), ["Outer", "Inner"])
      assert.strictEqual(started[0]?.parent, run?.run)
      assert.strictEqual(started[1]?.parent, started[0]?.run)
      assert.strictEqual(new Set(inside.map(({ run }) => run)).size, 1)
      assert.strictEqual(events.filter((event) => event._tag === "RunStarted").length, 1)
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("Inner", { n: 1 }), "inner words", "outer words"))))

  it("leave the words of agents behind tools out of the tokens", async () => {
    const model = ScriptedLlm.layer(Reply.call("Inner", { n: 1 }), "inner words", "outer words")
    await using outer = await PromiseAgent.open(Outer, model)
    assert.strictEqual((await Array.fromAsync(outer.tokens("?"))).join(""), "outer words")
  })

  it.effect("come of every way to ask, once each [B150]", () =>
    Effect.gen(function*() {
      const schema = Schema.Struct({ n: Schema.Finite })
      const ways = Agent.make("Ways", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Void,
        execute: () =>
          Effect.all([
            LanguageModel.generateText({ prompt: "1" }),
            LanguageModel.generateObject({ prompt: "2", schema }),
            Stream.runDrain(LanguageModel.streamText({ prompt: "3" })),
            Llm.generate("4"),
            Llm.generateObject(schema, { prompt: "5" }),
            Stream.runDrain(Llm.stream("6")),
            Llm.withTools({ prompt: "7", tools: [area] })
          ], { discard: true }).pipe(Effect.orDie)
      })
      const object = `{"n":1}`
      const events = yield* Stream.runCollect(Agent.events(ways, undefined)).pipe(
        Effect.provide(ScriptedLlm.layer("a b", object, "a b", "a b", object, "a b", "a b"))
      )
      const called = events.filter((event) => event._tag === "ModelCalled")
      assert.deepStrictEqual(called.map(({ call }) => call), ["m1", "m2", "m3", "m4", "m5", "m6", "m7"])
      const text = (call: string) =>
        events.flatMap((event) => event._tag === "TextDelta" && event.call === call ? [event.text] : []).join("")
      assert.deepStrictEqual(
        called.map(({ call }) => text(call)),
        ["a b", object, "a b", "a b", object, "a b", "a b"]
      )
      const ended = events.at(-1)
      assert.strictEqual(ended?._tag === "RunEnded" && ended.usage?.calls, 7)
    }))

  it.live("come again, behind a ModelRetried, where a stream broke off; caches and retries see whole answers", () =>
    Effect.gen(function*() {
      const Ask = Agent.make("Ask", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.String,
        execute: () => Effect.orDie(Effect.map(Llm.generate("hi"), ({ text }) => text))
      })
      const events = yield* Stream.runCollect(Agent.events(Ask, undefined))
      const lines = shortly(events)
      assert.deepStrictEqual([lines[0], lines[1], lines.at(-3), lines.at(-2)], [
        "RunStarted",
        "ModelAsked m1",
        "TextDelta Hello there",
        "ModelCalled m1 stop"
      ])
      assert.include(lines, "ModelRetried")
      // Neither a listener nor its absence asks again for what is cached.
      assert.strictEqual(yield* Agent.call(Ask, undefined), "Hello there")
      const again = yield* Stream.runCollect(Agent.events(Ask, undefined))
      assert.deepStrictEqual(shortly(again), [
        "RunStarted",
        "ModelAsked m1",
        "TextDelta Hello there",
        "ModelCalled m1 stop",
        "RunEnded"
      ])
      const called = again.find((event) => event._tag === "ModelCalled")
      assert.deepStrictEqual([called?.cached, called?.usage.calls], [true, 0])
    }).pipe(
      Effect.provide(
        LlmProvider.languageModel.pipe(
          Layer.provide(LlmCache.layer({ capacity: 10, timeToLive: "1 hour" })),
          Layer.provide(LlmRetry.layer({ pause: "1 millis" })),
          Layer.provide(Layer.unwrap(
            Effect.map(FakeProvider, ({ baseUrl }) => OpenAiCompatible.layerProvider({ baseUrl, model: "any" }))
          )),
          Layer.provide(Http.layer({ retries: 0 })),
          Layer.provide(FakeProvider.layer(Fault.reset("Hello th"), "Hello there"))
        )
      )
    ))

  it.live("have each answer in one piece where the server cannot stream", () =>
    Effect.gen(function*() {
      const heard = yield* collect
      assert.deepStrictEqual(withoutThoughts(shortly(heard)), withoutThoughts(expected))
      const exchanges = yield* (yield* FakeProvider).journal
      assert.deepStrictEqual(exchanges.map(({ streams }) => streams), [false, false, false])
    }).pipe(
      Effect.provideService(LlmStreaming, false),
      Effect.provide(Layer.provideMerge(wires[0]!.model, FakeProvider.layer(...script)))
    ))

  it.live("end with the failure of the call, and hang up on the vendor when the reader leaves", () =>
    Effect.gen(function*() {
      const server = yield* FakeProvider
      const two = yield* Stream.runCollect(
        Agent.events(Hall, question).pipe(Stream.filter(({ _tag }) => _tag === "TextDelta"), Stream.take(2))
      )
      assert.strictEqual(two.length, 2)
      const [exchange] = yield* server.until((journal) => journal[0]?.ending !== "open")
      assert.strictEqual(exchange?.ending, "abandoned")
      const events: Array<PipelineEvent> = []
      const exit = yield* Effect.exit(Pipeline.observe(Hall.run(question), (event) => events.push(event)))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(events.slice(-2).map(({ _tag }) => _tag), ["ModelFailed", "RunEnded"])
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          wires[0]!.model,
          FakeProvider.layer(Fault.stall("one two three four five six"), Fault.reset("one"))
        )
      )
    ))

  it.effect("hide what the schema of a tool calls redacted", () =>
    Effect.gen(function*() {
      const login = Tool.make("login", {
        description: "Logs in",
        input: Schema.Struct({ user: Schema.String, password: Schema.RedactedFromValue(Schema.String) }),
        output: Schema.RedactedFromValue(Schema.String),
        execute: ({ password }) => Effect.succeed(Redacted.make(`${Redacted.value(password)}-token`))
      })
      const Login = LlmAgent.make("Login", { version: "1.0.0", input: Schema.String, instructions: "", tools: [login] })
      const events = yield* Stream.runCollect(Agent.events(Login, "?"))
      const text = JSON.stringify(events)
      assert.notInclude(text, "hunter2")
      assert.deepInclude(events.find(({ _tag }) => _tag === "ToolCalled"), {
        input: { user: "ada", password: "<redacted>" }
      })
      assert.deepInclude(events.find(({ _tag }) => _tag === "ToolAnswered"), { output: "<redacted>" })
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("login", { user: "ada", password: "hunter2" }), "done"))))

  it.effect("of a tool that is interrupted, and of its call, say so", () =>
    Effect.gen(function*() {
      const waits = Tool.make("waits", {
        description: "Waits",
        input: Schema.Struct({}),
        output: Schema.Void,
        execute: () => Effect.never
      })
      const Waits = LlmAgent.make("Waits", { version: "1.0.0", input: Schema.String, instructions: "", tools: [waits] })
      const events: Array<PipelineEvent> = []
      const run = yield* Effect.forkChild(Pipeline.observe(Waits.run("?"), (event) => events.push(event)))
      yield* Effect.repeat(Effect.yieldNow, {
        while: () => !events.some(({ _tag }) => _tag === "ToolCalled"),
        schedule: Schedule.forever
      })
      yield* Fiber.interrupt(run)
      const failed = events.find((event) => event._tag === "ToolFailed")
      assert.strictEqual(failed?.error._tag, "Interrupted")
      const ended = events.at(-1)
      assert.strictEqual(ended?._tag === "RunEnded" && ended.outcome, "interrupted")
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("waits", {})))))

  it.effect("have the text that a program emits by itself, without a call", () =>
    Effect.gen(function*() {
      const Says = Agent.make("Says", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Void,
        execute: () => Run.emitToken("word")
      })
      const [, delta] = yield* Stream.runCollect(Agent.events(Says, undefined))
      assert(delta?._tag === "TextDelta")
      assert.deepStrictEqual([delta.text, delta.call], ["word", undefined])
    }))
})

const Plan = Schema.Struct({ title: Schema.String, steps: Schema.Array(Schema.String) })
const plan = { title: "Insulate the hall", steps: ["roof", "doors"] }
const Planner = LlmAgent.make("Planner", {
  version: "1.0.0",
  input: Schema.String,
  output: Plan,
  instructions: "Plan.",
  tools: [area]
})
const grown = (events: ReadonlyArray<AgentEvent>) =>
  events.flatMap((event) => event._tag === "AnswerGrew" ? [event.value] : [])

describe("the numbers of events", () => {
  const Write = LlmAgent.make("Write", { version: "1.0.0", input: Schema.String, instructions: "Write." })
  const Twice = Pipeline.make("Twice", { version: "1.0.0", input: Schema.String, output: Schema.String }, (input) => {
    const first = Step.agent("first", Write, [input], (text) => text)
    return Step.agent("second", Write, [first], (text) => text)
  })

  it.effect("have no gaps where a listener takes only some of them", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect(Agent.events(Twice, "?"))
      assert.isAbove(events.length, 6)
      assert.deepStrictEqual(events.map(({ seq }) => seq), events.map((_, at) => at))
      const all = yield* Stream.runCollect(Twice.events("?"))
      assert.isAbove(all.length, events.length)
      assert.deepStrictEqual(all.map(({ seq }) => seq), all.map((_, at) => at))
    }).pipe(Effect.provide(ScriptedLlm.layer("one", "two", "three", "four"))))

  it.effect("and of calls are those of each listener", () =>
    Effect.gen(function*() {
      const calls = (events: ReadonlyArray<AgentEvent | PipelineEvent>) =>
        events.flatMap((event) => event._tag === "ModelAsked" || event._tag === "ModelCalled" ? [event.call] : [])
      const inner: Array<PipelineEvent> = []
      const outer: Array<PipelineEvent> = []
      yield* Pipeline.observe(
        Effect.andThen(
          Write.run("first"),
          Pipeline.observe(Write.run("second"), (event) => inner.push(event))
        ),
        (event) => outer.push(event)
      )
      assert.deepStrictEqual(calls(outer), ["m1", "m1", "m2", "m2"])
      assert.deepStrictEqual(calls(inner), ["m1", "m1"])
    }).pipe(Effect.provide(ScriptedLlm.layer("one", "two"))))
})

describe("events of a typed answer", () => {
  it.effect("show a refused answer, and each answer as it grows", () =>
    Effect.gen(function*() {
      const events = yield* Stream.runCollect(Agent.events(Planner, "?"))
      const of = events.flatMap((event) => event._tag === "AnswerRefused" ? [[event.attempt, event.issues]] : [])
      assert.deepStrictEqual(of, [[1, "steps: Expected an array"]])
      const seen = grown(events)
      assert.deepStrictEqual(seen.at(-1), plan)
      assert.deepInclude(seen, { title: "Insulate the" })
      const at = (tag: string) => events.findIndex(({ _tag }) => _tag === tag)
      assert.isBelow(at("AnswerGrew"), at("ModelCalled"))
      assert.isBelow(at("ModelCalled"), at("AnswerRefused"))
    }).pipe(Effect.provide(ScriptedLlm.layer(
      Reply.call("final_answer", { title: "Insulate", steps: 1 }),
      Reply.call("final_answer", plan)
    ))))

  it.effect("show an answer that comes in one piece", () =>
    Effect.gen(function*() {
      const streaming = Effect.provideService(LlmStreaming, false)
      const events = yield* Stream.runCollect(Agent.events(Planner, "?")).pipe(streaming)
      assert.deepStrictEqual(grown(events), [plan])
      assert.isBelow(
        events.findIndex(({ _tag }) => _tag === "AnswerGrew"),
        events.findIndex(({ _tag }) => _tag === "ModelCalled")
      )
      const secret = LlmAgent.make("Login", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.Struct({ password: Schema.RedactedFromValue(Schema.String) }),
        instructions: "Log in."
      })
      const hidden = yield* Stream.runCollect(Agent.events(secret, "?")).pipe(streaming)
      assert.deepStrictEqual(grown(hidden), [])
      assert.notInclude(JSON.stringify(hidden), "hunter2")
    }).pipe(Effect.provide(
      ScriptedLlm.layer(Reply.call("final_answer", plan), Reply.call("final_answer", { password: "hunter2" }))
    )))

  it.effect("show an answer of a cache", () =>
    Effect.gen(function*() {
      yield* Planner.run("?")
      assert.deepStrictEqual(grown(yield* Stream.runCollect(Agent.events(Planner, "?"))), [plan])
    }).pipe(Effect.provide(
      LlmProvider.languageModel.pipe(
        Layer.provide(LlmCache.layer({ capacity: 10, timeToLive: "1 hour" })),
        Layer.provide(ScriptedLlm.layer(Reply.call("final_answer", plan)))
      )
    )))

  it.effect("say why an answer was refused that came beside other calls", () =>
    Effect.gen(function*() {
      const Both = LlmAgent.make("Both", {
        version: "1.0.0",
        input: Schema.String,
        output: Plan,
        instructions: "Use the tools.",
        tools: [area]
      })
      const events = yield* Stream.runCollect(Agent.events(Both, "?"))
      const refused = events.flatMap((event) => event._tag === "AnswerRefused" ? [event.issues] : [])
      assert.strictEqual(refused.length, 1)
      assert.include(refused[0], "before the other calls")
    }).pipe(Effect.provide(ScriptedLlm.layer(
      { toolCalls: [{ name: "area", input: { width: 2, depth: 3 } }, { name: "final_answer", input: plan }] },
      Reply.call("final_answer", plan)
    ))))

  it.effect("show an answer of Llm.generateObject that is refused", () =>
    Effect.gen(function*() {
      const seen: Array<string> = []
      yield* Pipeline.observe(Llm.generateObject(Plan, { prompt: "?" }), (event) => {
        if (event._tag === "AnswerRefused") seen.push(`${event.attempt}`)
      })
      assert.deepStrictEqual(seen, ["1"])
    }).pipe(Effect.provide(ScriptedLlm.layer("I would rather not.", Reply.object(plan)))))

  it.effect("show nothing of an answer that holds a secret before it is whole", () =>
    Effect.gen(function*() {
      const Login = LlmAgent.make("Login", {
        version: "1.0.0",
        input: Schema.String,
        output: Schema.Struct({ password: Schema.RedactedFromValue(Schema.String) }),
        instructions: "Log in."
      })
      const events = yield* Stream.runCollect(Agent.events(Login, "?"))
      assert.deepStrictEqual(grown(events), [])
      assert.notInclude(JSON.stringify(events), "hunter2")
    }).pipe(Effect.provide(ScriptedLlm.layer(Reply.call("final_answer", { password: "hunter2" })))))

  for (const { model, name } of [...wires, ...bridged]) {
    it.live(`arrive over HTTP while the answer is written: ${name}`, () =>
      Effect.gen(function*() {
        const seen = grown(yield* Stream.runCollect(Agent.events(Planner, "?")))
        assert.deepStrictEqual(seen.at(-1), plan)
        for (const [at, value] of seen.entries()) {
          assert.isTrue(at === 0 || JSON.stringify(value).length > JSON.stringify(seen[at - 1]).length)
        }
      }).pipe(Effect.provide(Layer.provide(model, FakeProvider.layer(Reply.call("final_answer", plan))))))
  }
})

describe("Llm.streamObject", () => {
  const Note = Schema.Struct({ title: Schema.String, points: Schema.Array(Schema.FiniteFromString) })
  const note = { title: "On \"the\" {hall} \u00fc\\", points: ["1", "20"] }
  const value = { title: note.title, points: [1, 20] }

  it.effect("shows the object as it grows, and the value at the end", () =>
    Effect.gen(function*() {
      const pieces = yield* Stream.runCollect(Llm.streamObject(Note, { prompt: "?" }))
      const last = pieces.at(-1)
      assert(last?._tag === "Whole")
      assert.deepStrictEqual(last.value, value)
      assert.strictEqual(last.usage.calls, 1)
      const partial = pieces.flatMap((piece) => piece._tag === "Partial" ? [piece.value] : [])
      assert.isAbove(partial.length, 2)
      assert.deepStrictEqual(partial.at(-1), note)
      for (const [at, { title }] of partial.entries()) {
        assert.isTrue((partial[at + 1]?.title ?? note.title).startsWith(title ?? ""))
      }
    }).pipe(Effect.provide(ScriptedLlm.layer(JSON.stringify(note, undefined, 1)))))

  it.effect("begins anew with an answer that is asked for again, and fails as generateObject does", () =>
    Effect.gen(function*() {
      const stream = Llm.streamObject(Note, { prompt: "?", attempts: 2 })
      const pieces = yield* Stream.runCollect(stream)
      assert.deepInclude(pieces.at(-1), { _tag: "Whole", value })
      const error = yield* Effect.flip(Stream.runCollect(stream))
      assert.strictEqual(error._tag, "UnparsableAnswer")
    }).pipe(Effect.provide(ScriptedLlm.layer(`{"title":1}`, JSON.stringify(note), "no", "no"))))

  for (const { model, name } of wires) {
    it.live(`arrives over HTTP while it is written: ${name}`, () =>
      Effect.gen(function*() {
        const pieces = yield* Stream.runCollect(Llm.streamObject(Note, { prompt: "?" }))
        assert.isAbove(pieces.length, 2)
        assert.deepInclude(pieces.at(-1), { _tag: "Whole", value })
      }).pipe(Effect.provide(Layer.provideMerge(model, FakeProvider.layer(JSON.stringify(note, undefined, 1))))))
  }

  it("reads every prefix of an object, and never more than what came", () => {
    const text = JSON.stringify({ ...note, deep: { a: [[{ b: null, c: true }], -1.5e3] } }, undefined, 1)
    for (let end = 0; end <= text.length; end++) {
      const read = PartialJson.read(text.slice(0, end))
      if (text.slice(0, end).includes("{")) assert.isObject(read, text.slice(0, end))
      else assert.isUndefined(read)
    }
    assert.deepStrictEqual(PartialJson.read("```json\n" + text + "\n```"), JSON.parse(text))
  })
})
