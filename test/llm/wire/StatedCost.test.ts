/**
 * The cost that a vendor states in its usage.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import type { LanguageModel } from "effect/ai"
import { Agent, Llm, LlmBatch, LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as AnthropicBatch from "greenlang/llm/anthropic/AnthropicBatch"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import * as OpenAiBatch from "greenlang/llm/openai/OpenAiBatch"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "./Answers.ts"
import * as Wire from "./Wire.ts"

const { done, sse } = Wire

const price = { inputPerMillion: 1_000, outputPerMillion: 2_000, source: "the test", date: "2025-01-31" }
/** What 20 tokens of input and 10 of output cost. */
const computed = 0.04
const priced = { "openai/m": price, "anthropic/m": price, "someone/m": price }

const usageOf = (format: Wire.Format, cost: unknown) =>
  format === "openai"
    ? { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30, cost }
    : { input_tokens: 20, output_tokens: 10, cost }

const wholeOf = (format: Wire.Format, cost: unknown): string =>
  JSON.stringify(
    format === "openai"
      ? Answers.completion({ content: "So" }, { usage: usageOf(format, cost) })
      : Answers.message([{ type: "text", text: "So" }], { usage: usageOf(format, cost) })
  )

const streamOf = (format: Wire.Format, cost: unknown): string =>
  format === "openai"
    ? sse(Answers.chunk({ content: "So" }), Answers.stop, Answers.usageChunk(usageOf(format, cost)), done)
    : sse(
      Answers.start(),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("So")),
      ...Answers.end("end_turn", usageOf(format, cost))
    )

/** What a run takes in which one answer states `cost`. */
const usageIn = (format: Wire.Format, way: Wire.Way, cost: unknown, prices: typeof priced | {}) =>
  Effect.gen(function*() {
    const reply = way === "batch" ? Wire.batchReply(format, Wire.lineOf(format, wholeOf(format, cost))) : undefined
    const { url } = yield* Wire.serve(
      reply ?? ((response) => {
        const isStream = way.endsWith("stream")
        response.writeHead(200, { "content-type": isStream ? "text/event-stream" : "application/json" })
        response.end(isStream ? streamOf(format, cost) : wholeOf(format, cost))
      })
    )
    const asks = <R>(ask: Effect.Effect<unknown, unknown, R>) =>
      Agent.make("Asks", {
        version: "1.0.0",
        input: Schema.Void,
        output: Schema.Unknown,
        execute: () => Effect.orDie(ask)
      }).run()
    const http = Http.layer({ retries: 0 })
    const { metadata } = yield* (way === "batch"
      ? asks(LlmBatch.generate(["hi"], { pause: "1 millis" })).pipe(
        Effect.provide(Layer.provide(
          format === "openai"
            ? OpenAiBatch.layer({ baseUrl: `${url}/v1`, model: "m" })
            : AnthropicBatch.layer({ baseUrl: url, model: "m" }),
          http
        ))
      )
      : asks<LanguageModel.LanguageModel>(
        way.endsWith("stream") ? Stream.runDrain(Llm.stream("hi")) : Llm.generate("hi")
      ).pipe(Effect.provide(Wire.modelIn(way, format, url)))).pipe(
        Effect.provideService(LlmPrices, prices)
      )
    const { costUsd, unpricedCalls } = metadata.usage
    return { costUsd, unpricedCalls }
  }).pipe(Effect.scoped)

const ways = Wire.formats.flatMap((format) =>
  [...Wire.waysOf(format, "whole"), ...Wire.waysOf(format, "stream"), "batch" as const].map((way) =>
    [format, way] as const
  )
)

describe("The cost that a vendor states", () => {
  for (const [format, way] of ways) {
    it.live(`counts where it is larger, and lowers nothing: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const bare = (yield* usageIn(format, way, undefined, priced)).costUsd
        assert.isAtLeast(bare, computed / 2)
        for (const cost of [50, 0.5, 1e6]) {
          assert.deepStrictEqual(yield* usageIn(format, way, cost, priced), { costUsd: cost, unpricedCalls: 0 })
        }
        for (const cost of [0, bare / 2, -50, 1e7, 1e300, null, "50", {}, [50], true]) {
          assert.deepStrictEqual(yield* usageIn(format, way, cost, priced), { costUsd: bare, unpricedCalls: 0 })
        }
      }))

    it.live(`is the cost where no price is known: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        for (const cost of [50, 0]) {
          assert.deepStrictEqual(yield* usageIn(format, way, cost, {}), { costUsd: cost, unpricedCalls: 0 })
        }
        for (const cost of [undefined, "50", -1]) {
          assert.deepStrictEqual(yield* usageIn(format, way, cost, {}), { costUsd: 0, unpricedCalls: 1 })
        }
      }))
  }

  it.live("uses up a budget of 0.02 US dollars with one call that is billed 50, also where the answer then fails", () =>
    Effect.gen(function*() {
      const failed = sse(Answers.chunk({ content: "So" }), Answers.usageChunk(usageOf("openai", 50)), {
        error: { message: "overloaded", code: 529 }
      })
      for (const body of [wholeOf("openai", 50), failed]) {
        const { asked, url } = yield* Wire.serve((response) => {
          response.writeHead(200, { "content-type": body === failed ? "text/event-stream" : "application/json" })
          response.end(body)
        })
        const model = LlmProvider.languageModel.pipe(
          Layer.provideMerge(LlmBudget.layer({ costUsd: 0.02, maxOutputTokens: 100 })),
          Layer.provide(OpenAiCompatible.layerProvider({ baseUrl: `${url}/v1`, model: "m" })),
          Layer.provide(Http.layer({ retries: 0 })),
          Layer.provideMerge(
            Layer.succeed(LlmPrices, { "openai/m": { ...price, inputPerMillion: 1, outputPerMillion: 1 } })
          )
        )
        yield* Effect.gen(function*() {
          for (let nth = 0; nth < 30; nth++) {
            yield* Effect.exit(body === failed ? Stream.runDrain(Llm.stream("hi")) : Llm.generate("hi"))
          }
          assert.isAtLeast((yield* LlmBudget.spending).spent.costUsd, 50)
        }).pipe(Effect.provide(model))
        assert.lengthOf(asked, 1)
      }
    }).pipe(Effect.scoped))
})
