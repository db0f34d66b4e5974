/**
 * Requests that break the schemas of an endpoint, with and without the middleware.
 */
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { HttpClient, HttpClientRequest, HttpRouter } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import { InvalidInput } from "greenlang"
import { WrongRequest } from "greenlang/http-api"

const parts = HttpApiEndpoint.post("parts", "/parts/:id", {
  params: { id: Schema.FiniteFromString },
  query: { max: Schema.optionalKey(Schema.FiniteFromString) },
  headers: { "x-tenant": Schema.Literals(["a", "b"]) },
  payload: Schema.Struct({ name: Schema.String, count: Schema.Int }),
  success: Schema.Int
})
const group = HttpApiGroup.make("stock", { topLevel: true })
  .add(parts)
  .annotate(HttpApi.ParseOptions, { errors: "all", onExcessProperty: "ignore" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
const Api = HttpApi.make("Stock").add(group.middleware(WrongRequest))

const Handlers = HttpApiBuilder.group(Api, "stock", (handlers) =>
  // an answer of 0.5 breaks the schema of the answer
  Effect.succeed(handlers.handleAll({ parts: ({ payload }) => Effect.succeed(payload.count === 0 ? 0.5 : 1) })))

const Service = HttpRouter.serve(HttpApiBuilder.layer(Api), { disableLogger: true, disableListenLog: true }).pipe(
  Layer.provide(Handlers),
  Layer.provide(WrongRequest.layer),
  Layer.provideMerge(NodeHttpServer.layerTest)
)

const send = Effect.fn(function*(path: string, body: unknown, tenant = "a") {
  const http = yield* HttpClient.HttpClient
  const request = HttpClientRequest.post(path).pipe(
    HttpClientRequest.setHeader("x-tenant", tenant),
    HttpClientRequest.bodyJsonUnsafe(body)
  )
  const response = yield* http.execute(request)
  return { status: response.status, text: yield* response.text }
})

const refusal = Effect.fn(function*(path: string, body: unknown, tenant?: string) {
  const { status, text } = yield* send(path, body, tenant)
  assert.strictEqual(status, 422, text)
  const { agent, issues } = yield* Schema.decodeEffect(Schema.fromJsonString(InvalidInput))(text)
  assert.strictEqual(agent, "parts")
  return issues
})

const fine = { name: "bolt", count: 3 }

describe("WrongRequest", () => {
  it.live("answers a wrong body with 422 and every issue", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* send("/parts/1", fine), { status: 200, text: "1" })
      assert.deepStrictEqual(yield* refusal("/parts/1", { count: 0.5, nmae: "bolt" }), [
        { path: "nmae", message: "is not a known field, did you mean `name`?", expected: "one of name, count" },
        { path: "name", message: "is missing", expected: "a string" },
        { path: "count", message: "Expected an integer", expected: "an integer" }
      ])
    }).pipe(Effect.provide(Service)))

  it.live("names what is wrong in the path, the query and the headers", () =>
    Effect.gen(function*() {
      const paths = (issues: InvalidInput["issues"]) => issues.map(({ path }) => path)
      assert.deepStrictEqual(paths(yield* refusal("/parts/x", fine)), ["id"])
      assert.deepStrictEqual(paths(yield* refusal("/parts/1?max=x", fine)), ["max"])
      const [issue] = yield* refusal("/parts/1", fine, "c")
      assert.deepInclude(issue, { path: "x-tenant", expected: "one of a, b" })
    }).pipe(Effect.provide(Service)))

  it.live("leaves an answer that breaks its schema a fault of the service", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* send("/parts/1", { ...fine, count: 0 })).status, 500)
    }).pipe(Effect.provide(Service)))
})
