import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { HttpClient, type HttpClientError } from "effect/http"
import { Llm } from "greenlang"
import { BodyTooLarge } from "greenlang/http/BodyTooLarge"
import * as Http from "greenlang/http/Http"
import * as LlmProduction from "greenlang/llm/layers/LlmProduction"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Zlib from "node:zlib"
import * as BareServer from "../support/BareServer.ts"

const answer = JSON.stringify({ choices: [{ message: { content: "Grüße" }, finish_reason: "stop" }] })
const half = (body: Buffer) => body.subarray(0, body.length / 2)

/** Bodies as servers compress them, also without being asked. */
const compressed: Readonly<Record<string, readonly [encoding: string, body: Buffer]>> = {
  gzip: ["gzip", Zlib.gzipSync(answer)],
  "x-gzip": ["x-gzip", Zlib.gzipSync(answer)],
  "gzip in capital letters": ["GZIP", Zlib.gzipSync(answer)],
  "deflate with a zlib header": ["deflate", Zlib.deflateSync(answer)],
  "deflate without one": ["deflate", Zlib.deflateRawSync(answer)],
  brotli: ["br", Zlib.brotliCompressSync(answer)],
  zstd: ["zstd", Zlib.zstdCompressSync(answer)],
  "gzip and then brotli": ["gzip, br", Zlib.brotliCompressSync(Zlib.gzipSync(answer))],
  "identity and gzip": ["identity, gzip", Zlib.gzipSync(answer)],
  "gzip by its header, and plain text": ["gzip", Buffer.from(answer)],
  "zstd by its header, and plain text": ["zstd", Buffer.from(answer)],
  "several gzip members": [
    "gzip",
    Buffer.concat([Zlib.gzipSync(answer.slice(0, 20)), Zlib.gzipSync(answer.slice(20))])
  ],
  identity: ["identity", Buffer.from(answer)],
  "an encoding without a name": ["", Buffer.from(answer)]
}

const causeOf = ({ reason }: HttpClientError.HttpClientError): unknown => "cause" in reason ? reason.cause : undefined

