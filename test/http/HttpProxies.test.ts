import { assert, describe, it } from "@effect/vitest"
import { Cause, ConfigProvider, Effect, Exit, Redacted } from "effect"
import { HttpClient } from "effect/http"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import { inspect } from "node:util"
import * as BareServer from "../support/BareServer.ts"

/** Forwards plain requests by their whole address, and tunnels the rest by CONNECT. Every name leads to this machine. */
const proxy = BareServer.start(
  (response, { body, headers, method, url }) => {
    const { pathname, port, search } = new URL(url)
    const forwarded = httpRequest(
      { host: "127.0.0.1", port, path: pathname + search, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      }
    )
    forwarded.end(body)
  },
  {
    connect: (client, target, head) => {
      const server = connect(Number(target.split(":").at(-1)), "127.0.0.1", () => {
        client.write("HTTP/1.1 200 Connection Established\r\n\r\n")
        server.write(head)
        server.pipe(client)
        client.pipe(server)
      })
      for (const socket of [client, server]) socket.on("error", () => socket.destroy())
    }
  }
)

const within = (env: Record<string, string>) => <A, E, R>(self: Effect.Effect<A, E, R | HttpClient.HttpClient>) =>
  self.pipe(
    Effect.provide(Http.layer({ retries: 0, timeout: "5 seconds" })),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(env))
  )

const get = (url: string) => Effect.flatMap(HttpClient.get(url), ({ text }) => text)

