import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Layer, Option, Redacted, Schema, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { Cassette, FakeProvider, Fault, HttpCassette, Script } from "greenlang/testing"
import type { Line } from "greenlang/testing/FakeProvider"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { atHome } from "../support/AtHome.ts"

const key = "planted-key-4711"
const secrets = [Redacted.make(key)]

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "cassette-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true }))
)

const recording = (path: string) => <A, E, R>(program: Effect.Effect<A, E, R>) =>
  program.pipe(
    Effect.provide(
      Layer.provide(HttpCassette.layerRecord({ path, secrets }), Http.layer({ retries: 0, timeout: "5 seconds" }))
    ),
    atHome
  )

const replaying = (path: string) => Effect.provide(HttpCassette.layerReplay({ path, secrets }))

/** Both runs of `program`. The second has no server any more. */
const twice = Effect.fnUntraced(function*<A, E>(
  path: string,
  lines: ReadonlyArray<Line>,
  program: (baseUrl: string) => Effect.Effect<A, E, HttpClient.HttpClient>
) {
  const [recorded, baseUrl] = yield* Effect.gen(function*() {
    const { baseUrl, script } = yield* FakeProvider.make()
    yield* script(...lines)
    return [yield* program(baseUrl).pipe(recording(path)), baseUrl] as const
  }).pipe(Effect.scoped)
  return { recorded, replayed: yield* program(baseUrl).pipe(replaying(path)), baseUrl }
})

const get = (url: string) =>
  Effect.gen(function*() {
    const response = yield* HttpClient.get(url)
    const { "content-type": type, "retry-after": wait } = response.headers
    return { status: response.status, type, wait, bytes: [...new Uint8Array(yield* response.arrayBuffer)] }
  })

