/**
 * Servers that send a byte now and then, and never end: what they send has a limit in all, not only each piece of it. Limits are
 * short here; a limit that came to nothing would let the test run for ever.
 */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted, type Scope, Stream } from "effect"
import { McpClient, McpProtocol } from "effect/ai"
import { HttpClient, type HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as LlmBatch from "greenlang/llm/LlmBatch"
import * as McpTools from "greenlang/llm/McpTools"
import { HttpCassette } from "greenlang/testing"
import type { ServerResponse } from "node:http"
import * as Zlib from "node:zlib"
import * as Answers from "../llm/wire/Answers.ts"
import * as Wire from "../llm/wire/Wire.ts"
import * as BareServer from "../support/BareServer.ts"
import * as Unreadable from "../support/Unreadable.ts"

/** Writes `piece` again and again, until the client has hung up. */
const dripping = (response: ServerResponse, write: () => void) => {
  const timer = setInterval(write, 20)
  response.on("close", () => clearInterval(timer))
}

const drip =
  (headers: Record<string, string>, piece: string | Buffer = "x", status = 200) => (response: ServerResponse) => {
    response.writeHead(status, headers)
    response.write(piece)
    dripping(response, () => response.write(piece))
  }

/** Speaks without the help of `node:http`. */
const socket = (begin: string, piece: string) => (response: ServerResponse) => {
  response.socket?.write(begin)
  dripping(response, () => response.socket?.write(piece))
}

const gzipped = (response: ServerResponse) => {
  const gzip = Zlib.createGzip()
  response.writeHead(200, { "content-encoding": "gzip" })
  gzip.pipe(response)
  dripping(response, () => {
    gzip.write("x")
    gzip.flush()
  })
}

const json = { "content-type": "application/json" }
const events = { "content-type": "text/event-stream" }

type Read = (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, unknown>

const reads: Readonly<Record<string, Read>> = {
  text: ({ text }) => text,
  json: ({ json }) => json,
  bytes: ({ arrayBuffer }) => arrayBuffer,
  form: ({ formData }) => formData,
  parameters: ({ urlParamsBody }) => urlParamsBody
}
const drain: Read = ({ stream }) => Stream.runDrain(stream)

/** The limit of a head, a whole body and a piece is short, or that of all pieces is. */
const shortWaits = Http.layer({ timeout: "300 millis", retries: 0 })
const shortBodies = Http.layer({ timeout: "1 minute", maxBodyTime: "300 millis", retries: 0 })

const get = (answer: Parameters<typeof BareServer.start>[0], read: Read, client = shortWaits) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(answer)
    return yield* Effect.flip(Effect.flatMap(HttpClient.get(origin), read))
  }).pipe(Effect.provide(client))

const ask = (
  format: Wire.Format,
  at: typeof Wire.modelAt,
  asked: Effect.Effect<unknown, unknown, never> | Stream.Stream<unknown, unknown, never>,
  answer: (response: ServerResponse) => void,
  client = shortWaits
) =>
  Effect.gen(function*() {
    const { origin } = yield* BareServer.start(answer)
    const run = Effect.isEffect(asked) ? asked : Stream.runDrain(asked)
    return yield* Effect.flip(Effect.provide(run, at(format, origin, client)))
  })

const generate = Llm.generate("hi") as Effect.Effect<unknown, unknown, never>
const streamed = Llm.stream("hi") as Stream.Stream<unknown, unknown, never>

/** An event of a stream that says something. */
const eventOf = (format: Wire.Format) =>
  format === "openai"
    ? Wire.sse(Answers.chunk({ content: "a" }))
    : Wire.sse({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } })

type Member = readonly [ends: RegExp, run: Effect.Effect<unknown, unknown, Scope.Scope>]

const late = /did not end within 300ms/
const nothing = /nothing came for 300ms/
const anyLate = /did not end within|nothing came for|no content came for|AiError|timed? ?out/i

