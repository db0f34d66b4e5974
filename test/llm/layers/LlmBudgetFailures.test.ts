/**
 * What a budget is charged for answers that fail after a vendor has worked on them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { LanguageModel } from "effect/ai"
import { LlmPrices } from "greenlang"
import * as Http from "greenlang/http/Http"
import * as Anthropic from "greenlang/llm/anthropic/Anthropic"
import { LlmBudget } from "greenlang/llm/layers/LlmBudget"
import { LlmProvider } from "greenlang/llm/LlmProvider"
import { LlmSettings } from "greenlang/llm/LlmSettings"
import * as OpenAiCompatible from "greenlang/llm/openai/OpenAiCompatible"
import * as Answers from "../wire/Answers.ts"
import * as Wire from "../wire/Wire.ts"

const price = { inputPerMillion: 1, outputPerMillion: 1, source: "a test", date: "2025-01-31" }
const counted = { prompt_tokens: 500, completion_tokens: 2_000, total_tokens: 2_500 }
const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
const failure = { error: { message: "The server had an error", type: "server_error" } }

const text = "word ".repeat(200)

type Case = readonly [
  name: string,
  format: Wire.Format,
  way: "whole" | "stream",
  sent: string,
  least: number,
  most: number
]

const cases: ReadonlyArray<Case> = [
  [
    "a finish that is a failure",
    "openai",
    "whole",
    JSON.stringify(Answers.completion({ content: text }, { usage: counted }, "error")),
    2_500,
    2_500
  ],
  [
    "a finish that is a failure",
    "openai",
    "stream",
    Wire.sse(Answers.chunk({ content: text }), Answers.chunk({}, "error"), Answers.usageChunk(counted), Wire.done),
    2_500,
    2_500
  ],
  [
    "a finish that is a failure, without a count",
    "openai",
    "whole",
    JSON.stringify(Answers.completion({ content: text }, { usage: null }, "error")),
    4_096,
    9_000
  ],
  [
    "a finish that is a failure",
    "anthropic",
    "whole",
    JSON.stringify(
      Answers.message([{ type: "text", text }], {
        stop_reason: "error",
        usage: { input_tokens: 500, output_tokens: 2_000 }
      })
    ),
    2_500,
    2_500
  ],
  ["an error beside its count", "openai", "whole", JSON.stringify({ ...failure, usage: counted }), 2_500, 2_500],
  ["an error alone", "openai", "whole", JSON.stringify(failure), 4_096, 9_000],
  [
    "an error in the middle",
    "openai",
    "stream",
    Wire.sse(Answers.chunk({ content: text }), failure),
    1_000,
    4_500
  ],
  [
    "an error in the middle, with its count",
    "openai",
    "stream",
    Wire.sse(Answers.chunk({ content: "He" }), { ...failure, usage: counted }),
    2_500,
    2_500
  ],
  [
    "an overload in the middle",
    "anthropic",
    "stream",
    Wire.sse(
      Answers.start({ input_tokens: 2_500, output_tokens: 1 }),
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: Answers.text("He") },
      overloaded
    ),
    2_501,
    2_501
  ],
  [
    "a limit of the rate before any work",
    "openai",
    "whole",
    JSON.stringify({ error: { message: "Slow down", type: "rate_limit_error" } }),
    0,
    0
  ]
]

const asks = {
  whole: Effect.asVoid(LanguageModel.generateText({ prompt: "hi" })),
  stream: Stream.runDrain(LanguageModel.streamText({ prompt: "hi" }))
}

describe("A budget", () => {
  for (const [name, format, way, sent, least, most] of cases) {
    it.live(`is charged for ${name}: ${format}, ${way}`, () =>
      Effect.gen(function*() {
        const server = yield* Wire.serve((response) => {
          response.writeHead(200, { "content-type": way === "stream" ? "text/event-stream" : "application/json" })
          response.end(sent)
        })
        const vendor = format === "openai"
          ? OpenAiCompatible.layerProvider({ baseUrl: `${server.url}/v1`, model: "m" })
          : Anthropic.layerProvider({ baseUrl: server.url, model: "m" })
        const model = Layer.provideMerge(LlmProvider.languageModel, LlmBudget.layer({ costUsd: 1 })).pipe(
          Layer.provide(vendor),
          Layer.provide(Http.layer({ retries: 0 }))
        )
        const { spent } = yield* Effect.flip(asks[way]).pipe(
          Effect.andThen(LlmBudget.spending),
          Effect.provide(model),
          Effect.provideService(LlmSettings, { maxOutputTokens: 4_096 }),
          Effect.provideService(LlmPrices, { "openai/m": price, "anthropic/m": price })
        )
        assert.isAtLeast(spent.tokens, least)
        assert.isAtMost(spent.tokens, most)
        assert.closeTo(spent.costUsd, spent.tokens / 1e6, 1e-9)
      }).pipe(Effect.scoped))
  }
})
