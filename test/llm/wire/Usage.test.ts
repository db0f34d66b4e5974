/**
 * Usage and cost that add up, whatever a server counts.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent, Llm, LlmPrices } from "greenlang"
import * as Answers from "./Answers.ts"
import * as Table from "./Table.ts"
import * as Wire from "./Wire.ts"

const { done, sse } = Wire

type Usage = Partial<Wire.Read["usage"]>

const openai: ReadonlyArray<readonly [string, unknown, Usage]> = [
  ["more cached tokens than tokens [F9]", {
    prompt_tokens: 100,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 100_000 }
  }, {
    input: 100_100,
    cached: 100_000,
    output: 5
  }],
  ["more cached tokens than the total allows", {
    prompt_tokens: 100,
    completion_tokens: 5,
    total_tokens: 105,
    prompt_tokens_details: { cached_tokens: 100_000 }
  }, {
    input: 100,
    cached: 100,
    output: 5
  }],
  ["cached tokens beside the others, as the total says", {
    prompt_tokens: 100,
    completion_tokens: 5,
    total_tokens: 405,
    prompt_cache_hit_tokens: 300
  }, {
    input: 400,
    cached: 300,
    output: 5
  }],
  ["reasoning outside of the completion, as the total says [F10]", {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 315,
    completion_tokens_details: { reasoning_tokens: 300 }
  }, {
    input: 10,
    output: 305,
    reasoning: 300
  }],
  ["reasoning outside of the completion, without a total", {
    prompt_tokens: 10,
    completion_tokens: 5,
    reasoning_tokens: 300
  }, {
    output: 305,
    reasoning: 300
  }],
  ["reasoning inside of the completion", {
    prompt_tokens: 10,
    completion_tokens: 305,
    total_tokens: 315,
    completion_tokens_details: { reasoning_tokens: 300 }
  }, {
    output: 305,
    reasoning: 300
  }],
  ["thoughts in the total only", { prompt_tokens: 10, completion_tokens: 5, total_tokens: 315 }, {
    input: 10,
    output: 305
  }],
  ["no count of the completion", { prompt_tokens: 10, total_tokens: 15 }, { input: 10, output: 5 }],
  ["no count of the prompt", { completion_tokens: 5, total_tokens: 15 }, { input: 10, output: 5 }],
  ["one count under two names", {
    prompt_tokens: 10,
    completion_tokens: 5,
    cached_tokens: 4,
    prompt_tokens_details: { cached_tokens: 4 }
  }, {
    input: 10,
    cached: 4
  }],
  ["the names of another API", { input_tokens: 10, output_tokens: 5 }, { input: 10, output: 5 }],
  ["counts in letters", { prompt_tokens: "10", completion_tokens: "5" }, { input: 10, output: 5 }],
  ["counts that are null", { prompt_tokens: null, completion_tokens: null }, { input: undefined, output: undefined }],
  ["counts below zero", { prompt_tokens: -5, completion_tokens: -1, total_tokens: -6 }, {
    input: undefined,
    output: undefined
  }],
  ["counts that are not whole", { prompt_tokens: 1.5, completion_tokens: 2 }, { input: undefined, output: 2 }],
  ["counts beyond all", { prompt_tokens: 1e300, completion_tokens: 2 }, { input: undefined, output: 2 }],
  ["no usage", null, { input: undefined, output: undefined }]
]

const cases: Array<Table.Case> = []
const check = (name: string, format: Wire.Format, way: Wire.Way, body: string, usage: Usage) =>
  cases.push(Table.of(format, name, way, body, { usage }))

for (const [name, usage, expected] of openai) {
  const whole = JSON.stringify(Answers.completion({ content: "So" }, { usage }))
  check(name, "openai", "whole", whole, expected)
  check(
    name,
    "openai",
    "stream",
    sse(Answers.chunk({ content: "So" }), Answers.stop, Answers.usageChunk(usage), done),
    expected
  )
}

const anthropic: ReadonlyArray<readonly [string, object, object, Usage]> = [
  ["cached tokens once", { input_tokens: 10, cache_read_input_tokens: 300, output_tokens: 1 }, { output_tokens: 5 }, {
    input: 310,
    cached: 300,
    output: 5
  }],
  ["the larger of two reports", { input_tokens: 200, output_tokens: 1 }, { input_tokens: 0, output_tokens: 5 }, {
    input: 200,
    output: 5
  }],
  ["what the end of the stream counts", { input_tokens: 0, output_tokens: 0 }, {
    input_tokens: 200,
    output_tokens: 5
  }, {
    input: 200,
    output: 5
  }],
  ["thoughts once", { input_tokens: 10, output_tokens: 1 }, {
    output_tokens: 50,
    output_tokens_details: { thinking_tokens: 40 }
  }, {
    output: 50,
    reasoning: 40
  }],
  ["no input", { output_tokens: 1 }, { output_tokens: 5 }, { input: undefined, output: 5 }]
]
for (const [name, started, ended, expected] of anthropic) {
  check(
    name,
    "anthropic",
    "stream",
    sse(
      Answers.start(started),
      ...Answers.block(0, { type: "text", text: "" }, Answers.text("So")),
      ...Answers.end("end_turn", ended)
    ),
    expected
  )
}
check(
  "what was written for an hour as written",
  "anthropic",
  "whole",
  JSON.stringify(
    Answers.message([{ type: "text", text: "So" }], {
      usage: {
        input_tokens: 10,
        output_tokens: 5,
        cache_creation: { ephemeral_1h_input_tokens: 50, ephemeral_5m_input_tokens: 7 }
      }
    })
  ),
  { input: 67, output: 5 }
)

check(
  "the largest of many reports",
  "openai",
  "stream",
  sse(
    Answers.chunk({ content: "So" }, null, { usage: { prompt_tokens: 10, completion_tokens: 1 } }),
    Answers.chunk({}, "stop", { usage: { prompt_tokens: 10, completion_tokens: 7 } }),
    Answers.usageChunk({ prompt_tokens: 0, completion_tokens: 0 }),
    done
  ),
  { input: 10, output: 7 }
)
check(
  "usage in the choice",
  "openai",
  "stream",
  sse(
    Answers.chunk({ content: "So" }),
    { choices: [{ delta: {}, finish_reason: "stop", usage: { prompt_tokens: 10, completion_tokens: 7 } }] },
    done
  ),
  { input: 10, output: 7 }
)
check(
  "usage in a field of its own",
  "openai",
  "stream",
  sse(Answers.chunk({ content: "So" }), {
    ...Answers.stop,
    x_groq: { usage: { prompt_tokens: 10, completion_tokens: 7 } }
  }, done),
  { input: 10, output: 7 }
)
Table.check("Usage", cases)

describe("The cost of an answer", () => {
  const price = {
    inputPerMillion: 1,
    cachedInputPerMillion: 0.5,
    outputPerMillion: 2,
    source: "the test",
    date: "2025-01-31"
  }
  const costs: ReadonlyArray<readonly [string, unknown, number, number]> = [
    [
      "cached tokens that exceed the others [F9]",
      { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 100_000 } },
      0,
      0.050_11
    ],
    ["no count of the answer as not measured", { prompt_tokens: 100 }, 1, 0.0001],
    ["an answer of no tokens as not measured", { prompt_tokens: 100, completion_tokens: 0 }, 1, 0.0001],
    ["no usage as not measured", null, 1, 0]
  ]
  for (const [name, usage, unpricedCalls, costUsd] of costs) {
    it.live(`is never below zero: ${name}`, () =>
      Effect.gen(function*() {
        const { url } = yield* Wire.serve((response) =>
          Wire.json(response, Answers.completion({ content: "So" }, { usage }))
        )
        const asks = Agent.make("Asks", {
          version: "1.0.0",
          input: Schema.Void,
          output: Schema.Unknown,
          execute: () => Llm.generate("hi")
        })
        const { metadata } = yield* asks.run().pipe(
          Effect.provide(Wire.modelAt("openai", url)),
          Effect.provideService(LlmPrices, { "openai/m": price })
        )
        assert.strictEqual(metadata.usage.unpricedCalls, unpricedCalls)
        assert.closeTo(metadata.usage.costUsd, costUsd, 1e-9)
      }).pipe(Effect.scoped))
  }
})
