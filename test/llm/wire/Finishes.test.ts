/**
 * The words in which vendors say why an answer ended, calls that only look the same, and answers without content.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import * as Http from "greenlang/http/Http"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai } from "./Table.ts"
import * as Wire from "./Wire.ts"

const json = (value: unknown) => JSON.stringify(value)

const failures = [
  "function_call_filter: MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "malformed_model_output",
  "malformed_tool_use",
  "ERROR_LIMIT",
  "FINISH_REASON_ERROR",
  "model_error",
  "tool_error",
  "internal_server_error",
  "failed",
  "a word of tomorrow"
]

const filters = [
  "content_filter: PROHIBITED",
  "RECITATION",
  "SPII",
  "IMAGE_SAFETY",
  "ERROR_TOXIC",
  "FinishReason.SAFETY"
]

const lengths = [
  "token_limit",
  "max_new_tokens",
  "MAX_LENGTH",
  "time_limit",
  "FINISH_REASON_LENGTH",
  "FinishReason.MAX_TOKENS"
]

const ended = (word: string, text: string, right: Table.Right | Table.Wrong) => [
  openai(
    `an end by "${word}"`,
    ["whole", "batch", "bridge"],
    json(Answers.completion({ content: text }, {}, word)),
    right
  ),
  openai(
    `an end by "${word}"`,
    ["stream", "bridge stream"],
    Wire.sse(Answers.chunk({ content: text }), Answers.chunk({}, word), Wire.done),
    right
  ),
  anthropic(
    `an end by "${word}"`,
    ["whole", "batch"],
    json(Answers.message(text === "" ? [] : [{ type: "text", text }], { stop_reason: word })),
    right
  ),
  anthropic(
    `an end by "${word}"`,
    "stream",
    Wire.sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text(text)),
      ...Answers.end(word)
    ),
    right
  )
]

Table.check(
  "An answer without content",
  failures.flatMap((word) => ended(word, "", { fails: "InternalProviderError", words: word, retry: true }))
)

Table.check(
  "The word of a filter",
  filters.flatMap((word) => ended(word, "He", { text: "He", finish: "content-filter" }))
)

Table.check("The word of a limit", lengths.flatMap((word) => ended(word, "He", { text: "He", finish: "length" })))

const call = (city: string, more: object) => ({
  ...more,
  function: { name: "get_weather", arguments: json({ city }) }
})
const piece = (id: string | undefined, name: string | undefined, text: string) =>
  Answers.callChunk({ ...(id === undefined ? {} : { id }), function: { ...(name && { name }), arguments: text } })
const streamed = (...chunks: ReadonlyArray<unknown>) => Wire.sse(...chunks, Answers.stopForCalls, Wire.done)
const two = { calls: [Table.weather("Rome"), Table.weather("Rome")] }
const both = { calls: [Table.weather("Rome"), Table.time("UTC")] }

Table.check("Calls in a stream", [
  openai(
    "two that are equal but for their ids, at one place",
    ["stream", "whole"],
    streamed(
      Answers.callChunk(call("Rome", { index: 0, id: "a" })),
      Answers.callChunk(call("Rome", { index: 0, id: "b" }))
    ),
    two
  ),
  openai(
    "two that are equal but for their ids, without a place",
    "stream",
    streamed(Answers.callChunk(call("Rome", { id: "a" })), Answers.callChunk(call("Rome", { id: "b" }))),
    two
  ),
  openai(
    "one that is said again under its id",
    "stream",
    streamed(
      Answers.callChunk(call("Rome", { index: 0, id: "a" })),
      Answers.callChunk(call("Rome", { index: 0, id: "a" }))
    ),
    { calls: [Table.weather("Rome")] }
  ),
  openai(
    "pieces in turn, each with an id",
    "stream",
    streamed(
      piece("a", "get_weather", "{\"ci"),
      piece("b", "get_time", "{\"t"),
      piece("a", undefined, "ty\":\"Rome\"}"),
      piece("b", undefined, "z\":\"UTC\"}")
    ),
    both
  ),
  openai(
    "pieces of one tool in turn, each with an id and the name",
    "stream",
    streamed(
      piece("a", "get_weather", "{\"ci"),
      piece("b", "get_weather", "{\"ci"),
      piece("a", "get_weather", "ty\":\"Rome\"}"),
      piece("b", "get_weather", "ty\":\"Rome\"}")
    ),
    two
  ),
  openai(
    "pieces in turn, each with the name alone",
    "stream",
    streamed(
      piece(undefined, "get_weather", "{\"ci"),
      piece(undefined, "get_time", "{\"t"),
      piece(undefined, "get_weather", "ty\":\"Rome\"}"),
      piece(undefined, "get_time", "z\":\"UTC\"}")
    ),
    both
  ),
  openai(
    "pieces in a row, each with the name alone",
    "stream",
    streamed(
      piece(undefined, "get_weather", "{\"ci"),
      piece(undefined, "get_weather", "ty\":\"Rome\"}"),
      piece(undefined, "get_time", "{\"t"),
      piece(undefined, "get_time", "z\":\"UTC\"}")
    ),
    both
  )
])

const signs: ReadonlyArray<readonly [string, string]> = [
  ["comments", ": keep-alive\n\n"],
  ["empty deltas", Wire.sse(Answers.chunk({ content: "" }))],
  ["pings", Wire.sse({ type: "ping" })],
  ["empty lines", "\n"]
]

const asks = {
  generateText: Effect.map(LanguageModel.generateText({ prompt: "hi" }), ({ text }) => text),
  streamText: Effect.map(
    Stream.runCollect(LanguageModel.streamText({ prompt: "hi" })),
    (parts) => Wire.read(parts).text
  )
}

describe("A server that keeps the connection alive without content", () => {
  for (const [name, sign] of signs) {
    for (const way of ["generateText", "streamText"] as const) {
      it.live(`is given up, and a fallback asked: ${name}, ${way}`, () =>
        Effect.gen(function*() {
          const quiet = yield* Wire.serve((response) => {
            response.writeHead(200, { "content-type": way === "streamText" ? "text/event-stream" : "application/json" })
            const timer = setInterval(() => response.write(sign), 5)
            response.on("close", () => clearInterval(timer))
          })
          const server = yield* Wire.serve((response, { body }) => {
            if (body.stream !== true) return Wire.json(response, Answers.hello.openai.whole)
            response.writeHead(200, { "content-type": "text/event-stream" })
            response.end(Answers.hello.openai.stream)
          })
          const at = (url: string, options: Http.Options = {}) =>
            OpenAiCompatible.layerProvider({ baseUrl: `${url}/v1`, model: "m" }).pipe(
              Layer.provide(Http.layer({ retries: 0, ...options }))
            )
          const model = Layer.provide(
            LlmProvider.languageModel,
            Layer.provide(LlmFallback.layer({ to: [at(server.url)] }), at(quiet.url, { timeout: "200 millis" }))
          )
          const text = yield* Effect.provide(asks[way], model)
          assert.strictEqual(text, "Hello there")
          assert.deepStrictEqual([quiet.asked.length, server.asked.length], [1, 1])
        }).pipe(Effect.scoped))
    }
  }
})
