import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:net"
import * as BareServer from "../support/BareServer.ts"

const quick = Http.layer({ retries: 2, pause: "1 millis", timeout: "5 seconds" })

/** Fails twice, in this way, and is well after that. */
const failing = (fail: (response: Parameters<Parameters<typeof BareServer.start>[0]>[0]) => void) =>
  BareServer.start((response, _, nth) => nth <= 2 ? fail(response) : BareServer.text("well")(response))

const ways = {
  "answers 503": BareServer.text("", 503),
  "answers 429": BareServer.text("", 429),
  "closes the connection": (response: Parameters<Parameters<typeof BareServer.start>[0]>[0]) => {
    response.destroy()
  }
}

describe("Http", () => {
  for (const [way, fail] of Object.entries(ways)) {
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] as const) {
      it.live(`repeats a ${method} where the server ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* failing(fail)
          const { status } = yield* HttpClient.execute(HttpClientRequest.make(method)(server.origin))
          assert.deepStrictEqual([status, server.asked.length], [200, 3])
        }).pipe(Effect.provide(quick), Effect.scoped))
    }

    for (const method of ["POST", "PATCH"] as const) {
      it.live(`sends a ${method} once where the server ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* failing(fail)
          const request = HttpClientRequest.bodyText(HttpClientRequest.make(method)(server.origin), "order")
          yield* Effect.exit(HttpClient.execute(request))
          assert.strictEqual(server.asked.length, 1)
        }).pipe(Effect.provide(quick), Effect.scoped))

      it.live(`repeats a ${method} with an idempotency key, the same each time, where the server ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* failing(fail)
          const request = HttpClientRequest.bodyText(HttpClientRequest.make(method)(server.origin), "order")
          yield* HttpClient.execute(yield* Http.withIdempotencyKey(request))
          const keys = server.asked.map(({ headers }) => headers["idempotency-key"])
          assert.strictEqual(keys.length, 3)
          assert.match(String(keys[0]), /^[0-9a-f]{32}$/)
          assert.deepStrictEqual(new Set(keys).size, 1)
        }).pipe(Effect.provide(quick), Effect.scoped))
    }

    const once: ReadonlyArray<readonly [what: string, request: (url: string) => HttpClientRequest.HttpClientRequest]> =
      [
        [
          "a POST whose idempotency key is empty",
          (url) => HttpClientRequest.post(url, { headers: { "idempotency-key": "" } })
        ],
        ...["x-http-method-override", "X-HTTP-Method", "x-method-override"].map((name) =>
          [
            `a GET with ${name}`,
            (url: string) => HttpClientRequest.get(url, { headers: { [name]: "POST" } })
          ] as const
        )
      ]
    for (const [what, request] of once) {
      it.live(`sends ${what} once where the server ${way}`, () =>
        Effect.gen(function*() {
          const server = yield* failing(fail)
          yield* Effect.exit(HttpClient.execute(request(server.origin)))
          assert.strictEqual(server.asked.length, 1)
        }).pipe(Effect.provide(quick), Effect.scoped))
    }

    it.live(`repeats the call of a model where the server ${way}`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start((response, { url }, nth) =>
          nth % 3 !== 0
            ? fail(response)
            : BareServer.text(BareServer.answer(url))(response)
        )
        const apiKey = Redacted.make("planted-key-4711")
        for (
          const model of [
            OpenAiCompatible.layer({ baseUrl: `${server.origin}/v1`, model: "m", apiKey }),
            Anthropic.layer({ baseUrl: server.origin, model: "m", apiKey })
          ]
        ) {
          const { text } = yield* Llm.generate("hi").pipe(Effect.provide(Layer.provide(model, quick)))
          assert.strictEqual(text, "here")
        }
        assert.strictEqual(server.asked.length, 6)
      }).pipe(Effect.scoped))
  }

  it.live("repeats what a caller declares repeatable", () =>
    Effect.gen(function*() {
      const server = yield* failing(BareServer.text("", 503))
      yield* HttpClient.post(server.origin).pipe(Effect.provideService(Http.Repeatable, true))
      assert.strictEqual(server.asked.length, 3)
    }).pipe(Effect.provide(quick), Effect.scoped))

  it.live("keeps an idempotency key that the request has", () =>
    Effect.gen(function*() {
      const request = HttpClientRequest.post("http://localhost", { headers: { "Idempotency-Key": "mine" } })
      assert.strictEqual((yield* Http.withIdempotencyKey(request)).headers["idempotency-key"], "mine")
    }))

  it.live("repeats a POST whose connection was never made", () =>
    Effect.gen(function*() {
      const { port } = yield* Effect.scoped(BareServer.start(BareServer.text("")))
      const call = yield* Effect.forkChild(HttpClient.post(`http://127.0.0.1:${port}`), { startImmediately: true })
      yield* Effect.sleep("100 millis")
      const late = createHttpServer((_, response) => response.end("late"))
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => late.listen(port, "127.0.0.1", resolve))),
        () => Effect.sync(() => late.closeAllConnections() ?? late.close())
      )
      assert.strictEqual(yield* (yield* Fiber.join(call)).text, "late")
    }).pipe(Effect.provide(Http.layer({ retries: 12, pause: "50 millis", maxPause: "200 millis" })), Effect.scoped))

  it.live("loses no GET to a server that closes its idle connections", () =>
    Effect.gen(function*() {
      const server = createServer((socket) => {
        socket.on("error", () => {})
        socket.on("data", () => {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
          setTimeout(() => socket.destroy(), Math.random() * 3)
        })
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))),
        () => Effect.promise(() => new Promise<void>((resolve) => server.close(() => resolve())))
      )
      const { port } = server.address() as { readonly port: number }
      const get = Effect.flatMap(HttpClient.get(`http://127.0.0.1:${port}`), ({ text }) => text)
      for (let nth = 0; nth < 200; nth++) {
        assert.strictEqual(yield* get, "ok")
        yield* Effect.sleep(`${nth % 4} millis`)
      }
    }).pipe(Effect.provide(Http.layer({ retries: 5, pause: "1 millis" })), Effect.scoped))
})