describe("HttpCassette", () => {
  it.live("hides a secret in bytes that are not text", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "bytes.json")
      const bytes = new Uint8Array([0xff, ...new TextEncoder().encode(key), 0xfe])
      const { recorded, replayed } = yield* twice(path, [Fault.raw({ body: "taken" })], (baseUrl) =>
        HttpClientRequest.post(`${baseUrl}/upload`).pipe(
          HttpClientRequest.bodyUint8Array(bytes, "application/octet-stream"),
          HttpClient.execute,
          Effect.flatMap(({ text }) =>
            text
          )
        ))
      assert.deepStrictEqual([recorded, replayed], ["taken", "taken"])
      const { entries } = JSON.parse(
        yield* Effect.promise(() =>
          readFile(path, "utf8")
        )
      )
      const kept = Buffer.from(entries[0].request.body.base64, "base64").toString("latin1")
      assert.strictEqual(kept, "\xff<redacted>\xfe")
    }).pipe(Effect.scoped))

  it.live("replays what it recorded: texts, bytes, failures and empty bodies", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "all.json")
      const { recorded, replayed } = yield* twice(
        path,
        [
          Fault.raw({ body: { a: "äöü" } }),
          Fault.rateLimited("2 seconds"),
          Fault.raw({ status: 204, body: "" }),
          Fault.reset("Hello"),
          Fault.raw({ headers: { "content-type": "text/plain" }, body: "\ufeffmark" })
        ],
        (baseUrl) =>
          Effect.all([
            get(`${baseUrl}/one`),
            get(`${baseUrl}/two`),
            get(`${baseUrl}/three`),
            Effect.map(
              Effect.flip(get(`${baseUrl}/four`)),
              ({ reason }) => ({ _tag: reason._tag, why: reason.description })
            ),
            get(`${baseUrl}/five`)
          ])
      )
      assert.deepStrictEqual(replayed, recorded)
      assert.deepStrictEqual([recorded[1].status, recorded[1].wait, recorded[2].bytes], [429, "2", []])
      assert.strictEqual(recorded[3]._tag, "TransportError")
      assert.deepStrictEqual(recorded[4].bytes.slice(0, 3), [0xef, 0xbb, 0xbf])
    }).pipe(Effect.scoped))

  it.live("carries a whole model: answers, streams and objects", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "model.json")
      const { recorded, replayed } = yield* twice(
        path,
        ["Hello", "one two three", { text: "{\"city\":\"Oslo\"}" }],
        (baseUrl) =>
          Effect.all([
            Llm.generate("hi"),
            Stream.runCollect(Llm.stream("stream")),
            Llm.generateObject(Schema.Struct({ city: Schema.String }), { prompt: "where?" })
          ]).pipe(Effect.provide(OpenAiCompatible.layer({ baseUrl, model: "m", apiKey: Redacted.make(key) })))
      )
      assert.strictEqual(inspect(replayed, { depth: 20 }), inspect(recorded, { depth: 20 }))
      assert.strictEqual(recorded[0].text, "Hello")
    }).pipe(Effect.scoped))

  it.live("holds no secret of header, URL or body", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "secret.json")
      const { recorded } = yield* twice(path, [Fault.raw({ body: `you are ${key}` })], (baseUrl) =>
        HttpClientRequest.post(`${baseUrl.replace("//", `//user:${key}@`)}/login?api_key=${key}&page=2`).pipe(
          HttpClientRequest.bearerToken(key),
          HttpClientRequest.bodyJsonUnsafe({ password: key }),
          HttpClient.execute,
          Effect.flatMap(({ text }) =>
            text
          )
        ))
      const text = yield* Effect.promise(() =>
        readFile(path, "utf8")
      )
      assert.notInclude(text, key)
      assert.include(text, "/login?api_key=redacted&page=2")
      assert.strictEqual(recorded, "you are <redacted>")
    }).pipe(Effect.scoped))

  const echoes: Readonly<Record<string, (secret: string) => string>> = {
    "as it is": (secret) => `you are ${secret}`,
    "in capital letters": (secret) => `you are ${secret.toUpperCase()}`,
    "in base64": (secret) => `you are ${Buffer.from(`me:${secret}`).toString("base64")}`,
    "escaped by JSON": (secret) =>
      JSON.stringify({ you: [...secret].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join("") }),
    "over two lines": (secret) => `you are ${secret.slice(0, 9)}\n${secret.slice(9)}`
  }
  const places: Readonly<Record<string, (url: string, secret: string) => HttpClientRequest.HttpClientRequest>> = {
    "an authorization header": (url, secret) => HttpClientRequest.bearerToken(HttpClientRequest.post(url), secret),
    "a header with a key": (url, secret) => HttpClientRequest.post(url, { headers: { "x-api-key": secret } }),
    "a cookie": (url, secret) => HttpClientRequest.post(url, { headers: { cookie: `a=1; sid=${secret}` } }),
    "a parameter": (url, secret) => HttpClientRequest.post(`${url}?refresh_token=${secret}`),
    "the user part of the address": (url, secret) => HttpClientRequest.post(url.replace("//", `//${secret}@`)),
    "a field of JSON": (url, secret) =>
      HttpClientRequest.bodyJsonUnsafe(HttpClientRequest.post(url), { login: { client_secret: secret } }),
    "a form": (url, secret) => HttpClientRequest.bodyText(HttpClientRequest.post(url), `grant=x&password=${secret}`)
  }
  for (const [place, ask] of Object.entries(places)) {
    it.live(`hides what stands in ${place} where the server repeats it`, () =>
      Effect.gen(function*() {
        const path = join(yield* folder, "echo.json")
        const secret = ["Zk9fA3xQ7t", "Lm2Wd8Rv4Yb6"].join("-")
        const { recorded, replayed } = yield* twice(
          path,
          Object.values(echoes).map((echo) => Fault.raw({ body: echo(secret) })),
          (baseUrl) =>
            Effect.forEach(Object.keys(echoes), () =>
              Effect.flatMap(HttpClient.execute(ask(`${baseUrl}/login`, secret)), ({ text }) => text))
        )
        assert.deepStrictEqual(replayed, recorded)
        const text = yield* Effect.promise(() =>
          readFile(path, "utf8")
        )
        for (const echo of Object.values(echoes)) assert.notInclude(text, echo(secret).slice(8, 24))
        assert.notInclude(text, secret)
      }).pipe(Effect.scoped))
  }

  it.live("writes no token that a server gives, and lets the run that records use it", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "login.json")
      const token = ["Zk9fA3xQ7t", "Lm2Wd8Rv4Yb6"].join("-")
      const seen: Array<string | undefined> = []
      const { recorded, replayed } = yield* twice(
        path,
        [Fault.raw({ body: { access_token: token, token_type: "bearer" } }), Fault.raw({ body: `welcome ${token}` })],
        Effect.fnUntraced(function*(baseUrl) {
          const { access_token } = (yield* (yield* HttpClient.post(`${baseUrl}/login`)).json) as Record<string, string>
          seen.push(access_token)
          const me = HttpClientRequest.get(`${baseUrl}/me`, { headers: { authorization: `Bearer ${access_token}` } })
          return yield* (yield* HttpClient.execute(me)).text
        })
      )
      assert.deepStrictEqual([recorded, replayed], ["welcome <redacted>", "welcome <redacted>"])
      assert.deepStrictEqual(seen, [token, "<redacted>"])
      assert.notInclude(yield* Effect.promise(() => readFile(path, "utf8")), token)
    }).pipe(Effect.scoped))

  it.live("names the fields in which a request differs, and dies of it where the test goes on", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "body.json")
      const post = (baseUrl: string, amount: number) =>
        HttpClientRequest.post(`${baseUrl}/sum`).pipe(
          HttpClientRequest.bodyJsonUnsafe({ fuel: "coal", amount }),
          HttpClient.execute
        )
      const { baseUrl } = yield* twice(path, [Fault.raw({ body: "1" })], (baseUrl) => post(baseUrl, 1))
      const exit = yield* Effect.exit(
        Effect.gen(function*() {
          const error = yield* Effect.flip(post(baseUrl, 2))
          assert(Schema.is(Cassette.CassetteMismatch)(error.cause))
          assert.deepStrictEqual(error.cause.differences, [{ path: "body.amount", expected: 1, actual: 2 }])
          assert.lengthOf(yield* Cassette.unused, 1)
        }).pipe(replaying(path))
      )
      assert(Exit.isFailure(exit))
      assert.instanceOf(Cause.squash(exit.cause), Cassette.CassetteMismatch)
    }).pipe(Effect.scoped))

  it.live("leaves unanswered what was interrupted", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "left.json")
      const { recorded, replayed } = yield* twice(
        path,
        [Fault.silence],
        (baseUrl) => Effect.timeoutOption(get(`${baseUrl}/slow`), "50 millis")
      )
      assert.deepStrictEqual([recorded, replayed], [Option.none(), Option.none()])
    }).pipe(Effect.scoped))

  it.live("records once, and not in CI", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "once.json")
      const { baseUrl, journal } = yield* FakeProvider.make(Script.always(Fault.raw({ body: "here" })))
      const ask = (env: Record<string, string>) =>
        get(baseUrl).pipe(
          Effect.provide(HttpCassette.layer({ path, client: Http.layer() })),
          Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(env))
        )
      assert.strictEqual((yield* Effect.flip(ask({ CI: "1" })))._tag, "RecordingRefused")
      assert.deepStrictEqual(yield* ask({}), yield* ask({ CI: "1" }))
      assert.lengthOf(yield* journal, 1)
    }).pipe(Effect.scoped))
})