describe("Http", () => {
  it.live("refuses JSON of too many levels, and reads it as text", () =>
    Effect.gen(function*() {
      const deep = "[".repeat(2_000) + "]".repeat(2_000)
      const server = yield* BareServer.start((response) => void response.end(deep))
      const response = yield* HttpClient.get(server.origin)
      const error = yield* Effect.flip(response.json)
      assert.strictEqual(error.reason._tag, "DecodeError")
      assert.include(String(causeOf(error)), "nested more than 1000 levels deep")
      assert.strictEqual(yield* response.text, deep)
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  for (const [name, [encoding, body]] of Object.entries(compressed)) {
    it.live(`reads a body in ${name}, whole, in pieces and byte by byte [F24]`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start((response, _, nth) => {
          response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding })
          if (nth < 3) return void response.end(body)
          for (const byte of body) response.write(Buffer.from([byte]))
          response.end()
        })
        assert.strictEqual(yield* Effect.flatMap(HttpClient.get(server.origin), ({ text }) => text), answer)
        const { stream } = yield* HttpClient.get(server.origin)
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(stream)), answer)
        const model = OpenAiCompatible.layer({ baseUrl: server.origin, model: "m" })
        assert.strictEqual((yield* Effect.provide(Llm.generate("hi"), model)).text, "Grüße")
      }).pipe(Effect.provide(Http.layer()), Effect.scoped))
  }

  it.live("reads a compressed stream of events as they come", () =>
    Effect.gen(function*() {
      const server = yield* BareServer.start((response) => {
        const gzip = Zlib.createGzip()
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" })
        gzip.pipe(response)
        gzip.write("data: one\n\n")
        gzip.flush()
      })
      const { stream } = yield* HttpClient.get(server.origin)
      const first = yield* stream.pipe(Stream.decodeText, Stream.take(1), Stream.mkString)
      assert.strictEqual(first, "data: one\n\n")
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  for (const [name, [encoding, body]] of Object.entries(compressed).slice(0, 7)) {
    it.live(`fails where a body in ${name} is cut`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start(BareServer.text(half(body), 200, { "content-encoding": encoding }))
        const error = yield* Effect.flip(Effect.flatMap(HttpClient.get(server.origin), ({ text }) => text))
        assert.strictEqual(error._tag, "HttpClientError")
      }).pipe(Effect.provide(Http.layer()), Effect.scoped))
  }

  it.live("keeps the headers of an answer without a body", () =>
    Effect.gen(function*() {
      const server = yield* BareServer.start((response, { method }) => {
        response.writeHead(method === "GET" ? 304 : 200, {
          "content-encoding": "gzip",
          "content-length": "999999999999"
        })
        response.end()
      })
      assert.strictEqual((yield* HttpClient.head(server.origin)).headers["content-length"], "999999999999")
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  const zeros = Buffer.alloc(64 * 1_048_576)
  const bombs = {
    gzip: Zlib.gzipSync(zeros),
    br: Zlib.brotliCompressSync(zeros, { params: { [Zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
    zstd: Zlib.zstdCompressSync(zeros),
    deflate: Zlib.deflateSync(zeros),
    "gzip, gzip": Zlib.gzipSync(Zlib.gzipSync(zeros))
  }
  for (const [encoding, body] of Object.entries(bombs)) {
    it.live(`stops ${body.length} bytes of ${encoding} that become 64 MiB`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start(BareServer.text(body, 200, { "content-encoding": encoding }))
        const read = Effect.flatMap(HttpClient.get(server.origin), ({ text }) => text)
        const error = yield* Effect.flip(read)
        assert.instanceOf(causeOf(error), BodyTooLarge)
        assert.match(error.message, /the body is longer than \d+ bytes/)
        const pieces = Effect.flatMap(HttpClient.get(server.origin), ({ stream }) => Stream.runDrain(stream))
        assert.instanceOf(causeOf(yield* Effect.flip(pieces)), BodyTooLarge)
      }).pipe(Effect.provide(Http.layer({ maxBodyBytes: 1_048_576 })), Effect.scoped))
  }

  const ways = {
    "states its length": { "content-length": String(512 * 1_048_576) },
    "comes in chunks": {}
  }
  for (const [way, headers] of Object.entries(ways)) {
    it.live(
      `stops a body of 512 MiB early that ${way}, closes its connection, and asks the fallback`,
      () =>
        Effect.gen(function*() {
          const sent: Array<ReturnType<typeof BareServer.flood>> = []
          const flooding = yield* BareServer.start((response) => {
            sent.push(BareServer.flood(response, 512 * 1_048_576, headers))
          })
          const well = yield* BareServer.start(BareServer.text(answer))
          const before = process.memoryUsage().rss
          const error = yield* Effect.flip(Effect.flatMap(HttpClient.get(flooding.origin), ({ text }) => text))
          assert.instanceOf(causeOf(error), BodyTooLarge)
          const drained = Effect.flatMap(HttpClient.get(flooding.origin), ({ stream }) => Stream.runDrain(stream))
          assert.instanceOf(causeOf(yield* Effect.flip(drained)), BodyTooLarge)

          const at = (origin: string) => OpenAiCompatible.layerProvider({ baseUrl: origin, model: "m" })
          const model = LlmProduction.layer({
            provider: at(flooding.origin),
            fallback: [{ provider: at(well.origin) }],
            retry: { pause: "1 millis" }
          })
          const text = yield* Effect.provide(Effect.map(Llm.generate("hi"), ({ text }) => text), model)
          assert.strictEqual(text, "Grüße")
          const streamed = Effect.flip(Stream.runDrain(Llm.stream("hi"))).pipe(
            Effect.provide(OpenAiCompatible.layer({ baseUrl: flooding.origin, model: "m" }))
          )
          assert.strictEqual((yield* streamed).reason._tag, "InvalidResponseError")
          assert.strictEqual(sent.length, 4)
          // What lies in the buffers of both sockets comes on top of the limit.
          for (const { bytes } of sent) assert.isBelow(bytes, 32 * 1_048_576)
          assert.isBelow(process.memoryUsage().rss - before, 200 * 1_048_576)
        }).pipe(Effect.provide(Http.layer({ maxBodyBytes: 8 * 1_048_576, retries: 0 })), Effect.scoped)
    )
  }
})
