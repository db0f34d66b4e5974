import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { FakeProvider, Fault, NoNetwork, Script } from "greenlang/testing"
import { get } from "node:http"
import { connect, Socket } from "node:net"
import { inspect } from "node:util"

const key = "planted-key-4711"
const offline = Layer.provide(NoNetwork.layer, Http.layer())
const isOutsideCall = Schema.is(NoNetwork.OutsideCall)

/** What a socket, or a request over one, ends with. */
const errorOf = (make: () => { once: (event: "error", listener: (error: Error) => void) => unknown }) =>
  Effect.callback<Error>((resume) => {
    make().once("error", (error) => resume(Effect.succeed(error)))
  })

describe("NoNetwork", () => {
  it.live("lets a client reach this machine, and nothing else", () =>
    Effect.gen(function*() {
      const { baseUrl } = yield* FakeProvider.make(Script.always(Fault.raw({ body: "here" })))
      const client = yield* HttpClient.HttpClient
      for (const url of [baseUrl, baseUrl.replace("127.0.0.1", "localhost")]) {
        assert.strictEqual(yield* Effect.flatMap(client.get(url), ({ text }) => text), "here")
      }
      for (const host of ["api.example.com", "10.0.0.1", "localhost.example.com", "[2001:db8::1]"]) {
        const error = yield* Effect.flip(client.get(`https://${host}/v1`))
        assert(isOutsideCall(error.cause))
        assert.strictEqual(error.cause.url, `https://${host}/v1`)
      }
    }).pipe(Effect.provide(offline), Effect.scoped))

  it.effect("shows nothing of a request but where it went", () =>
    Effect.gen(function*() {
      const client = yield* HttpClient.HttpClient
      const request = HttpClientRequest.post(`https://user:${key}@api.example.com/v1?key=${key}#${key}`).pipe(
        HttpClientRequest.bearerToken(key),
        HttpClientRequest.setUrlParam("token", key),
        HttpClientRequest.bodyText(key)
      )
      const error = yield* Effect.flip(client.execute(request))
      assert.include(error.message, "POST https://api.example.com/v1")
      for (const shown of [error.message, inspect(error, { depth: 20 }), JSON.stringify(error)]) {
        assert.notInclude(shown, key)
      }
    }).pipe(Effect.provide(offline)))

  it.effect("ends the calls of a model without a retry", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Llm.generate("hi"))
      assert(error.reason._tag === "NetworkError")
      assert.strictEqual(error.reason.url, "https://api.example.com/v1/chat/completions")
      assert.isFalse(error.isRetryable)
    }).pipe(Effect.provide(
      OpenAiCompatible.layer({ baseUrl: "https://api.example.com/v1", model: "m", apiKey: Redacted.make(key) }).pipe(
        Layer.provide(offline)
      )
    )))

  it.live("guards all connections of the process, for as long as it is there", () =>
    Effect.gen(function*() {
      const { baseUrl } = yield* FakeProvider.make(Script.always(Fault.raw({ body: "here" })))
      const before = Socket.prototype.connect
      yield* Effect.gen(function*() {
        const fetched = yield* Effect.promise(() => fetch("https://api.example.com").catch(({ cause }) => cause))
        const asked = yield* errorOf(() => get("http://api.example.com:81"))
        const sockets = yield* Effect.all([
          errorOf(() => connect(443, "10.0.0.1")),
          errorOf(() => connect({ host: "10.0.0.2", port: 5432 })),
          errorOf(() => new Socket().connect({ host: "2001:db8::1", port: 1 }))
        ])
        assert.deepStrictEqual(
          [fetched, asked, ...sockets].map((error) => isOutsideCall(error) ? error.url : error),
          [
            "tcp://api.example.com:443",
            "tcp://api.example.com:81",
            "tcp://10.0.0.1:443",
            "tcp://10.0.0.2:5432",
            "tcp://2001:db8::1:1"
          ]
        )
        assert.strictEqual(yield* Effect.promise(() => fetch(baseUrl).then((response) => response.text())), "here")
        const missing = yield* errorOf(() => connect("/nowhere/at/all.sock"))
        assert.propertyVal(missing, "code", "ENOENT")
      }).pipe(Effect.provide(NoNetwork.guard))
      assert.strictEqual(Socket.prototype.connect, before)
    }).pipe(Effect.scoped))

  it.effect("opens the network when the last guard has gone", () =>
    Effect.gen(function*() {
      const before = Socket.prototype.connect
      const guarded = Effect.provide(NoNetwork.guard, { local: true })
      yield* Effect.sync(() => assert.notStrictEqual(Socket.prototype.connect, before)).pipe(
        guarded,
        Effect.andThen(Effect.sync(() => assert.notStrictEqual(Socket.prototype.connect, before))),
        guarded
      )
      assert.strictEqual(Socket.prototype.connect, before)
    }))
})