const members: Readonly<Record<string, Member>> = {
  "a status line": [nothing, get(socket("HTTP/1.1 200 ", "O"), reads["text"]!)],
  "a header": [nothing, get(socket("HTTP/1.1 200 OK\r\nx: ", "a"), reads["text"]!)],
  "headers": [nothing, get(socket("HTTP/1.1 200 OK\r\n", "x: a\r\n"), reads["text"]!)],
  "heads of answers that are to come": [nothing, get(socket("", "HTTP/1.1 103 Early Hints\r\n\r\n"), reads["text"]!)],
  "trailers": [
    /did not end within|nothing came for/,
    get(socket("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "x: a\r\n"), drain)
  ],
  "the length of a chunk": [
    /did not end within|nothing came for/,
    get(socket("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "0"), drain)
  ],
  ...Object.fromEntries(
    Object.entries(reads).flatMap(([form, read]): ReadonlyArray<readonly [string, Member]> => [
      [`a body that is read as ${form}`, [late, get(drip({}), read)]],
      [`a refusal that is read as ${form}`, [late, get(drip({}, "x", 404), read)]]
    ])
  ),
  "a body of a stated length": [late, get(drip({ "content-length": "1000000" }), reads["text"]!)],
  "a compressed body": [late, get(gzipped, reads["text"]!)],
  "a body that is read as a stream": [late, get(drip({}), drain, shortBodies)],
  "a compressed body that is read as a stream": [late, get(gzipped, drain, shortBodies)],
  "a refusal that is read as a stream": [late, get(drip({}, "x", 404), drain, shortBodies)],
  "a stream whose reader takes one piece": [
    /^taken$/,
    get(
      drip({}),
      ({ stream }) => Effect.flatMap(Stream.runDrain(Stream.take(stream, 1)), () => Effect.fail("taken")),
      shortBodies
    )
  ],
  ...Object.fromEntries(Wire.formats.flatMap((format): ReadonlyArray<readonly [string, Member]> => [
    [`an answer of ${format}`, [anyLate, ask(format, Wire.modelAt, generate, drip(json, `{"a":`))]],
    [`an answer of ${format} of blanks`, [anyLate, ask(format, Wire.modelAt, generate, drip(json, " "))]],
    [`an answer of ${format} with a length`, [
      anyLate,
      ask(format, Wire.modelAt, generate, drip({ ...json, "content-length": "1000000" }, " "))
    ]],
    [`a refusal of ${format}`, [anyLate, ask(format, Wire.modelAt, generate, drip(json, " ", 400))]],
    [`a stream of ${format}`, [
      late,
      ask(format, Wire.modelAt, streamed, drip(events, eventOf(format)), shortBodies)
    ]],
    [`a stream of ${format} of comments`, [anyLate, ask(format, Wire.modelAt, streamed, drip(events, ": a\n\n"))]],
    [`a stream of ${format} that is one event`, [
      anyLate,
      ask(format, Wire.modelAt, streamed, drip(events, "data: a"))
    ]],
    [`JSON where a stream of ${format} was asked for`, [
      anyLate,
      ask(format, Wire.modelAt, streamed, drip(json, `{"a":`))
    ]],
    [`an answer of the bridge to ${format}`, [anyLate, ask(format, Wire.bridgeAt, generate, drip(json, `{"a":`))]],
    [`a stream of the bridge to ${format}`, [
      late,
      ask(format, Wire.bridgeAt, streamed, drip(events, eventOf(format)), shortBodies)
    ]]
  ])),
  "a batch that is submitted": [anyLate, batch((response) => drip(json, " ")(response))],
  "the results of a batch": [
    late,
    batch((response, origin, url) => {
      if (url.includes("results")) {
        return drip({ "content-type": "application/x-jsonl" }, `{"custom_id":"9"}\n`)(response)
      }
      BareServer.text(
        JSON.stringify({
          id: "b1",
          type: "message_batch",
          processing_status: "ended",
          request_counts: { processing: 0, succeeded: 1, errored: 0, canceled: 0, expired: 0 },
          created_at: "2026-01-01T00:00:00Z",
          expires_at: "2026-01-02T00:00:00Z",
          results_url: `${origin}/v1/messages/batches/b1/results`
        }),
        200,
        json
      )(response)
    }, shortBodies)
  ],
  "an MCP server that is asked who it is": [/did not end within|nothing came for|imed? ?out/i, mcp("initialize", json)],
  "an MCP server that lists its tools": [/did not end within|nothing came for|imed? ?out/i, mcp("tools/list", json)],
  "an MCP server that calls a tool": [/^McpCallFailed Cannot read MCP response/, mcp("tools/call", json)],
  "an MCP server that calls a tool, by events": [
    /^McpCallFailed Cannot read MCP response/,
    mcp("tools/call", events)
  ],
  "a recording of a body": [
    late,
    Effect.gen(function*() {
      const { folder } = yield* Unreadable.make(".json")
      const recorder = HttpCassette.layerRecord({ path: `${folder}/slow.json` })
      return yield* get(drip({}), reads["text"]!, Layer.provide(recorder, shortWaits) as never).pipe(
        // nothing is recorded in CI
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown({}))
      )
    })
  ]
}

function batch(
  answer: (response: ServerResponse, origin: string, url: string) => void,
  client = shortWaits
) {
  return Effect.gen(function*() {
    const { origin } = yield* BareServer.start((response, { headers, url }) =>
      answer(response, `http://${headers.host}`, url)
    )
    const vendor = AnthropicBatch.layer({ baseUrl: origin, model: "m", apiKey: Redacted.make("sk-planted-4711") })
    const generated = LlmBatch.generate(["hi"], { pause: "1 millis" })
    return yield* Effect.flip(Effect.provide(generated, Layer.provide(vendor, client)))
  })
}

function mcp(slow: string, headers: Record<string, string>) {
  return Effect.gen(function*() {
    const results: Record<string, unknown> = {
      initialize: {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "s", version: "1" }
      },
      "tools/list": { tools: [{ name: "t", inputSchema: { type: "object" } }] }
    }
    const { origin } = yield* BareServer.start((response, { body }) => {
      const { id, method } = JSON.parse(body || "{}")
      if (method === slow) return drip(headers, headers === events ? ": a\n\n" : " ")(response)
      if (results[method] === undefined) return BareServer.text("", 202)(response)
      BareServer.text(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }), 200, json)(response)
    })
    const client = McpTools.layerHttp({
      name: "test",
      version: "1.0.0",
      protocol: McpProtocol.v2025_11_25,
      url: `${origin}/mcp`
    })
    const called = Effect.gen(function*() {
      const [tool] = yield* McpTools.make(yield* McpClient.McpClient)
      return yield* tool!.call({})
    })
    return yield* Effect.flip(Effect.provide(called, client)).pipe(
      Effect.provide(Http.layer({ timeout: "300 millis", maxBodyTime: "300 millis", retries: 0 }))
    )
  })
}

