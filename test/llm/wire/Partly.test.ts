/**
 * Answers of which a part is strange, and the rest is right.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Llm, LlmAgent, Tool } from "greenlang"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai } from "./Table.ts"
import * as Wire from "./Wire.ts"

const json = JSON.stringify

const call = (id: string, name: string | undefined, args: string) => ({
  id,
  type: "function",
  function: { ...(name === undefined ? {} : { name }), arguments: args }
})

const callsOf = (...calls: ReadonlyArray<ReturnType<typeof call>>) =>
  json(Answers.completion({ content: null, tool_calls: calls }, {}, "tool_calls"))

const streamOf = (...calls: ReadonlyArray<ReturnType<typeof call>>) =>
  Wire.sse(Answers.callChunk(...calls.map((one, index) => ({ index, ...one }))), Answers.stopForCalls, Wire.done)

Table.check("An answer", [
  openai(
    "with nothing among its parts",
    "whole",
    json(Answers.completion({ content: [null, { type: "text", text: "b" }] })),
    { text: "b" }
  ),
  openai(
    "with nothing among its parts",
    "stream",
    Wire.sse(Answers.chunk({ content: [null, { type: "text", text: "b" }] }), Answers.stop, Wire.done),
    { text: "b" }
  ),
  openai(
    "with nothing among its choices",
    "whole",
    json({ ...Answers.completion({}), choices: [null, ...Answers.completion({ content: "b" }).choices] }),
    { text: "b" }
  ),
  openai(
    "with nothing among its choices",
    "stream",
    Wire.sse({ ...Answers.chunk({}), choices: [null, ...Answers.chunk({ content: "b" }).choices] }, Answers.stop),
    { text: "b" }
  ),
  openai("whose finish is a number", "whole", json(Answers.completion({ content: "b" }, {}, 1)), {
    text: "b",
    finish: "unknown"
  }),
  openai("whose finish is a number", "stream", Wire.sse(Answers.chunk({ content: "b" }), Answers.chunk({}, 1)), {
    text: "b",
    finish: "unknown"
  }),
  anthropic(
    "without a stop reason",
    "whole",
    json(Answers.message([{ type: "text", text: "b" }], { stop_reason: null })),
    {
      text: "b",
      finish: "unknown"
    }
  ),
  anthropic(
    "without a stop reason",
    "stream",
    Wire.sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("b")),
      { type: "message_stop" }
    ),
    { text: "b", finish: "unknown" }
  ),
  anthropic(
    "that pauses",
    "whole",
    json(Answers.message([{ type: "text", text: "b" }], { stop_reason: "pause_turn" })),
    { text: "b", finish: "pause" }
  ),
  anthropic(
    "that pauses",
    "stream",
    Wire.sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("b")),
      ...Answers.end("pause_turn")
    ),
    { text: "b", finish: "pause" }
  )
])

const city = `{"city":"Oslo"}`

Table.check("A call", [
  openai("beside one without a name", "whole", callsOf(call("a", "get_weather", city), call("b", "", city)), {
    calls: [Table.weather("Oslo"), ["unnamed_call", { city: "Oslo" }]]
  }),
  openai("behind one without a name", "whole", callsOf(call("b", undefined, city), call("a", "get_weather", city)), {
    calls: [["unnamed_call", { city: "Oslo" }], Table.weather("Oslo")]
  }),
  openai("beside one without a name", "stream", streamOf(call("a", "get_weather", city), call("b", "", city)), {
    calls: [Table.weather("Oslo"), ["unnamed_call", { city: "Oslo" }]]
  }),
  openai("whose arguments are said twice", "whole", callsOf(call("a", "get_weather", city + city)), {
    calls: [Table.weather("Oslo")]
  }),
  openai("whose arguments are said twice", "stream", streamOf(call("a", "get_weather", `${city}\n${city}`)), {
    calls: [Table.weather("Oslo")]
  }),
  openai("whose arguments are an empty list", "whole", callsOf(call("a", "ping", "[]")), { calls: [["ping", {}]] }),
  openai("whose arguments are an empty list", "stream", streamOf(call("a", "ping", "[ ]")), { calls: [["ping", {}]] }),
  openai("whose arguments no tool takes", "whole", callsOf(call("a", "ping", "5")), { calls: [["ping", {}]] })
])

const other = (name: string, format: Wire.Format, body: string, words: string) =>
  Table.of(format, name, "stream", body, { fails: "InvalidResponseError", words, retry: false })

Table.check("A stream in the format of another API", [
  other("Anthropic's", "openai", Answers.hello.anthropic.stream, "which Anthropic.layer reads"),
  other(
    "OpenAI's for responses",
    "openai",
    Wire.sse(
      { type: "response.created", response: { id: "r" } },
      { type: "response.output_text.delta", delta: "Hello" },
      { type: "response.completed", response: { id: "r", output: [] } }
    ),
    "which AiSdk.layer reads"
  ),
  other("chat completions", "anthropic", Answers.hello.openai.stream, "which OpenAiCompatible.layer reads")
])

describe("The arguments of a call", () => {
  for (const way of Wire.waysOf("openai", "stream")) {
    it.live(`may come in ten thousand pieces: ${way}`, () =>
      Effect.gen(function*() {
        const text = "x".repeat(10_000)
        const pieces = Array.from(`{"city":"${text}"}`, (piece) =>
          Answers.callChunk({ index: 0, function: { arguments: piece } }))
        const body = Wire.sse(
          Answers.callChunk({ index: 0, id: "a", function: { name: "get_weather", arguments: "" } }),
          ...pieces,
          Answers.stopForCalls,
          Wire.done
        )
        const { calls } = yield* Wire.ask("openai", way, body)
        assert.deepStrictEqual(
          calls.map(({ params }) =>
            params
          ),
          [{ city: text }]
        )
      }).pipe(Effect.scoped))
  }
})

describe("A tool loop", () => {
  const ran: Array<string> = []
  const weather = Tool.make("get_weather", {
    description: "The weather in a city",
    input: Schema.Struct({ city: Schema.String }),
    output: Schema.String,
    execute: ({ city }) => Effect.sync(() => (ran.push(city), "7 degrees"))
  })
  const Asker = LlmAgent.make("Asker", {
    version: "1.0.0",
    input: Schema.String,
    instructions: "Answer.",
    tools: [weather],
    answer: ({ finishReason, text, turns }) => `${finishReason} after ${turns}: ${text}`
  })
  const ask = (bodies: ReadonlyArray<object>) =>
    Effect.gen(function*() {
      ran.length = 0
      let at = 0
      const server = yield* Wire.serve((response) => Wire.json(response, bodies[at++] ?? bodies.at(-1)))
      const { value } = yield* Effect.provide(Asker.run("?"), Wire.modelAt("openai", server.url))
      return { value, asked: server.asked }
    })
  const called = (finish: string, ...calls: ReadonlyArray<object>) =>
    Answers.completion({ content: "I will look", tool_calls: calls }, {}, finish)

  it.live("runs the good call beside one without a name, and reports the other to the model", () =>
    Effect.gen(function*() {
      const { asked, value } = yield* ask([
        called("tool_calls", call("a", "get_weather", city), call("b", "", city)),
        Answers.completion({ content: "7 degrees" })
      ])
      assert.deepStrictEqual(ran, ["Oslo"])
      assert.strictEqual(value, "stop after 2: 7 degrees")
      assert.include(asked[1]!.text, "there is no tool unnamed_call")
      assert.notInclude(asked[1]!.text, `"name":""`)
    }).pipe(Effect.scoped))

  it.live("ends with an answer that the vendor filtered, and makes no call in it", () =>
    Effect.gen(function*() {
      const { asked, value } = yield* ask([called("content_filter", call("a", "get_weather", city))])
      assert.deepStrictEqual(ran, [])
      assert.strictEqual(value, "content-filter after 1: I will look")
      assert.lengthOf(asked, 1)
    }).pipe(Effect.scoped))
})

describe("An object that is asked for", () => {
  const Person = Schema.Struct({ name: Schema.String, age: Schema.Finite })
  for (const format of Wire.formats) {
    for (const way of Wire.waysOf(format, "whole")) {
      it.live(`may come as a call of a tool that was not offered: ${format}, ${way}`, () =>
        Effect.gen(function*() {
          const person = { name: "Ada", age: 36 }
          const body = format === "openai"
            ? Answers.completion({ content: null, tool_calls: [call("a", "answer", json(person))] }, {}, "tool_calls")
            : Answers.message([{ type: "tool_use", id: "a", name: "answer", input: person }], {
              stop_reason: "tool_use"
            })
          const server = yield* Wire.serve((response) => Wire.json(response, body))
          const { value } = yield* Effect.provide(
            Llm.generateObject(Person, { prompt: "Who?" }),
            Wire.modelIn(way, format, server.url)
          )
          assert.deepStrictEqual(value, person)
          assert.lengthOf(server.asked, 1)
        }).pipe(Effect.scoped))
    }
  }
})
