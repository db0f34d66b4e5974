/**
 * When a stream is over: connections that stay open, and answers in any pieces.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const stream = Stream.runCollect(LanguageModel.streamText({ prompt: "hi" }))

describe("A stream", () => {
  const whole: ReadonlyArray<readonly [string, Wire.Format, string]> = [
    ["its last event", "openai", Answers.hello.openai.stream],
    [
      "its finish, without usage and [DONE]",
      "openai",
      Wire.sse(Answers.chunk({ content: "Hello there" }), Answers.stop)
    ],
    ["its last event", "anthropic", Answers.hello.anthropic.stream],
    ["its stop reason", "anthropic", Answers.hello.anthropic.stream.replace(/event: message_stop[^]*$/, "")]
  ]
  for (const [name, format, body] of whole) {
    for (const way of Wire.waysOf(format, "stream")) {
      it.live(`is over behind ${name}, and its connection is closed: ${format}, ${way}`, () =>
        Effect.gen(function*() {
          const closed = Promise.withResolvers<void>()
          const server = yield* Wire.serve((response) => {
            response.on("close", () => closed.resolve())
            response.writeHead(200, { "content-type": "text/event-stream" })
            response.write(body) // and no end
          })
          const parts = yield* Effect.provide(stream, Wire.modelIn(way, format, server.url))
          assert.strictEqual(Wire.read(parts).text, "Hello there")
          yield* Effect.promise(() => closed.promise)
        }).pipe(Effect.scoped))
    }
  }

  for (
    const [format, way] of Wire.formats.flatMap((format) =>
      Wire.waysOf(format, "stream").map((way) => [format, way] as const)
    )
  ) {
    it.live(`is whole although its connection is lost behind the finish: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const body = format === "openai"
          ? Wire.sse(Answers.chunk({ content: "Hello there" }), Answers.stop)
          : Answers.hello.anthropic.stream.replace(/event: message_stop[^]*$/, "")
        const server = yield* Wire.serve((response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          response.write(body, () => setTimeout(() => response.destroy(), 20))
        })
        const parts = yield* Effect.provide(stream, Wire.modelIn(way, format, server.url))
        assert.strictEqual(Wire.read(parts).text, "Hello there")
      }).pipe(Effect.scoped))

    it.live(`gives its connection back for the next: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const sockets = new Set<unknown>()
        const server = yield* Wire.serve((response) => {
          sockets.add(response.socket)
          response.writeHead(200, { "content-type": "text/event-stream" })
          response.end(Answers.hello[format].stream)
        })
        yield* Effect.provide(Effect.repeat(stream, { times: 9 }), Wire.modelIn(way, format, server.url))
        assert.isAtMost(sockets.size, 2)
      }).pipe(Effect.scoped))

    it.live(`is the same in pieces of one byte: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const text = "Grüße 👋 aus 東京"
        const body = Buffer.from(
          format === "openai"
            ? Wire.sse(Answers.chunk({ content: text }), Answers.stop, Wire.done)
            : Wire.sse(
              Answers.start(),
              ...Answers.block(0, { type: "text", text: "" }, Answers.text(text)),
              ...Answers.end()
            )
        )
        const server = yield* Wire.serve((response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          const next = (at: number) => {
            if (at === body.length) response.end()
            else response.write(body.subarray(at, at + 1), () => setImmediate(next, at + 1))
          }
          next(0)
        })
        assert.strictEqual(Wire.read(yield* Effect.provide(stream, Wire.modelIn(way, format, server.url))).text, text)
      }).pipe(Effect.scoped))
  }
})
