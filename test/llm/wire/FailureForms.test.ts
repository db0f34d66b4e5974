/**
 * The forms in which servers fail, whether another attempt can help, and how long it waits.
 */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, Redacted, Result } from "effect"
import { LanguageModel } from "effect/ai"
import { LlmBatch } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai } from "./Table.ts"
import * as Wire from "./Wire.ts"

const json = (value: unknown) => JSON.stringify(value)
const all = ["whole", "stream", "batch"] as const
const fails = (fails: string, words: string, retry: boolean) => ({ fails, words, retry })

Table.check("A failure with status 200", [
  openai(
    "by a number of MiniMax: the key",
    all,
    json({ base_resp: { status_code: 1004, status_msg: "login fail" }, choices: null }),
    fails("AuthenticationError", "login fail", false)
  ),
  openai(
    "by a number of MiniMax: the account",
    all,
    json({ base_resp: { status_code: 1008, status_msg: "insufficient balance" } }),
    fails("QuotaExhaustedError", "insufficient balance", false)
  ),
  openai(
    "by a number of MiniMax: the rate",
    all,
    json({ base_resp: { status_code: 1002, status_msg: "too fast" } }),
    fails("RateLimitError", "too fast", true)
  ),
  openai(
    "none by a number of MiniMax",
    ["whole", "stream"],
    json({
      ...Answers.completion({ content: "Hello there" }),
      base_resp: { status_code: 0, status_msg: "" }
    }),
    { text: "Hello there" }
  ),
  openai(
    "in capitals",
    all,
    json({ Error: { Code: "AccountOverdueError", Message: "Pay your bill" } }),
    fails("QuotaExhaustedError", "Pay your bill", false)
  ),
  openai(
    "beside the metadata of a response",
    all,
    json({
      ResponseMetadata: { RequestId: "x", Error: { CodeN: 100_010, Code: "AuthFailure", Message: "Sign again" } }
    }),
    fails("AuthenticationError", "Sign again", false)
  ),
  openai(
    "inside of a response",
    all,
    json({ Response: { Error: { Code: "InternalError", Message: "Broken" }, RequestId: "x" } }),
    fails("InternalProviderError", "Broken", true)
  ),
  openai(
    "by a finish",
    ["whole", "batch"],
    json(Answers.completion({ content: "He" }, {}, "insufficient_system_resource")),
    fails("InternalProviderError", "insufficient_system_resource", true)
  ),
  openai(
    "by a finish",
    "stream",
    Wire.sse(Answers.chunk({ content: "He" }), Answers.chunk({}, "insufficient_system_resource"), Wire.done),
    fails("InternalProviderError", "insufficient_system_resource", true)
  ),
  openai(
    "of a model that is loading",
    all,
    json({ error: "Model m is currently loading", estimated_time: 20 }),
    fails("InternalProviderError", "currently loading", true)
  ),
  anthropic(
    "in capitals",
    all,
    json({ Error: { Code: "InvalidApiKey", Message: "Who are you?" } }),
    fails("AuthenticationError", "Who are you?", false)
  )
])

const retryModel = (url: string, retries: number) =>
  OpenAiCompatible.layer({ baseUrl: `${url}/v1`, model: "m" }).pipe(
    Layer.provide(Http.layer({ retries, pause: "1 millis", timeout: "30 seconds" }))
  )

const refused = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const server = yield* Wire.serve((response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers })
      response.end(json(body))
    })
    const error = yield* Effect.flip(Effect.provide(Wire.hello, retryModel(server.url, 2)))
    return { error, asked: server.asked.length }
  })

