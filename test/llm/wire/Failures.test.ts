/**
 * A failure that a server reports in an answer of status 200, in a stream, or in a line of a batch.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import * as Wire from "./Wire.ts"

interface Case {
  readonly name: string
  readonly format: Wire.Format
  readonly way: Wire.Way
  readonly body: string
  /** The reason, the words that must show, and whether another attempt can help. */
  readonly reason: string
  readonly words: string
  readonly retry: boolean
}

const { done, sse } = Wire
const first = Answers.chunk({ role: "assistant", content: "He" })

/** One JSON body, in each way that can hold it. */
const everywhere = (
  name: string,
  body: unknown,
  expected: Pick<Case, "reason" | "words" | "retry">,
  formats: ReadonlyArray<Wire.Format> = Wire.formats
): ReadonlyArray<Case> =>
  formats.flatMap((format) =>
    (["whole", "stream"] as const).map((way) => ({
      name,
      format,
      way,
      body: JSON.stringify(body),
      ...expected
    }))
  )

const stream = (
  name: string,
  format: Wire.Format,
  body: string,
  expected: Pick<Case, "reason" | "words" | "retry">
): Case => ({ name, format, way: "stream", body, ...expected })

const server = (words: string) => ({ reason: "InternalProviderError", words, retry: true })

const cases: ReadonlyArray<Case> = [
  stream(
    "an object of an error before [DONE] [F3]",
    "openai",
    sse({ object: "error", message: "CUDA out of memory", code: 500 }, done),
    server("CUDA out of memory")
  ),
  stream("a text under error [F3b]", "openai", sse({ error: "CUDA out of memory" }), server("CUDA out of memory")),
  stream(
    "an error behind some text",
    "openai",
    sse(first, { error: { message: "worker died" } }),
    server("worker died")
  ),
  stream(
    "an event named error",
    "openai",
    "event: error\ndata: {\"message\":\"worker died\"}\n\n",
    server("worker died")
  ),
  stream(
    "an event named error that is not JSON",
    "openai",
    "event: error\ndata: worker died\n\n",
    server("worker died")
  ),
  stream(
    "words about an error that are not JSON",
    "openai",
    "data: error: upstream reset\n\n",
    server("upstream reset")
  ),
  stream(
    "an error of the choice",
    "openai",
    sse({ choices: [{ index: 0, delta: {}, error: { code: 502, message: "upstream died" } }] }, done),
    server("upstream died")
  ),
  stream("a finish that is an error", "openai", sse(first, Answers.chunk({}, "error"), done), server("\"error\"")),
  stream(
    "the error of an overloaded vendor",
    "anthropic",
    sse(Answers.start(), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
    server("Overloaded")
  ),
  stream(
    "an error without a type",
    "anthropic",
    sse(Answers.start(), { error: { message: "worker died" } }),
    server("worker died")
  ),
  stream(
    "an event named error",
    "anthropic",
    "event: error\ndata: {\"message\":\"worker died\"}\n\n",
    server("worker died")
  ),
  stream("a body in plain words", "openai", "upstream connect error or disconnect", server("upstream connect error")),
  stream("a page", "openai", "<html><body>Sign in</body></html>", {
    reason: "InvalidResponseError",
    words: "Sign in",
    retry: true
  }),
  ...everywhere(
    "an error where an answer or a stream was asked for [F3c]",
    { error: { message: "model crashed", type: "server_error" } },
    server("model crashed")
  ),
  ...everywhere("a text as the error [F20]", { error: "model not found" }, {
    reason: "InvalidRequestError",
    words: "model not found",
    retry: false
  }),
  ...everywhere("a code in words [F20]", { error: { message: "Wrong key", code: "invalid_api_key" } }, {
    reason: "AuthenticationError",
    words: "Wrong key",
    retry: false
  }),
  ...everywhere(
    "a wrong key as a request that is wrong, of xAI",
    { code: "Client specified an invalid argument", error: "Incorrect API key provided: xx." },
    { reason: "AuthenticationError", words: "Incorrect API key provided", retry: false }
  ),
  ...everywhere(
    "a wrong key as a request that is wrong, of Google",
    [{ error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } }],
    { reason: "AuthenticationError", words: "API key not valid", retry: false }
  ),
  ...everywhere("a code as a text", { error: { message: "Slow down", code: "429" } }, {
    reason: "RateLimitError",
    words: "Slow down",
    retry: true
  }),
  ...everywhere("a status in capitals", { error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Slow down" } }, {
    reason: "RateLimitError",
    words: "Slow down",
    retry: true
  }),
  ...everywhere(
    "a list of one error",
    [{ error: { code: 503, message: "The model is overloaded" } }],
    server("overloaded")
  ),
  ...everywhere("an exhausted quota", { error: { message: "You have no credits", type: "insufficient_quota" } }, {
    reason: "QuotaExhaustedError",
    words: "You have no credits",
    retry: false
  }),
  ...everywhere("a filtered prompt", { error: { message: "Filtered", code: "content_filter" } }, {
    reason: "ContentPolicyError",
    words: "Filtered",
    retry: false
  }),
  ...everywhere("a detail", { detail: "Model is not supported" }, {
    reason: "InvalidRequestError",
    words: "Model is not supported",
    retry: false
  }),
  ...everywhere("a list of errors", {
    success: false,
    errors: [{ code: 7003, message: "No such model" }],
    result: null
  }, {
    reason: "InvalidRequestError",
    words: "No such model",
    retry: false
  }),
  ...everywhere(
    "the words of the server behind a router",
    { error: { code: 502, message: "Provider returned error", metadata: { raw: "GPU fell off the bus" } } },
    server("GPU fell off the bus")
  ),
  ...everywhere("words under a key of their own", { error_code: 336_003, error_msg: "invalid parameter model" }, {
    reason: "InvalidRequestError",
    words: "invalid parameter model",
    retry: false
  }),
  ...everywhere("an empty account", {
    code: 30_001,
    message: "Sorry, your account balance is insufficient",
    data: null
  }, {
    reason: "QuotaExhaustedError",
    words: "balance is insufficient",
    retry: false
  }),
  stream(
    "JSON behind the events that is not one",
    "openai",
    `${sse(first)}{"error":{"message":"upstream died","code":502}}`,
    server("upstream died")
  ),
  ...everywhere("a number as the error", { error: 500, message: "worker died" }, server("worker died")),
  ...everywhere("true as the error", { error: true, message: "worker died" }, server("worker died"))
]

