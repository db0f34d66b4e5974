/**
 * Servers that turn a request away: for longer than anything waits, or with a web page.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Llm } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as LlmFallback from "greenlang/llm/layers/LlmFallback"
import * as LlmRetry from "greenlang/llm/layers/LlmRetry"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as TimedLlm from "../../support/TimedLlm.ts"
import * as Wire from "./Wire.ts"

const ways = Wire.formats.flatMap((format) => Wire.waysOf(format, "whole").map((way) => [format, way] as const))

const waits: ReadonlyArray<readonly [header: string, value: string]> = [
  ["retry-after", "9".repeat(400)],
  ["retry-after", "Infinity"],
  ["retry-after", "1e99999"],
  ["retry-after-ms", "9".repeat(400)],
  ["retry-after-ms", "Infinity"]
]

describe("A request that a server turns away", () => {
  for (const [format, way] of ways) {
    it.live(`is not sent again where it is to wait without an end, and a fallback is asked: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        for (const status of [429, 503]) {
          for (const [header, value] of waits) {
            const { asked, url } = yield* Wire.serve((response) => {
              response.writeHead(status, { "content-type": "application/json", [header]: value })
              response.end(JSON.stringify({ error: { message: "later" } }))
            })
            const first = Wire.modelIn(way, format, url, Http.layer())
            const error = yield* Effect.flip(Effect.provide(Llm.generate("hi"), first))
            assert.strictEqual(error.reason._tag, status === 429 ? "RateLimitError" : "InternalProviderError")
            assert.lengthOf(asked, 1)
            const other = TimedLlm.make(() => Effect.succeed({ text: "Hello" }), { name: "other", model: "test" })
            const model = LlmProvider.languageModel.pipe(
              Layer.provide(LlmFallback.layer({ to: [other.layer] })),
              Layer.provide(LlmRetry.layer()),
              Layer.provide(first)
            )
            assert.strictEqual((yield* Effect.provide(Llm.generate("hi"), model)).text, "Hello")
            assert.lengthOf(asked, 2)
          }
        }
      }).pipe(Effect.scoped))

    it.live(`by a web page with 403 says so with its title, and blames no key: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const { url } = yield* Wire.serve((response) => {
          response.writeHead(403, { "content-type": "text/html; charset=UTF-8" })
          response.end(
            "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Enable JavaScript</body>"
          )
        })
        const model = Wire.modelIn(way, format, url)
        const error = yield* Effect.flip(Effect.provide(Llm.generate("hi"), model))
        assert.include(error.message, "403 a web page: Just a moment...")
        assert.notMatch(error.message, /permission|credential|key/i)
        assert.isFalse(error.isRetryable)
        assert.isTrue(LlmFallback.isElsewhere(error))
      }).pipe(Effect.scoped))
  }
})
