/**
 * Servers that keep a connection open and say nothing on it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import * as Http from "greenlang/http/Http"
import type { ServerResponse } from "node:http"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const client = Http.layer({ retries: 0, timeout: "1 second" })

const stream = Stream.runCollect(LanguageModel.streamText({ prompt: "hi" }))

const signs: Readonly<Record<Wire.Format, ReadonlyArray<unknown>>> = {
  openai: [
    Answers.chunk({ content: "" }),
    Answers.chunk({}),
    Answers.chunk({ role: "assistant" }),
    Answers.chunk({ content: null, reasoning_content: "" }),
    Answers.callChunk({ index: 0, function: { arguments: "" } }),
    Answers.usageChunk({ prompt_tokens: 20, completion_tokens: 1, total_tokens: 21 }),
    { ...Answers.chunk({}), choices: [] },
    ": alive\n\n"
  ],
  anthropic: [
    { type: "ping" },
    { type: "content_block_delta", index: 0, delta: Answers.text("") },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta" } },
    ": alive\n\n"
  ]
}

const begun: Readonly<Record<Wire.Format, string>> = {
  openai: Wire.sse(Answers.chunk({ role: "assistant", content: "Hello there" })),
  anthropic: Wire.sse(
    Answers.start(),
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: Answers.text("Hello there") }
  )
}

/** Writes `first`, and then one of `others` after the other, until the connection is closed. */
const endless = (response: ServerResponse, first: string, others: ReadonlyArray<string>): void => {
  response.write(first)
  const next = (at: number): void => {
    if (response.destroyed) return
    response.write(others[at % others.length]!)
    setTimeout(next, 20, at + 1)
  }
  next(0)
}

const events = (response: ServerResponse, first: string, others: ReadonlyArray<string>): void => {
  response.writeHead(200, { "content-type": "text/event-stream" })
  endless(response, first, others)
}

describe.concurrent("A server that says nothing", () => {
  for (const format of Wire.formats) {
    const quiet = signs[format].map((sign) => Wire.sse(sign))
    for (const way of Wire.waysOf(format, "stream")) {
      for (const [when, first] of [["before any text", ""], ["behind a text", begun[format]]] as const) {
        it.live(`is given up although its events go on ${when}: ${format}, ${way}`, () =>
          Effect.gen(function*() {
            const server = yield* Wire.serve((response) => events(response, first, quiet))
            const error = yield* Effect.flip(Effect.provide(stream, Wire.modelIn(way, format, server.url, client)))
            assert.strictEqual(error.reason._tag, "NetworkError", error.message)
            assert.include(error.message, "no content came for 3s")
          }).pipe(Effect.scoped))
      }

      it.live(`keeps no answer open behind its finish: ${format}, ${way}`, () =>
        Effect.gen(function*() {
          const finish = format === "openai"
            ? Wire.sse(Answers.stop)
            : Wire.sse({ type: "content_block_stop", index: 0 }, ...Answers.end().slice(0, 1))
          const server = yield* Wire.serve((response) => events(response, begun[format] + finish, quiet))
          const read = Wire.read(yield* Effect.provide(stream, Wire.modelIn(way, format, server.url, client)))
          assert.deepStrictEqual([read.text, read.finish], ["Hello there", "stop"])
        }).pipe(Effect.scoped))
    }

    for (const way of Wire.waysOf(format, "whole")) {
      it.live(`is given up although its whole answer comes byte by byte: ${format}, ${way}`, () =>
        Effect.gen(function*() {
          const whole = JSON.stringify(Answers.hello[format].whole)
          const server = yield* Wire.serve((response) => {
            response.writeHead(200, { "content-type": "application/json" })
            endless(response, whole.slice(0, 20), [" "])
          })
          const error = yield* Effect.flip(Effect.provide(Wire.hello, Wire.modelIn(way, format, server.url, client)))
          assert.strictEqual(error.reason._tag, "NetworkError", error.message)
          assert.include(error.message, "the whole answer did not come within 1s")
        }).pipe(Effect.scoped))
    }
  }
})
