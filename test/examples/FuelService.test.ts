/**
 * The example `FuelService.ts` under requests that no client of ours would send: each has an answer of its status, and the
 * service goes on.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { HttpServer } from "effect/http"
import { createServer } from "node:http"
import { connect } from "node:net"
import * as FuelService from "../../examples/support/FuelService.ts"

const Service = Layer.provideMerge(
  FuelService.layer,
  NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })
)

const fine = { fuel_type: "diesel", amount: 500, unit: "gallon" }
const json = JSON.stringify(fine)
const withField = (field: string) => `${json.slice(0, -1)},${field}}`
const deep = (open: string, close: string, levels: number) => open.repeat(levels) + close.repeat(levels)

/** A body, and the status and the first path that it is answered with. */
const bodies: Readonly<
  Record<string, readonly [body: string | Uint8Array<ArrayBuffer>, status: number, path?: string]>
> = {
  "right": [json, 200],
  "right, behind a byte order mark": [`\ufeff${json}`, 200],
  "with a field twice, where the last counts": [`{"amount":-1,${json.slice(1)}`, 200],
  "empty": ["", 422, ""],
  "null": ["null", 422, ""],
  "a list": ["[]", 422, ""],
  "a number": ["5", 422, ""],
  "a text": [`"x"`, 422, ""],
  "cut": [json.slice(0, 20), 422, ""],
  "with a comma too many": [`${json.slice(0, -1)},}`, 422, ""],
  "with NaN": [`{"fuel_type":"diesel","amount":NaN,"unit":"gallon"}`, 422, ""],
  "with a number beyond all": [`{"fuel_type":"diesel","amount":1e999,"unit":"gallon"}`, 422, "amount"],
  "with a number below zero": [`{"fuel_type":"diesel","amount":-1,"unit":"gallon"}`, 422, "amount"],
  "with a text for a number": [`{"fuel_type":"diesel","amount":"5","unit":"gallon"}`, 422, "amount"],
  "with an unknown field": [withField(`"colour":1`), 422, "colour"],
  "with __proto__": [withField(`"__proto__":{"amount":1}`), 422, "__proto__"],
  "with everything below __proto__": [`{"__proto__":${json}}`, 422],
  "with a constructor": [withField(`"constructor":{"prototype":{"polluted":1}}`), 422, "constructor"],
  "with levels in a field": [`{"fuel_type":${deep("[", "]", 5_000)},"amount":1,"unit":"gallon"}`, 422, "fuel_type"],
  "with levels in an unknown field": [withField(`"x":${deep(`{"a":`, "}", 3_000).replace("}", "1}")}`), 422, "x"],
  "of levels that do not close": ["[".repeat(60_000), 422, ""],
  "with 4,000 unknown fields": [`{${Array.from({ length: 4_000 }, (_, at) => `"k${at}":1`).join()}}`, 422],
  "in UTF-16": [Uint8Array.from(Buffer.from(json, "utf16le")), 422, ""],
  "of bytes that are not text": [Uint8Array.from([0xff, 0xfe, 0x00, 0x80]), 422, ""],
  "with a fuel that is not known": [`{"fuel_type":"die\\u0000sel","amount":1,"unit":"gallon"}`, 404],
  "of half a letter": [`{"fuel_type":"\\ud800","amount":1,"unit":"gallon"}`, 404],
  "above the limit": [`{"fuel_type":"${"x".repeat(100_000)}","amount":1,"unit":"gallon"}`, 413],
  "of 50 MB": ["x".repeat(50_000_000), 413]
}

const port = Effect.gen(function*() {
  const { address } = yield* HttpServer.HttpServer
  return address._tag === "UnixPathAddress"
    ? yield* Effect.die(new Error("The service listens on no port"))
    : address.port
})

const post = (
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { "content-type": "application/json" }
) =>
  Effect.flatMap(port, (port) =>
    Effect.promise(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/fuel`, { method: "POST", body, headers })
      return { status: response.status, text: await response.text() }
    }))

const Refusal = Schema.fromJsonString(Schema.Struct({
  _tag: Schema.Literal("InvalidInput"),
  issues: Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.NonEmptyString }))
}))

describe("examples/http-service.ts", () => {
  it.live("answers every body with its status, and a wrong one with its issues", () =>
    Effect.gen(function*() {
      for (const [what, [body, status, path]] of Object.entries(bodies)) {
        // a large body may find its connection closed before it was sent
        const answer = status === 413
          ? yield* Effect.sandbox(post(body)).pipe(Effect.orElseSucceed(() => ({ status, text: "" })))
          : yield* post(body)
        assert.strictEqual(answer.status, status, `${what}: ${answer.text.slice(0, 300)}`)
        if (status !== 422) continue
        const { issues } = yield* Schema.decodeEffect(Refusal)(answer.text)
        if (path !== undefined) assert.strictEqual(issues[0]?.path, path, what)
        assert.isAtMost(issues.length, 101)
      }
      assert.notProperty({}, "polluted")
      assert.strictEqual((yield* post(json)).status, 200)
    }).pipe(Effect.provide(Service), Effect.scoped))

  it.live("refuses what is not called JSON", () =>
    Effect.gen(function*() {
      for (
        const type of [
          "text/plain",
          "application/xml",
          "multipart/form-data; boundary=x",
          "application/x-www-form-urlencoded"
        ]
      ) {
        assert.strictEqual((yield* post(json, { "content-type": type })).status, 415, type)
      }
      assert.strictEqual((yield* post(json, { "content-type": "application/json; charset=utf-8" })).status, 200)
    }).pipe(Effect.provide(Service), Effect.scoped))

  it.live("goes on where callers go away in the middle of a body, or before their answer", () =>
    Effect.gen(function*() {
      const to = yield* port
      const heads = [
        `POST /fuel HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":`,
        `POST /fuel HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
        "POST /fuel HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "nonsense\r\n\r\n"
      ]
      yield* Effect.forEach(
        Array.from({ length: 40 }, (_, at) => heads[at % heads.length]!),
        (head) =>
          Effect.callback<void>((resume) => {
            const socket = connect(to, "127.0.0.1", () => socket.write(head, () => socket.destroy()))
            socket.on("error", () => {}).on("close", () => resume(Effect.void))
          }),
        { concurrency: 10 }
      )
      assert.strictEqual((yield* post(json)).status, 200)
    }).pipe(Effect.provide(Service), Effect.scoped))
})
