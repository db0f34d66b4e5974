/**
 * What a server may send without end: levels of JSON, and pieces behind the finish.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import { AiError } from "effect/ai"
import { Llm, Tool } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const http = Http.layer({ retries: 0, timeout: "20 seconds" })
const model = (format: Wire.Format, url: string) => Layer.provide(Wire.modelAt(format, url), http)

/** JSON of 30,000 lists inside each other. */
const deep = `${"[".repeat(30_000)}1${"]".repeat(30_000)}`

const answer = (format: Wire.Format, error: string): string =>
  format === "openai"
    ? `{"choices":[],"error":${error}}`
    : `{"type":"error","error":${error}}`

describe("an answer", () => {
  for (const format of Wire.formats) {
    for (const error of [`{"a":${deep}}`, `${"{\"error\":".repeat(30_000)}1${"}".repeat(30_000)}`]) {
      it.live(`of any depth fails as any other, at ${format}: ${error.slice(0, 12)}`, () =>
        Effect.gen(function*() {
          const whole = yield* Wire.serve((response) => Wire.json(response, answer(format, error)))
          const failure = yield* Effect.flip(Effect.provide(Llm.generate("hi"), model(format, whole.url)))
          assert.isTrue(AiError.isAiError(failure))

          const streamed = yield* Wire.serve((response) => {
            response.writeHead(200, { "content-type": "text/event-stream" })
            response.end(`data: ${answer(format, error)}\n\n`)
          })
          const broken = yield* Effect.flip(
            Effect.provide(Stream.runDrain(Llm.stream("hi")), model(format, streamed.url))
          )
          assert.isTrue(AiError.isAiError(broken))
        }))
    }
  }

  it.live("whose arguments are too deep goes back to the model as a mistake", () =>
    Effect.gen(function*() {
      const tool = Tool.make("weather", {
        description: "The weather",
        input: Schema.Struct({ city: Schema.Unknown }),
        output: Schema.String,
        execute: () => Effect.succeed("sun")
      })
      const calling = {
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "weather", arguments: `{"city":${deep}}` } }]
      }
      let at = 0
      const server = yield* Wire.serve((response) =>
        Wire.json(
          response,
          at++ === 0 ? Answers.completion(calling, {}, "tool_calls") : Answers.completion({ content: "done" })
        )
      )
      const { calls, text } = yield* Effect.provide(
        Llm.withTools({ prompt: "hi", tools: [tool] }),
        model("openai", server.url)
      )
      assert.strictEqual(text, "done")
      assert.deepStrictEqual(calls.map(({ result }) => result._tag), ["Failure"])
    }))

  it.live("ends where the server goes on sending pieces that say nothing behind its finish", () =>
    Effect.gen(function*() {
      const server = yield* Wire.serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        const chunk = { choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: "stop" }] }
        response.write(`data: ${JSON.stringify(chunk)}\n\n`)
        const timer = setInterval(() => response.write(": alive\n\n"), 300)
        response.on("close", () => clearInterval(timer))
      })
      const pieces = yield* Stream.runCollect(Llm.streamText("hi")).pipe(Effect.provide(model("openai", server.url)))
      assert.deepStrictEqual([...pieces], ["Hello"])
    }))

  it.live("is not failed by an error that says nothing, nor ended by the word null", () =>
    Effect.gen(function*() {
      const silent = [{ message: "", type: "", code: null }, { code: 0, message: "" }, 0]
      for (const error of silent) {
        const server = yield* Wire.serve((response) =>
          Wire.json(response, { ...Answers.completion({ content: "Hello" }), error })
        )
        const { text } = yield* Effect.provide(Llm.generate("hi"), model("openai", server.url))
        assert.strictEqual(text, "Hello")
      }
      const cut = yield* Wire.serve((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" })
        const chunk = { choices: [{ index: 0, delta: { content: "Hel" }, finish_reason: "null" }] }
        response.end(`data: ${JSON.stringify(chunk)}\n\n`)
      })
      const broken = yield* Effect.flip(Effect.provide(Stream.runDrain(Llm.stream("hi")), model("openai", cut.url)))
      assert.isTrue(AiError.isAiError(broken))
    }))

  it.live("that ended by a failure of the server is a failure", () =>
    Effect.gen(function*() {
      for (const word of ["network_error", "abort", "malformed_function_call", "ENGINE_ERROR"]) {
        const server = yield* Wire.serve((response) =>
          Wire.json(response, Answers.completion({ content: "Hel" }, {}, word))
        )
        const failure = yield* Effect.flip(Effect.provide(Llm.generate("hi"), model("openai", server.url)))
        assert.isTrue(AiError.isAiError(failure), word)
      }
    }))
})