describe("Http", () => {
  for (const name of ["HTTP_PROXY", "http_proxy"]) {
    it.live(`sends a plain request through ${name} [F22]`, () =>
      Effect.gen(function*() {
        const [server, by] = yield* Effect.all([BareServer.start(BareServer.text("here")), proxy])
        const url = `http://far.example:${server.port}/page?x=1`
        assert.strictEqual(yield* get(url).pipe(within({ [name]: by.origin })), "here")
        assert.deepStrictEqual(by.asked.map(({ method, url }) => [method, url]), [["GET", url]])
        assert.deepStrictEqual(server.asked.map(({ url }) => url), ["/page?x=1"])
      }).pipe(Effect.scoped))
  }

  it.live("reaches a proxy whose address has no scheme", () =>
    Effect.gen(function*() {
      const [server, by] = yield* Effect.all([BareServer.start(BareServer.text("here")), proxy])
      const env = { HTTP_PROXY: `127.0.0.1:${by.port}` }
      assert.strictEqual(yield* get(`http://far.example:${server.port}`).pipe(within(env)), "here")
    }).pipe(Effect.scoped))

  for (const name of ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"]) {
    it.live(`asks ${name} for a tunnel to a server of https by CONNECT [F22]`, () =>
      Effect.gen(function*() {
        const by = yield* BareServer.start(BareServer.text("", 500), {
          connect: (socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n")
        })
        const error = yield* Effect.flip(get("https://far.example/v1").pipe(within({ [name]: by.origin })))
        assert.strictEqual(error.reason._tag, "TransportError")
        assert.deepStrictEqual(by.asked.map(({ method, url }) => [method, url]), [["CONNECT", "far.example:443"]])
      }).pipe(Effect.scoped))
  }

  it.live("carries TLS through the tunnel of a proxy", () =>
    Effect.gen(function*() {
      // What comes out of the tunnel begins as TLS does: a handshake record of version 3.
      const bytes: Array<Buffer> = []
      const by = yield* BareServer.start(BareServer.text(""), {
        connect: (socket) => {
          socket.write("HTTP/1.1 200 Connection Established\r\n\r\n")
          socket.once("data", (piece: Buffer) => {
            bytes.push(piece)
            socket.destroy()
          })
        }
      })
      yield* Effect.flip(get("https://far.example/v1").pipe(within({ HTTPS_PROXY: by.origin })))
      assert.deepStrictEqual([...bytes[0]!.subarray(0, 2)], [0x16, 0x03])
      assert.include(bytes[0]!.toString("latin1"), "far.example")
    }).pipe(Effect.scoped))

  it.live("sends the key of a model through a proxy, and the proxy's own password to the proxy alone", () =>
    Effect.gen(function*() {
      const answer = JSON.stringify({ choices: [{ message: { content: "here" }, finish_reason: "stop" }] })
      const [server, by] = yield* Effect.all([BareServer.start(BareServer.text(answer)), proxy])
      const model = OpenAiCompatible.layer({
        baseUrl: `http://far.example:${server.port}/v1`,
        model: "m",
        apiKey: Redacted.make("planted-key-4711")
      })
      const env = { HTTP_PROXY: by.origin.replace("//", "//user:pass%40word@") }
      const { text } = yield* Llm.generate("hi").pipe(Effect.provide(model), within(env))
      assert.strictEqual(text, "here")
      const [asked] = by.asked
      assert.strictEqual(asked?.headers.authorization, "Bearer planted-key-4711")
      const { "proxy-authorization": login } = asked!.headers
      assert.strictEqual(Buffer.from(String(login).slice(6), "base64").toString(), "user:pass@word")
    }).pipe(Effect.scoped))

  const passedBy: ReadonlyArray<readonly [noProxy: string, host: string, isPassedBy: boolean]> = [
    ["localhost", "localhost", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["*", "127.0.0.1", true],
    ["far.example, localhost", "localhost", true],
    ["far.example localhost", "localhost", true],
    [".localhost", "a.localhost", true],
    ["localhost", "a.localhost", true],
    ["*.localhost", "a.localhost", true],
    ["LOCALHOST", "localhost", true],
    ["localhost:PORT", "localhost", true],
    ["localhost:1", "localhost", false],
    ["ocalhost", "localhost", false],
    ["far.example", "localhost", false],
    ["", "localhost", false]
  ]
  for (const [noProxy, host, isPassedBy] of passedBy) {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      it.live(`asks ${host} ${isPassedBy ? "directly" : "by the proxy"} where ${name} is "${noProxy}" [F22]`, () =>
        Effect.gen(function*() {
          const [server, by] = yield* Effect.all([BareServer.start(BareServer.text("here")), proxy])
          const env = { HTTP_PROXY: by.origin, [name]: noProxy.replace("PORT", String(server.port)) }
          // Not every machine knows names below localhost.
          yield* Effect.exit(get(`http://${host}:${server.port}`).pipe(within(env)))
          assert.strictEqual(by.asked.length, isPassedBy ? 0 : 1)
        }).pipe(Effect.scoped))
    }
  }

  it.live("asks directly where the variables are empty", () =>
    Effect.gen(function*() {
      const server = yield* BareServer.start(BareServer.text("here"))
      assert.strictEqual(yield* get(server.origin).pipe(within({ HTTP_PROXY: "", HTTPS_PROXY: "" })), "here")
    }).pipe(Effect.scoped))

  it.live("names a variable that is not an address, and does not show it", () =>
    Effect.gen(function*() {
      const exit = yield* Effect.exit(get("http://far.example").pipe(within({ HTTPS_PROXY: "http://user:hunter2@[" })))
      assert(Exit.isFailure(exit))
      const error = Cause.squash(exit.cause)
      assert.include(inspect(error, { depth: 9 }), "HTTPS_PROXY is not the address of a proxy")
      assert.notInclude(inspect(error, { depth: 9 }), "hunter2")
    }))

  it.live("shows no password of a proxy that refuses, fails or is gone", () =>
    Effect.gen(function*() {
      const gone = yield* Effect.scoped(BareServer.start(BareServer.text("")))
      const refusing = yield* BareServer.start(BareServer.text("", 407), {
        connect: (socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
      })
      for (const { origin } of [gone, refusing]) {
        for (const url of ["http://far.example", "https://far.example"]) {
          const by = origin.replace("//", "//user:hunter2@")
          const exit = yield* Effect.exit(get(url).pipe(within({ HTTP_PROXY: by, HTTPS_PROXY: by })))
          assert(Exit.isFailure(exit), url)
          const login = Buffer.from("user:hunter2").toString("base64")
          for (const shown of [Cause.pretty(exit.cause), inspect(exit.cause, { depth: 12 }), JSON.stringify(exit)]) {
            assert.notInclude(shown, "hunter2")
            assert.notInclude(shown, login)
          }
        }
      }
    }).pipe(Effect.scoped))
})