Table.check(
  "A failure in an answer of status 200",
  cases.map(({ body, format, name, reason, retry, way, words }) =>
    Table.of(format, name, way, body, { fails: reason, words, retry })
  )
)

describe("A refused request", () => {
  for (const format of Wire.formats) {
    for (const [status, reason] of [[429, "RateLimitError"], [402, "QuotaExhaustedError"]] as const) {
      for (const way of Wire.waysOf(format, "whole")) {
        it.live(`keeps what the vendor says about ${status}: ${format}, ${way} [F35]`, () =>
          Effect.gen(function*() {
            const { url } = yield* Wire.serve((response) =>
              Wire.json(response, { type: "error", error: { message: "Your plan allows 3 calls", type: "x" } }, status)
            )
            const error = yield* Effect.flip(Effect.provide(Wire.hello, Wire.modelIn(way, format, url)))
            assert.strictEqual(error.reason._tag, reason)
            assert.include(error.message, "Your plan allows 3 calls")
          }).pipe(Effect.scoped))
      }
    }
  }
})

const brokenOff: ReadonlyArray<readonly [string, Wire.Format, string]> = [
  ["an empty finish [F4]", "openai", sse(Answers.chunk({ content: "He" }, ""))],
  ["an empty finish before [DONE]", "openai", sse(Answers.chunk({ content: "He" }, ""), done)],
  ["only [DONE]", "openai", sse(first, done)],
  ["nothing at all", "openai", ""],
  ["one piece without an event around it", "openai", JSON.stringify(Answers.chunk({ content: "He" }))],
  ["a cut event", "openai", `${sse(first)}data: {"choices":[{"de`],
  [
    "an empty stop reason [F4]",
    "anthropic",
    sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("He")),
      Answers.end("")[0]
    )
  ],
  ["nothing at all", "anthropic", ""],
  ["a cut event", "anthropic", `${sse(Answers.start())}event: content_block_start\ndata: {"ty`]
]

Table.check(
  "A stream without its finish",
  brokenOff.map(([name, format, body]) =>
    Table.of(format, name, "stream", body, { fails: "InvalidResponseError", words: "broke off", retry: true })
  )
)
