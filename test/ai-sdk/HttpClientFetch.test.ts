import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber } from "effect"
import { HttpClient } from "effect/http"
import * as HttpClientFetch from "greenlang/ai-sdk/HttpClientFetch"
import * as Http from "greenlang/http/Http"
import { FakeProvider, Fault } from "greenlang/testing"

const start = Effect.fnUntraced(function*(...lines: ReadonlyArray<string | Fault.Fault>) {
  const server = yield* FakeProvider.make(...lines)
  const client = yield* HttpClient.HttpClient
  const fetch = HttpClientFetch.make(client, () => HttpClientFetch.callIn(Context.empty(), undefined))
  return { server, fetch, url: `${server.baseUrl}/chat/completions` }
})

const aborting = () => new AbortController()

const http = Http.layer({ retries: 1, pause: "1 millis" })

describe("HttpClientFetch", () => {
  it.live("sends texts and bytes, again if need be, and streams once", () =>
    Effect.gen(function*() {
      const { fetch, server, url } = yield* start(
        Fault.serverError,
        "Hello",
        Fault.serverError,
        "Hello",
        Fault.serverError
      )
      const bytes = new TextEncoder().encode("{\"model\":\"m\"}")
      const send = (body: string | Uint8Array<ArrayBuffer> | ReadableStream) =>
        Effect.promise(() => fetch(url, { method: "POST", body, duplex: "half", headers: { "x-own": "yes" } }))
      const responses = yield* Effect.forEach(["{\"model\":\"m\"}", bytes, new Blob([bytes]).stream()], send)
      assert.deepStrictEqual(responses.map(({ ok, status }) => [ok, status]), [[true, 200], [true, 200], [false, 500]])
      const journal = yield* server.journal
      assert.strictEqual(journal.length, 5)
      for (const { body, headers } of journal) {
        assert.deepStrictEqual([body, headers["x-own"]], [{ model: "m" }, "yes"])
      }
      assert.include(yield* Effect.promise(() => responses[0]!.text()), "Hello")
    }).pipe(Effect.scoped, Effect.provide(http)))

  it.live("takes a Request, and answers without a body where there is none", () =>
    Effect.gen(function*() {
      const { fetch, url } = yield* start(Fault.raw({ status: 204, body: "" }))
      const response = yield* Effect.promise(() => fetch(new Request(url, { method: "POST" })))
      assert.deepStrictEqual([response.status, response.body], [204, null])
    }).pipe(Effect.scoped, Effect.provide(http)))

  it.live("closes the connection when it is aborted, or its body is cancelled", () =>
    Effect.gen(function*() {
      const long = "Hello there, and so on, and so on"
      const { fetch, server, url } = yield* start(Fault.silence, Fault.stall(long), Fault.stall(long))
      const body = "{\"stream\":true}"
      const abort = aborting()
      const silent = yield* Effect.forkChild(
        Effect.exit(Effect.tryPromise(() => fetch(url, { method: "POST", body, signal: abort.signal })))
      )
      yield* server.until(({ length }) => length === 1)
      abort.abort(new Error("enough"))
      const exit = yield* Fiber.join(silent)
      assert.include(String(Exit.isFailure(exit) && exit.cause), "enough")

      const late = aborting()
      const aborted = yield* Effect.promise(() => fetch(url, { method: "POST", body, signal: late.signal }))
      const text = yield* Effect.forkChild(Effect.exit(Effect.tryPromise(() => aborted.text())))
      late.abort(new Error("enough"))
      const cut = yield* Fiber.join(text)
      assert.include(String(Exit.isFailure(cut) && cut.cause), "enough")

      const cancelled = yield* Effect.promise(() => fetch(url, { method: "POST", body }))
      yield* Effect.promise(() => cancelled.body!.cancel())
      const journal = yield* server.until((journal) => journal.every(({ ending }) => ending !== "open"))
      assert.deepStrictEqual(journal.map(({ ending }) => ending), ["abandoned", "abandoned", "abandoned"])
    }).pipe(Effect.scoped, Effect.provide(http)))
})
