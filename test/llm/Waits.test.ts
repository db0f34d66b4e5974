import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer } from "effect"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as LlmLimits from "greenlang/llm/layers/LlmLimits"
import * as LlmProduction from "greenlang/llm/layers/LlmProduction"
import * as LlmRateHeaders from "greenlang/llm/layers/LlmRateHeaders"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as OpenAiServer from "../support/OpenAiServer.ts"

const answer = (text: string, headers: Record<string, string> = {}) =>
  OpenAiServer.json({ choices: [{ message: { content: text }, finish_reason: "stop" }] }, 200, headers)

const at = ({ baseUrl }: OpenAiServer.OpenAiServer) =>
  OpenAiCompatible.layerProvider({ baseUrl, model: "m" }).pipe(Layer.provide(Http.layer({ retries: 0 })))

/** Retry-After headers of more than a minute, in every form. */
const longWaits: ReadonlyArray<Record<string, string>> = [
  { "retry-after": "1382400" },
  { "retry-after": "61.5" },
  { "retry-after": "16d" },
  { "retry-after": "PT2H" },
  { "retry-after": new Date(Date.now() + 7_200_000).toUTCString() },
  { "retry-after": new Date(Date.now() + 7_200_000).toISOString() },
  { "retry-after": String(Math.floor(Date.now() / 1000) + 7_200) },
  { "retry-after": String(Date.now() + 7_200_000) },
  { "retry-after-ms": "7200000" },
  { "retry-after": "99999999999999999999" }
]

describe("A server that asks for a long wait", () => {
  for (const headers of longWaits) {
    it.live(`is left for the fallback at once: ${JSON.stringify(headers)} [F1]`, () =>
      Effect.gen(function*() {
        const [first, second] = yield* Effect.all([OpenAiServer.start, OpenAiServer.start])
        first.script(OpenAiServer.json({ error: { message: "slow down" } }, 429, headers))
        second.script(answer("from B"), answer("from B"), answer("from B"))
        const model = LlmProduction.layer({ provider: at(first), fallback: [{ provider: at(second) }] })
        const texts = yield* Effect.forEach([1, 2, 3], () => Llm.generate("hi")).pipe(
          Effect.map((answers) => answers.map(({ text }) => text)),
          Effect.provide(model),
          Effect.timeout("20 seconds")
        )
        assert.deepStrictEqual(texts, ["from B", "from B", "from B"])
        assert.strictEqual(first.asked.length, 1)
      }).pipe(Effect.scoped))
  }

  it.live("makes the next call fail with a RateLimitError under LlmLimits alone [F1]", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.json({}, 429, { "retry-after": "1382400" }))
      const model = LlmProvider.languageModel.pipe(Layer.provide(LlmLimits.layer({})), Layer.provide(at(server)))
      const reasons = yield* Effect.forEach([1, 2], () => Effect.flip(Llm.generate("hi"))).pipe(Effect.provide(model))
      assert.deepStrictEqual(reasons.map(({ reason }) => reason._tag), ["RateLimitError", "RateLimitError"])
      assert.strictEqual(server.asked.length, 1)
    }).pipe(Effect.scoped))

  it.live("is read as seconds in rate headers, and bounded [F2]", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(
        answer("one", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "3600" }),
        answer("two")
      )
      const model = LlmProvider.languageModel.pipe(Layer.provide(LlmLimits.layer({})), Layer.provide(at(server)))
      const { reason } = yield* Effect.andThen(Llm.generate("hi"), Effect.flip(Llm.generate("hi"))).pipe(
        Effect.provide(model)
      )
      assert(reason._tag === "RateLimitError" && reason.retryAfter !== undefined)
      assert.closeTo(Duration.toMillis(reason.retryAfter), 3_600_000, 60_000)
    }).pipe(Effect.scoped))

  it.live("waits half a second where the server asks for 0.5 [F39]", () =>
    Effect.gen(function*() {
      const server = yield* OpenAiServer.start
      server.script(OpenAiServer.json({}, 429, { "retry-after": "0.5" }), answer("here"))
      const began = performance.now()
      const { text } = yield* Effect.provide(Llm.generate("hi"), LlmProduction.layer({ provider: at(server) }))
      assert.strictEqual(text, "here")
      assert.isAtLeast(performance.now() - began, 490)
    }).pipe(Effect.scoped))
})

const now = Date.UTC(2025, 0, 31, 12)
const read = (headers: Record<string, string>) => LlmRateHeaders.read({ response: { status: 200, headers } }, now)

/** Rate headers as servers send them, with the limit that they announce. */
const announced: ReadonlyArray<readonly [headers: Record<string, string>, limit: readonly [string, number, number]]> = [
  [{ "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s" }, ["requests", 59, 1_000]],
  [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }, ["tokens", 0, 360_000]],
  [{ "x-ratelimit-remaining-tokens": "17980", "x-ratelimit-reset-tokens": "7.66s" }, ["tokens", 17_980, 7_660]],
  [{ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "3600" }, ["tokens", 0, 3_600_000]],
  [{ "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms" }, ["requests", 0, 20]],
  [
    { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(now + 60_000) },
    ["requests", 0, 60_000]
  ],
  [{ "x-ratelimit-remaining": "3", "x-ratelimit-reset": String(now / 1000 + 60) }, ["requests", 3, 60_000]],
  [{ "ratelimit-remaining": "0", "ratelimit-reset": "30" }, ["requests", 0, 30_000]],
  [
    { "x-ratelimit-remaining-tokens-minute": "10", "x-ratelimit-reset-tokens-minute": "11.382867" },
    ["tokens", 10, 11_382.867]
  ],
  [
    { "x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "33011.4" },
    ["requests", 0, 33_011_400]
  ],
  [
    {
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2025-01-31T12:00:05Z"
    },
    ["input-tokens", 0, 5_000]
  ]
]

describe("LlmRateHeaders", () => {
  for (const [headers, [unit, remaining, wait]] of announced) {
    it(`reads ${JSON.stringify(headers)}`, () => {
      const limits = read(headers).map((limit) => [limit.unit, limit.remaining, Math.round(limit.resetAt - now)])
      assert.deepStrictEqual(limits, [[unit, remaining, Math.round(wait)]])
    })
  }

  it("leaves out a limit that it cannot read", () => {
    for (const remaining of ["", "many", "NaN", "-1"]) {
      assert.deepStrictEqual(
        read({ "x-ratelimit-remaining-tokens": remaining, "x-ratelimit-reset-tokens": "1s" }),
        []
      )
    }
    assert.deepStrictEqual(read({ "x-ratelimit-remaining-tokens": "1", "x-ratelimit-reset-tokens": "soon" }), [])
    assert.deepStrictEqual(read({ "x-ratelimit-remaining-tokens": "1" }), [])
  })
})