const shownOf = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return String(value)
  const { _tag, cause, description, message, reason } = value as Record<string, unknown>
  return [_tag, message, description, reason, cause].map((part) => part === undefined ? "" : shownOf(part)).join(" ")
}

describe("a byte now and then ends at a limit of all bytes", () => {
  for (const [door, [ends, member]] of Object.entries(members)) {
    it.live(door, () =>
      Effect.gen(function*() {
        assert.match(shownOf(yield* member), ends)
      }).pipe(Effect.scoped))
  }

  it.effect("after an hour by default, and the time that the reader takes does not count", () =>
    Effect.gen(function*() {
      let more = () => {}
      const { origin } = yield* BareServer.start((response) => {
        response.writeHead(200)
        more = () => response.write("x")
        more()
      })
      const { stream } = yield* HttpClient.get(origin)
      let seen = 0
      const error = yield* Effect.flip(Stream.runForEach(stream, () =>
        Effect.gen(function*() {
          seen++
          // The reader is slow for a day.
          if (seen === 1) yield* TestClock.adjust("1 day")
          // The server is slow for 59 seconds each time.
          yield* Effect.forkChild(Effect.andThen(
            Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
            Effect.andThen(TestClock.adjust(seen < 62 ? "59 seconds" : "1 minute"), Effect.sync(more))
          ))
        })))
      assert.match(shownOf(error), /did not end within 1h/)
      assert.strictEqual(seen, 62)
    }).pipe(Effect.provide(Http.layer({ retries: 0 })), Effect.scoped))
})
