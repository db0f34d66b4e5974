import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Fiber, Layer, Stream, Tracer } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Http from "greenlang/http/Http"
import { FakeProvider, Fault, NoLeaks, Script } from "greenlang/testing"
import { inspect } from "node:util"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const settings = { retries: 2, pause: "1 millis", maxPause: "2 seconds" } as const
const quick = Http.layer(settings)
/** For servers that fall silent. */
const impatient = Http.layer({ ...settings, timeout: "1 second" })

describe("Http", () => {
  it.live("closes the connection of a call that takes too long", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence)
      const error = yield* Effect.flip(HttpClient.get(server.baseUrl))
      assert.strictEqual(error.reason._tag, "TransportError")
      assert.match(error.message, /nothing came for 1s/)
      yield* server.hangUp
      assert.strictEqual(server.asked.length, 1)
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("closes the connection of a body that does not come, read whole or as a stream", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.events(["one"], "stay"), OpenAiServer.events(["one"], "stay"))
      const whole = yield* HttpClient.get(server.baseUrl)
      assert.match((yield* Effect.flip(whole.text)).message, /the body did not end within 1s/)
      yield* server.hangUp

      const pieces: Array<string> = []
      const { stream } = yield* HttpClient.get(server.baseUrl)
      const error = yield* stream.pipe(
        Stream.decodeText,
        Stream.runForEach((piece) => Effect.sync(() => pieces.push(piece))),
        Effect.flip
      )
      assert.deepStrictEqual(pieces, ["data: one\n\n"])
      assert.match(error.message, /nothing came for 1s/)
      yield* server.hangUp
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("connects anew to a server that has closed its connections, and to several at once", () =>
    Effect.gen(function*() {
      const servers = yield* Effect.all([OpenAiServer.start, OpenAiServer.start])
      for (let round = 0; round < 3; round++) {
        const texts = yield* Effect.forEach(servers, (server) => {
          server.script((response) => {
            response.writeHead(200, { connection: round === 1 ? "keep-alive" : "close" })
            response.end(`round ${round}`)
          })
          return Effect.flatMap(HttpClient.get(server.baseUrl), ({ text }) => text)
        }, { concurrency: "unbounded" })
        assert.deepStrictEqual(texts, [`round ${round}`, `round ${round}`])
        // Time for the server to hang up.
        yield* Effect.sleep("20 millis")
      }
    }).pipe(Effect.provide(quick), Effect.scoped, NoLeaks.check))

  it.live("ends calls and bodies in time, and closes connections, also where no scope is around the call", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const stays = OpenAiServer.events(["one"], "stay")
      server.script(OpenAiServer.silence, stays, stays, stays, OpenAiServer.silence, stays)
      const client = yield* HttpClient.HttpClient
      const alone = <A, E>(call: Effect.Effect<A, E>) =>
        Effect.promise((signal) => Effect.runPromiseExit(call, { signal }))
      const get = client.get(server.baseUrl)
      const read = Effect.flatMap(get, ({ text }) => text)
      for (const call of [get, read, Effect.flatMap(get, ({ stream }) => Stream.runDrain(stream))]) {
        const exit = yield* alone(Effect.asVoid(call))
        assert.match(inspect(exit, { depth: 9 }), /nothing came for 1s|the body did not end within 1s/)
        yield* server.hangUp
      }
      // a reader that leaves
      yield* alone(Effect.flatMap(get, ({ stream }) => Stream.runDrain(Stream.take(stream, 1))))
      yield* server.hangUp
      // a caller that is interrupted, before the head and behind it
      for (const call of [Effect.asVoid(get), Effect.asVoid(read)]) {
        const before = server.asked.length
        const fiber = yield* Effect.forkChild(alone(call))
        while (server.asked.length === before) yield* Effect.sleep("5 millis")
        yield* Fiber.interrupt(fiber)
        yield* server.hangUp
      }
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("gives up a response that nothing has read when the scope of HttpClient.withScope ends", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.events(["one"], "stay"))
      const client = HttpClient.withScope(yield* HttpClient.HttpClient)
      yield* Effect.scoped(client.get(server.baseUrl))
      yield* server.hangUp
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("closes all of a thousand calls that are given up at once", () =>
    Effect.gen(function*() {
      const { baseUrl, connections, until } = yield* FakeProvider
      const calls = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 1_000 }), () => HttpClient.get(`${baseUrl}/messages`), {
          concurrency: "unbounded"
        })
      )
      yield* until(({ length }) => length === 1_000)
      yield* Fiber.interrupt(calls)
      yield* until((journal) => journal.every(({ ending }) => ending === "abandoned"))
      assert.strictEqual(yield* connections, 0)
    }).pipe(
      Effect.provide(Layer.merge(Http.layer(), FakeProvider.layer(Script.always(Fault.silence))))
    ))

  it.live("lets a stream go on for longer than the timeout as long as something comes", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script((response) => {
        response.writeHead(200)
        let sent = 0
        const timer = setInterval(() => {
          response.write("x")
          if (++sent === 5) {
            clearInterval(timer)
            response.end()
          }
        }, 300)
      })
      const { stream } = yield* HttpClient.get(server.baseUrl)
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(stream)), "xxxxx")
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("tries again what may succeed, no more often than `retries`", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      for (const status of [408, 429, 500, 502, 503, 504]) {
        server.script(OpenAiServer.json({}, status), OpenAiServer.json({ ok: status }))
        const response = yield* HttpClient.get(server.baseUrl)
        assert.deepStrictEqual(yield* response.json, { ok: status })
      }
      assert.strictEqual(server.asked.length, 12)

      server.script(...[1, 2, 3, 4].map((n) => OpenAiServer.json({ n }, 503)))
      const response = yield* HttpClient.get(server.baseUrl)
      assert.strictEqual(response.status, 503)
      assert.deepStrictEqual(yield* response.json, { n: 3 })
      assert.strictEqual(server.asked.length, 15)
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("does not try again what cannot succeed", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.json({}, 400), OpenAiServer.json({}, 501))
      assert.strictEqual((yield* HttpClient.get(server.baseUrl)).status, 400)
      assert.strictEqual((yield* HttpClient.get(server.baseUrl)).status, 501)
      assert.strictEqual(server.asked.length, 2)
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("connects again when the server died, and fails typed when no server is there", () =>
    Effect.gen(function*() {
      const gone = yield* Effect.scoped(Effect.gen(function*() {
        const server = yield* OpenAiServer.start
        server.script(OpenAiServer.death, OpenAiServer.json({ ok: true }))
        const post = HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.put(server.baseUrl), { a: 1 })
        const response = yield* HttpClient.execute(post)
        assert.deepStrictEqual(yield* response.json, { ok: true })
        assert.deepStrictEqual(server.asked.map(({ body }) => body), [{ a: 1 }, { a: 1 }])
        return server.baseUrl
      }))
      const error = yield* Effect.flip(HttpClient.get(gone))
      assert.strictEqual(error.reason._tag, "TransportError")
    }).pipe(Effect.provide(quick)))

  it.live("sends a body that is a stream only once", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.json({}, 503), OpenAiServer.json({}))
      const request = HttpClientRequest.bodyStream(
        HttpClientRequest.post(server.baseUrl),
        Stream.make(new TextEncoder().encode("{}"))
      )
      assert.strictEqual((yield* HttpClient.execute(request)).status, 503)
      assert.strictEqual(server.asked.length, 1)
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("waits as long as Retry-After says, in seconds and as a date", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      const date = (ahead: number) => new Date(Date.now() + ahead).toUTCString()
      for (const after of [() => "1", () => date(2000)]) {
        server.script(OpenAiServer.json({}, 429, { "retry-after": after() }), OpenAiServer.json({}))
        const began = Date.now()
        yield* HttpClient.get(server.baseUrl)
        assert.isAtLeast(Date.now() - began, 950)
      }
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("does not wait longer than `maxPause`, and hands on the answer", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.json({}, 429, { "retry-after": "3600" }))
      const response = yield* HttpClient.get(server.baseUrl)
      assert.strictEqual(response.status, 429)
      assert.strictEqual(response.headers["retry-after"], "3600")
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("closes the connection of a call that is interrupted", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence)
      const fiber = yield* Effect.forkChild(HttpClient.get(server.baseUrl))
      yield* server.arrival
      yield* Fiber.interrupt(fiber)
      yield* server.hangUp
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  it.live("writes no stack when a call is interrupted, before its answer and within it", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence, OpenAiServer.events(["one"], "stay"))
      const { baseUrl } = server
      const frames: Array<number> = []
      const get = HttpClient.get(baseUrl)
      for (const call of [get, Effect.flatMap(get, ({ text }) => text)]) {
        const fiber = yield* Effect.forkChild(call)
        yield* server.arrival
        const { prepareStackTrace } = Error
        // what undici ends a socket with
        Error.prepareStackTrace = (error, stack) => {
          if (error.message === "aborted") frames.push(stack.length)
          return error.message
        }
        yield* Effect.ensuring(Fiber.interrupt(fiber), Effect.sync(() => Error.prepareStackTrace = prepareStackTrace))
        yield* server.hangUp
      }
      assert.deepStrictEqual(frames, [0, 0])
      assert.isAbove(Error.stackTraceLimit, 0)
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  it.live("shows no secret in spans and errors", () =>
    Effect.gen(function*() {
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        span: (options) => {
          const span = native.span(options)
          spans.push(span)
          return span
        }
      })
      const server = yield* OpenAiServer.start
      const url = (host: string) => `http://user:hunter2@${host}/v1?api_key=hunter2&q=1`
      const call = (url: string) =>
        HttpClient.get(url, {
          urlParams: { token: "hunter2" },
          headers: {
            authorization: "Bearer hunter2",
            cookie: "id=hunter2",
            "api-key": "hunter2",
            "x-api-key": "hunter2"
          }
        }).pipe(Effect.withTracer(tracer))

      server.script(OpenAiServer.json({}))
      yield* call(url(new URL(server.baseUrl).host))
      assert.strictEqual(server.asked[0]!.path, "/v1?api_key=hunter2&q=1&token=hunter2")
      assert.strictEqual(server.asked[0]!.headers["api-key"], "hunter2")

      server.script(OpenAiServer.silence)
      const exit = yield* Effect.exit(call(url(new URL(server.baseUrl).host)))
      assert(Exit.isFailure(exit))
      const error = Cause.squash(exit.cause)
      const shown = [
        ...spans.map((span) => JSON.stringify([...span.attributes])),
        Cause.pretty(exit.cause),
        JSON.stringify(error),
        inspect(error, { depth: 9 }),
        String(error)
      ]
      assert.isAtLeast(spans.length, 2)
      assert.match(shown[0]!, /q=1/)
      for (const text of shown) assert.notInclude(text, "hunter2")
    }).pipe(Effect.provide(impatient), Effect.scoped))

  it.live("leaves no connection behind when its scope ends", () =>
    Effect.gen(function*() {
      const before = OpenAiServer.openSockets()
      yield* Effect.gen(function*() {
        const server = yield* OpenAiServer.start
        server.script(OpenAiServer.json({}), OpenAiServer.json({}, 500), OpenAiServer.silence)
        yield* HttpClient.get(server.baseUrl)
        yield* Effect.exit(HttpClient.get(server.baseUrl))
        assert.isAbove(OpenAiServer.openSockets(), before)
      }).pipe(Effect.scoped, Effect.provide(impatient))
      yield* OpenAiServer.closedTo(before)
    }))

  it.live("reads its limits from the configuration", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.silence)
      const client = Http.layerConfig.pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown({ GREENLANG_HTTP_TIMEOUT: "100 millis" })))
      )
      const error = yield* Effect.flip(Effect.provide(HttpClient.get(server.baseUrl), client))
      assert.match(error.message, /100ms/)
    }).pipe(Effect.scoped))
})
