/**
 * Answers of status 200 that hold nothing: they are asked for again, as often as the client or `LlmRetry` may, and fail with words
 * that say what came.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { Llm, LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import type { ServerResponse } from "node:http"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const ways = ["whole", "stream", "bridge", "bridge stream"] as const

const page = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"

type Send = (response: ServerResponse) => void

const sent = (type: string, body: string): Send => (response) => {
  response.writeHead(200, { "content-type": type })
  response.end(body)
}

/** What servers send, where it can come, and a word of the failure. */
const nothings: ReadonlyArray<
  readonly [name: string, ways: ReadonlyArray<typeof ways[number]>, sent: (format: Wire.Format) => Send, words: RegExp]
> = [
  ["an empty body", ways, () => sent("application/json", ""), /empty/],
  ["an empty body of events", ["stream", "bridge stream"], () => sent("text/event-stream", ""), /empty/],
  [
    "nothing but signs of life",
    ["stream", "bridge stream"],
    () => sent("text/event-stream", ": ping\n\n"),
    /is not|empty/
  ],
  ["a web page", ways, () => sent("text/html", page), /502 Bad Gateway/],
  ["a web page under the type of JSON", ways, () => sent("application/json", page), /502 Bad Gateway/],
  ["an end mark alone", ["stream"], () => sent("text/event-stream", Wire.done), /broke off/],
  [
    "no choice and no content",
    ["whole", "bridge"],
    (format) => (response) =>
      Wire.json(response, format === "openai" ? { ...Answers.completion({}), choices: [] } : { id: "msg_1" }),
    /no (?:choice|content)|any choices|message/
  ],
  [
    "choices of null",
    ["whole", "bridge"],
    () => (response) => Wire.json(response, { ...Answers.completion({}), choices: null }),
    /no (?:choice|content)/
  ],
  [
    "an overload under status 200",
    ways,
    () => (response) => Wire.json(response, { error: { type: "overloaded_error", message: "Overloaded" } }),
    /Overloaded/
  ]
]

const good = (format: Wire.Format, isStream: boolean): Send =>
  isStream
    ? sent("text/event-stream", Answers.hello[format].stream)
    : sent("application/json", JSON.stringify(Answers.hello[format].whole))

const ask = (way: typeof ways[number]) =>
  way.endsWith("stream")
    ? Effect.map(Stream.runCollect(LanguageModel.streamText({ prompt: "hi" })), (parts) => Wire.read(parts).text)
    : Effect.map(Wire.hello, ({ text }) => text)

describe("An answer that holds nothing", () => {
  for (const format of Wire.formats) {
    for (const [name, where, send, words] of nothings) {
      if (name.startsWith("choices") && format === "anthropic") continue
      for (const way of where) {
        const at = way.startsWith("bridge") ? Wire.bridgeAt : Wire.modelAt
        it.live(`is asked for again by the client, and is a failure in the end: ${name}, ${format}, ${way}`, () =>
          Effect.gen(function*() {
            const client = Http.layer({ retries: 2, pause: "1 millis" })
            const server = yield* Wire.serve((response) => {
              if (server.asked.length < 3) send(format)(response)
              else good(format, way.endsWith("stream"))(response)
            })
            assert.strictEqual(yield* Effect.provide(ask(way), at(format, server.url, client)), "Hello there")
            assert.strictEqual(server.asked.length, 3)

            const bad = yield* Wire.serve(send(format))
            const error = yield* Effect.flip(Effect.provide(ask(way), at(format, bad.url, client)))
            assert.match(error.message, words)
            assert.isTrue(error.isRetryable, error.message)
            assert.strictEqual(bad.asked.length, 3)
          }).pipe(Effect.scoped))
      }
    }

    it.live(`is asked for again by LlmRetry: ${format}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => {
          if (server.asked.length < 3) response.end()
          else good(format, false)(response)
        })
        const model = LlmProvider.languageModel.pipe(
          Layer.provide(LlmRetry.layer({ pause: "1 millis" })),
          Layer.provide(Wire.modelAt(format, server.url))
        )
        assert.strictEqual(yield* Effect.provide(ask("whole"), model), "Hello there")
      }).pipe(Effect.scoped))

    it.live(`is asked for once below a budget, which counts each answer: ${format}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => response.end())
        const model = LlmProvider.languageModel.pipe(
          Layer.provideMerge(LlmBudget.layer({ costUsd: 1 })),
          Layer.provide(Wire.modelAt(format, server.url, Http.layer({ retries: 3, pause: "1 millis" })))
        )
        yield* Effect.gen(function*() {
          yield* Effect.flip(Llm.generate("hi"))
          assert.strictEqual(server.asked.length, 1)
          assert.isAbove((yield* LlmBudget.spending).spent.costUsd, 0)
        }).pipe(
          Effect.provide(model),
          Effect.provideService(LlmPrices, {
            "openai/m": { inputPerMillion: 5, outputPerMillion: 15, source: "a test", date: "2025-01-31" },
            "anthropic/m": { inputPerMillion: 5, outputPerMillion: 15, source: "a test", date: "2025-01-31" }
          })
        )
      }).pipe(Effect.scoped))
  }

  it.live("is a failure of a batch whose file of answers is a web page, and read again", () =>
    Effect.gen(function*() {
      const answer = Wire.batchReply(
        "anthropic",
        Wire.lineOf("anthropic", JSON.stringify(Answers.hello.anthropic.whole))
      )
      let pages = 0
      const read = yield* Wire.ask("anthropic", "batch", (response, asked) => {
        if (asked.url.endsWith("/results") && pages++ < 2) response.end(page)
        else answer(response, asked)
      })
      assert.deepStrictEqual([read.text, pages], ["Hello there", 3])
    }).pipe(Effect.scoped))
})
