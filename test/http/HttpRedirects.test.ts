import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as BareServer from "../support/BareServer.ts"

const key = "planted-key-4711"

/** Sends on what comes to `/`, and answers with the path that was asked everywhere else. */
const sendingOn = (status: number, location: string) =>
  BareServer.start((response, { url }) =>
    url === "/" ? BareServer.text("", status, { location })(response) : BareServer.text(url)(response)
  )

describe("Http", () => {
  for (const status of [307, 308]) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"] as const) {
      it.live(`follows a ${status} of a ${method} with its method, body and key [F23]`, () =>
        Effect.gen(function*() {
          const server = yield* sendingOn(status, "/moved?page=2")
          const request = HttpClientRequest.make(method)(server.origin, {
            headers: { "x-api-key": key, "x-trace": "t" }
          })
          const response = yield* HttpClient.execute(
            method === "GET" ? request : HttpClientRequest.bodyText(request, "order", "text/plain")
          )
          assert.strictEqual(yield* response.text, "/moved?page=2")
          const [first, second] = server.asked
          for (const asked of [first!, second!]) {
            assert.deepStrictEqual(
              [asked.method, asked.body, asked.headers["x-api-key"], asked.headers["x-trace"]],
              [method, method === "GET" ? "" : "order", key, "t"]
            )
          }
        }).pipe(Effect.provide(Http.layer()), Effect.scoped))
    }

    it.live(`takes the key of a model along a ${status} on the same server [F23]`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start((response, { url }) =>
          url.startsWith("/old")
            ? BareServer.text("", status, { location: url.replace("/old", "/new") })(response)
            : BareServer.text(BareServer.answer(url))(response)
        )
        const apiKey = Redacted.make(key)
        const baseUrl = `${server.origin}/old/v1`
        for (
          const model of [
            OpenAiCompatible.layer({ baseUrl, model: "m", apiKey }),
            Anthropic.layer({ baseUrl, model: "m", apiKey })
          ]
        ) {
          assert.strictEqual((yield* Effect.provide(Llm.generate("hi"), model)).text, "here")
        }
        assert.deepStrictEqual(
          server.asked.map(({ headers, url }) => [
            url,
            headers.authorization ?? headers["x-api-key"]
          ]),
          [
            ["/old/v1/chat/completions", `Bearer ${key}`],
            ["/new/v1/chat/completions", `Bearer ${key}`],
            ["/old/v1/messages", key],
            ["/new/v1/messages", key]
          ]
        )
      }).pipe(Effect.provide(Http.layer()), Effect.scoped))
  }

  for (
    const name of ["authorization", "x-api-key", "api-key", "cookie", "x-goog-api-key", "x-gateway-token", "x-auth"]
  ) {
    it.live(`takes ${name} to no other host [F23]`, () =>
      Effect.gen(function*() {
        const other = yield* BareServer.start(BareServer.text("other"))
        const server = yield* sendingOn(308, `${other.origin}/here`)
        const request = HttpClientRequest.post(server.origin, { headers: { [name]: key, "x-trace": "t" } })
        const response = yield* HttpClient.execute(HttpClientRequest.bodyText(request, "order"))
        assert.strictEqual(yield* response.text, "other")
        const [asked] = other.asked
        assert.deepStrictEqual([asked?.method, asked?.body, asked?.headers["x-trace"]], ["POST", "order", "t"])
        assert.notInclude(JSON.stringify(asked), key)
      }).pipe(Effect.provide(Http.layer()), Effect.scoped))
  }

  it.live("follows 301, 302 and 303 of a GET, relative addresses, and several in a row", () =>
    Effect.gen(function*() {
      const steps: Readonly<Record<string, readonly [number, string]>> = {
        "/": [301, "a/b"],
        "/a/b": [302, "../c?x=1"],
        "/c?x=1": [303, "//HOST/d"],
        "/d": [308, "?y=2"]
      }
      const server = yield* BareServer.start((response, { headers, url }) => {
        const step = steps[url]
        return step === undefined
          ? BareServer.text(url)(response)
          : BareServer.text("", step[0], { location: step[1].replace("HOST", String(headers.host)) })(response)
      })
      assert.strictEqual(yield* Effect.flatMap(HttpClient.get(server.origin), ({ text }) => text), "/d?y=2")
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  it.live("makes a GET of a POST that is answered by 303", () =>
    Effect.gen(function*() {
      const server = yield* sendingOn(303, "/result")
      const request = HttpClientRequest.bodyText(HttpClientRequest.post(server.origin), "order")
      yield* HttpClient.execute(request)
      const [, asked] = server.asked
      assert.deepStrictEqual([asked?.method, asked?.body, asked?.headers["content-type"]], ["GET", "", undefined])
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  const ends: Readonly<Record<string, readonly [status: number, headers: Record<string, string>]>> = {
    "has no location": [308, {}],
    "names no address": [308, { location: "http://[" }],
    "names a file": [308, { location: "file:///etc/passwd" }],
    "is a 304": [304, { location: "/other" }],
    "is a 300": [300, { location: "/other" }]
  }
  for (const [what, [status, headers]] of Object.entries(ends)) {
    it.live(`returns a redirect that ${what}`, () =>
      Effect.gen(function*() {
        const server = yield* BareServer.start(BareServer.text("", status, headers))
        assert.strictEqual((yield* HttpClient.get(server.origin)).status, status)
        assert.strictEqual(server.asked.length, 1)
      }).pipe(Effect.provide(Http.layer()), Effect.scoped))
  }

  it.live("returns a POST that was moved by 301 or 302, which is not a GET", () =>
    Effect.gen(function*() {
      for (const status of [301, 302]) {
        const server = yield* sendingOn(status, "/moved")
        assert.strictEqual((yield* HttpClient.post(server.origin)).status, status)
        assert.strictEqual(server.asked.length, 1)
      }
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  it.live("returns a redirect of a body that is a stream, which is gone", () =>
    Effect.gen(function*() {
      const server = yield* sendingOn(308, "/moved")
      const request = HttpClientRequest.bodyStream(
        HttpClientRequest.post(server.origin),
        Stream.make(new TextEncoder().encode("order"))
      )
      assert.strictEqual((yield* HttpClient.execute(request)).status, 308)
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))

  it.live("ends a circle of redirects", () =>
    Effect.gen(function*() {
      const server = yield* BareServer.start((response, { url }) =>
        BareServer.text("", 307, { location: url === "/a" ? "/b" : "/a" })(response)
      )
      assert.strictEqual((yield* HttpClient.get(`${server.origin}/a`)).status, 307)
      assert.strictEqual(server.asked.length, 11)
    }).pipe(Effect.provide(Http.layer()), Effect.scoped))
})
