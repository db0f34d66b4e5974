/**
 * What servers send beside an answer, failures in the middle of one, and refusals by their words.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import * as LlmRateHeaders from "greenlang/llm/layers/LlmRateHeaders"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import { anthropic, openai } from "./Table.ts"
import * as Wire from "./Wire.ts"

const notices = [
  "data: [HEARTBEAT]\n\n",
  "data: [KEEPALIVE]\n\n",
  "data: heartbeat; errors=0\n\n",
  "data: {\"type\":\"status\",\"message\":\"Still thinking\"}\n\n",
  "event: info\ndata: {\"message\":\"Routed\"}\n\n",
  "event: warning\ndata: {\"message\":\"A slow error path\"}\n\n",
  "event: warning\ndata: the error rate is high\n\n"
]

Table.check(
  "A notice in a stream",
  notices.flatMap((notice) => [
    openai(
      JSON.stringify(notice),
      "stream",
      Wire.sse(
        Answers.chunk({ content: "Hello" }),
        notice,
        Answers.chunk({ content: " there" }),
        Answers.stop,
        Wire.done
      ),
      { text: "Hello there", finish: "stop" }
    ),
    anthropic(
      JSON.stringify(notice),
      "stream",
      Wire.sse(
        Answers.start(),
        notice,
        ...Answers.block(0, { type: "text", text: "" }, Answers.text("Hello there")),
        notice,
        ...Answers.end()
      ),
      { text: "Hello there", finish: "stop" }
    )
  ])
)

Table.check("A failure in the middle of a stream", [
  openai(
    "as llama.cpp writes it",
    "stream",
    `${Wire.sse(Answers.chunk({ content: "He" }))}error: {"code":500,"message":"Slot lost","type":"server_error"}\n\n`,
    { fails: "InternalProviderError", words: "Slot lost", retry: true }
  ),
  openai(
    "as a status",
    "stream",
    Wire.sse(
      Answers.chunk({ content: "He" }),
      "data: {\"type\":\"status\",\"status\":\"failed\",\"message\":\"Lost\"}\n\n"
    ),
    { fails: "InternalProviderError", words: "Lost", retry: true }
  )
])

const late = Wire.sse(
  Answers.start(),
  {
    type: "content_block_start",
    index: 0,
    content_block: { type: "tool_use", id: "a", name: "delete_rows", input: {} }
  },
  { type: "content_block_stop", index: 0 },
  { type: "content_block_delta", index: 0, delta: Answers.input("{\"table\":\"old\"}") },
  ...Answers.end("tool_use")
)

Table.check("Arguments behind the end of their block", [
  anthropic("belong to it", ["stream", "whole"], late, { calls: [["delete_rows", { table: "old" }]] }),
  anthropic(
    "belong to it, also the rest of them",
    "stream",
    late.replace(
      "event: content_block_stop",
      `${Wire.sse({ type: "content_block_delta", index: 0, delta: Answers.input("{\"ta") })}event: content_block_stop`
    ).replace("{\\\"table\\\":\\\"old\\\"}", "ble\\\":\\\"old\\\"}"),
    { calls: [["delete_rows", { table: "old" }]] }
  )
])

const refusals: ReadonlyArray<
  readonly [name: string, status: number, body: unknown, tag: string, retry: boolean, headers?: Record<string, string>]
> = [
  [
    "Moonshot's quota",
    429,
    { error: { type: "exceeded_current_quota_error", message: "x" } },
    "QuotaExhaustedError",
    false
  ],
  ["Zhipu's quota", 429, { error: { code: "1113", message: "x" } }, "QuotaExhaustedError", false],
  ["words of a balance", 429, { error: { message: "Insufficient balance" } }, "QuotaExhaustedError", false],
  [
    "Anthropic's credit",
    400,
    { type: "error", error: { type: "invalid_request_error", message: "Your credit balance is too low" } },
    "QuotaExhaustedError",
    false
  ],
  ["LiteLLM's budget", 400, { error: { type: "budget_exceeded", message: "x" } }, "QuotaExhaustedError", false],
  [
    "a request above its limit",
    429,
    {
      error: {
        code: "rate_limit_exceeded",
        message: "Request too large for m on tokens per min (TPM): Limit 6000, Requested 9000"
      }
    },
    "InvalidRequestError",
    false
  ],
  [
    "a limit of the rate that says what is left",
    429,
    { error: { code: "rate_limit_exceeded", message: "Rate limit: Limit 6000, Used 5000, Requested 2000" } },
    "RateLimitError",
    true
  ],
  ...[409, 424, 425, 498, 499, 520, 524, 529].map((status) =>
    [`${status}`, status, { error: { message: "x" } }, "InternalProviderError", true] as const
  ),
  ["LiteLLM's key", 500, { error: { type: "auth_error", message: "x" } }, "AuthenticationError", false],
  ["Amazon's header", 400, { message: "x" }, "RateLimitError", true, {
    "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/"
  }],
  ["Amazon's type", 400, { __type: "com.amazon.coral#ThrottlingException", message: "x" }, "RateLimitError", true],
  [
    "Google's key",
    400,
    { error: { code: 400, status: "INVALID_ARGUMENT", message: "x", details: [{ reason: "API_KEY_INVALID" }] } },
    "AuthenticationError",
    false
  ],
  [
    "OpenRouter's moderation",
    403,
    { error: { code: 403, message: "x", metadata: { reasons: ["violence"], flagged_input: "y" } } },
    "ContentPolicyError",
    false
  ]
]

describe("A refusal", () => {
  for (const [name, status, body, tag, retry, headers = {}] of refusals) {
    it.live(`has its reason: ${name}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => {
          response.writeHead(status, { "content-type": "application/json", ...headers })
          response.end(JSON.stringify(body))
        })
        const model = OpenAiCompatible.layer({ baseUrl: `${server.url}/v1`, model: "m" }).pipe(
          Layer.provide(Http.layer({ retries: 0 }))
        )
        const error = yield* Effect.flip(Effect.provide(Wire.hello, model))
        assert.deepStrictEqual([error.reason._tag, error.isRetryable], [tag, retry], error.message)
        if (retry) assert.isTrue(LlmFallback.isElsewhere(error))
      }).pipe(Effect.scoped))
  }
})

it("A rest of -1 stands for no limit", () => {
  const headers = { "x-ratelimit-remaining-requests": "-1", "x-ratelimit-reset-requests": "60s" }
  assert.deepStrictEqual(LlmRateHeaders.read({ response: { status: 200, headers } }, 0), [])
})

it.live("An object that came as a thought is the value", () =>
  Effect.gen(function*() {
    const server = yield* Wire.serve((response) =>
      Wire.json(response, Answers.completion({ content: null, reasoning_content: "{\"name\":\"A\"}" }))
    )
    const { value } = yield* Llm.generateObject(Schema.Struct({ name: Schema.String }), { prompt: "Who?" }).pipe(
      Effect.provide(Wire.modelAt("openai", server.url))
    )
    assert.deepStrictEqual(value, { name: "A" })
    assert.lengthOf(server.asked, 1)
  }).pipe(Effect.scoped))