describe("A refusal", () => {
  const once: ReadonlyArray<readonly [string, number, unknown, Record<string, string>?]> = [
    ["an empty account behind 429", 429, { error: { message: "No credits", code: "insufficient_quota" } }],
    ["an empty account in words behind 429", 429, {
      error: { message: "You exceeded your current quota", type: "insufficient_quota" }
    }],
    ["a wrong key behind 500", 500, { error: { message: "Wrong", code: "invalid_api_key" } }],
    ["a missing model behind 500", 500, { error: { message: "No such model", type: "not_found_error" } }],
    ["x-should-retry: false behind 429", 429, { error: { message: "Slow" } }, { "x-should-retry": "false" }],
    ["x-should-retry: false behind 503", 503, { error: { message: "Busy" } }, { "x-should-retry": "false" }],
    ["a wrong request", 400, { error: { message: "Wrong" } }]
  ]
  for (const [name, status, body, headers] of once) {
    it.live(`is not sent again, and says so: ${name}`, () =>
      Effect.gen(function*() {
        const { asked, error } = yield* refused(status, body, headers)
        assert.deepStrictEqual([asked, error.isRetryable], [1, false], error.message)
      }).pipe(Effect.scoped))
  }

  const again: ReadonlyArray<readonly [string, number, unknown, Record<string, string>?]> = [
    ["x-should-retry: true behind 409", 409, { error: { message: "Locked" } }, { "x-should-retry": "true" }],
    ["x-should-retry: true behind 400", 400, { error: { message: "Odd" } }, { "x-should-retry": "true" }],
    ["a limit of the rate", 429, { error: { message: "Slow down" } }],
    ["a server in trouble", 503, { error: { message: "Busy" } }]
  ]
  for (const [name, status, body, headers] of again) {
    it.live(`is sent again, and says so: ${name}`, () =>
      Effect.gen(function*() {
        const { asked, error } = yield* refused(status, body, headers)
        assert.deepStrictEqual([asked, error.isRetryable], [3, true], error.message)
      }).pipe(Effect.scoped))
  }

  it.live("that x-should-retry calls final is not sent again by LlmRetry", () =>
    Effect.gen(function*() {
      const server = yield* Wire.serve((response) => {
        response.writeHead(529, { "x-should-retry": "false" })
        response.end("{}")
      })
      const provider = LlmRetry.layer({ pause: "1 millis" }).pipe(
        Layer.provide(OpenAiCompatible.layerProvider({ baseUrl: server.url, model: "m" })),
        Layer.provide(Http.layer({ retries: 0 }))
      )
      yield* Effect.flip(Effect.provide(Wire.hello, Layer.provide(LlmProvider.languageModel, provider)))
      assert.lengthOf(server.asked, 1)
    }).pipe(Effect.scoped))

  const waits: ReadonlyArray<readonly [string, unknown, number | undefined, Record<string, string>?]> = [
    ["a detail of Google", {
      error: { code: 429, message: "Slow", details: [{}, { "@type": "x/google.rpc.RetryInfo", retryDelay: "34.5s" }] }
    }, 34_500],
    ["a detail with seconds and nanoseconds", {
      error: { message: "Slow", details: [{ retryDelay: { seconds: "2", nanos: 500_000_000 } }] }
    }, 2_500],
    ["a field of seconds", { error: { message: "Slow", retry_after: 7 } }, 7_000],
    ["a field of milliseconds", { error: { message: "Slow" }, retry_after_ms: 250 }, 250],
    ["words", { error: { message: "Rate limit reached. Please try again in 6m0.5s. Visit us." } }, 360_500],
    ["words in milliseconds", { error: { message: "Please retry in 20ms" } }, 20],
    ["a header before a body", { error: { message: "try again in 5s" } }, 2_000, { "retry-after": "2" }],
    ["no number", { error: { message: "try again in a moment" } }, undefined]
  ]
  for (const [name, body, millis, headers] of waits) {
    it.live(`says how long to wait by ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => {
          response.writeHead(429, { "content-type": "application/json", ...headers })
          response.end(json(body))
        })
        const error = yield* Effect.flip(Effect.provide(Wire.hello, retryModel(server.url, 0)))
        assert.strictEqual(error.retryAfter && Duration.toMillis(error.retryAfter), millis)
      }).pipe(Effect.scoped))
  }

  for (const status of [307, 400, 429, 503]) {
    it.live(`of ${status} is read although its body never ends`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response, { url }) => {
          if (url.includes("there")) return Wire.json(response, { error: { message: "Refused words" } }, 400)
          response.writeHead(status, { "content-type": "application/json", location: "/there/v1/chat/completions" })
          response.write("{\"error\":{\"message\":\"Refused words\"}}")
        })
        const error = yield* Effect.flip(Effect.provide(Wire.hello, retryModel(server.url, status === 503 ? 1 : 0)))
        assert.include(error.message, "Refused words")
        assert.lengthOf(server.asked, status === 307 || status === 503 ? 2 : 1)
      }).pipe(Effect.scoped))
  }

  for (const status of [301, 302]) {
    it.live(`of ${status} says where the server has moved, and hides secrets in that`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => {
          response.writeHead(status, { location: "https://user:hunter2@example.com/v1/chat?api_key=hunter2" })
          response.end()
        })
        const error = yield* Effect.flip(Effect.provide(Wire.hello, retryModel(server.url, 0)))
        assert.strictEqual(error.reason._tag, "InvalidRequestError")
        assert.include(error.message, `${status}`)
        assert.include(error.message, "example.com/v1/chat")
        assert.notInclude(error.message, "hunter2")
      }).pipe(Effect.scoped))
  }

  it.live("of 307 takes neither key nor odd headers to another port", () =>
    Effect.gen(function*() {
      const other = yield* Wire.serve((response) => Wire.json(response, Answers.completion({ content: "Hello" })))
      const server = yield* Wire.serve((response) => {
        response.writeHead(307, { location: `${other.url}/v1/chat/completions` })
        response.end()
      })
      const model = OpenAiCompatible.layer({
        baseUrl: server.url,
        model: "m",
        apiKey: Redacted.make("sk-hunter2hunter2"),
        headers: { "x-my-gateway": "hunter2", "cf-access": "hunter2" }
      }).pipe(Layer.provide(Http.layer({ retries: 0 })))
      yield* Effect.provide(Wire.hello, model)
      assert.notInclude(json(other.asked[0]?.headers), "hunter2")
      assert.strictEqual(other.asked[0]?.body.model, "m")
    }).pipe(Effect.scoped))
})

describe("A key", () => {
  for (
    const key of [
      "  sk-test-123456\n",
      "Bearer sk-test-123456",
      "\"sk-test-123456\"",
      "'bearer  sk-test-123456' ",
      "Authorization: Bearer sk-test-123456"
    ]
  ) {
    it.live(`is sent without what stands around it: ${json(key)}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => Wire.json(response, Answers.completion({ content: "Hello" })))
        const model = OpenAiCompatible.layer({ baseUrl: server.url, model: "m", apiKey: Redacted.make(key) })
        yield* Effect.provide(Wire.hello, Layer.provide(model, Http.layer({ retries: 0 })))
        assert.strictEqual(server.asked[0]?.headers.authorization, "Bearer sk-test-123456")
      }).pipe(Effect.scoped))
  }

  for (const key of ["sk-test 123456", "sk-test\n123456", "sk-\u201ctest123456"]) {
    it.live(`that cannot be one is named, and not shown: ${json(key)}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => Wire.json(response, Answers.completion({ content: "Hello" })))
        const model = OpenAiCompatible.layer({ baseUrl: server.url, model: "m", apiKey: Redacted.make(key) })
        const error = yield* Effect.flip(Effect.provide(Wire.hello, Layer.provide(model, Http.layer({ retries: 0 }))))
        assert.strictEqual(error.reason._tag, "AuthenticationError")
        assert.include(error.message, "apiKey")
        assert.notInclude(error.message, "123456")
        assert.lengthOf(server.asked, 0)
      }).pipe(Effect.scoped))
  }
})

const batch = (format: Wire.Format, state: unknown) =>
  Effect.gen(function*() {
    const lines = Wire.batchReply(format, Wire.lineOf(format, json(Answers.hello[format].whole)))
    const server = yield* Wire.serve((response, asked) =>
      asked.method === "GET" && asked.url.endsWith("batch_1") ? Wire.json(response, state) : lines(response, asked)
    )
    const http = Http.layer({ retries: 0 })
    const layer = format === "openai"
      ? OpenAiBatch.layer({ baseUrl: server.url, model: "m" })
      : AnthropicBatch.layer({ baseUrl: server.url, model: "m" })
    const calls = [LanguageModel.generateText({ prompt: "hi" })]
    return yield* Effect.result(Effect.provide(LlmBatch.all(calls, { pause: "1 millis" }), Layer.provide(layer, http)))
  }).pipe(Effect.scoped)

describe("A batch", () => {
  const unknown: ReadonlyArray<readonly [string, Wire.Format, unknown, string]> = [
    ["of an unknown state", "openai", { id: "batch_1", status: "gone_fishing" }, "gone_fishing"],
    ["without a state", "openai", { id: "batch_1" }, "missing"],
    ["whose state is a number", "openai", { id: "batch_1", status: 7 }, "7"],
    ["of an unknown state", "anthropic", { id: "batch_1", processing_status: "gone_fishing" }, "gone_fishing"],
    ["without a state", "anthropic", { id: "batch_1", processing_status: null }, "missing"]
  ]
  for (const [name, format, state, words] of unknown) {
    it.live(`${name} is given up after some polls, with what it said: ${format}`, () =>
      Effect.gen(function*() {
        const error = Result.getOrThrow(Result.flip(yield* batch(format, state)))
        assert.strictEqual(error._tag, "BatchUnreachable")
        assert.include(error.message, words)
      }))
  }

  const failed: ReadonlyArray<readonly [string, Wire.Format, object]> = [
    ["a list of errors", "openai", {
      status: "failed",
      errors: { data: [{ code: "x", message: "Line is bad", line: 3 }] }
    }],
    ["a bare list of errors", "openai", { status: "FAILED", errors: [{ message: "Line is bad" }] }],
    ["texts as errors", "openai", { status: "failed", errors: ["Line is bad"] }],
    ["an error", "openai", { status: "error", error: { message: "Line is bad" } }],
    ["an error that is a text", "openai", { status: "JOB_STATE_FAILED", error: "Line is bad" }],
    ["a message", "openai", { state: "failed", status_message: "Line is bad" }],
    ["an error", "anthropic", { processing_status: "errored", error: { type: "x", message: "Line is bad" } }]
  ]
  for (const [name, format, state] of failed) {
    it.live(`that failed shows ${name}: ${format}, ${json(state)}`, () =>
      Effect.gen(function*() {
        const error = Result.getOrThrow(Result.flip(yield* batch(format, { id: "batch_1", ...state })))
        assert.strictEqual(error._tag, "BatchRejected")
        assert.include(error.message, "Line is bad")
      }))
  }

  for (const word of ["SUCCESS", "succeeded", "JOB_STATE_SUCCEEDED", "COMPLETED", "done"]) {
    it.live(`has ended in the word ${word}`, () =>
      Effect.gen(function*() {
        const answers = Result.getOrThrow(yield* batch("openai", { id: "batch_1", status: word, output_file_id: "o" }))
        assert.deepStrictEqual(answers.map((one) => Result.getOrThrow(one).text), ["Hello there"])
      }))
  }
})

describe("A key that is wrong", () => {
  const bodies = [
    { code: "Client specified an invalid argument", error: "Incorrect API key provided: xx." },
    { error: { message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } },
    { type: "error", error: { type: "invalid_request_error", message: "The api key is missing" } }
  ]
  for (const format of Wire.formats) {
    for (const way of [...Wire.waysOf(format, "whole"), ...Wire.waysOf(format, "stream")]) {
      for (const status of [400, 401, 422]) {
        it.live(`is named whatever the status: ${status}, ${format}, ${way}`, () =>
          Effect.gen(function*() {
            for (const body of bodies) {
              const error = yield* Effect.flip(
                Wire.ask(format, way, (response) => Wire.json(response, body, status))
              )
              assert.strictEqual(Wire.reasonOf(error)?._tag, "AuthenticationError", error.message)
            }
          }).pipe(Effect.scoped))
      }
    }
  }

  it.live("is not found in a request that is wrong for another reason", () =>
    Effect.gen(function*() {
      for (
        const message of ["Invalid value for 'key': it is too long", "Unsupported parameter: api", "model is invalid"]
      ) {
        const error = yield* Effect.flip(
          Wire.ask("openai", "whole", (response) => Wire.json(response, { error: { message } }, 400))
        )
        assert.strictEqual(Wire.reasonOf(error)?._tag, "InvalidRequestError", error.message)
      }
    }).pipe(Effect.scoped))
})
